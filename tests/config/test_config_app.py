"""Settings in the dashboard: keys, theme, memory, mouse; and that a wrong file shows no dashboard."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dmtui.app import DmtuiApp
from dmtui.aside import Aside
from dmtui.config.settings import Settings
from dmtui.config.state import Remembered, recall, remember
from dmtui.opening import check
from emulator.commands import InjectFault
from tests.ui.fake import FakeSource
from tests.ui.scenes import SCENES
from tests.ui.terminal import ENTER_SCREEN, Terminal


async def test_a_persons_keys_act_and_are_shown() -> None:
    source = FakeSource(SCENES["normal"]())
    app = DmtuiApp(source, clock=False, settings=Settings(keys={"fault.error": "f9", "quit": "Q"}))
    async with app.run_test(size=(160, 50)) as pilot:
        app.draw_frame()
        await pilot.press("e")
        await pilot.pause()
        assert source.orders == [] and "e is no key here" in app.dashboard.keys.text
        app.dashboard.keys.notice = None
        await pilot.press("f9")
        assert [type(order) for _, order in source.orders] == [InjectFault]
        app.model.touch()
        app.draw_frame()
        await pilot.pause()
        assert "f9 error" in app.dashboard.panel("keys").text and "Q quit" in app.dashboard.panel("keys").text
        await pilot.press("question_mark")
        assert "        f9  Error on the selected device" in app.screen.content  # type: ignore[attr-defined]


async def test_the_theme_is_remembered_and_the_file_wins(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    app = DmtuiApp(FakeSource(), clock=False, state=state)
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.theme == "dmtui-dark"
        await pilot.press("t")
        assert app.theme == "dmtui-light"
        await pilot.pause()
        assert "theme light" in app.dashboard.keys.text, "as --theme and the configuration call it"
        await pilot.press("w")
        assert app.dashboard.layout_name == "queue"
    assert recall(state) == (Remembered("light", "queue"), "")
    assert DmtuiApp(FakeSource(), clock=False, state=state).dashboard.layout_name == "queue"
    assert DmtuiApp(FakeSource(), clock=False, state=state).theme == "dmtui-light"
    assert DmtuiApp(FakeSource(), clock=False, settings=Settings(theme="safe"), state=state).theme == "dmtui-safe"


async def test_a_broken_memory_does_not_stop_the_start(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text("{")
    app = DmtuiApp(FakeSource(SCENES["normal"]()), clock=False, state=state)
    async with app.run_test(size=(80, 24)):
        assert app.theme == "dmtui-dark"
        app.draw_frame()
        assert "left out" in app.dashboard.panel("keys").text


async def test_the_first_frame_is_there_before_anything_begins() -> None:
    seen: list[str] = []
    app = DmtuiApp(
        FakeSource(), clock=False, opening="steady-load",
        begin=lambda: seen.append(app.dashboard.panel("header").text),
    )
    async with app.run_test(size=(160, 50)) as pilot:
        await pilot.pause()
        assert len(seen) == 1 and "steady-load" in seen[0] and "starting" in seen[0]
        assert app.dashboard.panel("queue").size.width > 10, "the panels have their places"


def test_checks_name_everything_that_is_wrong(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("theme: drak\nscenario: nowhere\n")
    found = check("./nothing.yaml", config, {})
    assert len(found.errors) == 2 and "config.yaml:1:8" in found.errors[0] and "nothing.yaml" in found.errors[1]
    config.write_text("theme: light\nscenario: one-path-fails\n")
    found = check(None, config, {"theme": "safe", "mouse": False})
    assert (found.errors, found.scenario) == ((), "one-path-fails")
    assert found.settings == Settings(theme="safe", mouse=False, scenario="one-path-fails")


def test_work_beside_gives_its_result_and_ends() -> None:
    aside = Aside(lambda: (os.getpid(), "x" * 200_000))
    pid, text = aside.result()
    assert pid != os.getpid() and len(text) == 200_000
    assert not Path(f"/proc/{pid}").exists()


def test_work_that_fails_beside_fails_here() -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Aside(fail).result()


@pytest.mark.timeout(900)
def test_in_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "dmtui").mkdir()
    config = tmp_path / "dmtui" / "config.yaml"
    config.write_text("theme: drak\n")
    with Terminal() as terminal:
        assert terminal.end() == 2
        assert "config.yaml:1:8" in terminal.shown and ENTER_SCREEN not in terminal.raw
    config.write_text("keys: {quit: Q}\nscenario: one-path-fails\n")
    with Terminal("--no-mouse", "--theme", "light") as terminal:
        terminal.until("one-path-fails")
        terminal.until("bios failed")
        terminal.type("qQ")
        assert terminal.end() == 0
        assert "\x1b[?1003h" not in terminal.raw and "\x1b[?1000h" not in terminal.raw
        assert terminal.wait_alone() == []
    with Terminal("steady-load") as terminal:
        terminal.until("bios failed")
        assert "\x1b[?1003h" in terminal.raw
    assert remember(tmp_path / "state" / "dmtui" / "state.json", Remembered()) == ""
