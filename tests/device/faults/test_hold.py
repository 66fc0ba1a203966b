"""hold: kept at the front of the device's queue, everything behind it waits."""

from __future__ import annotations

import pytest
from helpers.device import DeviceBench


@pytest.mark.parametrize("how", ["release", "release by name", "clear"])
def test_it_holds_the_front_until_it_is_let_go(how: str) -> None:
    bench = DeviceBench()
    bench.inject("hold", nth=2)
    first, held, behind = bench.insert(0), bench.insert(8), bench.insert(16)
    bench.wait(10_000)
    assert bench.done() == [(first, 0)]
    assert [(view.id, view.state) for view in bench.view.queue] == [(held, "HELD"), (behind, "QUEUED")]
    if how == "clear":
        bench.clear()
    else:
        bench.release("f" if how == "release by name" else "")
    bench.wait(100)
    assert bench.done() == [(first, 0), (held, 0), (behind, 0)]


def test_every_match_is_held_in_its_turn() -> None:
    bench = DeviceBench()
    bench.inject("hold")
    clones = [bench.insert(at * 8) for at in range(3)]
    for count in range(3):
        assert len(bench.done()) == count
        bench.release()
        bench.wait(100)
    assert bench.done() == [(clone, 0) for clone in clones]
    assert bench.view.faults[0].fired == 3, "each was judged once"


def test_it_is_let_go_when_its_duration_is_over() -> None:
    bench = DeviceBench()
    bench.inject("hold", duration=500)
    bench.insert(0)
    bench.wait(600)
    assert bench.done() == [(1, 0)] and bench.at[1] == 600
