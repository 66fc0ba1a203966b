"""dm_suspend, the marker, dm_resume, table swap (reference 14)."""

from __future__ import annotations

import errno

import pytest
from helpers.md import PLUG_US, QUEUE_IF_NO_PATH, Bench, table
from helpers.target import scripted

from emulator.block.request import STARTED
from emulator.commands import ClearTable, InterruptSuspend, LoadTable, Message, Resume, Suspend
from emulator.dm.codes import DM_ENDIO_REQUEUE
from emulator.dm.flags import BLOCK_IO_FOR_SUSPEND, NOFLUSH_SUSPENDING, SUSPENDED
from emulator.dm.suspend import IDLE, INVALID, QUEUED

FLUSH, NOFLUSH = False, True
BOTH = pytest.mark.parametrize("noflush", [False, True], ids=["flush", "noflush"])


def suspend(bench: Bench, noflush: bool = False) -> int:
    return bench.do(Suspend("md", noflush=noflush))


def done(bench: Bench, serial: int) -> int | None:
    """errno of the reply, None while there is none."""
    return bench.replies[serial][0] if serial in bench.replies else None


def resume(bench: Bench) -> int:
    return bench.errno(Resume("md"))


@BOTH
def test_an_idle_md_suspends_at_once(noflush: bool) -> None:
    bench = Bench()
    assert done(bench, suspend(bench, noflush)) == 0
    md = bench.md
    assert md.flags == SUSPENDED | BLOCK_IO_FOR_SUSPEND and md.queue.stopped and md.marker_state == IDLE
    assert resume(bench) == 0
    assert md.flags == 0 and not md.queue.stopped


@BOTH
def test_a_suspended_md_is_not_suspended_again(noflush: bool) -> None:
    bench = Bench()
    suspend(bench)
    assert done(bench, suspend(bench, noflush)) == errno.EINVAL


def test_a_running_md_is_not_resumed() -> None:
    assert resume(Bench()) == errno.EINVAL


def test_noflush_just_stops_m() -> None:
    bench = Bench()
    bench.submit(100)
    bench.submit(300)
    assert done(bench, suspend(bench, NOFLUSH)) == 0
    assert bench.inserted() == [] and len(bench.md.queue.elevator) == 2, "they stay on M"
    assert not bench.md.queue.plugged and bench.md.deadline_us() is None
    resume(bench)
    assert len(bench.inserted()) == 2, "resume runs M right here"


def test_noflush_waits_for_what_is_in_flight() -> None:
    bench = Bench(table("sda"))
    bench.submit(100)
    bench.unplug()
    (clone,) = bench.inserted()
    serial = suspend(bench, NOFLUSH)
    assert done(bench, serial) is None and bench.md.flags & NOFLUSH_SUSPENDING
    bench.finish(clone)
    assert done(bench, serial) == 0 and not bench.md.flags & NOFLUSH_SUSPENDING


def test_flush_inserts_a_marker_at_the_tail_behind_the_drained_elevator() -> None:
    bench, target = scripted()
    target.is_busy = True
    for at in (300, 100):
        bench.submit(at)
    serial = suspend(bench)
    assert bench.head() == [300, 100, -1] and len(bench.md.queue.elevator) == 0
    assert bench.md.marker_state == QUEUED and sum(bench.md.queue.in_flight) == 0, "the marker is never in flight"
    bench.submit(50)
    bench.submit(58)
    assert bench.head() == [300, 100, -1], "later submissions stay behind it"
    assert [rq.sectors for rq in bench.md.queue.elevator] == [16], "and merge among themselves"
    target.is_busy = False
    bench.wait(PLUG_US)
    clones = bench.inserted()
    assert [clone.sector for clone in clones] == [300, 100] and bench.head() == [-1]
    assert done(bench, serial) is None
    for clone in clones:
        assert bench.md.marker_state == QUEUED
        bench.finish(clone)
    assert done(bench, serial) == 0 and bench.md.marker_state == IDLE
    assert bench.head() == [] and bench.md.queue.stopped and bench.inserted() == []
    resume(bench)
    assert [clone.sector for clone in bench.inserted()] == [50]


def test_the_marker_blocks_while_anything_is_in_flight() -> None:
    bench = Bench(table("sda"))
    bench.submit(100)
    serial = suspend(bench)
    (clone,) = bench.inserted()
    assert bench.kinds().count("marker_blocking") == 1
    for _ in range(3):
        assert bench.md.queue.plugged, "step P: retry in 3 ms"
        bench.wait(PLUG_US)
    assert done(bench, serial) is None and bench.kinds().count("marker_blocking") == 1
    bench.finish(clone)
    assert done(bench, serial) == 0


