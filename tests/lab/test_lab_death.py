"""Lines about what is dead, or not yet there: on both runtimes they mean the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.commands import Kill, Revive
from emulator.lab import SyncLab
from emulator.lab.opening import RuntimeKind
from tests.lab.conftest import TABLE, small_plan

GONE = "device-mapper: reload ioctl on {} (253:1) failed: No such device or address"


@pytest.fixture(params=("simulation", "process"))
def lab(request: pytest.FixtureRequest) -> Iterator[SyncLab]:
    """The small world on each runtime, nothing done yet."""
    kind: RuntimeKind = request.param
    with SyncLab(small_plan(), runtime=kind) as lab:
        yield lab


def test_a_device_can_be_killed_by_the_first_line(lab: SyncLab) -> None:
    assert lab.do("kill sda").rc == 0
    assert lab.do("io read 0+8").value.ok == 1


def test_the_first_line_sees_every_path(lab: SyncLab) -> None:
    assert [line.split()[2] for line in lab.do("multipath -ll").out if ":0:0:0" in line] == ["sda", "sdb"]


@pytest.mark.parametrize("target", ["linear 8:0 0", "multipath 0 0 1 1 round-robin 0 1 1 8:0 1"])
def test_a_table_over_a_killed_device_is_refused_until_it_is_back(lab: SyncLab, target: str) -> None:
    lab.do("kill sda")
    refused = lab.do(f"dmsetup create n2 --table '0 8 {target}'")
    assert (refused.rc, refused.err[0]) == (1, GONE.format("n2"))
    assert lab.do("revive sda").rc == 0
    assert lab.do(f"dmsetup create n2 --table '0 8 {target}'").rc == 0
    assert lab.do("io read n2 0+8").value.ok == 1


def test_what_was_made_while_a_device_was_dead_uses_it_once_it_is_back(lab: SyncLab) -> None:
    lab.do("kill sda")
    assert lab.do("dmsetup create n2 --table '0 8 linear 8:16 0'").rc == 0
    lab.do("revive sda")
    lab.run("20ms")
    assert lab.do("dmsetup load n2 --table '0 8 linear 8:0 0'").rc == 0
    assert lab.do("dmsetup resume n2").rc == 0
    assert lab.do("io read n2 0+8").value.ok == 1


def test_a_device_can_come_back_while_its_lun_is_dead(lab: SyncLab) -> None:
    lab.do("dmsetup create n2 --table '0 8 linear 8:0 0'")
    lab.do("kill lun0")
    lab.do("kill sda")
    assert lab.do("revive sda").rc == 0
    lab.run("20ms")
    assert lab.do("io read n2 0+8").value.errors == {"EIO": 1}
    lab.do("revive lun0")
    lab.run("20ms")
    assert lab.do("io read n2 0+8").value.ok == 1


def test_only_later_kernels_take_a_dead_device_that_the_live_table_has_open(lab: SyncLab) -> None:
    lab.do("kill sda")
    assert lab.do(f"dmsetup load mp --table '{TABLE}'").rc == 1


def test_later_kernels_take_a_dead_device_that_the_live_table_has_open() -> None:
    with SyncLab(small_plan(), era="modern") as lab:
        assert lab.do("dmsetup create n2 --table '0 8 linear 8:0 0'").rc == 0
        lab.do("kill sda")
        assert lab.do("dmsetup load n2 --table '0 8 linear 8:0 0'").rc == 0
        assert lab.do("dmsetup create n3 --table '0 8 linear 8:0 0'").rc == 1


def test_a_refused_create_says_nothing_of_vanished_devices(lab: SyncLab) -> None:
    for _ in range(3):
        assert lab.do("dmsetup create x --table '0 8 multipath 0'").rc == 1
    lab.run("20ms")
    assert [event for event in lab.events if event.kind == "device_gone"] == []
    assert lab.session.runtime.failed == ""


def test_the_emulation_outlives_the_helper_of_io_lines(lab: SyncLab) -> None:
    assert lab.do("io read 0+8").value.ok == 1
    assert lab.submit(Kill("console")).ok
    lab.run("20ms")
    assert lab.session.runtime.failed == ""
    assert lab.do("dmsetup status mp").rc == 0
    refused = lab.do("io read 0+8")
    assert refused.rc != 0 and "console" in refused.err[0]
    assert not lab.submit(Revive("console")).ok
