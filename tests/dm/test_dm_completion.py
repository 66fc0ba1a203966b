"""end_clone_bio, dm_softirq_done, dm_end_request and requeueing (reference 11, 12)."""

from __future__ import annotations

import errno

import pytest
from helpers.md import PLUG_US, Bench, Inserted, table
from helpers.target import scripted

from emulator.block.request import ATOM_COMPLETE, DONTPREP, SOFTBARRIER, STARTED
from emulator.commands import Suspend
from emulator.dm.codes import DM_ENDIO_INCOMPLETE, DM_ENDIO_REQUEUE
from emulator.messages import SOFTIRQ_DONE

SIZES = (8, 16, 4, 8)


def four(bench: Bench, write: bool = False) -> Inserted:
    """One request of four bios, dispatched."""
    at = 100
    for sectors in SIZES:
        bench.submit(at, sectors, write=write, data=bytes([at % 256]) * sectors * 512 if write else None)
        at += sectors
    bench.unplug()
    (clone,) = bench.inserted()
    assert clone.sizes == SIZES
    return clone


def test_each_success_goes_up_at_once_head_to_tail() -> None:
    bench = Bench()
    clone = four(bench)
    rq = next(iter(bench.md.clones.values())).orig
    left = sum(SIZES)
    for bio, sectors in enumerate(SIZES, 1):
        bench.end_bios(clone, 1, data=bytes(sectors * 512))
        left -= sectors
        assert bench.ended == [(n, 0) for n in range(1, bio + 1)]
        assert (rq.sectors, rq.sector) == (left, 100 + sum(SIZES) - left), "advanced by the size of the original bio"
        assert rq.reported + rq.sectors == sum(SIZES)


def test_all_bios_done_is_not_the_request_done() -> None:
    bench = Bench()
    clone = four(bench)
    bench.end_bios(clone, 4)
    (tio,) = bench.md.clones.values()
    assert len(bench.ended) == 4 and tio.orig.sectors == 0
    assert bench.md.queue.in_flight == [0, 1] and bench.md.queue.alloc.count == [0, 1] and bench.md.completed == 0
    bench.softirq(clone.id, 0, 4)
    assert bench.md.queue.in_flight == [0, 0] and bench.md.queue.alloc.count == [0, 0] and bench.md.completed == 1
    assert tio.orig.state == "FINISHED" and bench.md.clones == {}


def test_a_request_whose_bios_have_all_ended_is_shown_where_it_was() -> None:
    bench = Bench()
    clone = four(bench)
    bench.end_bios(clone, 3)
    (left,) = bench.md.snapshot(8).in_flight
    assert (left.sector, left.sectors, left.bios, left.state) == (128, 8, 1, "ISSUED")
    bench.end_bios(clone, 1)
    (shown,) = bench.md.snapshot(8).in_flight
    assert (shown.sector, shown.sectors, shown.bios, shown.state) == (100, sum(SIZES), 0, "ISSUED")


def test_several_bios_at_once() -> None:
    bench = Bench()
    clone = four(bench)
    bench.end_bios(clone, 3)
    assert bench.ended == [(1, 0), (2, 0), (3, 0)]


def test_data_of_a_read_is_dealt_out_by_bio() -> None:
    bench = Bench()
    clone = four(bench)
    sent = []
    bench.md.send = lambda to, message: sent.append(message)  # type: ignore[method-assign]
    data = b"".join(bytes([n]) * size * 512 for n, size in enumerate(SIZES))
    bench.end_bios(clone, 4, data=data)
    assert [message[3] for message in sent] == [bytes([n]) * size * 512 for n, size in enumerate(SIZES)]


@pytest.mark.parametrize("good", [0, 1, 2, 3])
def test_an_error_goes_nowhere_and_later_successes_neither(good: int) -> None:
    bench, target = scripted()
    target.verdicts = [DM_ENDIO_REQUEUE]
    clone = four(bench)
    for _ in range(good):
        bench.end_bios(clone, 1)
    bench.end_bios(clone, 1, errno.EIO)
    (tio,) = bench.md.clones.values()
    assert tio.error == errno.EIO
    for _ in range(4 - good - 1):
        bench.end_bios(clone, 1)
    reported = [(n, 0) for n in range(1, good + 1)]
    assert bench.ended == reported, "after the first error not even a success is reported"
    bench.softirq(clone.id, errno.EIO, 4)
    assert bench.ended == reported
    bench.wait(PLUG_US)
    (again,) = bench.inserted()
    assert again.sizes == SIZES[good:] and again.sector == 100 + sum(SIZES[:good]), (
        "only the unreported rest is retried"
    )
    bench.finish(again)
    assert bench.ended == [(n, 0) for n in range(1, 5)]


