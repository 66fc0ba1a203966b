"""Steps, picks and slow motion by keys; the list of what waits."""

from __future__ import annotations

from dataclasses import replace

from dmtui.model import deeds
from dmtui.model.frame import Done, Frame
from dmtui.model.lanes import Interest, Pending
from dmtui.model.state import Model
from dmtui.screens.waiting import WaitingList, identity
from emulator import commands
from emulator.commands import Outcome
from emulator.runtime.waiting import StepOrder, Waiting
from tests.ui import build
from tests.ui.pilot import opened, opened_dialog, orders, text

ITEMS = (
    Waiting("softirq", "message", "sda", 1, "RAISE_SOFTIRQ", 12, "mpatha#12 EIO: onto the done list", 49_000, "fault"),
    Waiting("softirq", "message", "sda", 2, "RAISE_SOFTIRQ", 13, "mpatha#13 ok: onto the done list", 49_500, "ok",
            "behind another from sda"),
    Waiting("mpatha", "context", "C1:app", 0, "", 0, "", 50_000),
    Waiting("app", "timer", "", 0, "", 0, "", 61_000),
)


def standing(tick: int = 60, items: tuple[Waiting, ...] = ITEMS, more: int = 0) -> Frame:
    """A frame whose clock stands."""
    return build.frame(tick, now_us=50_000, paused=True, pending=Pending(items, more))


async def test_a_step_key_pauses_first_and_steps_then() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("full_stop")
        assert orders(source) == [commands.Pause()] and not source.steps
        assert "one event" in text(app, "keys")
        source.frames = [build.frame(60, paused=True)]
        app.draw_frame()
        await pilot.press("full_stop", "greater_than_sign", "less_than_sign")
        assert source.steps == [StepOrder("event"), StepOrder("dispatch", "mpatha"), StepOrder("softirq")]


async def test_the_log_says_what_the_step_was() -> None:
    async with opened() as (app, source, pilot):
        said = "sda -> softirq: blk_complete_request mpatha#12 ok: onto the done list"
        done = (Done(1, "step", Outcome(0, said, 3_000_000)), Done(2, "step", Outcome(0, "nothing waits", 3_000_000)))
        source.frames = [build.frame(60, paused=True, done=done)]
        app.draw_frame()
        lines = [line.text for line in app.model.log.tail(2)]
        assert lines == [f"step: {said}", "step: nothing waits"]
        await pilot.pause()


async def test_times_are_told_to_the_microsecond_while_the_clock_stands() -> None:
    async with opened() as (app, source, _):
        for now_us in (3_000_012, 3_000_034):
            done = (Done(1, "step", Outcome(0, f"softirq at {now_us}", now_us)),)
            source.frames = [build.frame(60, now_us=now_us, paused=True, done=done)]
            app.draw_frame()
            assert f"{now_us / 1e6:.6f}s" in text(app, "header")
            assert f"{now_us / 1e6:.6f}s" in text(app, "log")
        source.frames = [build.frame(61, now_us=3_001_000)]
        app.draw_frame()
        assert "3.001s" in text(app, "header") and "3.000034s" not in text(app, "log")


async def test_too_many_steps_are_refused() -> None:
    async with opened([build.frame(60, paused=True)]) as (app, source, pilot):
        source.full = True
        await pilot.press("full_stop")
        await pilot.pause()
        assert "too many orders wait" in text(app, "keys")


async def test_slow_motion_and_back() -> None:
    async with opened() as (app, source, pilot):
        source.frames = [build.frame(60, speed=2.0)]
        app.draw_frame()
        await pilot.press("m")
        assert orders(source) == [commands.SetSpeed(speed=0.01)]
        source.frames = [build.frame(61, speed=0.01)]
        app.draw_frame()
        await pilot.pause()
        assert "SLOW MOTION 0.01×" in app.dashboard.header.text and "full speed" in text(app, "keys")
        await pilot.press("m")
        assert orders(source)[-1] == commands.SetSpeed(speed=2.0), "back to what it was"


def test_out_of_a_slow_speed_that_was_typed_it_goes_to_one() -> None:
    model = Model()
    model.speed = 0.005
    assert deeds.slow_motion(model, 0.005).orders == (commands.SetSpeed(speed=1.0),)
    assert deeds.slow_motion(model, 5.0).orders == (commands.SetSpeed(speed=5.0),)


async def test_what_waits_is_listed_with_why_it_cannot_go() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("M")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, WaitingList)
        assert source.wanted[-1] == Interest(waiting=True)
        app.draw_frame()
        assert "the clock runs: space pauses it" in screen.panel.text
        source.frames = [standing(more=3)]
        app.draw_frame()
        rows = screen.panel.text.splitlines()
        assert "sda → softirq" in rows[1] and "blk_complete_request" in rows[1] and "EIO" in rows[1]
        assert rows[1].startswith("next")
        assert "(behind another from sda)" in rows[2]
        assert "C1:app goes on" in rows[3] and "timer" in rows[4] and "in " in rows[4]
        assert "… 3 more" in rows[5]
        await pilot.press("escape")
        await pilot.pause()
        assert source.wanted[-1] == Interest()


async def test_enter_lets_exactly_that_one_go() -> None:
    async with opened([standing()]) as (app, source, pilot):
        await pilot.press("M")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, WaitingList)
        app.model.touch()
        app.draw_frame()
        await pilot.press("down", "enter")
        assert not source.steps, "nothing overtakes on a pipe"
        assert "it cannot go next: behind another from sda" in str(screen._box.border_title)
        await pilot.press("down", "enter")
        assert source.steps == [StepOrder(item=ITEMS[2])]
        await pilot.press("full_stop", "space")
        await pilot.pause()
        assert source.steps[-1] == StepOrder("event")
        assert orders(source) == [commands.Go()]


async def test_the_chosen_row_is_an_identity() -> None:
    async with opened([standing()]) as (app, source, pilot):
        await pilot.press("M")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, WaitingList)
        await pilot.press("down", "down")
        source.frames = [standing(61, ITEMS[2:])]
        app.draw_frame()
        assert screen.panel.chosen == identity(ITEMS[2]) and screen.at == 0


async def test_when_the_chosen_one_has_gone_the_next_in_its_place_is_chosen() -> None:
    async with opened([standing()]) as (app, source, pilot):
        screen = await opened_dialog(app, pilot, WaitingList, "M", "down", "down")
        source.frames = [standing(61, (*ITEMS[:2], *ITEMS[3:]))]
        app.draw_frame()
        assert screen.at == min(2, len(ITEMS) - 2)
        source.frames = [replace(standing(62), paused=False, pending=None)]
        app.draw_frame()
        source.frames = [standing(63)]
        app.draw_frame()
        assert screen.at == 0, "after the clock has run all is new"


async def test_nothing_waits_is_said() -> None:
    async with opened([standing(items=())], (60, 20)) as (app, _, pilot):
        await pilot.press("M")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, WaitingList)
        app.model.touch()
        app.draw_frame()
        assert "nothing waits" in screen.panel.text


async def test_a_suspend_while_the_clock_stands_says_what_it_waits_for() -> None:
    async with opened("suspended") as (app, source, pilot):
        for key, word in (("r", "resume mpatha"), ("S", "suspend --noflush mpatha")):
            await pilot.press(key)
            await pilot.pause()
            assert f"{word} waits for the emulated clock: spc lets it run, . steps" in text(app, "keys")
        assert len(orders(source)) == 2
