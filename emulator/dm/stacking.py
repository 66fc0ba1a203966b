"""An md as a path of another md (reference 15): it takes clones like any underlying queue, and says whether it is busy.

Runs in the process of the lower md.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from emulator.block.bio import DISCARD, SECTOR, WRITE, Bio
from emulator.block.plug import run_queue, unplug_device
from emulator.block.request import NOMERGE, Request, flush_request
from emulator.dm.flags import BLOCK_IO_FOR_SUSPEND
from emulator.machine import Context, Steps
from emulator.messages import BLK_UNPLUG, INSERTED, LLD_BUSY, RAISE_SOFTIRQ

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice

NO_DEPTH = 1 << 30
"""An md has no queue depth of its own."""


def dm_unplug_all(md: MappedDevice, context: Context) -> Steps:
    """unplug_fn of an md: M, then every queue below it."""
    yield from unplug_device(md.queue, context)
    unplug_paths(md, context.name)


def unplug_paths(md: MappedDevice, context: str) -> None:
    """dm_table_unplug_all: only an md below can be left plugged, a device's queue never is by a clone."""
    for lower in md.table.target.devices() if md.table else ():
        if lower.is_md:
            md.send(lower.name, (BLK_UNPLUG, context))


def open_path(md: MappedDevice, upper: str, message: tuple[Any, ...]) -> None:
    """dm_get_device by an md above."""
    md.uppers[upper] = message[1]
    md.upper_seen.setdefault(upper, 0)
    md.upper_told = None


def tell_uppers(md: MappedDevice) -> None:
    """dm_lld_busy: tell the mds above when the answer has changed."""
    busy = md.table is None or bool(md.flags & BLOCK_IO_FOR_SUSPEND) or md.table.target.busy()
    if busy == md.upper_told:
        return
    md.upper_told = busy
    for upper in md.uppers:
        md.send(upper, (LLD_BUSY, busy, NO_DEPTH, 0, md.upper_seen[upper]))


def insert_clone(md: MappedDevice, upper: str, message: tuple[Any, ...]) -> None:
    """blk_insert_cloned_request on M: the clone of an md above becomes a request here."""
    _tag, name, carried, clone, flags, sector, sizes, data = message
    md.upper_seen[upper] = md.upper_seen.get(upper, 0) + 1
    md.serial += 1
    rq = _request_of(md, upper, flags, sector, sizes, data)
    rq.clone_of = (upper, clone)
    if md.trace is not None:
        md.trace.append((md.now_us, "blk_insert_cloned_request", name, rq.id, upper, clone, sector, sizes))
    context = md.chain(name, carried)
    md.call(context, _insert(md, context, upper, rq, name if carried else ""), carried)


def _request_of(
    md: MappedDevice, upper: str, flags: int, sector: int, sizes: tuple[int, ...], data: bytes | None
) -> Request:
    rq: Request | None = None if sizes else flush_request(md.serial, md.now_us)
    offset = 0
    for sectors in sizes:
        part = None if data is None else data[offset * SECTOR : (offset + sectors) * SECTOR]
        bio = Bio(0, upper, sector + offset, sectors, flags, part)
        if flags & DISCARD:
            bio.segments = 1
        offset += sectors
        if rq is None:
            rq = Request(md.serial, bio, md.now_us)
        else:
            rq.bios.append(bio)
            rq.sectors += sectors
            rq.segments += bio.segments
    assert rq is not None, "a clone has at least one bio, or none as a flush"
    rq.flags = NOMERGE
    rq.write = bool(flags & WRITE)
    return rq


def _insert(md: MappedDevice, context: Context, upper: str, rq: Request, asker: str) -> Steps:
    q = md.queue
    limits = q.limits
    long = rq.sectors > limits.max_sectors and not rq.cmd & DISCARD
    if long or rq.segments > limits.max_segments or rq.sector + rq.sectors > md.capacity:
        assert rq.clone_of is not None
        md.send(md.softirq, (RAISE_SOFTIRQ, upper, rq.clone_of[1], errno.EIO, 0))
    else:
        yield q.lock
        q.insert_back(rq, md.now_us)
        yield from run_queue(q, context)
        md.unlock(q.lock)
    if asker:
        md.send(upper, (INSERTED, asker))
