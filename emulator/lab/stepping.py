"""Stepping while the clock stands, as waits of the session: one event, one dispatch, one softirq pass, a person's pick.

What they say is what a log shows.  All of it runs in the session's thread.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import get_args

from emulator.commands import Outcome
from emulator.lab.results import LabError
from emulator.lab.session import Session, Wait
from emulator.runtime.waiting import StepOrder, Stepped, Stride, Waiting

STRIDES: tuple[Stride, ...] = get_args(Stride)
EVENTS_MOST = 5_000
"""Events of one step.  Policy: it ends there, and says so."""
TURN_S = 0.1
"""Real seconds of stepping between two looks at who else wants something."""
ANSWER_S = 5.0
"""Real seconds that the processes may take for one step."""


@dataclass(frozen=True, slots=True)
class Strode:
    """What a step came to."""

    what: Stride
    machine: str
    """Whose dispatch or pass was waited for."""
    steps: tuple[Stepped, ...]
    """The events, in order; () = nothing waits anywhere."""
    reached: bool
    """Whether the dispatch or the pass came."""
    text: str
    """One line on it."""


def stepping(session: Session, what: Stride = "event", machine: str = "") -> Wait[Strode]:
    """Let one event happen, or events until the md *machine* ("": the uppermost) has dispatched a request, or until the
    softirq worker has made a pass.  Raises LabError unless the clock stands."""
    whose = _whose(session, what, machine)
    steps: list[Stepped] = []
    reached = False
    until = monotonic() + TURN_S
    while not reached and len(steps) < EVENTS_MOST:
        check_standing(session)
        step = session.runtime.step(machine if what == "event" else "", ANSWER_S)
        if step is None:
            break
        steps.append(step)
        session.stepped.append(step)
        reached = what == "event" or (step.machine == whose and step.strides > 0)
        if not reached and monotonic() > until:
            yield session.now_us()  # that is: go on at once
            until = monotonic() + TURN_S
    text = _text(what, whose, steps, reached)
    if reached and what != "event":
        text += _what_next(session.runtime.waiting(ANSWER_S)[0], what, whose)
    return Strode(what, whose, tuple(steps), reached, text)


def listing(session: Session) -> Wait[list[Waiting]]:
    """What waits, the next first; the session remembers it for picks by number.  Raises LabError."""
    yield from ()
    check_standing(session)
    session.listed, session.unlisted = session.runtime.waiting(ANSWER_S)
    return list(session.listed)


def picking(session: Session, item: Waiting) -> Wait[Stepped]:
    """Let *item* go next.  Raises LabError where it cannot."""
    yield from ()
    check_standing(session)
    if item.blocked:
        raise LabError(f"{item.text}: it cannot go next: {item.blocked}")
    step = session.runtime.pick(item, ANSWER_S)
    if step is None:
        raise LabError(f"{item.text}: it does not wait any more")
    session.stepped.append(step)
    return step


def carry_out(session: Session, order: StepOrder) -> Wait[Outcome]:
    """Do *order*: its outcome says what happened, or why it cannot."""
    try:
        if order.item is not None:
            text = (yield from picking(session, order.item)).text
        else:
            text = (yield from stepping(session, order.what, order.machine)).text
    except LabError as error:
        return Outcome(errno.EBUSY, str(error), session.now_us())
    return Outcome(0, text, session.now_us())


def check_standing(session: Session) -> None:
    """Raise LabError unless the clock stands and the emulation goes on."""
    session.living()
    if not session.runtime.paused:
        raise LabError("the clock runs: 'pause' stops it")


def _whose(session: Session, what: Stride, machine: str) -> str:
    plan = session.plan
    if what == "softirq":
        return plan.softirq
    names = [md.name for md in plan.mds] if what == "dispatch" else list(session.runtime.processes())
    if machine and machine not in names:
        raise LabError(f"found {machine!r}, expected {'a mapped device' if what == 'dispatch' else 'a machine'}: "
                       + ", ".join(names))
    if what == "dispatch" and not names:
        raise LabError("there is no mapped device")
    return machine or (names[-1] if what == "dispatch" else "")


def _text(what: Stride, whose: str, steps: Sequence[Stepped], reached: bool) -> str:
    count = f"{len(steps)} event{'s' * (len(steps) != 1)}"
    wanted = {"event": "", "dispatch": f"a dispatch of {whose}", "softirq": f"a pass of {whose}"}[what]
    if what == "event":
        return steps[0].text if steps else f"nothing waits{f' in {whose}' * bool(whose)}: no message, no timer"
    if reached:
        return f"{wanted} after {count}"
    if len(steps) >= EVENTS_MOST:
        return f"{count} without {wanted}"
    return f"nothing waits any more: no message, no timer; {count} without {wanted}"


def _what_next(items: Sequence[Waiting], what: Stride, whose: str) -> str:
    """What the stride has sent on its way."""
    if what == "dispatch":
        sent = [item for item in items if item.source == whose and item.word == "INSERT_CLONE"]
        return f": {sent[-1].text}" if sent else ""
    handed = [item for item in items if item.source == whose and item.word == "SOFTIRQ_DONE"]
    clones = ", ".join(f"{item.machine}#{item.number}" for item in handed[:4]) + ", …" * (len(handed) > 4)
    return f": {clones} handed to dm_softirq_done" if handed else ""


__all__ = ["STRIDES", "Stride", "Strode", "carry_out", "check_standing", "listing", "picking", "stepping"]
