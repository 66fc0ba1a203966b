"""Freezing the view is not halting the emulator: nothing that comes meanwhile is lost, and the screen stands."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from dmtui.model.frame import Done
from dmtui.model.freeze import EVENTS_MOST, Freezer
from dmtui.model.lanes import Pending
from dmtui.model.talk import Said
from dmtui.panels.header import Pulse
from dmtui.screens.fault_dialog import FaultDialog
from dmtui.screens.fault_list import FaultList
from dmtui.screens.life import LifeScreen
from dmtui.screens.waiting import WaitingList
from emulator import commands
from emulator.commands import Outcome
from emulator.events import Event
from tests.ui import build
from tests.ui.dialogs import WAITING
from tests.ui.pilot import opened, opened_dialog, orders, text
from tests.ui.scenes import SCENES
from tests.ui.test_life import life


def _event(serial: int) -> Event:
    return build.event(serial, "mpatha", "requeued", md="mpatha", request=serial, reason="EIO")


def test_a_frozen_view_shows_no_frame_and_then_the_newest_with_every_event() -> None:
    freezer = Freezer()
    freezer.freeze()
    for i in range(1, 5):
        assert freezer.take(build.frame(i, events=(_event(i),))) is None
    shown = freezer.release()
    assert shown is not None and shown.now_us == build.frame(4).now_us
    assert [event.at_us for event in shown.events] == [1, 2, 3, 4]
    last = build.frame(9)
    assert freezer.take(last) is last


def test_what_a_long_freeze_cannot_keep_is_counted() -> None:
    freezer = Freezer()
    freezer.freeze()
    many = tuple(_event(i) for i in range(EVENTS_MOST))
    freezer.take(build.frame(1, events=many))
    freezer.take(build.frame(2, events=many[:7]))
    shown = freezer.release()
    assert shown is not None and len(shown.events) == EVENTS_MOST and shown.dropped == 7


def test_another_scenario_ends_the_freeze() -> None:
    freezer = Freezer()
    freezer.freeze()
    freezer.take(build.frame(1))
    other = build.frame(2, story=build.story(serial=2))
    assert freezer.take(other) is other and not freezer.frozen


async def test_the_screen_stands_with_its_banner_and_catches_up() -> None:
    frames = SCENES["failed-path"]()
    async with opened(frames[:30]) as (app, source, pilot):
        await pilot.press("v")
        app.draw_frame()
        before = app.dashboard.header.text
        assert "FROZEN" in app.dashboard.panel("banner").text
        source.frames += frames[30:]
        app.draw_frame()
        await pilot.pause()
        assert app.dashboard.header.text == before
        assert not orders(source), "the emulator was left alone"
        await pilot.press("v")
        app.draw_frame()
        await pilot.pause()
        assert not app.dashboard.panel("banner").display
        assert "sda failed" in app.dashboard.header.text


async def test_freezing_and_pausing_are_two_things_each_with_its_banner() -> None:
    frames = SCENES["normal"]()
    async with opened(frames[:30]) as (app, source, pilot):
        await pilot.press("v", "space")
        source.frames.append(build.frame(31, paused=True))
        app.draw_frame()
        await pilot.pause()
        banner = text(app, "banner")
        assert "PAUSED" in banner and "VIEW FROZEN at 1.500s: the emulator is paused" in banner
        assert "goes on" not in banner.split("FROZEN")[1], "nothing goes on"
        assert "‖ PAUSED" in app.dashboard.header.text and "VIEW FROZEN" in app.dashboard.header.text
        await pilot.press("space")
        assert orders(source) == [commands.Pause(), commands.Go()], "the key knows that the clock stands"
        source.frames.append(build.frame(32))
        app.draw_frame()
        await pilot.pause()
        assert "PAUSED" not in text(app, "banner") and "the emulator goes on" in text(app, "banner")


async def test_keys_act_on_what_is_and_not_on_what_the_frozen_view_shows() -> None:
    frames = SCENES["normal"]()
    async with opened(frames[:30]) as (app, source, pilot):
        await pilot.press("v", "e")
        faulty = build.with_device(build.views(31), "sda", faults=(build.fault("sda", "error"),))
        source.frames.append(build.frame(31, faulty))
        app.draw_frame()
        assert not app.model.faults(), "the view stands"
        await pilot.press("e")
        assert orders(source)[1:] == [commands.ClearFault("sda", "error")]


async def test_what_a_key_did_behind_the_frozen_view_is_said() -> None:
    frames = SCENES["normal"]()
    async with opened(frames[:30]) as (app, source, pilot):
        await pilot.press("v", "e")
        source.frames.append(build.frame(31, done=(Done(1, "inject error on sda", Outcome(0, "", 1)),)))
        app.draw_frame()
        await pilot.pause()
        assert "done: inject error on sda (view frozen, v thaws)" in text(app, "keys")


async def test_the_end_of_the_emulation_is_told_in_a_frozen_view() -> None:
    frames = SCENES["normal"]()
    async with opened(frames[:30]) as (app, source, pilot):
        await pilot.press("v")
        source.frames.append(build.frame(31, failed="md mpatha was killed"))
        app.draw_frame()
        await pilot.pause()
        assert "EMULATION ENDED" in text(app, "banner") and "FROZEN" in text(app, "banner")
        assert "× ENDED" in app.dashboard.header.text


async def test_what_the_console_says_is_no_part_of_the_frozen_view() -> None:
    frames = SCENES["normal"]()
    async with opened(frames[:30]) as (app, source, pilot):
        await pilot.press("v", "colon")
        source.frames.append(build.frame(31, said=(Said("mpatha 0 64 multipath"),)))
        app.draw_frame()
        await pilot.pause()
        assert "mpatha 0 64 multipath" in text(app, "console")
        await pilot.press("escape", "v")
        app.draw_frame()
        assert text(app, "console").count("mpatha 0 64 multipath") == 1


@pytest.mark.parametrize("key", ["v", "space"])
async def test_no_lag_is_told_while_there_is_nothing_to_draw(key: str) -> None:
    frames = SCENES["normal"]()
    async with opened(frames[:30]) as (app, source, pilot):
        app.dashboard.header.pulse = Pulse(1.0, 3139.0, 0.01)
        await pilot.press(key)
        source.frames.append(build.frame(31, paused=key == "space"))
        app.draw_frame()
        await pilot.pause()
        head = app.dashboard.header.text.splitlines()[0]
        assert "lag" not in head and "fps" not in head and "still" in head


async def test_the_keys_that_lead_out_are_on_the_smallest_screen() -> None:
    async with opened("suspended", (60, 20)) as (app, _, pilot):
        await pilot.press("v")
        app.draw_frame()
        await pilot.pause()
        assert "v thaw" in text(app, "keys") and "spc go on" in text(app, "keys")


async def test_a_life_is_told_over_the_frozen_view_and_asked_for_again() -> None:
    frames = SCENES["normal"]()
    async with opened(frames[:30]) as (app, source, pilot):
        screen = await opened_dialog(app, pilot, LifeScreen, "v", "4", "enter")
        app.draw_frame()
        source.life = life(ended=False)
        source.frames.append(build.frame(31))
        app.draw_frame()
        assert "EIO -> path error" in screen.panel.text
        screen._asked_s = 0.0
        source.frames.append(build.frame(32))
        app.draw_frame()
        assert len(source.looked) == 2, "it has not ended: it goes on over the frozen view"


async def test_what_waits_is_what_waits_now_over_the_frozen_view() -> None:
    async with opened() as (app, source, pilot):
        screen = await opened_dialog(app, pilot, WaitingList, "v", "M")
        for items in (WAITING, WAITING[2:]):
            source.frames.append(build.frame(31, now_us=50_000, paused=True, pending=Pending(items)))
            app.draw_frame()
            assert screen.items == items
        await pilot.press("down")
        shown = screen.panel.text
        assert screen.at == 1 and "in " in shown, "ages are told of now"
        assert app.model.frozen


async def test_the_fault_list_lists_what_is_in_force_over_the_frozen_view() -> None:
    frames = SCENES["normal"]()
    async with opened(frames[:30]) as (app, source, pilot):
        screen = await opened_dialog(app, pilot, FaultList, "v", "f")
        faults = tuple(build.fault("sda", type) for type in ("error", "busy"))
        source.frames.append(build.frame(31, build.with_device(build.views(31), "sda", faults=faults)))
        app.draw_frame()
        await pilot.press("down", "c")
        assert "busy" in screen.list.text and orders(source) == [commands.ClearFault("sda", "error")], "the second"


async def test_the_fault_dialog_knows_what_is_in_force_behind_the_frozen_view() -> None:
    frames = SCENES["normal"]()
    async with opened(frames[:30]) as (app, source, pilot):
        await pilot.press("v")
        faulty = build.with_device(build.views(31), "sda", faults=(build.fault("sda", "error"),))
        source.frames.append(build.frame(31, faulty))
        app.draw_frame()
        screen = await opened_dialog(app, pilot, FaultDialog, "i")
        said = str(screen.query_one("#preview", Static).render())
        assert "error is in force on sda" in said, said
