"""The app with Pilot: every key, at every size, its clock off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from dmtui.app import EXIT_ENDED, DmtuiApp
from dmtui.feed import Notice
from dmtui.keymap import HINTS
from dmtui.model import deeds
from dmtui.model.frame import Done, Frame
from dmtui.model.selection import STAGES
from dmtui.panels.base import LinePanel
from dmtui.screens.fault_dialog import FaultDialog
from dmtui.screens.fault_list import FaultList
from dmtui.screens.modal import Dialog
from dmtui.screens.scenarios import ScenarioPicker
from dmtui.screens.simple import Confirm, Reading
from dmtui.theme import THEMES
from emulator import commands
from emulator.commands import Outcome
from emulator.plan import FaultSpec
from tests.ui import build
from tests.ui.fake import FakeSource
from tests.ui.scenes import SCENES

SIZES = [(160, 50), (80, 24), (60, 20), (240, 70), (120, 40)]


@asynccontextmanager
async def opened(
    frames: Iterable[Frame] | str = "normal", size: tuple[int, int] = (160, 50)
) -> AsyncIterator[tuple[DmtuiApp, FakeSource, Pilot[int]]]:
    """An app that has drawn those frames."""
    source = FakeSource(SCENES[frames]() if isinstance(frames, str) else frames)
    app = DmtuiApp(source, clock=False)
    async with app.run_test(size=size) as pilot:
        app.draw_frame()
        await pilot.pause()
        yield app, source, pilot


def orders(source: FakeSource) -> list[deeds.Order]:
    """Everything that was given to the feed."""
    return [order for _, order in source.orders]


def text(app: DmtuiApp, panel: str) -> str:
    """What a panel shows."""
    return app.dashboard.panel(panel).text


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
                           ("shift+tab", "devices"), ("1", "submitters"), ("shift+tab", "why"), ("2", "queue")):
            await pilot.press(key)
            assert selection.stage == stage
        await pilot.press("down")
        assert selection.name("md") == "mpatha"
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


# -- doing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "want"),
    [
        (["e"], commands.InjectFault("sda", FaultSpec("error", "error", "sda"))),
        (["b"], commands.InjectFault("sda", FaultSpec("busy", "busy", "sda"))),
        (["d"], commands.InjectFault("sda", FaultSpec("latency", "latency", "sda"))),
        (["j", "g"], commands.InjectFault("sdb", FaultSpec("hang", "hang", "sdb"))),
        (["x"], commands.Message("mpatha", "fail_path 8:0")),
        (["s"], commands.Suspend("mpatha")),
        (["S"], commands.Suspend("mpatha", noflush=True)),
        (["r"], commands.Resume("mpatha")),
        (["p"], commands.StopLoad("db")),
        (["space"], deeds.Control("pause")),
        (["plus"], deeds.Control("speed", 2.0)),
        (["minus"], deeds.Control("speed", 0.5)),
        (["K", "y"], commands.Kill("sda")),
        (["6", "g"], commands.InjectFault("softirq", FaultSpec("softirq_stalled", "softirq_stalled", "softirq"))),
    ],
)
async def test_keys_give_orders(keys: list[str], want: deeds.Order) -> None:
    async with opened() as (app, source, pilot):
        await pilot.press(*keys)
        await pilot.pause()
        assert orders(source) == [want]
        app.draw_frame()
        assert app.model.log.tail(1)[0].machine == "you", "what was done stands in the log"


async def test_clear_clears_what_is_in_force() -> None:
    async with opened("failed-path") as (_, source, pilot):
        await pilot.press("c")
        assert orders(source) == [commands.ClearFault("sda", "error")]


async def test_undo_gives_the_opposite_order() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("x", "u", "u")
        assert orders(source) == [
            commands.Message("mpatha", "fail_path 8:0"), commands.Message("mpatha", "reinstate_path 8:0")
        ]
        await pilot.pause()
        assert any("nothing to undo" in note.message for note in app._notifications)


async def test_a_refused_order_is_told_with_its_errno() -> None:
    async with opened() as (app, source, pilot):
        source.frames = [build.frame(60, done=(Done(1, "suspend mpatha", Outcome(16, "retry later")),))]
        app.draw_frame()
        await pilot.pause()
        assert any("EBUSY: retry later" in note.message for note in app._notifications)
        assert "EBUSY" in text(app, "log")


async def test_too_many_orders_are_refused_with_a_word() -> None:
    async with opened() as (app, source, pilot):
        source.full = True
        await pilot.press("e")
        await pilot.pause()
        assert any("too many orders" in note.message for note in app._notifications)


async def test_killing_asks_and_no_means_no() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("K")
        assert isinstance(app.screen, Confirm)
        await pilot.press("n")
        assert not source.orders and not isinstance(app.screen, Dialog)


async def test_reviving_asks_too() -> None:
    async with opened("crowd") as (app, source, pilot):
        await pilot.press("V")
        assert isinstance(app.screen, Confirm)
        await pilot.press("y")
        await pilot.pause()
        assert orders(source) == [commands.Revive("sdc")]


# -- dialogs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["i", "enter"])
@pytest.mark.parametrize("size", [(160, 50), (80, 24), (60, 20)])
async def test_the_fault_dialog(key: str, size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, source, pilot):
        await pilot.press("j", key)
        await pilot.pause()
        dialog = app.screen
        assert isinstance(dialog, FaultDialog) and dialog.target == "sdb"
        dialog.query_one("#type").value = "latency"  # type: ignore[attr-defined]
        await app.workers.wait_for_complete()
        await pilot.pause()
        dialog.query_one("#param-add").value = "40 ms"  # type: ignore[attr-defined]
        dialog.query_one("#field-op").value = "raed"  # type: ignore[attr-defined]
        await pilot.pause()
        assert dialog.spec is None
        await pilot.press("ctrl+s")
        assert app.screen is dialog, "what is wrong is not injected"
        dialog.query_one("#field-op").value = "read"  # type: ignore[attr-defined]
        await pilot.pause()
        await pilot.press("ctrl+s")
        await pilot.pause()
        spec = FaultSpec("latency", "latency", "sdb", op="read", params=(("add", "fixed 40000.0"),))
        assert orders(source) == [commands.InjectFault("sdb", spec)]


async def test_the_fault_dialog_offers_what_fits_the_target() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("6", "i")
        await pilot.pause()
        dialog = app.screen
        assert isinstance(dialog, FaultDialog) and dialog.kind == "softirq"
        dialog.query_one("#target").value = "mpatha"  # type: ignore[attr-defined]
        await pilot.pause()
        await app.workers.wait_for_complete()
        assert dialog.type_name == "clone_alloc"
        await pilot.press("escape")
        assert app.screen is app.dashboard


async def test_the_list_of_faults_lives_and_clears() -> None:
    async with opened("crowd") as (app, source, pilot):
        await pilot.press("f")
        await pilot.pause()
        dialog = app.screen
        assert isinstance(dialog, FaultList)
        dialog.draw_model(app.model)
        assert "latency" in dialog.list.text and "armed" in dialog.list.text
        seen = build.with_device(build.views(60, devices=8), "sdb", faults=(build.fault("sdb", "hang", fired=99),))
        source.frames = [build.frame(60, seen, story=build.story(devices=8, mds=2))]
        app.draw_frame()
        assert "99" in dialog.list.text and "latency" not in dialog.list.text
        await pilot.press("r", "c", "f")
        assert orders(source) == [
            commands.Release("sdb", "hang"), commands.ClearFault("sdb", "hang"), commands.Release("sdb", "hang")
        ]


async def test_clearing_all_faults() -> None:
    async with opened("busy") as (_, source, pilot):
        await pilot.press("f", "C")
        assert orders(source) == [commands.ClearFault("sda", "busy"), commands.ClearFault("sdb", "busy")]


async def test_opening_another_scenario() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("o")
        await pilot.pause()
        dialog = app.screen
        assert isinstance(dialog, ScenarioPicker)
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press(*"one-path-b", "enter")
        assert source.opened == ["one-path-busy"]
        await pilot.press("o")
        await pilot.pause()
        await pilot.press(*"nowhere.yaml", "enter")
        assert source.opened[1:] == ["nowhere.yaml"]


async def test_a_broken_scenario_is_told_line_by_line() -> None:
    async with opened() as (app, source, pilot):
        source.told = [Notice("x.yaml cannot be opened", ("x.yaml:3:1: found 'a'", "x.yaml:9:2: found 'b'"))]
        app.draw_frame()
        await pilot.pause()
        assert isinstance(app.screen, Reading) and "x.yaml:3:1" in app.screen.content
        assert "x.yaml:9:2" in app.screen.content
        await pilot.press("escape")
        source.frames = [build.frame(61)]
        assert app.draw_frame() > 0, "the running one goes on"


@pytest.mark.parametrize("number", range(1, 10))
async def test_help_for_each_stage(number: int) -> None:
    async with opened(size=(80, 24)) as (app, _, pilot):
        await pilot.press(str(number), "question_mark")
        await pilot.pause()
        assert isinstance(app.screen, Reading) and len(app.screen.content) > 400
        await pilot.press("down", "up", "escape")
        assert app.screen is app.dashboard


async def test_the_palette_has_every_action() -> None:
    async with opened() as (app, _, pilot):
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert {hint.description for hint in HINTS if hint.group != "go" and hint.id != "palette"} <= titles
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert app.screen is not app.dashboard


# -- leaving -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
async def test_leaving(key: str) -> None:
    async with opened() as (app, _, pilot):
        await pilot.press(key)
    assert app.return_value == 0


async def test_a_dead_md_is_told_and_the_rest_stays_readable() -> None:
    async with opened("ended") as (app, _, pilot):
        assert "EMULATION ENDED: md mpatha" in text(app, "banner") and "ENDED" in text(app, "header")
        assert "sda" in text(app, "devices") and "SORTED" in text(app, "queue")
        await pilot.press("q")
    assert app.return_value == EXIT_ENDED


async def test_a_reader_that_ended_ends_the_app() -> None:
    async with opened() as (app, source, pilot):
        source.error = "the emulator's reader ended: ValueError: x"
        app.draw_frame()
        await pilot.pause()
    assert app.return_value == 1


def test_every_key_has_id_description_and_tooltip_and_an_action() -> None:
    ids = [hint.id for hint in HINTS]
    keys = [key for hint in HINTS for key in hint.keys.split(",")]
    assert len(set(ids)) == len(ids) and len(set(keys)) == len(keys)
    for hint in HINTS:
        assert hint.description and hint.tooltip
        assert hasattr(DmtuiApp, f"action_{hint.action.partition('(')[0]}"), hint.action


def test_panels_draw_nothing_by_themselves() -> None:
    with pytest.raises(AssertionError):
        LinePanel().draw(None, 1, 1)  # type: ignore[arg-type]
