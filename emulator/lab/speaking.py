"""Console lines of a scenario's timeline: begun at their moment in the running session, their end told when it comes.

Nobody waits for one: it goes on beside the timeline.  Run by the session, for its director.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from emulator.lab.results import LabError, LineError, Result

if TYPE_CHECKING:
    from emulator.lab.session import Entry, Session

BLOCKED = 1
"""Exit status of a line that was interrupted or could not be done: it has none of its own."""


def speak(session: Session, line: str) -> Callable[[], tuple[int, str] | None]:
    """Begin *line* now; what tells its exit status and what it said first, None while it has not ended."""
    # The language is built on the session: it is looked up only where a scenario speaks it.
    from emulator.lab import language

    try:
        verb, wait, id = language.begin(session, line)
        if verb is None:
            return lambda: (0, "")
        entry = session.enter(wait) if id is None else session.start(line.strip(), wait, id).entry
    except (LineError, LabError) as error:
        said = str(error)
        return lambda: (BLOCKED, said)
    entry.step(entry.wait.__next__)
    return lambda: _ended(entry)


def _ended(entry: Entry) -> tuple[int, str] | None:
    if not entry.done:
        return None
    if entry.error is not None:
        return BLOCKED, str(entry.error)
    result: Result = entry.value
    return result.rc or 0, next(iter((*result.err, *result.out)), "")
