"""Every key of the dashboard and of every dialog is pressed: it runs its action, and something comes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from dmtui.app import DmtuiApp
from dmtui.bindings import ALWAYS
from dmtui.config.settings import LAYOUT_NAMES
from dmtui.keymap import HINTS, KeyHint
from tests.ui.dialogs import DIALOGS, MODES, Way, dialog_classes, keys_of
from tests.ui.fake import FakeSource
from tests.ui.pilot import opened, text
from tests.ui.scenes import SCENES

SCENE = {"process.revive": "crowd", "md.deadlock": "deadlock", "fault.clear": "failed-path", "filter.next": "busy"}
"""Frames in which a key has something to act on, where it has not in a healthy run."""
BEFORE: dict[str, tuple[str, ...]] = {
    "filter": ("2",), "filter.next": ("2", "slash", "r", "enter"), "filter.previous": ("2", "slash", "r", "enter"),
    "sort": ("2",), "sort.reverse": ("2",), "console.close": ("2", "j"), "undo": ("x",), "go.up": ("j",),
    "go.left": ("6",), "go.first": ("j",), "go.page_up": ("j",), "go.previous": ("3",), "go.5": ("1",),
}
"""Keys before it, where the first thing there is would not let it do anything."""
NOTHING = {"palette"}
"""What is looked at elsewhere: the palette's screen is Textual's.  That q quits is in tests/ui/test_keys.py."""


def _seen(app: DmtuiApp, source: FakeSource) -> tuple[object, ...]:
    board = app.dashboard
    asked = [len(given) for given in vars(source).values() if isinstance(given, list)]
    return (
        asked, app.screen, app.model.version, text(app, "keys"), app.clipboard, board.console_open,
        board.layout_name, board.maximised, app.theme, app.model.frozen, bool(board.jump.targets),
    )


@pytest.mark.timeout(900)
async def test_each_key_runs_its_action_and_something_comes_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    scenes = {hint.id: SCENE.get(hint.id, "normal") for hint in HINTS if hint.id != "quit"}
    for scene in sorted(set(scenes.values())):
        async with opened(scene) as (app, source, pilot):
            ran = _recorded(app, monkeypatch)
            for hint in HINTS:
                if scenes.get(hint.id) == scene:
                    for key in hint.keys.split(","):
                        await _press(app, source, pilot, hint, key, ran, tmp_path)


async def _press(
    app: DmtuiApp, source: FakeSource, pilot: Pilot[int], hint: KeyHint, key: str, ran: list[str], place: Path
) -> None:
    await _home(app, pilot)
    await pilot.press(*BEFORE.get(hint.id, ()))
    await pilot.pause()
    before, files = _seen(app, source), len([*place.iterdir()])
    ran.clear()
    await pilot.press(key)
    await app.workers.wait_for_complete()
    await pilot.pause()
    assert {f"app.{hint.action}", hint.action} & {*ran}, f"{key} ran {ran}"
    if hint.id not in NOTHING:
        assert _seen(app, source) != before or len([*place.iterdir()]) > files, f"nothing came of {key} ({hint.id})"


def _recorded(app: DmtuiApp, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The actions that are run from now on."""
    ran: list[str] = []
    run = DmtuiApp.run_action

    async def record(self: DmtuiApp, action: object, *rest: object, **named: object) -> bool:
        ran.append(str(action))
        return await run(self, action, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(app, "run_action", record.__get__(app))
    return ran


async def _home(app: DmtuiApp, pilot: Pilot[int]) -> None:
    while app.is_running and app.screen is not app.dashboard:
        app.pop_screen()
        await pilot.pause()
    if app.dashboard.prompt.has_focus:
        app.dashboard.close_console()
    if app.dashboard.entry.has_focus:
        app.dashboard.close_entry()
    app.dashboard.jump.targets = {}
    app.model.lists.of.clear()
    app.model.lists.chosen = None
    app.dashboard.log_panel.cursor = None
    app._hush()
    app.show_layout("overview")
    app.model.selection.stage = "devices"
    app.model.selection.chosen["device"] = "sda"
    if app.model.frozen:
        app.action_freeze()


# -- dialogs -------------------------------------------------------------------------------------------------------


SAME = {"scroll(1)": "scroll_down", "scroll(-1)": "scroll_up", "close": "press"}
"""What a box that is longer than its place, or a button, does with the key itself."""


def test_every_dialog_is_opened_here() -> None:
    assert {each.__name__ for each in dialog_classes()} == DIALOGS.keys()


def test_what_always_holds_is_pressed_somewhere() -> None:
    assert {key for binding in ALWAYS for key in binding.key.split(",")} == {"ctrl+c", "ctrl+q"}


@pytest.mark.parametrize("name", DIALOGS)
async def test_each_key_of_a_dialog_runs_its_action(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    way = DIALOGS[name]
    async with opened(way.scene) as (app, source, pilot):
        await way.go(app, source, pilot)
        dialog = type(app.screen)
        assert dialog.__name__ == name
        for key, action in keys_of(dialog).items():
            if not isinstance(app.screen, dialog):
                await _home(app, pilot)
                await way.go(app, source, pilot)
            ran = _recorded(app, monkeypatch)
            if name == "LifeScreen":
                app.screen.set_focus(None)  # its filter takes letters while it is typed
            await pilot.press(key)
            await pilot.pause()
            assert {action, SAME.get(action)} & {*ran}, f"{key} of {name} ran {ran}"
            while app.screen is not app.dashboard and not isinstance(app.screen, dialog):
                app.pop_screen()
                await pilot.pause()


# -- what can happen to every screen -------------------------------------------------------------------------------


async def _die(app: DmtuiApp, source: FakeSource, pilot: Pilot[int]) -> None:
    """The process of the md is killed."""
    frame = SCENES["ended"]()[-1]
    source.frames = [replace(frame, story=replace(frame.story, serial=app.model.story.serial))]
    app.draw_frame()
    await pilot.pause()
    assert app.model.failed


@pytest.mark.parametrize("name", DIALOGS)
async def test_every_dialog_survives_another_size_and_a_dead_child(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    way = DIALOGS[name]
    async with opened(way.scene) as (app, source, pilot):
        await way.go(app, source, pilot)
        for size in ((60, 20), (40, 10), (240, 70), (80, 24)):
            await pilot.resize_terminal(*size)
            app.draw_frame()
            box = app.screen.query_one(".box").region
            assert box.width and box.height and box.right <= size[0] and box.bottom <= size[1], f"{name} at {size}"
        await _die(app, source, pilot)
        assert type(app.screen).__name__ == name
        for _ in range(9):
            if app.screen is not app.dashboard:
                await pilot.press("escape")
        assert "EMULATION ENDED" in text(app, "banner"), "with no further frame"
        await pilot.press("ctrl+c")
    assert app.return_value == 3


@pytest.mark.parametrize("name", [*MODES, *LAYOUT_NAMES])
async def test_the_dashboard_in_every_state_survives_another_size_and_a_dead_child(name: str) -> None:
    way = MODES.get(name, Way("crowd"))
    async with opened(way.scene) as (app, source, pilot):
        if name in LAYOUT_NAMES:
            app.show_layout(name)
        await way.go(app, source, pilot)
        for size in ((60, 20), (59, 19), (240, 70), (80, 24), (160, 50)):
            await pilot.resize_terminal(*size)
            app.draw_frame()
            small = size < (60, 20)
            assert ("window too small: 59x19, needs 60x20" in text(app, "header")) is small
            assert app.dashboard.panel("keys").display is not small
        await _die(app, source, pilot)
        if app.model.frozen:
            await pilot.press("v")
        if app.screen is not app.dashboard:
            await pilot.press("escape")
        assert "ENDED" in text(app, "header") and "EMULATION ENDED" in text(app, "banner")
        await pilot.press("ctrl+q")
    assert app.return_value == 3
