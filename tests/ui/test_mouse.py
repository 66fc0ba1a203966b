"""What a person without a keyboard can do: dialogs, lists and keys that are shown act where they are clicked."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from dmtui.app import DmtuiApp
from dmtui.model.log import LogLine
from dmtui.screens.fault_dialog import FaultDialog
from tests.ui.pilot import opened, orders


async def click(pilot: Pilot[int], words: str) -> None:
    """Click the first letter of what stands on the screen."""
    rows = [strip.text for strip in pilot.app.screen._compositor.render_strips()]
    y = next(y for y, row in enumerate(rows) if words in row)
    await pilot.click(offset=(rows[y].index(words), y))
    await pilot.pause()


def names(app: DmtuiApp) -> list[str]:
    """The dialogs that are open, the topmost last."""
    return [type(screen).__name__ for screen in app.screen_stack[1:]]


@pytest.mark.parametrize(("key", "words"), [
    ("question_mark", "esc close"), ("o", "esc"), ("f", "esc close"), ("U", "esc cancel"), ("M", "esc"),
    ("Y", "esc cancel"), ("T", "esc cancel"), ("enter", "esc close"),
])
async def test_escape_on_the_edge_of_a_dialog_can_be_clicked(key: str, words: str) -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("4", key)
        await pilot.pause()
        assert names(app)
        edge = app.screen.query("*").filter(".box").first() if app.screen.query(".box") else app.screen.children[0]
        said = str(edge.border_subtitle)
        assert words in said
        x = edge.region.right - 3 - len(said) + said.index(words)
        await pilot.click(offset=(x, edge.region.bottom - 1))
        for _ in range(3):
            await pilot.pause()
        assert not names(app)


async def test_other_keys_on_an_edge_act_too() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("question_mark")
        await click(pilot, "T guided tour")
        await pilot.pause()
        assert names(app) == ["ChapterList"]


@pytest.mark.parametrize("key", ["question_mark", "o", "f", "K"])
async def test_a_click_beside_a_dialog_closes_it(key: str) -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("4", key)
        assert names(app)
        await pilot.click(offset=(0, 0))
        assert not names(app) and not orders(source)


@pytest.mark.parametrize("key", ["i", "Y", "ctrl+e"])
async def test_a_click_beside_what_was_typed_loses_nothing(key: str) -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("4", key)
        before = names(app)
        assert before
        await pilot.click(offset=(0, 0))
        assert names(app) == before


async def test_what_a_field_is_called_leads_to_it() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("4", "i")
        dialog = app.screen
        assert isinstance(dialog, FaultDialog)
        field = dialog.query_one("#field-op", Input)
        assert field.parent is not None
        await pilot.click(field.parent.children[0])
        assert app.focused is field


async def test_a_click_on_a_story_selects_it_and_the_next_one_there_opens_it() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("o")
        stories = app.screen.query_one(OptionList)
        assert stories.highlighted is not None
        await pilot.click(stories, offset=(4, stories.highlighted))
        assert not source.opened and names(app) == ["ScenarioPicker"], "the one that runs is not begun again"
        await pilot.click(stories, offset=(4, 0))
        assert stories.highlighted == 0 and not source.opened
        first = str(stories.get_option_at_index(0).id)
        await pilot.click(stories, offset=(4, 0))
        assert source.opened == [first] and not names(app)


async def test_a_click_and_enter_open_a_story() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("o")
        stories = app.screen.query_one(OptionList)
        await pilot.click(stories, offset=(4, 2))
        await pilot.press("enter")
        assert source.opened == [str(stories.get_option_at_index(2).id)] and not names(app)


async def test_the_signs_of_faster_and_slower_are_two_keys() -> None:
    async with opened() as (_app, source, pilot):
        await click(pilot, "- speed")
        slower = orders(source)[-1]
        await click(pilot, "+ - speed")
        faster = orders(source)[-1]
        await pilot.press("minus", "plus")
        assert orders(source)[-2:] == [slower, faster] and slower != faster


async def test_a_click_on_the_lines_below_follows_the_log_again() -> None:
    async with opened() as (app, _, pilot):
        for number in range(100):
            app.model.say(LogLine(number, "»", "mine", "you", "key", f"line {number}"))
        app.draw_frame()
        await pilot.press("8", "home")
        log = app.dashboard.log_panel
        app.draw_frame()
        await pilot.pause()
        assert log.cursor is not None
        await click(pilot, "newer lines below")
        assert log.cursor is None


async def test_keys_and_clicks_tell_the_reader_that_somebody_is_there() -> None:
    async with opened() as (_app, source, pilot):
        before = source.touches
        await pilot.hover(offset=(40, 10))
        assert source.touches == before, "a mouse that is pushed aside asks for nothing"
        await pilot.press("j")
        typed = source.touches
        assert typed > before
        await pilot.click(offset=(40, 10))
        assert source.touches > typed
