"""__make_request and get_request_wait (reference 4.3, 4.4): what is plugged, when it is unplugged, who sleeps."""

from __future__ import annotations

from random import Random

import pytest
from helpers.block import Owner, bio, sectors

from emulator.block.bio import UNPLUG, Bio
from emulator.block.plug import stop_queue
from emulator.block.request import ALLOCED, Request
from emulator.block.submit import make_request


class Maker:
    """Submits bios to an Owner's queue, each in the context of a task."""

    def __init__(self, elevator: str = "noop", **options: int) -> None:
        self.owner = Owner(elevator, **options)
        self.queue = self.owner.queue
        self.serial = 0

    def submit(self, one: Bio, task: str = "C1:app") -> None:
        """Submit and let everything settle."""
        self.serial += 1
        context = self.owner.context(task)
        self.owner.task(task, make_request(self.queue, context, one, self.serial))

    def end(self, rq: Request) -> None:
        """The driver is done with *rq*."""
        self.queue.finish_request(rq)
        self.queue.put_request(rq)
        self.owner.run(self.owner.now_us)


def test_the_first_request_plugs_an_empty_queue() -> None:
    maker = Maker()
    maker.submit(bio(100))
    q = maker.queue
    assert q.plugged and maker.owner.deadline_us() == 3000 and maker.owner.runs == []
    rq = next(iter(q.elevator))
    assert rq.flags & ALLOCED and q.alloc.count == [1, 0] and q.requests == 1
    assert q.lock.holder is None


def test_a_merge_makes_no_request() -> None:
    maker = Maker()
    maker.submit(bio(100))
    maker.submit(bio(108))
    assert (maker.queue.requests, maker.queue.alloc.count) == (1, [1, 0])


def test_no_merge_is_tried_on_an_empty_queue() -> None:
    maker = Maker()
    maker.queue.last_merge = stale = Request(9, bio(100), 0)
    maker.submit(bio(108))
    assert stale.sectors == 8 and maker.queue.requests == 1


def test_the_threshold_unplugs() -> None:
    maker = Maker()
    for index in range(3):
        maker.submit(bio(index * 100))
        assert maker.owner.runs == []
    maker.submit(bio(300))
    assert maker.owner.runs == ["C1:app"]


def test_the_threshold_counts_what_is_not_in_flight() -> None:
    maker = Maker()
    maker.owner.takes = [4]
    for index in range(4):
        maker.submit(bio(index * 100))
    assert sum(maker.queue.in_flight) == 4
    maker.owner.runs.clear()
    for index in range(3):
        maker.submit(bio(1000 + index * 100))
        assert maker.owner.runs == [], f"{index + 1} waiting"
    maker.submit(bio(2000))
    assert maker.owner.runs == ["C1:app"]


@pytest.mark.parametrize("threshold", [1, 2, 7])
def test_unplug_thresh(threshold: int) -> None:
    maker = Maker(unplug_thresh=threshold)
    for index in range(threshold):
        assert maker.owner.runs == []
        maker.submit(bio(index * 100))
    assert maker.owner.runs == ["C1:app"]


@pytest.mark.parametrize("merges", [False, True])
def test_a_bio_with_the_unplug_bit_unplugs_even_when_it_merges(merges: bool) -> None:
    maker = Maker()
    maker.submit(bio(100))
    maker.submit(bio(108 if merges else 500, flags=UNPLUG))
    assert maker.owner.runs == ["C1:app"] and not maker.queue.plugged


def test_a_stopped_queue_takes_bios_and_runs_nothing() -> None:
    maker = Maker()
    stop_queue(maker.queue)
    for index in range(6):
        maker.submit(bio(index * 100, flags=UNPLUG))
    assert maker.owner.runs == [] and not maker.queue.plugged
    assert sectors(maker.queue.elevator) == [0, 100, 200, 300, 400, 500]


@pytest.mark.parametrize(
    ("write", "sync", "index"), [(True, False, 0), (True, True, 1), (False, False, 1), (False, True, 1)]
)
def test_class_of_a_request(write: bool, sync: bool, index: int) -> None:
    maker = Maker()
    maker.submit(bio(100, write=write, sync=sync))
    assert maker.queue.alloc.count[index] == 1


def full(**options: int) -> Maker:
    """A queue of four requests, all taken by the driver."""
    maker = Maker(nr_requests=4, **options)
    maker.owner.takes = [4]
    for index in range(4):
        maker.submit(bio(index * 100), task="C1:filler")
    assert maker.queue.alloc.full == [True, False]
    return maker


def test_a_submitter_short_of_requests_unplugs_and_sleeps() -> None:
    maker = full(unplug_thresh=100)
    assert maker.owner.runs == []
    maker.owner.takes = []
    maker.submit(bio(900), task="C1:late")
    assert maker.owner.runs == ["C1:late"], "it unplugs before it sleeps"
    assert [context.name for context in maker.queue.alloc.wait[0].sleepers] == ["C1:late"]
    assert maker.queue.lock.holder is None


def test_a_sleeper_goes_on_when_a_slot_is_free_and_becomes_a_batcher() -> None:
    maker = full()
    maker.submit(bio(900), task="C1:late")
    assert sectors(maker.queue.elevator) == []
    maker.end(maker.owner.taken[0])
    assert sectors(maker.queue.elevator) == [900]
    maker.submit(bio(1000), task="C1:late")
    maker.submit(bio(1100), task="C1:late")
    assert sectors(maker.queue.elevator) == [900, 1000, 1100], "a batcher goes above the limit"
    maker.submit(bio(1200), task="C1:other")
    assert len(maker.queue.alloc.wait[0].sleepers) == 1


def test_sleepers_are_served_first_come_first_served() -> None:
    maker = full()
    for index in range(3):
        maker.submit(bio(1000 + index * 100), task=f"C1:{index}")
    for rq in maker.owner.taken:
        maker.end(rq)
    assert sectors(maker.queue.elevator) == [1000, 1100, 1200]


def test_one_class_full_does_not_stop_the_other() -> None:
    maker = full()
    maker.submit(bio(900, sync=True), task="C1:sync")
    assert sectors(maker.queue.elevator) == [900]


def test_who_waits_on_a_stopped_queue_sleeps_until_it_is_started() -> None:
    maker = full(unplug_thresh=100)
    stop_queue(maker.queue)
    maker.submit(bio(900), task="C1:late")
    assert maker.owner.runs == []
    assert len(maker.queue.alloc.wait[0].sleepers) == 1


def test_no_new_merge_is_tried_after_sleeping() -> None:
    maker = full()
    maker.submit(bio(900), task="C1:late")
    maker.submit(bio(892, sync=True), task="C1:sync")
    maker.end(maker.owner.taken[0])
    assert sectors(maker.queue.elevator) == [892, 900], "two requests although they touch"


def test_another_cpu_may_come_while_the_lock_is_dropped_to_allocate() -> None:
    maker = Maker()
    owner, q = maker.owner, maker.queue
    for number, task in enumerate(("C1:a", "C1:b"), 1):
        owner.call(owner.context(task), make_request(q, owner.context(task), bio(100 + 8 * number), number))
    owner.run(0, Random(1))
    assert q.requests == 2, "both looked before either was queued"
    assert q.lock.holder is None and q.lock.contended >= 1
