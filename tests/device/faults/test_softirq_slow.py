"""softirq_slow: each item of the done list takes a time."""

from __future__ import annotations

from random import Random

from emulator.device.faults import FAULTS
from emulator.messages import RAISE_SOFTIRQ, SOFTIRQ_DONE
from emulator.plan import FaultSpec
from emulator.softirq import SoftirqWorker


def handled(worker: SoftirqWorker, now: int) -> list[int]:
    """Clones passed on up to *now*."""
    while (due := worker.deadline_us()) is not None and due <= now:
        worker.advance(due)
        worker.run(due)
    return [message[2] for message in worker.take_output().get("md", []) if message[0] == SOFTIRQ_DONE]


def slow(each: int = 1000) -> SoftirqWorker:
    """A slow worker with three items."""
    worker = SoftirqWorker("softirq", ("md",), Random(1), FAULTS)
    worker.faults.inject(FaultSpec("slow", "softirq_slow", "softirq", params=(("each", each),)))
    for clone in (1, 2, 3):
        worker.receive(0, "sda", (RAISE_SOFTIRQ, "md", clone, 0, 1))
    worker.run(0)
    return worker


def test_one_item_after_another() -> None:
    worker = slow()
    assert [handled(worker, at) for at in (999, 1000, 2999, 3000)] == [[], [1], [2], [3]]
    assert worker.snapshot(8).delay == 1000


def test_clearing_lets_the_rest_go_at_once() -> None:
    worker = slow()
    assert handled(worker, 1000) == [1]
    worker.faults.clear("slow")
    assert handled(worker, 2000) == [2, 3]


def test_stalled_while_slow() -> None:
    worker = slow()
    worker.faults.inject(FaultSpec("stop", "softirq_stalled", "softirq"))
    assert handled(worker, 10_000) == []
    worker.faults.clear("stop")
    worker.run(10_000)
    assert handled(worker, 20_000) == [1, 2, 3]
