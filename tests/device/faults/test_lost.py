"""lost: a command that is never answered times out, the error handler sets the disk offline, the request fails."""

from __future__ import annotations

import errno

from helpers.device import DeviceBench

TIMEOUT_US, EH_US = 30_000_000, 10_000_000


def test_after_timeout_and_error_handling_the_disk_is_offline() -> None:
    bench = DeviceBench()
    bench.inject("lost", times=1)
    lost = bench.insert(0)
    bench.wait(TIMEOUT_US + EH_US - 1)
    assert bench.done() == []
    bench.wait(1)
    assert bench.done() == [(lost, errno.EIO)]
    assert "offline" in bench.device.faults.active
    after = bench.insert(8)
    assert bench.done()[-1] == (after, errno.EIO)
    texts = [details["text"] for kind, details in bench.events if kind == "kernel_log"]
    assert texts[0] == "sd 0:0:0:0: Device offlined - not ready after error recovery"


def test_released_in_time_it_is_answered_and_nothing_follows() -> None:
    bench = DeviceBench()
    bench.inject("lost", name="l", times=1)
    lost = bench.insert(0)
    bench.clear()
    bench.release()
    bench.wait(TIMEOUT_US + EH_US)
    assert bench.done() == [(lost, 0)] and not bench.device.faults.active
