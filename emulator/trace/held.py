"""Which queue locks a context holds at each step, and the waits for them (whoever shows a life runs this).

Each function is called with the lock of its queue held, or without, as in the kernel; so this needs no event of its
own.  With ``completion: inline`` a chain that came from a device's interrupt holds that device's lock all the way.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    "dm_prep_fn", "blk_start_request", "map_request", "blk_insert_cloned_request",
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


def steps_of(events: Sequence[TraceEvent], mine: Sequence[TraceEvent]) -> list[Step]:
    """The steps of *mine*, some of *events* (merged), with context and locks; waits for locks are steps too."""
    chosen = {id(event) for event in mine}
    chosen |= _own_waits(events, chosen)
    steps = []
    for event in events:
        if id(event) in chosen:
            text, tone = words(event)
            at = (event.at_us, event.machine, event.context, locks_at(event))
            steps.append(Step(*at, event.function, text, tone))
    return steps


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
