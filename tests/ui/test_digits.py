"""Each panel says which key opens it, and the keys of panels that are not on the screen are told, too."""

from __future__ import annotations

import re

import pytest

from dmtui.model.selection import STAGES, elsewhere
from dmtui.panels.pipeline import COLUMNS
from tests.ui.pilot import opened, text


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_the_small_pipeline_says_the_digit_that_opens_each_column(size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, _, pilot):
        names = text(app, "pipeline").splitlines()[0]
        found = re.findall(r"(\d) ([a-z]+(?: queue)?)", names)
        assert [int(digit) for digit, _ in found] == [*range(1, 8)], names
        for (digit, _), stage in zip(found, COLUMNS, strict=True):
            await pilot.press(digit)
            assert app.model.selection.stage == stage


@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
async def test_in_another_layout_the_small_pipeline_has_no_digit_that_opens_something_else(
    size: tuple[int, int]
) -> None:
    async with opened(size=size) as (app, _, pilot):
        app.show_layout("paths")
        app.draw_frame()
        assert app.model.selection.stage == "multipath", "what the layout is about"
        await pilot.press("2")
        app.draw_frame()
        await pilot.pause()
        app.draw_frame()
        names = text(app, "pipeline").splitlines()[0]
        assert re.findall(r"(\d) ([a-z]+)", names) == [("2", "devs" if size[0] == 60 else "devices")]
        assert not re.search(r"[a-z]\S* \d", names), "a digit is not taken for that of the name before it"
        below = str(app.dashboard.panel("devices").border_subtitle)
        told = {60: "1 multipath · 3 faults · 4 warnings · 5 latency", 80: "1-5 other panels"}
        assert below == told[size[0]], "as there is room on the frame"
        await pilot.press("4")
        assert app.model.selection.stage == "warnings"


async def test_panels_behind_the_ninth_bear_a_zero_and_it_goes_through_them() -> None:
    async with opened(size=(240, 70)) as (app, _, pilot):
        shown = app.model.selection.stages
        assert shown[:9] == STAGES and shown[9:] == ("multipath", "heatmap", "charts", "lanes")
        for stage in (*shown[9:], shown[9]):
            await pilot.press("0")
            assert app.model.selection.stage == stage
            app.draw_frame()
            assert str(app.dashboard.panel(stage).border_title).startswith("0 ")
        await pilot.press("3", "0")
        assert app.model.selection.stage == shown[9]


async def test_where_no_panel_bears_a_zero_it_says_what_there_is() -> None:
    async with opened(size=(80, 24)) as (app, _, pilot):
        await pilot.press("0")
        app.draw_frame()
        assert "no panel has a 0 here: 1 to 9 open those of this layout, w goes to another" in text(app, "keys")


async def test_a_maximised_panel_says_how_to_come_back() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("z")
        app.draw_frame()
        await pilot.pause()
        app.draw_frame()
        below = str(app.dashboard.panel("devices").border_subtitle)
        assert below.startswith("z gives the room back · 1 submitters · 2 md queue") and "5 " not in below


def test_what_is_elsewhere_is_told_shorter_where_it_does_not_fit() -> None:
    assert elsewhere(STAGES, STAGES, 40) == ""
    assert elsewhere(STAGES, STAGES[:7], 40) == "8 log · 9 why"
    assert elsewhere(STAGES, (), 40) == "1-9 other panels"
