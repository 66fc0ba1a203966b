"""Keys before the first frame and after the end of the emulation: none is swallowed, none is offered in vain."""

from __future__ import annotations

import pytest

from dmtui.keymap import HINTS
from dmtui.model.frame import Coming
from dmtui.model.hindrance import hindered
from tests.ui.pilot import opened, orders, text
from tests.ui.test_model import fed


async def test_the_start_says_who_is_up_and_who_is_still_to_come() -> None:
    async with opened(()) as (app, source, _):
        assert "starting its processes" in text(app, "header")
        assert "the scenario is being read" in text(app, "header")
        source.coming = Coming(4, ("sdb", "app"))
        app.draw_frame()
        assert "4 of 6 are up, still to come: sdb, app" in text(app, "header")
        source.coming = Coming(6, ())
        app.draw_frame()
        assert "all 6 are up" in text(app, "header")


async def test_a_key_during_the_start_says_that_it_cannot_act_yet() -> None:
    async with opened(()) as (app, source, pilot):
        source.coming = Coming(4, ("sdb", "app"))
        app.draw_frame()
        for key in ("e", "s", "space", "full_stop", "i", "f", "K", "enter", "u", "Y", "colon", "z"):
            app.dashboard.keys.notice = None
            await pilot.press(key)
            await pilot.pause()
            assert "can act once the processes are up: 4 of 6 are up" in text(app, "keys"), key
            assert not orders(source) and app.screen is app.dashboard


async def test_the_key_line_fits_the_start() -> None:
    async with opened(()) as (app, _, pilot):
        app.draw_frame()
        await pilot.pause()
        offered = text(app, "keys")
        assert "q quit" in offered and "o open" in offered
        assert "error" not in offered and "pause" not in offered and "undo" not in offered
        await pilot.press("question_mark")
        await pilot.pause()
        assert app.screen is not app.dashboard, "help is there from the beginning"


@pytest.mark.parametrize("size", [(160, 50), (80, 24)])
async def test_after_the_end_the_key_line_offers_nothing_in_vain(size: tuple[int, int]) -> None:
    async with opened("ended", size) as (app, _, pilot):
        await pilot.pause()
        offered = text(app, "keys")
        for word in ("error", "busy", "suspend", "resume", "pause", "step", "kill", "undo", "speed"):
            assert word not in offered, word
        assert "o open" in offered and "q quit" in offered


async def test_a_key_after_the_end_says_why_nothing_happens() -> None:
    async with opened("ended") as (app, source, pilot):
        for key in ("e", "x", "s", "r", "p", "space", "full_stop", "plus", "i", "K", "M", "u", "U", "f"):
            app.dashboard.keys.notice = None
            await pilot.press(key)
            await pilot.pause()
            said = text(app, "keys")
            assert "the emulation has ended" in said and "o opens a scenario" in said, key
            assert not orders(source) and not source.steps and app.screen is app.dashboard


async def test_what_only_looks_goes_on_after_the_end() -> None:
    async with opened("ended") as (app, _, pilot):
        await pilot.press("w")
        assert app.dashboard.layout_name == "queue"
        await pilot.press("v")
        assert app.model.frozen


def test_nothing_is_hindered_while_the_emulation_runs() -> None:
    model = fed("normal")
    assert not [hint.id for hint in HINTS if hindered(model, hint)]


async def test_another_scenario_that_starts_is_told_over_the_old_one() -> None:
    async with opened() as (app, source, pilot):
        app._open("stacked")
        await pilot.pause()
        assert "opening stacked …" in text(app, "keys")
        source.coming = Coming(2, ("sda", "sdb"))
        app.draw_frame()
        await pilot.pause()
        assert "the next scenario is starting: 2 of 4 are up, still to come: sda, sdb" in text(app, "keys")
        source.coming = None
        app.draw_frame()
        assert "is starting" not in text(app, "keys"), "gone with what it tells"
        source.coming = Coming(2, ("sda", "sdb"))
        app.draw_frame()
        app.notify("something else")
        source.coming = None
        app.draw_frame()
        assert "something else" in text(app, "keys")
