"""Clones in flight: originals that dm_request_fn started and whose clone is out, and on which path (UI thread)."""

from __future__ import annotations

from collections import Counter

from dmtui.model import numbers
from dmtui.model.listing import oldest_first
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels import requests
from dmtui.panels.base import LinePanel
from dmtui.panels.line import BLANK, Line, Row, still
from emulator.snapshot import MdView

LISTING = 3
"""Rows of an md from which its clones are listed."""


class ClonesPanel(LinePanel):
    """The clones of each md."""

    STAGE = "clones"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        if not model.mds:
            return [Row(width).add("no mapped device", "dim").line()]
        each = max(1, height // len(model.mds))
        lines: list[Line] = []
        for md in model.mds:
            block = _draw(model, md, width, each)
            # Of very many the rows are a sample, with which no count can disagree: the blocks move.
            if each >= LISTING and md.nr_in_flight <= each:
                block = still(block)
            lines += (block + [BLANK] * each)[:each]
        return lines


def _draw(model: Model, md: MdView, width: int, rows: int) -> list[Line]:
    listing = model.lists.get("clones")
    oldest = listing.requests(oldest_first(md.in_flight))
    found = "" if listing.filter is None else f", {numbers.count(len(oldest))} found"
    lines = [_head(model, md, width, found)]
    if rows >= 2:
        lines.append(_by_path(md, width))
    strip = _Strips(width, 0 if rows < 6 else 1 if rows < 12 else 2)
    if not md.nr_in_flight:
        if md.state == "SUSPENDED":
            lines.append(Row(width).add(" none: md is suspended", "dim").line())
            return lines
        return lines + strip.lines(md)
    total = md.nr_in_flight if listing.filter is None else len(oldest)
    if not oldest:
        none = requests.NONE_FOUND if width > len(requests.NONE_FOUND) else " none found"
        return [*lines, Row(width).add(none, "dim").line()]
    lines += strip.lines(md)
    return lines + requests.window(model.lists, md.name, oldest, total, width, rows - len(lines), under=listing)


def _head(model: Model, md: MdView, width: int, found: str = "") -> Line:
    head = Row(width).add(" ")
    if len(model.mds) > 1:
        head.add(f"{md.name} ", "head")
    head.add(numbers.count(md.nr_in_flight), "value").add(" out", "label").fits(found, "accent")
    meter = model.md_meters.get(md.name)
    if meter:
        head.right((f"{numbers.count(meter.dispatched.value)}/s", "label"))
    return head.line(Key("md", md.name), again=requests.of_md(md.name, lambda now, it: _head(now, it, width, found)))


class _Strips:
    """An md's clones as blocks on some lines, drawn once for all of them of each view of the md."""

    def __init__(self, width: int, rows: int) -> None:
        self._width, self._rows = width, rows
        self._of: MdView | None = None
        self._drawn: list[Line] = []

    def lines(self, md: MdView) -> list[Line]:
        """All of them; blank where there are not so many clones."""
        return [self._line(md, at) for at in range(self._rows)]

    def _line(self, md: MdView, at: int) -> Line:
        if md is not self._of:
            strip = requests.strip(md.in_flight, md.nr_in_flight, self._width - 1, self._rows)
            self._of, self._drawn = md, strip if md.nr_in_flight else []
        cells = ((" ", ""), *self._drawn[at].cells) if at < len(self._drawn) else ()
        return Line(cells, again=requests.of_md(md.name, lambda _, it: self._line(it, at)))


def _by_path(md: MdView, width: int) -> Line:
    """How many clones each path has."""
    row = Row(width).add(" ")
    if md.target and md.target.type == "multipath":
        spread = [(path.name, path.in_flight, path.active) for group in md.target.groups for path in group.paths]
    else:
        counted = Counter(request.path or "?" for request in md.in_flight)
        spread = [(name, number, True) for name, number in counted.items()]
    for name, number, active in spread:
        row.fits(f"→{name} ", "accent" if active else "fault").fits(f"{number}  ", "value" if number else "label")
    if md.target and md.target.queued:
        row.fits(f"■ {md.target.queued} held", "busy")
    return row.line(Key("md", md.name), again=requests.of_md(md.name, lambda _, it: _by_path(it, width)))
