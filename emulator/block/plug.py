"""Plugging, stopping and running a queue (block/blk-core.c).  All with the queue lock held, unless said otherwise.

Liveness: whenever the lock is dropped with requests queued, the queue is stopped, or plugged with its timer or
kblockd work pending, or a request_fn is running.
"""

from __future__ import annotations

from emulator.block.queue import RequestQueue
from emulator.machine import Context, Steps

KBLOCKD = "C5:kblockd"


def plug_device(q: RequestQueue) -> None:
    """blk_plug_device: no effect on a stopped queue; else plugged, with the timer armed."""
    if q.stopped or q.plugged:
        return
    q.plugged = True
    machine = q.machine
    if machine.keeps and machine.trace is not None:
        machine.trace.append((machine.now_us, "blk_plug_device", _holder(q), 0))
    q.unplug_timer = machine.arm(machine.now_us + q.unplug_delay_us, lambda: _unplug_timeout(q))


def _holder(q: RequestQueue) -> str:
    return q.lock.holder.name if q.lock.holder else ""


def remove_plug(q: RequestQueue) -> bool:
    """blk_remove_plug: whether it was plugged."""
    if not q.plugged:
        return False
    q.plugged = False
    if q.machine.keeps and q.machine.trace is not None:
        q.machine.trace.append((q.machine.now_us, "blk_remove_plug", _holder(q), 0))
    if q.unplug_timer is not None:
        q.machine.disarm(q.unplug_timer)
        q.unplug_timer = None
    return True


def stop_queue(q: RequestQueue) -> None:
    """blk_stop_queue."""
    remove_plug(q)
    q.stopped = True
    if q.machine.trace is not None:
        q.machine.trace.append((q.machine.now_us, "blk_stop_queue", _holder(q), 0))


def start_queue(q: RequestQueue, context: Context) -> Steps:
    """blk_start_queue: runs request_fn right here."""
    q.stopped = False
    if q.machine.trace is not None:
        q.machine.trace.append((q.machine.now_us, "blk_start_queue", context.name, 0))
    yield from run_queue(q, context)


def run_queue(q: RequestQueue, context: Context) -> Steps:
    """__blk_run_queue: a queue that is running already is left to kblockd."""
    remove_plug(q)
    if q.stopped or q.empty():
        return
    if q.reenter:
        q.plugged = True
        _schedule_unplug_work(q)
        return
    q.reenter = True
    yield from q.request_fn(context)
    q.reenter = False


def generic_unplug(q: RequestQueue, context: Context) -> Steps:
    """__generic_unplug_device: nothing if stopped or not plugged, else request_fn, without the REENTER guard."""
    if not q.stopped and remove_plug(q):
        yield from q.request_fn(context)


def unplug_device(q: RequestQueue, context: Context) -> Steps:
    """generic_unplug_device.  Called without the lock."""
    yield q.lock
    yield from generic_unplug(q, context)
    q.machine.unlock(q.lock)


def _unplug_timeout(q: RequestQueue) -> None:
    """blk_unplug_timeout (C8): only schedules the work of kblockd (C5)."""
    q.unplug_timer = None
    _schedule_unplug_work(q)


def _schedule_unplug_work(q: RequestQueue) -> None:
    """kblockd_schedule_work: nothing if the work is pending already."""
    context = q.machine.context(KBLOCKD)
    if not context.line:
        q.machine.call(context, unplug_device(q, context) if q.unplug_fn is None else q.unplug_fn(context))
