"""The path checker: intervals, verdicts, what is told to the kernel, what the syslog says, in both eras."""

from __future__ import annotations

import errno

import pytest
from helpers.multipathd import MS, MultipathdBench

from emulator.plan import Era


def times(bench: MultipathdBench, path: str) -> list[int]:
    return [at // MS for at, name in bench.checked if name == path]


def test_the_interval_doubles_while_a_path_stays_good_and_is_short_again_after_a_change() -> None:
    bench = MultipathdBench()
    bench.run(2000 * MS)
    assert times(bench, "sda") == [0, 100, 300, 700, 1100, 1500, 1900]
    assert bench.messages == [] and bench.path("sda").interval == 400 * MS
    bench.io_fails("sda")
    assert bench.path("sda").state == "down" and bench.path("sda").interval == 100 * MS
    bench.run(250 * MS)
    assert times(bench, "sda")[-2:] == [2100, 2200], "a failure is looked at soon"


def test_a_path_that_the_kernel_failed_is_reinstated_when_it_is_found_good() -> None:
    bench = MultipathdBench()
    bench.run(50 * MS)
    mark = len(bench.syslog)
    bench.io_fails("sda")
    bench.run(100 * MS)
    assert bench.messages == ["reinstate_path 8:0"] and bench.kernel.active["sda"]
    assert bench.since(mark) == [
        "sda: mark as failed", "mp: remaining active paths: 1", "mp: sda - tur checker reports path is up",
        "8:0: reinstated", "mp: remaining active paths: 2",
    ]
    assert bench.path("sda").reinstated == bench.path("sda").failures == 1


@pytest.mark.parametrize("era, down, failed", [
    ("modern", "mp: sda - tur checker reports path is down", "sda: mark as failed"),
    ("2.6.31", "sda: tur checker reports path is down", "8:0: mark as failed"),
])
def test_a_path_found_bad_is_failed_in_the_words_of_the_era(era: Era, down: str, failed: str) -> None:
    bench = MultipathdBench(era=era)
    bench.run(50 * MS)
    bench.found["sda"] = "down"
    mark = len(bench.syslog)
    bench.run(500 * MS)
    assert bench.messages == ["fail_path 8:0"] and not bench.kernel.active["sda"]
    assert bench.since(mark) == [down, "checker failed path 8:0 in map mp", "mp: remaining active paths: 1"]
    assert ("path_state", {"md": "mp", "path": "sda", "state": "down", "was": "up"}) in bench.events
    bench.io_fails("sdb")
    assert failed.replace("sda", "sdb").replace("8:0", "8:16") in bench.syslog


def test_a_path_that_somebody_reinstates_by_hand_is_failed_again() -> None:
    bench = MultipathdBench()
    bench.run(50 * MS)
    bench.found["sda"] = "down"
    bench.run(100 * MS)
    bench.kernel.active["sda"] = True
    bench.event()
    bench.run(100 * MS)
    assert bench.messages == ["fail_path 8:0", "fail_path 8:0"] and not bench.kernel.active["sda"]


@pytest.mark.parametrize("era, checker, state, said", [
    ("modern", "tur", "timeout", "mp: sda - tur checker timed out"),
    ("modern", "directio", "down", "mp: sda - directio checker reports path is down"),
    ("2.6.31", "tur", "down", "sda: tur checker reports path is down"),
])
def test_a_check_without_an_answer_counts_as_failed_after_the_timeout(
    era: Era, checker: str, state: str, said: str
) -> None:
    bench = MultipathdBench(era=era, path_checker=checker)
    bench.found["sda"] = None
    bench.run(390 * MS)
    assert bench.messages == [] and bench.path("sda").pending == 290 * MS and bench.path("sda").state == "up"
    bench.run(20 * MS)
    assert bench.path("sda").state == state and bench.messages == ["fail_path 8:0"] and said in bench.syslog


def test_an_answer_that_comes_too_late_is_ignored() -> None:
    bench = MultipathdBench()
    bench.found["sda"] = None
    bench.run(450 * MS)
    path, check = bench.unanswered[0]
    bench.found["sda"] = "up"
    bench.answer(path, check)
    bench.run(0)
    assert bench.path("sda").state == "timeout"


def test_offline_and_ghost_have_words_of_their_own() -> None:
    bench = MultipathdBench()
    bench.run(50 * MS)
    bench.found |= {"sda": "offline", "sdb": "ghost"}
    bench.run(100 * MS)
    assert "mp: sda - path offline" in bench.syslog and "mp: sdb - tur checker reports path is ghost" in bench.syslog
    assert bench.path("sda").state == "down" and bench.path("sdb").state == "ghost" and bench.map.active == 1


@pytest.mark.parametrize("tpgs, reinstated", [("explicit", True), ("implicit", False)])
def test_the_only_standby_path_is_reinstated_where_the_host_may_activate_it(tpgs: str, reinstated: bool) -> None:
    bench = MultipathdBench(("sda",))
    bench.tpgs = tpgs
    bench.run(50 * MS)
    bench.found["sda"] = "ghost"
    bench.io_fails("sda")
    bench.run(100 * MS)
    assert bench.kernel.active["sda"] is reinstated


def test_a_group_that_is_disabled_is_enabled_with_a_path_that_comes_up() -> None:
    bench = MultipathdBench(("sda",), ("sdb",))
    bench.run(50 * MS)
    bench.kernel.disabled.add(2)
    bench.io_fails("sdb")
    bench.run(100 * MS)
    assert "enable_group 2" in bench.messages and "mp: enable group #2" in bench.syslog


def test_good_checks_in_a_row_before_a_reinstatement() -> None:
    bench = MultipathdBench(reinstate_checks=3)
    bench.run(50 * MS)
    bench.io_fails("sda")
    bench.run(200 * MS)
    assert bench.path("sda").state == "delayed" and bench.path("sda").wait_checks == 0 and bench.messages == []
    bench.run(100 * MS)
    assert bench.messages == ["reinstate_path 8:0"]


def test_the_last_path_does_not_wait_for_good_checks() -> None:
    bench = MultipathdBench(reinstate_checks=10)
    bench.run(50 * MS)
    bench.io_fails("sda")
    bench.io_fails("sdb")
    bench.run(100 * MS)
    assert bench.kernel.active["sda"] and not bench.kernel.active["sdb"]


def test_only_a_failure_soon_after_a_reinstatement_is_delayed_by_delay_wait_checks() -> None:
    bench = MultipathdBench(delay_watch_checks=4, delay_wait_checks=3)
    bench.run(50 * MS)
    bench.io_fails("sda")
    bench.run(100 * MS)
    assert bench.messages == ["reinstate_path 8:0"], "the first failure"
    bench.io_fails("sda")
    bench.run(300 * MS)
    assert bench.path("sda").state == "delayed" and len(bench.messages) == 1
    bench.run(100 * MS)
    assert len(bench.messages) == 2 and bench.path("sda").state == "up"


def test_a_refused_reinstatement_is_said_and_tried_again() -> None:
    bench = MultipathdBench()
    bench.run(50 * MS)
    bench.io_fails("sda")
    bench.kernel.refuses = errno.EBUSY
    bench.run(100 * MS)
    assert bench.syslog[-2:] == ["mp: device mapper refused the message (EBUSY)", "8:0: reinstate failed"]
    bench.kernel.refuses = 0
    bench.run(150 * MS)
    assert bench.kernel.active["sda"] and bench.path("sda").state == "up"


def test_a_vanished_device_is_offline_at_once_and_checked_when_it_is_back() -> None:
    bench = MultipathdBench()
    bench.run(50 * MS)
    bench.found["sda"] = None
    bench.run(60 * MS)
    bench.daemon.peer_gone(bench.now, "sda")
    bench.run(0)
    assert bench.messages == ["fail_path 8:0"]
    checks = len(bench.checked)
    bench.run(500 * MS)
    assert "sda" not in [path for _, path in bench.checked[checks:]], "nobody is there to be asked"
    bench.found["sda"] = "up"
    bench.daemon.peer_back(bench.now, "sda")
    bench.run(1 * MS)
    assert bench.messages[-1] == "reinstate_path 8:0"


def test_paths_of_another_table_are_taken_over_and_those_that_are_gone_forgotten() -> None:
    bench = MultipathdBench()
    bench.run(50 * MS)
    bench.kernel.groups = (("sdb", "sdc"),)
    bench.kernel.active |= {"sdc": True}
    bench.found["sdc"], bench.access["sdc"] = "up", "active/optimized"
    bench.event()
    bench.run(500 * MS)
    assert [path.name for path in bench.daemon.snapshot(9).paths] == ["sdb", "sdc"]
    assert "sdc [8:32]: path added to devmap mp" in bench.syslog
    assert "sda [8:0]: path removed from map mp" in bench.syslog
    assert not [at for at, path in bench.checked if path == "sda" and at > 50 * MS]


def test_a_map_without_a_table_is_no_map() -> None:
    bench = MultipathdBench()
    bench.kernel.there = False
    bench.event()
    assert bench.daemon.snapshot(9).maps == () and bench.syslog[-1] == "mp: devmap removed"
    checks = len(bench.checked)
    bench.run(1000 * MS)
    assert len(bench.checked) == checks


def test_it_knows_no_command_of_its_own() -> None:
    bench = MultipathdBench()
    bench.command()
    assert bench.replies[0][0] == errno.EINVAL


def test_a_map_of_another_target_or_with_garbage_is_told_apart() -> None:
    from emulator.multipathd.lines import read_map

    assert read_map("0 8 linear", "0 8 linear 8:0 0") is None and read_map("", "") is None
    with pytest.raises(ValueError, match="a word is missing"):
        read_map("0 8 multipath 2 0 0 0 1 1 A 0 2", "0 8 multipath 0 0 1 1 round-robin 0 2")
    lines = read_map(
        "0 8 multipath 2 0 0 0 1 1 A 0 2 2 8:0 A 0 0 1 8:16 F 3 0 1",
        "0 8 multipath 1 queue_if_no_path 1 alua 1 1 service-time 0 2 2 8:0 1 1 8:16 1 1",
    )
    assert lines is not None and lines.queueing and lines.groups[0].paths == (("8:0", True), ("8:16", False))
