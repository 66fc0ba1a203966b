"""Keys that come faster than the screen takes them: what a key means is decided after the keys before it have acted."""

from __future__ import annotations

import pytest
from textual import events
from textual.pilot import Pilot

from dmtui.app import DmtuiApp
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
        assert app.model.lists.get("log").words == "/sdbeHxq" and not app.dashboard.entry.display


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
