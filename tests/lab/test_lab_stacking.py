"""Mapped devices on mapped devices as dmsetup sees them, on both runtimes: linear, bio and request-based multipath."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.lab import SyncLab
from emulator.plan import DeviceSpec, Distribution, LunSpec, Plan

MP = "0 131072 multipath 0 0 1 1 round-robin 0 2 1 8:0 1 8:16 1"
OVER = "0 131072 multipath 0 0 1 1 round-robin 0 1 1 /dev/mapper/mp 1"
LINEAR = "0 1024 linear /dev/mapper/mp 64"
BUSY = ("device-mapper: remove ioctl on mp  failed: Device or resource busy", "Command failed.")


def plan() -> Plan:
    """Three paths to a LUN whose sectors hold seed 1, and a partition."""
    service = Distribution("fixed", 100.0)
    devices = [DeviceSpec(f"sd{letter}", "lun0", f"8:{16 * i}", service=service) for i, letter in enumerate("abc")]
    devices.append(DeviceSpec("sdc1", "lun1", "8:33", service=service, stackable=False))
    luns = (LunSpec("lun0", 131072, seed=1), LunSpec("lun1", 4096, seed=2))
    return Plan("stack", luns=luns, devices=tuple(devices), labels=tuple((each.dev, each.name) for each in devices))


@pytest.fixture(params=["simulation", "process"])
def lab(request: pytest.FixtureRequest) -> Iterator[SyncLab]:
    """A world of a later kernel without mapped devices but mp."""
    with SyncLab(plan(), era="modern", runtime=request.param) as opened:
        done(opened, f"dmsetup create mp --table '{MP}'")
        yield opened


def done(lab: SyncLab, line: str) -> tuple[str, ...]:
    """What *line*, which succeeds, printed."""
    result = lab.do(line)
    assert result.rc == 0, result.text
    return tuple(result.out)


def kernel(lab: SyncLab) -> list[str]:
    lab.run("1ms")
    texts = [str(event.details["text"]) for event in lab.events if event.kind == "kernel_log"]
    return [text.removeprefix("device-mapper: ") for text in texts if text.startswith("device-mapper")]


def test_linear_over_multipath_reads_its_range_keeps_it_open_and_passes_its_error_up(lab: SyncLab) -> None:
    done(lab, f"dmsetup create lin --table '{LINEAR}'")
    assert done(lab, "dmsetup table lin") == ("0 1024 linear 253:0 64",)
    assert done(lab, "dmsetup status lin") == ("0 1024 linear ",)
    assert done(lab, "dmsetup deps lin") == ("1 dependencies\t: (253, 0)",)
    assert done(lab, "dmsetup ls --tree") == ("lin (253:1)", " `-mp (253:0)", "    |- (8:16)", "    `- (8:0)")
    done(lab, "io read lin 0+8 n=4")
    assert done(lab, "log sda") == ("r 64+8 ok", "r 80+8 ok")
    assert done(lab, "log sdb") == ("r 72+8 ok", "r 88+8 ok")
    done(lab, "io write lin 0+8 seed=5")
    done(lab, "io read mp 64+8")
    assert lab.do("dmsetup info mp").value.open_count == 1
    assert lab.do("dmsetup remove mp").err == BUSY
    for path in ("sda", "sdb"):
        done(lab, f"fault {path} error errno=EIO")
    result = lab.do("io read lin 0+8")
    assert result.rc == 1 and result.value.errors == {"EIO": 1}
    assert done(lab, "dmsetup status mp") == ("0 131072 multipath 2 0 0 0 1 1 A 0 2 0 8:0 F 1 8:16 F 1 ",)
    done(lab, "dmsetup remove lin")
    done(lab, "dmsetup remove mp")


def test_a_flush_suspend_of_linear_waits_for_what_multipath_queues(lab: SyncLab) -> None:
    done(lab, f"dmsetup create lin --table '{LINEAR}'")
    done(lab, "dmsetup message mp 0 queue_if_no_path")
    for path in ("8:0", "8:16"):
        done(lab, f"dmsetup message mp 0 fail_path {path}")
    lab.do("bg A io read lin 8+8")
    lab.do("bg S dmsetup suspend lin")
    lab.run("300ms")
    assert not lab.jobs["A"].done and not lab.jobs["S"].done
    assert lab.do("dmsetup info lin").value.state == "ACTIVE"
    done(lab, "dmsetup message mp 0 reinstate_path 8:0")
    lab.do("wait idle")
    assert lab.jobs["A"].done and lab.jobs["S"].done
    assert lab.do("dmsetup info lin").value.state == "SUSPENDED"
    lab.do("bg B io read lin 16+8")
    lab.run("10ms")
    assert not lab.jobs["B"].done
    done(lab, "dmsetup resume lin")
    lab.do("wait idle")
    assert lab.jobs["B"].result is not None and lab.jobs["B"].result.rc == 0


def test_io_of_linear_waits_while_multipath_is_suspended(lab: SyncLab) -> None:
    done(lab, f"dmsetup create lin --table '{LINEAR}'")
    done(lab, "dmsetup suspend mp")
    lab.do("bg A io read lin 16+8")
    lab.run("10ms")
    assert not lab.jobs["A"].done
    done(lab, "dmsetup resume mp")
    lab.do("wait idle")
    assert lab.jobs["A"].done


def test_the_error_of_the_inner_multipath_fails_the_path_of_the_outer(lab: SyncLab) -> None:
    done(lab, f"dmsetup create up --table '{OVER}'")
    assert lab.do("dmsetup info mp").value.open_count == 1
    done(lab, "io read up 0+8 n=4 verify=1")
    for path in ("sda", "sdb"):
        done(lab, f"fault {path} error errno=EIO")
    assert lab.do("io read up 0+8").value.errors == {"EIO": 1}
    assert done(lab, "dmsetup status mp") == ("0 131072 multipath 2 0 0 0 1 1 A 0 2 0 8:0 F 1 8:16 F 1 ",)
    assert done(lab, "dmsetup status up") == ("0 131072 multipath 2 0 0 0 1 1 A 0 1 0 253:0 F 1 ",)
    assert "multipath: 253:1: Failing path 253:0." in kernel(lab)


def test_two_multipath_devices_share_a_path_and_not_its_state(lab: SyncLab) -> None:
    done(lab, "dmsetup create up --table '0 131072 multipath 0 0 1 1 round-robin 0 1 1 8:0 1'")
    done(lab, "io read up 0+8")
    done(lab, "dmsetup message up 0 fail_path 8:0")
    assert done(lab, "dmsetup status up") == ("0 131072 multipath 2 0 0 0 1 1 A 0 1 0 8:0 F 1 ",)
    assert done(lab, "dmsetup status mp") == ("0 131072 multipath 2 1 0 0 1 1 E 0 2 0 8:0 A 0 8:16 A 0 ",)


@pytest.mark.parametrize("mode", ["0", "2 queue_mode rq", "2 queue_mode mq"])
@pytest.mark.parametrize("path", ["/dev/mapper/lin", "8:33"])
def test_request_based_multipath_does_not_sit_on_bios(mode: str, path: str) -> None:
    with SyncLab(plan(), era="modern") as lab:
        done(lab, "dmsetup create lin --table '0 4096 linear 8:32 0'")
        result = lab.do(f"dmsetup create up --table '0 4096 multipath {mode} 0 1 1 round-robin 0 1 1 {path} 1'")
        assert result.err[0] == "device-mapper: reload ioctl on up (253:1) failed: Invalid argument"
        refused = "table: table load rejected: including non-request-stackable devices"
        assert kernel(lab) == [refused, "table: unable to determine table type"]
        assert lab.do("dmsetup info up").rc == 1


def test_multipath_for_bios_sits_on_both(lab: SyncLab) -> None:
    done(lab, "dmsetup create lin --table '0 131072 linear 8:32 0'")
    words = "multipath 2 queue_mode bio 0 1 1 round-robin 0 1 1"
    done(lab, f"dmsetup create up --table '0 131072 {words} /dev/mapper/lin 1'")
    done(lab, "io read up 0+8 verify=1")
    done(lab, f"dmsetup create part --table '0 4096 {words} 8:33 1'")
    done(lab, "io read part 0+8 verify=2")
    printed = "3 retain_attached_hw_handler queue_mode bio 0 1 1 round-robin 0 1 1"
    assert done(lab, "dmsetup table part") == (f"0 4096 multipath {printed} 8:33 1 ",)
    done(lab, f"dmsetup create top --table '0 131072 {words} /dev/mapper/mp 1'")
    done(lab, "io write top 0+8 seed=7")
    done(lab, "io read mp 0+8 verify=7")


def test_flush_and_discard_pass_through_linear_and_multipath_for_bios(lab: SyncLab) -> None:
    done(lab, "dmsetup create bio --table '0 131072 multipath 2 queue_mode bio 0 1 1 round-robin 0 1 1 8:32 1'")
    done(lab, "dmsetup create lin --table '0 1024 linear /dev/mapper/bio 64'")
    done(lab, "io flush lin")
    done(lab, "io discard lin 0+8")
    done(lab, "io write lin 8+8 dsync")
    # REQ_FUA of the write is a flush behind it; then O_DSYNC asks for one more.
    assert done(lab, "log sdc") == ("f 0+0 ok", "d 64+8 ok", "w 72+8 ok", "f 0+0 ok", "f 0+0 ok")


def test_a_device_in_its_own_inactive_table_has_itself_open(lab: SyncLab) -> None:
    done(lab, f"dmsetup load mp --table '{OVER}'")
    assert lab.do("dmsetup info mp").value.open_count == 1
    assert lab.do("dmsetup remove mp").err == BUSY
    assert lab.do("dmsetup resume mp").rc == 1
    done(lab, "dmsetup resume mp")
    done(lab, "io read mp 0+8 verify=1")
    done(lab, "dmsetup remove mp")


def test_a_device_that_vanishes_under_linear_ends_its_io_with_eio(lab: SyncLab) -> None:
    done(lab, "dmsetup create lin --table '0 1024 linear 8:32 0'")
    done(lab, "hold sdc")
    lab.do("bg A io read lin 0+8")
    lab.run("10ms")
    done(lab, "kill sdc")
    lab.do("wait idle")
    result = lab.jobs["A"].result
    assert result is not None and result.value.errors == {"EIO": 1}
    done(lab, "revive sdc")
    done(lab, "io read lin 0+8 verify=1")


def test_several_lines_are_shown_line_by_line(lab: SyncLab) -> None:
    done(lab, "dmsetup create cat --table '0 8 linear 8:0 0\n8 8 linear 8:16 8'")
    assert done(lab, "dmsetup table cat") == ("0 8 linear 8:0 0", "8 8 linear 8:16 8")
    assert done(lab, "dmsetup status --target linear") == ("cat: 0 8 linear ", "cat: 8 8 linear ")
    assert lab.do("dmsetup info cat").value.targets == 2
    done(lab, "io read cat 0+16 verify=1")


def failed(ioctl: str, reason: str) -> tuple[str, ...]:
    return (f"device-mapper: {ioctl} ioctl on x  failed: {reason}", "Command failed.")


def test_the_life_of_a_device_without_a_table() -> None:
    with SyncLab(plan(), era="modern") as lab:
        done(lab, "dmsetup create x -u one --notable")
        for line in ("dmsetup resume x", "dmsetup suspend x", "dmsetup suspend x"):
            done(lab, line)
        assert lab.do("dmsetup resume x").err == failed("resume", "Invalid argument")
        assert lab.do("dmsetup create x --notable").err == failed("create", "Device or resource busy")
        assert lab.do("dmsetup create y -u one --notable").rc == 1, "the uuid is in use"
        assert lab.do("dmsetup message x 0 fail_path 8:0").err == failed("message", "Invalid argument")
        assert kernel(lab) == ["ioctl: The device has no table."]
        done(lab, f"dmsetup load x --table '{MP}'")
        done(lab, "dmsetup load x --table '0 131072 multipath 0 0 1 1 round-robin 0 1 1 8:16 1'")
        kept = done(lab, "dmsetup table --inactive x")
        assert kept == ("0 131072 multipath 0 0 1 1 round-robin 0 1 1 8:16 1 ",)
        assert lab.do("dmsetup load x --table '0 131072 multipath 0 0 2 1 round-robin 0 1 1 8:0 1'").rc == 1
        assert done(lab, "dmsetup table --inactive x") == kept
        done(lab, "dmsetup resume x")
        done(lab, "dmsetup suspend x")
        done(lab, "dmsetup remove x")


def test_a_device_is_not_removed_while_somebody_has_it_open() -> None:
    with SyncLab(plan(), era="modern") as lab:
        done(lab, "dmsetup create mp --table '0 131072 multipath 1 queue_if_no_path 0 1 1 round-robin 0 1 1 8:0 1'")
        done(lab, "dmsetup message mp 0 fail_path 8:0")
        lab.do("bg A io read mp 0+8")
        lab.run("10ms")
        assert lab.do("dmsetup remove mp").err == BUSY
        done(lab, "dmsetup message mp 0 fail_if_no_path")
        lab.do("wait idle")
        done(lab, "dmsetup remove mp")
