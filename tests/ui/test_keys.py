"""What keys and dialogs do: every one of them, with Pilot."""

from __future__ import annotations

import asyncio
from threading import Event

import pytest
from textual.widgets import Select, Static

from dmtui.app import EXIT_ENDED, DmtuiApp
from dmtui.feed import Notice
from dmtui.keymap import HINTS
from dmtui.model.frame import Done
from dmtui.model.presets import EVERY
from dmtui.panels.base import LinePanel
from dmtui.screens.fault_dialog import FaultDialog
from dmtui.screens.fault_list import FaultList
from dmtui.screens.modal import Dialog
from dmtui.screens.scenarios import Listed, ScenarioPicker
from dmtui.screens.simple import Confirm, Reading
from emulator import commands
from emulator.commands import Outcome
from emulator.plan import FaultSpec
from tests.ui import build
from tests.ui.pilot import opened, orders, text

# -- doing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "want"),
    [
        (["e"], commands.InjectFault("sda", FaultSpec("error", "error", "sda"))),
        (["b"], commands.InjectFault("sda", FaultSpec("busy", "busy", "sda"))),
        (["d"], commands.InjectFault("sda", FaultSpec("latency", "latency", "sda"))),
        (["j", "H"], commands.InjectFault("sdb", FaultSpec("hang", "hang", "sdb"))),
        (["x"], commands.Message("mpatha", "fail_path 8:0")),
        (["s"], commands.Suspend("mpatha")),
        (["S"], commands.Suspend("mpatha", noflush=True)),
        (["p"], commands.StopLoad("db")),
        (["space"], commands.Pause()),
        (["plus"], commands.SetSpeed(speed=2.0)),
        (["minus"], commands.SetSpeed(speed=0.5)),
        (["K", "y"], commands.Kill("sda")),
        (["6", "H"], commands.InjectFault("softirq", FaultSpec("softirq_stalled", "softirq_stalled", "softirq"))),
    ],
)
async def test_keys_give_orders(keys: list[str], want: commands.Command) -> None:
    async with opened() as (app, source, pilot):
        await pilot.press(*keys)
        await pilot.pause()
        assert orders(source) == [want]
        app.draw_frame()
        assert app.model.log.tail(1)[0].machine == "you", "what was done stands in the log"


async def test_clear_clears_what_is_in_force() -> None:
    async with opened("failed-path") as (app, source, pilot):
        await pilot.press("c")
        assert orders(source) == [commands.ClearFault("sda", "error")]
        await pilot.pause()
        assert "sda stays failed until it is reinstated (x)" in text(app, "keys")


async def test_undo_gives_the_opposite_order() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("x", "u", "u")
        assert orders(source) == [
            commands.Message("mpatha", "fail_path 8:0"), commands.Message("mpatha", "reinstate_path 8:0")
        ]
        await pilot.pause()
        assert "nothing to undo" in text(app, "keys")


async def test_a_refused_order_is_told_with_its_errno() -> None:
    async with opened() as (app, source, pilot):
        source.frames = [build.frame(60, done=(Done(1, "suspend mpatha", Outcome(16, "retry later")),))]
        app.draw_frame()
        await pilot.pause()
        assert "suspend mpatha: EBUSY: retry later" in text(app, "keys")
        assert "EBUSY" in text(app, "log")


async def test_too_many_orders_are_refused_with_a_word() -> None:
    async with opened() as (app, source, pilot):
        source.full = True
        await pilot.press("e")
        await pilot.pause()
        assert "too many orders" in text(app, "keys")


@pytest.mark.parametrize("key", ["n", "enter", "escape"])
async def test_killing_asks_and_only_y_means_yes(key: str) -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("K")
        assert isinstance(app.screen, Confirm)
        await pilot.press(key)
        await pilot.pause()
        assert not source.orders and not isinstance(app.screen, Dialog)


async def test_reviving_does_no_harm_and_asks_nothing() -> None:
    async with opened("crowd") as (app, source, pilot):
        await pilot.press("V")
        assert not isinstance(app.screen, Dialog) and orders(source) == [commands.Revive("sdc")]
        app.draw_frame()
        assert "its path stays failed until it is reinstated (x)" in text(app, "keys")


# -- dialogs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["i"])
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


async def test_what_a_story_is_about_may_come_after_its_dialog_closed() -> None:
    asked, answer = Event(), Event()

    def about() -> list[tuple[str, str]]:
        asked.set()
        assert answer.wait(50)
        return "slow to read"

    async with opened() as (app, source, pilot):
        dialog = ScenarioPicker([Listed("slow", about)], "slow")
        await app.push_screen(dialog)  # and no pause: it would wait for the answer
        assert await asyncio.to_thread(asked.wait, 50)
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is app.dashboard
        answer.set()
        await app.workers.wait_for_complete(list(app.workers))
        dialog._known["slow"] = [("slow to read", "")]
        dialog._tell("slow")
        await pilot.press("x")
        assert orders(source) == [commands.Message("mpatha", "fail_path 8:0")], "the app lives on"


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


async def test_a_target_that_dies_under_the_fault_dialog_is_told() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("i")
        await pilot.pause()
        dialog = app.screen
        assert isinstance(dialog, FaultDialog) and dialog.target == "sda" and dialog.specs
        preview = dialog.query_one("#preview", Static)
        source.frames.append(build.frame(61, build.with_device(build.views(61), "sda", gone=True)))
        app.draw_frame()
        await pilot.pause()
        assert "sda is GONE" in str(preview.content) and preview.has_class("problem")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert app.screen is dialog and not orders(source), "nobody would take it"
        dialog.query_one("#target", Select).value = EVERY
        await pilot.pause()
        assert [spec.target for spec in dialog.specs] == ["sdb"] and "sda GONE: left out" in str(preview.content)
        source.frames.append(build.frame(62, failed="md mpatha was killed"))
        app.draw_frame()
        await pilot.pause()
        assert "the emulation has ended" in str(preview.content) and not dialog.specs


async def test_ctrl_z_goes_back_to_a_shell_that_can_bring_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = []
    monkeypatch.setattr(DmtuiApp, "action_suspend_process", lambda _: stopped.append(True))
    async with opened() as (app, _, pilot):
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert "no shell could bring dmtui back" in text(app, "keys") and not stopped
        monkeypatch.setattr(type(app._driver), "can_suspend", True)
        for job in (False, True):
            monkeypatch.setattr("dmtui.acting.base.started_as_job", lambda job=job: job)
            await pilot.press("ctrl+z")
            await pilot.pause()
            assert bool(stopped) == job
