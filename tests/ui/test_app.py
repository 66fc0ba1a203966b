"""What the app shows: every scene at every size, themes, selection; its clock off."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dmtui.model.selection import STAGES
from dmtui.theme import THEMES
from emulator import commands
from emulator.plan import FaultSpec
from tests.ui import build
from tests.ui.pilot import SIZES, opened, orders, text
from tests.ui.scenes import SCENES

# -- looking -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_every_scene_and_stage_at_every_size(size: tuple[int, int]) -> None:
    async with opened([], size) as (app, source, pilot):
        for serial, (scene, make) in enumerate(SCENES.items(), 2):
            source.frames = [replace(frame, story=replace(frame.story, serial=serial)) for frame in make()]
            for number, stage in enumerate(STAGES, 1):
                app.action_open_stage(number)
                await pilot.pause()
                head = text(app, "header")
                assert "one-path-fails" in head and "IOPS" in head and "bios failed" in head
                assert "…" not in head, f"the headline is cut in {scene}"
                panel = app.dashboard.panel(stage)
                assert panel.display and panel.content_size.width >= 20 and panel.content_size.height >= 2
                assert text(app, stage).strip(), f"{stage} shows nothing in {scene}"
                for line in panel._lines:
                    assert sum(len(part) for part, _ in line.cells) <= panel.content_size.width


async def test_why_is_told_prominently() -> None:
    async with opened("failed-path") as (app, _, _pilot):
        assert "17 clone errors" in text(app, "why") and "0 bios failed to the application" in text(app, "why")
        assert "noticed nothing" in str(app.dashboard.panel("why").border_title)
        assert "bios failed 0 ✓" in text(app, "header") and "sda failed" in text(app, "header")
        assert "REQUEUED" in text(app, "queue") and "▼ failed" in text(app, "devices")
        assert "! ERROR" in text(app, "devices") and "fired 17" in text(app, "devices")


async def test_the_marker_is_seen_as_what_it_is() -> None:
    for size in SIZES:
        async with opened("suspending", size) as (app, _, pilot):
            await pilot.press("2")
            app.draw_frame()
            assert "◆" in text(app, "queue") and "MARKER" in text(app, "queue")
            assert "SUSPENDING" in text(app, "banner")


async def test_a_deadlock_shows_its_whole_cycle() -> None:
    async with opened("deadlock", (80, 24)) as (app, source, pilot):
        banner = text(app, "banner")
        assert "DEADLOCK" in banner and "irq:sda holds the queue lock of sda" in banner and "D break it" in banner
        await pilot.press("D")
        assert isinstance(orders(source)[0], commands.BreakDeadlock)


async def test_idle_draws_nothing() -> None:
    async with opened() as (app, source, _pilot):
        assert app.draw_frame() == 0
        last = SCENES["normal"]()[-1]
        source.frames = [last]
        app.draw_frame()
        source.frames = [last]
        assert app.draw_frame() == 0, "the same frame again repaints nothing"


async def test_a_busy_frame_repaints_only_what_changed() -> None:
    async with opened() as (app, source, _pilot):
        seen = build.with_device(build.views(59), "sdb", busy=True)
        source.frames = [build.frame(59, seen)]
        assert 0 < app.draw_frame() <= 8


async def test_resizing_places_anew() -> None:
    async with opened() as (app, _, pilot):
        assert not app.dashboard.panel("pipeline").display
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        app.draw_frame()
        assert app.dashboard.panel("pipeline").display and not app.dashboard.panel("clones").display
        await pilot.resize_terminal(160, 50)
        await pilot.pause()
        app.draw_frame()
        assert not app.dashboard.panel("pipeline").display and app.dashboard.panel("clones").display


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_themes(theme: str) -> None:
    async with opened("failed-path") as (app, _, pilot):
        app.theme = theme
        await pilot.pause()
        app.model.touch()
        app.draw_frame()
        await pilot.pause()
        colours = {app.dashboard.panel("devices")._style(name, False).color for name in ("fault", "ok", "read", "busy")}
        assert len(colours) == 4


async def test_the_theme_key_goes_round() -> None:
    async with opened() as (app, _, pilot):
        seen = []
        for _ in THEMES:
            await pilot.press("t")
            seen.append(app.theme)
        assert seen == [THEMES[1].name, THEMES[2].name, THEMES[0].name]


async def test_no_color_keeps_glyphs_and_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened("failed-path") as (app, _, _pilot):
        assert "▼ failed" in text(app, "devices") and "▲ active" in text(app, "devices")
        assert "<svg" in app.export_screenshot()


# -- selecting -----------------------------------------------------------------------------------------------------


async def test_selecting_by_keys() -> None:
    async with opened("crowd") as (app, _, pilot):
        selection = app.model.selection
        for key, want in (("down", "sdb"), ("j", "sdc"), ("up", "sdb"), ("k", "sda"), ("k", "sda")):
            await pilot.press(key)
            assert selection.name("device") == want
        for key, stage in (("left", "clones"), ("h", "lock"), ("right", "clones"), ("l", "devices"), ("tab", "softirq"),
                           ("shift+tab", "devices"), ("1", "submitters"), ("shift+tab", "charts"), ("2", "queue")):
            await pilot.press(key)
            assert selection.stage == stage
        assert selection.name("md") == "mpathb"
        await pilot.press("end")
        assert selection.name("md") == "mpatha", "its requests are below those of mpathb"
        assert app.dashboard.panel("queue").has_class("-current")


async def test_selecting_by_mouse() -> None:
    async with opened() as (app, _, pilot):
        devices = app.dashboard.panel("devices")
        row = next(y for y, line in enumerate(devices._lines) if line.key and line.key.name == "sdb")
        await pilot.click(devices, offset=(5, row + 1))
        assert app.model.selection.name("device") == "sdb"
        await pilot.click(app.dashboard.panel("softirq"), offset=(5, 2))
        assert app.model.selection.stage == "softirq"


async def test_the_key_line_can_be_clicked() -> None:
    async with opened() as (app, source, pilot):
        keys = app.dashboard.panel("keys")
        at = keys._lines[0].cells and "".join(part for part, _ in keys._lines[0].cells).index("busy")
        await pilot.click(keys, offset=(at, 0))
        await pilot.pause()
        assert orders(source) == [commands.InjectFault("sda", FaultSpec("busy", "busy", "sda"))]


def _keys_for(line: str) -> dict[str, str]:
    """The key line cut at the names: name -> its keys."""
    parts = re.split(r"(\S+): ", line)
    told: dict[str, str] = {}
    for name, keys in zip(parts[1::2], parts[2::2], strict=True):
        told[name] = told.get(name, "") + keys
    return told


async def test_the_key_line_names_whom_each_key_acts_on() -> None:
    async with opened("crowd", size=(240, 70)) as (app, _, pilot):
        await pilot.press("6")
        await pilot.pause()
        told = _keys_for(text(app, "keys").splitlines()[0])
        assert "delay" in told["softirq"] and "hang" in told["softirq"] and "kill" in told["softirq"]
        assert "sda" not in told and not any(word in told["softirq"] for word in ("error", "busy", "x "))
        assert "revive" in told["sdc"]
        await pilot.press("2", "G")
        await pilot.pause()
        told = _keys_for(text(app, "keys").splitlines()[0])
        assert app.model.selection.name("md") == "mpatha" and "x fail" in told["mpatha"], "it is a path of mpathb"
        assert "sda" not in told
        await pilot.press("g")
        await pilot.pause()
        line = text(app, "keys").splitlines()[0]
        assert "mpathb: " in line and " x " not in line, "nothing has mpathb as a path"


async def test_the_small_pipeline_opens_a_stage_by_click() -> None:
    async with opened(size=(80, 24)) as (app, _, pilot):
        await pilot.click(app.dashboard.panel("pipeline"), offset=(14, 1))
        app.draw_frame()
        assert app.model.selection.stage == "queue" and app.dashboard.panel("queue").display


async def test_the_log_scrolls_and_stays() -> None:
    events = tuple(build.event(i, "sda", "released", requests=i) for i in range(200))
    async with opened([build.frame(1, events=events)]) as (app, source, pilot):
        await pilot.press("8", *["up"] * 20)
        app.draw_frame()
        before = text(app, "log")
        assert "newer lines below" in before and "199 held" not in before
        source.frames = [build.frame(2, events=(build.event(300, "sda", "released", requests=300),))]
        app.draw_frame()
        assert text(app, "log").splitlines()[:-1] == before.splitlines()[:-1], "it stays where it was scrolled to"
        await pilot.press(*["down"] * 30)
        app.draw_frame()
        assert "300 held" in text(app, "log")
