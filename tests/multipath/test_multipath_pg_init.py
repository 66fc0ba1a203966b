"""pg_init: activating a group's paths through a hardware handler, results, retries, delay (18.6), in both eras."""

from __future__ import annotations

import errno

import pytest
from helpers.md import Bench

from emulator.commands import LoadTable, Message, Resume, Suspend
from emulator.dm.requeue import DELAY_US
from emulator.dm.targets.multipath import Multipath
from emulator.messages import ACTIVATE_PATH, PG_INIT_DONE

ERAS = pytest.mark.parametrize("era", ["2.6.31", "modern"])
SOON_US = 1000


def bench_with(era: str, features: str = "0", groups: str = "1 1 round-robin 0 2 1 8:0 1 8:16 1") -> Bench:
    bench = Bench("", era=era)
    for lower in bench.md.lower_by_name.values():
        lower.handlers = ("alua",)
    assert bench.errno(LoadTable("md", f"0 2097152 multipath {features} 1 alua {groups}")) == 0
    bench.do(Resume("md"))
    return bench


TWO = "2 1 round-robin 0 1 1 8:0 1 round-robin 0 1 1 8:16 1"


def target(bench: Bench) -> Multipath:
    assert bench.md.table is not None and isinstance(bench.md.table.target, Multipath)
    return bench.md.table.target


def read(bench: Bench, sector: int = 100) -> None:
    bench.submit(sector)
    bench.unplug()
    bench.wait(0)


def asked(bench: Bench, us: int = 0) -> list[tuple[str, int]]:
    """Activations that are asked for within *us*: (device, number)."""
    bench.wait(us)
    return [(to, message[1]) for to, message in bench.take(ACTIVATE_PATH)]


def answer(bench: Bench, device: str, number: int, result: str = "OK") -> None:
    bench.receive(device, PG_INIT_DONE, number, result)


def sent(bench: Bench, us: int = DELAY_US + SOON_US) -> list[str]:
    bench.wait(us)
    return [clone.device for clone in bench.inserted()]


@ERAS
def test_io_waits_for_the_activation_of_every_path(era: str) -> None:
    bench = bench_with(era)
    assert asked(bench) == [], "not before there is I/O"
    read(bench)
    (a, first), (b, second) = asked(bench)
    assert (a, b) == ("sda", "sdb") and bench.inserted() == []
    assert target(bench).status_line().startswith("2 1 1 0 1 1 A ")
    answer(bench, a, first)
    assert sent(bench) == [] and target(bench).queue_io is (era == "modern")
    read(bench, 300)
    assert len(sent(bench, 0)) == (era == "2.6.31"), "there new I/O goes at the first success"
    answer(bench, b, second)
    assert len(sent(bench)) == (1 if era == "2.6.31" else 2)
    assert target(bench).status_line().startswith("2 0 1 0 1 1 A ")


@ERAS
def test_without_a_handler_there_is_none(era: str) -> None:
    bench = Bench("0 2097152 multipath 0 0 1 1 round-robin 0 1 1 8:0 1", era=era)
    read(bench)
    assert asked(bench) == [] and [clone.device for clone in bench.inserted()] == ["sda"]
    assert target(bench).status_line().startswith("2 0 0 0 1 1 A ")


@ERAS
@pytest.mark.parametrize("result", ["RETRY", "IMM_RETRY", "RES_TEMP_UNAVAIL"])
def test_retries_and_then_the_path_fails(era: str, result: str) -> None:
    bench = bench_with(era, "2 pg_init_retries 2", TWO)
    read(bench)
    for count in (1, 2, 3):
        assert target(bench).pg_init.count == count
        ((device, number),) = asked(bench, 2_000_000 if result == "RETRY" else SOON_US)
        assert device == "sda"
        answer(bench, device, number, result)
        bench.wait(0)
    ((device, number),) = asked(bench, DELAY_US + (2_000_000 if result == "RETRY" else SOON_US))
    assert device == "sdb" and target(bench).status_line().count(" F 1 ") == 1
    answer(bench, device, number)
    assert sent(bench) == ["sdb"]


def test_only_retry_waits_for_the_delay() -> None:
    for result, us in (("RETRY", 500_000), ("IMM_RETRY", 0)):
        bench = bench_with("modern", "4 pg_init_retries 3 pg_init_delay_msecs 500", TWO)
        read(bench)
        ((device, number),) = asked(bench)
        answer(bench, device, number, result)
        if us:
            assert asked(bench, us - 1) == []
        assert [device for device, _ in asked(bench, 1)] == ["sda"]


