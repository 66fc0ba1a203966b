"""The life of a queue lock: who took it, whom it waited for, how long it was held (whoever shows a life runs this).

Each hold is one step, at the time when it was taken; a wait without an end is one of its own.  Times of waits and
holds are real microseconds, measured in the process that owns the lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emulator.plan import Plan
from emulator.trace.events import TraceEvent
from emulator.trace.life import Life, Step, Tone
from emulator.trace.recorder import Wanted
from emulator.trace.search import Search
from emulator.trace.subjects import read
from emulator.trace.words import plural, span

EVENTS_MOST = 1500
"""Newest events of the lock that are looked at."""
CONTEXTS_MOST = 8
"""Contexts that are summed up, those that held it longest."""


@dataclass(slots=True)
class Hold:
    """One context's turn; ``held_ns`` is -1 while it goes on, ``since_us`` is -1 if its beginning is forgotten."""

    context: str
    since_us: int
    waited_ns: int = 0
    behind: str = ""
    """Who held the lock when it began to wait."""
    held_ns: int = -1
    dropped_us: int = -1


def lock_life(plan: Plan, machine: str, lock: str) -> Search:
    """Who held *lock*, how long, and who waited for whom, in order."""
    functions = ("lock", "lock_wait", "unlock")
    answers = yield {machine: Wanted(functions=functions, match=((4, (lock,)),), newest=EVENTS_MOST)}
    missing: list[str] = []
    events = read(machine, answers.get(machine), missing, [])
    holds, waiting = holds_of(events)
    steps = [_held(machine, lock, hold, hold is holds[-1]) for hold in holds]
    unseen = sum(hold.held_ns < 0 for hold in holds[:-1])
    if unseen:
        total = plural(len(holds), "hold")
        missing.append(f"of {unseen} of {total} only the wait is recorded: nobody looked at the lock")
    steps += [
        Step(event.at_us, machine, context, (), "lock_wait", _waits(event), "wait")
        for context, event in waiting.items()
    ]
    facts = tuple(_facts(holds, waiting))
    return Life("lock", lock, tuple(steps), steps[0].at_us if steps else 0, tuple(missing), facts=facts)


def holds_of(events: Sequence[TraceEvent]) -> tuple[list[Hold], dict[str, TraceEvent]]:
    """The turns of all contexts in order, and the waits that have not ended."""
    holds: list[Hold] = []
    waiting: dict[str, TraceEvent] = {}
    for event in events:
        of, context = event.fields, event.context
        match event.function:
            case "lock_wait":
                waiting[context] = event
            case "lock":
                wait = waiting.pop(context, None)
                holds.append(Hold(context, event.at_us, of["waited_ns"], wait.fields["holder"] if wait else ""))
            case _ if holds and holds[-1].held_ns < 0 and holds[-1].context == context:
                holds[-1].held_ns, holds[-1].dropped_us = of["held_ns"], event.at_us
            case _:
                holds.append(Hold(context, -1, held_ns=of["held_ns"], dropped_us=event.at_us))
    return holds, waiting


def _held(machine: str, lock: str, hold: Hold, last: bool) -> Step:
    """A turn as a step: at the time when it was taken, or, if that is forgotten, dropped.

    A turn that is not the *last* is over, though its end may not be recorded.
    """
    parts = []
    if hold.waited_ns or hold.behind:
        parts.append(f"waited{_took(hold.waited_ns)}{f' for {hold.behind}' if hold.behind else ''}")
    if hold.held_ns < 0:
        parts.append("holds it" if last else "held, its time not recorded")
    else:
        parts.append(f"held{_took(hold.held_ns)}")
        if hold.since_us >= 0 and hold.dropped_us != hold.since_us:
            parts.append(f"dropped {span(hold.dropped_us - hold.since_us)} later (emulated)")
    tone: Tone = "mark" if hold.held_ns < 0 and last else "wait" if hold.waited_ns or hold.behind else ""
    at_us = hold.dropped_us if hold.since_us < 0 else hold.since_us
    function = "unlock" if hold.since_us < 0 else "lock"
    return Step(at_us, machine, hold.context, (lock,), function, ", ".join(parts), tone)


def _took(ns: int) -> str:
    """A real time, "" in a simulation, which has none."""
    return f" {span(ns / 1000)}" if ns else ""


def _waits(event: TraceEvent) -> str:
    holder = event.fields["holder"]
    return f"waits for {holder}, which holds it" if holder else "waits"


def _facts(holds: Sequence[Hold], waiting: dict[str, TraceEvent]) -> Iterator[str]:
    last = holds[-1] if holds else None
    holder = last.context if last is not None and last.held_ns < 0 else ""
    behind = f"; {', '.join(waiting)} wait{'s' * (len(waiting) == 1)}" if waiting else ""
    yield f"held by {holder}{behind}" if holder else f"free{behind}"
    by_context: dict[str, list[Hold]] = {}
    for hold in holds:
        if hold.held_ns >= 0:
            by_context.setdefault(hold.context, []).append(hold)
    order = sorted(by_context.items(), key=lambda item: -sum(hold.held_ns for hold in item[1]))
    for context, turns in order[:CONTEXTS_MOST]:
        yield f"{context} {_sum(turns)}"
    if len(order) > CONTEXTS_MOST:
        yield f"and {plural(len(order) - CONTEXTS_MOST, 'context')} more"


def _sum(turns: Sequence[Hold]) -> str:
    text = plural(len(turns), "hold") + _times([hold.held_ns for hold in turns])
    waited = [hold.waited_ns for hold in turns if hold.waited_ns or hold.behind]
    return f"{text}; {plural(len(waited), 'wait')}{_times(waited)}" if waited else text


def _times(times_ns: Sequence[int]) -> str:
    """Their sum and the longest, "" in a simulation."""
    total = sum(times_ns)
    return f", {span(total / 1000)}, longest {span(max(times_ns) / 1000)}" if total else ""
