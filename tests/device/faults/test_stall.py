"""stall: completes only once the fault is cleared or its duration is over."""

from __future__ import annotations

import pytest
from helpers.device import DeviceBench


@pytest.mark.parametrize("how", ["clear", "duration"])
def test_it_heals(how: str) -> None:
    bench = DeviceBench()
    bench.inject("stall", nth=1, **({"duration": 5000} if how == "duration" else {}))
    stalled, other = bench.insert(0), bench.insert(8)
    bench.wait(4000)
    assert bench.done() == [(other, 0)] and [view.state for view in bench.view.service] == ["STALLED"]
    if how == "clear":
        bench.clear()
    bench.wait(2000)
    assert bench.done() == [(other, 0), (stalled, 0)]
