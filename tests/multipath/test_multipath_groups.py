"""Priority groups, path states, events and uevents of a later kernel (18.3, 18.7, 18.12)."""

from __future__ import annotations

import errno

import pytest
from helpers.md import Bench, table

from emulator.commands import Message

THREE = (
    "0 2097152 multipath 0 0 3 2 round-robin 0 1 1 8:0 1 round-robin 0 1 1 8:16 1 round-robin 0 1 1 8:32 1"
)


def say(bench: Bench, text: str) -> int:
    return bench.errno(Message("md", text))


def read(bench: Bench) -> str:
    """The device that one more read goes to; it ends well."""
    bench.submit(1000 + 100 * bench.bio)
    bench.unplug()
    (clone,) = bench.inserted()
    bench.finish(clone)
    return clone.device


def letters(bench: Bench) -> str:
    assert bench.md.table is not None
    view = bench.md.table.target.view()
    return "".join(group.state for group in view.groups)


def log(bench: Bench) -> list[str]:
    return [details["text"] for kind, details in bench.events if kind == "kernel_log"]


def test_the_initial_group_is_used_first_and_kept() -> None:
    bench = Bench(THREE, era="modern")
    assert letters(bench) == "EEE"
    assert [read(bench), read(bench)] == ["sdb", "sdb"] and letters(bench) == "EAE"


def test_a_group_without_paths_gives_way_to_the_first_from_one() -> None:
    bench = Bench(THREE, era="modern")
    read(bench)
    say(bench, "fail_path 8:16")
    assert letters(bench) == "EAE", "until a request looks for a path"
    assert read(bench) == "sda" and letters(bench) == "AEE"
    say(bench, "reinstate_path 8:16")
    assert read(bench) == "sda", "no failback"


@pytest.mark.parametrize(
    ("messages", "state", "goes_to", "then"),
    [
        (["disable_group 2"], "EDE", "sda", "ADE"),
        (["disable_group 1", "disable_group 2"], "DDE", "sdc", "DDA"),
        (["disable_group 1", "disable_group 2", "disable_group 3"], "DDD", "sda", "DDD"),
        (["disable_group 1", "disable_group 2", "switch_group 3"], "EEE", "sdc", "EEA"),
        (["enable_group 3"], "EEE", "sda", "AEE"),
        (["switch_group 03"], "EEE", "sdc", "EEA"),
        (["fail_path 8:32", "switch_group 3"], "EEE", "sda", "AEE"),
        (["disable_group 1", "fail_path 8:16", "fail_path 8:32"], "DEE", "sda", "DEE"),
    ],
)
def test_group_messages(messages: list[str], state: str, goes_to: str, then: str) -> None:
    bench = Bench(THREE, era="modern")
    read(bench)
    for text in messages:
        assert say(bench, text) == 0
    assert letters(bench) == state
    assert read(bench) == goes_to and letters(bench) == then


@pytest.mark.parametrize(
    ("text", "rises"),
    [
        ("fail_path 8:0", 1),
        ("fail_path 8:16", 0),
        ("reinstate_path 8:16", 1),
        ("reinstate_path 8:0", 0),
        ("switch_group 1", 1),
        ("disable_group 1", 1),
        ("enable_group 1", 1),
        ("queue_if_no_path", 0),
        ("fail_if_no_path", 0),
        ("nosuch x", 0),
    ],
)
def test_what_counts_as_an_event(text: str, rises: int) -> None:
    bench = Bench(THREE, era="modern")
    say(bench, "fail_path 8:16")
    before = bench.md.event_nr
    say(bench, text)
    bench.wait(1000)
    assert bench.md.event_nr - before == rises


