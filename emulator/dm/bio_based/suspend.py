"""dm_suspend, the table swap and dm_resume of a bio-based md (drivers/md/dm.c), both eras.

Runs in the md's process, in the context of the dmsetup that asked (C6).  Functions return a positive errno, 0 = done.
New bios wait on the deferred list from the moment that I/O is blocked; a suspend waits for those in flight.  Under
noflush a target may push its bios back onto that list, and so they meet the table that is live after the resume.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from emulator.dm.flags import BLOCK_IO_FOR_SUSPEND, NOFLUSH_SUSPENDING, SUSPENDED
from emulator.dm.loading import put_back, swap_table, take_inactive
from emulator.machine import Context, Steps

if TYPE_CHECKING:
    from emulator.dm.bio_based.core import BioBased
    from emulator.dm.md import MappedDevice


def do_suspend(md: MappedDevice, bios: BioBased, context: Context, noflush: bool) -> Steps:
    """The suspend ioctl: of a suspended device EINVAL in 2.6.31; later kernels leave one that is so already alone."""
    if md.flags & SUSPENDED and md.era != "2.6.31":
        return 0
    yield md.suspend_lock
    error = errno.EINVAL
    if not md.flags & SUSPENDED:
        error = yield from _suspend(md, bios, context, noflush)
    md.unlock(md.suspend_lock)
    return error


def _suspend(md: MappedDevice, bios: BioBased, context: Context, noflush: bool) -> Steps:
    """dm_suspend behind its mutex."""
    began = md.now_us
    if noflush:
        md.flags |= NOFLUSH_SUSPENDING
    md.suspending = "noflush" if noflush else "flush"
    md.event("suspend_started", noflush=noflush)
    targets = [target for _, target in md.table.parts] if md.table else []
    for target in targets:
        target.presuspend()
    md.flags |= BLOCK_IO_FOR_SUSPEND
    bios.to_thread = md.era == "2.6.31"
    md.suspender = context
    while bios.ios and not md.signalled:
        yield md.wait
    md.suspender = None
    md.signalled = False
    md.flags &= ~NOFLUSH_SUSPENDING
    md.suspending = ""
    if bios.ios:
        _queue_flush(md, bios)
        md.event("suspend_failed", errno=errno.EINTR)
        return errno.EINTR
    md.flags |= SUSPENDED
    for target in targets:
        target.postsuspend()
        while target.pg_init_pending():
            yield md.pg_init_wait
    md.event("suspended", took_us=md.now_us - began)
    return 0


def _queue_flush(md: MappedDevice, bios: BioBased) -> None:
    """dm_queue_flush."""
    md.flags &= ~BLOCK_IO_FOR_SUSPEND
    bios.run_deferred()


def do_resume(md: MappedDevice, bios: BioBased, context: Context, noflush: bool) -> Steps:
    """The resume ioctl: swap in the inactive table (suspending first if need be), then resume a suspended device."""
    new = take_inactive(md)
    if new is not None:
        if md.table is None:
            md.flags |= SUSPENDED
        error = 0
        if not md.flags & SUSPENDED:
            error = yield from do_suspend(md, bios, context, noflush)
        # 2.6.31 ignores what dm_suspend returned: dm_swap_table refuses what is not suspended.
        if error and md.era != "2.6.31":
            return put_back(md, new, error)
    yield md.suspend_lock
    error = swap_table(md, new) if new is not None else 0
    if not error:
        error = _resume(md, bios)
    md.unlock(md.suspend_lock)
    return error


def _resume(md: MappedDevice, bios: BioBased) -> int:
    """dm_resume."""
    if not md.flags & SUSPENDED:
        return errno.EINVAL if md.era == "2.6.31" else 0
    if md.table is None:
        return errno.EINVAL
    for _, target in md.table.parts:
        target.resume()
    md.flags &= ~SUSPENDED
    _queue_flush(md, bios)
    md.event("resumed")
    return 0
