"""drop_writes: a write that ends well is not on the medium, a read is served as ever."""

from __future__ import annotations

from helpers.device import DeviceBench
from helpers.stage import stamped


def test_a_dropped_write_ends_well_and_leaves_what_was_there() -> None:
    bench = DeviceBench()
    bench.lun.write(0, 8, stamped(0, 8))
    bench.inject("drop_writes")
    clone = bench.insert(0, 8, write=True, data=stamped(100, 8))
    bench.wait(100)
    assert bench.log == [("bios", clone, 1, 0), ("done", clone, 0, 1)]
    assert bench.lun.read(0, 8) == stamped(0, 8)


def test_reads_are_served() -> None:
    bench = DeviceBench()
    bench.lun.write(0, 8, stamped(0, 8))
    bench.inject("drop_writes")
    clone = bench.insert(0, 8)
    bench.wait(100)
    assert bench.data[clone] == [stamped(0, 8)]


def test_after_it_was_cleared_writes_are_kept() -> None:
    bench = DeviceBench()
    name = bench.inject("drop_writes")
    bench.device.faults.clear(name if isinstance(name, str) else "")
    bench.insert(0, 8, write=True, data=stamped(100, 8))
    bench.wait(100)
    assert bench.lun.read(0, 8) == stamped(100, 8)
