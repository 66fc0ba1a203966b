"""Work of the target on its own work queues (C7): held I/O and table events (dm-mpath.c, reference 18.5, 18.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.block.bio import KEPT
from emulator.dm.codes import DM_MAPIO_REMAPPED, DM_MAPIO_REQUEUE
from emulator.dm.completion import requeue_unmapped_request
from emulator.dm.dispatch import dispatch_clone, kill_unmapped_request
from emulator.machine import OTHER_CPU, Context, Steps
from emulator.messages import DM_EVENT

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice


def process_queued_ios(md: MappedDevice, context: Context) -> Steps:
    """process_queued_ios -> dispatch_queued_ios: map what the target held, if it need not wait on."""
    yield OTHER_CPU
    if md.table is None:
        return
    target = md.table.target
    for tio in target.take_queued():
        r = target.map_queued(tio)
        if md.trace is not None:
            why = getattr(target, "why", "")
            at = (md.now_us, "dispatch_queued_ios", context.name)
            md.trace.append((*at, tio.orig.id, tio.id, r, tio.device, why))
            tio.orig.cmd |= KEPT  # it was held, and is kept when it ends
        if r == DM_MAPIO_REMAPPED:
            yield from dispatch_clone(md, context, tio)
        elif r == DM_MAPIO_REQUEUE:
            yield from requeue_unmapped_request(md, context, tio, "pushed back by the target")
        elif r < 0:
            kill_unmapped_request(md, tio, -r)


def trigger_event(md: MappedDevice) -> Steps:
    """trigger_event -> dm_table_event -> event_callback: event_nr grows by one."""
    yield OTHER_CPU
    uevents, md.uevent_list = md.uevent_list, []
    name, uuid = md.called
    for details in uevents:
        md.event("uevent", **details, DM_NAME=name, DM_UUID=uuid)
    md.event_nr += 1
    md.wake(md.eventq)
    if md.listener:
        md.send(md.listener, (DM_EVENT, md.event_nr))
