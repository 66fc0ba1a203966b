"""What a person did while a scenario ran, with the emulated time of each deed: what "save as scenario" writes.

Orders of keys and dialogs, and console lines; what only looks, or stops the clock and lets it go on, is no deed: no
emulated time passes by it.  Kept in the session's thread.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.block.errors import errno_name
from emulator.commands import Command, Go, Outcome, Pause
from emulator.lab.lines import action_of_line, line_of, only_looks
from emulator.lab.results import LineError, Result
from emulator.lab.session import Entry, Session
from emulator.scenario.loader import Scenario
from emulator.scenario.saying import Action, Declared, action_of, declared
from emulator.scenario.timeline import injected_names

DEEDS_MOST = 1_000
"""Deeds kept, as many as a timeline may have.  Policy: the first are kept, later ones are counted."""


@dataclass(frozen=True, slots=True)
class Did:
    """A deed as an entry of a timeline."""

    at_us: int
    action: Action
    answer: str
    """ok, an errno name, or any: of a line that failed, and of what has not been answered."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was done until now."""

    scenario: Scenario
    now_us: int
    deeds: tuple[Did, ...]
    left_out: int = 0
    """Deeds that no entry can say, and those beyond DEEDS_MOST."""


@dataclass(frozen=True, slots=True)
class _Given:
    at_us: int
    what: Command | str
    entry: Entry
    instead: str | None = None
    """The console line that does the same."""


class DeedLog:
    """The deeds of one session."""

    def __init__(self, session: Session, scenario: Scenario) -> None:
        self._session = session
        self._scenario = scenario
        self._given: list[_Given] = []
        self._beyond = 0
        self._spoken_of: dict[Entry, str] = {}
        """Lines that got a Ctrl-C, and their name in the background."""

    def command(self, command: Command, entry: Entry) -> None:
        """A key or a dialog gave *command*, whose outcome *entry* waits for."""
        if not isinstance(command, Pause | Go):
            name = self._session.names.of_machine(command.target)
            self._add(_Given(self._session.now_us(), command, entry, line_of(command, name)))

    def line(self, line: str, entry: Entry) -> None:
        """A console line was begun."""
        if not only_looks(line):
            self._add(_Given(self._session.now_us(), line, entry))

    def interrupted(self, entry: Entry) -> None:
        """Ctrl-C for a line that waits."""
        id = self._spoken_of.setdefault(entry, self._job(entry) or f"waiting-{len(self._spoken_of) + 1}")
        self._add(_Given(self._session.now_us(), f"interrupt {id}", Entry(entry.wait, done=True)))

    def _add(self, given: _Given) -> None:
        if len(self._given) < DEEDS_MOST:
            self._given.append(given)
        else:
            self._beyond += 1

    def _job(self, entry: Entry) -> str:
        return next((job.id for job in self._session.jobs.values() if job.entry is entry), "")

    def told(self) -> Told:
        """All of it, in the words of a timeline."""
        scenario, left_out = self._scenario, self._beyond
        faults = {fault.name for fault in scenario.plan.faults} | injected_names(scenario)
        known = declared(scenario.plan, faults)
        deeds: list[Did] = []
        for given in self._given:
            answer = _answer(given)
            if answer is None:
                continue
            action = self._action(given, known, answer)
            if action is None:
                left_out += 1
            else:
                deeds.append(Did(given.at_us, action, "any" if "line" in action and answer != "ok" else answer))
        return Told(scenario, self._session.now_us(), tuple(deeds), left_out)

    def _action(self, given: _Given, known: Declared, answer: str) -> Action | None:
        if isinstance(given.what, Command):
            found = action_of(given.what, known)
            return found or ({"line": given.instead} if given.instead is not None else None)
        id = self._spoken_of.get(given.entry) or self._job(given.entry)
        if f"interrupt {id}" in (other.what for other in self._given) and given.what.split()[:1] != ["bg"]:
            # Another deed speaks of it by that name, which it has only because it waited.
            return {"line": f"bg {id} {given.what.rstrip().removesuffix('&').rstrip()}"}
        return (action_of_line(given.what, known) if answer == "ok" else None) or {"line": given.what}


def _answer(given: _Given) -> str | None:
    """What it answered; None for a line that was none: it did nothing."""
    entry = given.entry
    if not entry.done:
        return "any"
    if isinstance(entry.error, LineError):
        return None
    if isinstance(given.what, Command):
        outcome: Outcome | None = entry.value
        return "any" if outcome is None else "ok" if outcome.ok else errno_name(outcome.errno)
    result: Result | None = entry.value
    return "ok" if entry.error is None and (result is None or result.rc == 0) else "any"
