"""Plays the ``steps`` of a scenario, one after another; then its run ends as every run does.  Used by ``dmtui run``.

After each line the emulator gets time until nothing makes progress any more (unless somebody submits all the time),
then what the step expects is compared, and what differs is said word by word.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from emulator.lab import language
from emulator.lab.lab import Opening
from emulator.lab.opening import RuntimeKind
from emulator.lab.results import DeviceInfo, IoResult, LabError, LineError, Result
from emulator.lab.session import Job, Session, Wait
from emulator.scenario.loader import Scenario
from emulator.scenario.report import Held, Report, verdict_of
from emulator.scenario.steps import LineStep

SETTLE_US = 120_000
"""Emulated time without progress after which a step is looked at."""
SETTLE_LIMIT_US = 5_000_000


class StepRun:
    """A run of a scenario with steps: ``turn`` until ``finished``."""

    def __init__(self, scenario: Scenario, kind: RuntimeKind) -> None:
        self.scenario = scenario
        self.held: list[Held] = []
        self.session: Session = Opening(scenario, kind).session()
        self._entry = self.session.enter(self._play())

    @property
    def finished(self) -> bool:
        """Whether steps and run are over."""
        return self._entry.done and self.session.director.finished

    def turn(self) -> None:
        """Go on a little."""
        if self._entry.done and not self.session.director.finished:
            self.session.director.endless = False
        self.session.turn()

    def abort(self, why: str) -> None:
        """End it here."""
        self._entry.dropped = self._entry.done = True
        self.session.director.abort(why)

    def close(self) -> None:
        """Leave nothing behind."""
        self.session.close()

    def report(self) -> Report:
        """The run's report with a row for each step."""
        report = self.session.director.report()
        missing = [
            Held(_title(number, step), None, "it was not played")
            for number, step in enumerate(self.scenario.steps[len(self.held) :], len(self.held) + 1)
        ]
        rows = (*self.held, *missing, *report.expectations)
        return dataclasses.replace(report, expectations=rows, verdict=verdict_of(rows, report.failed))

    def _play(self) -> Wait[None]:
        busy = bool(self.scenario.plan.submitters)
        for number, step in enumerate(self.scenario.steps, 1):
            wrong: list[str] = []
            try:
                wrong = yield from step_wait(self.session, step, settle=not busy)
            except LineError as error:
                wrong = [error.text]
            except LabError as error:
                self.held.append(Held(_title(number, step), None, str(error)))
                return
            self.held.append(Held(_title(number, step), not wrong, "; ".join(wrong) or "as expected"))


def _title(number: int, step: LineStep) -> str:
    return f"step {number}: {step.line}"


def step_wait(session: Session, step: LineStep, settle: bool = True) -> Wait[list[str]]:
    """Do it; what differs from what it expects."""
    done = yield from language.perform(session, step.line)
    if settle and not session.runtime.paused:
        yield from session.idle(SETTLE_LIMIT_US, SETTLE_US)
    wrong: list[str] = []
    if isinstance(done, Result):
        wrong += _result(step, done)
    elif step.rc is not None or step.out is not None:
        wrong.append("it runs in the background: 'jobs' says what is expected of it")
    wrong += [text for id, wanted in step.jobs.items() for text in _job(session.jobs.get(id), id, wanted)]
    for what, lines in (("table", step.table), ("status", step.status)):
        for name, wanted in lines.items():
            found = yield from _ask(session, f"dmsetup {what} {name}")
            said = found.out[0] if len(found.out) == 1 else found.text
            wrong += differences(what, said.partition(": ")[2] if not name else said, wanted)
    if step.info:
        found = yield from _ask(session, f"dmsetup info {step.info.get('md', '')}")
        said = " / ".join((*found.out, *found.err))
        wrong += _info(found.value, step.info) if isinstance(found.value, DeviceInfo) else [f"info is {said!r}"]
    for device, wanted in step.log.items():
        found = yield from _ask(session, f"log {device}")
        wrong += differences(f"log of {device}", ";".join(found.out), wanted)
    return wrong


def _ask(session: Session, line: str) -> Wait[Result]:
    found = yield from language.perform(session, line.strip())
    assert isinstance(found, Result), "a question has an answer"
    return found


def _result(step: LineStep, result: Result) -> Iterator[str]:
    wanted = 0 if step.rc is None else step.rc
    said: int | str = "blocked" if result.rc is None else result.rc
    if wanted not in ("any", said):
        yield f"rc is {said}, expected {wanted}" + _printed(result)
    for name, lines, found in (("out", step.out, result.out), ("err", step.err, result.err)):
        if lines is not None:
            for number, (one, other) in enumerate(zip_longest(found, lines), 1):
                yield from differences(f"{name} line {number}", one, other)
    if step.io:
        if isinstance(result.value, IoResult):
            yield from _io(result.value, step.io)
        else:
            yield "it says nothing about io" + _printed(result)


def _printed(result: Result) -> str:
    lines = (*result.out, *result.err)
    return f" ({' / '.join(lines)})" if lines else ""


def _io(value: IoResult, wanted: Mapping[str, Any]) -> Iterator[str]:
    found = {**dataclasses.asdict(value), "crc32": f"{value.crc32:08x}"}
    for key, expected in wanted.items():
        if found[key] != expected:
            yield f"{key} is {found[key]}, expected {expected}"


def _job(job: Job | None, id: str, wanted: str) -> Iterator[str]:
    if job is None:
        yield f"there is no line [{id}] in the background"
        return
    result = job.result
    said = "blocked" if result is None else f"done rc={result.rc}"
    if not (said == wanted or (wanted == "done" and result is not None)):
        yield f"[{id}] is {said}, expected {wanted}" + (_printed(result) if result is not None else "")


def _info(value: DeviceInfo, fields: Mapping[str, Any]) -> Iterator[str]:
    found = {
        "md": value.name, "state": value.state, "tables": value.tables, "open": value.open_count,
        "event": value.event_nr, "targets": value.targets, "dev": f"{value.major}, {value.minor}",
    }
    for key, expected in fields.items():
        if found[key] != expected:
            yield f"{key} is {found[key]}, expected {expected}"


def differences(what: str, found: str | None, wanted: str | None) -> Iterator[str]:
    """Nothing if both are the same but for blanks at the end, else a text that shows the first word that differs."""
    if found is None or wanted is None:
        if found != wanted:
            yield f"{what} {found!r} is one too many" if wanted is None else f"{what} is {found!r}, expected {wanted!r}"
        return
    if found.rstrip() == wanted.rstrip():
        return
    words = zip_longest(found.split(), wanted.split(), fillvalue="nothing")
    at, (one, other) = next(
        ((index, pair) for index, pair in enumerate(words, 1) if pair[0] != pair[1]), (0, (found, wanted))
    )
    yield f"{what}: word {at} is {one!r}, expected {other!r}: found {found!r}, expected {wanted!r}"
