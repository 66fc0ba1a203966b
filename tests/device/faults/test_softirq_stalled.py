"""softirq_stalled: the worker handles nothing, its done list grows."""

from __future__ import annotations

from random import Random

from emulator.device.faults import FAULTS
from emulator.messages import EVENT, RAISE_SOFTIRQ, SOFTIRQ_DONE, SUPERVISOR
from emulator.plan import FaultSpec
from emulator.softirq import SoftirqWorker


def test_the_backlog_grows_and_nothing_is_lost() -> None:
    worker = SoftirqWorker("softirq", ("md",), Random(1), FAULTS)
    worker.faults.inject(FaultSpec("stop", "softirq_stalled", "softirq"))
    for clone in range(50):
        worker.receive(0, "sda", (RAISE_SOFTIRQ, "md", clone, 0, 1))
        worker.run(0)
    view = worker.snapshot(8)
    assert (view.backlog, view.backlog_max, view.handled, view.stalled, len(view.done)) == (50, 50, 0, True, 8)
    worker.faults.clear("stop")
    worker.run(0)
    out = worker.take_output()
    assert [message[2] for message in out["md"] if message[0] == SOFTIRQ_DONE] == list(range(50))
    kinds = [message[2] for message in out[SUPERVISOR] if message[0] == EVENT]
    assert kinds == ["fault_injected", "softirq_stalled", "fault_cleared", "softirq_running"]
