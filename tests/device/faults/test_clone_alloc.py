"""clone_alloc: dm_prep_fn has no memory for the clone and answers BLKPREP_DEFER."""

from __future__ import annotations

from helpers.md import PLUG_US, Bench

from emulator.commands import ClearFault, InjectFault
from emulator.plan import FaultSpec


def test_the_request_waits_at_the_front_and_is_prepped_later() -> None:
    bench = Bench()
    bench.do(InjectFault("md", FaultSpec("oom", "clone_alloc", "md", op="write")))
    bench.submit(100, write=True)
    bench.submit(300)
    bench.unplug()
    assert [clone.sector for clone in bench.inserted()] == [300], "deadline serves the read first"
    bench.wait(3 * PLUG_US)
    assert bench.inserted() == [] and bench.head() == [100] and bench.md.deferred == 4
    (view,) = bench.md.snapshot(8).faults
    assert (view.armed, view.fired) == (4, 4)
    bench.do(ClearFault("md"))
    bench.wait(PLUG_US)
    assert [clone.sector for clone in bench.inserted()] == [100]


def test_what_is_behind_it_waits_too() -> None:
    bench = Bench()
    bench.do(InjectFault("md", FaultSpec("oom", "clone_alloc", "md", times=1)))
    bench.submit(100)
    bench.submit(300)
    bench.unplug()
    assert bench.inserted() == []
    bench.wait(PLUG_US)
    assert [clone.sector for clone in bench.inserted()] == [100, 300]
