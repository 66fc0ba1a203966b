"""Keys that come faster than the screen takes them: what a key means is decided after the keys before it have acted."""

from __future__ import annotations

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from dmtui import inorder
from dmtui.app import DmtuiApp
from dmtui.escape import Parser
from tests.ui.pilot import opened, orders, text

NAMES = {"/": "slash", ":": "colon", "'": "apostrophe", "\r": "enter"}


async def burst(app: DmtuiApp, pilot: Pilot[int], keys: str) -> None:
    """Press *keys* at once, as a terminal hands them over that was slow, or into which one pasted."""
    for key in keys:
        app.post_message(events.Key(NAMES.get(key, key), key))
    for _ in range(3):
        await pilot.pause()


@pytest.mark.parametrize("stage", [6, 8])
async def test_letters_behind_the_slash_are_letters(stage: int) -> None:
    async with opened() as (app, source, pilot):
        await burst(app, pilot, f"{stage}/sdbeHx")
        assert not orders(source) and app.dashboard.entry.value == "sdbeHx"
        await burst(app, pilot, "q\r")
        assert app.model.lists.get("log").words == ("/sdbeHxq",) and not app.dashboard.entry.display


async def test_letters_behind_the_colon_are_a_line() -> None:
    async with opened() as (app, source, pilot):
        await burst(app, pilot, ":dmsetup\r")
        assert not orders(source) and source.lines == ["dmsetup"]


async def test_the_letter_behind_a_jump_is_no_key() -> None:
    async with opened() as (app, source, pilot):
        await burst(app, pilot, "'e")
        assert not orders(source) and not app.dashboard.jump.targets


async def test_what_stands_behind_a_key_that_opens_a_dialog_acts_on_the_dialog_only() -> None:
    async with opened() as (app, source, pilot):
        await burst(app, pilot, "Kebq")
        assert not orders(source) and app.is_running
        assert "no key here" not in text(app, "keys")


@pytest.mark.parametrize(("pasted", "lines", "left"), [
    ("now\ndmsetup status\n", ["now", "dmsetup status"], ""),
    ("now\r\ndmsetup status", ["now"], "dmsetup status"),
    ("now\r\rdmsetup ls\r", ["now", "dmsetup ls"], ""),
    ("now", [], "now"),
])
async def test_lines_that_are_pasted_are_said_one_by_one(pasted: str, lines: list[str], left: str) -> None:
    async with opened() as (app, source, pilot):
        await pilot.press(":")
        await bytes_in_one_read(app, pilot, f"\x1b[200~{pasted}\x1b[201~")
        assert source.lines == lines and app.dashboard.prompt.value == left


async def test_a_line_feed_ends_a_line_as_in_a_shell() -> None:
    async with opened() as (app, source, pilot):
        await bytes_in_one_read(app, pilot, ":now\ndmsetup status\n")
        assert source.lines == ["now", "dmsetup status"]


async def bytes_in_one_read(app: DmtuiApp, pilot: Pilot[int], data: str) -> None:
    """As they come from a terminal."""
    parser = Parser()
    for message in [*parser.feed(data), *parser.feed("")]:
        app.post_message(message)
    for _ in range(3):
        await pilot.pause()


@pytest.mark.parametrize(("typed", "lines"), [
    ("xx\x7f\x7fnow\r", ["now"]),
    ("now\rdmsetup status\r", ["now", "dmsetup status"]),
    ("dmsetup remove x\x15now\r", ["now"]),
    ("ab\x1b[D\x7fc\r", ["cb"]),
    ("now\r\x1b[A\r", ["now", "now"]),
])
async def test_letters_and_keys_that_edit_act_in_the_order_in_which_they_came(typed: str, lines: list[str]) -> None:
    async with opened() as (app, source, pilot):
        await pilot.press(":")
        await bytes_in_one_read(app, pilot, typed)
        assert source.lines == lines and not app.dashboard.prompt.value


async def test_letters_behind_keys_that_edit_a_field_of_a_dialog_stand_behind_what_is_left() -> None:
    async with opened() as (app, _source, pilot):
        await pilot.press("4", "i")
        field = app.screen.query_one("#field-op", Input)
        field.focus()
        await pilot.pause()
        await bytes_in_one_read(app, pilot, "\x1b[F\x7f\x7f\x7fwrite")
        assert field.value == "write"


async def test_what_is_typed_behind_the_key_that_opens_a_dialog_is_typed_into_its_field() -> None:
    async with opened() as (app, _source, pilot):
        await bytes_in_one_read(app, pilot, "ostacked\x7fd\x1b[A")
        assert app.screen.query_one(Input).value == "stacked"


@pytest.mark.parametrize("typed", ["osta\x1bw", "osta\x1bwvv", ":sta\x1bw", "/\x1bw"])
async def test_escape_and_a_letter_in_one_read_are_two_keys(typed: str) -> None:
    async with opened() as (app, _source, pilot):
        await bytes_in_one_read(app, pilot, typed)
        assert app.screen is app.dashboard and app.focused is None and app.dashboard.layout_name == "queue"


async def test_alt_and_a_letter_move_by_words_where_a_line_is_typed() -> None:
    async with opened() as (app, source, pilot):
        await bytes_in_one_read(app, pilot, ":one two three\x1bb\x1bb\x1bd\x1b\x7fnull \r")
        assert source.lines == ["null three"]


@pytest.mark.parametrize(("data", "keys"), [
    ("\x1bP", ["alt+P"]), ("\x1bPx\x1b[A", ["alt+P", "x", "up"]), ("\x1b1", ["alt+1"]), ("\x1b\r", ["alt+enter"]),
    ("\x1b\x1b[A", ["escape", "up"]), ("\x1b[1;5D", ["ctrl+left"]), ("\x1bOP", ["f1"]), ("\x1b\t", ["shift+tab"]),
    ("\x1b\x1b", ["escape", "escape"]), ("\x1b[120;3u", ["alt+x"]),
])
def test_bytes_are_read_as_keys(data: str, keys: list[str]) -> None:
    parser = Parser()
    read = [*parser.feed(data), *parser.feed("")]
    assert [message.key for message in read if isinstance(message, events.Key)] == keys


async def test_keys_that_are_too_many_to_be_held_are_refused_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inorder, "HELD_MOST", 20)
    async with opened() as (app, _source, pilot):
        await pilot.press(":")
        await bytes_in_one_read(app, pilot, "x" * 31)
        assert app.dashboard.prompt.value == "x" * 21
        app.dashboard.draw()
        assert "the last 10 keys were not taken" in text(app, "keys")