def test_a_retried_write_carries_only_the_rest() -> None:
    bench, target = scripted()
    target.verdicts = [DM_ENDIO_REQUEUE]
    clone = four(bench, write=True)
    bench.finish(clone, errno.EIO, good=2)
    bench.wait(PLUG_US)
    (again,) = bench.inserted()
    assert clone.data is not None and again.data == clone.data[24 * 512 :]


@pytest.mark.parametrize("error", [0, errno.EIO])
def test_the_softirq_waits_for_the_bios_that_ended_before_it(error: int) -> None:
    bench, _ = scripted()
    clone = four(bench)
    bench.end_bios(clone, 2)
    bench.softirq(clone.id, error, 4)
    assert bench.md.completed == 0, "two end_clone_bio calls are still on their way"
    bench.end_bios(clone, 1, error)
    assert bench.md.completed == 0
    bench.end_bios(clone, 1, error)
    assert bench.md.completed == 1
    assert bench.ended == [(1, 0), (2, 0), (3, error), (4, error)]


def test_a_completion_is_taken_once() -> None:
    bench, target = scripted()
    clone = four(bench)
    bench.end_bios(clone, 4)
    bench.md.receive(0, "softirq", (SOFTIRQ_DONE, "C4:softirq", clone.id, 0, 4))
    bench.md.receive(0, "softirq", (SOFTIRQ_DONE, "C4:softirq", clone.id, errno.EIO, 4))
    bench.settle()
    bench.softirq(clone.id, 0, 4)
    assert bench.md.completed == 1 and len(target.ended) == 1


# -- verdicts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "verdict", "ended", "in_flight"),
    [
        (0, 0, 0, 0),
        (errno.EIO, 0, 0, 0),
        (errno.EIO, -errno.EIO, errno.EIO, 0),
        (errno.EIO, -errno.ENODATA, errno.ENODATA, 0),
        (errno.EIO, DM_ENDIO_REQUEUE, None, 0),
        (errno.EIO, DM_ENDIO_INCOMPLETE, None, 1),
    ],
)
def test_verdicts(error: int, verdict: int, ended: int | None, in_flight: int) -> None:
    bench, target = scripted()
    bench.submit(100)
    bench.unplug()
    (clone,) = bench.inserted()
    target.verdicts = [verdict]
    if error:
        bench.end_bios(clone, 1, error)
    else:
        bench.end_bios(clone, 1)
    bench.softirq(clone.id, error, 1)
    assert target.ended == [(clone.id, -error)]
    assert bench.ended == ([] if ended is None else [(1, ended)])
    assert sum(bench.md.queue.in_flight) == in_flight


def test_the_requests_error_overwrites_the_bios() -> None:
    bench, target = scripted()
    clone = four(bench)
    bench.end_bios(clone, 4, errno.EIO)
    bench.softirq(clone.id, errno.ENODATA, 4)
    assert target.ended == [(clone.id, -errno.ENODATA)]


def test_an_error_ends_the_unreported_tail_in_order() -> None:
    bench, _ = scripted()
    clone = four(bench)
    bench.finish(clone, errno.EIO, good=2)
    assert bench.ended == [(1, 0), (2, 0), (3, errno.EIO), (4, errno.EIO)]
    assert (bench.md.bios_completed, bench.md.bios_failed) == (2, 2)
    assert bench.kinds().count("io_error") == 1


def test_rq_end_io_and_the_ends_run_without_a_queue_lock() -> None:
    bench, target = scripted()
    holders = []
    judge = target.rq_end_io
    target.rq_end_io = lambda tio, error: (holders.append(bench.md.queue.lock.holder), judge(tio, error))[1]  # type: ignore[method-assign]
    clone = four(bench)
    bench.finish(clone)
    assert holders == [None]


def test_a_completion_runs_m_in_the_softirq() -> None:
    bench, target = scripted()
    clone = four(bench)
    target.is_busy = True
    bench.submit(900)
    bench.unplug()
    target.is_busy = False
    bench.finish(clone)
    (following,) = bench.inserted()
    assert following.context == "C4:softirq" and following.carried == ()


