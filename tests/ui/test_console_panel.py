"""The console panel: typing, history, completion, what is shown and where, and how the keys come back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from dmtui.app import DmtuiApp
from dmtui.model.talk import MOST, Ended, Said, Transcript
from tests.ui import build
from tests.ui.fake import FakeSource
from tests.ui.pilot import opened, orders, text

WORDS: Mapping[str, Sequence[str]] = {
    "dmsetup": ("status", "suspend", "table", "mpatha"), "hold": ("sda", "sdb"), "help": ("dmsetup", "hold", "io"),
    "io": ("read", "write"),
}


@pytest.fixture(autouse=True)
def _own_history(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    yield


def say(app: DmtuiApp, source: FakeSource, *said: Said, **more: Any) -> None:
    """A frame in which the console said something."""
    source.frames = [replace(build.frame(61), said=said, words=WORDS, **more)]
    app.draw_frame()


async def type_line(pilot: Pilot[int], line: str) -> None:
    """Type a line and Enter."""
    await pilot.press(*("space" if key == " " else key for key in line), "enter")
    await pilot.pause()


@pytest.mark.parametrize("size", [(160, 50), (120, 40), (80, 24), (60, 20)])
async def test_a_typed_line_goes_to_the_session_and_into_the_log(size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, source, pilot):
        await pilot.press("colon")
        await pilot.pause()
        assert app.focused is app.dashboard.prompt and app.dashboard.panel("console").display
        await type_line(pilot, "dmsetup status")
        assert source.lines == ["dmsetup status"] and not orders(source)
        assert [line.text for line in app.model.log.tail(1)] == ["dmsetup status"]
        say(app, source, Said("> dmsetup status", "typed"), Said("mpatha: 0 262144 multipath 2 0 0 0"))
        shown = text(app, "console").splitlines()
        assert shown[-3:-1] == ["> dmsetup status", "mpatha: 0 262144 multipath 2 0 0 0"]


async def test_keys_are_letters_while_it_is_typed_and_keys_again_behind_escape() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("colon", "e", "q", "space", "tab")
        assert app.dashboard.prompt.value == "eq " and not source.orders
        await pilot.press("escape")
        assert app.focused is None and app.dashboard.panel("console").display
        await pilot.press("e")
        assert len(source.orders) == 1
        await pilot.press("escape")
        await pilot.pause()
        assert not app.dashboard.panel("console").display and app.dashboard.panel("log").display
        await pilot.press("colon")
        assert app.dashboard.prompt.value == "eq ", "what was typed is kept"


async def test_ctrl_c_clears_the_line_then_interrupts_and_leaves_only_from_outside() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("colon", "x", "ctrl+c")
        assert app.dashboard.prompt.value == "" and source.lines == []
        await pilot.press("ctrl+c")
        assert source.lines == [None] and app.return_code is None
        await pilot.press("escape", "ctrl+c")
        await pilot.pause()
        assert app.return_code == 0


async def test_history_is_walked_searched_and_kept(tmp_path: Path) -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("colon")
        for line in ("hold sda", "dmsetup status", "hold sdb"):
            await type_line(pilot, line)
        prompt = app.dashboard.prompt
        await pilot.press("x", "up", "up")
        assert prompt.value == "dmsetup status"
        await pilot.press("up", "up", "down", "down", "down")
        assert prompt.value == "x", "the line that was begun comes back"
        await pilot.press("backspace", "s", "d", "ctrl+r")
        assert prompt.value == "hold sdb"
        await pilot.press("ctrl+r")
        assert prompt.value == "hold sda"
    async with opened() as (app, _, pilot):
        await pilot.press("colon", "up")
        assert app.dashboard.prompt.value == "hold sdb", "it is there the next time"


@pytest.mark.parametrize(
    ("typed", "wanted", "hint"),
    [
        ("dm", "dmsetup ", ""), ("hold s", "hold sd", "sda  sdb"), ("dmsetup s", "dmsetup s", "status  suspend"),
        ("dmsteup", "dmsetup ", ""), ("bg A io r", "bg A io read ", ""), ("dmsetup xyzzy", "dmsetup xyzzy", ""),
    ],
)
async def test_tab_completes_as_far_as_it_is_certain(typed: str, wanted: str, hint: str) -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("colon")
        say(app, source)
        app.dashboard.prompt.take(typed)
        await pilot.press("tab")
        await pilot.pause()
        assert app.dashboard.prompt.value == wanted
        assert [said.text for said in app.model.talk.lines] == ([hint] if hint else [])


async def test_the_rest_of_a_known_line_is_suggested() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("colon")
        say(app, source)
        await type_line(pilot, "hold sda")
        await pilot.press("h", "o")
        await pilot.pause()
        await pilot.press("right")
        assert app.dashboard.prompt.value == "hold sda"


async def test_what_waits_stands_on_the_frame_and_its_end_in_the_log() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("colon")
        say(app, source, waiting=("[1] dmsetup suspend mpatha",))
        assert "[1] dmsetup suspend mpatha waits · ^C interrupts" in str(app.dashboard.panel("console").border_subtitle)
        failed = Ended("dmsetup suspend mpatha", 1, "failed: Interrupted system call", waited=True)
        quiet = Ended("dmsetup status", 0, "", waited=False)
        say(app, source, ended=(quiet, failed))
        assert "waits" not in str(app.dashboard.panel("console").border_subtitle)
        (line,) = app.model.log.tail(1)
        assert line.text == "dmsetup suspend mpatha: exit status 1 failed: Interrupted system call"


async def test_output_scrolls_back_and_stays() -> None:
    async with opened(size=(80, 24)) as (app, source, pilot):
        await pilot.press("colon")
        say(app, source, *(Said(f"line {i}") for i in range(100)))
        assert "line 99" in text(app, "console")
        await pilot.press("pageup")
        app.draw_frame()
        before = text(app, "console").splitlines()[:-2]
        assert "newer lines below" in text(app, "console") and "line 99" not in text(app, "console")
        say(app, source, Said("one more"))
        assert text(app, "console").splitlines()[:-2] == before
        await type_line(pilot, "io")
        say(app, source)
        assert "one more" in text(app, "console"), "a new line brings the end back"


async def test_long_lines_are_told_whole() -> None:
    async with opened(size=(80, 24)) as (app, source, pilot):
        await pilot.press("colon")
        say(app, source, Said("a\tb"), Said("x" * 200), Said("found 'x', " * 20, "err"))
        shown = text(app, "console")
        assert "a       b" in shown and shown.count("found 'x',") == 20
        say(app, source, Said("y" * 200))
        assert text(app, "console").count("y") == 200


async def test_exit_closes_it() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("colon")
        await type_line(pilot, "exit")
        assert not app.dashboard.console_open and source.lines == []


async def test_a_click_brings_the_keys_to_it() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("colon", "escape")
        await pilot.click(app.dashboard.panel("console"), offset=(5, 3))
        await pilot.pause()
        assert app.focused is app.dashboard.prompt


def test_the_transcript_is_bounded() -> None:
    talk = Transcript()
    talk.extend(Said(str(i)) for i in range(MOST + 5))
    assert len(talk.lines) == MOST and talk.lines[0].text == "5" and talk.total == MOST + 5
