"""host_busy: a request is given back and sent again 3 ms later; each attempt is counted, none fails."""

from __future__ import annotations

from helpers.device import DeviceBench


def test_a_request_is_sent_again_until_the_host_takes_it() -> None:
    bench = DeviceBench()
    bench.inject("host_busy", times=2)
    clone, behind = bench.insert(0), bench.insert(8)
    bench.wait(100)
    assert bench.done() == [], "what is behind it waits too"
    bench.wait(5_899)
    assert bench.done() == []
    bench.wait(101)
    assert bench.done() == [(clone, 0), (behind, 0)]
    assert bench.device.stat.ios[0] == 4, "two attempts that were refused, and two reads"


def test_cleared_while_it_waits() -> None:
    bench = DeviceBench()
    bench.inject("host_busy")
    clone = bench.insert(0)
    bench.clear()
    bench.wait(100)
    assert bench.done() == [(clone, 0)]
    bench.wait(10_000)
    assert bench.done() == [(clone, 0)], "the timer that was armed finds nothing to do"
