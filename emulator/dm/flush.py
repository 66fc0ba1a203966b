"""Flushes of later kernels (block/blk-flush.c): a bio with PREFLUSH or FUA as a sequence of requests on M.

Runs in the md's process.  Every path has a write cache and no FUA, so a write with FUA is the write and then a flush.
The steps are requests of their own, made on behalf of the one that has the bio: the write, and one flush (REQ_OP_FLUSH,
without bio and data) at a time, which serves every sequence that waited for one when it was made.  They pass by the
elevator, are mapped as any request is, and are put back and tried again as any request is.
"""

from __future__ import annotations

import errno
from collections import deque
from typing import TYPE_CHECKING, Any

from emulator.block.bio import BARRIER, DISCARD, FLUSH, FUA, SYNCIO, WRITE, Bio
from emulator.block.plug import run_queue
from emulator.block.request import ALLOCED, NOMERGE, Request, flush_request
from emulator.block.submit import get_request_wait, make_request
from emulator.dm.completion import report_bios
from emulator.dm.kernel_log import md_error
from emulator.dm.split import submit_odd
from emulator.machine import Context, Steps
from emulator.messages import BIO_ENDIO

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice

UNUSUAL = BARRIER | DISCARD | FLUSH | FUA
"""What is not a plain read or write."""
OWN = ""
"""The *upper* of a step's ``clone_of``: no md above, but a sequence of this md."""


def submit_unusual(md: MappedDevice, source: str, message: tuple[Any, ...]) -> None:
    """A discard, a flush or a write with FUA; 2.6.31 has none of them, and a barrier is refused by all."""
    _tag, name, id, sector, sectors, flags, data = message
    if flags & BARRIER or md.era == "2.6.31":
        md.refuse(source, id, sector, errno.EOPNOTSUPP, "barriers, flushes and discards are not supported")
        return
    if flags & (FLUSH | FUA) and not md.queue.limits.write_back:
        # Without a volatile write cache there is nothing to flush: submit_bio_noacct takes the flags off.
        flags &= ~(FLUSH | FUA)
        if not sectors:
            md.bios_completed += 1
            md.send(source, (BIO_ENDIO, id, 0, None))
            return
    if md.table is None:
        md.refuse(source, id, sector, errno.EIO, "there is no table")
        return
    q = md.queue
    long = sectors > q.bio_most and not flags & DISCARD
    if sector + sectors > md.capacity or (sector | sectors) & q.block_mask or long:
        submit_odd(md, source, (_tag, name, id, sector, sectors, flags, data))
        return
    md.serial += 1
    context = md.context(name)
    bio = Bio(id, source, sector, sectors, flags, data)
    if not flags & (FLUSH | FUA):
        bio.segments = 1 if flags & DISCARD else bio.segments
        md.call(context, make_request(q, context, bio, md.serial))
    else:
        md.call(context, md.flushes.submit(md, context, bio, md.serial))


class Sequence:
    """One bio with PREFLUSH or FUA: its request, and the steps that are left (REQ_FSEQ_*)."""

    __slots__ = ("rq", "steps", "error")

    def __init__(self, rq: Request, steps: list[str]) -> None:
        self.rq = rq
        self.steps = steps
        self.error = 0


class FlushQueue:
    """struct blk_flush_queue: bounded by the requests that M has slots for.  Called with the queue lock held."""

    __slots__ = ("pending", "running", "writing")

    def __init__(self) -> None:
        self.pending: deque[Sequence] = deque()
        """They wait for a flush that is not made yet."""
        self.running: list[Sequence] = []
        """They wait for the flush that is out."""
        self.writing: dict[int, Sequence] = {}
        """By the request that writes their data."""

    def submit(self, md: MappedDevice, context: Context, bio: Bio, serial: int) -> Steps:
        """The way of a bio with PREFLUSH or FUA: a slot, then its first step (blk_insert_flush).  Takes the lock."""
        q = md.queue
        yield q.lock
        if not q.alloc.get(True, context.name, md.now_us):
            yield from get_request_wait(q, context, True)
        rq = Request(serial, bio, md.now_us)
        rq.flags = ALLOCED | NOMERGE
        rq.sync = True
        q.requests += 1
        if md.trace is not None:
            where = (bio.sector, bio.sectors, bio.flags)
            md.trace.append((md.now_us, "__make_request", context.name, rq.id, bio.owner, bio.id, "new", where))
        steps = ["flush"] if bio.flags & FLUSH else []
        if bio.sectors:
            steps += ["write", "flush"] if bio.flags & FUA else ["write"]
        yield from self._go_on(md, context, Sequence(rq, steps))
        md.unlock(q.lock)

    def step_ended(self, md: MappedDevice, context: Context, step: Request, error: int) -> Steps:
        """flush_end_io, mq_flush_data_end_io: *step* is over."""
        md.queue.flush_steps -= 1
        sequence = self.writing.pop(step.id, None)
        if sequence is None:
            ended, self.running = self.running, []
        else:
            ended = [sequence]
        for each in ended:
            each.error = error
            yield from self._go_on(md, context, each)
        yield from self._kick(md, context)

    def _go_on(self, md: MappedDevice, context: Context, sequence: Sequence) -> Steps:
        """blk_flush_complete_seq: the next step, or the end of the request."""
        if sequence.error or not sequence.steps:
            _end(md, context, sequence)
        elif sequence.steps.pop(0) == "flush":
            self.pending.append(sequence)
            yield from self._kick(md, context)
        else:
            bio = sequence.rq.bios[0]
            md.serial += 1
            part = Bio(0, md.name, bio.sector, bio.sectors, WRITE | SYNCIO, bio.data)
            write = Request(md.serial, part, md.now_us)
            self.writing[write.id] = sequence
            yield from _send(md, context, write, sequence.rq.id)

    def _kick(self, md: MappedDevice, context: Context) -> Steps:
        """blk_kick_flush: one flush for all that wait, unless one is out."""
        if self.running or not self.pending:
            return
        self.running = list(self.pending)
        self.pending.clear()
        md.serial += 1
        yield from _send(md, context, flush_request(md.serial, md.now_us), self.running[0].rq.id)


def _send(md: MappedDevice, context: Context, rq: Request, sequence: int) -> Steps:
    rq.clone_of = (OWN, sequence)
    if md.trace is not None:
        md.trace.append((md.now_us, "blk_insert_flush", context.name, rq.id, sequence, "write" if rq.bios else "flush"))
    md.queue.insert_flush_step(rq)
    yield from run_queue(md.queue, context)


def _end(md: MappedDevice, context: Context, sequence: Sequence) -> None:
    rq, error = sequence.rq, sequence.error
    if md.trace is not None:
        ended = [bio.id for bio in rq.bios]
        md.trace.append((md.now_us, "blk_flush_complete_seq", context.name, rq.id, ended, error))
    if error:
        md_error(md, rq, error)
    report_bios(md, rq, 1, error, None, context.name)
    rq.state = "FINISHED"
    md.queue.put_request(rq)
    md.completed += 1
