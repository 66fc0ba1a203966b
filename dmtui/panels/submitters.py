"""Submitters: what each has outstanding, how fast it goes and whether its data is right (UI thread)."""

from __future__ import annotations

from dmtui.model import numbers
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import BLANK, Line, Row
from emulator.snapshot import SubmitterView

_FULL = 8


class SubmittersPanel(LinePanel):
    """One block of lines for each submitter, smaller when there are many."""

    STAGE = "submitters"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        views = model.submitters
        if not views:
            return [Row(width).add("no submitter", "dim").line()]
        each = max(1, min(_FULL, height // len(views)))
        lines: list[Line] = []
        for view in views:
            block = _draw(model, view, width)
            if each < _FULL:
                most_telling = (0, 1, 2, 6, 4, 3, 5)[:each]
                block = [block[i] for i in sorted(most_telling)] if each > 1 else [_one(model, view, width)]
            lines += [*block, BLANK][:each]
        return lines


def _mark(view: SubmitterView) -> tuple[str, str]:
    if view.corruption:
        return "×", "fault"
    if view.failed:
        return "!", "fault"
    return ("▶", "ok") if view.running else ("□", "label")


def _draw(model: Model, view: SubmitterView, width: int) -> list[Line]:
    key = Key("submitter", view.name)
    chosen = model.selection.is_chosen("submitter", view.name)
    meter = model.submitter_meters.get(view.name)
    iops = meter.iops.value if meter else 0.0
    glyph, style = _mark(view)
    title = Row(width).add("▌" if chosen else " ", "accent").add(f"{glyph} ", style).add(view.name, "head")
    title.right((f"→{view.target}", "label"))
    spec = next((spec for spec in model.story.plan.submitters if spec.name == view.name), None)
    most = spec.depth * spec.jobs if spec else 0
    out = Row(width).add(f" {view.outstanding:>4}", "value").add(" out ", "label")
    if most:
        out.add(numbers.bar(min(1.0, view.outstanding / most), max(4, out.left - 1)), "bar")
    kind = "stopped" if not view.running else f"{spec.pattern}" if spec else ""
    mix = Row(width).add(f" {kind} ", "label" if view.running else "busy")
    total = view.reads + view.writes
    if total:
        mix.fits(f"R{view.reads * 100 // total}%", "read").fits(f" W{view.writes * 100 // total}%", "write")
    speed = Row(width).add(f" {numbers.count(iops)}", "value").add(" IOPS", "label")
    oldest = Row(width).add(" oldest ", "label").add(numbers.micros(view.oldest), "busy" if view.overdue else "value")
    spark = Row(width).add(" ")
    if meter:
        spark.add(numbers.sparkline(meter.history.last(width - 2), width - 2), "spark")
    failed = Row(width).add(" failed ", "label").add(numbers.count(view.failed), "fault" if view.failed else "ok")
    failed.add(" ✓" if not view.failed else " ×", "fault" if view.failed else "ok")
    if view.corruption:
        failed.fits(f"  corrupt {view.corruption}", "fault")
    chosen_title = title.line(key, chosen and len(model.submitters) > 1)
    return [chosen_title, *(row.line(key) for row in (speed, out, spark, mix, oldest, failed))]


def _one(model: Model, view: SubmitterView, width: int) -> Line:
    meter = model.submitter_meters.get(view.name)
    glyph, style = _mark(view)
    chosen = model.selection.is_chosen("submitter", view.name)
    row = Row(width).add("▌" if chosen else " ", "accent").add(f"{glyph} ", style).add(view.name, "head")
    rate = numbers.count(meter.iops.value) if meter else "0"
    row.right((f"{view.outstanding} out ", "label"), (f"{rate}/s", "value"))
    return row.line(Key("submitter", view.name), chosen)
