"""One clock in all processes: pause, go, speed, single steps."""

from __future__ import annotations

import os
import threading

import pytest
import runtime_toys as toys
from runtime_run import Make, Run

from emulator.commands import Message
from emulator.runtime.simulation import Simulation
from emulator.runtime.waiting import Stepped

HOURS_S = 1e4
"""Longer than any test may take."""


def standing(run: Run) -> Run:
    """Wait until every process is there and the clock, paused before the start, stands at 0."""
    run.runtime.pause()
    run.until(lambda: all(info.state == "RUNNING" for info in run.runtime.processes().values()), "all processes")
    return run


def said(step: Stepped | None) -> str:
    """What a step that was done says."""
    assert step is not None
    return step.text


def counts(run: Run) -> dict[str, int]:
    """What each machine has handled."""
    run.look()
    views = run.runtime.views()
    return {
        "app": views["app"].completed, "sda": views["sda"].completed, "sdb": views["sdb"].completed,
        "lun0": views["lun0"].reads, "softirq": views["softirq"].handled, "mpatha": views["mpatha"].counters.bios,
    }


def stand(run: Run) -> dict[str, int]:
    """Pause and wait until the clock of every machine stands: two views of each that are of one instant."""
    run.runtime.pause()
    seen: list[dict[str, int]] = [{}]

    def still() -> bool:
        run.look()
        seen.append({name: view.at for name, view in run.runtime.views().items()})
        return seen[-1] == seen[-2]

    run.until(still, "a standstill")
    return counts(run)


def test_paused_nothing_moves_but_views_and_commands_work(make: Make) -> None:
    run = make().up()
    run.until(lambda: run.view("app").completed > 100, "some flow")
    before = stand(run)
    assert run.runtime.paused
    now = run.runtime.now_us()
    assert run.tell(Message("sda", "hello")).ok
    assert counts(run) == counts(run) == before
    assert run.runtime.now_us() == now
    run.runtime.go()
    run.until(lambda: run.view("app").completed > before["app"] + 100, "the flow after go")
    assert run.runtime.now_us() > now
    assert run.kinds().count("paused") == run.kinds().count("running") == 1


def test_whoever_rings_ends_a_wait_even_if_a_step_heard_it_first(make: Make) -> None:
    run = make(toys.plan(ios=1)).up()
    stand(run)
    bell = os.eventfd(0, os.EFD_NONBLOCK)
    try:
        run.runtime.wake_by(bell)
        ringing = threading.Timer(0.05, os.eventfd_write, (bell, 1))
        ringing.start()
        assert run.runtime.advance(HOURS_S) == []
        ringing.join()
        os.eventfd_write(bell, 1)
        run.runtime.waiting()
        assert run.runtime.advance(HOURS_S) == []
        with pytest.raises(BlockingIOError):
            os.eventfd_read(bell)
    finally:
        run.runtime.close()
        os.close(bell)


def test_what_a_command_left_for_the_next_run_is_done_with_go(make: Make) -> None:
    """Nothing else wakes an idle machine then: neither a message nor a timer."""
    run = make(toys.plan(ios=1)).up()
    stand(run)
    assert run.tell(Message("softirq", "late")).ok
    counts(run)
    assert "message" not in run.kinds()
    run.runtime.go()
    run.until(lambda: "message" in run.kinds(), "what was left")


def test_all_machines_stand_at_the_same_instant(make: Make) -> None:
    """After a change while it stands, so that no machine is early or late: the time is the same number everywhere."""
    run = make(toys.plan(ios=2, start=60_000_000)).up()
    stand(run)
    while run.runtime.step(timeout_s=20.0):
        pass
    run.look()
    assert {view.at for view in run.runtime.views().values()} == {run.runtime.now_us()} == {60_000_000}


def test_a_look_through_a_window_is_taken_when_it_has_been_open_for_a_while(make: Make) -> None:
    """By every machine for itself, and by those too that have nothing to do."""
    run = make(toys.plan(ios=1)).up()
    run.look()
    since = run.runtime.now_us()
    run.runtime.keep(400_000, 200_000, 8)
    run.until(lambda: all(view.at >= since for view in run.runtime.views().values()), "the looks")
    assert all(view.at >= since + 200_000 for view in run.runtime.views().values())


def test_a_look_that_waits_is_taken_at_once_when_the_clock_stands(make: Make) -> None:
    run = make(toys.plan(ios=1)).up()
    run.look()
    since = run.runtime.now_us()
    run.runtime.keep(4_000_000_000, 3_600_000_000, 8)
    run.runtime.pause()
    run.until(lambda: all(view.at >= since for view in run.runtime.views().values()), "the looks")


def test_paused_before_the_start_time_begins_with_go(make: Make) -> None:
    run = standing(make())
    assert run.runtime.now_us() == 0
    assert counts(run)["app"] == 0
    run.runtime.go()
    run.until(lambda: run.view("app").completed > 0, "the flow")


@pytest.mark.parametrize("speed", [0.0, 0.0009, 101.0, float("nan")])
def test_speeds_out_of_range_are_refused(make: Make, speed: float) -> None:
    run = make()
    with pytest.raises(ValueError, match=r"expected 0\.001 to 100"):
        run.runtime.set_speed(speed)
    assert run.runtime.speed == 1.0


