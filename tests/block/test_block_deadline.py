"""The deadline elevator: selection, batches, starvation, expiry, merging (reference 5.5)."""

from __future__ import annotations

import pytest
from helpers.block import Owner, add, bio, dispatch_all, sectors

from emulator.block.deadline import Deadline
from emulator.block.queue import RequestQueue

READ_EXPIRE, WRITE_EXPIRE = 500_000, 5_000_000


def queue(**tunables: int) -> RequestQueue:
    return Owner("deadline", **tunables).queue


def order(q: RequestQueue, now_us: int = 0) -> list[str]:
    """R100, W200, … in the order of dispatch."""
    found = []
    while (rq := q.front(now_us)) is not None:
        q.queue_head.popleft()
        found.append(f"{'W' if rq.write else 'R'}{rq.sector}")
    return found


def test_default_numbers() -> None:
    elevator = queue().elevator
    assert isinstance(elevator, Deadline)
    assert (elevator.expire, elevator.writes_starved, elevator.fifo_batch, elevator.front_merges) == (
        (500_000, 5_000_000),
        2,
        16,
        True,
    )


def test_the_first_of_a_batch_is_the_oldest_then_sector_order() -> None:
    q = queue()
    for at in (300, 100, 400, 200):
        add(q, at, write=False)
    assert order(q) == ["R300", "R400", "R100", "R200"]


def test_a_batch_ends_after_fifo_batch_requests() -> None:
    q = queue(fifo_batch=2, writes_starved=1)
    for at in (100, 200, 300, 400, 500):
        add(q, at, write=False)
    add(q, 10, write=True)
    assert order(q) == ["R100", "R200", "W10", "R300", "R400", "R500"], "one read batch may win over waiting writes"


def test_without_writes_a_new_batch_goes_on_where_the_last_one_stopped() -> None:
    q = queue(fifo_batch=2)
    for at in (500, 100, 600, 700, 200):
        add(q, at, write=False)
    assert order(q) == ["R500", "R600", "R700", "R100", "R200"]


def test_at_most_two_read_selections_while_writes_wait() -> None:
    q = queue(fifo_batch=1)
    for at in range(100, 108):
        add(q, at * 10, write=False)
    for at in (1, 2, 3):
        add(q, at, 1, write=True)
    assert order(q) == ["R1000", "R1010", "W1", "R1020", "R1030", "W2", "R1040", "R1050", "W3", "R1060", "R1070"]


@pytest.mark.parametrize(("writes_starved", "reads_first"), [(0, 0), (1, 1), (2, 2), (5, 5)])
def test_writes_starved(writes_starved: int, reads_first: int) -> None:
    q = queue(fifo_batch=1, writes_starved=writes_starved)
    add(q, 1, 1, write=True)
    for at in range(100, 110):
        add(q, at * 10, write=False)
    assert order(q).index("W1") == reads_first


def test_starved_counts_selections_not_requests() -> None:
    q = queue(fifo_batch=3)
    for at in range(100, 110):
        add(q, at * 10, write=False)
    add(q, 1, 1, write=True)
    assert order(q).index("W1") == 6, "two batches of three"


@pytest.mark.parametrize(("write", "expire"), [(False, READ_EXPIRE), (True, WRITE_EXPIRE)], ids=["reads", "writes"])
@pytest.mark.parametrize(
    ("late", "expired"), [(-1, False), (0, False), (1, True)], ids=["before", "at the stamp", "after"]
)
def test_expiry_is_strictly_after_the_stamp(write: bool, expire: int, late: int, expired: bool) -> None:
    q = queue(fifo_batch=1)
    add(q, 500, write=write)
    assert q.front(0) is not None
    q.queue_head.popleft()
    add(q, 500, write=write, now_us=0)
    add(q, 100, write=write, now_us=0)
    add(q, 600, write=write, now_us=0)
    assert q.front(0) is not None and q.queue_head.popleft().sector == 500, "next_rq is 600 now"
    rq = q.front(expire + late)
    assert rq is not None and rq.sector == (100 if expired else 600)


