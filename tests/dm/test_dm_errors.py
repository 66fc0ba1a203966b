"""Which error a path is blamed for, by era, and what reaches the application (reference 18.8)."""

from __future__ import annotations

import errno

import pytest
from helpers.md import PLUG_US, QUEUE_IF_NO_PATH, Bench, table
from helpers.stage import Stage, plan

from emulator.block.errors import BLK_STATUS, NOT_PATH_ERRORS, errno_name, errno_of
from emulator.commands import InjectFault, Suspend
from emulator.dm.requeue import DELAY_US
from emulator.dm.targets.multipath import Multipath
from emulator.plan import FaultSpec

MODERN = {
    "NOTSUPP": False,
    "NOSPC": False,
    "TARGET": False,
    "NEXUS": False,
    "MEDIUM": False,
    "PROTECTION": False,
    "TIMEOUT": True,
    "TRANSPORT": True,
    "RESOURCE": True,
    "DEV_RESOURCE": True,
    "AGAIN": True,
    "IOERR": True,
}
"""Status -> is the path to blame (blk_path_error of 5.0)."""
ERRNOS = {
    "NOTSUPP": "EOPNOTSUPP",
    "NOSPC": "ENOSPC",
    "TARGET": "EREMOTEIO",
    "NEXUS": "EBADE",
    "MEDIUM": "ENODATA",
    "PROTECTION": "EILSEQ",
    "TIMEOUT": "ETIMEDOUT",
    "TRANSPORT": "ENOLINK",
    "RESOURCE": "ENOMEM",
    "DEV_RESOURCE": "EBUSY",
    "AGAIN": "EAGAIN",
    "IOERR": "EIO",
}
STATUSES = pytest.mark.parametrize("status", sorted(MODERN))


def multipath(bench: Bench) -> Multipath:
    assert bench.md.table is not None
    target = bench.md.table.target
    assert isinstance(target, Multipath)
    return target


def fail_one(bench: Bench, error: int) -> str:
    """One read fails on the path that it was sent to; returns the path."""
    bench.submit(100)
    bench.unplug()
    (clone,) = bench.inserted()
    bench.finish(clone, error)
    return clone.device


@STATUSES
def test_the_table_of_statuses(status: str) -> None:
    assert errno_name(BLK_STATUS[status]) == ERRNOS[status]
    assert (BLK_STATUS[status] not in NOT_PATH_ERRORS) is MODERN[status]
    for word in (status, f"BLK_STS_{status}", status.lower(), ERRNOS[status], str(BLK_STATUS[status])):
        assert errno_of(word) == BLK_STATUS[status]


@pytest.mark.parametrize(("word", "near"), [("EIOO", "EIO"), ("MEDIUMM", "MEDIUM"), ("TRANSPRT", "TRANSPORT")])
def test_an_unknown_word_names_the_nearest(word: str, near: str) -> None:
    with pytest.raises(ValueError, match=near):
        errno_of(word)


@STATUSES
@pytest.mark.parametrize("era", ["2.6.31", "modern"])
def test_with_a_path_left(status: str, era: str) -> None:
    bench = Bench(era=era)
    error = BLK_STATUS[status]
    path = fail_one(bench, error)
    blamed = MODERN[status] if era == "modern" else status != "NOTSUPP"
    target = multipath(bench)
    states = {each.lower.name: each.active for each in target.groups[0].paths}
    assert states == {"sda": True, "sdb": True} | ({path: False} if blamed else {})
    assert target.nr_valid_paths == sum(states.values())
    if blamed:
        assert bench.ended == []
        bench.wait(DELAY_US if (status, era) == ("RESOURCE", "modern") else PLUG_US)
        (again,) = bench.inserted()
        assert again.device != path
        bench.finish(again)
        assert bench.ended == [(1, 0)], "the application sees only success"
    else:
        assert bench.ended == [(1, error)]


@STATUSES
@pytest.mark.parametrize("queue", [False, True])
@pytest.mark.parametrize("era", ["2.6.31", "modern"])
def test_on_the_last_path(status: str, era: str, queue: bool) -> None:
    bench = Bench(table("sda", features=QUEUE_IF_NO_PATH if queue else "0"), era=era)
    error = BLK_STATUS[status]
    fail_one(bench, error)
    blamed = MODERN[status] if era == "modern" else status != "NOTSUPP"
    if not blamed:
        assert bench.ended == [(1, error)] and multipath(bench).nr_valid_paths == 1
    elif queue and era == "modern":
        bench.wait(DELAY_US)
        assert bench.inserted() == [] and bench.ended == [] and not multipath(bench).queued
        assert len(bench.md.queue.requeue_list) == 1 and bench.md.queue.in_flight == [0, 0], "back on the md queue"
    elif queue:
        assert bench.ended == [] and bench.head() == [100]
        bench.wait(PLUG_US)
        assert bench.inserted() == [] and len(multipath(bench).queued) == 1, "held inside the target"
    else:
        assert bench.ended == [(1, error if era == "modern" else errno.EIO)]
    assert ("no_path_left" in bench.kinds()) is blamed


@pytest.mark.parametrize("era", ["2.6.31", "modern"])
def test_a_medium_error_and_every_path(era: str) -> None:
    bench = Bench(era=era)
    bench.submit(100)
    bench.unplug()
    tried = []
    while not bench.ended:
        (clone,) = bench.inserted()
        tried.append(clone.device)
        bench.finish(clone, errno.ENODATA)
        bench.wait(PLUG_US)
    assert tried == (["sda", "sdb"] if era == "2.6.31" else ["sda"]), "in 2.6.31 it fails every path in turn"
    assert bench.ended == [(1, errno.EIO if era == "2.6.31" else errno.ENODATA)]


@pytest.mark.parametrize("noflush", [False, True])
def test_the_last_path_fails_during_a_suspend(noflush: bool) -> None:
    bench = Bench(table("sda", features=QUEUE_IF_NO_PATH))
    bench.submit(100)
    bench.unplug()
    (clone,) = bench.inserted()
    serial = bench.do(Suspend("md", noflush=noflush))
    bench.finish(clone, errno.EIO)
    if noflush:
        assert bench.ended == [] and bench.head() == [100], "must push back"
    else:
        assert bench.ended == [(1, errno.EIO)]
    assert bench.replies[serial][0] == 0


def test_two_clones_of_one_path_fail_it_once() -> None:
    bench = Bench(table("sda", "sdb", repeat=1000))
    for at in (100, 300, 500):
        bench.submit(at)
    bench.unplug()
    clones = bench.inserted()
    assert {clone.device for clone in clones} == {"sda"}
    for clone in clones:
        bench.finish(clone, errno.EIO)
    path = multipath(bench).groups[0].paths[0]
    assert (path.fail_count, path.in_flight, path.bytes) == (1, 0, 0)
    assert bench.kinds().count("path_failed") == 1


def test_an_over_limit_clone_is_a_path_error() -> None:
    bench = Bench()
    bench.submit(100)
    bench.unplug()
    (clone,) = bench.inserted()
    bench.softirq(clone.id, errno.EIO, 0)
    assert bench.ended == [] and bench.head() == [100], (
        "insertion refused: rq_end_io failed the path, clone bios still there"
    )
    assert multipath(bench).nr_valid_paths == 1


def test_an_error_is_told_with_the_sector_where_it_is() -> None:
    stage = Stage(plan(table("sda")))
    stage.sim.submit(InjectFault("sda", FaultSpec("bad", "error", "sda")))
    stage.read(2048, unplug=True)
    stage.play(50_000)
    (error,) = stage.of_kind("io_error")
    assert error.details["sector"] == 2048
