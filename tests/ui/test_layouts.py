"""Every layout shows what it says, in every size of screen, and its keys go through it."""

from __future__ import annotations

import pytest

from dmtui.model.layout import FURTHER, Holds
from dmtui.model.layouts import FLOW_LESS, FLOW_MOST, LAYOUTS, LEAST, next_layout, place, stages_of
from dmtui.model.selection import STAGES, TITLES
from tests.ui.pilot import opened

SIZES = ((60, 20), (80, 24), (100, 30), (160, 50), (240, 70))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("console", [False, True])
def test_panels_tile_the_screen_without_meeting(name: str, size: tuple[int, int], console: bool) -> None:
    for whole in (False, True):
        for stage in LAYOUTS[name].stages:
            places = place(name, whole, *size, stage, 2, 1, console)
            covered: set[tuple[int, int]] = set()
            for rect in places.values():
                across, down = range(rect.x, rect.x + rect.width), range(rect.y, rect.y + rect.height)
                cells = {(x, y) for x in across for y in down}
                assert cells and not cells & covered
                assert rect.x >= 0 and rect.x + rect.width <= size[0] and rect.y + rect.height <= size[1]
                covered |= cells
            assert stage in places or (console and size < LEAST)
            assert ("console" in places) == console


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_tree_shows_every_stage_of_its_layout(name: str) -> None:
    layout = LAYOUTS[name]
    shown = place(name, False, 240, 70, layout.stages[0], 0)
    assert set(layout.stages) <= set(shown)
    assert set(layout.stages) <= set(TITLES)
    assert len(layout.stages) <= 9


def test_the_moving_picture_takes_no_rows_that_it_would_leave_empty() -> None:
    for size, devices, rows in (((160, 50), 2, FLOW_LESS), ((240, 70), 2, FLOW_MOST), ((240, 70), 8, 17)):
        shown = place("teaching", False, *size, "lanes", 0, 1, False, Holds(1, devices, 5))
        assert shown["flow"].height == rows
        assert shown["lanes"].y == shown["flow"].y + rows


def test_digits_open_the_same_panels_on_every_screen_and_further_ones_stand_behind() -> None:
    holds = Holds(2, 2, 5)
    for size in SIZES:
        assert stages_of("overview", *size, 0, 1, False, holds)[: len(STAGES)] == STAGES
        assert stages_of("paths", *size, 0, 1, False, holds) == LAYOUTS["paths"].stages
    assert stages_of("overview", 240, 70, 0, 1, False, holds)[len(STAGES) :] == FURTHER
    assert stages_of("overview", 160, 50, 0, 1, False, holds)[len(STAGES) :] == ("multipath", "charts")
    assert stages_of("overview", 80, 24, 0, 1, False, holds) == STAGES


async def test_a_further_panel_is_gone_to_with_tab_and_left_when_the_screen_shrinks() -> None:
    async with opened("failed-path", (160, 50)) as (app, _, pilot):
        app.draw_frame()
        panel = app.dashboard.panel("multipath")
        assert panel.display and str(panel.border_title) == "0 multipath", "it has no digit of its own"
        assert str(app.dashboard.panel("charts").border_title) == "0 charts", "the whole title has no room"
        await pilot.press("9", "tab")
        assert app.model.selection.stage == "multipath"
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        app.draw_frame()
        assert app.model.selection.stage in STAGES and not panel.display


def test_the_layouts_go_round() -> None:
    name = "overview"
    seen = []
    for _ in LAYOUTS:
        seen.append(name)
        name = next_layout(name)
    assert seen == list(LAYOUTS) and name == "overview"
    assert next_layout("overview", -1) == list(LAYOUTS)[-1]


async def test_the_layout_key_shows_other_panels_with_their_digits() -> None:
    async with opened("failed-path") as (app, _, pilot):
        await pilot.press("w", "w")
        app.draw_frame()
        await pilot.pause()
        app.draw_frame()
        panel = app.dashboard.panel("multipath")
        assert panel.display and str(panel.border_title) == "1 multipath"
        assert "sda" in panel.text and "▼ failed" in panel.text and "1 of 2 paths valid" in panel.text
        assert not app.dashboard.panel("queue").display
        await pilot.press("5")
        assert app.model.selection.stage == "heatmap"
        assert "sdb" in app.dashboard.panel("heatmap").text


async def test_maximise_gives_all_the_room_and_takes_it_back() -> None:
    async with opened("normal") as (app, _, pilot):
        before = app.dashboard.panel("devices").size
        await pilot.press("z")
        await pilot.pause()
        assert app.dashboard.panel("devices").size.width > 150
        assert not app.dashboard.panel("queue").display
        await pilot.press("z")
        await pilot.pause()
        assert app.dashboard.panel("devices").size == before


def test_few_paths_leave_their_rows_to_what_stands_below() -> None:
    shown = place("paths", False, 160, 50, "multipath", 0, 1, False, Holds(1, 2, 5))
    assert shown["multipath"].height == 5 + 2
    assert shown["heatmap"].height > 19 and shown["faults"].y == shown["multipath"].y + 7
