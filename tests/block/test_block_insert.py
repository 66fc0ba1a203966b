"""elv_insert in its kinds, elv_dispatch_sort, and the noop elevator (reference 5.3, 5.4)."""

from __future__ import annotations

from random import Random

import pytest
from helpers.block import Owner, add, bio, dispatch_all, sectors

from emulator.block.queue import RequestQueue
from emulator.block.request import ATOM_COMPLETE, SOFTBARRIER, SORTED, STARTED, Request


def marker(q: RequestQueue) -> Request:
    rq = Request(999, None, 0)
    q.insert_back(rq, 0)
    return rq


@pytest.mark.parametrize("elevator", ["noop", "deadline"])
def test_sort(elevator: str) -> None:
    q = Owner(elevator).queue
    first, second = add(q, 100), add(q, 200)
    assert first.flags & SORTED and not first.flags & SOFTBARRIER
    assert (len(q.elevator), len(q.queue_head)) == (2, 0)
    assert q.last_merge is first, "set only when it was empty"
    assert q.hash == {108: [first], 208: [second]}


@pytest.mark.parametrize("elevator", ["noop", "deadline"])
def test_back_drains_the_elevator_first(elevator: str) -> None:
    q = Owner(elevator).queue
    for at in (300, 100, 200):
        add(q, at)
    last = marker(q)
    assert [rq.marker for rq in q.queue_head] == [False, False, False, True]
    assert len(q.elevator) == 0 and q.last_merge is None and q.hash == {}
    assert last.flags & SOFTBARRIER
    assert sectors(list(q.queue_head)[:3]) == ([100, 200, 300] if elevator == "noop" else [300, 100, 200])


def test_later_requests_stay_in_the_elevator_behind_a_marker() -> None:
    q = Owner("deadline").queue
    last = marker(q)
    add(q, 10)
    assert q.front(0) is last, "the elevator is not asked while queue_head has something"


def test_requeue_to_the_front_lifo() -> None:
    q = Owner("noop").queue
    requests = [add(q, at) for at in (100, 200, 300, 400)]
    for rq in requests[:3]:
        assert q.front(0) is rq
        rq.flags |= STARTED | ATOM_COMPLETE
        q.start_request(rq)
    assert q.in_flight == [3, 0]
    for rq in requests[:3]:
        q.requeue(rq)
    assert sectors(q.queue_head) == [300, 200, 100]
    assert q.in_flight == [0, 0]
    for rq in requests[:3]:
        assert rq.flags & SOFTBARRIER and not rq.flags & (STARTED | ATOM_COMPLETE) and rq.state == "REQUEUED"


def test_requeue_goes_ahead_of_a_marker() -> None:
    q = Owner("noop").queue
    rq = add(q, 100)
    q.start_request(q.front(0))  # type: ignore[arg-type]
    marker(q)
    q.requeue(rq)
    assert [each.marker for each in q.queue_head] == [False, True]


def test_softbarrier_is_for_ever() -> None:
    q = Owner("noop").queue
    rq = add(q, 100)
    q.start_request(q.front(0))  # type: ignore[arg-type]
    q.requeue(rq)
    q.start_request(rq)
    q.requeue(rq)
    assert rq.flags & SOFTBARRIER
    assert not q.try_merge(bio(108)) and not q.try_merge(bio(92))


def test_in_flight_counts_by_class_and_never_the_marker() -> None:
    q = Owner("noop").queue
    for write, sync in ((True, False), (True, True), (False, False)):
        add(q, 100, write=write, sync=sync)
    last = marker(q)
    while (rq := q.front(0)) is not None:
        q.start_request(rq)
    assert q.in_flight == [1, 2], "async write; sync write and read"
    assert last.flags & STARTED


def test_noop_is_fifo_while_queue_head_runs_empty() -> None:
    q = Owner("noop").queue
    for at in (300, 100, 200):
        add(q, at)
    assert dispatch_all(q) == [300, 100, 200]


def test_noop_drains_in_one_way_order_from_where_the_driver_is() -> None:
    q = Owner("noop").queue
    add(q, 150, 10)
    rq = q.front(0)
    assert rq is not None
    q.peeked(rq)
    q.start_request(rq)
    for at in (100, 300, 200, 50):
        add(q, at)
    marker(q)
    assert sectors(list(q.queue_head)[:-1]) == [200, 300, 50, 100], (
        "from sector 160 on, then from below"
    )


def test_only_the_boundary_request_moves_the_scan() -> None:
    q = Owner("deadline").queue
    add(q, 500)
    add(q, 100)
    first = q.front(0)
    assert first is not None and q.end_sector == 508, "elv_dispatch_add_tail"
    other = Request(77, bio(700), 0)
    q.peeked(other)
    assert q.end_sector == 508, "boundary_rq is the request added last"
    q.peeked(first)
    q.peeked(other)
    assert q.end_sector == 708, "from now on every first peek moves it"


def reference_sort(head: list[Request], rq: Request, boundary: int) -> None:
    """elv_dispatch_sort as the kernel writes it: a walk from the tail."""
    at = len(head)
    while at:
        pos = head[at - 1]
        if pos.write != rq.write or pos.flags & (SOFTBARRIER | STARTED):
            break
        if rq.sector >= boundary:
            if pos.sector < boundary:
                at -= 1
                continue
        elif pos.sector >= boundary:
            break
        if rq.sector >= pos.sector:
            break
        at -= 1
    head.insert(at, rq)


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "drain"])
def test_dispatch_sort_is_the_kernels_walk(seed: int, at_once: bool) -> None:
    rng = Random(seed)
    q = Owner("noop").queue
    q.end_sector = boundary = rng.randrange(1000)
    expected: list[Request] = []
    requests = [Request(n, bio(rng.randrange(1000), 1, write=rng.random() < 0.6), 0) for n in range(40)]
    if not at_once:
        for rq in requests:
            if rng.random() < 0.1 and expected:
                q.queue_head[-1].flags |= rng.choice([SOFTBARRIER, STARTED])
            reference_sort(expected, rq, boundary)
            q.dispatch_sort(rq)
    else:
        head = [Request(99, bio(500, 1), 0)]
        head[0].flags |= SOFTBARRIER
        q.queue_head.extend(head)
        expected.extend(head)
        for rq in requests:
            reference_sort(expected, rq, boundary)
        q.dispatch_sort_all(requests)
    assert [rq.id for rq in q.queue_head] == [rq.id for rq in expected]
