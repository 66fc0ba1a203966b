"""noop: counts what matches it and lets it pass."""

from __future__ import annotations

from helpers.device import DeviceBench


def test_it_counts_and_does_nothing() -> None:
    bench = DeviceBench()
    bench.inject("noop", op="write")
    clones = [bench.insert(0, write=True), bench.insert(8), bench.insert(16, write=True)]
    bench.wait(100)
    assert bench.done() == [(clone, 0) for clone in clones] and set(bench.at.values()) == {100}
    (view,) = bench.view.faults
    assert (view.armed, view.fired) == (2, 2)
