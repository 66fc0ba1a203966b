"""get_request: thresholds, FULL, batchers, the hard cap, and who is woken (reference 4.4)."""

from __future__ import annotations

import pytest

from emulator.block.alloc import BATCH_REQUESTS, BATCH_TIME_US, RequestList
from emulator.machine import Context


def fill(slots: RequestList, count: int, sync: bool = False) -> None:
    for _ in range(count):
        assert slots.get(sync, "filler", 0)


def refuse(slots: RequestList, sync: bool = False) -> None:
    """Nobody who is not a batcher gets a slot."""
    assert not slots.get(sync, "stranger", 0)


@pytest.mark.parametrize(
    ("n", "on", "off", "cap"),
    [
        (4, 4, 3, 6),
        (16, 15, 12, 24),
        (64, 57, 51, 96),
        (128, 113, 103, 192),
        (256, 225, 207, 384),
        (1000, 876, 812, 1500),
    ],
)
def test_thresholds(n: int, on: int, off: int, cap: int) -> None:
    slots = RequestList(n)
    assert (slots.congestion_on, slots.congestion_off, slots.cap) == (on, off, cap)


@pytest.mark.parametrize("n", [-1, 0, 1, 3])
def test_less_than_four_requests_become_four(n: int) -> None:
    assert RequestList(n).nr_requests == 4


@pytest.mark.parametrize("n", [4, 16, 64, 128, 256, 1000])
def test_congested_from_the_on_threshold_until_below_off(n: int) -> None:
    slots = RequestList(n)
    fill(slots, slots.congestion_on - 1)
    assert not slots.congested[False]
    fill(slots, 1)
    assert slots.congested[False] and not slots.congested[True]
    while slots.count[False] > slots.congestion_off:
        slots.put(False)
        assert slots.congested[False]
    slots.put(False)
    assert not slots.congested[False]


@pytest.mark.parametrize("n", [4, 16, 64, 128, 256, 1000])
def test_who_fills_the_queue_becomes_a_batcher_and_others_are_refused(n: int) -> None:
    slots = RequestList(n)
    fill(slots, n - 1)
    assert not slots.full[False]
    assert slots.get(False, "last", 0), "the one that fills it still gets its slot"
    assert slots.full[False]
    refuse(slots)
    assert slots.get(False, "last", 0), "it is a batcher now"


@pytest.mark.parametrize("n", [4, 16, 64, 128, 256, 1000])
def test_nobody_gets_more_than_three_halves(n: int) -> None:
    slots = RequestList(n)
    fill(slots, n)
    task = 0
    while slots.count[False] < slots.cap:
        slots.waited(f"batcher {task}", 0)
        while slots.count[False] < slots.cap and slots.get(False, f"batcher {task}", 0):
            pass
        task += 1
    slots.waited("one more", 0)
    assert not slots.get(False, "one more", 0)
    assert slots.count[False] == slots.cap


def test_the_classes_do_not_share_slots() -> None:
    slots = RequestList(4)
    fill(slots, 4, sync=False)
    refuse(slots, sync=False)
    assert slots.get(True, "stranger", 0)
    assert (slots.full, slots.count) == ([True, False], [4, 1])


def test_a_batcher_has_thirty_two_credits() -> None:
    slots = RequestList(1000)
    fill(slots, 999)
    taken = 0
    while slots.get(False, "batcher", 0):
        taken += 1
    assert taken == BATCH_REQUESTS == 32


@pytest.mark.parametrize(
    ("after_us", "gets"), [(0, True), (BATCH_TIME_US - 1, True), (BATCH_TIME_US, False), (BATCH_TIME_US + 1, False)]
)
def test_credits_are_good_for_twenty_milliseconds(after_us: int, gets: bool) -> None:
    slots = RequestList(100)
    fill(slots, 100)
    slots.waited("batcher", 0)
    assert slots.get(False, "batcher", 0), "one credit is spent"
    assert slots.get(False, "batcher", after_us) is gets


def test_a_fresh_batcher_may_take_one_however_late_it_comes() -> None:
    slots = RequestList(100)
    fill(slots, 100)
    slots.waited("batcher", 0)
    assert slots.get(False, "batcher", 10 * BATCH_TIME_US)
    assert not slots.get(False, "batcher", 10 * BATCH_TIME_US)


def test_who_is_a_batcher_already_gets_no_new_credits() -> None:
    slots = RequestList(1000)
    fill(slots, 1000)
    slots.waited("batcher", 0)
    for _ in range(30):
        assert slots.get(False, "batcher", 0)
    slots.waited("batcher", 0)
    assert slots.get(False, "batcher", 0)
    assert slots.get(False, "batcher", 0)
    assert not slots.get(False, "batcher", 0), "ioc_set_batching leaves a batcher as it is"


def test_credits_are_spent_on_every_queue_fill_even_below_the_limit() -> None:
    slots = RequestList(100)
    slots.waited("batcher", 0)
    for _ in range(BATCH_REQUESTS):
        assert slots.get(False, "batcher", 0)
    fill(slots, 100 - BATCH_REQUESTS)
    assert not slots.get(False, "batcher", 0)


@pytest.mark.parametrize(
    ("count", "woken", "full_after"),
    [(6, False, True), (5, False, True), (4, True, False), (3, True, False)],
    ids=["6 -> 5", "5 -> 4", "4 -> 3", "3 -> 2"],
)
def test_a_freed_slot_wakes_only_from_the_limit_down(count: int, woken: bool, full_after: bool) -> None:
    slots = RequestList(4)
    slots.count[False] = count
    slots.full[False] = True
    slots.wait[False].sleepers.append(Context("C1:sleeper"))
    assert slots.put(False) == ([slots.wait[False]] if woken else [])
    assert slots.full[False] is full_after


def test_a_freed_slot_wakes_its_own_class_only() -> None:
    slots = RequestList(4)
    slots.count = [4, 4]
    slots.wait[True].sleepers.append(Context("C1:sync"))
    assert slots.put(False) == []
    assert slots.put(True) == [slots.wait[True]]


def test_a_freed_slot_looks_after_a_starved_other_class() -> None:
    slots = RequestList(4)
    slots.count = [1, 0]
    slots.starved[True] = True
    slots.wait[True].sleepers.append(Context("C1:sync"))
    assert slots.put(False) == [slots.wait[True]]
    assert slots.get(True, "sync", 0)
    assert slots.starved == [False, False]
