"""error: the request ends with the errno given, nothing of it done."""

from __future__ import annotations

import errno

import pytest
from helpers.device import DeviceBench
from helpers.stage import stamped


@pytest.mark.parametrize("number", [errno.EIO, errno.ENODATA, errno.ENOLINK])
def test_it_ends_with_that_errno(number: int) -> None:
    bench = DeviceBench()
    bench.inject("error", params=(("errno", number),))
    clone = bench.insert(0, 8, 8)
    bench.wait(100)
    assert bench.log == [("bios", clone, 2, number), ("done", clone, number, 2)]
    assert bench.view.errors == 1


def test_the_default_is_eio() -> None:
    bench = DeviceBench()
    bench.inject("error")
    bench.insert(0)
    bench.wait(100)
    assert bench.done() == [(1, errno.EIO)]


def test_nothing_reaches_the_medium() -> None:
    bench = DeviceBench()
    bench.inject("error")
    bench.insert(0, 8, write=True, data=stamped(0, 8))
    bench.wait(100)
    assert bench.lun.writes == 0
