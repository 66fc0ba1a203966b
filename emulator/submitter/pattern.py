"""What a submitter writes and expects to read: every sector says who wrote it, where and when.

A sector holds a stamp (magic, writer, sector, version) and filler; versions grow by one with every write of a writer.
A granule is the unit in which versions are remembered: the greatest common divisor of the block sizes, so that every
bio covers whole granules.  Runs in the submitter's process.
"""

from __future__ import annotations

import struct

from emulator.block.bio import SECTOR

_STAMP = struct.Struct("<4sIQQ")
MAGIC = b"dmtu"
_FILL = b"\x5a" * (SECTOR - _STAMP.size)


def pattern(writer: int, sector: int, sectors: int, version: int) -> bytes:
    """The bytes of *sectors* sectors from *sector* on, as *writer* writes them with *version*."""
    pack = _STAMP.pack
    return b"".join([pack(MAGIC, writer, at, version) + _FILL for at in range(sector, sector + sectors)])


def describe(block: bytes) -> str:
    """What one sector says of itself, for a corruption report."""
    if not any(block):
        return "zeroes (never written)"
    magic, writer, sector, version = _STAMP.unpack_from(block)
    if magic != MAGIC:
        return f"no stamp ({block[:8].hex()}…)"
    whole = "" if block[_STAMP.size :] == _FILL else ", filler damaged"
    return f"writer {writer}, sector {sector}, version {version}{whole}"


class Memory:
    """What each granule of a region may hold: one version if it is certain, a range of them after writes that failed.

    Versions are unique and every sector carries its own, so a sector with a version of that range can only come of one
    of the writes that failed.  A failed write may be there in part: each sector is judged by itself.
    """

    def __init__(self, writer: int, granule: int) -> None:
        self.writer = writer
        self.granule = granule
        """Sectors."""
        self._versions: dict[int, tuple[int, int]] = {}
        """Granule -> (last version that is certain, 0 = never written; last version that may be there)."""

    def wrote(self, sector: int, sectors: int, version: int, certain: bool) -> None:
        """A write ended: with success the granules hold *version*, after an error that or what they held before."""
        for at in range(sector, sector + sectors, self.granule):
            self._versions[at] = (version if certain else self._versions.get(at, (0, 0))[0], version)

    def check(self, sector: int, sectors: int, data: bytes | None) -> tuple[int, str, str] | None:
        """Compare what was read; None if it is right, else (sector, found, expected) of the first wrong sector."""
        granule = self.granule
        for at in range(sector, sector + sectors, granule):
            offset = (at - sector) * SECTOR
            part = None if data is None else data[offset : offset + granule * SECTOR]
            wrong = self._check_granule(at, part)
            if wrong is not None:
                return wrong
        return None

    def _check_granule(self, at: int, part: bytes | None) -> tuple[int, str, str] | None:
        low, high = self._versions.get(at, (0, 0))
        if part is None:
            part = bytes(self.granule * SECTOR)
        if low == high and part == (pattern(self.writer, at, self.granule, low) if low else bytes(len(part))):
            return None
        for index in range(self.granule):
            block = part[index * SECTOR : (index + 1) * SECTOR]
            if not self._may_be(at + index, block, low, high):
                certain = f"writer {self.writer}, version {low}" if low else "zeroes (never written)"
                later = f", or a version up to {high} whose write failed" if high > low else ""
                return at + index, describe(block), certain + later
        return None

    def _may_be(self, at: int, block: bytes, low: int, high: int) -> bool:
        """Whether *block* may be in the sector *at*: ours of the range, or a well-placed one of another submitter."""
        if not any(block):
            return low == 0
        magic, writer, _sector, version = _STAMP.unpack_from(block)
        if magic != MAGIC or block != pattern(writer, at, 1, version):
            return False
        return bool(writer != self.writer or max(low, 1) <= version <= high)
