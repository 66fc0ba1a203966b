"""The whole way of a bio as one picture: a column a stage, requests as blocks, front on top (UI thread).

A block's letter is its direction, its colour and glyph its state, its width its size; a column that fills up is where
work waits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dmtui.model import numbers
from dmtui.model.selection import Key, Stage
from dmtui.model.state import Model
from dmtui.panels import requests
from dmtui.panels.base import LinePanel
from dmtui.panels.devices import path_cells
from dmtui.panels.line import Line, Row
from emulator.snapshot import MdView, RequestView

Column = Callable[[Model, int, int], list[Line]]
GAP = 3
"""Cells between two columns, for the arrow."""
LEAST = 8
"""Lines from which the picture says more than the small pipeline."""


class FlowPanel(LinePanel):
    """Submitters, md queue, lock, clones, devices, softirq, completions; a click opens the stage."""

    MOVES = True

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        rooms = _rooms(width)
        flowing = not model.paused and model.iops > 0
        drawn: list[list[Line]] = []
        for (stage, title, _, column), room in zip(COLUMNS, rooms, strict=True):
            current = model.selection.stage == stage
            head = Row(room).add(title, "accent" if current else "head").rule().line()
            drawn.append([head, *column(model, room, height - 1)][:height])
        arrow = Line(((" ▶ ", "ok" if flowing else "dim"),))
        gap = Line(((" " * GAP, ""),))
        return [
            _join([(cells[y] if y < len(cells) else Line(), room) for cells, room in zip(drawn, rooms, strict=True)],
                  arrow if y == 2 else gap)
            for y in range(height)
        ]

    def key_at(self, x: int, y: int) -> Key | None:
        """The stage in whose column the click fell."""
        for (stage, *_), room in zip(COLUMNS, _rooms(self.content_size.width), strict=True):
            if x < room + GAP:
                return Key("stage", stage)
            x -= room + GAP
        return None


def _rooms(width: int) -> list[int]:
    free = max(len(COLUMNS), width - GAP * (len(COLUMNS) - 1))
    total = sum(weight for _, _, weight, _ in COLUMNS)
    ends = [free * sum(weight for _, _, weight, _ in COLUMNS[: i + 1]) // total for i in range(len(COLUMNS))]
    return [end - start for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _join(cells: Sequence[tuple[Line, int]], between: Line) -> Line:
    out: list[tuple[str, str]] = []
    for i, (line, room) in enumerate(cells):
        used = sum(len(text) for text, _ in line.cells)
        out += line.cells
        out.append((" " * max(0, room - used), ""))
        if i < len(cells) - 1:
            out += between.cells
    return Line(tuple(cell for cell in out if cell[0]))


def _submitters(model: Model, width: int, height: int) -> list[Line]:
    each = max(1, height // max(1, len(model.submitters)))
    lines: list[Line] = []
    for view in model.submitters:
        mark, style = ("▶", "ok") if view.running else ("■", "dim")
        lines.append(Row(width).add(f"{mark} ", style).add(view.name, "value").line())
        shown, room = view.outstanding, max(1, width) * max(0, each - 1)
        dots = "•" * min(shown, room)
        lines += [Row(width).add(dots[at : at + width], "bar").line() for at in range(0, len(dots), max(1, width))]
    return lines[:height]


def _queue(model: Model, width: int, height: int) -> list[Line]:
    lines: list[Line] = []
    each = max(2, height // max(1, len(model.mds)))
    for md in model.mds:
        lines += _md_queue(md, width, each)[:each]
    return lines[:height]


def _md_queue(md: MdView, width: int, rows: int) -> list[Line]:
    """Dispatch list on top (its head frozen once it is prepared), the elevator below it."""
    queue = md.queue
    if queue.stopped:
        state, style = "■ STOPPED", "fault"
    elif queue.plugged:
        state, style = "◧ PLUGGED", "busy"
    else:
        state, style = "▷ open", "label"
    merged = queue.merged_back + queue.merged_front + queue.merged_requests
    top = Row(width).add(state, style).fits(f"  merged {numbers.count(merged)}", "label")
    lines = [top.line()]
    dispatch = _stack(queue.dispatch, queue.nr_dispatch, width, max(1, (rows - 3) // 2), frozen=True)
    lines.append(Row(width).add("dispatch ", "label").add(str(queue.nr_dispatch), "value").line())
    lines += dispatch
    lines.append(Row(width).add("elevator ", "label").add(str(queue.nr_sorted), "value").line())
    room = max(1, rows - len(lines))
    lines += requests.strip(queue.sorted, queue.nr_sorted, width, room) if queue.nr_sorted else []
    return lines


def _stack(shown: Sequence[RequestView], total: int, width: int, rows: int, frozen: bool = False) -> list[Line]:
    """One request a line, front first: block, glyph, word."""
    lines = []
    for i, request in enumerate(shown[: rows if total <= rows else max(0, rows - 1)]):
        glyph, word, tone = requests.state_of(request)
        cells = min(max(2, width // 3), requests.width_of(request.sectors))
        row = Row(width).add("▸" if frozen and i == 0 and request.state == "PREPPED" else " ", "accent")
        letter = "◆" if request.op == "M" else request.op
        row.add(letter.ljust(cells), f"{requests.style_of(request)}-block").add(f" {glyph}", tone)
        row.fits(f" {word}", tone)
        if request.path:
            row.fits(f" →{request.path}", "accent")
        if request.retries:
            row.fits(f" #{request.retries}", "requeue")
        lines.append(row.line())
    if total > len(lines) and rows > 0:
        lines.append(Row(width).add(f" +{numbers.count(total - len(lines))} more", "label").line())
    return lines


def _lock(model: Model, width: int, height: int) -> list[Line]:
    lines: list[Line] = []
    for md in model.mds:
        lock = md.lock
        if lock.holder:
            lines.append(Row(width).add("● ", "lock").add(lock.holder, "value").line())
        else:
            lines.append(Row(width).add("○ free", "label").line())
        lines += [Row(width).add("◷ ", "busy").add(name, "").line() for name in lock.waiters]
        share = model.lock_meter(md.name).held.value
        lines.append(Row(width).add(numbers.bar(share, width), "lock").line())
        lines.append(Row(width).add(f"held {numbers.percent(share)}", "label").line())
    return lines[:height]


def _clones(model: Model, width: int, height: int) -> list[Line]:
    each = max(1, height // max(1, len(model.mds)))
    lines: list[Line] = []
    for md in model.mds:
        lines += _stack(md.in_flight, md.nr_in_flight, width, each) or [Row(width).add("none", "dim").line()]
    return lines[:height]


def _devices(model: Model, width: int, height: int) -> list[Line]:
    each = max(1, height // max(1, len(model.devices)))
    lines: list[Line] = []
    for device in model.devices:
        word, style = path_cells(model, device)
        title = Row(width).add(f"{device.name} ", "value").add(word, style)
        if device.busy and not device.gone:
            title.fits(" ◐ BUSY", "busy")
        for fault in device.faults:
            title.fits(f" ! {fault.type}", "fault")
        block = [title.line()]
        if each >= 2:
            block += requests.strip(device.service, device.nr_service, width, 1) if device.nr_service else []
        if each >= 3 and device.nr_queued:
            block += requests.strip(device.queue, device.nr_queued, width, max(1, each - len(block)))
        lines += (block + [Line()] * each)[:each]
    return lines[:height]


def _softirq(model: Model, width: int, height: int) -> list[Line]:
    lines: list[Line] = []
    for worker in model.softirqs:
        state, style = ("■ STALLED", "fault") if worker.stalled else ("● running", "ok")
        lines.append(Row(width).add(state, style).line())
        lines.append(Row(width).add("done list ", "label").add(str(worker.backlog), "value").line())
        lines += [Row(width).add("◑ ", "marker").add(item, "").line() for item in worker.done[: max(0, height - 3)]]
        if worker.backlog > len(worker.done[: max(0, height - 3)]):
            lines.append(Row(width).add(f" +{worker.backlog - len(worker.done[: height - 3])} more", "label").line())
    return lines[:height]


def _completions(model: Model, width: int, height: int) -> list[Line]:
    lines: list[Line] = []
    for view in model.submitters:
        meter = model.submitter_meters.get(view.name)
        pace = numbers.count(meter.iops.value) if meter else "0"
        lines.append(Row(width).add(f"{view.name} ", "value").add(f"{pace}/s", "ok").line())
        failed = ("× ", "fault") if view.failed else ("✓ ", "ok")
        lines.append(Row(width).add(*failed).add(f"{numbers.count(view.failed)} failed", failed[1]).line())
        lines.append(Row(width).add(f"p99 {numbers.micros_short(view.p99)}", "label").line())
    return lines[:height]


COLUMNS: tuple[tuple[Stage, str, int, Column], ...] = (
    ("submitters", "submitters", 12, _submitters),
    ("queue", "md queue", 24, _queue),
    ("lock", "lock", 17, _lock),
    ("clones", "clones", 24, _clones),
    ("devices", "devices", 26, _devices),
    ("softirq", "softirq", 13, _softirq),
    ("completions", "completions", 14, _completions),
)
"""Stage, title, weight, and what draws it."""
