"""Merging: where elv_merge looks and in which order, limits, request-to-request merges (reference 5.1, 5.2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from helpers.block import Owner, add, bio, dispatch_all, sectors

from emulator.block.bio import DISCARD, FAILFAST_DEV, FAILFAST_DRIVER, FAILFAST_TRANSPORT, META, UNPLUG
from emulator.block.request import NOMERGE, SOFTBARRIER, STARTED, Request
from emulator.plan import Limits

ELEVATORS = pytest.mark.parametrize("elevator", ["noop", "deadline"])


@ELEVATORS
def test_back_merge(elevator: str) -> None:
    q = Owner(elevator).queue
    rq = add(q, 100)
    assert q.try_merge(bio(108, 4))
    assert (rq.sector, rq.sectors, [each.sector for each in rq.bios], q.merged_back) == (100, 12, [100, 108], 1)


@ELEVATORS
def test_front_merge_into_last_merge(elevator: str) -> None:
    q = Owner(elevator).queue
    rq = add(q, 100)
    assert q.try_merge(bio(96, 4))
    assert (rq.sector, rq.sectors, [each.sector for each in rq.bios], q.merged_front) == (96, 12, [96, 100], 1)


@ELEVATORS
def test_last_merge_is_tried_back_before_front(elevator: str) -> None:
    q = Owner(elevator).queue
    last = add(q, 0, 8)
    other = add(q, 16, 8)
    q.last_merge = last
    assert q.try_merge(bio(8, 8)), "closes the gap: back into last_merge, not front into the other"
    assert q.merged_back == 1 and q.merged_front == 0
    if elevator == "deadline":
        assert q.merged_requests == 1 and other.state == "FREED"


@pytest.mark.parametrize(("elevator", "merges"), [("noop", False), ("deadline", True)])
def test_front_merge_into_another_request(elevator: str, merges: bool) -> None:
    q = Owner(elevator).queue
    add(q, 100)
    add(q, 500)
    q.last_merge = next(iter(q.elevator), None) and next(rq for rq in q.elevator if rq.sector == 500)
    assert q.try_merge(bio(92)) is merges, "noop can front-merge only into last_merge"


def test_deadline_without_front_merges() -> None:
    q = Owner("deadline", front_merges=False).queue
    add(q, 100)
    other = add(q, 500)
    q.last_merge = other
    assert not q.try_merge(bio(92))
    assert q.try_merge(bio(492)), "last_merge is tried whatever the elevator says"


def test_back_merge_through_the_hash() -> None:
    q = Owner("noop").queue
    rq = add(q, 100)
    q.last_merge = add(q, 500)
    assert q.try_merge(bio(108))
    assert rq.sectors == 16 and q.last_merge is rq, "the survivor is last_merge"


def test_only_the_newest_request_that_ends_there_is_looked_at() -> None:
    q = Owner("noop").queue
    older = add(q, 100, 8, write=True)
    add(q, 104, 4, write=False)
    q.last_merge = None
    assert not q.try_merge(bio(108, write=True)), "elv_rqhash_find returns one entry; it is a read"
    assert older.sectors == 8


def test_an_unmergeable_entry_of_the_hash_is_passed_over() -> None:
    q = Owner("noop", Limits(max_sectors=16)).queue
    older = add(q, 100, 8)
    newer = add(q, 96, 12)
    q.last_merge = newer
    assert not q.try_merge(bio(108, 8)), "12 + 8 > 16"
    assert newer.flags & NOMERGE
    assert q.try_merge(bio(108, 8))
    assert older.sectors == 16


BLOCKERS: list[tuple[str, Callable[[Request], None]]] = [
    ("STARTED", lambda rq: setattr(rq, "flags", rq.flags | STARTED)),
    ("NOMERGE", lambda rq: setattr(rq, "flags", rq.flags | NOMERGE)),
    ("SOFTBARRIER", lambda rq: setattr(rq, "flags", rq.flags | SOFTBARRIER)),
    ("special", lambda rq: setattr(rq, "special", object())),
]


@pytest.mark.parametrize("block", [each[1] for each in BLOCKERS], ids=[each[0] for each in BLOCKERS])
@pytest.mark.parametrize("at", [108, 92], ids=["back", "front"])
def test_a_request_that_may_not_absorb(block: Callable[[Request], None], at: int) -> None:
    q = Owner("deadline").queue
    rq = add(q, 100)
    block(rq)
    assert not q.try_merge(bio(at))


@pytest.mark.parametrize("block", [each[1] for each in BLOCKERS], ids=[each[0] for each in BLOCKERS])
@pytest.mark.parametrize("blocked", ["former", "latter"])
def test_requests_that_may_not_fuse(block: Callable[[Request], None], blocked: str) -> None:
    q = Owner("deadline").queue
    former, latter = add(q, 100), add(q, 116)
    block(former if blocked == "former" else latter)
    q.last_merge = latter if blocked == "former" else former
    assert q.try_merge(bio(108))
    assert q.merged_requests == 0


@pytest.mark.parametrize(
    ("flags", "merges"),
    [
        (0, True),
        (META, True),
        (UNPLUG, True),
        (DISCARD, False),
        (FAILFAST_DEV, False),
        (FAILFAST_TRANSPORT, False),
        (FAILFAST_DRIVER, False),
    ],
)
def test_bits_that_must_agree(flags: int, merges: bool) -> None:
    q = Owner("deadline").queue
    add(q, 100)
    assert q.try_merge(bio(108, flags=flags)) is merges


@pytest.mark.parametrize("write", [False, True])
def test_directions_do_not_mix(write: bool) -> None:
    q = Owner("deadline").queue
    add(q, 100, write=write)
    assert not q.try_merge(bio(108, write=not write))
    assert q.try_merge(bio(108, write=write))


@pytest.mark.parametrize(
    ("limits", "merges"),
    [(Limits(16, 2), True), (Limits(15, 2), False), (Limits(16, 1), False)],
    ids=["just fits", "one sector too many", "one segment too many"],
)
@pytest.mark.parametrize("at", [108, 92], ids=["back", "front"])
def test_limits(limits: Limits, merges: bool, at: int) -> None:
    q = Owner("deadline", limits).queue
    rq = add(q, 100)
    assert q.try_merge(bio(at)) is merges
    assert bool(rq.flags & NOMERGE) is not merges
    assert (q.last_merge is rq) is merges, "a refusal clears last_merge"


def test_a_refusal_sets_nomerge_for_good() -> None:
    q = Owner("deadline", Limits(16, 128)).queue
    rq = add(q, 100)
    assert not q.try_merge(bio(108, 16))
    assert not q.try_merge(bio(108, 1)), "it would fit, but the request never merges again"
    assert rq.sectors == 8


def test_a_refused_fusion_sets_nothing() -> None:
    q = Owner("deadline", Limits(19, 128)).queue
    former, latter = add(q, 100, 8), add(q, 112, 8)
    q.last_merge = former
    assert q.try_merge(bio(108, 4))
    assert q.merged_requests == 0, "8 + 4 + 8 is more than 19"
    assert not (former.flags | latter.flags) & NOMERGE
    assert q.try_merge(bio(120, 7)), "the latter still merges through the hash"


@pytest.mark.parametrize("at_front", [False, True])
def test_a_closed_gap_fuses_two_requests(at_front: bool) -> None:
    q = Owner("deadline").queue
    former = add(q, 100, now_us=50)
    latter = add(q, 116, now_us=20)
    q.last_merge = latter if at_front else former
    assert q.try_merge(bio(108, id=7))
    assert [each.sector for each in former.bios] == [100, 108, 116]
    assert (former.sector, former.sectors, former.segments) == (100, 24, 3)
    assert former.start_us == 20, "the older start"
    assert (q.merged_requests, len(q.elevator), latter.state) == (1, 1, "FREED")
    assert q.last_merge is former
    assert q.hash == {124: [former]}


def test_a_fused_request_gives_its_slot_back() -> None:
    from emulator.block.request import ALLOCED

    q = Owner("deadline").queue
    for at in (100, 116):
        assert q.alloc.get(False, "task", 0)
        add(q, at).flags |= ALLOCED
    q.last_merge = next(iter(q.elevator))
    assert q.try_merge(bio(108))
    assert q.alloc.count == [1, 0]


def test_noop_fuses_only_with_the_next_arrival() -> None:
    q = Owner("noop").queue
    first = add(q, 100)
    add(q, 900)
    add(q, 116)
    q.last_merge = first
    assert q.try_merge(bio(108))
    assert q.merged_requests == 0, "the request at 116 is not the neighbour in the FIFO"
    q = Owner("noop").queue
    first, _ = add(q, 100), add(q, 116)
    q.last_merge = first
    assert q.try_merge(bio(108))
    assert q.merged_requests == 1


def test_a_front_merge_over_an_equal_start_dispatches_the_older_request() -> None:
    q = Owner("deadline").queue
    alias = add(q, 92, 4)
    rq = add(q, 100, 8)
    below = add(q, 84, 8)
    q.last_merge = rq
    assert q.try_merge(bio(92, 8))
    assert sectors(q.queue_head) == [92] and q.queue_head[0] is alias
    assert q.merged_requests == 0, "the neighbour below it was the alias, not the request that ends there"
    assert dispatch_all(q) == [92, 92, 84]
    assert below.sectors == 8


def test_a_merged_request_leaves_hash_and_last_merge_when_dispatched() -> None:
    q = Owner("deadline").queue
    add(q, 100)
    assert q.try_merge(bio(108))
    assert dispatch_all(q) == [100]
    assert q.hash == {} and q.last_merge is None
    assert not q.try_merge(bio(116)), "on queue_head it merges no more"
