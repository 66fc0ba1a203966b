"""Suspend, resume and reload in a later kernel (14, and what a 6.1 kernel did)."""

from __future__ import annotations

import errno

import pytest
from helpers.md import QUEUE_IF_NO_PATH, Bench, Inserted, table

from emulator.commands import InterruptSuspend, LoadTable, Message, Resume, Suspend
from emulator.dm.view import md_state

BOTH = pytest.mark.parametrize("noflush", [False, True], ids=["flush", "noflush"])
SOON_US = 1000


def modern(features: str = "0", *paths: str) -> Bench:
    return Bench(table(*(paths or ("sda", "sdb")), features=features), era="modern")


def fly(bench: Bench, *sectors: int) -> list[Inserted]:
    for sector in sectors:
        bench.submit(sector)
        bench.unplug()
    return bench.inserted()


def line(bench: Bench) -> str:
    assert bench.md.table is not None
    return bench.md.table.target.table_line()


@BOTH
def test_it_waits_for_requests_in_flight_and_sends_none_meanwhile(noflush: bool) -> None:
    bench = modern()
    (clone,) = fly(bench, 100)
    serial = bench.do(Suspend("md", noflush=noflush))
    assert serial not in bench.replies and md_state(bench.md) == "SUSPENDING"
    assert fly(bench, 300) == []
    assert bench.errno(Message("md", "fail_path 8:16")) == 0, "messages work"
    bench.finish(clone)
    assert bench.replies[serial][0] == 0 and md_state(bench.md) == "SUSPENDED" and bench.ended == [(1, 0)]
    assert "marker_inserted" not in bench.kinds()
    bench.do(Resume("md"))
    bench.wait(SOON_US)
    assert [each.sector for each in bench.inserted()] == [300]


@BOTH
def test_a_request_to_be_retried_does_not_hold_it_up(noflush: bool) -> None:
    bench = modern()
    (clone,) = fly(bench, 100)
    serial = bench.do(Suspend("md", noflush=noflush))
    bench.finish(clone, errno.EIO)
    bench.wait(SOON_US)
    assert bench.replies[serial][0] == 0 and bench.ended == [] and bench.inserted() == []
    bench.do(Resume("md"))
    bench.wait(SOON_US)
    (again,) = bench.inserted()
    assert again.device != clone.device
    bench.finish(again)
    assert bench.ended == [(1, 0)]


@pytest.mark.parametrize("features", ["0", QUEUE_IF_NO_PATH])
def test_the_last_path_fails_during_a_flush(features: str) -> None:
    bench = modern(features, "sda")
    (clone,) = fly(bench, 100)
    serial = bench.do(Suspend("md"))
    assert "queue_if_no_path" not in line(bench), "off while a flush is in force"
    bench.finish(clone, errno.EIO)
    assert bench.ended == [(1, errno.EIO)] and bench.replies[serial][0] == 0
    bench.do(Resume("md"))
    assert ("queue_if_no_path" in line(bench)) is (features != "0")


@pytest.mark.parametrize("features", ["0", QUEUE_IF_NO_PATH])
@pytest.mark.parametrize("swap", [False, True])
def test_the_last_path_fails_during_a_noflush(features: str, swap: bool) -> None:
    bench = modern(features, "sda")
    (clone,) = fly(bench, 100)
    bench.do(Suspend("md", noflush=True))
    assert ("queue_if_no_path" in line(bench)) is (features != "0")
    bench.finish(clone, errno.EIO)
    assert bench.ended == [], "kept, whatever the feature says"
    if swap:
        assert bench.errno(LoadTable("md", table("sdb"))) == 0
    bench.do(Resume("md"))
    bench.wait(SOON_US)
    bench.softirq_pass()
    sent = [each.device for each in bench.inserted()]
    if swap:
        assert sent == ["sdb"] and bench.ended == []
    else:
        assert sent == [] and bench.ended == ([(1, errno.EIO)] if features == "0" else [])


def test_a_flush_of_a_queueing_device_fails_what_is_queued() -> None:
    bench = modern(QUEUE_IF_NO_PATH, "sda")
    bench.errno(Message("md", "fail_path 8:0"))
    fly(bench, 100, 300)
    serial = bench.do(Suspend("md"))
    bench.softirq_pass()
    assert bench.ended == [(1, errno.EIO), (2, errno.EIO)] and bench.replies[serial][0] == 0
    bench.do(Resume("md"))
    assert line(bench).startswith("1 queue_if_no_path ")
    fly(bench, 500)
    assert len(bench.md.queue.requeue_list) == 1


