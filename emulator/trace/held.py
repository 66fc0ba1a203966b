"""Which queue locks a context holds at each step, and the waits for them (whoever shows a life runs this).

Each function is called with the lock of its queue held, or without, as in the kernel; so this needs no event of its
own.  With ``completion: inline`` a chain that came from a device's interrupt holds that device's lock all the way.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.dm.codes import DM_MAPIO_REMAPPED
from emulator.trace.events import TraceEvent
from emulator.trace.life import Step
from emulator.trace.words import words

LOCKS = frozenset({"lock", "lock_wait", "unlock"})
UNDER_LOCK = frozenset({
    "__make_request", "elv_merge_requests", "dm_request_fn", "dm_prep_fn", "blk_start_request", "rq_completed",
    "dm_requeue_unmapped_request", "dm_requeue_original_request", "scsi_request_fn", "end_clone_request",
    "blk_insert_flush", "blk_plug_device", "blk_remove_plug", "blk_stop_queue", "blk_start_queue",
    "blk_mq_requeue_work",
})
"""Called with the lock of the machine's own queue held."""
INLINE = frozenset({
    "dm_softirq_done", "dm_end_request", "rq_completed", "dm_requeue_unmapped_request", "dm_requeue_original_request",
    "dm_prep_fn", "blk_start_request", "map_request", "blk_insert_cloned_request", "blk_plug_device", "blk_remove_plug",
    "lock_wait",
})
"""On an md in the context of an interrupt: that still holds its device's lock."""
INTERRUPT = "C3:"


def locks_at(event: TraceEvent) -> tuple[str, ...]:
    """Names of the locks that the context of *event* holds, in the order in which they were taken."""
    held: list[str] = []
    context = event.context.rstrip("+")
    if context.startswith(INTERRUPT) and event.function in INLINE:
        held.append(f"{context.removeprefix(INTERRUPT)}.queue_lock")
    if event.function in UNDER_LOCK:
        held.append(f"{event.machine}.queue_lock")
    return tuple(dict.fromkeys(held))


def steps_of(mine: Sequence[TraceEvent]) -> list[Step]:
    """*mine* as steps, with context and locks."""
    steps = []
    for event in mine:
        text, tone = words(event)
        function = event.fields["kind"] if event.function == "event" else event.function
        steps.append(Step(event.at_us, event.machine, event.context, locks_at(event), function, text, tone))
    return steps


def with_waits(events: Sequence[TraceEvent], mine: Sequence[TraceEvent]) -> list[TraceEvent]:
    """*mine*, some of *events* (merged), with the waits for locks on their way."""
    chosen = {id(event) for event in mine}
    chosen |= _own_waits(events, chosen) | _stuck(events, mine)
    return [event for event in events if id(event) in chosen]


def _stuck(events: Sequence[TraceEvent], mine: Sequence[TraceEvent]) -> set[int]:
    """Waits of chains that have a clone in hand which has not got onto its device's queue yet."""
    inserted = {(event.machine, event.number) for event in mine if event.function == "blk_insert_cloned_request"}
    chains = {
        (event.fields["device"], event.context.rstrip("+"), event.at_us)
        for event in mine
        if event.fields.get("verdict") == DM_MAPIO_REMAPPED
        and (event.fields.get("device"), event.fields["clone"]) not in inserted
    }
    return {
        id(event)
        for event in events
        if event.function == "lock_wait"
        and any(
            (event.machine, event.context.rstrip("+")) == (device, context) and event.at_us >= at_us
            for device, context, at_us in chains
        )
    }


def _own_waits(events: Sequence[TraceEvent], mine: set[int]) -> set[int]:
    """Waits for a lock between two steps of ours in the same context: its calls are done one after another."""
    found: set[int] = set()
    pending: dict[tuple[str, str], list[TraceEvent]] = {}
    started: set[tuple[str, str]] = set()
    for event in events:
        key = (event.machine, event.context)
        if id(event) in mine:
            if key in started:
                found.update(id(each) for each in pending.pop(key, ()))
            pending.pop(key, None)
            started.add(key)
        elif key in started and (
            event.function in ("get_request_wait", "lock_wait")
            or (event.function == "lock" and event.fields["waited_ns"])
            or (event.function == "lock" and pending.get(key) and pending[key][-1].function == "lock_wait")
        ):
            pending.setdefault(key, []).append(event)
    # What is waited for still, after the last step, is told as well.
    for waiting in pending.values():
        if waiting[-1].function in ("lock_wait", "get_request_wait"):
            found.add(id(waiting[-1]))
    return found
