"""A bio in flight in a bio-based md (struct dm_io) and its clone bios (struct dm_target_io), in the md's process."""

from __future__ import annotations

from typing import Any

from emulator.block.bio import Bio, op_of
from emulator.dm.lower import Lower
from emulator.snapshot import RequestView


class BioIo:
    """struct dm_io: one original bio between its way in and its bi_end_io."""

    __slots__ = ("number", "bio", "start_us", "left", "error", "requeue", "parts", "flush_first")

    def __init__(self, number: int, bio: Bio, now_us: int, flush_first: bool) -> None:
        self.number = number
        self.bio = bio
        self.start_us = now_us
        self.left = 1
        """io_count: clones that are out, and one while it is being split."""
        self.error = 0
        """Positive errno of the last clone that failed."""
        self.requeue = False
        """A clone ended with DM_ENDIO_REQUEUE (BLK_STS_DM_REQUEUE)."""
        self.parts: dict[int, bytes | None] = {}
        """Data of a read, by first sector of the part."""
        self.flush_first = flush_first
        """Only the empty flush of a bio with PREFLUSH and data; the data follow when it has ended."""

    def view(self, now_us: int, clones: list[BioClone]) -> RequestView:
        """What a face shows of it and its *clones* that are out."""
        bio = self.bio
        held = any(clone.held for clone in clones)
        path = next((clone.lower.name for clone in clones if clone.lower is not None), "")
        return RequestView(
            id=self.number, op=op_of(bio.flags)[0].upper(), sector=bio.sector, sectors=bio.sectors, bios=len(clones),
            age=now_us - self.start_us, state="HELD" if held else "ISSUED", path=path, owner=bio.owner,
        )


class BioClone:
    """struct dm_target_io with its clone bio; ``sector`` is the device's once it is mapped."""

    __slots__ = (
        "number", "io", "context", "target", "begin", "first", "sector", "sectors", "flags", "data", "lower", "info",
        "held",
    )

    def __init__(
        self, number: int, io: BioIo, context: str, target: Any, begin: int, sector: int, sectors: int, flags: int,
        data: bytes | None,
    ) -> None:
        self.number = number
        self.io = io
        self.context = context
        """Who submits it."""
        self.target = target
        self.begin = begin
        """ti->begin: first sector of its target in the table."""
        self.first = self.sector = sector
        self.sectors = sectors
        self.flags = flags
        self.data = data
        self.lower: Lower | None = None
        """The device that it was mapped to."""
        self.info: Any = None
        """per_bio_data: what the target keeps with it."""
        self.held = False
        """The target keeps it (DM_MAPIO_SUBMITTED, DM_ENDIO_INCOMPLETE)."""
