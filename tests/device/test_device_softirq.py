"""The softirq worker: done list, passes, restarts, ksoftirqd, the mark of a vanished device (reference 11.3)."""

from __future__ import annotations

import errno
from random import Random

from emulator.device.faults import FAULTS
from emulator.messages import DONE_LIST_DRAINED, RAISE_SOFTIRQ, SOFTIRQ_DONE
from emulator.softirq import MAX_SOFTIRQ_RESTART, SoftirqWorker


def worker() -> SoftirqWorker:
    return SoftirqWorker("softirq", ("md", "other"), Random(1), FAULTS)


def raised(machine: SoftirqWorker, *clones: int, error: int = 0) -> None:
    for clone in clones:
        machine.receive(0, "sda", (RAISE_SOFTIRQ, "md", clone, error, 1))


def test_raising_handles_nothing_yet() -> None:
    machine = worker()
    raised(machine, 1, 2)
    assert machine.take_output() == {} and machine.snapshot(8).backlog == 2
    assert machine.snapshot(8).done == ("md#1", "md#2")


def test_a_pass_takes_the_whole_list_in_order() -> None:
    machine = worker()
    raised(machine, 3, 1, 2, error=errno.EIO)
    machine.run(0)
    assert machine.take_output() == {"md": [(SOFTIRQ_DONE, "C4:softirq", clone, errno.EIO, 1) for clone in (3, 1, 2)]}
    view = machine.snapshot(8)
    assert (view.passes, view.restarts, view.handled, view.raised, view.backlog, view.backlog_max) == (1, 0, 3, 3, 0, 3)


def test_no_lock_is_held() -> None:
    machine = worker()
    raised(machine, 1)
    machine.run(0)
    assert machine.c4.locks() == ()


def test_an_original_is_on_the_list_once() -> None:
    machine = worker()
    raised(machine, 1, 1)
    assert machine.snapshot(8).backlog == 1
    machine.run(0)
    raised(machine, 1)
    assert machine.snapshot(8).backlog == 1, "after a requeue it may come again"


def test_what_is_raised_meanwhile_is_another_pass_and_after_ten_restarts_ksoftirqds() -> None:
    machine = worker()
    raised(machine, 1)
    other = machine.context("other")

    def keep_raising(count: int):  # type: ignore[no-untyped-def]
        from emulator.machine import OTHER_CPU

        for clone in range(2, count + 2):
            raised(machine, clone)
            yield OTHER_CPU

    machine.call(other, keep_raising(MAX_SOFTIRQ_RESTART + 5))
    machine.run(0)
    view = machine.snapshot(8)
    assert view.handled == MAX_SOFTIRQ_RESTART + 6 and view.backlog == 0
    assert view.restarts >= MAX_SOFTIRQ_RESTART and view.ksoftirqd == 1


def test_the_mark_of_a_vanished_device_goes_to_every_md_behind_what_it_raised() -> None:
    machine = worker()
    raised(machine, 1, 2)
    machine.peer_gone(0, "sda")
    raised(machine, 3)
    machine.run(0)
    out = machine.take_output()
    assert [message[0] for message in out["md"]] == [SOFTIRQ_DONE, SOFTIRQ_DONE, DONE_LIST_DRAINED, SOFTIRQ_DONE]
    assert out["other"] == [(DONE_LIST_DRAINED, "sda")]
