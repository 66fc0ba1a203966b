"""Questions to an md, and what a name's owner does to it: status, wait, the end of a device.  Runs in the md's process.

The names of devices are not the md's business: as in dm-ioctl.c they live beside it, here with whoever speaks dmsetup
(emulator.lab.names).
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from emulator.dm import loading
from emulator.dm.attributes import attributes
from emulator.dm.queued import trigger_event
from emulator.dm.suspend import IDLE
from emulator.dm.table import Table
from emulator.dm.view import md_state
from emulator.machine import Context, Steps
from emulator.messages import DM_EVENT, REPLY, SUPERVISOR

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice

WAITS = frozenset({"wait_event", "table_event"})
"""Verbs that run in a context of their own."""


def ioctl(md: MappedDevice, context: Context, serial: int, verb: str, arguments: tuple[Any, ...]) -> Steps:
    """Do one of WAITS and answer."""
    if verb == "table_event":
        if md.table is not None:
            yield from trigger_event(md)
    else:
        yield from _wait_event(md, arguments[0])
    md.send(SUPERVISOR, (REPLY, serial, 0, str(md.event_nr)))


def _wait_event(md: MappedDevice, event_nr: int) -> Steps:
    """dm_wait_event: sleep until the number differs, or until the device goes away."""
    life = md.life
    while md.event_nr == event_nr and md.life == life:
        yield md.eventq


def table_status(md: MappedDevice, arguments: tuple[Any, ...]) -> tuple[int, str]:
    """DM_TABLE_STATUS: one line for each target, "" without a table."""
    what = arguments[0]
    table = md.inactive if what.startswith("inactive") else md.table
    if table is None:
        return 0, ""
    lines = []
    for line, target in table.all:
        words = target.status_line() if what.endswith("status") else target.table_line()
        lines.append(f"{line.start} {target.length} {target.type} {words}")
    return 0, "\n".join(lines)


def dev_status(md: MappedDevice, arguments: tuple[Any, ...]) -> tuple[int, str]:
    """DM_DEV_STATUS and DM_TABLE_DEPS."""
    live: Table | None = md.table
    devices = ",".join(lower.dev for lower in live.devices()) if live else ""
    return 0, (
        f"state={md_state(md)} live={int(live is not None)} inactive={int(md.inactive is not None)} "
        f"event={md.event_nr} size={md.capacity} targets={len(live.all) if live else 0} "
        f"stackable={int(md.md_type == 'request')} "
        f"type={live.target.type if live else ''} devices={devices} "
        f"max_sectors={md.queue.limits.max_sectors} max_segments={md.queue.limits.max_segments}"
    )


def set_name(md: MappedDevice, arguments: tuple[Any, ...]) -> tuple[int, str]:
    """dm_hash_insert, dm_hash_rename: what dm_copy_name_and_uuid finds."""
    md.called = (arguments[0], arguments[1])
    return 0, f"{md.name} is called {arguments[0]}"


def destroy(md: MappedDevice, arguments: tuple[Any, ...]) -> tuple[int, str]:
    """dm_destroy: drop both tables; the next device that gets this md starts afresh."""
    bios = md.bio_based
    if bios is not None and (bios.ios or bios.deferred):
        return errno.EBUSY, f"{md.name} has bios"
    if md.clones or sum(md.queue.in_flight) or md.queue.requeue_list or not md.queue.empty():
        return errno.EBUSY, f"{md.name} has requests"
    for _, target in md.table.all if md.table is not None else ():
        target.destroy()
    loading.forget_type(md)
    md.table = md.inactive = md.incoming = None
    md.inactive_text = ""
    md.flags = 0
    md.forget_events()
    md.marker = None
    md.marker_state = IDLE
    md.queue.stopped = True
    md.life += 1
    md.wake(md.eventq)
    if md.listener:
        md.send(md.listener, (DM_EVENT, md.event_nr))
    return 0, f"{md.name} is gone"


AT_ONCE: dict[str, Callable[[MappedDevice, tuple[Any, ...]], tuple[int, str]]] = {
    "attributes": attributes, "table_status": table_status, "dev_status": dev_status, "destroy": destroy,
    "set_name": set_name,
}
"""Verbs that are answered at once."""
