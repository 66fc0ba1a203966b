"""Every key of the dashboard and of every dialog is pressed: it runs its action, and something comes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.pilot import Pilot

import dmtui.screens
from dmtui.app import DmtuiApp
from dmtui.feed import Notice
from dmtui.keymap import HINTS, KeyHint
from dmtui.screens.modal import Dialog
from tests.ui.fake import FakeSource
from tests.ui.pilot import opened, text

Opener = Callable[[DmtuiApp, FakeSource, Pilot[int]], Awaitable[None]]

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


@pytest.mark.timeout(180)
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


def _by_keys(*keys: str) -> Opener:
    async def open_(app: DmtuiApp, source: FakeSource, pilot: Pilot[int]) -> None:
        await pilot.press(*keys)

    return open_


async def _tell(app: DmtuiApp, source: FakeSource, pilot: Pilot[int]) -> None:
    app.show_notice(Notice("x.yaml", ("x.yaml:1:1: a problem",)))


OPENERS: dict[str, tuple[str, Opener]] = {
    "Confirm": ("normal", _by_keys("K")), "Reading": ("normal", _tell), "FaultDialog": ("normal", _by_keys("i")),
    "FaultList": ("crowd", _by_keys("f")), "LifeScreen": ("normal", _by_keys("4", "enter")),
    "ScenarioPicker": ("normal", _by_keys("o")), "SaveDialog": ("normal", _by_keys("Y")),
    "UndoList": ("normal", _by_keys("x", "U")),
}
"""How each dialog is opened, and over which frames."""

def _dialogs(of: type[object] = Dialog) -> Iterator[type[object]]:
    for each in of.__subclasses__():
        if each.__module__.startswith("dmtui."):
            yield each
        yield from _dialogs(each)


def test_every_dialog_is_opened_here_or_elsewhere() -> None:
    for file in Path(str(dmtui.screens.__file__)).parent.glob("*.py"):
        __import__(f"dmtui.screens.{file.stem}")
    here = Path(__file__)
    texts = [file.read_text(encoding="utf-8") for file in here.parents[1].rglob("test_*.py") if file != here]
    missing = [name for name in {each.__name__ for each in _dialogs()} - OPENERS.keys()
               if not any(name in text for text in texts)]
    assert not missing, f"no test presses the keys of {missing}"


@pytest.mark.parametrize("name", OPENERS)
async def test_each_key_of_a_dialog_runs_its_action(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scene, open_ = OPENERS[name]
    async with opened(scene) as (app, source, pilot):
        await open_(app, source, pilot)
        await pilot.pause()
        dialog = type(app.screen)
        assert dialog.__name__ == name
        keys = [(key, binding.action) for binding in dialog.BINDINGS if isinstance(binding, Binding)
                for key in binding.key.split(",")]
        for key, action in (*keys, ("escape", "close")):
            if app.screen is app.dashboard:
                await open_(app, source, pilot)
                await pilot.pause()
            ran = _recorded(app, monkeypatch)
            if name == "LifeScreen":
                app.screen.set_focus(None)  # its filter takes letters while it is typed
            await pilot.press(key)
            await app.workers.wait_for_complete()
            await pilot.pause()
            assert action in ran, f"{key} of {name} ran {ran}"
            while app.screen is not app.dashboard and not isinstance(app.screen, dialog):
                app.pop_screen()
                await pilot.pause()


# -- what can happen to every screen -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPENERS)
async def test_every_dialog_survives_another_size_and_a_dead_child(name: str) -> None:
    scene, open_ = OPENERS[name]
    async with opened(scene) as (app, source, pilot):
        await open_(app, source, pilot)
        await pilot.pause()
        for size in ((60, 20), (40, 10), (240, 70), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            app.draw_frame()
            box = app.screen.query(".box")
            assert not box or box.first().region.width <= size[0]
        from tests.ui.scenes import SCENES

        source.frames = SCENES["ended"]()[-1:]
        app.draw_frame()
        await pilot.pause()
        await pilot.press("ctrl+c")
    assert app.return_value == 3


@pytest.mark.parametrize("layout", ["overview", "queue", "paths", "latency", "teaching"])
async def test_every_layout_survives_another_size_and_a_dead_child(layout: str) -> None:
    from tests.ui.scenes import SCENES

    async with opened("crowd") as (app, source, pilot):
        app.show_layout(layout)
        for size in ((60, 20), (59, 19), (240, 70), (80, 24), (160, 50)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            app.draw_frame()
            small = size < (60, 20)
            assert ("dmtui needs 60x20; this is 59x19" in text(app, "header")) is small
            assert app.dashboard.panel("keys").display is not small
        source.frames = SCENES["ended"]()[-1:]
        app.draw_frame()
        await pilot.pause()
        assert "ENDED" in text(app, "header") and "EMULATION ENDED" in text(app, "banner")
