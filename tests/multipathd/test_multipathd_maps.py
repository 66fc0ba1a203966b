"""What multipathd does to a whole map: no_path_retry, failback, paths kept out for their errors."""

from __future__ import annotations

import pytest
from helpers.multipathd import MS, MultipathdBench

from emulator.plan import (
    FAILBACK_FOLLOWOVER,
    FAILBACK_IMMEDIATE,
    FAILBACK_MANUAL,
    NO_PATH_RETRY_FAIL,
    NO_PATH_RETRY_QUEUE,
)


def lose(bench: MultipathdBench, *paths: str) -> None:
    for path in paths:
        bench.found[path] = "down"
        bench.io_fails(path)


def modes(bench: MultipathdBench) -> list[str]:
    return [details["mode"] for kind, details in bench.events if kind == "recovery_mode"]


# -- no_path_retry -------------------------------------------------------------------------------------------


def test_without_no_path_retry_the_table_decides() -> None:
    bench = MultipathdBench()
    lose(bench, "sda", "sdb")
    bench.run(5000 * MS)
    assert bench.messages == [] and modes(bench) == [] and bench.map.mode == "normal"


@pytest.mark.parametrize("value, features, sent", [
    (NO_PATH_RETRY_FAIL, "queue_if_no_path", ["fail_if_no_path"]), (NO_PATH_RETRY_FAIL, "", []),
    (NO_PATH_RETRY_QUEUE, "", ["queue_if_no_path"]), (NO_PATH_RETRY_QUEUE, "queue_if_no_path", []),
    (5, "", ["queue_if_no_path"]), (5, "queue_if_no_path", []),
])
def test_the_feature_is_made_what_no_path_retry_says(value: int, features: str, sent: list[str]) -> None:
    assert MultipathdBench(features=features, no_path_retry=value).messages == sent


def test_io_is_queued_for_n_polling_intervals_and_then_fails_until_a_path_is_back() -> None:
    bench = MultipathdBench(no_path_retry=3)
    bench.run(50 * MS)
    mark = len(bench.syslog)
    lose(bench, "sda", "sdb")
    assert bench.since(mark) == [
        "sda: mark as failed", "mp: remaining active paths: 1", "sdb: mark as failed",
        "mp: Entering recovery mode: max_retries=3", "mp: remaining active paths: 0",
    ]
    bench.run(299 * MS)
    assert bench.kernel.queueing and bench.map.mode == "recovery" and bench.map.until == 350 * MS
    bench.run(1 * MS)
    assert not bench.kernel.queueing and bench.syslog[-1] == "mp: Disable queueing" and bench.map.mode == "off"
    bench.found["sdb"] = "up"
    mark = len(bench.syslog)
    bench.run(100 * MS)
    assert bench.kernel.queueing and bench.map.mode == "normal"
    assert bench.since(mark) == [
        "mp: sdb - tur checker reports path is up", "8:16: reinstated", "mp: queue_if_no_path enabled",
        "mp: Recovered to normal mode", "mp: remaining active paths: 1",
    ]
    assert modes(bench) == ["entered", "queueing_disabled", "recovered"]


def test_a_path_in_time_ends_recovery_before_anything_failed() -> None:
    bench = MultipathdBench(no_path_retry=3)
    lose(bench, "sda", "sdb")
    bench.found["sda"] = "up"
    bench.run(2000 * MS)
    assert modes(bench) == ["entered", "recovered"] and "fail_if_no_path" not in bench.messages


def test_a_new_multipathd_goes_on_from_what_the_kernel_says() -> None:
    first = MultipathdBench(no_path_retry=3)
    lose(first, "sda", "sdb")
    bench = MultipathdBench(no_path_retry=3, features="queue_if_no_path")
    assert bench.map.mode == "normal"
    bench.kernel.groups = (("sdc",),)
    bench.kernel.active["sdc"] = False
    bench.found["sdc"], bench.access["sdc"] = "down", "active/optimized"
    bench.event()
    assert bench.map.mode == "recovery", "a table without an active path"
    bench.kernel.there = False
    bench.event()
    bench.run(2000 * MS)
    assert bench.messages == []


