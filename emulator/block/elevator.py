"""What an elevator is, and the FIFO list both of ours stand on.  Runs in the process of the md that owns the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from emulator.block.bio import Bio
from emulator.block.request import Request


class Fifo:
    """A doubly linked list through ``Request.older``/``Request.newer``: every operation is O(1)."""

    __slots__ = ("oldest", "newest", "count")

    def __init__(self) -> None:
        self.oldest: Request | None = None
        self.newest: Request | None = None
        self.count = 0

    def append(self, rq: Request) -> None:
        """Put *rq* at the newest end."""
        rq.newer = None
        rq.older = self.newest
        if self.newest is None:
            self.oldest = rq
        else:
            self.newest.newer = rq
        self.newest = rq
        self.count += 1

    def remove(self, rq: Request) -> None:
        """Unlink *rq*, which must be in this list."""
        older, newer = rq.older, rq.newer
        if older is None:
            self.oldest = newer
        else:
            older.newer = newer
        if newer is None:
            self.newest = older
        else:
            newer.older = older
        rq.older = rq.newer = None
        self.count -= 1

    def take_place_of(self, rq: Request, gone: Request) -> None:
        """Move *rq* to where *gone* stands and unlink *gone* (list_move(&rq->queuelist, &next->queuelist))."""
        self.remove(rq)
        older, newer = gone.older, gone.newer
        rq.older, rq.newer = older, newer
        if older is None:
            self.oldest = rq
        else:
            older.newer = rq
        if newer is None:
            self.newest = rq
        else:
            newer.older = rq
        gone.older = gone.newer = None

    def __iter__(self) -> Iterator[Request]:
        rq = self.oldest
        while rq is not None:
            yield rq
            rq = rq.newer


class DispatchList(Protocol):
    """The queue's side of dispatching: where an elevator puts what it selected."""

    def dispatch_sort(self, rq: Request) -> None:
        """elv_dispatch_sort."""
        ...

    def dispatch_sort_all(self, requests: list[Request]) -> None:
        """elv_dispatch_sort of one after another."""
        ...

    def dispatch_add_tail(self, rq: Request) -> None:
        """elv_dispatch_add_tail."""
        ...


class Elevator(Protocol):
    """An I/O scheduler (struct elevator_ops), always called with the queue lock held."""

    name: str

    def add(self, rq: Request, now_us: int) -> None:
        """elevator_add_req_fn."""
        ...

    def front_merge_candidate(self, bio: Bio) -> Request | None:
        """elevator_merge_fn: a request that starts where *bio* ends."""
        ...

    def merged_front(self, rq: Request, old_sector: int) -> None:
        """elevator_merged_fn after a front merge: *rq* used to start at *old_sector*."""
        ...

    def merged_requests(self, rq: Request, gone: Request) -> None:
        """elevator_merge_req_fn: *gone* was fused into *rq* and leaves the elevator."""
        ...

    def former(self, rq: Request) -> Request | None:
        """elevator_former_req_fn."""
        ...

    def latter(self, rq: Request) -> Request | None:
        """elevator_latter_req_fn."""
        ...

    def dispatch(self, now_us: int) -> bool:
        """elevator_dispatch_fn: move one request to the dispatch list; False if there was none."""
        ...

    def drain(self, now_us: int) -> None:
        """elv_drain_elevator: move everything to the dispatch list."""
        ...

    def __len__(self) -> int:
        """Requests inside."""
        ...

    def __iter__(self) -> Iterator[Request]:
        """Requests inside, in about the order of dispatch, for the screen."""
        ...


ELEVATORS: dict[str, Callable[..., Elevator]] = {}
"""Elevator by name, called with its queue and tunables; filled by emulator.block.noop and emulator.block.deadline."""
