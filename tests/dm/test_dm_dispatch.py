"""dm_request_fn, dm_prep_fn and map_request: order of steps, freeze rule, every outcome (reference 7-9)."""

from __future__ import annotations

import errno

import pytest
from helpers.md import PLUG_US, Bench, table
from helpers.target import scripted

from emulator.block.bio import FAILFAST_TRANSPORT, META, SYNCIO, WRITE
from emulator.block.request import DONTPREP, SOFTBARRIER, STARTED
from emulator.commands import ClearFault, InjectFault, LoadTable, Resume, Suspend
from emulator.dm.codes import DM_MAPIO_REMAPPED, DM_MAPIO_REQUEUE, DM_MAPIO_SUBMITTED
from emulator.dm.table import Table, TableLine
from emulator.dm.targets.error import ErrorTarget
from emulator.messages import INSERT_CLONE
from emulator.plan import FaultSpec, Limits


def queued(bench: Bench, *starts: int) -> None:
    for start in starts:
        bench.submit(start)


def test_a_request_is_cloned_with_its_bios_and_inserted_below() -> None:
    bench = Bench(table("sda"))
    bench.submit(100, 8, write=True, data=b"a" * 4096)
    bench.submit(108, 16, write=True, data=b"b" * 8192)
    bench.unplug()
    (clone,) = bench.inserted()
    assert (clone.device, clone.sector, clone.sizes) == ("sda", 100, (8, 16))
    assert clone.data == b"a" * 4096 + b"b" * 8192
    (tio,) = bench.md.clones.values()
    assert tio.orig.special is tio and tio.orig.flags & DONTPREP and tio.orig.state == "ISSUED"
    assert bench.md.queue.in_flight == [1, 0]


@pytest.mark.parametrize(("era", "kept"), [("2.6.31", WRITE), ("modern", WRITE | SYNCIO | META)])
def test_flags_that_the_clone_keeps(era: str, kept: int) -> None:
    bench = Bench(table("sda"), era=era)
    bench.submit(100, write=True, sync=True, flags=META)
    bench.unplug()
    (clone,) = bench.inserted()
    assert clone.flags == kept | FAILFAST_TRANSPORT, "multipath adds FAILFAST_TRANSPORT to every clone"


def test_nothing_is_dispatched_while_plugged() -> None:
    bench = Bench()
    bench.submit(100)
    assert bench.inserted() == []
    bench.wait(PLUG_US - 1)
    assert bench.inserted() == []
    bench.wait(1)
    assert len(bench.inserted()) == 1


def test_everything_is_dispatched_in_one_run() -> None:
    bench = Bench()
    queued(bench, 100, 300, 500)
    bench.unplug()
    assert [clone.sector for clone in bench.inserted()] == [100, 300, 500]
    assert not bench.md.queue.plugged and bench.md.deadline_us() is None


def test_busy_freezes_exactly_the_head() -> None:
    bench = Bench()
    bench.busy("sda", "sdb")
    bench.submit(200)
    bench.unplug()
    head = bench.md.queue.queue_head[0]
    assert head.flags & STARTED and head.flags & DONTPREP and head.special is not None
    assert bench.md.queue.in_flight == [0, 0] and bench.inserted() == [], "it is not started"
    assert bench.md.busy_stops == 1
    queued(bench, 300, 308, 208)
    assert head.sectors == 8, "nothing merges into the head"
    assert [rq.sectors for rq in bench.md.queue.elevator] == [8, 16]
    assert bench.md.queue.plugged


def test_a_frozen_head_is_not_cloned_again() -> None:
    bench, target = scripted()
    target.is_busy = True
    bench.submit(100)
    bench.unplug()
    (tio,) = bench.md.clones.values()
    for _ in range(3):
        bench.wait(PLUG_US)
    assert target.asked_busy == 4 and list(bench.md.clones.values()) == [tio]
    target.is_busy = False
    bench.wait(PLUG_US)
    assert [clone.id for clone in bench.inserted()] == [tio.id]


def test_the_request_is_peeked_before_busy_is_asked() -> None:
    bench, target = scripted()
    target.is_busy = True
    bench.unplug()
    assert target.asked_busy == 0, "an empty queue asks nobody"
    bench.submit(100)
    bench.unplug()
    assert target.asked_busy == 1 and bench.md.queue.queue_head[0].flags & STARTED