@BOTH
def test_resume_with_an_inactive_table_flushes_unless_told_not_to(noflush: bool) -> None:
    bench = modern(QUEUE_IF_NO_PATH, "sda")
    bench.errno(Message("md", "fail_path 8:0"))
    fly(bench, 100)
    assert bench.errno(LoadTable("md", table("sdb"))) == 0
    serial = bench.do(Resume("md", noflush=noflush))
    bench.softirq_pass()
    bench.wait(SOON_US)
    sent = [each.device for each in bench.inserted()]
    assert bench.replies[serial][0] == 0 and line(bench).startswith("0 0 1 1 round-robin 0 1 1 8:16 ")
    assert (sent, bench.ended) == ((["sdb"], []) if noflush else ([], [(1, errno.EIO)]))


def test_a_new_table_starts_afresh_and_keeps_the_event_number() -> None:
    bench = modern()
    (clone,) = fly(bench, 100)
    bench.finish(clone, errno.EIO)
    bench.wait(SOON_US)
    (clone,) = bench.inserted()
    bench.finish(clone)
    assert bench.md.event_nr == 1
    bench.errno(LoadTable("md", table("sda", "sdb")))
    bench.do(Resume("md"))
    assert bench.md.table is not None and bench.md.event_nr == 1
    assert bench.md.table.target.status_line() == "2 1 0 0 1 1 E 0 2 0 8:0 A 0 8:16 A 0 "


@BOTH
def test_twice_is_as_good_as_once(noflush: bool) -> None:
    bench = modern()
    for command in (Suspend("md", noflush=noflush), Suspend("md"), Suspend("md", noflush=True)):
        assert bench.replies[bench.do(command)][0] == 0 and md_state(bench.md) == "SUSPENDED"
    for _ in range(2):
        assert bench.replies[bench.do(Resume("md"))][0] == 0 and md_state(bench.md) == "RUNNING"


@pytest.mark.parametrize(
    ("text", "error"), [("fail_path 8:0", errno.EBUSY), ("nosuch", errno.EBUSY), ("", errno.EINVAL)]
)
def test_messages_to_a_suspended_device(text: str, error: int) -> None:
    bench = modern()
    bench.do(Suspend("md"))
    assert bench.errno(Message("md", text)) == error
    assert bench.md.event_nr == 0


def test_without_a_table() -> None:
    bench = Bench("", era="modern")
    assert bench.replies[bench.do(Resume("md"))][0] == 0, "an active device: nothing to do"
    assert bench.replies[bench.do(Suspend("md"))][0] == 0
    assert bench.replies[bench.do(Resume("md"))][0] == errno.EINVAL
    assert bench.errno(Message("md", "fail_path 8:0")) == errno.EINVAL
    text = "device-mapper: ioctl: The device has no table."
    assert ("kernel_log", {"md": "md", "text": text}) in bench.events


@BOTH
def test_an_interrupted_suspend_leaves_it_active(noflush: bool) -> None:
    bench = modern()
    (clone,) = fly(bench, 100)
    serial = bench.do(Suspend("md", noflush=noflush))
    fly(bench, 300)
    assert bench.errno(InterruptSuspend("md")) == 0
    assert bench.replies[serial][0] == errno.EINTR and md_state(bench.md) == "RUNNING"
    assert [each.sector for each in bench.inserted()] == [300]
    bench.finish(clone)
    assert bench.ended == [(1, 0)]


def test_a_swap_to_error_ends_what_is_queued_and_multipath_can_come_back() -> None:
    bench = modern(QUEUE_IF_NO_PATH, "sda")
    bench.errno(Message("md", "fail_path 8:0"))
    fly(bench, 100)
    bench.do(Suspend("md", noflush=True))
    assert bench.errno(LoadTable("md", "0 2097152 error")) == 0
    bench.do(Resume("md"))
    bench.wait(SOON_US)
    bench.softirq_pass()
    assert bench.ended == [(1, errno.EIO)]
    assert bench.errno(LoadTable("md", table("sdb"))) == 0
    bench.do(Resume("md"))
    assert [each.device for each in fly(bench, 300)] == ["sdb"]