def test_failures_of_one_moment_are_one_event_and_their_uevents_come_newest_first() -> None:
    bench = Bench(table("sda", "sdb", "sdc", features="1 queue_if_no_path"), era="modern")
    for at in (100, 300, 500):
        bench.submit(at)
        bench.unplug()
    clones = bench.inserted()
    for clone in clones:
        bench.finish(clone, errno.EIO)
    bench.wait(1000)
    assert bench.md.event_nr == 1
    uevents = [details for kind, details in bench.events if kind == "uevent"]
    assert [(each["DM_SEQNUM"], each["DM_PATH"], each["DM_NR_VALID_PATHS"]) for each in uevents] == [
        (3, "8:32", 0), (2, "8:16", 1), (1, "8:0", 2),
    ]
    assert {each["DM_ACTION"] for each in uevents} == {"PATH_FAILED"} and uevents[0]["DM_NAME"] == "md"
    say(bench, "reinstate_path 8:16")
    assert bench.md.event_nr == 2
    (uevent,) = [details for kind, details in bench.events if kind == "uevent" and details["DM_SEQNUM"] == 4]
    assert uevent == {
        "md": "md", "DM_TARGET": "multipath", "DM_ACTION": "PATH_REINSTATED", "DM_SEQNUM": 4, "DM_PATH": "8:16",
        "DM_NR_VALID_PATHS": 1, "DM_NAME": "md", "DM_UUID": "",
    }


def test_one_after_the_other_they_are_two_events() -> None:
    bench = Bench(era="modern")
    bench.submit(100)
    bench.unplug()
    for _ in range(2):
        (clone,) = bench.inserted()
        bench.finish(clone, errno.EIO)
        bench.wait(100)
    assert bench.md.event_nr == 2 and bench.ended == [(1, errno.EIO)]


def test_two_requests_failing_on_one_path_count_once_and_a_doomed_one_again_after_reinstatement() -> None:
    bench = Bench(table("sda"), era="modern")
    say(bench, "queue_if_no_path")
    for at in (100, 300, 500):
        bench.submit(at)
        bench.unplug()
    first, second, doomed = bench.inserted()
    bench.finish(first, errno.EIO)
    bench.finish(second, errno.EIO)
    assert bench.md.table is not None
    assert bench.md.table.target.status_line().endswith("8:0 F 1 ")
    say(bench, "reinstate_path 8:0")
    bench.finish(doomed, errno.EIO)
    assert bench.md.table.target.status_line().endswith("8:0 F 2 ")


def test_the_kernel_log_of_a_lost_device() -> None:
    bench = Bench(era="modern")
    bench.submit(1024, write=True, sync=True)
    bench.unplug()
    (clone,) = bench.inserted()
    bench.finish(clone, errno.ETIMEDOUT)
    bench.wait(100)
    (clone,) = bench.inserted()
    bench.finish(clone, errno.ENOLINK)
    assert log(bench) == [
        "timeout error, dev sda, sector 1024 op 0x1:(WRITE) flags 0xca00 phys_seg 1 prio class 2",
        "device-mapper: multipath: 253:0: Failing path 8:0.",
        "recoverable transport error, dev sdb, sector 1024 op 0x1:(WRITE) flags 0xca00 phys_seg 1 prio class 2",
        "device-mapper: multipath: 253:0: Failing path 8:16.",
        "recoverable transport error, dev dm-0, sector 1024 op 0x1:(WRITE) flags 0x8800 phys_seg 1 prio class 2",
    ]
    assert bench.ended == [(1, errno.ENOLINK)]
    say(bench, "reinstate_path 8:0")
    assert log(bench)[-1] == "device-mapper: multipath: 253:0: Reinstating path 8:0."


def test_request_errors_are_rate_limited_and_path_failures_are_not() -> None:
    bench = Bench(table("sda"), era="modern")
    for number in range(15):
        bench.submit(1000 + 100 * number)
        bench.unplug()
        (clone,) = bench.inserted()
        bench.finish(clone, errno.ENODATA)
    assert len([line for line in log(bench) if "dev sda" in line]) == 10
    bench.wait(5_000_000)
    bench.submit(0)
    bench.unplug()
    (clone,) = bench.inserted()
    bench.finish(clone, errno.ENODATA)
    assert len([line for line in log(bench) if "dev sda" in line]) == 11


def test_2_6_31_says_it_in_its_own_words() -> None:
    bench = Bench(table("sda"))
    bench.submit(100)
    bench.unplug()
    (clone,) = bench.inserted()
    bench.finish(clone, errno.EIO)
    assert log(bench) == [
        "end_request: I/O error, dev sda, sector 100",
        "device-mapper: multipath: Failing path 8:0.",
        "end_request: I/O error, dev dm-0, sector 100",
    ]
