"""A window that is too small says so, whatever is open in it, and nothing happens unseen."""

from __future__ import annotations

import pytest

from tests.ui.dialogs import DIALOGS, MODES
from tests.ui.pilot import opened, orders

SAID = "window too small: 50x12, needs 60x20"


@pytest.mark.parametrize("name", ["FaultDialog", "palette"])
async def test_over_a_dialog(name: str) -> None:
    way = (DIALOGS | MODES)[name]
    async with opened(way.scene, (80, 24)) as (app, source, pilot):
        await way.go(app, source, pilot)
        before = app.screen
        await pilot.resize_terminal(50, 12)
        await pilot.pause()
        lines = [strip.text.strip() for strip in app.screen._compositor.render_strips()]
        assert [line for line in lines if line] == [SAID]
        await pilot.press("enter", "escape", "e")
        assert orders(source) == [], "keys do nothing that nobody could see"
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert app.screen is before


async def test_where_even_that_is_too_long_it_stands_on_two_whole_lines() -> None:
    async with opened(size=(80, 24)) as (app, _, pilot):
        await pilot.resize_terminal(30, 6)
        await pilot.pause()
        assert app.dashboard.panel("header").text.split("\n") == ["window too small", "30x6, needs 60x20"]


async def test_a_dialog_that_is_opened_there_and_one_over_it() -> None:
    async with opened(size=(50, 12)) as (app, source, pilot):
        assert SAID in app.dashboard.panel("header").text
        await pilot.press("i")
        await pilot.pause()
        assert type(app.screen).__name__ == "TooSmall"
        app.action_faults()
        await pilot.pause()
        assert type(app.screen).__name__ == "TooSmall" and len(app.screen_stack) == 5
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is app.dashboard and orders(source) == []
        await pilot.press("ctrl+q")
    assert app.return_value == 0
