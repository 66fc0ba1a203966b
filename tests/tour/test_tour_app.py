"""The tour on the dashboard: chapters, steps back and forth, leaving, beginning again, what is remembered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from textual.widgets import OptionList, Static

from dmtui.app import DmtuiApp
from dmtui.cli import cli
from dmtui.config.state import Remembered, recall, remember
from dmtui.model.selection import Key
from dmtui.panels.base import LinePanel
from dmtui.screens.chapters import ChapterList
from dmtui.screens.help import Help
from dmtui.tour.chapters import CHAPTERS, find_chapter
from emulator.commands import StopLoad
from tests.tour.playing import PlayedSource
from tests.tour.test_tour_played import Walk, walking
from tests.ui.pilot import opened, text
from tests.ui.terminal import Terminal


async def test_a_chapter_is_chosen_from_the_list() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("T")
        assert isinstance(app.screen, ChapterList)
        options = app.screen.query_one(OptionList)
        assert options.option_count == len(CHAPTERS) and options.highlighted == 0
        await pilot.press("j", "j", "k")
        assert "why every request gets a twin" in str(app.screen.query_one("#about", Static).render())
        await pilot.press("enter")
        assert source.opened == [CHAPTERS[1].scenario]
        await pilot.pause()
        assert app.guide is not None and app.guide.waiting
        assert "Opening chapter 2" in text(app, "tour") and app.dashboard.tour.display
        await pilot.press("T", "6")
        assert source.opened[1:] == [CHAPTERS[5].scenario] and app.guide.chapter.name == "suspend"
        await pilot.press("T", "escape")
        assert len(source.opened) == 2 and app.guide is not None


async def test_the_tour_is_taken_from_the_help_and_from_the_palette() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("question_mark")
        assert isinstance(app.screen, Help) and "T guided tour" in app.screen.keys
        await pilot.press("T")
        await pilot.pause()
        assert isinstance(app.screen, ChapterList)
        await pilot.press("escape")
        commands = [command for command in app.get_system_commands(app.screen) if "guided tour" in command.title]
        assert len(commands) == 1
        commands[0].callback()
        await pilot.pause()
        assert isinstance(app.screen, ChapterList)


async def test_without_a_tour_its_keys_offer_one_and_escape_does_nothing() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("escape", "n")
        assert app.guide is None and not app.dashboard.tour.display
        assert "tour" not in text(app, "tour")
        await pilot.press("R")
        assert isinstance(app.screen, ChapterList)


async def test_next_and_back_need_nothing_done_and_chapters_follow_each_other() -> None:
    async with walking(CHAPTERS[0], (80, 24)) as walk:
        app = walk.app
        for at in range(1, len(CHAPTERS[0].steps)):
            await walk.pilot.press("n")
            assert walk.guide.at == at and app.model.selection.stage == CHAPTERS[0].steps[at].look
        await walk.pilot.press("N")
        assert walk.guide.at == len(CHAPTERS[0].steps) - 2 and not app.tour_done
        await walk.pilot.press("n", "n")
        await walk.frames(4)
        assert walk.guide.chapter is CHAPTERS[1] and not walk.guide.waiting
        assert list(app.tour_skipped) == ["submission"] and not app.tour_done, "nothing of it was done"
        await walk.pilot.press("T")
        row = str(app.screen.query_one(OptionList).get_option_at_index(0).prompt)
        assert row.startswith("◌ 1")
        await walk.pilot.press("escape")
        assert walk.source.opened == [CHAPTERS[0].scenario, CHAPTERS[1].scenario]
        await walk.pilot.press("N")
        await walk.frames(4)
        assert walk.guide.chapter is CHAPTERS[0] and walk.guide.at == 0
        app.dashboard.tour.post_message(LinePanel.Picked(Key("key", "tour_next"), False))
        await walk.pilot.pause()
        assert walk.guide.at == 1


async def test_the_last_step_ends_the_tour_and_says_where_to_go_on() -> None:
    async with walking(CHAPTERS[-1]) as walk:
        await walk.pilot.press(*"n" * len(CHAPTERS[-1].steps))
        await walk.frames(2)
        assert walk.guide.over and "docs/seed.md" in text(walk.app, "tour")
        assert walk.app.dashboard.tour.border_title == "tour · the end"
        await walk.pilot.press("n", "escape")
        assert walk.app.guide is None and not walk.app.dashboard.tour.display and walk.app.dashboard.look is None


async def test_escape_closes_what_is_open_before_it_leaves() -> None:
    async with walking(CHAPTERS[1]) as walk:
        await walk.pilot.press("colon", "escape")
        assert walk.app.dashboard.console_open and walk.app.guide is not None
        await walk.pilot.press("escape")
        assert not walk.app.dashboard.console_open and walk.app.guide is not None
        await walk.pilot.press("escape")
        assert walk.app.guide is None
        await walk.frames(2)
        assert walk.app.model.story.name == "tour-cloning", "its scenario goes on"


async def test_n_goes_through_what_a_filter_finds_while_one_is_set() -> None:
    async with walking(CHAPTERS[1]) as walk:
        await walk.pilot.press("slash", *"op:R", "enter", "n")
        assert walk.guide.at == 0
        await walk.pilot.press("escape", "n")
        assert walk.guide.at == 1


async def test_the_panel_to_look_at_is_marked_and_every_other_key_works() -> None:
    async with walking(CHAPTERS[2]) as walk:
        panel = walk.app.dashboard.panel("devices")
        assert panel.has_class("-looked-at") and "look here" in str(panel.border_title)
        await walk.pilot.press("2")
        await walk.frames(2)
        assert _stage(walk) == "queue" and panel.has_class("-looked-at")
        await walk.pilot.press("n")
        await walk.frames(2)
        assert not panel.has_class("-looked-at") and _stage(walk) == "why"
        await walk.pilot.press("w", "n")
        assert walk.app.dashboard.layout_name == "queue" and _stage(walk) == "queue"


def _stage(walk: Walk) -> str:
    return walk.app.model.selection.stage


async def test_a_key_that_is_not_the_one_of_the_step_is_told_and_acts() -> None:
    async with walking(CHAPTERS[2], (80, 24)) as walk:
        await walk.pilot.press("m")
        await walk.frames(1)
        assert "[m] is another key (slow motion): this step waits for [e]." in text(walk.app, "tour")
        await walk.pilot.press("m")
        await walk.pilot.press("Q")
        await walk.frames(1)
        assert "[Q] is no key here: this step waits for [e]." in text(walk.app, "tour")
        for key in ("j", "question_mark", "escape"):
            await walk.pilot.press(key)
        await walk.frames(1)
        assert "[Q] is no key here" in text(walk.app, "tour"), "looking around is no slip"
        await walk.pilot.press("e")
        await walk.frames(20)
        assert walk.guide.seen and "waits for" not in text(walk.app, "tour")
        assert walk.guide.met == {0}


async def test_a_key_that_is_none_is_told() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("Q")
        await pilot.pause()
        assert "Q is no key here: ? shows the keys" in text(app, "keys")
        await pilot.press("colon", "Q")
        assert app.dashboard.prompt.value == "Q"


async def test_a_load_that_was_stopped_is_told_and_the_chapter_begins_again() -> None:
    async with walking(CHAPTERS[2]) as walk:
        walk.source.give("stop", StopLoad("app"))
        await walk.frames(60)
        assert "No load runs" in text(walk.app, "tour") and "[R]" in text(walk.app, "tour")
        await walk.pilot.press("R")
        await walk.frames(30)
        assert walk.source.opened == [CHAPTERS[2].scenario] * 2
        assert not walk.guide.remark and walk.guide.at == 0


async def test_another_scenario_is_told() -> None:
    async with walking(CHAPTERS[2]) as walk:
        walk.source.open("one-path-fails")
        await walk.frames(5)
        assert "This is the scenario one-path-fails" in " ".join(text(walk.app, "tour").split())


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (160, 50)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_panel_says_all_at_each_size_without_colours(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with walking(CHAPTERS[3], size) as walk:
        shown = " ".join(text(walk.app, "tour").replace("│", " ").split())
        assert "▶ Press [p] to start app." in shown and "…" not in shown
        title = str(walk.app.dashboard.tour.border_title)
        assert "step 1" in title and "◉○○○" in title and "softirq" in title
        assert "n next · N back" in str(walk.app.dashboard.tour.border_subtitle)


async def test_a_persons_own_keys_are_said() -> None:
    from dmtui.config.settings import Settings

    source = PlayedSource(CHAPTERS[2].scenario)
    app = DmtuiApp(source, clock=False, settings=Settings(keys={"fault.error": "f4"}), tour="completion")
    async with app.run_test(size=(160, 50)) as pilot:
        for _ in range(5):
            app.draw_frame()
        await pilot.pause()
        assert "press [f4]" in text(app, "tour")
    source.close()


async def test_where_the_tour_is_is_remembered(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    remember(state, Remembered(tour="cloning", tour_done=("submission",)))
    source = PlayedSource(CHAPTERS[1].scenario)
    app = DmtuiApp(source, clock=False, state=state, tour="cloning")
    async with app.run_test(size=(80, 24)) as pilot:
        app.draw_frame()
        await pilot.press(*"n" * len(CHAPTERS[1].steps))
        for _ in range(3):
            app.draw_frame()
    source.close()
    assert recall(state) == (Remembered(tour="completion", tour_done=("submission",), tour_skipped=("cloning",)), "")


@pytest.mark.parametrize("wrong", [{"tour": 3}, {"tour_done": "x"}, {"tour_done": [1]}, {"tour_skipped": 1}])
def test_a_wrong_memory_of_the_tour_is_left_out(tmp_path: Path, wrong: dict[str, object]) -> None:
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"theme": "light"} | wrong))
    found, said = recall(state)
    assert found == Remembered(theme="light") and "tour is left out" in said


def test_the_chapters_are_listed_with_where_it_was_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    remember(tmp_path / "dmtui" / "state.json", Remembered(tour="cloning", tour_done=("submission", "cloning"),
                                                             tour_skipped=("busy",)))
    lines = CliRunner().invoke(cli, ["tour", "--list"]).output.splitlines()
    assert len(lines) == 8 and [line[0] for line in lines] == ["✓", "●", " ", " ", "◌", " ", " ", " "]
    assert lines[2].split()[:2] == ["3", "completion"]


def test_a_chapter_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    from dmtui.commands.tour import open_tour

    assert open_tour("9") == 2
    assert "found chapter '9', expected 1 to 8 or one of submission" in capsys.readouterr().err


def test_a_chapter_in_a_real_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with Terminal("tour", "--chapter", "completion", width=160, height=50) as terminal:
        terminal.until("it ends every clone with EIO")
        terminal.type("e")
        terminal.until("goes on.")
        terminal.type("n")
        terminal.until("step 2 of 4")
        terminal.type("?")
        terminal.until("help:")
        terminal.type("\x1b")
        terminal.until("Every panel has such a page")
        terminal.type("n")
        terminal.until("step 3 of 4")
        terminal.type("c")
        terminal.until("would answer again")
        terminal.type("n")
        terminal.until("step 4 of 4")
        terminal.type("x")
        terminal.until("Both paths are A")
        terminal.type("q")
        assert terminal.end() == 0
        assert terminal.restored() and not terminal.wait_alone()
    chapter = find_chapter("completion")
    assert chapter is not None and recall(tmp_path / "dmtui" / "state.json")[0].tour == chapter.name
