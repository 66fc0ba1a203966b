"""The md queue: elevator and dispatch list apart, plug and stop state, merges, marker, frozen head (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence

from dmtui.model import numbers
from dmtui.model.listing import Lists
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels import requests
from dmtui.panels.base import LinePanel
from dmtui.panels.bio_queue import bio_lines
from dmtui.panels.line import BLANK, Line, Row, still
from emulator.snapshot import MdView, RequestView

_STATES = {
    "RUNNING": ("●", "ok"),
    "SUSPENDING": ("◐", "busy"),
    "SUSPENDED": ("‖", "marker"),
    "NEW": ("○", "label"),
}


def state_cells(model: Model, md: MdView) -> tuple[str, str]:
    """Glyph with word, and style, of an md's state; once the emulation has ended, of what it was then."""
    if model.is_dead(md.name):
        return "× GONE", "fault"
    if model.failed:
        return f"× was {md.state}", "dim"
    glyph, style = _STATES.get(md.state, ("?", "dim"))
    return f"{glyph} {md.state}", style


class QueuePanel(LinePanel):
    """All mds, one under the other; the selected one gets the most room."""

    STAGE = "queue"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        mds = model.mds
        if not mds:
            return [Row(width).add("no mapped device", "dim").line()]
        lines: list[Line] = []
        for md, rows in zip(mds, _shares(mds, model.selection.name("md"), height), strict=True):
            lines += _draw_md(model, md, width, rows, many=len(mds) > 1)
        return lines


def _shares(mds: Sequence[MdView], chosen: str, height: int) -> list[int]:
    """Rows for each md: the selected one gets double."""
    weights = [2 if md.name == chosen else 1 for md in mds]
    each = height / sum(weights)
    rows = [max(1, int(each * weight)) for weight in weights]
    rows[-1] += max(0, height - sum(rows))
    return rows


def _draw_md(model: Model, md: MdView, width: int, rows: int, many: bool) -> list[Line]:
    key = Key("md", md.name)
    chosen = many and model.selection.is_chosen("md", md.name)
    title = _title(model, md, width, key, chosen)
    if md.type == "bio":
        return bio_lines(md, title, width, rows, key)
    lines = [title]
    if rows >= 4:
        lines.append(_gates(md, width))
    if rows >= 7:
        lines.append(_allocation(md, width))
    if rows >= 6:
        lines.append(_merges(md, width, key))
    spare = rows - len(lines)
    if spare >= 5:
        lines = still([*lines, *_lists(model.lists, md, width, spare)])
    else:
        lines += _brief(md, width, spare)
    return (lines + [BLANK] * rows)[:rows]


def _title(model: Model, md: MdView, width: int, key: Key, chosen: bool) -> Line:
    state, style = state_cells(model, md)
    row = Row(width).add("▌" if chosen else " ", "accent").add(md.name, "head").add(f" {md.dev}", "label")
    row.add("  ").add(state, style)
    if md.state == "SUSPENDING":
        row.fits(" noflush" if md.noflush else " flush", style)
    if md.inactive_table:
        row.fits("  ≡ inactive table", "busy")
    elevator = "" if md.type == "bio" else f"{md.queue.elevator} "
    return row.right((elevator, "label"), (f"era {md.era}", "dim")).line(key, chosen)


def _gates(md: MdView, width: int) -> Line:
    queue, row = md.queue, Row(width).add(" ")
    row.add("■ STOPPED" if queue.stopped else "▷ started", "fault" if queue.stopped else "label").add("  ")
    row.add("◧ PLUGGED" if queue.plugged else "□ unplugged", "busy" if queue.plugged else "label").add("  ")
    asleep = sum(queue.sleepers)
    if asleep:
        words = f"☾ {asleep} asleep for a request"
        row.fits(words if len(words) + 14 < row.left else f"☾ {asleep} asleep", "busy")
    flying = sum(queue.in_flight)
    row.right((f"in flight {flying}", "value" if flying else "label"))
    return row.line(Key("md", md.name), again=requests.of_md(md.name, lambda _, it: _gates(it, width)))


