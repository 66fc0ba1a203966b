"""alua: the access state of the path while the fault is in force."""

from __future__ import annotations

import errno

import pytest
from helpers.device import DeviceBench


@pytest.mark.parametrize("state", ["standby", "unavailable", "offline"])
def test_inactive_states_refuse_before_the_medium(state: str) -> None:
    bench = DeviceBench()
    assert bench.inject("alua", params=(("state", state),)) == 0
    refused = bench.insert(0, write=True)
    assert bench.done() == [(refused, errno.EIO)] and bench.lun.writes == 0
    bench.clear()
    served = bench.insert(0, write=True)
    bench.wait(100)
    assert bench.done()[1:] == [(served, 0)] and bench.lun.writes == 1


def test_non_optimized_serves() -> None:
    bench = DeviceBench()
    bench.inject("alua", params=(("state", "active/non-optimized"),))
    served = bench.insert(0)
    bench.wait(100)
    assert bench.done() == [(served, 0)]


def test_in_transition_io_waits_on_the_queue() -> None:
    bench = DeviceBench()
    bench.inject("alua", params=(("state", "transitioning"),), duration=5000)
    waiting = bench.insert(0)
    bench.wait(4000)
    assert bench.done() == [] and [view.id for view in bench.view.queue] == [waiting]
    bench.wait(1200)
    assert bench.done() == [(waiting, 0)]
