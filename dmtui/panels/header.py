"""The two headlines: scenario, state, time, the numbers that matter most, the cost of the screen (UI thread)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dmtui.model import numbers
from dmtui.model.hindrance import starting
from dmtui.model.lanes import SLOW_MOST
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row, wrap
from dmtui.panels.queue import state_cells


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the screen measures about itself."""

    fps: float = 0.0
    lag_ms: float = 0.0
    cpu: float = 0.0


class HeaderPanel(LinePanel):
    """Always two lines; what does not fit is left out, the least important first, never cut."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pulse = Pulse()
        self.small = ""
        """What to say, and nothing else, where the terminal is too small."""
        self.opening = ""
        """What is being opened, until its first frame has come."""

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        if self.small:
            parts = [line for part in self.small.splitlines() for line in wrap(part, width)]
            return [Row(width).add(part, "head").line() for part in parts]
        if not model.story.name:
            row = Row(width).add(" dmtui ", "read-block").add(" ").add(f"{self.opening} ", "head")
            said = starting(model)
            row.add("◌ starting its processes", "busy")
            return [row.line(), Row(width).add(f" {said}", "label").line()]
        return [self._first(model, width), _second(model, width)]

    def _first(self, model: Model, width: int) -> Line:
        state, style = run_state(model)
        row = Row(width).add(" dmtui ", "read-block").add(" ").add(f"{model.story.name} ", "head")
        row.add(f"{state} ", style)
        if model.frozen:
            row.fits("▣ VIEW FROZEN ", "read")
        row.fits(f"{numbers.times(model.speed)} ", "value")
        row.fits(numbers.clock(model.now_us, model.fine), "value")
        verdict = model.verdict
        total = verdict.held + len(verdict.broken) + verdict.open if verdict else 0
        if verdict is not None and total:
            mark, tone = ("✓", "ok") if not verdict.broken else ("×", "fault")
            if model.sight.held_up and not verdict.broken:
                # The verdict is on the scenario's time, which is over: it says nothing of what happens now.
                tone = "label"
            said = f"{verdict.held}/{total} expectations held at its end"
            if verdict.open:
                mark, tone = (mark, tone) if verdict.broken else ("?", "busy")
                said = f"{verdict.held}/{total} expectations held, {verdict.open} not judged"
            row.fits(f"  {mark} {said}", tone)
        pulse, drops = self.pulse, model.dropped
        pace = [(f"{pulse.fps:.0f} fps ", "label"), (f" lag {pulse.lag_ms:.0f}ms ", "label")]
        if model.frozen or model.paused or model.failed:
            # Nothing is to be drawn: the age of the last frame says nothing about the screen's pace.
            pace = [("screen still ", "label")]
        full = [
            *pace,
            (f" drops {numbers.count(drops)} ", "busy" if drops else "label"),
            (f" cpu {pulse.cpu * 100:.0f}% ", "label"),
        ]
        return row.right(*full).line(again=lambda newer: self._first(newer, width))


def run_state(model: Model) -> tuple[str, str]:
    """What the emulator as a whole is doing: word with glyph, and style."""
    if model.failed:
        return "× ENDED", "fault"
    if model.deadlocked is not None:
        return "■ DEADLOCK", "fault"
    if model.paused:
        return "‖ PAUSED", "marker"
    if model.speed <= SLOW_MOST:
        return "▷ SLOW MOTION", "busy"
    return "▶ running", "ok"


def _second(model: Model, width: int) -> Line:
    sight = model.sight
    row = Row(width).add(" ")
    row.add("IOPS ", "label").add(f"{numbers.count(model.iops)}", "value").add("  ")
    good = not sight.noticed
    row.add("bios failed ", "label")
    row.add(f"{numbers.count(sight.failed)} {'✓' if good else '×'}", "ok" if good else "fault")
    row.add("  ").add("requeued ", "label").add(numbers.count(sight.requeued), "requeue" if sight.requeued else "value")
    md = model.md
    merged = sum(m.queue.merged_back + m.queue.merged_front + m.queue.merged_requests for m in model.mds)
    row.fits(f"  merged {numbers.count(merged)}", "label")
    if md is not None:
        text, style = state_cells(model, md)
        if row.left >= len(md.name) + 3 + len(text):
            row.add(f"  {md.name} ", "head").add(text, style)
    if sight.failed_paths:
        row.fits(f"  ▼ {', '.join(sight.failed_paths)} failed", "fault")
    row.fits(f"  errors hidden {numbers.count(sight.hidden)}", "busy" if sight.hidden else "label")
    faults = len(model.faults())
    row.fits(f"  faults {faults}", "fault" if faults else "label")
    row.fits(f"  completed {numbers.count(sight.completed)}", "label")
    room = row.left - 3
    if room >= 12:
        cells = min(room, 40)
        values = model.iops_history.last(cells)
        row.add("  ").add(numbers.sparkline(values, cells, top=max(values, default=0.0) * 1.1), "spark")
    return row.line()
