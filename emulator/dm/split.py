"""Bios that no request of M may carry whole: split as later kernels do (blk_bio_split_to_limits, bio_chain), refused by
2.6.31; and the file layer's word about what is no multiple of a logical block.

Runs in the md's process.  The pieces belong to the md itself: their ends come back here before anything is sent.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from emulator.block.bio import FUA, SECTOR, UNPLUG, WRITE, Bio
from emulator.block.submit import make_request
from emulator.messages import BIO_ENDIO

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice


class _Chain:
    """One bio of a submitter: how many pieces are out, and what they gave."""

    __slots__ = ("owner", "id", "left", "error", "data")

    def __init__(self, owner: str, id: int, left: int) -> None:
        self.owner = owner
        self.id = id
        self.left = left
        self.error = 0
        self.data: dict[int, bytes | None] = {}


class Splits:
    """Pieces under way, by their number; bounded by what submitters have outstanding."""

    __slots__ = ("pieces", "number")

    def __init__(self) -> None:
        self.pieces: dict[int, tuple[_Chain, int, int, bool]] = {}
        self.number = 0

    def __bool__(self) -> bool:
        return bool(self.pieces)

    def ended(self, out: dict[str, list[Any]], own: list[Any]) -> None:
        """bio_chain_endio for BIO_ENDIOs that the md said to itself; whole bios go to their owners in *out*."""
        for _tag, number, error, data in own:
            chain, sector, sectors, read = self.pieces.pop(number)
            chain.error = chain.error or error
            chain.left -= 1
            if read:
                chain.data[sector] = bytes(sectors * SECTOR) if data is None else data
            if not chain.left:
                whole = b"".join(part or b"" for _, part in sorted(chain.data.items())) if read else None
                message = (BIO_ENDIO, chain.id, chain.error, None if chain.error else whole)
                out.setdefault(chain.owner, []).append(message)


def submit_odd(md: MappedDevice, source: str, message: tuple[Any, ...]) -> None:
    """A bio beyond the end, longer than a request may be, or in no whole blocks."""
    id, sector, sectors = message[2:5]
    if (sector | sectors) & md.queue.block_mask:
        size = (md.queue.block_mask + 1) * SECTOR
        md.refuse(source, id, sector, errno.EINVAL, f"no multiple of the logical block size {size}")
    elif sector + sectors > md.capacity:
        md.refuse(source, id, sector, errno.EIO, "beyond the end")
    elif md.era == "2.6.31":
        md.refuse(source, id, sector, errno.EIO, "longer than max_sectors")
    else:
        _split(md, source, message)


def _split(md: MappedDevice, source: str, message: tuple[Any, ...]) -> None:
    _tag, name, id, sector, sectors, flags, data = message
    q, splits, context = md.queue, md.splits, md.context(name)
    most = q.bio_most - q.bio_most % (q.block_mask + 1)
    starts = range(0, sectors, most)
    chain = _Chain(source, id, len(starts))
    md.bios += len(starts) - 1
    for start in starts:
        size = min(most, sectors - start)
        splits.number += 1
        splits.pieces[splits.number] = (chain, sector + start, size, not flags & WRITE)
        part = None if data is None else data[start * SECTOR : (start + size) * SECTOR]
        own = flags if start + size == sectors else flags & ~UNPLUG
        md.serial += 1
        if md.trace is not None:
            at = (md.now_us, "dm_make_request", name, md.serial, source, id)
            md.trace.append((*at, sector + start, size, own))
        bio = Bio(splits.number, md.name, sector + start, size, own, part)
        make = md.flushes.submit(md, context, bio, md.serial) if own & FUA else make_request(q, context, bio, md.serial)
        md.call(context, make)
