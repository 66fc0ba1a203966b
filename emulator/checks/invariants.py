"""Invariants of an md (reference 22), as functions over its state between two steps.

Run after every step in tests, and with every snapshot in both runtimes: what is broken goes to the log once, by its
number.  A step ends only where a kernel function yields, so all of them hold between steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from emulator.block.request import ATOM_COMPLETE, DONTPREP, SOFTBARRIER, Request
from emulator.dm.flags import NOFLUSH_SUSPENDING, SUSPENDED
from emulator.dm.targets.multipath import Multipath

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice

Broken = tuple[str, str]
"""(number of the invariant, what was seen)."""
FLYING = frozenset({"MAPPING", "HELD", "ISSUED", "DONE_PENDING"})


def broken_invariants(md: MappedDevice) -> list[Broken]:
    """Every invariant that does not hold now."""
    return [*_queue(md), *_requests(md), *_suspend(md), *_multipath(md)]


def _queue(md: MappedDevice) -> Iterator[Broken]:
    q = md.queue
    if min(q.in_flight) < 0:
        yield "I17", f"in_flight is {q.in_flight}"
    if q.plugged and q.stopped:
        yield "I26", "PLUGGED and STOPPED"
    for sync, count in enumerate(q.alloc.count):
        if not 0 <= count <= q.alloc.cap:
            yield "I27", f"count[{sync}] is {count}, the cap is {q.alloc.cap}"
    idle = not md.ready and q.lock.holder is None and not q.reenter
    if idle and not q.empty() and not q.stopped and not q.plugged and not _running(md):
        yield "I25", "requests are queued and nothing will run the queue"


def _running(md: MappedDevice) -> bool:
    """Whether some chain is inside a call (it may be a request_fn that spins on a lock elsewhere)."""
    return any(context.current is not None for context in md.contexts.values())


def _requests(md: MappedDevice) -> Iterator[Broken]:
    q = md.queue
    flying = [tio.orig for tio in md.clones.values() if tio.orig.state in FLYING]
    # Between blk_requeue/finish and the freeing of its clone a request may be counted without a clone.
    settled = not md.ready and q.lock.holder is None and not _running(md)
    if settled and len(flying) != sum(q.in_flight):
        yield "I17", f"in_flight is {q.in_flight}, {len(flying)} originals are out"
    seen: set[int] = set()
    for tio in md.clones.values():
        orig = tio.orig
        if orig.id in seen:
            yield "I20", f"request {orig.id} has two clones"
        seen.add(orig.id)
        if orig.special is not tio:
            yield "I19", f"clone {tio.id} is not the one its original points to"
        if orig.size_at_peek >= 0 and orig.reported + orig.sectors != orig.size_at_peek:
            yield "I15", f"request {orig.id}: {orig.reported} reported + {orig.sectors} left != {orig.size_at_peek}"
    for rq in q.queue_head:
        yield from _listed(rq)


def _listed(rq: Request) -> Iterator[Broken]:
    if rq.marker:
        return
    if (rq.special is not None) != bool(rq.flags & DONTPREP):
        yield "I19", f"request {rq.id}: special and DONTPREP disagree"
    if rq.state in FLYING:
        yield "I18", f"request {rq.id} is {rq.state} and on queue_head"
    if rq.state == "REQUEUED" and (not rq.flags & SOFTBARRIER or rq.flags & ATOM_COMPLETE):
        yield "I23", f"requeued request {rq.id} has the wrong flags"


def _suspend(md: MappedDevice) -> Iterator[Broken]:
    q = md.queue
    markers = [rq for rq in q.queue_head if rq.marker]
    if len(markers) > 1:
        yield "I35", f"{len(markers)} markers on queue_head"
    if bool(markers) != (md.marker_state != "IDLE"):
        yield "I35", f"marker state is {md.marker_state}, {len(markers)} on queue_head"
    if md.flags & SUSPENDED:
        if not q.stopped and not _running(md):
            yield "I30", "suspended and not STOPPED"
        if sum(q.in_flight) and not _running(md):
            yield "I32", f"suspended with {q.in_flight} in flight"
    if md.flags & NOFLUSH_SUSPENDING and not md.suspending:
        yield "I37", "NOFLUSH_SUSPENDING outside of dm_suspend"


def _multipath(md: MappedDevice) -> Iterator[Broken]:
    target = md.table.target if md.table else None
    if not isinstance(target, Multipath):
        return
    paths = [path for group in target.groups for path in group.paths]
    active = sum(path.active for path in paths)
    if active != target.nr_valid_paths:
        yield "I43", f"nr_valid_paths is {target.nr_valid_paths}, {active} are active"
    held = sum(1 for tio in md.clones.values() if tio.orig.state == "HELD")
    if held != len(target.queued) and not _running(md):
        yield "I44", f"{len(target.queued)} queued, {held} held"
    current = target.current_path
    if current is not None:
        if not current.active:
            yield "I46", f"current path {current.lower.name} is not active"
        if target.current_group is None or current not in target.current_group.paths:
            yield "I46", f"current path {current.lower.name} is not in the current group"
    flying = sum(md.queue.in_flight) or (md.bio_based is not None and md.bio_based.clones)
    for path in paths:
        if path.in_flight < 0 or (not flying and path.in_flight and not _running(md)):
            yield "I45", f"path {path.lower.name}: {path.in_flight} in flight"