def test_the_speed_scales_every_clock(make: Make) -> None:
    run = make(toys.plan(ios=1)).up()
    run.runtime.set_speed(100.0)
    start = run.runtime.now_us()
    run.until(lambda: run.runtime.now_us() > start + 5_000_000, "five emulated seconds")
    run.look()
    assert min(view.at for view in run.runtime.views().values()) > 0
    run.runtime.set_speed(0.001)
    run.until(lambda: "running" in run.kinds())
    assert run.runtime.speed == 0.001


def test_the_speed_of_a_paused_clock_takes_effect_with_go(make: Make) -> None:
    run = make().up()
    stand(run)
    now = run.runtime.now_us()
    run.runtime.set_speed(50.0)
    assert counts(run) == counts(run)
    assert run.runtime.now_us() == now
    run.runtime.go()
    run.until(lambda: run.runtime.now_us() > now + 1_000_000, "an emulated second")


def test_a_step_needs_a_standing_clock(make: Make) -> None:
    run = make().up()
    with pytest.raises(ValueError, match="pause first"):
        run.runtime.step()


ONE_BIO = [
    "app: timer", "app -> mpatha: generic_make_request bio 1: read 8+8",
    "mpatha -> sdb: blk_insert_cloned_request clone 1: read 8+8",
    "sdb -> lun0: queuecommand command 1: read 8+8", "lun0 -> sdb: scsi_done command 1: ok", "sdb: irq1 goes on",
    "sdb -> mpatha: end_clone_bio clone 1: ok, 1 clone bio: the original bios end",
    "sdb -> softirq: blk_complete_request mpatha#1 ok: onto the done list",
    "softirq -> mpatha: dm_softirq_done clone 1: ok: rq_end_io judges", "mpatha -> app: bi_end_io bio 1: ok",
]
"""Every step of one bio, in the order in which the messages were sent."""


def test_steps_carry_one_bio_through_the_house(make: Make) -> None:
    """Step by step the messages come in the order in which they were sent, one machine at a time."""
    run = standing(make(toys.plan(ios=1)))
    done = []
    while step := run.runtime.step(timeout_s=20.0):
        before = counts(run)
        assert before == counts(run)
        done.append(step.text)
        assert len(done) < 50
    assert done == ONE_BIO
    assert counts(run)["app"] == 1


def simulated(ios: int, **options: int) -> Simulation:
    """The same toys in the simulation, its clock standing."""
    plan = toys.plan(ios=ios, **options)
    simulation = Simulation(plan, build=toys.build_machine, kinds=toys.topology(plan), pairs=toys.links(plan))
    simulation.pause()
    return simulation


def test_the_simulation_takes_the_same_steps() -> None:
    simulation = simulated(ios=1)
    done = []
    while step := simulation.step():
        done.append(step.text)
        assert len(done) < 50
    assert done == ONE_BIO


def test_a_step_of_the_simulation_needs_a_standing_clock_and_may_choose_a_machine() -> None:
    simulation = simulated(ios=4, start=77_000)
    assert simulation.step("sda") is None and simulation.step("nobody") is None
    assert (said(simulation.step("app")), simulation.now_us()) == ("app: timer", 77_000)
    assert said(simulation.step("mpatha")) == "app -> mpatha: generic_make_request bio 1: read 8+8"
    simulation.go()
    with pytest.raises(ValueError, match="pause first"):
        simulation.step()


def test_after_steps_the_simulation_goes_on_with_nothing_lost() -> None:
    simulation = simulated(ios=200)
    for _ in range(27):
        assert simulation.step()
    simulation.go()
    for _ in range(100):
        simulation.advance(0.1)
    simulation.ask()
    assert simulation.views()["app"].completed == 200  # type: ignore[union-attr]


def test_a_step_of_a_chosen_machine(make: Make) -> None:
    run = standing(make(toys.plan(ios=4)))
    assert said(run.runtime.step("app", 20.0)) == "app: timer"
    assert run.runtime.step("sda", 20.0) is None
    assert said(run.runtime.step("mpatha", 20.0)) == "app -> mpatha: generic_make_request bio 1: read 8+8"
    assert said(run.runtime.step("mpatha", 20.0)) == "app -> mpatha: generic_make_request bio 2: read 16+8"
    assert said(run.runtime.step("sda", 20.0)) == "mpatha -> sda: blk_insert_cloned_request clone 2: read 16+8"


def test_after_steps_the_run_goes_on_with_nothing_lost(make: Make) -> None:
    run = standing(make(toys.plan(ios=2000)))
    for _ in range(25):
        assert run.runtime.step(timeout_s=20.0)
    run.runtime.go()
    run.until(lambda: run.view("app").completed == 2000, "every bio")


def test_a_step_with_only_a_timer_left_moves_the_time_to_it(make: Make) -> None:
    run = standing(make(toys.plan(ios=1, start=77_000)))
    assert said(run.runtime.step(timeout_s=20.0)) == "app: timer"
    assert run.runtime.now_us() == 77_000
