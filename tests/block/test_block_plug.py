"""Plugging, stopping, running: every row of reference 6, and the liveness rule."""

from __future__ import annotations

import pytest
from helpers.block import Owner, add

from emulator.block.plug import (
    generic_unplug,
    plug_device,
    remove_plug,
    run_queue,
    start_queue,
    stop_queue,
    unplug_device,
)
from emulator.machine import OTHER_CPU, Context, Steps

DELAY_US = 3000


def owner(**options: int) -> Owner:
    machine = Owner("noop", **options)
    add(machine.queue, 100)
    return machine


def test_default_numbers() -> None:
    q = Owner().queue
    assert (q.unplug_thresh, q.unplug_delay_us) == (4, 3000)


def test_a_plug_arms_the_timer_once() -> None:
    machine = owner()
    plug_device(machine.queue)
    machine.now_us = 1000
    plug_device(machine.queue)
    assert machine.queue.plugged and machine.deadline_us() == DELAY_US


def test_a_stopped_queue_is_not_plugged() -> None:
    machine = owner()
    machine.queue.stopped = True
    plug_device(machine.queue)
    assert not machine.queue.plugged and machine.deadline_us() is None


def test_remove_plug_stops_the_timer_and_says_whether_it_was_plugged() -> None:
    machine = owner()
    assert not remove_plug(machine.queue)
    plug_device(machine.queue)
    assert remove_plug(machine.queue)
    assert not machine.queue.plugged and machine.deadline_us() is None


def test_the_timer_only_schedules_kblockd_which_unplugs() -> None:
    machine = owner()
    plug_device(machine.queue)
    machine.advance(DELAY_US)
    assert machine.queue.plugged and machine.runs == []
    machine.run(DELAY_US)
    assert machine.runs == ["C5:kblockd"] and not machine.queue.plugged


def test_an_unplug_between_timer_and_work_leaves_the_work_nothing_to_do() -> None:
    machine = owner()
    plug_device(machine.queue)
    machine.advance(DELAY_US)
    remove_plug(machine.queue)
    machine.run(DELAY_US)
    assert machine.runs == []


@pytest.mark.parametrize(
    ("plugged", "stopped", "runs"),
    [(True, False, 1), (False, False, 0), (False, True, 0)],
    ids=["plugged", "not plugged", "stopped"],
)
def test_generic_unplug(plugged: bool, stopped: bool, runs: int) -> None:
    machine = owner()
    if plugged:
        plug_device(machine.queue)
    machine.queue.stopped = stopped
    context = machine.context("C1:task")
    machine.task("C1:task", generic_unplug(machine.queue, context))
    assert len(machine.runs) == runs and not machine.queue.plugged


def test_generic_unplug_has_no_reenter_guard() -> None:
    machine = owner()
    plug_device(machine.queue)
    machine.queue.reenter = True
    machine.task("C1:task", generic_unplug(machine.queue, machine.context("C1:task")))
    assert machine.runs == ["C1:task"]


@pytest.mark.parametrize(("state", "runs"), [("plugged", 1), ("idle", 1), ("stopped", 0), ("empty", 0)])
def test_run_queue(state: str, runs: int) -> None:
    machine = Owner("noop") if state == "empty" else owner()
    q = machine.queue
    if state == "plugged":
        plug_device(q)
    q.stopped = state == "stopped"
    machine.task("C4:softirq", run_queue(q, machine.context("C4:softirq")))
    assert len(machine.runs) == runs
    assert not q.plugged and not q.reenter and machine.deadline_us() is None


def test_run_queue_removes_the_plug_of_an_empty_queue() -> None:
    machine = Owner("noop")
    machine.queue.plugged = True
    machine.task("C4:softirq", run_queue(machine.queue, machine.context("C4:softirq")))
    assert not machine.queue.plugged and machine.runs == []


class Pausing(Owner):
    """Its request_fn drops the lock in the middle, as dm_request_fn does around map_request."""

    def request_fn(self, context: Context) -> Steps:
        """Lock held on entry and exit."""
        self.runs.append(f"{context.name} in")
        self.unlock(self.queue.lock)
        yield OTHER_CPU
        yield OTHER_CPU
        yield self.queue.lock
        self.runs.append(f"{context.name} out")


def run_locked(machine: Owner, context: Context) -> Steps:
    yield machine.queue.lock
    yield from run_queue(machine.queue, context)
    machine.unlock(machine.queue.lock)


def test_a_second_run_meets_reenter_plugs_without_timer_and_leaves_it_to_kblockd() -> None:
    machine = Pausing("noop")
    q = machine.queue
    add(q, 100)
    seen = []
    for name in ("cpu0", "cpu1"):
        context = machine.context(name)
        machine.call(context, run_locked(machine, context))
    while machine.ready:
        machine.run(0, most=1)
        seen.append((q.reenter, q.plugged))
        assert machine.deadline_us() is None, "the collision arms no timer"
    assert (True, True) in seen, "cpu1 met REENTER"
    assert [each for each in machine.runs if each.startswith("cpu1")] == []
    assert machine.runs == ["cpu0 in", "cpu0 out", "C5:kblockd in", "C5:kblockd out"] or machine.runs == [
        "cpu0 in",
        "C5:kblockd in",
        "cpu0 out",
        "C5:kblockd out",
    ]
    assert not q.reenter and not q.plugged


def test_unplug_work_is_pending_once() -> None:
    machine = owner()
    q = machine.queue
    q.reenter = True
    for _ in range(10):
        machine.task("C4:softirq", run_queue(q, machine.context("C4:softirq")))
        q.plugged = True
    holder = machine.context("holder")
    q.lock.take(holder)
    for _ in range(10):
        for _step in run_queue(q, holder):
            pass
    kblockd = machine.context("C5:kblockd")
    assert len(kblockd.line) <= 1, "schedule_work of pending work does nothing"


def test_stop_removes_the_plug() -> None:
    machine = owner()
    plug_device(machine.queue)
    stop_queue(machine.queue)
    assert (machine.queue.plugged, machine.queue.stopped, machine.deadline_us()) == (False, True, None)


def test_start_runs_request_fn_right_here() -> None:
    machine = owner()
    stop_queue(machine.queue)
    machine.task("C6:resume", start_queue(machine.queue, machine.context("C6:resume")))
    assert machine.runs == ["C6:resume"] and not machine.queue.stopped


def test_unplug_device_takes_and_drops_the_lock() -> None:
    machine = owner()
    plug_device(machine.queue)
    machine.task("C1:task", unplug_device(machine.queue, machine.context("C1:task")))
    assert machine.runs == ["C1:task"]
    assert (machine.queue.lock.acquired, machine.queue.lock.holder) == (1, None)


def test_the_works_function_is_the_queues_unplug_fn() -> None:
    machine = owner()
    called = []

    def unplug_fn(context: Context) -> Steps:
        called.append(context.name)
        yield from unplug_device(machine.queue, context)

    machine.queue.unplug_fn = unplug_fn
    plug_device(machine.queue)
    machine.advance(DELAY_US)
    machine.run(DELAY_US)
    assert called == ["C5:kblockd"] and machine.runs == ["C5:kblockd"]
