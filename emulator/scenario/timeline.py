"""The timeline of a scenario while it runs: what is due, what waits for an event, what was answered.

Used by the director.
"""

from __future__ import annotations

import errno
import heapq
from collections.abc import Callable
from dataclasses import dataclass

from emulator.commands import InjectFault, LoadTable
from emulator.events import Event
from emulator.runtime.api import Runtime
from emulator.scenario.loader import Anchor, Scenario, Step
from emulator.scenario.report import Acted, Held

MACHINE = "director"
"""Machine of the timeline's own events."""


Ended = tuple[int, str]
"""Exit status of a line, and what it said first."""
Speak = Callable[[str], Callable[[], Ended | None]]
"""Begins a console line, and returns what tells how it ended (None: not yet)."""


def nobody_speaks(line: str) -> Callable[[], Ended | None]:
    """For a runtime without a Lab around it: every line fails."""
    return lambda: (1, "only a Lab can do console lines")


@dataclass(slots=True)
class _Act:
    """A step and what became of it."""

    step: Step
    seen: int = 0
    """Fitting events so far."""
    at_us: int | None = None
    serial: int | None = None
    ended: Callable[[], Ended | None] | None = None
    """Tells how the line under way ended."""
    failed: str = ""
    """How a line ended that has failed: rc 1."""
    errno: int | None = None
    answer: str = ""


class Timeline:
    """Every step of *scenario*, acted on *runtime*; each action makes one ``action`` event, a refused one a second."""

    def __init__(self, scenario: Scenario, runtime: Runtime, speak: Speak) -> None:
        self.runtime = runtime
        self._speak = speak
        self._acts = [_Act(step) for step in scenario.timeline]
        self._due = [(act.step.at_us, index) for index, act in enumerate(self._acts) if act.step.at_us is not None]
        heapq.heapify(self._due)
        self._serial = 0
        self.injected = {f"{spec.target}/{spec.name}": spec for spec in scenario.plan.faults}
        """By target and name, what was last put in force under that name; lines add theirs."""

    def due_us(self) -> int | None:
        """When the next action is due, or None (anchors may bring more)."""
        return self._due[0][0] if self._due else None

    @property
    def pending(self) -> bool:
        """Whether an action is due some time, or an answer is awaited."""
        waits = (act for act in self._acts if act.serial is not None or act.ended is not None)
        return bool(self._due) or any(act.step.answer != "none" for act in waits)

    @property
    def to_come(self) -> bool:
        """Whether an action is due some time, or waits for an event."""
        return any(act.at_us is None for act in self._acts)

    @property
    def listens(self) -> bool:
        """Whether something is done, or told, as soon as an event or an answer comes."""
        return any(
            act.serial is not None or act.ended is not None
            or (act.step.after is not None and act.seen < act.step.after.nth)
            for act in self._acts
        )

    def notice(self, event: Event, named: Callable[[Event], frozenset[str]]) -> None:
        """Plan what waits for *event*; *named* tells the scenario's names in an event."""
        self._serial = event.serial
        for index, act in enumerate(self._acts):
            anchor = act.step.after
            if anchor is None or act.seen >= anchor.nth or not _fits(event, anchor, named):
                continue
            act.seen += 1
            if act.seen == anchor.nth:
                heapq.heappush(self._due, (event.at_us + anchor.plus_us, index))

    def act(self) -> list[Event]:
        """Do everything that is due now."""
        events: list[Event] = []
        now = self.runtime.now_us()
        while self._due and self._due[0][0] <= now:
            act = self._acts[heapq.heappop(self._due)[1]]
            act.at_us = now
            if act.step.command is None:
                act.ended = self._speak(act.step.line)
            else:
                command = act.step.command
                act.serial = self.runtime.submit(command)
                if isinstance(command, InjectFault):
                    self.injected[f"{command.target}/{command.fault.name}"] = command.fault
            events.append(self._event(act.step.text, 0))
        return events

    def answers(self) -> list[Event]:
        """Take the outcomes that came; an event for each that is an error."""
        events: list[Event] = []
        for act in self._acts:
            if act.ended is not None:
                events += self._line_answers(act, act.ended)
            outcome = self.runtime.outcome(act.serial) if act.serial is not None else None
            if outcome is None:
                continue
            act.serial = None
            act.errno, act.answer = outcome.errno, outcome.text
            if not outcome.ok:
                events.append(self._event(f"{act.step.text}: {_code(outcome.errno)} {outcome.text}", outcome.errno))
        return events

    def _line_answers(self, act: _Act, ended: Callable[[], Ended | None]) -> list[Event]:
        result = ended()
        if result is None:
            return []
        act.ended = None
        status, act.answer = result
        act.errno = 0 if status == 0 else errno.EINVAL
        act.failed = f"rc {status}" if status else ""
        return [self._event(f"{act.step.text}: {act.failed} {act.answer}", act.errno)] if act.failed else []

    def _event(self, text: str, number: int) -> Event:
        return Event(self.runtime.now_us(), self._serial, MACHINE, "action", {"text": text, "errno": number})

    def acted(self) -> tuple[Acted, ...]:
        """What became of each step."""
        return tuple(Acted(act.at_us, act.step.text, act.errno, act.answer) for act in self._acts)

    def unheld(self, over: bool) -> list[Held]:
        """One row for each step that did not go as the scenario says; *over*: nothing more will come."""
        rows: list[Held] = []
        for act in self._acts:
            wanted, text = act.step.answer, f"action '{act.step.text}' answers {act.step.answer}"
            said = None if act.errno is None else "ok" if act.errno == 0 else act.failed or _code(act.errno)
            if said is not None and wanted not in ("any", said):
                rows.append(Held(text, False, f"it answered {said}: {act.answer}"))
            elif over and act.at_us is None:
                why = "its event never happened" if act.step.after else "the run ended before its time"
                rows.append(Held(text, False, why))
            elif over and said is None and wanted not in ("any", "none"):
                rows.append(Held(text, False, "no answer before the end"))
        return rows


def injected_names(scenario: Scenario) -> set[str]:
    """Names of the faults that the timeline injects."""
    commands = (step.command for step in scenario.timeline)
    return {command.fault.name for command in commands if isinstance(command, InjectFault)}


def lower_mds(scenario: Scenario) -> dict[str, frozenset[str]]:
    """By mapped device: those that stand in a table of it."""
    tables = [(spec.name, spec.table) for spec in scenario.plan.mds]
    loads = [step.command for step in scenario.timeline if isinstance(step.command, LoadTable)]
    words: dict[str, set[str]] = {}
    for name, table in (*tables, *((load.target, load.table) for load in loads)):
        words.setdefault(name, set()).update(table.split())
    return {
        name: frozenset(spec.name for spec in scenario.plan.mds if spec.dev in found) for name, found in words.items()
    }


def _code(number: int) -> str:
    return errno.errorcode.get(number, str(number))


def _fits(event: Event, anchor: Anchor, named: Callable[[Event], frozenset[str]]) -> bool:
    if event.kind != anchor.kind or anchor.machine not in ("", event.machine):
        return False
    return named(event).issuperset(anchor.names)