def _allocation(md: MdView, width: int) -> Line:
    queue, row = md.queue, Row(width).add(" rq ", "label")
    for name, number, full in zip(("async", "sync"), queue.allocated, queue.full, strict=True):
        share = number / queue.nr_requests if queue.nr_requests else 0.0
        cells = max(2, min(12, (width - 32) // 2))
        row.add(numbers.bar(share, cells), "fault" if full else "bar")
        row.fits(f" {number}/{queue.nr_requests} {'FULL' if full else name} ", "fault" if full else "")
    return row.line(Key("md", md.name), again=requests.of_md(md.name, lambda _, it: _allocation(it, width)))


def _merges(md: MdView, width: int, key: Key) -> Line:
    queue, counters = md.queue, md.counters
    row = Row(width).add(" merges: ", "label").add(numbers.count(queue.merged_back), "value").add(" back", "label")
    row.fits(f", {numbers.count(queue.merged_front)} front", "label")
    row.fits(f", {numbers.count(queue.merged_requests)} of requests ", "label")
    row.fits(f" ↺ {numbers.count(counters.requeued)} requeued", "requeue" if counters.requeued else "label")
    row.fits(f"  ◐ {numbers.count(counters.busy_stops)} busy stops", "busy" if counters.busy_stops else "label")
    return row.line(key)


def _brief(md: MdView, width: int, rows: int) -> list[Line]:
    """Both lists as blocks, a line each; where there is one line only, the dispatch list if there is anything on it."""
    lines = [_brief_line(md, width, dispatch) for dispatch in (True, False)]
    if rows == 1 and not md.queue.nr_dispatch:
        return lines[1:]
    return lines[:rows]


def _brief_line(md: MdView, width: int, dispatch: bool) -> Line:
    queue = md.queue
    name, shown, total = " sorted ", queue.sorted, queue.nr_sorted
    if dispatch:
        name, shown, total = " list   ", queue.dispatch, queue.nr_dispatch
    blocks = requests.strip(shown, total, width - 19, 1)[0].cells if total else (("empty", "dim"),)
    cells = [(name, "label"), (f"{numbers.count(total):>3} ", "value"), *blocks]
    if any(request.op == "M" for request in shown):
        cells.append((" MARKER", "marker"))
    return Line(tuple(cells), again=requests.of_md(md.name, lambda _, it: _brief_line(it, width, dispatch)))


def _lists(lists: Lists, md: MdView, width: int, rows: int) -> list[Line]:
    """Elevator above, dispatch list below; the list that needs more rows gets what the other leaves."""
    queue, listing = md.queue, lists.get("queue")
    waiting, listed = listing.requests(queue.sorted), listing.requests(queue.dispatch)
    want_sorted = 4 + len(waiting) if queue.nr_sorted else 2
    want_dispatch = 1 + max(1, len(listed))
    dispatch_rows = min(want_dispatch, max(2, rows // 2, rows - want_sorted))
    above = _elevator(lists, md, waiting, width, rows - dispatch_rows)
    return above + _dispatch(lists, md, listed, width, dispatch_rows)


def _found(lists: Lists, shown: Sequence[RequestView], total: int) -> tuple[int, str]:
    """How many entries a list has to show, and words on how many of all these are."""
    if lists.get("queue").filter is None:
        return total, ""
    return len(shown), f" {numbers.count(len(shown))} found"


def _elevator(lists: Lists, md: MdView, waiting: Sequence[RequestView], width: int, rows: int) -> list[Line]:
    if rows <= 0:
        return []
    queue = md.queue
    total, found = _found(lists, waiting, queue.nr_sorted)
    lines = [_elevator_head(md, found, width)]
    if not queue.nr_sorted:
        lines.append(_sorted(md, width, 1, 0))
    elif not waiting:
        lines.append(Row(width).add(requests.NONE_FOUND, "dim").line())
    elif rows > 1:
        strips = 1 if rows < 9 else 2
        blocks = requests.strip(waiting, total, width - 1, strips)
        if lists.get("queue").plain:
            lines += [_sorted(md, width, strips, at) for at in range(len(blocks))]
        else:
            lines += [Line(((" ", ""), *line.cells)) for line in blocks]
        lines += requests.window(lists, md.name, waiting, total, width, rows - len(lines), under=lists.get("queue"))
    return [*lines, BLANK] if len(lines) < rows else lines[:rows]


_EMPTY = (" empty: every request went to the dispatch list", " empty: all went to the dispatch list", " empty", "")
"""What is said of an elevator with nothing in it; the first that fits."""


def _elevator_head(md: MdView, found: str, width: int) -> Line:
    head = Row(width).add(" elevator ", "head").add(f"{numbers.count(md.queue.nr_sorted)} sorted", "value")
    again = requests.of_md(md.name, lambda _, it: _elevator_head(it, found, width))
    return head.fits(found, "accent").rule().line(again=None if found else again)


def _sorted(md: MdView, width: int, rows: int, at: int) -> Line:
    """Line *at* of *rows* with the elevator's requests as blocks; blank where there are not so many."""
    queue = md.queue
    again = requests.of_md(md.name, lambda _, it: _sorted(it, width, rows, at))
    if not queue.nr_sorted and at == 0:
        return Row(width).add(next(each for each in _EMPTY if len(each) < width), "dim").line(again=again)
    blocks = requests.strip(queue.sorted, queue.nr_sorted, width - 1, rows) if queue.nr_sorted else []
    return Line(((" ", ""), *blocks[at].cells) if at < len(blocks) else (), again=again)


def _dispatch_head(md: MdView, order: str, found: str, width: int) -> Line:
    head = Row(width).add(" dispatch list ", "head").add(numbers.count(md.queue.nr_dispatch), "value")
    again = requests.of_md(md.name, lambda _, it: _dispatch_head(it, order, found, width))
    return head.add(order, "dim").fits(found, "accent").rule().line(again=None if found else again)


def _dispatch(lists: Lists, md: MdView, listed: Sequence[RequestView], width: int, rows: int) -> list[Line]:
    if rows <= 0:
        return []
    queue = md.queue
    total, found = _found(lists, listed, queue.nr_dispatch)
    plain = lists.get("queue").plain
    under = None if queue.nr_sorted else lists.get("queue")  # the elevator has them above
    lines = [_dispatch_head(md, " front first" if plain else "", found, width)]
    if not listed:
        words = requests.NONE_FOUND if queue.nr_dispatch else " empty"
        lines.append(Row(width).add(words, "dim").line())
        return lines[:rows]
    lines += requests.window(lists, md.name, listed, total, width, rows - 1, "▸" if plain else " ", under)
    if not plain or lists.chosen is not None:
        return lines
    at = next((i for i, request in enumerate(queue.dispatch) if request.op == "M"), None)
    if at is not None and at > 0 and at >= len(lines) - 2:
        # The marker is further back than the screen shows: what it waits for is worth the last line.
        text = f"◆ suspend marker, {numbers.count(at)} before it"
        lines = [*lines[: rows - 1], Row(width).add(f" {text}", "marker").right(("MARKER", "marker")).line()]
    return lines
