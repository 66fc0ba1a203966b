"""Cloning, mapping and dispatching: dm_request_fn and what it calls (drivers/md/dm.c, reference 7-9).

Runs in the md's process with the md's queue lock held, except inside map_request.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from emulator.block.bio import FAILFAST_TRANSPORT, KEPT, WRITE, join_data
from emulator.block.plug import plug_device, stop_queue
from emulator.block.request import DONTPREP, FAILED, QUIET, STARTED, Request
from emulator.dm.clone import Tio
from emulator.dm.codes import (
    BLKPREP_DEFER,
    BLKPREP_KILL,
    BLKPREP_OK,
    DM_MAPIO_DELAY_REQUEUE,
    DM_MAPIO_REMAPPED,
    DM_MAPIO_REQUEUE,
)
from emulator.dm.completion import report_bios, requeue_original_request, requeue_unmapped_request
from emulator.dm.requeue import DELAY_US
from emulator.machine import Context, Steps
from emulator.messages import INSERT_CLONE, RAISE_SOFTIRQ
from emulator.trace.noting import LONG_US

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice


def dm_request_fn(md: MappedDevice, context: Context) -> Steps:
    """Dispatch from the front of M until it is plugged, stopped, empty, or the target is busy."""
    q = md.queue
    lock = q.lock
    while not q.plugged and not q.stopped:
        rq = peek_request(md)
        if rq is None:
            break
        if rq.marker:
            if q.in_flight[0] or q.in_flight[1]:
                md.marker_blocking()
                break
            stop_queue(q)
            q.start_request(rq)
            md.marker_completed()
            return
        target = md.table.target if md.table else None
        # An original beyond the end of a table that shrank is started and killed (3.10; 2.6.31 dies of it).
        if target is None or (rq.sector < target.length and target.busy()):
            md.busy_stops += 1
            if md.trace is not None:
                why, tio = "busy" if target else "no table", rq.special
                md.trace.append((md.now_us, "dm_request_fn", context.name, rq.id, tio.id, len(tio.sizes), why))
            break
        q.start_request(rq)
        md.unlock(lock)
        requeued = yield from map_request(md, context, rq)
        yield lock
        if requeued and md.era == "modern":
            # Leaving the loop is the fix of the endless map/requeue loop (9eef87da2a8).
            break
    else:
        return
    if not q.empty():
        plug_device(q)


def peek_request(md: MappedDevice) -> Request | None:
    """blk_peek_request: the front of M, prepped; None if there is none or its prep was deferred."""
    q = md.queue
    while (rq := q.front(md.now_us)) is not None:
        if not rq.flags & STARTED:
            rq.flags |= STARTED
            if rq.size_at_peek < 0:
                rq.size_at_peek = rq.sectors
        q.peeked(rq)
        if rq.flags & DONTPREP:
            return rq
        verdict = dm_prep_fn(md, rq)
        if verdict == BLKPREP_OK:
            return rq
        if verdict == BLKPREP_DEFER:
            md.deferred += 1
            return None
        rq.flags |= QUIET
        q.start_request(rq)
        if rq.marker:
            md.marker_killed()
        else:
            _end_killed(md, rq)
    return None


def _end_killed(md: MappedDevice, rq: Request) -> None:
    """__blk_end_request_all(-EIO) for a request whose prep said KILL."""
    if md.trace is not None:
        md.ways.append(rq)
    report_bios(md, rq, len(rq.bios), errno.EIO, None, "C2:prep")
    md.queue.finish_request(rq)
    md.queue.put_request(rq)


def dm_prep_fn(md: MappedDevice, rq: Request) -> int:
    """Clone the request and its bios; BLKPREP_DEFER if there is no memory for that."""
    if rq.marker:
        return BLKPREP_KILL if rq.special else BLKPREP_OK
    if rq.special is not None:
        return BLKPREP_KILL
    if md.faults and not md.clone_alloc_succeeds(rq):
        if md.trace is not None:
            md.trace.append((md.now_us, "dm_prep_fn", "", rq.id, 0, 0, BLKPREP_DEFER))
        return BLKPREP_DEFER
    md.serial += 1
    tio = Tio(md.serial, rq)
    md.clones[tio.id] = tio
    rq.special = tio
    rq.flags |= DONTPREP
    rq.state = "PREPPED"
    return BLKPREP_OK


def map_request(md: MappedDevice, context: Context, rq: Request) -> Steps:
    """map_request: ask the target, act on DM_MAPIO_*; no queue lock held.  Returns whether it was requeued."""
    tio: Tio = rq.special
    rq.state = "MAPPING"
    md.dispatched += 1
    tio.target = md.table.target if md.table else None
    r = tio.target.map_rq(tio) if rq.sector < tio.target.length else -errno.EIO
    if md.trace is not None:
        why = getattr(tio.target, "why", "")
        if r == DM_MAPIO_REMAPPED and not why:
            tio.mapped_us = md.now_us
            tio.mapped_in = context
            if md.keeps:
                tio.mapped_at = md.traced + len(md.trace)
        else:
            md.trace.append((md.now_us, "map_request", context.name, rq.id, tio.id, r, tio.device, why, len(tio.sizes)))
    if r == DM_MAPIO_REMAPPED:
        yield from dispatch_clone(md, context, tio)
        return False
    if r == DM_MAPIO_REQUEUE:
        yield from requeue_unmapped_request(md, context, tio, "map_rq said DM_MAPIO_REQUEUE")
        return True
    if r == DM_MAPIO_DELAY_REQUEUE:
        yield from requeue_original_request(md, context, tio, DELAY_US, "map_rq said DM_MAPIO_DELAY_REQUEUE")
    elif r < 0:
        kill_unmapped_request(md, tio, -r)
    else:
        rq.state = "HELD"
    return False


def dispatch_clone(md: MappedDevice, context: Context, tio: Tio) -> Steps:
    """dm_dispatch_request: blk_insert_cloned_request into the chosen queue, or its failure."""
    rq = tio.orig
    lower = md.lower_by_name[tio.device]
    rq.path = tio.device
    rq.state = "ISSUED"
    if not lower.up:
        complete_request(md, tio, errno.EIO)
        return
    carried = context.locks() if context.carried or context.held else ()
    lower.sent += 1
    write = rq.cmd & WRITE
    flags = write | FAILFAST_TRANSPORT if md.era == "2.6.31" else rq.cmd | FAILFAST_TRANSPORT
    if md.trace is not None and (rq.retries or rq.cmd & KEPT or md.now_us - rq.start_us >= LONG_US):
        flags |= KEPT
    data = join_data(rq.bios) if write else None
    md.send(lower.name, (INSERT_CLONE, context.name, carried, tio.id, flags, rq.sector, tio.sizes, data))
    if carried:
        # A chain that holds locks elsewhere spins until the insertion has returned; free ones need no answer.
        md.inserting(context, lower)
        yield md.answer(context)
        md.inserted(context)


def kill_unmapped_request(md: MappedDevice, tio: Tio, error: int) -> None:
    """dm_kill_unmapped_request: rq_end_io will not be called."""
    tio.orig.flags |= FAILED
    md.killed += 1
    complete_request(md, tio, error)


def complete_request(md: MappedDevice, tio: Tio, error: int) -> None:
    """dm_complete_request for a clone that never reached a device: raise the softirq."""
    tio.orig.state = "DONE_PENDING"
    md.stir()
    if md.trace is not None:
        md.trace.append((md.now_us, "dm_complete_request", "", tio.orig.id, tio.id, error))
    md.send(md.softirq, (RAISE_SOFTIRQ, md.name, tio.id, error, tio.ended))
