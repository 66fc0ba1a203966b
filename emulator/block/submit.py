"""From bio to request: __make_request and get_request_wait (block/blk-core.c, reference 4.3, 4.4).

Runs in the md's process, in the context of the task that submits (C1).
"""

from __future__ import annotations

from emulator.block.bio import SYNCIO, UNPLUG, WRITE, Bio
from emulator.block.plug import generic_unplug, plug_device
from emulator.block.queue import RequestQueue
from emulator.block.request import ALLOCED, Request
from emulator.machine import Context, Steps


def make_request(q: RequestQueue, context: Context, bio: Bio, serial: int) -> Steps:
    """__make_request: merge *bio*, or queue it as a new request with the id *serial*."""
    machine = q.machine
    lock = q.lock
    yield lock
    if q.empty() or not q.try_merge(bio):
        sync = not bio.flags & WRITE or bool(bio.flags & SYNCIO)
        if not q.alloc.get(sync, context.name, machine.now_us):
            yield from get_request_wait(q, context, sync)
        # get_request drops the lock to allocate; another CPU may change the queue now.
        if machine.passes(lock):
            yield lock
        made = Request(serial, bio, machine.now_us)
        made.flags = ALLOCED
        q.requests += 1
        if q.empty():
            plug_device(q)
        q.insert_sort(made, machine.now_us)
        if machine.trace is not None:
            made.made_us = machine.now_us
            made.made_in = context
            made.made_of = bio
            if machine.keeps:
                made.made_at = machine.traced + len(machine.trace)
        if q.plugged and q.alloc.count[0] + q.alloc.count[1] - q.in_flight[0] - q.in_flight[1] >= q.unplug_thresh:
            yield from generic_unplug(q, context)
    if bio.flags & UNPLUG:
        yield from generic_unplug(q, context)
    machine.unlock(lock)


def get_request_wait(q: RequestQueue, context: Context, sync: bool) -> Steps:
    """get_request_wait: unplug, sleep, become a batcher, try again.  Lock held on entry and on return."""
    machine = q.machine
    while True:
        yield from generic_unplug(q, context)
        # A slot freed while request_fn had dropped the lock would have woken us already.
        if q.alloc.get(sync, context.name, machine.now_us):
            return
        machine.unlock(q.lock)
        if machine.trace is not None:
            machine.trace.append((machine.now_us, "get_request_wait", context.name, 0, "sleeps"))
        yield q.alloc.wait[sync]
        if machine.trace is not None:
            machine.trace.append((machine.now_us, "get_request_wait", context.name, 0, "woken"))
        q.alloc.waited(context.name, machine.now_us)
        yield q.lock
        if q.alloc.get(sync, context.name, machine.now_us):
            return