def test_a_requeued_original_is_in_front_of_the_marker() -> None:
    bench, target = scripted()
    bench.submit(100)
    serial = suspend(bench)
    (clone,) = bench.inserted()
    target.verdicts = [DM_ENDIO_REQUEUE]
    bench.finish(clone, errno.EIO)
    assert bench.head() == [100, -1] and done(bench, serial) is None
    bench.wait(PLUG_US)
    (again,) = bench.inserted()
    bench.finish(again)
    assert done(bench, serial) == 0 and bench.ended == [(1, 0)]


def test_a_wake_with_only_one_condition_true_just_loops() -> None:
    bench = Bench(table("sda"))
    bench.submit(100)
    bench.unplug()
    (clone,) = bench.inserted()
    serial = suspend(bench, NOFLUSH)
    bench.md.wake(bench.md.wait)
    bench.settle()
    assert done(bench, serial) is None and len(bench.md.wait.sleepers) == 1
    bench.finish(clone)
    assert done(bench, serial) == 0


# -- interrupted ---------------------------------------------------------------------------------------------


def blocked(noflush: bool = False) -> tuple[Bench, int]:
    """A suspend that waits for one clone."""
    bench = Bench(table("sda"))
    bench.submit(100)
    bench.unplug()
    return bench, suspend(bench, noflush)


def test_nobody_to_interrupt() -> None:
    assert Bench().errno(InterruptSuspend("md")) == errno.ESRCH


@BOTH
def test_an_interrupted_suspend(noflush: bool) -> None:
    bench, serial = blocked(noflush)
    assert bench.errno(InterruptSuspend("md")) == 0
    assert done(bench, serial) == errno.EINTR
    assert bench.md.flags == 0 and not bench.md.queue.stopped
    (first,) = bench.inserted()
    bench.submit(300)
    bench.finish(first)
    bench.wait(PLUG_US)
    assert [clone.sector for clone in bench.inserted()] == [300], "I/O flows again"


def test_the_marker_chart() -> None:
    bench, first = blocked()
    md = bench.md
    (clone,) = bench.inserted()
    assert md.marker is not None and (md.marker_state, md.marker.special) == (QUEUED, None)
    bench.do(InterruptSuspend("md"))
    assert done(bench, first) == errno.EINTR
    assert md.marker is not None and (md.marker_state, md.marker.special) == (INVALID, 1)
    assert bench.head() == [-1], "abort does not unlink it"
    assert done(bench, suspend(bench)) == errno.EBUSY
    bench.wait(PLUG_US)
    assert md.marker_state == IDLE and bench.head() == [], "the next peek kills it, in flight or not"
    third = suspend(bench)
    assert done(bench, third) is None
    bench.finish(clone)
    assert done(bench, third) == 0


def test_an_invalid_marker_does_not_stop_a_noflush_suspend() -> None:
    bench, _ = blocked()
    (clone,) = bench.inserted()
    bench.do(InterruptSuspend("md"))
    serial = suspend(bench, NOFLUSH)
    bench.finish(clone)
    assert done(bench, serial) == 0 and bench.md.marker_state == INVALID
    assert resume(bench) == 0
    assert bench.md.marker_state == IDLE and not bench.md.queue.stopped


def test_a_signal_after_the_marker_completed_comes_too_late() -> None:
    bench, serial = blocked()
    (clone,) = bench.inserted()
    bench.md.signalled = True
    bench.finish(clone)
    assert done(bench, serial) == 0, "both conditions are tested before the signal"
    assert not bench.md.signalled


def test_only_one_suspend_at_a_time() -> None:
    bench, first = blocked()
    second = suspend(bench)
    assert done(bench, second) is None, "it waits on suspend_lock"
    (clone,) = bench.inserted()
    bench.finish(clone)
    assert (done(bench, first), done(bench, second)) == (0, errno.EINVAL)


# -- suspended ------------------------------------------------------------------------------------------------


@BOTH
def test_bios_stay_on_m_while_suspended(noflush: bool) -> None:
    bench = Bench()
    suspend(bench, noflush)
    for at in (100, 300, 500, 700, 900):
        bench.submit(at, unplug=True)
    bench.submit(908)
    bench.wait(10 * PLUG_US)
    assert bench.inserted() == [] and bench.ended == []
    assert len(bench.md.queue.elevator) == 5, "merged and queued on the stopped M"
    resume(bench)
    assert len(bench.inserted()) == 5


def test_a_submitter_short_of_requests_sleeps_until_resume() -> None:
    bench = Bench(table("sda"), nr_requests=4)
    suspend(bench)
    for at in range(6):
        bench.submit(at * 100, task=f"C1:{at}")
    assert bench.md.queue.alloc.count == [0, 4] and len(bench.md.queue.alloc.wait[1].sleepers) == 2
    resume(bench)
    for clone in bench.inserted():
        bench.finish(clone)
    bench.wait(PLUG_US)
    for clone in bench.inserted():
        bench.finish(clone)
    assert len(bench.ended) == 6


def test_flush_without_a_path_fails_what_is_held() -> None:
    bench = Bench(table("sda", features=QUEUE_IF_NO_PATH))
    bench.do(Message("md", "fail_path sda"))
    bench.submit(100)
    bench.unplug()
    serial = suspend(bench)
    bench.softirq_pass()
    assert bench.ended == [(1, errno.EIO)] and done(bench, serial) == 0


