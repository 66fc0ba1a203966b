"""dm_suspend, dm_resume and the table swap of a request-based md (drivers/md/dm.c, reference 14).

Runs in the md's process, in the context of the dmsetup that asked (C6).  Functions return a positive errno, 0 = done.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from emulator.block.plug import generic_unplug, run_queue, start_queue, stop_queue
from emulator.block.request import Request
from emulator.dm.flags import BLOCK_IO_FOR_SUSPEND, NOFLUSH_SUSPENDING, SUSPENDED
from emulator.dm.loading import swap_table, take_inactive
from emulator.dm.stacking import unplug_paths
from emulator.machine import Context, Steps

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice
    from emulator.dm.table import Table

IDLE, QUEUED, INVALID = "IDLE", "QUEUED", "INVALID"
"""States of the one marker request (reference 14.5; BLOCKING is QUEUED and at the front)."""


def dm_suspend(md: MappedDevice, context: Context, noflush: bool) -> Steps:
    """dm_suspend: under suspend_lock."""
    yield md.suspend_lock
    error = yield from suspend_locked(md, context, noflush)
    md.unlock(md.suspend_lock)
    return error


def suspend_locked(md: MappedDevice, context: Context, noflush: bool) -> Steps:
    """The steps of dm_suspend behind its mutex; the marker is inserted for a flush."""
    if md.flags & SUSPENDED:
        return errno.EINVAL
    if not noflush and md.marker_state != IDLE:
        return errno.EBUSY
    began = md.now_us
    if noflush:
        md.flags |= NOFLUSH_SUSPENDING
    md.suspending = "noflush" if noflush else "flush"
    md.event("suspend_started", noflush=noflush)
    if md.table is not None:
        md.table.target.presuspend()
    md.flags |= BLOCK_IO_FOR_SUSPEND
    if md.table is not None:
        # Without a table the md is not request-based yet: M was never started and there is nothing to mark.
        yield from _rq_start_suspend(md, context, noflush)
    interrupted = yield from _wait_for_completion(md, context)
    md.flags &= ~NOFLUSH_SUSPENDING
    md.suspending = ""
    if interrupted:
        md.flags &= ~BLOCK_IO_FOR_SUSPEND
        yield from _rq_abort_suspend(md, context, noflush)
        md.event("suspend_failed", errno=errno.EINTR)
        return errno.EINTR
    if md.table is not None:
        md.table.target.postsuspend()
    md.flags |= SUSPENDED
    md.event("suspended", took_us=md.now_us - began)
    return 0


def _rq_start_suspend(md: MappedDevice, context: Context, noflush: bool) -> Steps:
    """dm_rq_start_suspend: stop M, or put the marker at its tail and run it."""
    q = md.queue
    yield q.lock
    if noflush:
        stop_queue(q)
    else:
        md.serial += 1
        marker = Request(md.serial, None, md.now_us)
        md.marker = marker
        md.marker_state = QUEUED
        md.marker_told = False
        q.insert_back(marker, md.now_us)
        md.event("marker_inserted")
        yield from run_queue(q, context)
    md.unlock(q.lock)


def _wait_for_completion(md: MappedDevice, context: Context) -> Steps:
    """dm_wait_for_completion: both nothing in flight and M stopped, or a signal.  Returns whether interrupted."""
    q = md.queue
    yield q.lock
    yield from generic_unplug(q, context)
    unplug_paths(md, context.name)
    md.suspender = context
    while not (q.stopped and not q.in_flight[0] and not q.in_flight[1]):
        if md.signalled:
            break
        md.unlock(q.lock)
        yield md.wait
        yield q.lock
    done = q.stopped and not q.in_flight[0] and not q.in_flight[1]
    md.suspender = None
    md.signalled = False
    md.unlock(q.lock)
    return not done


def _rq_abort_suspend(md: MappedDevice, context: Context, noflush: bool) -> Steps:
    """dm_rq_abort_suspend: a marker still queued is invalidated, a stopped M started."""
    q = md.queue
    yield q.lock
    if not noflush and md.marker is not None and md.marker_state == QUEUED:
        md.marker_state = INVALID
        md.marker.special = 1
    if q.stopped:
        yield from start_queue(q, context)
    md.unlock(q.lock)


def dm_resume(md: MappedDevice, context: Context, noflush: bool) -> Steps:
    """The resume ioctl: swap in the inactive table if there is one, then dm_resume."""
    new = take_inactive(md)
    if new is not None:
        if md.table is None:
            # No table yet: M was never started, there is nothing to suspend.
            md.flags |= SUSPENDED
        elif not md.flags & SUSPENDED:
            # Its result is ignored, as do_resume does.
            yield from dm_suspend(md, context, noflush)
        error = yield from _swap_table(md, new)
        if error:
            return error
    yield md.suspend_lock
    error = yield from _resume_locked(md, context)
    md.unlock(md.suspend_lock)
    return error


def _resume_locked(md: MappedDevice, context: Context) -> Steps:
    if not md.flags & SUSPENDED or md.table is None:
        return errno.EINVAL
    md.table.target.resume()
    md.flags &= ~BLOCK_IO_FOR_SUSPEND
    yield md.queue.lock
    yield from start_queue(md.queue, context)
    md.unlock(md.queue.lock)
    md.flags &= ~SUSPENDED
    unplug_paths(md, context.name)
    md.event("resumed")
    return 0


def _swap_table(md: MappedDevice, new: Table) -> Steps:
    """dm_swap_table: only while suspended; the old table goes, queued originals will be mapped by the new one."""
    yield md.suspend_lock
    error = swap_table(md, new)
    md.unlock(md.suspend_lock)
    return error
