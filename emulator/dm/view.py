"""The view of an md for a face.  Runs in the md's process, when a snapshot is asked for."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from emulator.dm.flags import BLOCK_IO_FOR_SUSPEND, SUSPENDED
from emulator.dm.table import Table
from emulator.snapshot import MdCounters, MdView, TargetView

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
    bios = md.bio_based
    tables = (md.table, md.inactive, md.incoming)
    queue = md.queue.view(most, now)
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
        # A bio-based md has no queue that could be stopped: it says whether bios go through.
        queue=replace(queue, stopped=bool(md.flags & BLOCK_IO_FOR_SUSPEND)) if bios else queue,
        lock=md.queue.lock.view(),
        in_flight=bios.rows(most) if bios else tuple([rq.view(now) for rq in islice(flying, most)]),
        nr_in_flight=len(bios.ios) if bios else sum(md.queue.in_flight),
        target=_target_view(md.table) if md.table else None,
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
            clone_errors=md.clone_errors,
            killed=md.killed,
        ),
        waiting=tuple([context.name for context in md.wait.sleepers]),
        faults=md.faults.views(),
        type=md.md_type,
        waiting_bios=len(bios.deferred) if bios else 0,
        opens=tuple({lower.name: 0 for table in tables if table for lower in table.devices()}),
    )


def _target_view(table: Table) -> TargetView:
    """The view of the first target; of several with the lines of all."""
    view = table.target.view()
    if not table.more:
        return view
    lines = [f"{line.start} {line.length} {target.type} {target.table_line()}" for line, target in table.all]
    return replace(view, table="; ".join(lines))
