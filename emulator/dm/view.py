"""The view of an md for a face.  Runs in the md's process, when a snapshot is asked for."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from emulator.dm.flags import SUSPENDED
from emulator.snapshot import MdCounters, MdView

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice

IN_FLIGHT_STATES = frozenset({"MAPPING", "HELD", "ISSUED", "DONE_PENDING"})


def md_state(md: MappedDevice) -> str:
    """Reference 20.4."""
    if md.suspending:
        return "SUSPENDING"
    if md.flags & SUSPENDED:
        return "SUSPENDED"
    return "RUNNING" if md.table else "NEW"


def md_view(md: MappedDevice, most: int) -> MdView:
    """All of it, with at most *most* entries of each list."""
    now = md.now_us
    flying = (tio.orig for tio in md.clones.values() if tio.orig.state in IN_FLIGHT_STATES)
    return MdView(
        name=md.name,
        dev=md.spec.dev,
        at=now,
        era=md.era,
        state=md_state(md),
        noflush=md.suspending == "noflush",
        inactive_table=md.inactive_text,
        completion=md.completion,
        queue=md.queue.view(most, now),
        lock=md.queue.lock.view(),
        in_flight=tuple(rq.view(now) for rq in islice(flying, most)),
        nr_in_flight=sum(md.queue.in_flight),
        target=md.table.target.view() if md.table else None,
        event_nr=md.event_nr,
        counters=MdCounters(
            bios=md.bios,
            bios_completed=md.bios_completed,
            bios_failed=md.bios_failed,
            requests=md.queue.requests,
            dispatched=md.dispatched,
            requeued=md.requeued,
            completed=md.completed,
            busy_stops=md.busy_stops,
            deferred=md.deferred,
            errors_hidden=md.errors_hidden,
        ),
        waiting=tuple(context.name for context in md.wait.sleepers),
        faults=md.faults.views(),
    )
