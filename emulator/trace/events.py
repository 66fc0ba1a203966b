"""What a trace event says: kernel functions entered for a request, with time and context.

A machine whose ``trace`` is a list appends plain tuples ``(now_us, function, context, *fields)`` to it; a runtime
carries them away in batches.  With tracing off that costs one test.  Read by whoever follows a request's way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FIELDS: Mapping[str, tuple[str, ...]] = {
    "dm_make_request": ("bio", "sector", "sectors", "flags"),
    "dm_prep_fn": ("request", "clone", "bios"),
    "map_request": ("request", "clone", "verdict", "device"),
    "end_clone_bio": ("request", "clone", "bios", "errno"),
    "dm_softirq_done": ("request", "clone", "errno", "verdict", "device"),
    "dm_requeue_unmapped_request": ("request", "reason"),
}
"""Fields of each traced function, in order.  ``verdict`` is the target's: DM_MAPIO_*/DM_ENDIO_* or a negative errno."""


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """A kernel function entered by *machine*."""

    at_us: int
    machine: str
    function: str
    context: str
    fields: Mapping[str, Any]


def read_trace(machine: str, raw: Iterable[tuple[Any, ...]]) -> list[TraceEvent]:
    """The events that *machine* traced.  Raises KeyError for a function that FIELDS does not know."""
    events = []
    for now_us, function, context, *values in raw:
        names = FIELDS[function]
        events.append(TraceEvent(now_us, machine, function, context, dict(zip(names, values, strict=True))))
    return events


def way_of(request: int, events: Iterable[TraceEvent]) -> list[TraceEvent]:
    """The events of one original request, in order."""
    return [event for event in events if event.fields.get("request") == request]
