"""The noop elevator (block/noop-iosched.c): a FIFO, sorted only by what elv_dispatch_sort does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.block.bio import Bio
from emulator.block.elevator import ELEVATORS, DispatchList, Fifo
from emulator.block.request import Request


class Noop:
    """Requests in order of arrival.  Front merges happen only through last_merge (reference 5.1)."""

    name = "noop"

    def __init__(self, queue: DispatchList, **_tunables: Any) -> None:
        self.queue = queue
        self.fifo = Fifo()

    def add(self, rq: Request, now_us: int) -> None:
        """Append."""
        self.fifo.append(rq)

    def front_merge_candidate(self, bio: Bio) -> Request | None:
        """noop has no merge function."""
        return None

    def merged_front(self, rq: Request, old_sector: int) -> None:
        """Its place in the FIFO does not depend on its sector."""

    def merged_requests(self, rq: Request, gone: Request) -> None:
        """noop_merged_requests: unlink."""
        self.fifo.remove(gone)

    def former(self, rq: Request) -> Request | None:
        """The one that arrived before it."""
        return rq.older

    def latter(self, rq: Request) -> Request | None:
        """The one that arrived after it."""
        return rq.newer

    def dispatch(self, now_us: int) -> bool:
        """noop_dispatch: the oldest goes through elv_dispatch_sort."""
        rq = self.fifo.oldest
        if rq is None:
            return False
        self.fifo.remove(rq)
        self.queue.dispatch_sort(rq)
        return True

    def drain(self, now_us: int) -> None:
        """Everything goes to the dispatch list, sorted one way."""
        requests = list(self.fifo)
        self.fifo = Fifo()
        for rq in requests:
            rq.older = rq.newer = None
        self.queue.dispatch_sort_all(requests)

    def __len__(self) -> int:
        return self.fifo.count

    def __iter__(self) -> Iterator[Request]:
        return iter(self.fifo)


ELEVATORS["noop"] = Noop
