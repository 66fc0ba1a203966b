"""Verbs about time: ``run 250ms``, ``wait idle``, ``pause``, ``go``, ``speed``."""

from __future__ import annotations

from emulator.commands import Go, Pause, SetSpeed
from emulator.events import KINDS
from emulator.lab.language.base import Verb, Words, key_values, pick, time_word
from emulator.lab.results import LabError, Result
from emulator.lab.session import Session, Wait
from emulator.scenario.units import time_text

IDLE_LIMIT_US = 60_000_000
EVENT_LIMIT_US = 10_000_000


def _run(session: Session, words: Words) -> Wait[Result]:
    _check_run(words)
    yield from session.sleep(time_word(words, words[0]))
    return words.result((), session.now_us())


def _check_run(words: Words) -> None:
    if len(words) != 1:
        raise words.error("expected one time: run 250ms")
    time_word(words, words[0])


def _check_wait(words: Words) -> None:
    if not words:
        raise words.error("expected 'wait idle', 'wait event KIND [key=value...]' or 'wait job ID'")
    what = pick(words, words[0], ("idle", "event", "job"), "what to wait for")
    if what == "event" and words[1:]:
        pick(words, words[1], KINDS, "a kind of event")


def _wait(session: Session, words: Words) -> Wait[Result]:
    _check_wait(words)
    what = words[0]
    if what == "idle":
        given = key_values(words.tail(1), ("timeout",))
        limit = time_word(words, given["timeout"]) if "timeout" in given else IDLE_LIMIT_US
        if (yield from session.idle(limit)):
            return words.result((), session.now_us())
        return words.failure(f"still at work after {time_text(limit)}")
    if what == "job":
        return (yield from _job(session, words))
    if len(words) < 2:
        raise words.error("expected 'wait event KIND [key=value...]'")
    kind = pick(words, words[1], KINDS, "a kind of event")
    fields = key_values(words.tail(2), ())
    limit = time_word(words, fields.pop("timeout")) if "timeout" in fields else EVENT_LIMIT_US
    typed = {key: int(value) if value.isdigit() else value for key, value in fields.items()}
    try:
        event = yield from session.event(kind, limit, typed)
    except TimeoutError as error:
        return words.failure(str(error))
    said = " ".join(f"{key}={value}" for key, value in event.details.items())
    return words.result([f"{event.at_us / 1e6:.6f} {event.kind} {said}".rstrip()], event)


def _job(session: Session, words: Words) -> Wait[Result]:
    if len(words) != 2:
        raise words.error("expected 'wait job ID'")
    job = session.jobs[pick(words, words[1], session.jobs, "a job")]
    if not (yield from session.finished(job.entry)):
        return words.failure(f"[{job.id}] blocked")
    job.told = True
    result = job.result
    assert result is not None, "its entry is done"
    return Result(words.line, result.rc, result.out, result.err, result.value)


def _pause(session: Session, words: Words) -> Wait[Result]:
    yield from session.answer(Pause())
    return words.result([f"the clock stands at {session.now_us() / 1e6:.6f} s"])


def _go(session: Session, words: Words) -> Wait[Result]:
    yield from session.answer(Go())
    return words.result(["the clock runs"])


def _speed(session: Session, words: Words) -> Wait[Result]:
    if len(words) > 1:
        raise words.error("expected one number: speed 0.1")
    if words:
        outcome = yield from session.answer(SetSpeed(speed=_number(words)))
        if not outcome.ok:
            raise words.error(f"found {words[0]!r}, expected a number from 0.001 to 100", words[0])
    return words.result([f"speed {session.runtime.speed:g}"], session.runtime.speed)


def _number(words: Words) -> float:
    try:
        return float(words[0])
    except ValueError:
        raise words.error(f"found {words[0]!r}, expected a number from 0.001 to 100", words[0]) from None


def _now(session: Session, words: Words) -> Wait[Result]:
    yield from ()
    if session.runtime.failed:
        raise LabError(session.runtime.failed)
    return words.result([f"{session.now_us() / 1e6:.6f}"], session.now_us())


VERBS = (
    Verb("run", ("run TIME",), "Let so much emulated time pass, such as 250ms.", _run, check=_check_run, patient=True),
    Verb(
        "wait", ("wait idle [timeout=TIME]", "wait event KIND [key=value...] [timeout=TIME]", "wait job ID"),
        "Wait until something has come. 'idle': until nothing makes progress any more (half a second of emulated time "
        "without any). 'event': the next event of a kind that was not waited for before.\n"
        "'job': the end of a line in the background, with its result.",
        _wait, lambda session: ["idle", "event", "job"], _check_wait, patient=True,
    ),
    Verb("pause", ("pause",), "Stop the emulated clock.", _pause),
    Verb("go", ("go",), "Let the emulated clock run on.", _go),
    Verb("speed", ("speed [NUMBER]",), "Set emulated seconds per real second. The simulation only keeps it.", _speed),
    Verb("now", ("now",), "Say the emulated time in seconds.", _now),
)
