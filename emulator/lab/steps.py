"""Does one of the ``steps`` of a scenario and says what differs from what it expects.  Used by emulator.lab.run.

After each line the emulator gets time until nothing makes progress any more (unless somebody submits all the time),
then what the step expects is compared, and what differs is said word by word.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from emulator.lab import language
from emulator.lab.results import DeviceInfo, IoResult, Result
from emulator.lab.session import Job, Session, Wait
from emulator.scenario.steps import LineStep

SETTLE_US = 120_000
"""Emulated time without progress after which a step is looked at."""
SETTLE_LIMIT_US = 5_000_000


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
        "md": value.name, "state": value.state_words, "tables": value.tables, "open": value.open_count,
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
