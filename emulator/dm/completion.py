"""Completing: end_clone_bio, dm_softirq_done, dm_end_request and requeueing (drivers/md/dm.c, reference 11, 12).

Runs in the md's process: end_clone_bio in the context of the device's interrupt (C3) without any lock, the
rest in the softirq (C4), or, with ``completion: inline``, in the interrupt that still holds the device's queue lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.block.bio import KEPT, SECTOR
from emulator.block.plug import plug_device, run_queue
from emulator.block.request import ATOM_COMPLETE, DONTPREP, FAILED, Request
from emulator.dm.clone import Tio
from emulator.dm.codes import DM_ENDIO_DELAY_REQUEUE, DM_ENDIO_INCOMPLETE, DM_ENDIO_REQUEUE
from emulator.dm.kernel_log import md_error, path_error
from emulator.dm.requeue import DELAY_US, kick_requeue_list
from emulator.dm.way import put_back
from emulator.machine import Context, Steps, WaitQueue
from emulator.messages import BIO_ENDIO, END_CLONE_BIO, END_CLONE_REQUEST_INLINE, RAISE_SOFTIRQ
from emulator.trace.events import Raw
from emulator.trace.noting import LONG_US

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice


def end_clone_bios(md: MappedDevice, tio: Tio, bios: int, error: int, data: bytes | None, context: str) -> None:
    """end_clone_bio for the next *bios* clone bios, head to tail: success goes up at once, an error never does."""
    tio.ended += bios
    if error:
        md.stir()
    if tio.ended_wait is not None:
        md.wake(tio.ended_wait)
    if md.trace is not None:
        if md.keeps or error or tio.error or len(tio.sizes) != 1:
            _note_bios(md, md.trace, tio, bios, error, context)
        else:
            tio.bios_us = md.now_us
            tio.bios_in = context
            tio.bio_ids = tio.orig.bios[0].id
    if tio.error:
        return
    if error:
        tio.error = error
        return
    report_bios(md, tio.orig, bios, 0, data, context)


def _note_bios(md: MappedDevice, trace: list[Raw], tio: Tio, bios: int, error: int, context: str) -> None:
    """What a recorder wants of end_clone_bio: times, if all of them ended well at once."""
    done = tio.orig.bios
    ended: int | list[int] | tuple[()] = ()
    if not error and not tio.error:
        # The request is kept for its recorder, and must not keep what was written.
        if bios == 1:
            ended = done[0].id
            done[0].data = None
        else:
            ended = [bio.id for bio in done[:bios]]
            for bio in done[:bios]:
                bio.data = None
        if bios == tio.ended == len(tio.sizes):
            tio.bios_us = md.now_us
            tio.bios_in = context
            tio.bio_ids = ended
            if md.keeps:
                tio.bios_at = md.traced + len(trace)
            return
    trace.append((md.now_us, "end_clone_bio", context, tio.orig.id, tio.id, bios, error, ended))


def report_bios(md: MappedDevice, rq: Request, bios: int, error: int, data: bytes | None, context: str) -> None:
    """blk_update_request of the original for its first *bios* bios: unlink each from the head, then bio_endio."""
    above = rq.clone_of
    done = rq.bios[:bios]
    del rq.bios[:bios]
    start = rq.sector
    offset = 0
    for bio in done:
        rq.sector += bio.sectors
        rq.sectors -= bio.sectors
        rq.segments -= bio.segments
        rq.reported += bio.sectors
        if above is None:
            if data is None or bios == 1:
                part = data
            else:
                part = data[offset : offset + bio.sectors * SECTOR]
                offset += bio.sectors * SECTOR
            md.send(bio.owner, (BIO_ENDIO, bio.id, error, part))
    if above is not None:
        if not above[0]:
            return
        md.ended_above[rq.id] = md.ended_above.get(rq.id, 0) + bios
        md.send(above[0], (END_CLONE_BIO, context, above[1], bios, error, data))
    if error:
        md.bios_failed += bios
        md.io_error(rq, start, bios, error)
    else:
        md.bios_completed += bios


def dm_softirq_done(md: MappedDevice, context: Context, tio: Tio, error: int, ended: int) -> Steps:
    """dm_softirq_done: ask the target, then end or requeue the original.  No queue lock held on entry."""
    while tio.ended < ended:
        # The interrupt's end_clone_bio calls come by another pipe than the softirq: they come first.
        if tio.ended_wait is None:
            tio.ended_wait = WaitQueue("end_clone_bio")
        yield tio.ended_wait
    orig = tio.orig
    tio.error = error
    orig.state = "DONE_PENDING"
    orig.flags |= ATOM_COMPLETE
    failed = orig.flags & FAILED
    if error and not failed and ended:
        path_error(md, orig, tio.device, error)
    r = -error if failed else tio.target.rq_end_io(tio, -error)
    if error:
        md.clone_errors += 1
        if md.trace is not None:
            why = getattr(tio.target, "why", "")
            md.trace.append((md.now_us, "dm_softirq_done", context.name, orig.id, tio.id, error, r, tio.device, why))
    if r in (DM_ENDIO_REQUEUE, DM_ENDIO_DELAY_REQUEUE):
        if error:
            md.errors_hidden += 1
        if md.era == "modern":
            delay = DELAY_US if r == DM_ENDIO_DELAY_REQUEUE else 0
            yield from requeue_original_request(md, context, tio, delay, "rq_end_io said DM_ENDIO_REQUEUE")
        else:
            yield from requeue_unmapped_request(md, context, tio, "rq_end_io said DM_ENDIO_REQUEUE")
    elif r != DM_ENDIO_INCOMPLETE:
        yield from dm_end_request(md, context, tio, -r)


def dm_end_request(md: MappedDevice, context: Context, tio: Tio, error: int) -> Steps:
    """dm_end_request: free the clone, complete the original with *error* (positive errno or 0), run M."""
    q = md.queue
    orig = tio.orig
    judged_us = md.now_us
    # It was in trouble, took long, or came while all is kept; not a call, as it is asked of every request.
    kept = md.trace is not None and (
        (md.keeps and orig.start_us >= md.kept_since_us)
        or (not md.rests and (error or orig.retries or orig.cmd & KEPT or judged_us - orig.start_us >= LONG_US))
    )
    if kept:
        _keep(md, tio, error)
    if md.trace is not None and error:
        md.trace.append((judged_us, "dm_end_request", context.name, orig.id, tio.id, error))
    free_clone(md, tio)
    if error and (orig.clone_of is None or orig.clone_of[0]):
        md_error(md, orig, error)
    if orig.bios:
        if md.trace is not None:
            md.trace.append((md.now_us, "bio_endio", context.name, orig.id, [bio.id for bio in orig.bios], error))
            for bio in orig.bios:
                bio.data = None
        report_bios(md, orig, len(orig.bios), error, None, context.name)
    yield q.lock
    q.finish_request(orig)
    q.put_request(orig)
    md.completed += 1
    md.stat.ended(orig.cmd, orig.reported if not error else 0, md.now_us - orig.start_us)
    if kept and md.trace is not None:
        tio.judged_us = judged_us
        tio.completed_us = md.now_us
        tio.completed_at = md.traced + len(md.trace)
        tio.completed_in = context
        tio.verdict = error
    if orig.clone_of is not None:
        yield from _end_clone_request(md, context, orig, error)
        md.unlock(q.lock, context)
        yield q.lock
    elif md.passes(q.lock):
        yield q.lock
    yield from _rq_completed(md, context, run=True)


def _keep(md: MappedDevice, tio: Tio, error: int) -> None:
    """Keep *tio* for the recorder, with the times of what it passed and nothing else of weight."""
    orig = tio.orig
    if hasattr(orig, "made_of"):
        orig.made_of.data = None  # the rest of its bios is gone, with what was written
    md.ways.append(tio)
    if error or orig.retries or orig.cmd & KEPT:
        md.troubled.append(tio)
    tio.target = tio.info = None


def _end_clone_request(md: MappedDevice, context: Context, orig: Request, error: int) -> Steps:
    """rq->end_io, called under our queue lock by blk_finish_request: end_clone_request above, or a flush sequence's."""
    assert orig.clone_of is not None
    upper, clone = orig.clone_of
    if not upper:
        md.completed -= 1  # its sequence is what counts
        yield from md.flushes.step_ended(md, context, orig, error)
        return
    ended = md.ended_above.pop(orig.id, 0)
    if md.uppers.get(upper):
        md.send(upper, (END_CLONE_REQUEST_INLINE, context.name, context.locks(), clone, error, ended))
        yield md.answer(context)
    else:
        md.send(md.softirq, (RAISE_SOFTIRQ, upper, clone, error, ended))


