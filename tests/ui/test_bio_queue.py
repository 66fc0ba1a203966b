"""A bio-based md in the queue panel: no elevator and no dispatch list, but bios."""

from __future__ import annotations

from random import Random

from dmtui.model.alerts import suspended
from dmtui.model.selection import Key
from dmtui.panels.bio_queue import bio_lines
from dmtui.panels.line import Line
from emulator.snapshot import MdView, RequestView
from tests.ui import build


def view(count: int, **changes: object) -> MdView:
    rows = tuple(RequestView(i, "R", 8 * i, 8, 1, 10, "ISSUED", path="sda") for i in range(count))
    fields = {"type": "bio", "in_flight": rows, "nr_in_flight": count, **changes}
    return build.md(Random(1), 1, ["sda", "sdb"], **fields)


def text(lines: list[Line]) -> list[str]:
    return ["".join(words for words, _ in line.cells).rstrip() for line in lines]


def test_it_shows_what_is_in_flight_and_deferred() -> None:
    lines = text(bio_lines(view(2, waiting_bios=3), Line((("title", ""),)), 60, 10, Key("md", "mpatha")))
    assert len(lines) == 10 and lines[0] == "title"
    assert "bio-based: no request queue" in lines[1] and "3 deferred" in lines[1] and lines[1].endswith("in flight 2")
    assert sum("sda" in line for line in lines[4:]) == 2


def test_more_than_fits_is_counted_and_few_rows_are_kept_to() -> None:
    key = Key("md", "mpatha")
    lines = text(bio_lines(view(30), Line(()), 60, 9, key))
    assert len(lines) == 9 and "more" in lines[-1]
    for rows in range(1, 9):
        assert len(bio_lines(view(30), Line(()), 60, rows, key)) == rows


def test_suspended_it_says_what_is_deferred() -> None:
    (alert,) = suspended([view(0, state="SUSPENDED", waiting_bios=4)])
    assert alert.text == "mpatha SUSPENDED: 4 bios deferred"