def test_busy_is_retried_by_the_plug_or_a_completion() -> None:
    bench, target = scripted()
    bench.submit(100)
    bench.unplug()
    (first,) = bench.inserted()
    target.is_busy = True
    bench.submit(200)
    bench.unplug()
    target.is_busy = False
    bench.finish(first)
    assert [clone.sector for clone in bench.inserted()] == [200], "a completion runs M, long before 3 ms"


@pytest.mark.parametrize("attempts", [1, 3])
def test_defer_keeps_the_request_at_the_front_and_retries_in_three_milliseconds(attempts: int) -> None:
    bench = Bench()
    assert bench.errno(InjectFault("md", FaultSpec("oom", "clone_alloc", "md", times=attempts))) == 0
    queued(bench, 100, 300)
    bench.unplug()
    for attempt in range(1, attempts + 1):
        head = bench.md.queue.queue_head[0]
        assert bench.inserted() == [] and bench.md.deferred == attempt
        assert head.flags & STARTED and not head.flags & DONTPREP and head.special is None
        assert bench.head() == [100], "nothing passes it"
        bench.wait(PLUG_US)
    assert [clone.sector for clone in bench.inserted()] == [100, 300]


def test_defer_is_over_when_the_fault_is_cleared() -> None:
    bench = Bench()
    bench.do(InjectFault("md", FaultSpec("oom", "clone_alloc", "md")))
    bench.submit(100)
    bench.wait(10 * PLUG_US)
    assert bench.inserted() == [] and bench.md.deferred >= 9
    bench.do(ClearFault("md", "oom"))
    bench.wait(PLUG_US)
    assert len(bench.inserted()) == 1


def test_prep_of_a_request_with_a_stale_special_kills_it() -> None:
    bench = Bench()
    bench.submit(100)
    bench.submit(300)
    rq = next(iter(bench.md.queue.elevator))
    rq.special = object()
    bench.unplug()
    assert bench.ended == [(1, errno.EIO)]
    assert [clone.sector for clone in bench.inserted()] == [300], "and goes on with the next one"
    assert bench.md.queue.in_flight == [0, 1] and bench.md.queue.alloc.count == [0, 1]


# -- outcomes of map_rq ------------------------------------------------------------------------------------


def test_remapped_is_inserted() -> None:
    bench, target = scripted()
    target.maps = [DM_MAPIO_REMAPPED]
    bench.submit(100)
    bench.unplug()
    (clone,) = bench.inserted()
    bench.finish(clone)
    assert bench.ended == [(1, 0)] and target.ended == [(clone.id, 0)]


def test_submitted_is_the_targets() -> None:
    bench, target = scripted()
    target.maps = [DM_MAPIO_SUBMITTED]
    bench.submit(100)
    bench.unplug()
    assert bench.inserted() == [] and bench.raised == []
    (tio,) = target.held
    assert tio.orig.state == "HELD" and bench.md.queue.in_flight == [0, 1]
    bench.md.kick_queued_ios()
    bench.settle()
    (clone,) = bench.inserted()
    assert clone.id == tio.id and clone.context == "C7:kmpathd"


def test_requeue_puts_the_original_back() -> None:
    bench, target = scripted()
    target.maps = [DM_MAPIO_REQUEUE]
    bench.submit(100)
    bench.unplug()
    rq = bench.md.queue.queue_head[0]
    assert (
        rq.state == "REQUEUED" and rq.special is None and not rq.flags & (DONTPREP | STARTED) and rq.flags & SOFTBARRIER
    )
    assert bench.md.clones == {} and bench.md.queue.in_flight == [0, 0]
    assert target.ended == [], "rq_end_io is for dispatched clones"
    bench.wait(PLUG_US)
    assert len(bench.inserted()) == 1


@pytest.mark.parametrize(("era", "maps"), [("2.6.31", 5), ("modern", 1)])
def test_requeue_with_more_queued_loops_at_once_only_in_the_old_era(era: str, maps: int) -> None:
    bench, target = scripted(era=era)
    target.maps = [DM_MAPIO_REQUEUE] * 4
    queued(bench, 100, 300)
    bench.unplug()
    assert len(target.mapped) == (maps if era == "modern" else 6)
    assert bool(bench.md.queue.plugged) is (era == "modern")
    if era == "2.6.31":
        assert [tio.orig.sector for tio in target.mapped] == [100, 100, 100, 100, 100, 300]


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOMEM])
def test_a_negative_errno_kills_without_rq_end_io(error: int) -> None:
    bench, target = scripted()
    target.maps = [-error]
    bench.submit(100)
    bench.unplug()
    assert bench.inserted() == [] and bench.ended == []
    assert len(bench.raised) == 1, "it ends in the softirq, its clone bios still there"
    bench.softirq_pass()
    assert bench.ended == [(1, error)] and target.ended == []
    assert bench.md.clones == {} and bench.md.queue.in_flight == [0, 0]