# -- failback ------------------------------------------------------------------------------------------------


def failed_over(**settings: object) -> MultipathdBench:
    """Group 1 of two (alua, preferred) failed over to group 2 at 50 ms and is good again."""
    bench = MultipathdBench(("sda", "sdb"), ("sdc", "sdd"), **settings)  # type: ignore[arg-type]
    bench.tpgs, bench.preferred = "explicit", {"sda", "sdb"}
    bench.access |= {"sdc": "standby", "sdd": "standby"}
    bench.run(50 * MS)
    lose(bench, "sda", "sdb")
    bench.kernel.nextpg = 2
    bench.access |= {"sda": "standby", "sdb": "standby", "sdc": "active/optimized", "sdd": "active/optimized"}
    bench.run(250 * MS)
    assert bench.path("sdc").prio == 50 and not [text for text in bench.messages if text.startswith("switch")]
    bench.found |= {"sda": "ghost", "sdb": "ghost"}
    return bench


def test_immediate_failback_goes_to_the_preferred_group_as_soon_as_it_is_back() -> None:
    bench = failed_over(failback=FAILBACK_IMMEDIATE)
    bench.run(100 * MS)
    assert bench.path("sda").prio == 81, "standby and preferred"
    assert bench.messages[-1] == "switch_group 1" or "switch_group 1" in bench.messages
    assert bench.messages.count("switch_group 1") == 1 and bench.kernel.nextpg == 1
    assert "mp: switch to path group #1" in bench.syslog and bench.map.failbacks == 1
    bench.run(2000 * MS)
    assert bench.messages.count("switch_group 1") == 1


def test_manual_failback_leaves_it_to_the_operator() -> None:
    bench = failed_over(failback=FAILBACK_MANUAL)
    bench.run(3000 * MS)
    assert "switch_group 1" not in bench.messages and bench.map.bestpg == 1 and bench.map.nextpg == 2


def test_deferred_failback_waits_and_is_off_when_a_path_fails_again() -> None:
    bench = failed_over(failback=500 * MS)
    bench.run(400 * MS)
    assert bench.map.failback_due and bench.map.failbacks == 0
    lose(bench, "sda", "sdb")
    assert not bench.map.failback_due
    bench.run(1000 * MS)
    assert bench.map.failbacks == 0
    bench.found |= {"sda": "ghost", "sdb": "ghost"}
    bench.run(800 * MS)
    assert bench.map.failbacks == 1 and bench.kernel.nextpg == 1


def test_followover_goes_back_only_with_the_first_path_that_is_back() -> None:
    bench = failed_over(failback=FAILBACK_FOLLOWOVER)
    bench.run(200 * MS)
    assert bench.map.failbacks == 1
    bench.kernel.nextpg = 2
    bench.event()
    bench.run(2000 * MS)
    assert bench.map.failbacks == 1, "another host wants group 2: there is no storm"


def test_equal_priorities_prefer_the_group_with_more_active_paths() -> None:
    bench = MultipathdBench(("sda", "sdb"), ("sdc", "sdd"), prio="const", failback=FAILBACK_IMMEDIATE)
    bench.run(50 * MS)
    lose(bench, "sda")
    bench.run(100 * MS)
    assert bench.map.bestpg == 2 and bench.map.priorities == (1, 1)


# -- paths kept out ------------------------------------------------------------------------------------------


def flap(bench: MultipathdBench, path: str, times: int) -> None:
    for _ in range(times):
        bench.io_fails(path)
        bench.run(200 * MS)


SAN = {"san_path_err_threshold": 2, "san_path_err_forget_rate": 1000, "san_path_err_recovery_time": 2000 * MS}