@ERAS
@pytest.mark.parametrize("result", ["DEV_OFFLINED", "DEV_FAILED", "IO", "TIMED_OUT", "NOSYS"])
def test_other_results_fail_the_path(era: str, result: str) -> None:
    bench = bench_with(era, groups=TWO)
    read(bench)
    ((device, number),) = asked(bench)
    answer(bench, device, number, result)
    assert "8:0 F 1" in target(bench).status_line()
    ((device, number),) = asked(bench, DELAY_US + SOON_US)
    assert device == "sdb"
    answer(bench, device, number)
    assert sent(bench) == ["sdb"]
    logged = [details["text"] for kind, details in bench.events if kind == "kernel_log"]
    assert any("Handler scsi_dh_alua Error 16." in text for text in logged) is (result == "NOSYS")


@ERAS
def test_a_controller_that_is_busy_for_a_while_gets_its_group_bypassed(era: str) -> None:
    bench = bench_with(era, groups=TWO)
    read(bench)
    ((device, number),) = asked(bench)
    answer(bench, device, number, "DEV_TEMP_BUSY")
    assert target(bench).view().groups[0].state == "D" and "8:0 A 0" in target(bench).status_line()
    ((device, number),) = asked(bench, DELAY_US + SOON_US)
    assert device == "sdb"
    answer(bench, device, number)
    assert sent(bench) == ["sdb"]


def test_a_group_taken_although_bypassed_is_activated_late_and_is_bypassed_no_more() -> None:
    bench = bench_with("modern", "2 pg_init_delay_msecs 500", TWO)
    read(bench)
    for device, number in asked(bench):
        answer(bench, device, number)
    for number in (1, 2):
        bench.errno(Message("md", f"disable_group {number}"))
    read(bench, 300)
    assert asked(bench, 499_000) == []
    ((device, activation),) = asked(bench, 1_000)
    answer(bench, device, activation)
    assert device == "sda" and target(bench).view().groups[0].state == "A"


@ERAS
def test_failed_paths_are_activated_only_by_2_6_31(era: str) -> None:
    bench = bench_with(era)
    bench.errno(Message("md", "fail_path 8:0"))
    read(bench)
    assert [device for device, _ in asked(bench)] == (["sda", "sdb"] if era == "2.6.31" else ["sdb"])


@ERAS
def test_a_reinstated_path_of_the_current_group_is_activated(era: str) -> None:
    bench = bench_with(era)
    read(bench)
    for device, number in asked(bench):
        answer(bench, device, number)
    bench.errno(Message("md", "fail_path 8:16"))
    bench.errno(Message("md", "reinstate_path 8:16"))
    assert [device for device, _ in asked(bench)] == ["sdb"]


@ERAS
def test_switch_group_activates_the_other_group(era: str) -> None:
    bench = bench_with(era, groups=TWO)
    read(bench)
    for device, number in asked(bench):
        answer(bench, device, number)
    assert sent(bench) == ["sda"]
    bench.errno(Message("md", "switch_group 2"))
    assert target(bench).status_line().startswith("2 0 1 0 2 2 E "), "not before a request comes"
    read(bench, 300)
    ((device, number),) = asked(bench)
    answer(bench, device, number)
    assert device == "sdb" and sent(bench) == ["sdb"]
    assert target(bench).status_line().startswith("2 0 1 0 2 2 E 0 1 0 8:0 A 0 A ")


@ERAS
def test_a_device_that_vanishes_answers_nothing_and_counts_as_offline(era: str) -> None:
    bench = bench_with(era, groups=TWO)
    read(bench)
    assert [device for device, _ in asked(bench)] == ["sda"]
    bench.md.peer_gone(bench.now, "sda")
    bench.settle()
    assert "8:0 F 1" in target(bench).status_line()
    assert [device for device, _ in asked(bench, DELAY_US + SOON_US)] == ["sdb"]
    assert bench.md.activations.keys() and bench.ended == []


def test_a_suspend_of_a_later_kernel_waits_for_activations_and_begins_no_new_round() -> None:
    bench = bench_with("modern", "3 queue_if_no_path pg_init_retries 5", TWO)
    read(bench)
    ((device, number),) = asked(bench)
    serial = bench.do(Suspend("md", noflush=True))
    assert serial not in bench.replies
    answer(bench, device, number, "RETRY")
    assert bench.replies[serial][0] == 0 and asked(bench, 3_000_000) == []
    assert "8:0 F 1" in target(bench).status_line(), "no retry: the path fails"
    bench.do(Resume("md"))
    assert [device for device, _ in asked(bench, SOON_US)] == ["sdb"]


def test_the_md_above_sees_a_busy_device_during_pg_init() -> None:
    bench = bench_with("modern")
    read(bench)
    activations = asked(bench)
    assert target(bench).busy()
    for device, number in activations:
        answer(bench, device, number)
    assert not target(bench).busy() and errno.EIO not in [error for _, error in bench.ended]
