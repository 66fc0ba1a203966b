"""The whole pipeline in four lines, for screens too small for its panels: one column a stage, click to open it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dmtui.model import numbers
from dmtui.model.alerts import stands_still
from dmtui.model.selection import Key, Stage
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row

COLUMNS: tuple[Stage, ...] = ("submitters", "queue", "lock", "clones", "devices", "softirq", "completions")
_NAMES: dict[Stage, tuple[str, ...]] = {
    "submitters": ("submit",), "queue": ("md queue", "queue"), "lock": ("lock",),
    "clones": ("clones",), "devices": ("devices", "device", "devs"), "softirq": ("softirq", "sirq"),
    "completions": ("done",),
}
"""Names of the columns, the longest first."""


@dataclass(frozen=True, slots=True)
class _Cell:
    number: str
    style: str
    share: float
    word: str
    """Long and short form, parted by a bar."""
    word_style: str = "label"


class PipelinePanel(LinePanel):
    """Names, numbers, fill bars and the most telling word of each stage, joined by arrows."""

    MOVES = True

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        cells = [_cell(model, stage) for stage in COLUMNS]
        shown = model.selection.stages
        wide = _widths(width)
        rows = [Row(width) for _ in range(4)]
        flowing = not model.paused and model.iops > 0
        for i, (stage, cell, room) in enumerate(zip(COLUMNS, cells, wide, strict=True)):
            start = sum(wide[:i])
            digit = f"{shown.index(stage) + 1} " if stage in shown else ""
            # Behind a name without a digit stands a blank, or the next column's digit would be taken for its own.
            name = _first_fitting(_NAMES[stage], room - (1 if digit else 2) - len(digit))
            current = model.selection.stage == stage
            rows[0].pad(start).add("▸" if current else " ", "accent")
            rows[0].add(digit, "key").add(name, "accent" if current else "label")
            arrow = "▶" if i < len(COLUMNS) - 1 else " "
            rows[1].pad(start).add(" ").add(_first_fitting((cell.number, cell.number.split()[0]), room - 3), cell.style)
            rows[1].pad(start + room - 1).add(arrow, "ok" if flowing else "dim")
            rows[2].pad(start).add(" ").add(numbers.bar(min(1.0, cell.share), room - 3), "bar")
            rows[3].pad(start).add(" ").add(_first_fitting(cell.word.split("|"), room - 2), cell.word_style)
        return [row.line() for row in rows]

    def key_at(self, x: int, y: int) -> Key | None:
        """The stage in whose column the click fell."""
        for stage, room in zip(COLUMNS, _widths(self.content_size.width), strict=True):
            if x < room:
                return Key("stage", stage)
            x -= room
        return None


def _first_fitting(words: Sequence[str], room: int) -> str:
    """The first of *words* that fits; the last one in any case."""
    return next((word for word in words if len(word) <= room), words[-1])


def _widths(width: int) -> list[int]:
    each, rest = divmod(width, len(COLUMNS))
    return [each + (1 if i < rest else 0) for i in range(len(COLUMNS))]


def _cell(model: Model, stage: Stage) -> _Cell:
    if stage == "submitters":
        out = sum(view.outstanding for view in model.submitters)
        most = sum(spec.depth * spec.jobs for spec in model.story.plan.submitters) or 1
        return _Cell(f"{out} out", "value", out / most, f"{len(model.submitters)} load")
    if stage == "queue":
        return _queue_cell(model)
    if stage == "lock":
        share = max((model.lock_meter(md.name).held.value for md in model.mds), default=0.0)
        waiting = sum(len(md.lock.waiters) for md in model.mds)
        return _Cell(numbers.percent(share), "lock", share, f"{waiting} wait", "busy" if waiting else "label")
    if stage == "clones":
        out = sum(md.nr_in_flight for md in model.mds)
        requeued = sum(md.counters.requeued for md in model.mds)
        depth = sum(device.depth for device in model.devices) or 1
        tone = "requeue" if requeued else "label"
        return _Cell(f"{out} out", "value", out / depth, f"↺ {numbers.count(requeued)}", tone)
    if stage == "devices":
        return _devices_cell(model)
    if stage == "softirq":
        backlog = sum(worker.backlog for worker in model.softirqs)
        stalled = any(worker.stalled for worker in model.softirqs)
        word, tone = ("STALLED|■ STAL", "fault") if stalled else ("running|● ok", "ok")
        return _Cell(f"{backlog} done", "value", backlog / 64, word, tone)
    view = model.submitter
    p99 = numbers.micros_short(view.p99) if view else ""
    word = f"p99 {p99}|{p99}"
    history = model.iops_history.last(60)
    return _Cell(f"{numbers.count(model.iops)} /s", "value", model.iops / max([*history, 1.0]), word)


def _queue_cell(model: Model) -> _Cell:
    queued = sum(md.queue.nr_sorted + md.queue.nr_dispatch for md in model.mds)
    most = sum(2 * md.queue.nr_requests for md in model.mds) or 1
    if any(request.op == "M" for md in model.mds for request in md.queue.dispatch):
        return _Cell(str(queued), "marker", queued / most, "◆ marker|◆ mark", "marker")
    if any(md.queue.stopped for md in model.mds):
        return _Cell(str(queued), "fault", queued / most, "■ STOPPED|■ STOP", "fault")
    if any(md.queue.plugged for md in model.mds):
        return _Cell(str(queued), "value", queued / most, "◧ plugged|◧ plug", "busy")
    return _Cell(str(queued), "value", queued / most, "▷ open")


def _devices_cell(model: Model) -> _Cell:
    service = sum(device.nr_service for device in model.devices)
    depth = sum(device.depth for device in model.devices) or 1
    bad = [device.name for device in model.devices if device.gone] + list(model.sight.failed_paths)
    busy = sorted((device for device in model.devices if device.busy), key=lambda each: not stands_still(each))
    if bad:
        return _Cell(f"{service} serv", "value", service / depth, f"▼ {bad[0]}", "fault")
    if busy:
        name, what = busy[0].name, "BUSY" if stands_still(busy[0]) else "full"
        return _Cell(f"{service} serv", "value", service / depth, f"◐ {name} {what}|◐{name} {what}|◐ {what}", "busy")
    return _Cell(f"{service} serv", "value", service / depth, f"▲ {len(model.devices)} ok", "ok")
