"""The multipath target: choosing, holding, queue_if_no_path, messages, status, events (reference 15, 18.3-18.12)."""

from __future__ import annotations

import errno

import pytest
from helpers.md import PLUG_US, QUEUE_IF_NO_PATH, Bench, table

from emulator.commands import InterruptSuspend, Message, Resume, Suspend
from emulator.dm.targets.multipath import Multipath


def multipath(bench: Bench) -> Multipath:
    assert bench.md.table is not None
    target = bench.md.table.target
    assert isinstance(target, Multipath)
    return target


def say(bench: Bench, text: str) -> int:
    return bench.errno(Message("md", text))


def where(bench: Bench, count: int) -> list[str]:
    """Devices that *count* more reads are sent to."""
    devices = []
    for _ in range(count):
        bench.submit(1000 + 100 * bench.bio)
        bench.unplug()
        devices += [clone.device for clone in bench.inserted()]
    return devices


GROUPS = "0 2097152 multipath 0 0 2 1 round-robin 0 1 1 8:0 1 round-robin 0 1 1 8:16 1"


# -- choosing (18.2, 18.3) ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [(1, "ababab"), (2, "aabbaa"), (3, "aaabbb"), (1000, "aaaaaa"), (0, "aaaaaa")],
)
def test_repeat_count(repeat: int, expected: str) -> None:
    bench = Bench(table("sda", "sdb", repeat=repeat))
    assert "".join(device[-1] for device in where(bench, 6)) == expected


def test_modern_eras_store_larger_repeat_counts_as_one() -> None:
    bench = Bench(table("sda", "sdb", repeat=1000), era="modern")
    assert where(bench, 4) == ["sda", "sdb", "sda", "sdb"]


def test_a_failed_path_is_left_and_a_reinstated_one_is_next() -> None:
    bench = Bench(table("sda", "sdb", "sdc"))
    assert where(bench, 1) == ["sda"]
    assert say(bench, "fail_path 8:16") == 0
    assert where(bench, 3) == ["sdc", "sda", "sdc"]
    assert say(bench, "reinstate_path 8:16") == 0
    assert where(bench, 3) == ["sdb", "sda", "sdc"], "to the head of the valid list"


def test_no_failback() -> None:
    bench = Bench(GROUPS)
    assert where(bench, 1) == ["sda"]
    say(bench, "fail_path 8:0")
    assert where(bench, 1) == ["sdb"]
    say(bench, "reinstate_path 8:0")
    assert where(bench, 2) == ["sdb", "sdb"], "a group is kept until it has no usable path"
    say(bench, "switch_group 1")
    assert where(bench, 1) == ["sda"]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (["disable_group 1"], "sdb"),
        (["disable_group 1", "disable_group 2"], "sda"),
        (["disable_group 1", "enable_group 1"], "sda"),
        (["disable_group 2", "switch_group 2"], "sdb"),
        (["disable_group 1", "fail_path 8:16"], "sda"),
        (["switch_group 2", "fail_path 8:16"], "sda"),
    ],
)
def test_groups(messages: list[str], expected: str) -> None:
    bench = Bench(GROUPS)
    where(bench, 1)
    for text in messages:
        assert say(bench, text) == 0
    assert where(bench, 1) == [expected]


def test_the_initial_group_is_tried_even_if_disabled() -> None:
    bench = Bench(GROUPS)
    say(bench, "disable_group 1")
    assert where(bench, 1) == ["sda"]


def test_the_initial_group() -> None:
    assert where(Bench(GROUPS.replace("0 0 2 1", "0 0 2 2")), 1) == ["sdb"]
    assert where(Bench(GROUPS.replace("0 0 2 1", "0 0 2 7")), 1) == ["sda"], "more than there are selects nothing"