def test_expiry_is_not_looked_at_inside_a_batch() -> None:
    q = queue()
    add(q, 500, write=False)
    add(q, 100, write=False)
    add(q, 600, write=False)
    assert [q.front(0) and q.queue_head.popleft().sector for _ in range(1)] == [500]
    assert order(q, READ_EXPIRE + 1) == ["R600", "R100"]


def test_without_a_successor_the_oldest_is_next() -> None:
    q = queue()
    for at in (900, 300, 100):
        add(q, at, write=False)
    assert order(q) == ["R900", "R300", "R100"], "900 has no successor; the oldest is 300, which again has none"


def test_equal_starts_dispatch_the_older_one_at_once() -> None:
    q = queue()
    older = add(q, 100)
    newer = add(q, 100, 16)
    assert list(q.queue_head) == [older] and list(q.elevator) == [newer]
    assert q.end_sector == 108


def test_equal_starts_of_two_directions_stay() -> None:
    q = queue()
    add(q, 100, write=True)
    add(q, 100, write=False)
    assert not q.queue_head and len(q.elevator) == 2


def test_the_survivor_inherits_the_earlier_expiry_and_its_place() -> None:
    q = queue()
    later = add(q, 116, now_us=10)
    middle = add(q, 900, now_us=20)
    survivor = add(q, 100, now_us=30)
    q.last_merge = survivor
    assert q.try_merge(bio(108))
    elevator = q.elevator
    assert isinstance(elevator, Deadline)
    assert survivor.expiry == 10 + WRITE_EXPIRE and later.state == "FREED"
    assert list(elevator.fifo[1]) == [survivor, middle]


def test_the_survivor_keeps_its_own_earlier_expiry() -> None:
    q = queue()
    survivor = add(q, 100, now_us=10)
    middle = add(q, 900, now_us=20)
    add(q, 116, now_us=30)
    q.last_merge = survivor
    assert q.try_merge(bio(108))
    elevator = q.elevator
    assert isinstance(elevator, Deadline)
    assert survivor.expiry == 10 + WRITE_EXPIRE and list(elevator.fifo[1]) == [survivor, middle]


def test_a_fused_successor_hands_the_batch_on() -> None:
    q = queue()
    add(q, 0, 8)
    survivor = add(q, 100)
    add(q, 116)
    add(q, 300)
    elevator = q.elevator
    assert isinstance(elevator, Deadline)
    assert q.front(0) is not None
    q.queue_head.popleft()
    assert elevator.next_rq[1] is survivor
    elevator.next_rq[1] = next(rq for rq in elevator if rq.sector == 116)
    q.last_merge = survivor
    assert q.try_merge(bio(108))
    upcoming = elevator.next_rq[1]
    assert upcoming is not None and upcoming.sector == 300


def test_a_front_merge_moves_the_request_in_sector_order() -> None:
    q = queue()
    add(q, 150)
    rq = add(q, 200)
    add(q, 10)
    q.last_merge = rq
    assert q.try_merge(bio(120, 80))
    assert sectors(q.elevator) == [10, 120, 150]
    assert dispatch_all(q) == [150, 120, 10]


def test_empty_is_when_both_fifos_are() -> None:
    q = queue()
    assert q.empty()
    add(q, 1, write=True)
    assert not q.empty()
    assert order(q) == ["W1"]
    assert q.empty() and q.front(0) is None


def test_a_drain_takes_everything_in_the_order_of_selection() -> None:
    q, same = queue(fifo_batch=2), queue(fifo_batch=2)
    for each in (q, same):
        for at in (300, 100, 200, 400):
            add(each, at, write=False)
            add(each, at + 50, write=True)
    q.drain_elevator(0)
    assert [f"{'W' if rq.write else 'R'}{rq.sector}" for rq in q.queue_head] == order(same)
