"""queue_mode bio: choosing per bio, bios kept in the target, verdicts, suspends, its words in table and log."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from helpers.md import SECTORS, Bench

from emulator.block.bio import FAILFAST_TRANSPORT
from emulator.block.errors import NOT_PATH_ERRORS
from emulator.commands import InterruptSuspend, LoadTable, Message, Resume, Suspend
from emulator.dm.lower import Lower
from emulator.messages import ACTIVATE_PATH, END_CLONE_BIO, PG_INIT_DONE, SUBMIT_BIO
from emulator.plan import Limits

TWO = "0 1 1 round-robin 0 2 1 8:0 1 8:16 1"
QUEUEING = "3 queue_mode bio queue_if_no_path"


def bench(features: str = "2 queue_mode bio", rest: str = TWO, **spec: Any) -> Bench:
    made = Bench(f"0 {SECTORS} multipath {features} {rest}", era="modern", **spec)
    made.sent.clear()
    return made


def bios(b: Bench) -> list[tuple[str, int, int]]:
    """(device, number, sector) of bios sent since the last look."""
    return [(to, message[2], message[3]) for to, message in b.take(SUBMIT_BIO)]


def end(b: Bench, bio: tuple[str, int, int], error: int = 0) -> None:
    b.receive(bio[0], END_CLONE_BIO, f"C3:{bio[0]}", bio[1], 1, error, None)


def message(b: Bench, text: str) -> None:
    assert b.errno(Message("md", text)) == 0
    b.wait(1000)


def target(b: Bench) -> Any:
    assert b.md.table is not None
    return b.md.table.target


def test_its_table_has_the_handler_feature_by_itself() -> None:
    assert target(bench()).table_line() == f"3 retain_attached_hw_handler queue_mode bio {TWO} "
    assert target(bench(QUEUEING)).table_line().startswith(
        "4 queue_if_no_path retain_attached_hw_handler queue_mode bio 0 1 1 "
    )


def test_each_bio_asks_the_selector_and_keeps_its_sector() -> None:
    b = bench()
    for sector in (0, 8, 16):
        b.submit(sector)
    assert [(to, sector) for to, _, sector in bios(b)] == [("sda", 0), ("sdb", 8), ("sda", 16)]
    assert [path.in_flight for path in target(b).groups[0].paths] == [2, 1]


def test_bios_to_a_path_fail_fast() -> None:
    b = bench()
    b.submit(0)
    ((_, sent),) = b.take(SUBMIT_BIO)
    assert sent[5] & FAILFAST_TRANSPORT


def test_a_path_error_is_tried_on_another_path_and_the_application_sees_nothing() -> None:
    b = bench()
    number = b.submit(0)
    (first,) = bios(b)
    end(b, first, errno.EIO)
    assert b.ended == [] and target(b).nr_valid_paths == 1
    b.wait(1000)
    (second,) = bios(b)
    assert (first[0], second[0]) == ("sda", "sdb")
    end(b, second)
    assert b.ended == [(number, 0)] and b.md.errors_hidden == 1


@pytest.mark.parametrize("error", sorted(NOT_PATH_ERRORS))
def test_an_error_that_no_path_is_to_blame_for_goes_up(error: int) -> None:
    b = bench()
    number = b.submit(0)
    end(b, bios(b)[0], error)
    assert b.ended == [(number, error)] and target(b).nr_valid_paths == 2


def test_no_memory_fails_the_path_like_any_other() -> None:
    b = bench(QUEUEING)
    b.submit(0)
    end(b, bios(b)[0], errno.ENOMEM)
    assert target(b).nr_valid_paths == 1


def test_without_a_path_a_bio_fails_or_waits_in_the_target() -> None:
    b = bench()
    for dev in ("8:0", "8:16"):
        message(b, f"fail_path {dev}")
    assert b.ended == [(b.submit(0), errno.EIO)]
    message(b, "queue_if_no_path")
    first, second = b.submit(8), b.submit(16)
    assert b.ended[1:] == [] and b.md.snapshot(10).target.queued == 2  # type: ignore[union-attr]
    assert [row.state for row in b.md.snapshot(10).in_flight] == ["HELD", "HELD"]
    message(b, "reinstate_path 8:16")
    again = bios(b)
    assert [(to, sector) for to, _, sector in again] == [("sdb", 8), ("sdb", 16)]
    for bio in again:
        end(b, bio)
    assert b.ended[1:] == [(first, 0), (second, 0)]


def test_fail_if_no_path_ends_what_waits() -> None:
    b = bench(QUEUEING, "0 1 1 round-robin 0 1 1 8:0 1")
    message(b, "fail_path 8:0")
    number = b.submit(0)
    message(b, "fail_if_no_path")
    assert b.ended == [(number, errno.EIO)]


def test_the_queueing_timeout_ends_what_waits() -> None:
    b = bench(QUEUEING, "0 1 1 round-robin 0 1 1 8:0 1", queue_if_no_path_timeout_secs=1)
    message(b, "fail_path 8:0")
    number = b.submit(0)
    b.wait(1_100_000)
    assert b.ended == [(number, errno.EIO)]
    line = "device-mapper: multipath: queue_if_no_path timeout on 253:0, failing queued IO"
    assert ("kernel_log", {"md": "md", "text": line}) in b.events


def test_while_nothing_changes_no_work_runs() -> None:
    b = bench(QUEUEING, "0 1 1 round-robin 0 1 1 8:0 1")
    message(b, "fail_path 8:0")
    b.submit(0)
    b.wait(1000)
    assert b.md.deadline_us() is None


def test_a_flush_suspend_ends_what_waits_with_eio_and_queueing_is_on_again_afterwards() -> None:
    b = bench(QUEUEING, "0 1 1 round-robin 0 1 1 8:0 1")
    message(b, "fail_path 8:0")
    number = b.submit(0)
    suspend = b.do(Suspend("md"))
    b.wait(1000)
    assert b.replies[suspend][0] == 0 and b.ended == [(number, errno.EIO)]
    assert "queue_if_no_path" not in target(b).table_line()
    b.do(Resume("md"))
    assert "queue_if_no_path" in target(b).table_line()


def test_a_noflush_suspend_keeps_it_for_the_next_table_and_shows_queueing_off_too() -> None:
    b = bench(QUEUEING, "0 1 1 round-robin 0 1 1 8:0 1")
    message(b, "fail_path 8:0")
    number = b.submit(0)
    suspend = b.do(Suspend("md", noflush=True))
    b.wait(1000)
    assert b.replies[suspend][0] == 0 and b.ended == []
    assert "queue_if_no_path" not in target(b).table_line()
    assert b.md.snapshot(10).waiting_bios == 1 and b.md.snapshot(10).nr_in_flight == 0
    line = f"0 {SECTORS} multipath {QUEUEING} 0 1 1 round-robin 0 1 1 8:16 1"
    assert b.errno(LoadTable("md", line)) == 0
    b.do(Resume("md"))
    (bio,) = bios(b)
    assert bio[0] == "sdb"
    end(b, bio)
    assert b.ended == [(number, 0)]


def test_a_bio_that_fails_in_flight_on_the_last_path_during_a_noflush_suspend_is_kept() -> None:
    b = bench("2 queue_mode bio", "0 1 1 round-robin 0 1 1 8:0 1")
    number = b.submit(0)
    (bio,) = bios(b)
    suspend = b.do(Suspend("md", noflush=True))
    end(b, bio, errno.EIO)
    b.wait(1000)
    assert b.replies[suspend][0] == 0 and b.ended == []
    b.do(Resume("md"))
    assert b.ended == [(number, errno.EIO)], "the same table: no path"


def test_an_interrupted_suspend_leaves_what_the_target_keeps() -> None:
    b = bench(QUEUEING)
    b.submit(0)
    (bio,) = bios(b)
    suspend = b.do(Suspend("md", noflush=True))
    assert b.errno(InterruptSuspend("md")) == 0 and b.replies[suspend][0] == errno.EINTR
    end(b, bio)
    assert [error for _, error in b.ended] == [0]


def test_all_paths_vanish_and_one_comes_back() -> None:
    b = bench(QUEUEING)
    number = b.submit(0)
    bios(b)
    for device in ("sda", "sdb"):
        b.md.peer_gone(b.now, device)
        b.settle()
    b.wait(1000)
    assert b.ended == [] and target(b).nr_valid_paths == 0
    b.md.peer_back(b.now, "sdb")
    message(b, "reinstate_path 8:16")
    (bio,) = bios(b)
    end(b, bio)
    assert b.ended == [(number, 0)]


def test_a_hardware_handler_asked_for_is_left_out_with_a_line() -> None:
    b = bench()
    words = TWO.replace("0 1 1", "1 alua 1 1", 1)
    assert b.errno(LoadTable("md", f"0 {SECTORS} multipath 2 queue_mode bio {words}")) == 0
    line = "device-mapper: multipath: bio-based multipath doesn't allow hardware handler args"
    assert ("kernel_log", {"md": "md", "text": line}) in b.events
    assert b.md.inactive is not None and b.md.inactive.target.table_line().startswith("3 retain_attached_hw_handler")


def test_bios_wait_for_the_activation_of_the_paths() -> None:
    b = Bench("", era="modern")
    for lower in b.md.lower_by_name.values():
        attach(lower)
    assert b.errno(LoadTable("md", f"0 {SECTORS} multipath 2 queue_mode bio {TWO}")) == 0
    b.do(Resume("md"))
    assert target(b).handler == "alua"
    b.submit(0)
    b.wait(100)
    activations = b.take(ACTIVATE_PATH)
    assert bios(b) == [] and {to for to, _ in activations} == {"sda", "sdb"}
    for to, sent in activations:
        b.receive(to, PG_INIT_DONE, sent[1], "OK")
    b.wait(1000)
    assert len(bios(b)) == 1


def attach(lower: Lower) -> None:
    lower.limits = Limits()
    lower.scsi, lower.handlers, lower.handler = True, ("alua",), "alua"
