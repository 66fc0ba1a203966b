"""hang: taken into service and never completed, until released."""

from __future__ import annotations

from helpers.device import DeviceBench


def test_it_never_completes_until_released() -> None:
    bench = DeviceBench(queue_depth=2)
    bench.inject("hang", nth=1)
    hung, other = bench.insert(0), bench.insert(8)
    bench.wait(3_600_000_000)
    assert bench.done() == [(other, 0)], "a hung request is overtaken even by an in-order device"
    assert [view.state for view in bench.view.service] == ["HUNG"]
    assert bench.release("f") == 0
    assert bench.done() == [(other, 0), (hung, 0)]
    assert dict(bench.events)["released"]["requests"] == 1


def test_it_keeps_its_slot() -> None:
    bench = DeviceBench(queue_depth=1)
    bench.inject("hang", nth=1)
    bench.insert(0)
    waiting = bench.insert(8)
    bench.wait(10_000)
    assert bench.view.nr_service == 1 and [view.id for view in bench.view.queue] == [waiting]
    bench.release()
    bench.wait(100)
    assert bench.done() == [(1, 0), (waiting, 0)]


def test_clearing_hangs_no_more_but_releases_nothing() -> None:
    bench = DeviceBench()
    bench.inject("hang")
    hung = bench.insert(0)
    bench.clear()
    free = bench.insert(8)
    bench.wait(1000)
    assert bench.done() == [(free, 0)]
    bench.release("other")
    assert bench.done() == [(free, 0)]
    bench.release()
    assert bench.done() == [(free, 0), (hung, 0)]
