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
    """Which versions each granule of a region may hold: one if it is certain, several after a write that failed."""

    def __init__(self, writer: int, granule: int) -> None:
        self.writer = writer
        self.granule = granule
        """Sectors."""
        self._versions: dict[int, tuple[int, ...]] = {}

    def wrote(self, sector: int, sectors: int, version: int, certain: bool) -> None:
        """A write ended: with success the granules hold *version*, after an error that or what they held before."""
        for at in range(sector, sector + sectors, self.granule):
            if certain:
                self._versions[at] = (version,)
            else:
                self._versions[at] = (*self._versions.get(at, (0,)), version)

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
        versions = self._versions.get(at, (0,))
        for version in versions:
            if version == 0:
                if part is None or not any(part):
                    return None
            elif part == pattern(self.writer, at, self.granule, version):
                return None
        if part is not None and self._is_foreign(at, part):
            return None
        return self._first_wrong(at, part or bytes(self.granule * SECTOR), versions)

    def _is_foreign(self, at: int, part: bytes) -> bool:
        """Whether another submitter's whole and well-placed pattern is there."""
        magic, writer, _sector, version = _STAMP.unpack_from(part)
        return magic == MAGIC and writer != self.writer and part == pattern(writer, at, self.granule, version)

    def _first_wrong(self, at: int, part: bytes, versions: tuple[int, ...]) -> tuple[int, str, str]:
        expected = " or ".join(f"writer {self.writer}, version {v}" if v else "zeroes" for v in versions)
        for index in range(self.granule):
            block = part[index * SECTOR : (index + 1) * SECTOR]
            if all(block != (pattern(self.writer, at + index, 1, v) if v else bytes(SECTOR)) for v in versions):
                return at + index, describe(block), expected
        return at, "a mixture of versions", expected
