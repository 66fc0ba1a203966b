"""Flushes, discards and synchronous writes of later kernels, from the console line to the LUN; 2.6.31 refuses them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from emulator.lab import LineError, SyncLab
from emulator.plan import Limits, MdSpec
from lab.conftest import TABLE, small_plan

QUEUEING = TABLE.replace("multipath 0", "multipath 1 queue_if_no_path")


@pytest.fixture(params=["simulation", "process"])
def lab(request: pytest.FixtureRequest) -> Iterator[SyncLab]:
    """The small world with later kernels."""
    mds = (MdSpec("mp", "253:0", QUEUEING, "modern"),)
    with SyncLab(small_plan(mds=mds), runtime=request.param) as found:
        yield found


@pytest.fixture
def sim() -> Iterator[SyncLab]:
    """The same on the simulation only."""
    with SyncLab(small_plan(mds=(MdSpec("mp", "253:0", QUEUEING, "modern"),)), runtime="simulation") as found:
        yield found


def logs(lab: SyncLab) -> dict[str, str]:
    """What reached each path since last asked."""
    return {path: ";".join(lab.do(f"log {path}").out) for path in ("sda", "sdb")}


def test_a_flush_goes_to_one_path_and_takes_its_turn(lab: SyncLab) -> None:
    lab.do("io read 0+8")
    assert lab.do("io flush mp").out == ("flush ok=1 err=0 bytes=0 crc32=00000000",)
    lab.do("io read 8+8")
    assert logs(lab) == {"sda": "r 0+8 ok;r 8+8 ok", "sdb": "f 0+0 ok"}


def test_a_synchronous_write_is_followed_by_flushes_which_take_turns(sim: SyncLab) -> None:
    assert sim.do("io write 448+8 seed=4 dsync").rc == 0
    # The write's own flush, then the one that the file layer sends (generic_write_sync).
    assert logs(sim) == {"sda": "w 448+8 ok;f 0+0 ok", "sdb": "f 0+0 ok"}
    assert sim.do("io read 448+8 verify=4").value.verified is True


def test_what_was_discarded_reads_as_zeroes_and_nothing_beside_it(lab: SyncLab) -> None:
    assert lab.do("io discard mp 100+500").out == ("discard ok=1 err=0 bytes=256000 crc32=00000000",)
    logged = logs(lab)
    assert sorted(logged.values()) == ["", "d 100+500 ok"]
    assert lab.do("io read 100+500 verify=1").value.verified is False
    assert lab.do("io read 96+4 verify=1").value.verified is lab.do("io read 600+8 verify=1").value.verified is True


@pytest.mark.parametrize("line", ["io flush", "io discard 0+128", "io write 0+8 seed=7 dsync"])
def test_an_error_fails_the_path_and_moves_on(sim: SyncLab, line: str) -> None:
    op = line.split()[1]
    sim.do(f"fault sda error errno=EIO times=1 op={op}")
    assert sim.do(line).rc == 0
    assert "8:0 F 1 8:16 A 0" in sim.do("dmsetup status mp").text


def test_the_flush_of_a_synchronous_write_fails_over_by_itself(sim: SyncLab) -> None:
    sim.do("fault sdb error errno=EIO times=1 op=flush")
    assert sim.do("io write 0+8 seed=7 dsync").rc == 0
    assert logs(sim)["sda"] == "w 0+8 ok;f 0+0 ok;f 0+0 ok"


@pytest.mark.parametrize("error", ["EREMOTEIO", "ENOSPC", "EILSEQ", "ENODATA"])
def test_what_is_not_the_paths_fault_goes_up(sim: SyncLab, error: str) -> None:
    sim.do(f"fault sda error errno={error} times=1 op=flush")
    assert dict(sim.do("io flush").value.errors) == {error: 1}
    assert "8:0 A 0 8:16 A 0" in sim.do("dmsetup status mp").text


@pytest.mark.parametrize(("line", "log"), [("io discard 0+128", "d 0+128"), ("io flush", "f 0+0")])
def test_a_discard_or_flush_that_is_not_supported_succeeds_for_the_caller(sim: SyncLab, line: str, log: str) -> None:
    sim.do(f"fault sda error errno=EOPNOTSUPP op={line.split()[1]}")
    assert sim.do(line).rc == 0
    assert logs(sim) == {"sda": f"{log} EOPNOTSUPP", "sdb": ""}
    assert "8:0 A 0 8:16 A 0" in sim.do("dmsetup status mp").text


def test_the_faults_of_other_operations_do_not_match(sim: SyncLab) -> None:
    for device in ("sda", "sdb"):
        for op in ("read", "write"):
            sim.do(f"fault {device} error errno=EIO op={op}")
    assert sim.do("io flush").rc == sim.do("io discard 0+8").rc == 0


def test_without_a_path_they_wait_or_fail_with_eio(sim: SyncLab) -> None:
    for path in ("8:0", "8:16"):
        sim.do(f"dmsetup message mp 0 fail_path {path}")
    for id, line in (("F", "io flush"), ("D", "io discard 0+128"), ("W", "io write 0+8 dsync")):
        sim.do(f"bg {id} {line}")
    sim.do("run 500ms")
    assert not any(sim.jobs[id].done for id in "FDW")
    sim.do("dmsetup message mp 0 fail_if_no_path")
    sim.do("run 10ms")
    assert [dict(sim.jobs[id].result.value.errors) for id in "FDW"] == [{"EIO": 1}] * 3
    assert logs(sim) == {"sda": "", "sdb": ""}


def test_one_flush_serves_all_that_waited_for_it(sim: SyncLab) -> None:
    sim.do("hold sda")
    for id in "ABCD":
        sim.do(f"bg {id} io flush")
    sim.do("run 10ms")
    sim.do("release sda")
    sim.do("run 10ms")
    assert all(sim.jobs[id].result.rc == 0 for id in "ABCD")
    # The first is out alone; the other three share the next.
    assert logs(sim) == {"sda": "f 0+0 ok", "sdb": "f 0+0 ok"}


def test_they_wait_for_the_end_of_a_suspend(sim: SyncLab) -> None:
    sim.do("dmsetup suspend mp")
    for id, line in (("F", "io flush"), ("D", "io discard 0+128")):
        sim.do(f"bg {id} {line}")
    sim.do("run 10ms")
    assert logs(sim) == {"sda": "", "sdb": ""}
    sim.do("dmsetup resume mp")
    sim.do("run 10ms")
    assert sim.jobs["F"].result.rc == sim.jobs["D"].result.rc == 0


def test_a_long_synchronous_write_is_split_and_each_piece_is_flushed() -> None:
    devices = tuple(dataclasses.replace(device, limits=Limits(64)) for device in small_plan().devices)
    mds = (MdSpec("mp", "253:0", QUEUEING, "modern"),)
    with SyncLab(small_plan(mds=mds, devices=devices), runtime="simulation") as lab:
        assert lab.do("io write 0+128 seed=6 dsync").rc == 0
        logged = ";".join(logs(lab).values()).split(";")
        assert sorted(logged)[-2:] == ["w 0+64 ok", "w 64+64 ok"] and "f 0+0 ok" in logged
        assert lab.do("io read 0+128 verify=6").value.verified is True


def test_no_paths_lines_of_the_kernel_log(sim: SyncLab) -> None:
    sim.do("dmsetup message mp 0 fail_if_no_path")
    for path in ("8:0", "8:16"):
        sim.do(f"dmsetup message mp 0 fail_path {path}")
    sim.do("io flush")
    sim.do("io discard 0+128")
    said = [str(event.details["text"]) for event in sim.events if event.kind == "kernel_log"]
    assert said[-2:] == [
        "I/O error, dev dm-0, sector 0 op 0x1:(WRITE) flags 0x800 phys_seg 0 prio class 2",
        "I/O error, dev dm-0, sector 0 op 0x3:(DISCARD) flags 0x800 phys_seg 1 prio class 2",
    ]


@pytest.mark.parametrize("line", ["io flush", "io discard 0+8", "io write 0+8 dsync"])
def test_2631_has_none_of_them(line: str) -> None:
    with SyncLab(small_plan(), runtime="simulation") as lab:
        assert dict(lab.do(line).value.errors) == {"EOPNOTSUPP": 1}
        assert logs(lab) == {"sda": "", "sdb": ""}


@pytest.mark.parametrize("line", ["io discard", "io flush 0+8 8+8", "io read 0+8 dsync", "io flush n=0"])
def test_lines_that_are_wrong(sim: SyncLab, line: str) -> None:
    with pytest.raises(LineError):
        sim.do(line)
