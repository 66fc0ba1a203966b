"""The LUN: whatever is written in whatever pieces is read back, and the rest is zero."""

from __future__ import annotations

import errno

from helpers.stage import stamped
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.block.bio import WRITE
from emulator.lun import Lun
from emulator.messages import LUN_DONE, LUN_IO
from emulator.plan import LunSpec
from emulator.sectors import seeded

SIZE = 64
SPANS = st.tuples(st.integers(0, SIZE - 1), st.integers(1, SIZE)).map(
    lambda span: (span[0], min(span[1], SIZE - span[0]))
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(SPANS, st.integers(0, 255)), max_size=12), SPANS)
def test_it_is_an_array_of_bytes(writes: list[tuple[tuple[int, int], int]], span: tuple[int, int]) -> None:
    lun = Lun(LunSpec("lun", SIZE))
    model = bytearray(SIZE * 512)
    touched: set[int] = set()
    for (sector, sectors), value in writes:
        data = bytes([value]) * (sectors * 512)
        lun.write(sector, sectors, data if value else None)
        model[sector * 512 : (sector + sectors) * 512] = data
        touched.update(range(sector, sector + sectors))
    sector, sectors = span
    found = lun.read(sector, sectors)
    assert (bytes(sectors * 512) if found is None else found) == model[sector * 512 : (sector + sectors) * 512]
    assert lun.snapshot(1).written == len(touched)


def test_messages() -> None:
    lun = Lun(LunSpec("lun", SIZE))
    lun.receive(0, "sda", (LUN_IO, 7, WRITE, 8, 8, stamped(8, 8)))
    lun.receive(0, "sdb", (LUN_IO, 1, 0, 8, 8, None))
    lun.receive(0, "sdb", (LUN_IO, 2, 0, 60, 8, None))
    assert lun.take_output() == {
        "sda": [(LUN_DONE, 7, 0, None)],
        "sdb": [(LUN_DONE, 1, 0, stamped(8, 8)), (LUN_DONE, 2, errno.EIO, None)],
    }
    view = lun.snapshot(1)
    assert (view.reads, view.writes) == (1, 1)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([0, 1]), st.lists(st.tuples(SPANS, st.booleans()), max_size=12))
def test_what_is_discarded_is_zero_and_not_counted(seed: int, steps: list[tuple[tuple[int, int], bool]]) -> None:
    lun = Lun(LunSpec("lun", SIZE, seed))
    model = bytearray(seeded(seed, 0, SIZE) if seed else bytes(SIZE * 512))
    touched: set[int] = set()
    for (sector, sectors), discard in steps:
        if discard:
            lun.discard(sector, sectors)
            touched -= set(range(sector, sector + sectors))
        else:
            lun.write(sector, sectors, b"\x5a" * (sectors * 512))
            touched |= set(range(sector, sector + sectors))
        model[sector * 512 : (sector + sectors) * 512] = (b"\0" if discard else b"\x5a") * (sectors * 512)
    assert (lun.read(0, SIZE) or bytes(SIZE * 512)) == model
    assert lun.snapshot(1).written == len(touched)
