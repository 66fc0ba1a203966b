"""Saving what was done, undoing several things: dialogs with Pilot, files in a directory of their own."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from dmtui.app import DmtuiApp
from dmtui.files import write_whole
from dmtui.screens.modal import Dialog
from dmtui.screens.save import SaveDialog, free_name
from dmtui.screens.simple import Confirm
from dmtui.screens.undo import UndoList
from emulator import commands
from emulator.lab.deedlog import Did, Told
from emulator.scenario.library import load_scenario
from tests.ui.pilot import SIZES, opened, orders, text

DEEDS = (
    Did(1_250_000, {"fail_path": {"md": "mpatha", "path": "sda"}}, "ok"),
    Did(1_900_001, {"line": "dmsetup message mpatha 0 queue_if_no_path"}, "any"),
)


def told(*deeds: Did, left_out: int = 0) -> Told:
    """What the feed says of those deeds."""
    return Told(load_scenario("one-path-fails"), 2_000_000, deeds, left_out)


async def settled(app: DmtuiApp, pilot: Pilot[int]) -> None:
    """Until the threads of a dialog have said what they had to say."""
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def test_save_writes_what_was_done(tmp_path: Path) -> None:
    async with opened() as (app, source, pilot):
        source.done = told(*DEEDS)
        await pilot.press("Y")
        await settled(app, pilot)
        dialog = app.screen
        assert isinstance(dialog, SaveDialog)
        assert "fail_path: {md: mpatha, path: sda}" in str(dialog.query_one("#lines", Static).content)
        assert "2 things that you did" in str(dialog.query_one("#said", Static).content)
        await pilot.press("enter")
        await pilot.pause()
        assert not isinstance(app.screen, Dialog)
        again = load_scenario(tmp_path / "one-path-fails-mine.yaml")
        assert again.name == "one-path-fails-mine"
        assert [step.at_us for step in again.timeline][1:] == [1_250_000, 1_900_001]
        assert "dmtui run one-path-fails-mine.yaml plays it" in text(app, "keys")
        app._saved(tmp_path.parent / "else where.yaml")
        assert f"dmtui run '{tmp_path.parent}/else where.yaml'" in text(app, "keys"), "as a shell takes it"


async def test_it_says_how_long_the_saved_one_lasts_before_it_is_written(tmp_path: Path) -> None:
    async with opened() as (app, source, pilot):
        for deeds, lasts in ((DEEDS, "2.001s"), ((), "3600s")):
            source.done = Told(load_scenario("steady-load"), 2_000_000, deeds)
            await pilot.press("Y")
            await settled(app, pilot)
            assert str(app.screen.query_one("#said", Static).content).endswith(f" It lasts {lasts}.")
            await pilot.press("escape")
            await pilot.pause()


async def test_a_file_that_is_there_is_only_replaced_by_who_says_yes(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("precious")
    async with opened() as (app, source, pilot):
        source.done = told(*DEEDS)
        await pilot.press("Y")
        await settled(app, pilot)
        app.screen.query_one(Input).value = "mine"
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, Confirm)
        await pilot.press("n")
        await pilot.pause()
        assert isinstance(app.screen, SaveDialog) and path.read_text() == "precious"
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        assert not isinstance(app.screen, Dialog)
        assert len(load_scenario(path).timeline) == 3


async def test_a_place_that_cannot_be_written_is_one_line_in_the_dialog() -> None:
    async with opened() as (app, source, pilot):
        source.done = told(*DEEDS)
        await pilot.press("Y")
        await settled(app, pilot)
        app.screen.query_one(Input).value = "no/such/place.yaml"
        await pilot.press("enter")
        await pilot.pause()
        assert "No such file or directory" in str(app.screen.query_one("#said", Static).content)
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, Dialog)


async def test_nothing_done_and_what_cannot_be_said_are_told() -> None:
    async with opened() as (app, source, pilot):
        source.done = told(left_out=2)
        await pilot.press("Y")
        await settled(app, pilot)
        said = str(app.screen.query_one("#said", Static).content)
        assert "did nothing yet" in said and "hold it: 2 more" in said


@pytest.mark.parametrize("size", SIZES)
async def test_the_dialog_fits(size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, source, pilot):
        source.done = told(*DEEDS * 30)
        await pilot.press("Y")
        await settled(app, pilot)
        box = app.screen.query_one(".box").region
        assert box.right <= size[0] and box.bottom <= size[1] and box.y >= 0
        assert app.screen.query_one(Input).region.height == 1
        await pilot.press("down", "escape")
        await pilot.pause()
        assert not isinstance(app.screen, Dialog)


async def test_undo_of_several_takes_back_down_to_the_chosen_one() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("e", "plus", "space", "s", "x")
        await pilot.pause()
        source.orders.clear()
        await pilot.press("U")
        await pilot.pause()
        assert isinstance(app.screen, UndoList)
        listed = app.screen.query_one(OptionList)
        rows = [str(listed.get_option_at_index(i).prompt) for i in range(listed.option_count)]
        did = ("fail_path sda", "suspend mpatha", "speed 2×", "inject error on sda")
        assert rows == [f"2.950s  {each}" for each in did]
        await pilot.press("down", "down")
        await pilot.pause()
        assert "these 3" in str(app.screen.query_one("#said", Static).content)
        await pilot.press("enter")
        await pilot.pause()
        assert orders(source) == [
            commands.Message("mpatha", "reinstate_path 8:0"), commands.Resume("mpatha"), commands.SetSpeed(speed=1.0)
        ]
        await pilot.press("u")
        await pilot.pause()
        assert orders(source)[-1] == commands.ClearFault("sda", "error")


async def test_an_empty_undo_list_says_so() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("U")
        await pilot.pause()
        assert "Nothing to undo" in str(app.screen.query_one(".hint", Static).content)
        await pilot.press("down", "escape")
        await pilot.pause()
        assert not isinstance(app.screen, Dialog)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    write_whole(path, "one\r\n")
    assert path.read_bytes() == b"one\r\n"
    with pytest.raises(FileExistsError):
        write_whole(path, "two")
    assert path.read_bytes() == b"one\r\n"
    path.chmod(0o640)
    write_whole(path, "two", replace=True)
    assert path.read_text() == "two" and stat.S_IMODE(path.stat().st_mode) == 0o640
    with pytest.raises(OSError):
        write_whole(tmp_path / "no" / "b.yaml", "x")
    assert [each.name for each in tmp_path.iterdir()] == ["a.yaml"]


def test_the_file_behind_a_link_is_replaced_and_not_the_link(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("one")
    link = tmp_path / "link.yaml"
    link.symlink_to("real.yaml")
    write_whole(link, "two", replace=True)
    assert link.is_symlink() and (tmp_path / "real.yaml").read_text() == "two"


def test_the_name_that_is_offered_is_free(tmp_path: Path) -> None:
    assert free_name(tmp_path, "x") == "x-mine.yaml"
    (tmp_path / "x-mine.yaml").touch()
    assert free_name(tmp_path, "x") == "x-mine2.yaml"
