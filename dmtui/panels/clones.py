"""Clones in flight: originals that dm_request_fn started and whose clone is out, and on which path (UI thread)."""

from __future__ import annotations

from collections import Counter

from dmtui.model import numbers
from dmtui.model.listing import oldest_first
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels import requests
from dmtui.panels.base import LinePanel
from dmtui.panels.line import BLANK, Line, Row
from emulator.snapshot import MdView


class ClonesPanel(LinePanel):
    """The clones of each md."""

    STAGE = "clones"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        if not model.mds:
            return [Row(width).add("no mapped device", "dim").line()]
        each = max(1, height // len(model.mds))
        lines: list[Line] = []
        for md in model.mds:
            lines += (_draw(model, md, width, each) + [BLANK] * each)[:each]
        return lines


def _draw(model: Model, md: MdView, width: int, rows: int) -> list[Line]:
    key = Key("md", md.name)
    head = Row(width).add(" ")
    if len(model.mds) > 1:
        head.add(f"{md.name} ", "head")
    head.add(numbers.count(md.nr_in_flight), "value").add(" out", "label")
    meter = model.md_meters.get(md.name)
    if meter:
        head.right((f"{numbers.count(meter.dispatched.value)}/s", "label"))
    lines = [head.line(key)]
    if rows >= 2:
        lines.append(_by_path(md, width, key))
    if not md.nr_in_flight:
        if md.state == "SUSPENDED":
            lines.append(Row(width).add(" none: md is suspended", "dim").line())
        return lines
    listing = model.lists.get("clones")
    oldest = listing.requests(oldest_first(md.in_flight))
    total = md.nr_in_flight if listing.filter is None else len(oldest)
    if not oldest:
        return [*lines, Row(width).add(" none that the filter finds", "dim").line()]
    if rows >= 6:
        blocks = requests.strip(md.in_flight, md.nr_in_flight, width - 1, 2 if rows >= 12 else 1)
        lines += [Line(((" ", ""), *line.cells)) for line in blocks]
    return lines + requests.window(model.lists, md.name, oldest, total, width, rows - len(lines))


def _by_path(md: MdView, width: int, key: Key) -> Line:
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
    return row.line(key)
