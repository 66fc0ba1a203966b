"""The view of a device for a face.  Runs in the device's process, when a snapshot is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.machine import first
from emulator.snapshot import DeviceView

if TYPE_CHECKING:
    from emulator.device.device import Device


def device_view(device: Device, most: int) -> DeviceView:
    """All of it, with at most *most* entries of each list."""
    standing = device.faults.standing
    now = device.now_us
    outstanding = len(device.service) + len(device.queue_head)
    full = f"queue depth {device.spec.queue_depth}" if outstanding >= device.spec.queue_depth else ""
    why = "" if standing.gone else standing.busy_why or full
    return DeviceView(
        name=device.name,
        dev=device.spec.dev,
        lun=device.spec.lun,
        at=now,
        gone=standing.gone,
        queue=tuple([rq.view(now) for rq in first(device.queue_head, most)]),
        nr_queued=len(device.queue_head),
        service=tuple([rq.view(now) for rq in first(device.service.values(), most)]),
        nr_service=len(device.service),
        depth=device.spec.queue_depth,
        busy=bool(why),
        busy_why=why,
        lock=device.lock.view(),
        faults=device.faults.views(),
        completed=device.completed,
        errors=device.errors,
        bytes=device.bytes,
        busy_time=device.busy_us + (now - device.busy_since if device.service else 0),
        inserted=device.inserted,
        latency=tuple(device.latency),
    )
