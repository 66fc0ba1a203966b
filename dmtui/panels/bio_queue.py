"""A bio-based md where others show their queue: it has none, but bios in flight and bios that wait (UI thread)."""

from __future__ import annotations

from dmtui.model import numbers
from dmtui.model.selection import Key
from dmtui.panels import requests
from dmtui.panels.line import BLANK, Line, Row
from emulator.snapshot import MdView


def bio_lines(md: MdView, title: Line, width: int, rows: int, key: Key) -> list[Line]:
    """*rows* lines: *title*, what is in flight and deferred, the table, the bios that are out, oldest first."""
    lines = [title, _counts(md, width, key)]
    if md.target is not None and rows >= 6:
        lines.append(Row(width).add(f" {md.target.type} ", "label").add(md.target.table, "value").line(key))
    spare = rows - len(lines)
    if spare >= 3:
        head = Row(width).add(" bios in flight ", "head").add(numbers.count(md.nr_in_flight), "value")
        lines.append(head.add(" oldest first", "dim").rule().line())
        fit = len(md.in_flight) if md.nr_in_flight < spare else min(len(md.in_flight), spare - 2)
        lines += [requests.row(request, width, " ") for request in md.in_flight[:fit]]
        if md.nr_in_flight > fit:
            lines.append(Row(width).add(f"  … {numbers.count(md.nr_in_flight - fit)} more", "dim").line())
    return (lines + [BLANK] * rows)[:rows]


def _counts(md: MdView, width: int, key: Key) -> Line:
    row = Row(width).add(" bio-based: no request queue", "label")
    if md.waiting_bios:
        row.fits(f"  ☾ {numbers.count(md.waiting_bios)} deferred", "busy")
    return row.right((f"in flight {numbers.count(md.nr_in_flight)}", "value" if md.nr_in_flight else "label")).line(key)
