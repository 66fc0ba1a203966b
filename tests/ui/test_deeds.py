"""What a key means at each moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dmtui.model import deeds
from dmtui.model.selection import Key
from dmtui.model.state import Model
from emulator import commands
from emulator.plan import FaultSpec
from tests.ui import build
from tests.ui.test_model import fed


def test_a_fault_key_injects_and_the_next_press_clears() -> None:
    model = fed("normal")
    deed = deeds.toggle_fault(model, "error")
    assert deed.orders == (commands.InjectFault("sda", FaultSpec("error", "error", "sda")),)
    assert deed.undo == (commands.ClearFault("sda", "error"),)
    model = fed("failed-path")
    assert deeds.toggle_fault(model, "error").orders == (commands.ClearFault("sda", "error"),)


def test_clearing_a_hang_lets_go_what_it_holds() -> None:
    model = fed("crowd")
    model.selection.pick(Key("device", "sdb"))
    deed = deeds.toggle_fault(model, "hang")
    assert deed.orders == (commands.ClearFault("sdb", "hang"), commands.Release("sdb", "hang"))
    assert deed.undo == (commands.InjectFault("sdb", FaultSpec("hang", "hang", "sdb")),)


def test_the_softirq_panel_turns_the_fault_keys_to_the_worker() -> None:
    model = fed("normal")
    model.selection.stage = "softirq"
    assert deeds.toggle_fault(model, "hang").orders[0] == commands.InjectFault(
        "softirq", FaultSpec("softirq_stalled", "softirq_stalled", "softirq")
    )
    with pytest.raises(deeds.CannotDo, match="softirq_slow"):
        deeds.toggle_fault(model, "error")


def test_a_scenario_fault_that_is_cleared_can_be_undone() -> None:
    spec = FaultSpec("cable-cut", "error", "sda", every=3)
    model = fed("normal")
    model.story = replace(model.story, plan=replace(model.story.plan, faults=(spec,)))
    view = build.fault("sda", "error")
    deed = deeds.clear_faults(model, "sda", [replace(view, name="cable-cut")])
    assert deed.undo == (commands.InjectFault("sda", spec),)
    unknown = deeds.clear_faults(model, "sda", [replace(view, name="from-the-timeline")])
    assert unknown.undo == ()


def test_a_path_that_failed_stays_failed_when_its_fault_is_cleared() -> None:
    model = fed("failed-path")
    deed = deeds.toggle_fault(model, "error")
    assert deeds.left_failed(model, deed) == ["sda"]
    assert deeds.left_failed(model, deeds.inject(FaultSpec("busy", "busy", "sda"))) == []
    assert deeds.left_failed(fed("normal"), deed) == []


def test_nothing_to_clear_is_said() -> None:
    with pytest.raises(deeds.CannotDo, match="no fault is in force on sda"):
        deeds.clear_faults(fed("normal"), "sda", [])


def test_a_path_is_failed_and_reinstated_by_its_number() -> None:
    deed = deeds.toggle_path(fed("normal"))
    assert deed.orders == (commands.Message("mpatha", "fail_path 8:0"),)
    assert deed.undo == (commands.Message("mpatha", "reinstate_path 8:0"),)
    assert deeds.toggle_path(fed("failed-path")).orders == (commands.Message("mpatha", "reinstate_path 8:0"),)


def test_an_md_that_is_a_path_is_failed_in_the_md_above() -> None:
    model = fed("crowd")
    model.selection.pick(Key("md", "mpatha"))
    assert deeds.toggle_path(model).orders == (commands.Message("mpathb", "fail_path 8:0"),)


def test_suspend_interrupt_resume() -> None:
    running, suspending = fed("normal"), fed("suspending")
    assert deeds.suspend(running, noflush=False).orders == (commands.Suspend("mpatha"),)
    assert deeds.suspend(running, noflush=True).orders == (commands.Suspend("mpatha", noflush=True),)
    assert deeds.suspend(suspending, noflush=False).orders == (commands.InterruptSuspend("mpatha"),)
    assert deeds.resume(fed("suspended")).orders == (commands.Resume("mpatha"),)
    with pytest.raises(deeds.CannotDo, match=r"^mpatha is not suspended$"):
        deeds.resume(running)


def test_a_deadlock_is_broken_on_the_md() -> None:
    with pytest.raises(deeds.CannotDo):
        deeds.break_deadlock(fed("normal"))
    assert isinstance(deeds.break_deadlock(fed("deadlock")).orders[0], commands.BreakDeadlock)


def test_pause_and_speed() -> None:
    model = fed("normal")
    assert deeds.pause(model).orders == (commands.Pause(),)
    model.paused = True
    assert deeds.pause(model).orders == (commands.Go(),)
    assert deeds.change_speed(model, 1).orders == (commands.SetSpeed(speed=2.0),)
    model.speed = deeds.SPEED_MOST
    with pytest.raises(deeds.CannotDo, match="limit"):
        deeds.change_speed(model, 1)


@pytest.mark.parametrize("start", [1, -1])
def test_the_way_back_from_a_limit_of_the_speed_meets_one(start: int) -> None:
    model = fed("normal")

    def walk(step: int) -> list[float]:
        speeds = [model.speed]
        while True:
            try:
                order = deeds.change_speed(model, step).orders[0]
            except deeds.CannotDo:
                return speeds
            assert isinstance(order, commands.SetSpeed)
            model.speed = order.speed
            speeds.append(order.speed)

    there = walk(start)
    assert there[-1] == (deeds.SPEED_MOST if start > 0 else deeds.SPEED_LEAST)
    assert walk(-start)[: len(there)] == there[::-1], "the same rungs, down to exactly 1"


def test_a_speed_between_two_rungs_goes_to_the_next_one() -> None:
    model = fed("normal")
    model.speed = 3.0
    assert deeds.change_speed(model, 1).orders == (commands.SetSpeed(speed=5.0),)
    assert deeds.change_speed(model, -1).orders == (commands.SetSpeed(speed=2.0),)


def test_kill_and_revive() -> None:
    assert deeds.kill(fed("normal"), Key("device", "sda")).undo == (commands.Revive("sda"),)
    assert deeds.kill(fed("normal"), Key("md", "mpatha")).undo == ()
    assert deeds.revive(fed("crowd")).orders == (commands.Revive("sdc"),)
    with pytest.raises(deeds.CannotDo):
        deeds.revive(fed("normal"))


def test_load() -> None:
    assert deeds.toggle_load(fed("normal")).orders == (commands.StopLoad("db"),)


@pytest.mark.parametrize("make", [
    lambda model: deeds.toggle_fault(model, "error"), deeds.toggle_path, lambda model: deeds.suspend(model, False),
    deeds.resume, deeds.toggle_load, lambda model: deeds.kill(model, Key("device", "")),
])
def test_an_empty_screen_says_why_a_key_does_nothing(make: object) -> None:
    with pytest.raises(deeds.CannotDo):
        make(Model())  # type: ignore[operator]


def test_undo_takes_the_last_deed_back_and_is_bounded() -> None:
    history = deeds.History(2)
    with pytest.raises(deeds.CannotDo, match="nothing to undo"):
        history.take()
    for speed in (1.0, 2.0, 4.0):
        back = commands.SetSpeed(speed=speed / 2)
        history.add(deeds.Deed(f"speed {speed}", (commands.SetSpeed(speed=speed),), (back,)))
    assert history.take().orders == (commands.SetSpeed(speed=2.0),)
    history.add(deeds.Deed("break", (), ()))
    with pytest.raises(deeds.CannotDo, match="cannot be undone"):
        history.take()
    history.add(deeds.Deed("refused", (), (commands.Go(),)))
    history.forget("refused")
    history.forget("never done")
    history.add(deeds.Deed("pause", (commands.Pause(),), (commands.Go(),)))
    assert history.take().text == "undo: speed 2.0", "the key for the clock takes itself back"
    history.clear()
    with pytest.raises(deeds.CannotDo, match="nothing to undo"):
        history.take()


def test_several_are_taken_back_over_what_cannot_be() -> None:
    history, back = deeds.History(), commands.SetSpeed(speed=1.0)
    for at_us, text in enumerate(("one", "two", "three")):
        history.add(deeds.Deed(text, (commands.SetSpeed(speed=2.0),), () if text == "two" else (back,)), at_us)
    assert history.undoable() == [(2, "three"), (0, "one")]
    assert [deed.text for deed in history.take_many(2)] == ["undo: three", "undo: one"]
    assert not history.undoable()
