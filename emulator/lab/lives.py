"""Lives asked for by name: the waits behind ``life`` and ``lab.life`` (they run in the session's thread)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from time import monotonic

from emulator.lab.results import LabError, LineError
from emulator.lab.session import Session, Wait
from emulator.trace.hops import Hop, Mark, new_hops
from emulator.trace.life import Life
from emulator.trace.lives import clone_life, last_life, request_life
from emulator.trace.locklife import lock_life
from emulator.trace.recorder import Recorded, Wanted
from emulator.trace.search import Search
from emulator.trace.subjects import path_life

ANSWER_LIMIT_S = 5.0
"""Real time that the recorders may take for one answer."""


def search_for(session: Session, words: list[str]) -> Search:
    """What *words* name: ``last``, ``[MD] REQUEST``, ``[MD] clone CLONE``, ``[MD] PATH`` or ``[MD] lock``.

    Without MD it is the last mapped device of the plan, the uppermost.  Raises LineError.
    """
    plan = session.plan
    mds = [md.name for md in plan.mds]
    if not mds:
        raise LineError("there is no mapped device")
    rest = list(words)
    md = rest.pop(0) if rest and rest[0] in mds else mds[-1]
    devices = {device.name for device in plan.devices} | set(mds)
    match rest:
        case [] | ["last"]:
            return last_life(plan, md)
        case ["lock"]:
            return lock_life(plan, md, f"{md}.queue_lock")
        case ["clone", number] if number.isdigit():
            return clone_life(plan, md, int(number))
        case [number] if number.isdigit():
            return request_life(plan, md, int(number))
        case [path] if path in devices:
            return path_life(plan, md, path)
    found = " ".join(words)
    raise LineError(f"found {found!r}, expected last, a request's number, clone NUMBER, a path or lock")


def tell(session: Session, search: Search) -> Wait[Life]:
    """Carry *search* out.  Raises LabError when a recorder does not answer."""
    answers: Mapping[str, Recorded] | None = None
    while True:
        try:
            wanted = next(search) if answers is None else search.send(answers)
        except StopIteration as end:  # at once where nobody need be asked
            life: Life = end.value
            return replace(life, told_us=session.now_us())
        answers = yield from _ask(session, wanted)


def _ask(session: Session, wanted: Mapping[str, Wanted]) -> Wait[Mapping[str, Recorded]]:
    serial = session.runtime.ask_recorded(wanted)
    limit_s = monotonic() + ANSWER_LIMIT_S
    while (answers := session.runtime.recorded(serial)) is None:
        if monotonic() > limit_s:
            raise LabError("the recorders do not answer")
        yield None
    return answers


def hop(session: Session, marks: Mapping[str, Mark]) -> Wait[tuple[list[Hop], dict[str, Mark]]]:
    """The messages since *marks* and the new marks.  Raises LabError when a recorder does not answer."""
    search = new_hops(marks)
    answers = yield from _ask(session, next(search))
    try:
        search.send(answers)
    except StopIteration as end:
        found: tuple[list[Hop], dict[str, Mark]] = end.value
        return found
    raise AssertionError("it asks once")