def _rq_completed(md: MappedDevice, context: Context, run: bool) -> Steps:
    """rq_completed, from where it has the queue lock: wake the suspend waiter, run M if asked to; drops the lock."""
    q = md.queue
    if not q.in_flight[0] and not q.in_flight[1] and md.wait.sleepers:
        md.wake(md.wait)
    if run:
        yield from run_queue(q, context)
    md.unlock(q.lock)


def requeue_unmapped_request(md: MappedDevice, context: Context, tio: Tio, reason: str) -> Steps:
    """dm_requeue_unmapped_request: unprep, back to the front of M, do not run M."""
    q = md.queue
    orig = tio.orig
    if md.trace is not None:
        put_back(tio)
    free_clone(md, tio)
    yield q.lock
    if q.empty():
        plug_device(q)
    q.requeue(orig)
    orig.retries += 1
    md.requeued_one(orig, reason, context)
    if md.passes(q.lock):
        yield q.lock
    yield from _rq_completed(md, context, run=False)


def requeue_original_request(md: MappedDevice, context: Context, tio: Tio, delay_us: int, reason: str) -> Steps:
    """Later kernels: unprep, off the in-flight count, onto the requeue list, and kick that after *delay_us*."""
    q = md.queue
    orig = tio.orig
    if md.trace is not None:
        put_back(tio)
    free_clone(md, tio)
    yield q.lock
    q.requeue_later(orig)
    orig.retries += 1
    md.requeued_one(orig, reason, context)
    kick_requeue_list(md, delay_us)
    if md.passes(q.lock):
        yield q.lock
    yield from _rq_completed(md, context, run=False)


def free_clone(md: MappedDevice, tio: Tio) -> None:
    """dm_unprep_request / free_rq_clone: the tio with its clone and what is left of its clone bios."""
    tio.orig.special = None
    tio.orig.flags &= ~DONTPREP
    del md.clones[tio.id]
