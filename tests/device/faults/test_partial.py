"""partial: some sectors are done and reported, the rest ends with an error."""

from __future__ import annotations

import errno

import pytest
from helpers.device import DeviceBench
from helpers.stage import stamped


@pytest.mark.parametrize(
    ("sectors", "good", "bad"),
    [(8, 1, 2), (16, 2, 1), (12, 1, 2), (4, 0, 3), (24, 0, 3), (0, 0, 3), (100, 0, 3)],
)
def test_whole_bios_are_reported(sectors: int, good: int, bad: int) -> None:
    bench = DeviceBench()
    bench.inject("partial", params=(("sectors", sectors), ("errno", errno.EIO)))
    clone = bench.insert(0, 8, 8, 8, write=True, data=stamped(0, 24))
    bench.wait(100)
    ended = [("bios", clone, good, 0)] if good else []
    assert bench.log == [*ended, ("bios", clone, bad, errno.EIO), ("done", clone, errno.EIO, 3)]


def test_what_succeeded_is_on_the_medium() -> None:
    bench = DeviceBench()
    bench.inject("partial", params=(("sectors", 12),))
    bench.insert(0, 8, 8, write=True, data=stamped(0, 16))
    bench.wait(100)
    assert bench.lun.read(0, 12) == stamped(0, 12)
    assert bench.lun.read(12, 4) in (None, bytes(4 * 512)), "not a sector more"


def test_a_read_gets_the_data_of_what_succeeded() -> None:
    bench = DeviceBench()
    bench.lun.write(0, 24, stamped(0, 24))
    bench.inject("partial", params=(("sectors", 20),))
    clone = bench.insert(0, 8, 8, 8)
    bench.wait(100)
    assert bench.data[clone] == [stamped(0, 16), None]


def test_on_a_device_that_reports_bio_by_bio() -> None:
    bench = DeviceBench(partial=-1)
    bench.inject("partial", params=(("sectors", 16),))
    clone = bench.insert(0, 8, 8, 8)
    bench.wait(1000)
    assert bench.log == [
        ("bios", clone, 1, 0),
        ("bios", clone, 1, 0),
        ("bios", clone, 1, errno.EIO),
        ("done", clone, errno.EIO, 3),
    ]
