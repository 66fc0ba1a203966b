"""latency: time is added to the service of a request."""

from __future__ import annotations

import pytest
from helpers.device import DeviceBench


@pytest.mark.parametrize(
    ("add", "low", "high"), [("fixed 300", 400, 400), ("uniform 100 200", 200, 300), ("fixed 0", 100, 100)]
)
def test_it_is_added(add: str, low: int, high: int) -> None:
    bench = DeviceBench(out_of_order=True)
    bench.inject("latency", params=(("add", add),))
    for at in range(10):
        bench.insert(at * 8)
    bench.wait(1000)
    assert len(bench.at) == 10 and low <= min(bench.at.values()) <= max(bench.at.values()) <= high


def test_only_matches_are_slowed() -> None:
    bench = DeviceBench(out_of_order=True)
    bench.inject("latency", op="write")
    write, read = bench.insert(0, write=True), bench.insert(8)
    bench.wait(20_200)
    assert bench.at == {read: 100, write: 20_100}, "20 ms unless told otherwise"


def test_two_add_up() -> None:
    bench = DeviceBench()
    bench.inject("latency", name="a", params=(("add", "fixed 100"),))
    bench.inject("latency", name="b", params=(("add", "fixed 50"),))
    bench.insert(0)
    bench.wait(1000)
    assert bench.at[1] == 250