# -- requeue -------------------------------------------------------------------------------------------------


def three(bench: Bench) -> list[Inserted]:
    for at in (100, 300, 500):
        bench.submit(at)
    bench.unplug()
    clones = bench.inserted()
    assert [clone.sector for clone in clones] == [100, 300, 500]
    return clones


def test_requeues_stack_up_lifo_at_the_front() -> None:
    bench, target = scripted()
    clones = three(bench)
    bench.submit(50)
    target.verdicts = [DM_ENDIO_REQUEUE] * 3
    for clone in clones:
        bench.finish(clone, errno.EIO)
    assert bench.head() == [500, 300, 100]
    bench.wait(PLUG_US)
    assert [clone.sector for clone in bench.inserted()] == [500, 300, 100, 50]


def test_what_a_requeued_original_looks_like() -> None:
    bench, target = scripted()
    target.verdicts = [DM_ENDIO_REQUEUE]
    clone = three(bench)[1]
    bench.finish(clone, errno.EIO)
    (rq,) = bench.md.queue.queue_head
    assert rq.flags & SOFTBARRIER and not rq.flags & (STARTED | DONTPREP | ATOM_COMPLETE)
    assert (rq.special, rq.state, rq.retries) == (None, "REQUEUED", 1)
    assert bench.md.queue.in_flight == [0, 2] and clone.id not in bench.md.clones


def test_a_requeue_does_not_run_m() -> None:
    bench, target = scripted()
    target.verdicts = [DM_ENDIO_REQUEUE]
    bench.finish(three(bench)[0], errno.EIO)
    assert bench.inserted() == [], "never at once"
    assert bench.md.queue.plugged, "M was empty: plugged"
    bench.wait(PLUG_US - 1)
    assert bench.inserted() == []
    bench.wait(1)
    assert [clone.sector for clone in bench.inserted()] == [100]


def test_a_requeue_is_run_by_another_completion() -> None:
    bench, target = scripted()
    clones = three(bench)
    target.verdicts = [DM_ENDIO_REQUEUE, 0]
    bench.finish(clones[0], errno.EIO)
    bench.finish(clones[1])
    assert [clone.sector for clone in bench.inserted()] == [100]


def test_only_an_empty_m_is_plugged_by_a_requeue() -> None:
    bench, target = scripted()
    clones = three(bench)
    target.verdicts = [DM_ENDIO_REQUEUE] * 2
    bench.finish(clones[0], errno.EIO)
    first = bench.md.deadline_us()
    bench.now += 1000
    bench.finish(clones[1], errno.EIO)
    assert bench.md.deadline_us() == first


def test_a_requeue_leaves_a_stopped_m_unplugged() -> None:
    bench, target = scripted()
    target.verdicts = [DM_ENDIO_REQUEUE]
    bench.submit(100)
    bench.unplug()
    (clone,) = bench.inserted()
    serial = bench.do(Suspend("md", noflush=True))
    assert serial not in bench.replies
    bench.finish(clone, errno.EIO)
    assert not bench.md.queue.plugged and bench.md.queue.stopped and bench.head() == [100]
    assert bench.replies[serial][0] == 0, "nothing is in flight: the suspend waiter was woken"


def test_a_requeued_request_never_merges_again() -> None:
    bench, target = scripted()
    target.verdicts = [DM_ENDIO_REQUEUE]
    bench.submit(100)
    bench.unplug()
    (clone,) = bench.inserted()
    bench.finish(clone, errno.EIO)
    bench.submit(108)
    bench.submit(92)
    bench.wait(PLUG_US)
    assert sorted(clone.sizes for clone in bench.inserted()) == [(8,), (8,), (8,)]


def test_counters_of_a_hidden_error() -> None:
    bench, target = scripted()
    target.verdicts = [DM_ENDIO_REQUEUE] * 3
    for clone in three(bench):
        bench.finish(clone, errno.EIO)
    md = bench.md
    assert (md.requeued, md.errors_hidden, md.clone_errors, md.bios_failed) == (3, 3, 3, 0)
    assert bench.kinds().count("requeued") == 1, "the first of a burst"


def test_one_clone_at_a_time() -> None:
    bench = Bench(table("sda"))
    clone = four(bench)
    bench.end_bios(clone, 4, errno.EIO)
    assert len(bench.md.clones) == 1
