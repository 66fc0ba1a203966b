"""What dialogs say of their keys is true, buttons can be pressed, and nothing that must be read is out of reach."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.command import CommandList
from textual.widgets import Select, Static

from dmtui.screens.help import Help
from dmtui.screens.save import SaveDialog
from emulator import commands
from emulator.lab.deedlog import Told
from emulator.scenario.library import load_scenario
from tests.ui.dialogs import DIALOGS, DID
from tests.ui.pilot import opened, orders


def rows(screen_of: object) -> list[str]:
    """The lines of the dialog's box."""
    screen = screen_of.screen  # type: ignore[attr-defined]
    x, y, width, height = screen.query_one(".box").region
    return [strip.crop(x, x + width).text for strip in screen._compositor.render_strips()[y : y + height]]


def is_open(chooser: Select[object]) -> bool:
    """Whether its list is shown."""
    return chooser.expanded


async def test_enter_injects_from_the_first_field_and_space_opens_its_list() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("i")
        await pilot.pause()
        assert "enter inject" in rows(app)[-1]
        chooser = app.screen.query_one("#type", Select)
        assert chooser.has_focus
        await pilot.press("space")
        await pilot.pause()
        assert is_open(chooser)
        await pilot.press("enter")
        await pilot.pause()
        assert not is_open(chooser) and app.screen is chooser.screen, "in an open list it chooses"
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen is app.dashboard
        assert [type(order) for order in orders(source)] == [commands.InjectFault]


async def test_the_words_behind_a_field_are_told_whole_where_they_are_cut() -> None:
    async with opened(size=(60, 20)) as (app, _, pilot):
        await pilot.press("i", "tab")
        await pilot.pause()
        said = app.screen.query_one("#said", Static)
        assert app.focused is not None and app.focused.id == "param-errno"
        assert str(said.content) == "errno or blk_status the request ends with" and said.display
        assert rows(app)[-2].strip("│ ").startswith("[ inject ]")


async def test_a_question_has_buttons_and_enter_is_no() -> None:
    async with opened() as (app, source, pilot):
        for keys, yes in ((("enter",), False), (("left", "enter"), True)):
            await pilot.press("K")
            await pilot.pause()
            assert type(app.screen).__name__ == "Confirm"
            await pilot.press(*keys)
            await pilot.pause()
            assert app.screen is app.dashboard
            assert (orders(source) == [commands.Kill("sda")]) is yes
        source.orders.clear()
        await pilot.press("K")
        await pilot.pause()
        await pilot.click("#yes")
        await pilot.pause()
        assert orders(source) == [commands.Kill("sda")]


async def test_help_says_how_much_there_is_and_all_of_it_can_be_read() -> None:
    async with opened(size=(60, 20)) as (app, _, pilot):
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, Help) and " more lines" in rows(app)[-1]
        seen: list[str] = []
        for _ in range(20):
            seen += [row.strip("│ ") for row in rows(app)[1:-1]]
            if "the end" in rows(app)[-1]:
                break
            await pilot.press("space")
            await pilot.pause()
        told = " ".join(" ".join(seen).split())
        assert "the end" in rows(app)[-1] and "Quit" in told and "drawn five times a second." in told
        await pilot.press("home")
        await pilot.pause()
        assert "Each device is one path" in rows(app)[1]


@pytest.mark.parametrize("name", ["WaitingList", "FaultDialog", "FaultList", "SaveDialog", "ScenarioPicker", "Help"])
async def test_the_lower_edge_is_never_cut(name: str) -> None:
    way = DIALOGS[name]
    async with opened(way.scene, (60, 20)) as (app, source, pilot):
        await way.go(app, source, pilot)
        assert rows(app)[-1].startswith("╰") and "…" not in rows(app)[-1], rows(app)[-1]


async def test_what_waits_is_told_whole_below_the_rows() -> None:
    way = DIALOGS["WaitingList"]
    async with opened(way.scene, (60, 20)) as (app, source, pilot):
        await way.go(app, source, pilot)
        told = " ".join(" ".join(row.strip("│ ") for row in rows(app)).split())
        assert "blk_complete_request mpatha#12 EIO: onto the done list goes next by itself" in told
        await pilot.press("down")
        await pilot.pause()
        told = " ".join(" ".join(row.strip("│ ") for row in rows(app)).split())
        assert "cannot go next: behind another from sda" in told


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (160, 50)])
async def test_the_save_dialog_is_answered_by_mouse_however_much_was_done(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    many = tuple(replace(DID[0], at_us=100_000 * each) for each in range(1, 16))
    async with opened(size=size) as (app, source, pilot):
        source.done = Told(load_scenario("one-path-fails"), 2_000_000, many, 0)
        await pilot.press("Y")
        await app.workers.wait_for_complete()
        await pilot.pause()
        dialog = app.screen
        assert isinstance(dialog, SaveDialog) and dialog.text
        await pilot.pause()
        assert any("[ save ]" in row and "[ cancel ]" in row for row in rows(app)), rows(app)
        await pilot.click("#cancel")
        await pilot.pause()
        assert app.screen is app.dashboard and not [*tmp_path.iterdir()]
        await pilot.press("Y")
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.click("#save")
        await pilot.pause()
        assert [each.name for each in tmp_path.iterdir()] == ["one-path-fails-mine.yaml"]


async def test_at_80_columns_no_word_behind_a_field_is_cut() -> None:
    async with opened(size=(80, 24)) as (app, _, pilot):
        await pilot.press("i")
        await pilot.pause()
        assert "…" not in "".join(rows(app))


@pytest.mark.parametrize("theme", ["dmtui-dark", "dmtui-light", "dmtui-safe"])
async def test_the_trough_of_a_dialog_is_of_its_ground(theme: str) -> None:
    async with opened(size=(80, 24)) as (app, _, pilot):
        app.theme = theme
        await pilot.press("i")
        await pilot.pause()
        form = app.screen.query_one("#form")
        assert form.styles.scrollbar_background == app.screen.query_one(".box").styles.background


@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
async def test_the_palette_ends_above_the_edge_of_the_screen(size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, _, pilot):
        await pilot.press("ctrl+p")
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.screen.query_one(CommandList).region.bottom <= size[1]
