"""A world of a later kernel for tests of what a real one did: disks over one LUN, devices made by dmsetup create."""

from __future__ import annotations

from emulator.lab import SyncLab
from emulator.lab.opening import RuntimeKind
from emulator.plan import DeviceSpec, Distribution, Limits, LunSpec, Plan

NUMBERS = ("8:0", "8:16", "8:32", "8:48")
SECTORS = 131072


def modern(
    paths: int = 2, queue_depth: int = 128, limits: tuple[Limits, ...] = (), handlers: tuple[str, ...] = (),
    attached: str = "", service_us: float = 100.0, runtime: RuntimeKind = "simulation",
) -> SyncLab:
    """Paths sda, sdb ... (at most four), each with its own limits if there are some; fresh sectors hold seed 1."""
    devices = tuple(
        DeviceSpec(
            f"sd{'abcd'[index]}", "lun", dev, queue_depth=queue_depth, host=f"{index}:0:0:0", handlers=handlers,
            attached=attached, service=Distribution("fixed", service_us), limits=limits[index] if limits else Limits(),
        )
        for index, dev in enumerate(NUMBERS[:paths])
    )
    labels = tuple((device.dev, device.name) for device in devices)
    plan = Plan("findings", luns=(LunSpec("lun", SECTORS, seed=1),), devices=devices, labels=labels)
    return SyncLab(plan, era="modern", runtime=runtime)


def create(lab: SyncLab, words: str = "0 0 1 1 round-robin 0 2 1 8:0 1 8:16 1", name: str = "mp") -> None:
    """``dmsetup create`` of a multipath table of these words, which must succeed."""
    result = lab.do(f"dmsetup create {name} --table '0 {SECTORS} multipath {words}'")
    assert result.rc == 0, result.err


def table(lab: SyncLab) -> str:
    """The words of the table line behind ``multipath``."""
    return lab.do("dmsetup table mp").out[0].partition("multipath ")[2]


def status(lab: SyncLab) -> str:
    """The words of the status line behind ``multipath``."""
    return lab.do("dmsetup status mp").out[0].partition("multipath ")[2]


def event_nr(lab: SyncLab) -> int:
    """The event number."""
    return int(lab.do("dmsetup info -c --noheadings -o events mp").out[0])


def kernel(lab: SyncLab) -> list[str]:
    """Lines of the kernel log so far."""
    lab.run("1ms")
    return [str(event.details["text"]) for event in lab.events if event.kind == "kernel_log"]


def cat(lab: SyncLab, file: str) -> str:
    """What is in a file of /sys/block."""
    result = lab.do(f"cat /sys/block/{file}")
    assert result.rc == 0, result.err
    return str(result.value)


def ios(lab: SyncLab, disk: str) -> tuple[int, int, int]:
    """Reads, writes and merged writes that a disk's stat counts."""
    numbers = [int(word) for word in cat(lab, f"{disk}/stat").split()]
    return numbers[0], numbers[4], numbers[5]


def log(lab: SyncLab, *devices: str) -> list[str]:
    """What reached each device since last asked."""
    return [";".join(lab.do(f"log {device}").out) for device in devices]