def test_noflush_without_a_path_pushes_it_back() -> None:
    bench = Bench(table("sda", features=QUEUE_IF_NO_PATH))
    bench.do(Message("md", "fail_path sda"))
    bench.submit(100)
    bench.unplug()
    serial = suspend(bench, NOFLUSH)
    assert done(bench, serial) == 0 and bench.ended == [] and bench.head() == [100]
    bench.do(LoadTable("md", table("sdb")))
    assert resume(bench) == 0
    assert [clone.device for clone in bench.inserted()] == ["sdb"], "the new table has a path"


# -- tables ---------------------------------------------------------------------------------------------------


def test_resume_without_suspend_swaps_by_a_flush_suspend() -> None:
    bench = Bench(table("sda"))
    bench.do(LoadTable("md", table("sdb")))
    assert bench.md.inactive_text == table("sdb")
    assert resume(bench) == 0
    assert "marker_completed" in bench.kinds() and bench.kinds()[-1] == "resumed"
    assert bench.md.inactive is None and bench.md.inactive_text == ""
    bench.submit(100, unplug=True)
    assert [clone.device for clone in bench.inserted()] == ["sdb"]


def test_a_swap_that_fails_destroys_the_inactive_table() -> None:
    bench, first = blocked()
    bench.do(InterruptSuspend("md"))
    assert done(bench, first) == errno.EINTR
    bench.do(LoadTable("md", table("sdb")))
    assert resume(bench) == errno.EINVAL, "the implicit suspend said EBUSY, which resume ignores; the swap then refuses"
    assert bench.md.inactive is None and bench.md.inactive_text == ""


@BOTH
def test_an_interrupted_resume_loses_its_table(noflush: bool) -> None:
    bench = Bench(table("sda"))
    bench.submit(100)
    bench.unplug()
    bench.do(LoadTable("md", table("sdb")))
    serial = bench.do(Resume("md", noflush))
    assert done(bench, serial) is None and bench.md.inactive is None, "it waits, with the table in its hand"
    assert bench.errno(InterruptSuspend("md")) == 0
    assert done(bench, serial) == errno.EINVAL, "dm_suspend said EINTR, which resume ignores; the swap then refuses"
    assert bench.md.flags == 0 and bench.md.inactive is bench.md.incoming is None


def test_clear_drops_the_inactive_table() -> None:
    bench = Bench(table("sda"))
    bench.do(LoadTable("md", table("sdb")))
    assert bench.errno(ClearTable("md")) == 0
    assert resume(bench) == errno.EINVAL, "nothing to swap, not suspended"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("0 100 nosuch", "unknown target type"),
        ("5 100 error", "Gap in table"),
        ("0 0 error", "zero-length"),
        ("0 100 error\n100 100 error", "Request-based dm doesn't support multiple targets yet"),
        ("0 100 multipath 0 0 1 1 round-robin 0 1 1 9:9 1", "error getting device (found '9:9')"),
        ("0 4194304 multipath 0 0 1 1 round-robin 0 1 1 8:0 1", "too small for target"),
        ("0 100 multipath 0 0 2 1 round-robin 0 1 1 8:0 1", "priority group count mismatch"),
        ("0 100 multipath 1 nosuch 0 1 1 round-robin 0 1 1 8:0 1", "Unrecognised multipath feature"),
        ("0 100 multipath 0 0 1 1 nosuch 0 1 1 8:0 1", "unknown path selector"),
        ("0 100 multipath 0 0 1 1 round-robin 0 2 1 8:0 1", "not enough path parameters"),
        ("0 100 multipath 2 pg_init_retries 51 0 1 1 round-robin 0 1 1 8:0 1", "pg_init_retries must be between 1"),
    ],
)
def test_a_refused_table_changes_nothing(line: str, word: str) -> None:
    bench = Bench(table("sda"))
    bench.do(LoadTable("md", table("sdb")))
    serial = bench.do(LoadTable("md", line))
    error, text = bench.replies[serial]
    assert error in (errno.EINVAL, errno.ENXIO) and word in text
    assert bench.md.inactive_text == table("sdb") and "table_rejected" in bench.kinds()


@BOTH
@pytest.mark.parametrize("suspended", [False, True])
def test_an_md_without_a_table(noflush: bool, suspended: bool) -> None:
    bench = Bench("")
    if suspended:
        assert done(bench, suspend(bench, noflush)) == 0
    assert resume(bench) == errno.EINVAL
    assert bench.errno(LoadTable("md", table("sda"))) == 0
    assert resume(bench) == 0
    bench.submit(100, unplug=True)
    assert len(bench.inserted()) == 1, "nothing of the suspend is left on M"
    assert not any(rq.flags & STARTED and rq.marker for rq in bench.md.queue.queue_head)
