"""A request queue alone: no md around it, a request_fn that only counts, and short words for bios and requests."""

from __future__ import annotations

from typing import Any

from emulator.block.bio import SYNCIO, WRITE, Bio
from emulator.block.queue import RequestQueue
from emulator.block.request import Request
from emulator.machine import Context, Machine, Steps
from emulator.plan import Limits


class Owner(Machine):
    """The machine that owns the queue under test."""

    def __init__(self, elevator: str = "deadline", limits: Limits | None = None, **options: Any) -> None:
        super().__init__("md")
        queue = {key: options.pop(key) for key in ("nr_requests", "unplug_thresh", "unplug_delay_us") if key in options}
        self.queue = RequestQueue(self, elevator, limits or Limits(), options, **queue)
        self.queue.request_fn = self.request_fn
        self.runs: list[str] = []
        """Contexts in which request_fn ran."""
        self.takes: list[int] = []
        """Requests that request_fn takes off the front at each run; nothing when empty."""
        self.taken: list[Request] = []

    def request_fn(self, context: Context) -> Steps:
        """Counts, and takes as many requests as the next entry of ``takes`` says."""
        self.runs.append(context.name)
        for _ in range(self.takes.pop(0) if self.takes else 0):
            rq = self.queue.front(self.now_us)
            if rq is None:
                return
            self.queue.start_request(rq)
            self.taken.append(rq)
        yield from ()

    def task(self, name: str, steps: Steps) -> Context:
        """Start *steps* in the context *name*, and let everything go on that can."""
        context = self.context(name)
        self.call(context, steps)
        self.run(self.now_us)
        return context


def bio(sector: int, sectors: int = 8, write: bool = True, sync: bool = False, flags: int = 0, id: int = 0) -> Bio:
    """A bio of the application."""
    return Bio(id, "app", sector, sectors, flags | (WRITE if write else 0) | (SYNCIO if sync else 0), None)


def add(
    queue: RequestQueue, sector: int, sectors: int = 8, write: bool = True, now_us: int = 0, **more: Any
) -> Request:
    """A new request in the elevator, as __make_request leaves it."""
    queue.requests += 1
    rq = Request(queue.requests, bio(sector, sectors, write, **more), now_us)
    queue.insert_sort(rq, now_us)
    return rq


def sectors(requests: Any) -> list[int]:
    """Start sectors, in order."""
    return [rq.sector for rq in requests]


def dispatch_all(queue: RequestQueue, now_us: int = 0) -> list[int]:
    """Start sectors in the order in which an idle driver would get them."""
    order = []
    while (rq := queue.front(now_us)) is not None:
        queue.queue_head.popleft()
        order.append(rq.sector)
    return order