# -- busy (15) -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("busy", "failed", "answer"),
    [
        ((), (), False),
        (("sda",), (), False),
        (("sda", "sdb"), (), True),
        (("sda",), ("sdb",), True),
        (("sda", "sdb"), ("sda", "sdb"), False),
        (("sda", "sdb"), ("sda",), True),
    ],
    ids=["free", "one busy", "all busy", "the active one busy", "no active path", "all busy, one failed"],
)
@pytest.mark.parametrize("chosen", [False, True], ids=["before the first I/O", "after it"])
def test_multipath_busy(busy: tuple[str, ...], failed: tuple[str, ...], answer: bool, chosen: bool) -> None:
    bench = Bench()
    if chosen:
        where(bench, 1)
    bench.busy(*busy)
    for path in failed:
        say(bench, f"fail_path {path}")
    assert multipath(bench).busy() is answer


def test_a_vanished_device_is_not_busy() -> None:
    bench = Bench()
    bench.busy("sda", "sdb")
    bench.md.peer_gone(0, "sda")
    assert not multipath(bench).busy(), "it would kill the request; busy would hold it for ever"


def test_a_device_is_busy_at_its_depth_counting_what_is_on_its_way() -> None:
    bench = Bench(table("sda"))
    bench.md.lower_by_name["sda"].told(False, 2, 0, 0)
    assert len(where(bench, 3)) == 2
    assert bench.md.busy_stops == 1 and bench.md.lower_by_name["sda"].busy()


def test_busy_asks_the_group_that_mapping_would_use() -> None:
    bench = Bench(GROUPS)
    where(bench, 1)
    bench.busy("sda")
    assert multipath(bench).busy()
    say(bench, "switch_group 2")
    assert not multipath(bench).busy()


# -- holding I/O (18.4, 18.5, 18.9) ----------------------------------------------------------------------------


def held(count: int = 3) -> Bench:
    """*count* reads held inside the target: no path, queue_if_no_path."""
    bench = Bench(table("sda", "sdb", features=QUEUE_IF_NO_PATH))
    say(bench, "fail_path sda")
    say(bench, "fail_path sdb")
    assert where(bench, count) == []
    assert len(multipath(bench).queued) == count and sum(bench.md.queue.in_flight) == count
    return bench


def test_held_clones_go_on_in_order_when_a_path_comes_back() -> None:
    bench = held()
    say(bench, "reinstate_path sdb")
    clones = bench.inserted()
    assert [(clone.device, clone.sector) for clone in clones] == [("sdb", 1000), ("sdb", 1100), ("sdb", 1200)]
    assert {clone.context for clone in clones} == {"C7:kmpathd"} and multipath(bench).queued == []


def test_fail_if_no_path_kills_them_without_rq_end_io() -> None:
    bench = held()
    say(bench, "fail_if_no_path")
    bench.softirq_pass()
    assert bench.ended == [(1, errno.EIO), (2, errno.EIO), (3, errno.EIO)]


def test_without_queue_if_no_path_the_request_is_killed() -> None:
    bench = Bench(table("sda"))
    say(bench, "fail_path sda")
    assert where(bench, 1) == []
    bench.softirq_pass()
    assert bench.ended == [(1, errno.EIO)] and bench.md.killed == 1


def state(bench: Bench) -> tuple[bool, bool]:
    target = multipath(bench)
    return target.queue_if_no_path, target.saved_queue_if_no_path


@pytest.mark.parametrize("feature", [False, True])
def test_the_queue_if_no_path_machine(feature: bool) -> None:
    bench = Bench(table("sda", features=QUEUE_IF_NO_PATH if feature else "0"))
    assert state(bench) == (feature, feature)
    say(bench, "queue_if_no_path")
    assert state(bench) == (True, True)
    bench.do(Suspend("md"))
    assert state(bench) == (False, True), "presuspend saves the old one"
    bench.do(Resume("md"))
    assert state(bench) == (True, True)
    say(bench, "FAIL_IF_NO_PATH")
    assert state(bench) == (False, False)
    bench.do(Suspend("md", noflush=True))
    bench.do(Resume("md"))
    assert state(bench) == (False, False)