def test_a_path_that_fails_too_often_is_kept_out_for_the_recovery_time() -> None:
    bench = MultipathdBench(**SAN)  # type: ignore[arg-type]
    bench.run(50 * MS)
    flap(bench, "sda", 3)
    assert bench.path("sda").state == "delayed" and bench.path("sda").marginal
    assert bench.messages.count("reinstate_path 8:0") == 2
    assert "sda : hit error threshold. Delaying path reinstatement" in bench.syslog
    bench.run(2500 * MS)
    assert bench.path("sda").state == "up" and "sda : reinstate the path after err recovery time" in bench.syslog


def test_good_checks_let_failures_be_forgotten() -> None:
    bench = MultipathdBench(**(SAN | {"san_path_err_forget_rate": 1}))  # type: ignore[arg-type]
    bench.run(50 * MS)
    for _ in range(6):
        flap(bench, "sda", 1)
        bench.run(2000 * MS)
    assert bench.messages.count("reinstate_path 8:0") == 6 and bench.path("sda").state == "up"


def test_the_last_path_is_taken_however_often_it_failed() -> None:
    bench = MultipathdBench(**SAN)  # type: ignore[arg-type]
    bench.run(50 * MS)
    flap(bench, "sda", 3)
    lose(bench, "sdb")
    bench.run(200 * MS)
    assert bench.kernel.active["sda"]


MARGINAL = {
    "marginal_path_double_failed_time": 1000 * MS, "marginal_path_err_sample_time": 300 * MS,
    "marginal_path_err_rate_threshold": 100, "marginal_path_err_recheck_gap_time": 500 * MS,
}


def test_two_failures_in_a_short_time_make_a_path_shaky_until_its_reads_are_good() -> None:
    bench = MultipathdBench(**MARGINAL)  # type: ignore[arg-type]
    bench.run(50 * MS)
    bench.bad_reads = 16
    flap(bench, "sda", 1)
    assert bench.path("sda").state == "up", "one failure is none"
    flap(bench, "sda", 1)
    assert bench.path("sda").state == "shaky" and bench.path("sda").marginal
    bench.run(400 * MS)
    assert "io error statistic: sda: IO error rate (500.0/1000)" in bench.syslog
    assert "io error statistic: mp: keep failing the dm path sda" in bench.syslog
    bench.bad_reads = 0
    bench.run(2000 * MS)
    good = "io error statistic: sda: (0/128) good to enable reinstating"
    assert good in bench.syslog and bench.path("sda").state == "up" and bench.kernel.active["sda"]


def test_failures_far_apart_do_not_make_a_path_suspect() -> None:
    bench = MultipathdBench(**MARGINAL)  # type: ignore[arg-type]
    bench.run(50 * MS)
    for _ in range(4):
        flap(bench, "sda", 1)
        bench.run(1500 * MS)
    assert bench.path("sda").state == "up" and bench.path("sda").reinstated == 4


def test_a_shaky_path_is_taken_when_no_other_is_left() -> None:
    bench = MultipathdBench(**MARGINAL)  # type: ignore[arg-type]
    bench.run(50 * MS)
    bench.bad_reads = 32
    flap(bench, "sda", 2)
    lose(bench, "sdb")
    bench.run(200 * MS)
    assert bench.kernel.active["sda"] and "io error statistic: sda: no paths. recovering early" in bench.syslog


def test_measuring_begins_anew_for_a_device_that_vanished_meanwhile() -> None:
    bench = MultipathdBench(**MARGINAL)  # type: ignore[arg-type]
    bench.run(50 * MS)
    flap(bench, "sda", 2)
    bench.daemon.peer_gone(bench.now, "sda")
    bench.run(1000 * MS)
    bench.daemon.peer_back(bench.now, "sda")
    bench.run(1000 * MS)
    assert bench.path("sda").state == "up"
