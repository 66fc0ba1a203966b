"""The deadline elevator (block/deadline-iosched.c, reference 5.5): one-way scans in batches, with expiry."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from sortedcontainers import SortedDict

from emulator.block.bio import WRITE, Bio
from emulator.block.elevator import ELEVATORS, DispatchList, Fifo
from emulator.block.request import Request

READ_DIR, WRITE_DIR = 0, 1


class Deadline:
    """Two directions, each with a list sorted by start sector and a FIFO stamped with expiry times."""

    name = "deadline"

    def __init__(
        self,
        queue: DispatchList,
        read_expire: int = 500_000,
        write_expire: int = 5_000_000,
        writes_starved: int = 2,
        fifo_batch: int = 16,
        front_merges: bool = True,
    ) -> None:
        self.queue = queue
        self.expire = (read_expire, write_expire)
        """Microseconds, by direction."""
        self.writes_starved = writes_starved
        self.fifo_batch = fifo_batch
        self.front_merges = front_merges
        self.sorted: tuple[SortedDict, SortedDict] = (SortedDict(), SortedDict())
        self.fifo = (Fifo(), Fifo())
        self.next_rq: list[Request | None] = [None, None]
        self.batching = 0
        self.starved = 0

    def add(self, rq: Request, now_us: int) -> None:
        """deadline_add_request."""
        direction = rq.write
        self._enter_tree(rq)
        rq.expiry = now_us + self.expire[direction]
        self.fifo[direction].append(rq)

    def front_merge_candidate(self, bio: Bio) -> Request | None:
        """deadline_merge: a request of the same direction that starts at the bio's end."""
        if not self.front_merges:
            return None
        found: Request | None = self.sorted[bio.flags & WRITE].get(bio.sector + bio.sectors)
        return found

    def merged_front(self, rq: Request, old_sector: int) -> None:
        """deadline_merged_request: reposition in the sorted list."""
        tree = self.sorted[rq.write]
        if tree.get(old_sector) is rq:
            del tree[old_sector]
        self._enter_tree(rq)

    def merged_requests(self, rq: Request, gone: Request) -> None:
        """deadline_merged_requests: the survivor inherits the earlier expiry and its place in the FIFO."""
        direction = rq.write
        fifo = self.fifo[direction]
        if gone.expiry < rq.expiry:
            fifo.take_place_of(rq, gone)
            rq.expiry = gone.expiry
        else:
            fifo.remove(gone)
        self._leave_tree(gone)

    def former(self, rq: Request) -> Request | None:
        """The neighbour below it in sector order."""
        # By iteration, never by position: the list's positional index would be built anew after every change.
        tree = self.sorted[rq.write]
        below = next(tree.irange(maximum=rq.sector, inclusive=(True, False), reverse=True), None)
        return None if below is None else tree[below]

    def latter(self, rq: Request) -> Request | None:
        """The neighbour above it in sector order."""
        tree = self.sorted[rq.write]
        above = next(tree.irange(minimum=rq.sector, inclusive=(False, True)), None)
        return None if above is None else tree[above]

    def dispatch(self, now_us: int) -> bool:
        """deadline_dispatch_requests: select one request (the steps of reference 5.5)."""
        reads, writes = self.fifo
        rq = self.next_rq[WRITE_DIR] or self.next_rq[READ_DIR]
        if rq is not None and self.batching < self.fifo_batch:
            self._dispatch_one(rq)
            return True
        if reads.count:
            direction = READ_DIR
            if writes.count:
                starved, self.starved = self.starved, self.starved + 1
                if starved >= self.writes_starved:
                    direction = WRITE_DIR
        elif writes.count:
            direction = WRITE_DIR
        else:
            return False
        if direction == WRITE_DIR:
            self.starved = 0
        oldest = self.fifo[direction].oldest
        upcoming = self.next_rq[direction]
        if upcoming is None or (oldest is not None and now_us > oldest.expiry):
            upcoming = oldest
        self.batching = 0
        if upcoming is None:
            return False
        self._dispatch_one(upcoming)
        return True

    def drain(self, now_us: int) -> None:
        """Everything goes to the dispatch list, in the order of selection."""
        while self.dispatch(now_us):
            pass

    def _dispatch_one(self, rq: Request) -> None:
        self.batching += 1
        self._move_out(rq)
        self.queue.dispatch_add_tail(rq)

    def _move_out(self, rq: Request) -> None:
        """deadline_move_request up to the dispatch list: note the successor, leave tree and FIFO."""
        direction = rq.write
        self.next_rq[READ_DIR] = self.next_rq[WRITE_DIR] = None
        self.next_rq[direction] = self.latter(rq)
        tree = self.sorted[direction]
        if tree.get(rq.sector) is rq:
            del tree[rq.sector]
        self.fifo[direction].remove(rq)

    def _enter_tree(self, rq: Request) -> None:
        """deadline_add_rq_rb: an older request with the same start sector is dispatched to make room."""
        tree = self.sorted[rq.write]
        alias = tree.get(rq.sector)
        if alias is not None and alias is not rq:
            self._move_out(alias)
            self.queue.dispatch_add_tail(alias)
        tree[rq.sector] = rq

    def _leave_tree(self, rq: Request) -> None:
        direction = rq.write
        if self.next_rq[direction] is rq:
            self.next_rq[direction] = self.latter(rq)
        tree = self.sorted[direction]
        if tree.get(rq.sector) is rq:
            del tree[rq.sector]

    def __len__(self) -> int:
        return self.fifo[0].count + self.fifo[1].count

    def __iter__(self) -> Iterator[Request]:
        """Reads by sector, then writes by sector."""
        return chain(self.sorted[READ_DIR].values(), self.sorted[WRITE_DIR].values())


ELEVATORS["deadline"] = Deadline