def test_an_insertion_that_fails_does_call_rq_end_io() -> None:
    bench, target = scripted()
    bench.md.peer_gone(0, "sda")
    bench.submit(100)
    bench.unplug()
    assert bench.take(INSERT_CLONE) == []
    bench.softirq_pass()
    assert target.ended == [(target.mapped[0].id, -errno.EIO)]
    assert bench.ended == [(1, errno.EIO)]


@pytest.mark.parametrize("busy", [False, True])
def test_an_original_beyond_the_end_of_a_smaller_table_is_killed(busy: bool) -> None:
    bench = Bench()
    bench.do(Suspend("md"))
    queued(bench, 5000)
    if not busy:
        queued(bench, 100)
    bench.do(LoadTable("md", table("sda", length=4096)))
    if busy:
        bench.busy("sda")
    serial = bench.do(Resume("md"))
    assert bench.replies[serial][0] == 0
    bench.wait(PLUG_US)
    bench.softirq_pass()
    assert bench.ended == [(1, errno.EIO)], "it would never be sent anywhere: busy or not is no question"
    assert 5000 not in [clone.sector for clone in bench.inserted()]


def test_prep_survives_a_table_swap() -> None:
    bench = Bench()
    bench.submit(50)
    bench.unplug()
    (before,) = bench.inserted()
    bench.busy("sda", "sdb")
    bench.submit(100)
    bench.unplug()
    (held,) = [tio for tio in bench.md.clones.values() if tio.orig.state == "PREPPED"]
    suspend = bench.do(Suspend("md", noflush=True))
    bench.finish(before)
    assert bench.replies[suspend][0] == 0 and bench.head() == [100]
    bench.do(LoadTable("md", table("sdc")))
    bench.do(Resume("md"))
    (clone,) = bench.inserted()
    assert (clone.device, clone.id) == ("sdc", held.id), "nothing target-specific is in a clone that is only prepped"


def test_limits_of_m_come_from_its_paths_and_the_era() -> None:
    assert Bench(limits=Limits(512, 64)).md.queue.limits == Limits(255, 64)
    assert Bench(limits=Limits(128, 64)).md.queue.limits == Limits(128, 64)
    assert Bench(limits=Limits(512, 64), era="modern").md.queue.limits == Limits(512, 64)


@pytest.mark.parametrize(("era", "sectors"), [("2.6.31", 255), ("modern", 128)])
def test_a_table_without_devices_resets_limits_only_in_the_old_era(era: str, sectors: int) -> None:
    bench = Bench(limits=Limits(128, 64), era=era)
    bench.md.bind(Table(TableLine(0, 8, "error", ()), ErrorTarget(bench.md, 8, [])))
    assert bench.md.queue.limits.max_sectors == sectors


@pytest.mark.parametrize(
    ("sector", "sectors", "flags", "error"),
    [
        ((1 << 21) - 8, 16, 0, errno.EIO),
        (1 << 21, 8, 0, errno.EIO),
        (0, 256, 0, errno.EIO),
        (0, 8, 1 << 2, errno.EOPNOTSUPP),
        (0, 8, 1 << 6, errno.EOPNOTSUPP),
    ],
    ids=["over the end", "beyond the end", "longer than max_sectors", "barrier", "discard"],
)
def test_bios_that_are_refused_at_once(sector: int, sectors: int, flags: int, error: int) -> None:
    bench = Bench()
    bio = bench.submit(sector, sectors, flags=flags)
    assert bench.ended == [(bio, error)] and bench.md.queue.empty()


def test_a_mutex_is_not_carried_below() -> None:
    bench = Bench()
    bench.do(Suspend("md"))
    bench.submit(100)
    serial = bench.do(Resume("md"))
    (clone,) = bench.inserted()
    assert clone.context == "C6:dmsetup#2" and clone.carried == (), (
        "suspend_lock is no spinlock: nobody spins for an answer"
    )
    assert bench.replies[serial][0] == 0
