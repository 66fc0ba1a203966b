"""100,000 queued requests: one more insert, merge or dispatch looks at no more of them than with 1,000.

Counted, not timed: how often Python looks at a request (its ``sector``) and how many calls are made.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from random import Random

import pytest
from helpers.block import Owner, add, bio

from emulator.block.queue import RequestQueue

FEW, MANY = 1_000, 100_000


def build(elevator: str, count: int) -> RequestQueue:
    q = Owner(elevator, nr_requests=2 * MANY).queue
    order = list(range(count))
    Random(count).shuffle(order)
    for at in order:
        add(q, at * 100)
    return q


def lines_of(work: Callable[[], object]) -> int:
    """Lines of Python that *work* executes (in C code of libraries: none)."""
    count = 0

    def trace(frame: object, event: str, argument: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    collecting = gc.isenabled()
    gc.disable()  # what somebody else's garbage does at its end is no line of this work
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        work()
    finally:
        sys.settrace(before)
        if collecting:
            gc.enable()
    return count


@pytest.fixture(scope="module", params=["noop", "deadline"])
def queues(request: pytest.FixtureRequest) -> tuple[RequestQueue, RequestQueue]:
    """The same elevator with few and with many requests."""
    return build(request.param, FEW), build(request.param, MANY)


def insert(q: RequestQueue, index: int) -> None:
    add(q, 777 + index * 1000, 1)


def merge(q: RequestQueue, index: int) -> None:
    assert q.try_merge(bio(index * 1300 + 8))


def dispatch(q: RequestQueue, index: int) -> None:
    assert q.front(0) is not None
    q.queue_head.popleft()


@pytest.mark.parametrize("work", [insert, merge, dispatch])
def test_work_does_not_grow_with_the_queue(
    queues: tuple[RequestQueue, RequestQueue], work: Callable[[RequestQueue, int], None]
) -> None:
    few, many = (max(lines_of(lambda q=q, n=n: work(q, n)) for n in range(1, 9)) for q in queues)
    # A balanced tree of a hundred times as many entries may be a few levels deeper.
    assert many <= 2 * few + 20, f"{work.__name__}: {few} lines with {FEW}, {many} with {MANY}"


def test_a_drain_walks_the_queue_once() -> None:
    lines = []
    for count in (FEW, 10 * FEW):
        q = build("noop", count)
        lines.append(lines_of(lambda q=q: q.drain_elevator(0)))
        assert len(q.queue_head) == count
    assert lines[1] <= 11 * lines[0]
