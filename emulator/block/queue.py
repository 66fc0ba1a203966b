"""The request queue of an md (struct request_queue): lists, merging, insertion.  Runs in the md's process.

Everything here is called with the queue lock held.  The functions that take or drop the lock are generators in
:mod:`emulator.block.submit` and :mod:`emulator.dm`; plugging is in :mod:`emulator.block.plug`, the allocation of
requests in :mod:`emulator.block.alloc`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from itertools import chain
from typing import Any

from emulator.block import deadline as _deadline
from emulator.block import noop as _noop
from emulator.block.alloc import RequestList
from emulator.block.bio import MERGE_SAME, PAGE_SECTORS, SECTOR, WRITE, Bio
from emulator.block.elevator import ELEVATORS, Elevator
from emulator.block.request import (
    ALLOCED,
    ATOM_COMPLETE,
    NOMERGE,
    SOFTBARRIER,
    SORTED,
    STARTED,
    UNMERGEABLE,
    Request,
)
from emulator.machine import Context, Machine, QueueLock, Steps, first
from emulator.plan import Limits
from emulator.snapshot import QueueView

__all__ = ["BACK_MERGE", "FRONT_MERGE", "NO_MERGE", "RequestQueue"]

_REGISTERED = (_noop, _deadline)
NO_MERGE, BACK_MERGE, FRONT_MERGE = 0, 1, 2


class RequestQueue:
    """queue_head, elevator, merge hash and the flags of one queue."""

    def __init__(
        self,
        machine: Machine,
        elevator: str,
        limits: Limits,
        tunables: dict[str, Any],
        nr_requests: int = 128,
        unplug_thresh: int = 4,
        unplug_delay_us: int = 3000,
    ) -> None:
        self.machine = machine
        self.lock = QueueLock(f"{machine.name}.queue_lock", machine.clock_ns)
        self.alloc = RequestList(nr_requests)
        self.unplug_thresh = unplug_thresh
        self.unplug_delay_us = unplug_delay_us
        self.unplug_timer: int | None = None
        self.request_fn: Callable[[Context], Steps]
        """Called with the lock held; the owner sets it."""
        self.unplug_fn: Callable[[Context], Steps] | None = None
        """What kblockd calls without the lock; None: generic_unplug_device."""
        self.queue_head: deque[Request] = deque()
        self.requeue_list: deque[Request] = deque()
        """Later kernels: put back, and not tried again before the list is kicked."""
        self.elevator: Elevator = ELEVATORS[elevator](self, **tunables)
        self.set_limits(limits)
        self.hash: dict[int, list[Request]] = {}
        """Mergeable requests inside the elevator by end sector (ELV_ON_HASH)."""
        self.last_merge: Request | None = None
        self.nr_sorted = 0
        """Requests inside the elevator."""
        self.end_sector = 0
        """Where the one-way scan of elv_dispatch_sort starts."""
        self.boundary_rq: Request | None = None
        self.plugged = False
        self.stopped = False
        self.reenter = False
        self.in_flight = [0, 0]
        """Async, sync: originals taken by the driver and not yet finished or requeued."""
        self.flush_steps = 0
        """Steps of flush sequences that are not finished (emulator.dm.flush)."""
        self.requests = 0
        """Requests made of bios."""
        self.merged_back = self.merged_front = self.merged_requests = 0
        self.merges = [0, 0, 0, 0]
        """Bios and requests that were merged into a request: reads, writes (and two groups that never are)."""

    def set_limits(self, limits: Limits) -> None:
        """Limits of every request that is made or merged from now on."""
        self.limits = limits
        self.bio_most = min(limits.max_sectors, limits.max_segments * PAGE_SECTORS)
        """Sectors of the longest bio that fits into a request."""
        self.block_mask = limits.logical_block_size // SECTOR - 1
        """Bits that are 0 in every sector and length that can be addressed."""

    def empty(self) -> bool:
        """elv_queue_empty: neither on queue_head nor in the elevator."""
        return not self.queue_head and not self.nr_sorted

    # -- merging (reference 5.1, 5.2) -------------------------------------------------------------------

    def try_merge(self, bio: Bio) -> bool:
        """Put *bio* into a request if elv_merge finds one and the limits allow; True if it was absorbed."""
        how, rq = self._elv_merge(bio)
        if rq is None or not self._within_limits(rq, bio):
            return False
        if how == BACK_MERGE:
            self._unhash(rq)
            rq.bios.append(bio)
            rq.sectors += bio.sectors
            rq.segments += bio.segments
            self.merged_back += 1
            if not self._attempt_merge(rq, self.elevator.latter(rq)):
                self._hash(rq)
        else:
            old = rq.sector
            former = self.elevator.former(rq)
            rq.bios.insert(0, bio)
            rq.sector = bio.sector
            rq.sectors += bio.sectors
            rq.segments += bio.segments
            self.merged_front += 1
            self.elevator.merged_front(rq, old)
            # One that starts here or later cannot end here; merged_front may have dispatched it.
            if former is not None and former.sector < rq.sector:
                self._unhash(former)
                if self._attempt_merge(former, rq):
                    rq = former
                else:
                    self._hash(former)
        self.last_merge = rq
        self.merges[bio.flags & WRITE] += 1
        machine = self.machine
        if machine.trace is not None:
            context = self.lock.holder.name if self.lock.holder else ""
            kind = "back merge" if how == BACK_MERGE else "front merge"
            where = (bio.sector, bio.sectors, bio.flags)
            machine.trace.append(
                (machine.now_us, "__make_request", context, rq.id, bio.owner, bio.id, kind, where)
            )
        return True

    def _elv_merge(self, bio: Bio) -> tuple[int, Request | None]:
        """elv_merge: last_merge, then the hash (back), then the elevator (front)."""
        last = self.last_merge
        if last is not None and self._merge_ok(last, bio):
            if last.sector + last.sectors == bio.sector:
                return BACK_MERGE, last
            if last.sector == bio.sector + bio.sectors:
                return FRONT_MERGE, last
        ending = next((rq for rq in reversed(self.hash.get(bio.sector, ())) if not rq.flags & UNMERGEABLE), None)
        if ending is not None and self._merge_ok(ending, bio):
            return BACK_MERGE, ending
        found = self.elevator.front_merge_candidate(bio)
        if found is not None and self._merge_ok(found, bio):
            return FRONT_MERGE, found
        return NO_MERGE, None

    @staticmethod
    def _merge_ok(rq: Request, bio: Bio) -> bool:
        """elv_rq_merge_ok."""
        return not (rq.flags & UNMERGEABLE or rq.special is not None or (rq.cmd ^ bio.flags) & MERGE_SAME)

    def _within_limits(self, rq: Request, bio: Bio) -> bool:
        """ll_back_merge_fn / ll_front_merge_fn: a refusal sets NOMERGE for good."""
        limits = self.limits
        if rq.sectors + bio.sectors <= limits.max_sectors and rq.segments + bio.segments <= limits.max_segments:
            return True
        self._unhash(rq)
        rq.flags |= NOMERGE
        if self.last_merge is rq:
            self.last_merge = None
        return False

    def _attempt_merge(self, rq: Request, other: Request | None) -> bool:
        """attempt_merge: fuse *other* into *rq* (which is off the hash) if it starts where *rq* ends."""
        if (
            other is None
            or rq.sector + rq.sectors != other.sector
            or (rq.flags | other.flags) & UNMERGEABLE
            or rq.special is not None
            or other.special is not None
            or (rq.cmd ^ other.cmd) & MERGE_SAME
            or rq.sectors + other.sectors > self.limits.max_sectors
            or rq.segments + other.segments > self.limits.max_segments
        ):
            return False
        self._unhash(other)
        self.nr_sorted -= 1
        self.elevator.merged_requests(rq, other)
        rq.bios.extend(other.bios)
        rq.sectors += other.sectors
        rq.segments += other.segments
        rq.start_us = min(rq.start_us, other.start_us)
        if self.last_merge is other:
            self.last_merge = rq
        other.state = "FREED"
        if self.machine.trace is not None:
            self.machine.trace.append((self.machine.now_us, "elv_merge_requests", "", rq.id, other.id))
            self.machine.ways.append(other)
        self.merged_requests += 1
        self.merges[other.write] += 1
        self.put_request(other)
        self._hash(rq)
        return True

    def _hash(self, rq: Request) -> None:
        bucket = self.hash.get(rq.sector + rq.sectors)
        if bucket is None:
            self.hash[rq.sector + rq.sectors] = [rq]
        else:
            bucket.append(rq)

    def _unhash(self, rq: Request) -> None:
        end = rq.sector + rq.sectors
        bucket = self.hash.get(end)
        if bucket is not None and rq in bucket:
            if len(bucket) == 1:
                del self.hash[end]
            else:
                bucket.remove(rq)

    # -- insertion (reference 5.3) ----------------------------------------------------------------------

    def insert_sort(self, rq: Request, now_us: int) -> None:
        """ELEVATOR_INSERT_SORT."""
        rq.flags |= SORTED
        rq.state = "SORTED"
        self._hash(rq)
        if self.last_merge is None:
            self.last_merge = rq
        self.nr_sorted += 1
        self.elevator.add(rq, now_us)

    def insert_back(self, rq: Request, now_us: int) -> None:
        """ELEVATOR_INSERT_BACK: drains the elevator, then appends.  The caller runs the queue."""
        rq.flags |= SOFTBARRIER
        self.drain_elevator(now_us)
        rq.state = "LISTED"
        self.queue_head.append(rq)

    def requeue(self, rq: Request) -> None:
        """blk_requeue_request: to the front of queue_head; never runs the queue."""
        self.in_flight[rq.sync] -= 1
        rq.flags = (rq.flags & ~(STARTED | ATOM_COMPLETE)) | SOFTBARRIER
        rq.state = "REQUEUED"
        self.queue_head.appendleft(rq)

    def requeue_later(self, rq: Request) -> None:
        """blk_mq_requeue_request: on the requeue list, in flight no more."""
        self.in_flight[rq.sync] -= 1
        rq.flags = (rq.flags & ~(STARTED | ATOM_COMPLETE)) | SOFTBARRIER
        rq.state = "REQUEUED"
        self.requeue_list.append(rq)

    def requeued_to_front(self) -> None:
        """All of the requeue list to the front of queue_head, in its order."""
        self.queue_head.extendleft(reversed(self.requeue_list))
        self.requeue_list.clear()
        if self.flush_steps:
            # Steps of flush sequences are on hctx->dispatch, which goes before what the scheduler has.
            self.queue_head = deque(sorted(self.queue_head, key=lambda rq: not rq.is_flush_step))

    def insert_flush_step(self, rq: Request) -> None:
        """blk_mq_request_bypass_insert: behind the other steps of flush sequences, before everything else."""
        rq.flags = NOMERGE | SOFTBARRIER
        rq.state = "LISTED"
        self.flush_steps += 1
        at = next((index for index, other in enumerate(self.queue_head) if not other.is_flush_step), None)
        self.queue_head.insert(len(self.queue_head) if at is None else at, rq)

    def drain_elevator(self, now_us: int) -> None:
        """elv_drain_elevator: everything sorted goes to queue_head, now."""
        self.elevator.drain(now_us)

    def dispatch_sort_all(self, requests: list[Request]) -> None:
        """What elv_dispatch_sort of one after another would give, in n log n."""
        stretch: list[Request] = []
        for rq in requests:
            self._left_elevator(rq)
            if stretch and stretch[0].write != rq.write:
                self._append_sorted(stretch)
                stretch = []
            stretch.append(rq)
        if stretch:
            self._append_sorted(stretch)

    def _scan_key(self, rq: Request) -> tuple[bool, int]:
        return rq.sector < self.end_sector, rq.sector

    def _append_sorted(self, stretch: list[Request]) -> None:
        tail: list[Request] = []
        head = self.queue_head
        while head and head[-1].write == stretch[0].write and not head[-1].flags & (SOFTBARRIER | STARTED):
            tail.append(head.pop())
        tail.reverse()
        head.extend(sorted(tail + stretch, key=self._scan_key))

    def dispatch_sort(self, rq: Request) -> None:
        """elv_dispatch_sort: one-way scan from end_sector, not past a barrier, a started one or the other direction."""
        self._left_elevator(rq)
        head = self.queue_head
        if not head:
            head.append(rq)
            return
        behind: list[Request] = []
        while head and head[-1].write == rq.write and not head[-1].flags & (SOFTBARRIER | STARTED):
            behind.append(head.pop())
        behind.reverse()
        behind.insert(bisect_right(behind, self._scan_key(rq), key=self._scan_key), rq)
        head.extend(behind)

    def dispatch_add_tail(self, rq: Request) -> None:
        """elv_dispatch_add_tail."""
        self._left_elevator(rq)
        self.end_sector = rq.sector + rq.sectors
        self.boundary_rq = rq
        self.queue_head.append(rq)

    def _left_elevator(self, rq: Request) -> None:
        self.nr_sorted -= 1
        self._unhash(rq)
        if self.last_merge is rq:
            self.last_merge = None
        rq.state = "LISTED"

    def front(self, now_us: int) -> Request | None:
        """__elv_next_request: the front of queue_head, asking the elevator when that is empty."""
        while not self.queue_head:
            if not self.elevator.dispatch(now_us):
                return None
        return self.queue_head[0]

    def peeked(self, rq: Request) -> None:
        """blk_peek_request's part for the scan: it goes on behind the request that the driver sees."""
        if self.boundary_rq is None or self.boundary_rq is rq:
            self.end_sector = rq.sector + rq.sectors
            self.boundary_rq = None

    def start_request(self, rq: Request) -> None:
        """blk_start_request: *rq* leaves the front of queue_head and is in flight."""
        self.queue_head.popleft()
        rq.flags |= STARTED
        if not rq.marker:
            self.in_flight[rq.sync] += 1

    def finish_request(self, rq: Request) -> None:
        """The queue's part of blk_finish_request: it is in flight no more."""
        self.in_flight[rq.sync] -= 1
        rq.state = "FINISHED"

    def put_request(self, rq: Request) -> None:
        """__blk_put_request: its slot is free, a sleeping submitter may go on."""
        if rq.flags & ALLOCED:
            for waiters in self.alloc.put(rq.sync):
                self.machine.wake(waiters, 1)

    def view(self, most: int, now_us: int) -> QueueView:
        """What a face shows of it."""
        alloc = self.alloc
        return QueueView(
            elevator=self.elevator.name,
            sorted=tuple([rq.view(now_us) for rq in first(self.elevator, most)]),
            nr_sorted=self.nr_sorted,
            dispatch=tuple([rq.view(now_us) for rq in first(chain(self.requeue_list, self.queue_head), most)]),
            nr_dispatch=len(self.requeue_list) + len(self.queue_head),
            in_flight=(self.in_flight[0], self.in_flight[1]),
            plugged=self.plugged,
            stopped=self.stopped,
            nr_requests=alloc.nr_requests,
            allocated=(alloc.count[0], alloc.count[1]),
            full=(alloc.full[0], alloc.full[1]),
            sleepers=(len(alloc.wait[0].sleepers), len(alloc.wait[1].sleepers)),
            merged_back=self.merged_back,
            merged_front=self.merged_front,
            merged_requests=self.merged_requests,
        )
