"""One run of a scenario from its opening to its verdict: ``dmtui run`` and the dashboard turn it, each in one thread.

The scenario's steps are played one after another while its timeline goes on; when both are over the run ends as every
run does.
"""

from __future__ import annotations

import dataclasses

from emulator.events import Event
from emulator.lab.lab import Opening
from emulator.lab.opening import RuntimeKind
from emulator.lab.results import LabError, LineError
from emulator.lab.session import Session, Wait
from emulator.lab.steps import step_wait
from emulator.scenario.loader import Scenario
from emulator.scenario.report import Held, Report, verdict_of
from emulator.scenario.steps import LineStep

MACHINE = "steps"
"""Machine of the events about steps."""


class Run:
    """``turn`` until ``finished``; a finished one may be turned on: nothing is done or judged any more.

    With a *console* there is a machine for ``io`` lines even if the scenario has no steps.  Raises ScenarioErrors for a
    scenario that is wrong, OSError when processes cannot be made.
    """

    def __init__(self, scenario: Scenario, kind: RuntimeKind, *, console: bool = False) -> None:
        self.scenario = scenario
        self.held: list[Held] = []
        """A row for each step that was played."""
        self.session: Session = Opening(scenario, kind, console=console or bool(scenario.steps)).session()
        self.director = self.session.director
        self._told: list[Event] = []
        self._pausing = False
        """Whether the clock stands because a step said so."""
        self._playing = self.session.enter(self._play())
        self.director.endless = bool(scenario.steps)

    @property
    def finished(self) -> bool:
        """Whether steps and run are over."""
        return self.director.finished

    @property
    def failed(self) -> str:
        """Why it ended early, or ""."""
        return self.director.failed

    @property
    def over(self) -> bool:
        """Whether steps and timeline are: what comes now is the load alone, and what a person does."""
        return self._playing.done and not self.director.deeds_to_come

    def turn(self, slice_s: float) -> list[Event]:
        """Go on for at most *slice_s* (its meaning is the runtime's); what happened, in the order of the time."""
        if self._playing.done:
            self.director.endless = False
        # Whoever else stops the clock makes the steps wait: it is not that nothing happens any more.
        self._playing.held = self.session.runtime.paused and not self._pausing
        events = self.session.turn(slice_s)
        if self._told:
            told, self._told = self._told, []
            events = sorted((*events, *told), key=lambda event: event.at_us)
        return events

    def abort(self, why: str) -> None:
        """End it here."""
        self._playing.dropped = self._playing.done = True
        self.director.abort(why)

    def close(self) -> None:
        """Leave nothing behind; may be called twice."""
        self.session.close()

    def report(self) -> Report:
        """What the run was like (until now, unless it has finished), with a row for each step."""
        report = self.director.report()
        steps = self.scenario.steps
        missing = [
            Held(_title(number, step), None, "it was not played")
            for number, step in enumerate(steps[len(self.held) :], len(self.held) + 1)
        ]
        rows = (*self.held, *missing, *report.expectations)
        return dataclasses.replace(report, expectations=rows, verdict=verdict_of(rows, report.failed))

    def _play(self) -> Wait[None]:
        yield from ()
        settle = not self.scenario.plan.submitters
        for number, step in enumerate(self.scenario.steps, 1):
            self._pausing |= step.line.split()[:1] == ["pause"]
            try:
                wrong = yield from step_wait(self.session, step, settle)
            except LineError as error:
                wrong = [error.text]
            except LabError as error:
                self._judge(number, step, None, str(error))
                return
            self._pausing &= self.session.runtime.paused
            self._judge(number, step, not wrong, "; ".join(wrong) or "as expected")

    def _judge(self, number: int, step: LineStep, held: bool | None, why: str) -> None:
        self.held.append(Held(_title(number, step), held, why))
        details = {"number": number, "line": step.line, "held": held, "why": why}
        self._told.append(Event(self.session.now_us(), 0, MACHINE, "step", details))


def _title(number: int, step: LineStep) -> str:
    return f"step {number}: {step.line}"
