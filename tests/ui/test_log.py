"""Events as lines a person reads."""

from __future__ import annotations

import pytest

from dmtui.model.frame import Done
from dmtui.model.log import Log, LogLine, describe, describe_done
from emulator.commands import Outcome
from emulator.events import KINDS
from tests.ui import build


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_words_without_any_detail(kind: str) -> None:
    line = describe(build.event(1, "mpatha", kind))
    assert line.glyph != "·", "a kind of emulator.events has no words of its own"
    assert "{" not in line.text and line.text


@pytest.mark.parametrize(
    ("kind", "details", "text"),
    [
        ("path_failed", {"path": "sda", "nr_valid_paths": 1, "reason": "EIO"}, "fail_path sda: 1 valid left: EIO"),
        ("io_error", {"sector": 64, "errno": 5, "bios": 1},
         "1 bio at sector 64 ended with EIO, not requeued"),
        ("process_exited", {"pid": 7, "status": -9, "words": "killed"},
         "process 7 of  is gone, status SIGKILL: killed"),
        ("suspend_failed", {"errno": 4}, "dm_suspend returned EINTR"),
        ("suspended", {"took_us": 1500}, "suspended, took 1.50ms"),
        ("suspend_started", {"noflush": True}, "dm_suspend began (noflush)"),
        ("action", {"text": "inject error on sda", "errno": 17}, "timeline: inject error on sda (EEXIST)"),
        ("no_path_left", {"queue_if_no_path": False}, "no valid path left, queue_if_no_path off"),
    ],
)
def test_words(kind: str, details: dict[str, object], text: str) -> None:
    assert describe(build.event(1, "mpatha", kind, **details)).text == text


def test_an_action_that_failed_is_shown_as_bad() -> None:
    assert describe(build.event(1, "director", "action", text="x", errno=0)).tone == "mine"
    assert describe(build.event(1, "director", "action", text="x", errno=17)).tone == "bad"


def test_an_unknown_kind_is_shown_with_its_details() -> None:
    line = describe(build.event(1, "sda", "new_kind", colour="blue"))
    assert line.text == "new kind colour=blue"


def test_outcomes_name_the_errno() -> None:
    refused = Done(1, "suspend mpatha", Outcome(16, "retry later"))
    assert describe_done(refused).text == "suspend mpatha: EBUSY: retry later"
    assert describe_done(Done(1, "resume mpatha", Outcome(0, ""))).text == "resume mpatha: ok"


def test_the_log_is_bounded_and_counts_all() -> None:
    log = Log(3)
    for at in range(5):
        log.append(LogLine(at, "+", "plain", "sda", "device_busy", f"line {at}"))
    assert [line.at_us for line in log] == [2, 3, 4]
    assert log.total == 5
    assert [line.at_us for line in log.tail(2, skip=1)] == [2, 3]
    assert log.tail(5, skip=9) == []


def test_a_burst_is_one_line_with_a_count() -> None:
    log = Log()
    for at in range(4):
        log.append(describe(build.event(at, "mpatha", "io_error", sector=at, errno=5, bios=1)))
    log.append(describe(build.event(5, "mpathb", "io_error", sector=5, errno=5, bios=1)))
    assert [(line.at_us, line.machine, line.count) for line in log] == [(0, "mpatha", 4), (5, "mpathb", 1)]


def test_mingled_bursts_fold_each_into_its_own_line() -> None:
    log = Log()
    for serial in range(5):
        at = 1_000 + serial
        log.append(describe(build.event(at, "mpatha", "requeued", request=serial, reason="rq_end_io")))
        text = f"end_request: I/O error, dev sda, sector {serial}"
        log.append(describe(build.event(at, "mpatha", "kernel_log", text=text)))
    other = "device-mapper: multipath: Failing path 8:0."
    log.append(describe(build.event(2_000, "mpatha", "kernel_log", text=other)))
    assert [(line.kind, line.count) for line in log.tail(9)] == [("requeued", 5), ("kernel_log", 5), ("kernel_log", 1)]
    assert log.tail(1)[0].text == f"kernel: {other}"


def test_lines_stand_in_the_order_of_their_times_whoever_spoke_first() -> None:
    log = Log(6)
    for at, machine in ((10, "mpatha"), (30, "sda"), (20, "director"), (30, "sdb"), (25, "you")):
        log.append(LogLine(at, "+", "plain", machine, "device_busy", ""))
    assert [(line.at_us, line.machine) for line in log] == [
        (10, "mpatha"), (20, "director"), (25, "you"), (30, "sda"), (30, "sdb")
    ]
    log.start_again()
    log.append(LogLine(3, "+", "plain", "new", "device_busy", ""))
    log.append(LogLine(1, "+", "plain", "earlier", "device_busy", ""))
    assert [line.at_us for line in log] == [20, 25, 30, 30, 1, 3], "another scenario's time begins anew, below"
