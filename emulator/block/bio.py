"""The bio: one I/O as its submitter knows it (include/linux/bio.h).  Used inside md machines and by submitters."""

from __future__ import annotations

from emulator.naming import DISCARD as DISCARD
from emulator.naming import FLUSH as FLUSH
from emulator.naming import WRITE as WRITE
from emulator.naming import op_of as op_of

SECTOR = 512
"""Bytes of a sector."""
PAGE_SECTORS = 8
"""Sectors of a page; each page of a bio is one segment."""

AHEAD = 1 << 1
BARRIER = 1 << 2
SYNCIO = 1 << 3
UNPLUG = 1 << 4
META = 1 << 5
FAILFAST_DEV = 1 << 7
FAILFAST_TRANSPORT = 1 << 8
FAILFAST_DRIVER = 1 << 9
FUA = 1 << 11
"""Later kernels: REQ_FUA, this write is to be on stable storage when it ends."""

KEPT = 1 << 30
"""No flag of the kernel: what this passes is kept by every recorder, however sparse (tried again, or waited long)."""

FAILFAST = FAILFAST_DEV | FAILFAST_TRANSPORT | FAILFAST_DRIVER
MERGE_SAME = WRITE | DISCARD | FAILFAST
"""Bits in which a bio and a request must agree to merge (elv_rq_merge_ok)."""


def segments_of(sectors: int) -> int:
    """Physical segments of a bio of *sectors* sectors."""
    return (sectors + PAGE_SECTORS - 1) // PAGE_SECTORS


class Bio:
    """bi_sector/bi_size as ``sector``/``sectors`` (residual), the data of a write, and whom to tell (bi_end_io)."""

    __slots__ = ("id", "owner", "sector", "sectors", "flags", "data", "segments")

    def __init__(self, id: int, owner: str, sector: int, sectors: int, flags: int, data: bytes | None) -> None:
        self.id = id
        self.owner = owner
        """Machine that gets BIO_ENDIO, or, for the clone bio of an upper md, END_CLONE_BIO."""
        self.sector = sector
        self.sectors = sectors
        self.flags = flags
        self.data = data
        self.segments = (sectors + 7) >> 3


def join_data(bios: list[Bio]) -> bytes | None:
    """The data of all *bios*, None if every one is zero pages."""
    if len(bios) == 1:
        return bios[0].data
    if all(bio.data is None for bio in bios):
        return None
    return b"".join(bytes(bio.sectors * SECTOR) if bio.data is None else bio.data for bio in bios)
