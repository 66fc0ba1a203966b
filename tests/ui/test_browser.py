"""The scenario browser and the editor, with Pilot, in a directory of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from dmtui.app import DmtuiApp
from dmtui.model.brochure import brochure
from dmtui.screens import editor
from dmtui.screens.editor import AskName, Editor, begin
from dmtui.screens.modal import Dialog
from dmtui.screens.scenarios import FILES_MOST, ScenarioPicker, files_here
from dmtui.screens.simple import Confirm
from emulator.scenario.library import load_scenario, stories
from tests.ui.pilot import SIZES, opened
from tests.ui.test_saving import told

STORY = Path(next(story.path for story in stories() if story.name == "one-path-fails"))


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(editor, "QUIET_S", 1e-4)
    (tmp_path / "mine.yaml").write_bytes(STORY.read_bytes())
    (tmp_path / "broken.yaml").write_text("name: broken\nabuot: x\n")


async def settled(app: DmtuiApp, pilot: Pilot[int]) -> None:
    """Until the threads of a dialog have done what they had to do."""
    await pilot.pause()
    while isinstance(app.screen, Editor) and app.screen.checking:
        await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()


def preview(app: DmtuiApp) -> str:
    """What the browser says of the highlighted scenario."""
    return str(app.screen.query_one("#text", Static).content)


@pytest.mark.parametrize("story", stories(), ids=lambda story: story.name)
def test_every_story_has_a_preview(story: object) -> None:
    scenario = load_scenario(story.name)  # type: ignore[attr-defined]
    text = "\n".join(line for line, _ in brochure(scenario))
    assert scenario.about in text
    assert all(md.name in text for md in scenario.plan.mds)
    drawn = [line for line in text.splitlines() if "- " in line]
    for device in scenario.plan.devices:
        used = any(device.dev in md.table.split() for md in scenario.plan.mds)
        assert any(f" {device.name} {device.dev} " in f"{line} " for line in drawn) is used
    assert all(step.text in text for step in scenario.timeline)
    assert all(each.text in text for each in scenario.expectations)


async def test_files_of_this_directory_come_first_and_broken_ones_say_why() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("o")
        await settled(app, pilot)
        assert isinstance(app.screen, ScenarioPicker)
        options = app.screen.query_one(OptionList)
        assert [options.get_option_at_index(at).id for at in (0, 1)] == ["./broken.yaml", "./mine.yaml"]
        await pilot.press(*"broken")
        await settled(app, pilot)
        assert "It cannot be opened" in preview(app) and "broken.yaml:1:1: found no key 'about'" in preview(app)
        await pilot.press(*["backspace"] * 6, *"mine")
        await settled(app, pilot)
        assert "policy='round-robin 0'" in preview(app) and "inject error on sda (cable-cut)" in preview(app)
        assert "paths.sda == failed" in preview(app) and "era 2.6.31" in preview(app)
        await pilot.press("enter")
        await pilot.pause()
        assert source.opened == ["./mine.yaml"]


async def test_what_nothing_is_called_is_opened_as_a_path() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("o")
        await pilot.pause()
        await pilot.press(*"/no/such.yaml")
        await pilot.pause()
        assert "no story of that name" in preview(app)
        await pilot.press("enter")
        await pilot.pause()
        assert source.opened == ["/no/such.yaml"]


@pytest.mark.parametrize("size", SIZES)
async def test_the_browser_fits_and_scrolls(size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, _, pilot):
        await pilot.press("o")
        await settled(app, pilot)
        box = app.screen.query_one(".box").region
        assert box.y >= 0 and box.bottom <= size[1] and box.right <= size[0]
        about, options = app.screen.query_one("#about"), app.screen.query_one(OptionList)
        assert about.region.width >= 30 and about.region.height >= 4 and options.region.height >= 4
        await pilot.press(*"one-path-fails")
        await settled(app, pilot)
        await pilot.press("pagedown")
        await pilot.pause()
        assert about.scroll_y > 0 or about.max_scroll_y == 0
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, Dialog)


def test_only_so_many_files_are_listed(tmp_path: Path) -> None:
    for number in range(FILES_MOST + 5):
        (tmp_path / f"f{number:04}.yml").touch()
    (tmp_path / ".hidden.yaml").touch()
    assert len(files_here(tmp_path)) == FILES_MOST
    assert files_here(tmp_path / "nowhere") == []


async def editing(app: DmtuiApp, pilot: Pilot[int], scenario: str) -> Editor:
    """An editor that has checked its text."""
    app.action_edit(scenario)
    await settled(app, pilot)
    assert isinstance(app.screen, Editor)
    return app.screen


async def test_the_text_is_checked_while_one_types_and_errors_lead_to_their_place() -> None:
    async with opened() as (app, source, pilot):
        edited = await editing(app, pilot, "./mine.yaml")
        assert not edited.errors and "nothing is wrong" in str(edited.query_one("#said", Static).content)
        edited.area.text = edited.area.text.replace("target: sda", "target: sdx")
        await settled(app, pilot)
        line = next(row for row, text in enumerate(edited.area.text.splitlines()) if "target: sdx" in text)
        assert [error.line for error in edited.errors] == [line + 1]
        assert "found 'sdx'" in str(edited.query_one(OptionList).get_option_at_index(0).prompt)
        await pilot.press("f5")
        await pilot.pause()
        assert app.screen is edited and source.opened == [], "what is wrong is not played"
        assert edited.area.cursor_location == (line, edited.errors[0].column - 1)


async def test_saving_is_whole_and_playing_saves(tmp_path: Path) -> None:
    async with opened() as (app, source, pilot):
        edited = await editing(app, pilot, "./mine.yaml")
        edited.area.text = edited.area.text.replace("seed: 1", "seed: 9")
        await settled(app, pilot)
        assert edited.dirty and "not saved" in str(edited.query_one(".box").border_title)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert load_scenario(tmp_path / "mine.yaml").plan.seed == 9 and not edited.dirty
        edited.area.text = edited.area.text.replace("seed: 9", "seed: 10")
        await settled(app, pilot)
        await pilot.press("f5")
        await pilot.pause()
        assert load_scenario(tmp_path / "mine.yaml").plan.seed == 10
        assert source.opened == ["./mine.yaml"] and not isinstance(app.screen, Dialog)


async def test_leaving_with_changes_asks() -> None:
    async with opened() as (app, _, pilot):
        edited = await editing(app, pilot, "./mine.yaml")
        await pilot.press("x", "escape")
        await pilot.pause()
        assert isinstance(app.screen, Confirm)
        await pilot.press("n")
        await pilot.pause()
        assert app.screen is edited
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        assert not isinstance(app.screen, Dialog)
        assert Path("mine.yaml").read_bytes() == STORY.read_bytes()


async def test_a_story_is_edited_as_a_copy(tmp_path: Path) -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("o")
        await pilot.pause()
        await pilot.press(*"one-path-fails", "ctrl+e")
        await settled(app, pilot)
        edited = app.screen
        assert isinstance(edited, Editor) and edited.path is None
        assert "copy of one-path-fails" in str(edited.query_one(".box").border_title)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert isinstance(app.screen, AskName)
        app.screen.query_one(Input).value = "mine"
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, Confirm), "another file is not written over"
        await pilot.press("escape", "ctrl+s", "enter")
        await pilot.pause()
        assert edited.path == Path("one-path-fails-mine.yaml")
        assert (tmp_path / "one-path-fails-mine.yaml").read_bytes() == STORY.read_bytes()


async def test_what_somebody_else_has_written_is_not_lost(tmp_path: Path) -> None:
    async with opened() as (app, _, pilot):
        edited = await editing(app, pilot, "./mine.yaml")
        (tmp_path / "mine.yaml").write_text("other")
        await pilot.press("x", "ctrl+s")
        await pilot.pause()
        assert isinstance(app.screen, Confirm)
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is edited and (tmp_path / "mine.yaml").read_text() == "other"


async def test_the_scenario_that_runs_can_be_edited() -> None:
    async with opened() as (app, source, pilot):
        source.done = told()
        await pilot.press("ctrl+e")
        await settled(app, pilot)
        assert isinstance(app.screen, Editor) and app.screen.area.text == STORY.read_text()


async def test_what_is_not_there_cannot_be_edited() -> None:
    async with opened() as (app, _, pilot):
        app.action_edit("nowhere.yaml")
        await pilot.pause()
        assert not isinstance(app.screen, Dialog)
    with pytest.raises(OSError, match="no story of this name"):
        begin("nowhere")


@pytest.mark.parametrize("size", SIZES)
async def test_the_editor_fits(size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, _, pilot):
        edited = await editing(app, pilot, "./broken.yaml")
        box = edited.query_one(".box").region
        assert box.y >= 0 and box.bottom <= size[1] and box.right <= size[0]
        assert edited.area.region.height >= 6 and edited.query_one(OptionList).region.height >= 2
        assert edited.query_one("#said").region.bottom < box.bottom


