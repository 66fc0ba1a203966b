"""What a trace event says: kernel functions entered for a request, with time and context.

A machine whose ``trace`` is a list appends plain tuples ``(now_us, function, context, number, *fields)`` to it; the
*number* is the request's (on a device and in the softirq worker the clone's, at a submitter the bio's; 0: about none).
With tracing off that costs one test a point.  What a request passes on the straight way - no error, no requeue, nothing
to wait for - leaves no tuples: its times are noted on the request itself, which is kept in ``ways`` when it has ended,
and :meth:`emulator.machine.Machine.way` makes the tuples of it once somebody asks.
:mod:`emulator.trace.recorder` keeps the newest in each process, and :mod:`emulator.trace.life` makes a request's life
of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FIELDS: Mapping[str, tuple[str, ...]] = {
    # submitter: the number is the bio's
    "submit_bio": ("bio", "md", "where"),
    "bi_end_io": ("bio", "md", "errno", "took_us", "where"),
    # md: the number is the original request's
    "get_request_wait": ("request", "what"),
    "__make_request": ("request", "owner", "bio", "how", "where"),
    "elv_merge_requests": ("request", "other"),
    "dm_prep_fn": ("request", "clone", "bios", "verdict"),
    "dm_request_fn": ("request", "clone", "bios", "why"),
    "blk_start_request": ("request",),
    "map_request": ("request", "clone", "verdict", "device", "why", "bios"),
    "dispatch_queued_ios": ("request", "clone", "verdict", "device", "why"),
    "blk_insert_flush": ("request", "sequence", "op"),
    "blk_flush_complete_seq": ("request", "bios", "errno"),
    "end_clone_bio": ("request", "clone", "bios", "errno", "ended"),
    "bio_endio": ("request", "bios", "errno"),
    "dm_complete_request": ("request", "clone", "errno"),
    "dm_softirq_done": ("request", "clone", "errno", "verdict", "device", "why"),
    "dm_requeue_unmapped_request": ("request", "reason", "retries"),
    "dm_requeue_original_request": ("request", "reason", "retries"),
    "dm_end_request": ("request", "clone", "errno"),
    "rq_completed": ("request", "clone", "device", "judged_us", "errno"),
    # bio-based md: the number is that of its struct dm_io
    "__split_and_process_bio": ("request", "owner", "bio", "where"),
    "__map_bio": ("request", "clone", "verdict", "device", "why"),
    "clone_endio": ("request", "clone", "errno", "verdict", "device", "why"),
    "dm_io_complete": ("request", "bios", "errno"),
    # md and device: on a device the number is the clone's
    "blk_insert_cloned_request": ("request", "md", "clone", "sector", "sizes"),
    # device: the number is the clone's
    "scsi_request_fn": ("clone", "md", "command", "fault", "inserted_us", "sector", "sizes"),
    "scsi_done": ("clone", "md", "good", "errno"),
    "blk_update_request": ("clone", "md", "sectors", "bios", "errno"),
    "end_clone_request": ("clone", "md", "errno", "ended"),
    # LUN: the number is the device's command
    "medium": ("command", "device", "sector", "sectors"),
    # softirq worker: the number is the clone's
    "blk_complete_request": ("clone", "md", "source", "errno", "backlog"),
    "blk_done_softirq": ("clone", "md", "backlog"),
    # every machine: of no request
    "lock": ("number", "lock", "waited_ns"),
    "lock_wait": ("number", "lock", "holder"),
    "unlock": ("number", "lock", "held_ns"),
    "blk_plug_device": ("number",),
    "blk_remove_plug": ("number",),
    "blk_stop_queue": ("number",),
    "blk_start_queue": ("number",),
    "blk_mq_requeue_work": ("number", "requests"),
    "event": ("number", "kind", "details"),
    "send": ("number", "to", "messages"),
}
"""Fields of each traced function, the number first.  On the straight way several functions leave one event together:
:mod:`emulator.trace.unfold` makes them of it.

``verdict`` is the target's: DM_MAPIO_*, DM_ENDIO_* or a negative errno (of dm_prep_fn: BLKPREP_*); ``why`` are the
target's reasons in words; ``where`` is sector, sectors and flags; ``sizes`` are the sectors of each bio; ``messages``
are (tag, number, emulator.telling.Tone) of each.
"""

RARE = frozenset({"event", "blk_stop_queue", "blk_start_queue", "dm_softirq_done"})
"""What a path's and a queue's story is made of; kept longer than the rest.  (A clone that ended well leaves no
dm_softirq_done of its own.)"""

CHANGES = frozenset({
    "path_failed", "path_reinstated", "no_path_left", "pg_init", "device_gone", "device_offline", "device_back",
    "fault_injected", "fault_fired", "fault_cleared", "released", "table_swapped", "suspended", "resumed",
})
"""Kinds of events that change the state of a path, a device or an md.  Kept apart from other rare events: a load that
fails tells of thousands of requests a second, and would push them out."""

TROUBLE = frozenset({
    "dm_softirq_done", "dm_requeue_unmapped_request", "dm_requeue_original_request", "dispatch_queued_ios", "scsi_done",
    "clone_endio",
})
"""Of a request (clone) that left one of these the whole story is kept as long as rare events are: it failed, was
requeued or held.  None of them is recorded of one that goes straight through, but for clone_endio: there the errno
says it."""

OF_BIOS = frozenset({"__split_and_process_bio", "__map_bio", "clone_endio", "dm_io_complete"})
"""What a bio-based md leaves of every bio: none of it is noted elsewhere."""

Raw = tuple[Any, ...]
"""An event as the machine made it."""

Serial = tuple[int, int, int]
"""Order within a process: of what is in ``trace`` (index, LATE, 0); of what a way stands for (tuples that were there
before, what its number is, which part of it)."""
LATE = 1 << 62


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """A kernel function entered by *machine*."""

    at_us: int
    machine: str
    function: str
    context: str
    number: int
    fields: Mapping[str, Any]
    serial: Serial = (0, 0, 0)
    """Order within its process."""


def unstamp(passed: Any) -> None:
    """Forget what was noted on *passed*, whose class names that in NOTED."""
    for name in passed.NOTED:
        if hasattr(passed, name):
            delattr(passed, name)


def stamp(noted: object, name: str) -> int:
    """Behind how many trace events *noted* passed something; -1 if its recorder was sparse and noted the time only."""
    number: int = getattr(noted, name, -1)
    return number


def read_event(machine: str, raw: Raw, serial: Serial = (0, 0, 0)) -> TraceEvent:
    """The event that *machine* traced.  Raises KeyError for a function that FIELDS does not know."""
    now_us, function, context, number, *values = raw
    fields = dict(zip(FIELDS[function], (number, *values), strict=True))
    return TraceEvent(now_us, machine, function, context, number, fields, serial)


def way_of(request: int, events: Iterable[TraceEvent]) -> list[TraceEvent]:
    """The events of one original request on its md, in order."""
    return [event for event in events if event.number == request]
