"""The heads of lists: over their columns, where there is room; a click sorts, the arrow says which way round."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from dmtui.app import DmtuiApp
from dmtui.model.listing import Listing
from dmtui.panels import requests
from dmtui.panels.devices import draw_device
from dmtui.panels.line import Line
from emulator.snapshot import RequestView
from tests.ui.pilot import opened, text

REQUEST = RequestView(1, "R", 123456, 256, 16, 3_740, "SORTED")


def said(line: Line) -> str:
    return "".join(cell for cell, _ in line.cells)


def ends(line: str, word: str) -> int:
    return line.index(word) + len(word)


@pytest.mark.parametrize("width", [26, 33, 40, 60, 90])
@pytest.mark.parametrize("path", ["", "sda", "mpathabc"])
def test_each_name_stands_over_its_column(width: int, path: str) -> None:
    request = replace(REQUEST, path=path, retries=2 if path else 0)
    (line,) = requests.heads([REQUEST, request] if path else [request], width, requests.HEADED, Listing())
    head, row = said(line), said(requests.row(request, width, " "))
    assert len(head) <= width and line.length == len(head)
    assert ends(head, "sector") == ends(row, "123456") and ends(head, "size") == ends(row, "128K")
    assert ("bios" in head) == ("16b" in row) and ("age" in head) == ("3.74ms" in row)
    if "bios" in head:
        assert ends(head, "bios") == ends(row, "16b")
    if "age" in head:
        assert ends(head, "age") == ends(row, "3.74ms")
    assert ("path" in head) == (f"→{path} " in row if path else False)
    if "path" in head:
        assert head.index("path") == row.index("→")
    assert ("state" in head) == ("SORTED" in row)


@pytest.mark.parametrize("column", ["op", "sector", "size", "bios", "age", "path", "state"])
@pytest.mark.parametrize(("reverse", "arrow"), [(False, "▼"), (True, "▲")])
def test_the_sorted_column_is_marked_and_nothing_moves(column: str, reverse: bool, arrow: str) -> None:
    shown = [replace(REQUEST, path="sda")]
    (plain,) = requests.heads(shown, 60, 20, Listing())
    (marked,) = requests.heads(shown, 60, 20, Listing(column=column, reverse=reverse))
    assert f"{arrow}{column}" in said(marked) and (f"{arrow}{column}", "accent") in marked.cells
    assert said(marked).replace(arrow, " ") == said(plain)


def test_a_column_that_is_not_shown_is_not_marked() -> None:
    (line,) = requests.heads([REQUEST], 60, 20, Listing(column="owner"))
    assert "▼" not in said(line)


def test_where_few_rows_are_all_of_them_are_requests() -> None:
    assert requests.heads([REQUEST], 60, requests.HEADED - 1, Listing()) == []
    assert requests.heads([], 60, 20, Listing()) == []


async def head_of(app: DmtuiApp, pilot: Pilot[int], panel: str, word: str) -> tuple[int, int]:
    """Where a name stands on the screen."""
    widget = app.dashboard.panel(panel)
    lines = widget.text.splitlines()
    y = next(y for y, line in enumerate(lines) if "sector" in line)
    return widget.content_region.x + lines[y].index(word), widget.content_region.y + y


@pytest.mark.parametrize("panel", ["queue", "clones", "devices"])
async def test_a_click_on_a_head_sorts_by_it_and_another_turns_it_round(panel: str) -> None:
    async with opened() as (app, _, pilot):
        listing = app.model.lists.get("queue" if panel == "queue" else "clones" if panel == "clones" else "devices")
        for column, reverse in (("sector", False), ("sector", True), ("size", False)):
            await pilot.click(offset=await head_of(app, pilot, panel, column))
            await pilot.pause()
            assert (listing.column, listing.reverse) == (column, reverse)
            assert app.model.selection.stage == panel and ("▲" if reverse else "▼") + column in text(app, panel)
        assert len(app.screen_stack) == 1, "two clicks on a head open nothing"
        x, y = await head_of(app, pilot, panel, "sector")
        await pilot.click(offset=(x - 3, y))
        assert listing.column == "size", "between names nothing is asked"


async def test_jumping_gives_no_letter_to_heads() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("apostrophe")
        lines = text(app, "clones").splitlines()
        head = next(y for y, line in enumerate(lines) if " sector " in line)
        rows = app.dashboard.panel("clones")._letters
        assert head not in rows and head + 1 in rows


async def test_rows_stand_back_behind_their_letters() -> None:
    async with opened() as (app, _, pilot):
        panel = app.dashboard.panel("queue")
        row = next(y for y, key in panel.things if key.kind == "request")
        assert not any(segment.style and segment.style.dim for segment in panel.render_line(row))
        await pilot.press("apostrophe")
        letter, *behind = panel.render_line(row)
        assert letter.style and not letter.style.dim and all(s.style and s.style.dim for s in behind)


@pytest.mark.parametrize("rows", [12, 13, 14, 15])
async def test_clones_that_do_not_fit_are_counted(rows: int) -> None:
    async with opened() as (app, _, _):
        device = app.model.devices[0]
        many = tuple(replace(REQUEST, id=number, state="STARTED") for number in range(8))
        device = replace(device, service=many, nr_service=8, queue=(), nr_queued=0, faults=())
        lines = [said(line) for line in draw_device(app.model, device, 40, rows)]
        listed = sum("123456" in line for line in lines)
        more = [line for line in lines if "more" in line]
        assert listed == 8 or more == [f"  … {8 - listed} more"]
        assert len(lines) == rows and (listed == 8 or lines[-1].strip())
