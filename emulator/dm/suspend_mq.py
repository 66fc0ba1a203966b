"""dm_suspend and the resume ioctl of later kernels (drivers/md/dm.c, 4.x on): no marker, M is stopped for both kinds.

Runs in the md's process, in the context of the dmsetup that asked (C6).  Functions return a positive errno, 0 = done.
A flush first lets the target give up queueing: what waits for a path then ends before M is stopped.  A request that
fails in flight and is to be tried again waits on M, outside the in-flight count, and so does not hold a suspend up.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from emulator.block.plug import start_queue, stop_queue
from emulator.dm.flags import BLOCK_IO_FOR_SUSPEND, NOFLUSH_SUSPENDING, SUSPENDED
from emulator.dm.loading import put_back, swap_table, take_inactive
from emulator.dm.requeue import kick_requeue_list, requeue_work
from emulator.dm.stacking import unplug_paths
from emulator.machine import Context, Steps

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice


def do_suspend(md: MappedDevice, context: Context, noflush: bool) -> Steps:
    """The suspend ioctl: a suspended device stays as it is, successfully; one that was so meanwhile, EINVAL."""
    if md.flags & SUSPENDED:
        return 0
    yield md.suspend_lock
    error = errno.EINVAL
    if not md.flags & SUSPENDED:
        error = yield from _suspend(md, context, noflush)
    md.unlock(md.suspend_lock)
    return error


def _suspend(md: MappedDevice, context: Context, noflush: bool) -> Steps:
    """__dm_suspend and postsuspend."""
    began = md.now_us
    if noflush:
        md.flags |= NOFLUSH_SUSPENDING
    md.suspending = "noflush" if noflush else "flush"
    md.event("suspend_started", noflush=noflush)
    target = md.table.target if md.table else None
    if target is not None:
        target.presuspend()
        if not noflush:
            # presuspend kicked the requeue list; that work ends long before file systems are frozen.
            yield from requeue_work(md, context)
        md.flags |= BLOCK_IO_FOR_SUSPEND
        yield md.queue.lock
        stop_queue(md.queue)
        md.unlock(md.queue.lock)
        unplug_paths(md, context.name)
        interrupted = yield from _wait_for_completion(md, context)
    else:
        interrupted = False
    md.flags &= ~NOFLUSH_SUSPENDING
    md.suspending = ""
    if interrupted:
        md.flags &= ~BLOCK_IO_FOR_SUSPEND
        yield from _start(md, context)
        md.event("suspend_failed", errno=errno.EINTR)
        return errno.EINTR
    md.flags |= SUSPENDED
    if target is not None:
        target.postsuspend()
        while target.pg_init_pending():
            yield md.pg_init_wait
    md.event("suspended", took_us=md.now_us - began)
    return 0


def _wait_for_completion(md: MappedDevice, context: Context) -> Steps:
    """dm_wait_for_completion: nothing in flight, or a signal.  Returns whether interrupted."""
    q = md.queue
    yield q.lock
    md.suspender = context
    while (q.in_flight[0] or q.in_flight[1]) and not md.signalled:
        md.unlock(q.lock)
        yield md.wait
        yield q.lock
    interrupted = bool(q.in_flight[0] or q.in_flight[1])
    md.suspender = None
    md.signalled = False
    md.unlock(q.lock)
    return interrupted


def _start(md: MappedDevice, context: Context) -> Steps:
    """dm_start_queue: start M and kick the requeue list."""
    yield md.queue.lock
    md.queue.requeued_to_front()
    yield from start_queue(md.queue, context)
    md.unlock(md.queue.lock)
    kick_requeue_list(md, 0)


def do_resume(md: MappedDevice, context: Context, noflush: bool) -> Steps:
    """The resume ioctl: swap in the inactive table (suspending first if need be), then resume a suspended device."""
    new = take_inactive(md)
    if new is not None:
        if md.table is None:
            md.flags |= SUSPENDED
        error = yield from do_suspend(md, context, noflush)
        if error:
            return put_back(md, new, error)
    elif not md.flags & SUSPENDED:
        return 0
    yield md.suspend_lock
    error = swap_table(md, new) if new is not None else 0
    if not error and md.flags & SUSPENDED:
        error = yield from _resume(md, context)
    md.unlock(md.suspend_lock)
    return error


def _resume(md: MappedDevice, context: Context) -> Steps:
    """dm_resume."""
    if md.table is None:
        return errno.EINVAL
    md.table.target.resume()
    md.flags &= ~BLOCK_IO_FOR_SUSPEND
    yield from _start(md, context)
    md.flags &= ~SUSPENDED
    unplug_paths(md, context.name)
    md.event("resumed")
    return 0
