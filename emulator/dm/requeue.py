"""The requeue list of later kernels (dm_mq_kick_requeue_list, blk_mq_requeue_work): put back, try again later.

Runs in the md's process.  What is on it is not in flight; kicking it (at once, or 100 ms later) puts all of it, in its
order, to the front of M and runs M.  A later kick moves the time of an earlier one, as mod_delayed_work does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.block.plug import run_queue
from emulator.machine import Context, Steps

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice

DELAY_US = 100_000
"""DM_*_DELAY_REQUEUE."""
WORK_US = 11
"""A kick at once: the work of kblockd runs a moment later, behind a table event of the same instant."""


def kick_requeue_list(md: MappedDevice, delay_us: int) -> None:
    """blk_mq_delay_kick_requeue_list."""
    if md.requeue_timer is not None:
        md.disarm(md.requeue_timer)
    md.requeue_timer = md.arm(md.now_us + max(delay_us, WORK_US), lambda: _fire(md))


def _fire(md: MappedDevice) -> None:
    md.requeue_timer = None
    context = md.context("C5:requeue_work")
    md.call(context, requeue_work(md, context))


def requeue_work(md: MappedDevice, context: Context) -> Steps:
    """blk_mq_requeue_work: everything to the front of M, then run M."""
    q = md.queue
    yield q.lock
    if md.trace is not None:
        md.trace.append((md.now_us, "blk_mq_requeue_work", context.name, 0, len(q.requeue_list)))
    q.requeued_to_front()
    yield from run_queue(q, context)
    md.unlock(q.lock)