def test_an_interrupted_suspend_leaves_it_off() -> None:
    bench = Bench(table("sda", features=QUEUE_IF_NO_PATH))
    assert where(bench, 1) == ["sda"]
    bench.do(Suspend("md"))
    assert bench.errno(InterruptSuspend("md")) == 0
    assert state(bench) == (False, True), "presuspend is never undone"
    say(bench, "queue_if_no_path")
    assert state(bench) == (True, True)


# -- messages, status, events (18.10-18.12) -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "era", "error"),
    [
        ("queue_if_no_path", "2.6.31", 0),
        ("Fail_Path 8:0", "2.6.31", 0),
        ("reinstate_path 8:0", "2.6.31", 0),
        ("fail_path 8:32", "2.6.31", 0),
        ("fail_path 8:32", "modern", errno.EINVAL),
        ("fail_path 9:9", "2.6.31", errno.EINVAL),
        ("fail_path", "2.6.31", errno.EINVAL),
        ("switch_group 0", "2.6.31", errno.EINVAL),
        ("switch_group 2", "2.6.31", errno.EINVAL),
        ("switch_group one", "2.6.31", errno.EINVAL),
        ("disable_group 1", "2.6.31", 0),
        ("enable_group 1", "2.6.31", 0),
        ("switch_group 1", "2.6.31", 0),
        ("what", "2.6.31", errno.EINVAL),
        ("", "2.6.31", errno.EINVAL),
        ("queue_if_no_path now", "2.6.31", errno.EINVAL),
    ],
)
def test_messages(text: str, era: str, error: int) -> None:
    assert say(Bench(era=era), text) == error


def test_a_message_outside_of_the_table() -> None:
    assert Bench().errno(Message("md", "queue_if_no_path", 1 << 21)) == errno.EINVAL


@pytest.mark.parametrize(("era", "error"), [("2.6.31", 0), ("modern", errno.EBUSY)])
def test_messages_while_suspended(era: str, error: int) -> None:
    bench = Bench(era=era)
    bench.do(Suspend("md"))
    assert say(bench, "fail_path 8:0") == error
    bench.do(Resume("md"))
    assert say(bench, "fail_path 8:0") == 0


def test_status_lines() -> None:
    bench = held(2)
    target = multipath(bench)
    assert target.status_line() == "2 2 0 0 1 1 E 0 2 0 8:0 F 1 8:16 F 1 "
    assert target.table_line() == "1 queue_if_no_path 0 1 1 round-robin 0 2 1 8:0 1 8:16 1 "
    say(bench, "reinstate_path 8:16")
    say(bench, "fail_if_no_path")
    assert target.status_line() == "2 0 0 0 1 1 A 0 2 0 8:0 F 1 8:16 A 1 "
    assert target.table_line().startswith("0 0 1 1 ")


def test_events_coalesce_but_none_is_missed() -> None:
    bench = Bench()
    assert bench.md.event_nr == 0
    say(bench, "fail_path 8:0")
    assert bench.md.event_nr == 1
    say(bench, "fail_path 8:0")
    assert bench.md.event_nr == 1, "no-op: it has failed already"
    say(bench, "reinstate_path 8:0")
    say(bench, "switch_group 1")
    say(bench, "disable_group 1")
    assert bench.md.event_nr == 4


def test_selector_counters_come_back_to_zero() -> None:
    bench = Bench()
    for at in range(6):
        bench.submit(at * 100, 16)
    bench.unplug()
    paths = multipath(bench).groups[0].paths
    assert [(path.in_flight, path.bytes) for path in paths] == [(3, 3 * 8192)] * 2
    for index, clone in enumerate(bench.inserted()):
        bench.finish(clone, errno.EIO if index == 1 else 0)
    bench.wait(PLUG_US)
    for clone in bench.inserted():
        bench.finish(clone)
    assert [(path.in_flight, path.bytes) for path in paths] == [(0, 0)] * 2
