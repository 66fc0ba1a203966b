"""busy: blk_lld_busy says 1 and nothing is taken into service."""

from __future__ import annotations

from helpers.device import DeviceBench


def test_nothing_is_served_and_the_md_is_told() -> None:
    bench = DeviceBench()
    bench.insert(0)
    bench.inject("busy")
    assert bench.hints[-1][0] is True and bench.view.busy_why == "fault busy"
    late = bench.insert(8)
    bench.wait(1000)
    assert bench.done() == [(1, 0)], "what is in service ends"
    assert [view.state for view in bench.view.queue] == ["QUEUED"] and bench.view.queue[0].id == late
    bench.clear()
    assert bench.hints[-1][0] is False
    bench.wait(100)
    assert bench.done() == [(1, 0), (late, 0)]
    assert [kind for kind in bench.kinds() if kind.startswith("device_")] == ["device_busy", "device_ready"]


def test_a_device_that_is_gone_never_says_busy() -> None:
    bench = DeviceBench()
    bench.inject("busy", name="a")
    bench.insert(0)
    bench.inject("gone", name="b")
    assert bench.hints[-1][0] is False and not bench.view.busy
    assert len(bench.done()) == 1, "it kills the request instead of holding it"
