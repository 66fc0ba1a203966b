"""The files of /sys/block/sdX: what can be read and written of a device.  Runs in the device's process.

``device/state`` and ``device/delete`` act as the faults offline and deleted, so that every face shows them.
"""

from __future__ import annotations

import dataclasses
import errno
import os
from typing import TYPE_CHECKING

from emulator.block.attributes import DEVICE_WRITABLE, as_text, changed, limit_files
from emulator.messages import QUEUE_LIMITS
from emulator.plan import FaultSpec

if TYPE_CHECKING:
    from emulator.device.device import Device

SECOND_US = 1_000_000
MOST_SECONDS = 4_000_000


def attributes(device: Device) -> str:
    """Every file with its value."""
    outstanding = [*device.service.values(), *device.queue_head]
    writes = sum(1 for rq in outstanding if rq.write)
    files = limit_files(device.limits)
    files |= {
        "inflight": f"{len(outstanding) - writes:8d} {writes:8d}",
        "stat": device.stat.line(len(outstanding), device.busy_us),
        "ro": "0",
        "queue/scheduler": "[none]",
        "queue/nomerges": "0",
    }
    if device.disk.scsi:
        files |= {
            "device/state": state(device),
            "device/dh_state": device.disk.handler or "detached",
            "device/queue_depth": str(device.spec.queue_depth),
            "device/timeout": str(device.disk.timeout_us // SECOND_US),
            "device/eh_timeout": str(device.disk.eh_timeout_us // SECOND_US),
        }
    return as_text(files)


def state(device: Device) -> str:
    """sdev_state: running, offline or deleted."""
    types = {fault.type.name for fault in device.faults.active.values()}
    return "deleted" if "deleted" in types else "offline" if "offline" in types else "running"


def store(device: Device, name: str, value: str) -> tuple[int, str]:
    """A write to one of them; 0 or a positive errno, and a text."""
    value = value.strip()
    if name.startswith("device/"):
        error = _store_scsi(device, name.removeprefix("device/"), value) if device.disk.scsi else errno.ENOENT
    else:
        device.limits, error = changed(DEVICE_WRITABLE, device.limits, name, value)
        if not error:
            tell(device)
    return error, os.strerror(error) if error else f"{device.name}: {name} = {value}"


def _store_scsi(device: Device, name: str, value: str) -> int:
    if name == "state":
        return _set_state(device, value)
    if name == "delete":
        if "deleted" not in device.faults.active:
            device.faults.inject(FaultSpec("deleted", "deleted", device.name))
        return 0
    if name in ("timeout", "eh_timeout"):
        if not value.isdigit() or not 0 < int(value) < MOST_SECONDS:
            return errno.EINVAL
        setattr(device.disk, f"{name}_us", int(value) * SECOND_US)
        return 0
    return errno.EACCES


def _set_state(device: Device, value: str) -> int:
    """store_state_field: offline and running."""
    if value not in ("offline", "running") or state(device) == "deleted":
        return errno.EINVAL
    if value == "running":
        for name in [name for name, fault in device.faults.active.items() if fault.type.name == "offline"]:
            device.faults.clear(name)
    elif state(device) == "running":
        device.faults.inject(FaultSpec("offline", "offline", device.name))
    return 0


def tell(device: Device) -> None:
    """Every md that may have it as a path knows its limits and its handler: a table may be loaded any time."""
    message = (QUEUE_LIMITS, dataclasses.astuple(device.limits), device.disk.handler)
    for md in device.mds:
        device.send(md, message)
