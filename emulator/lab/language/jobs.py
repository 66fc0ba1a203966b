"""``jobs``: what runs in the background, and how what ended has ended."""

from __future__ import annotations

from emulator.lab.language.base import Verb, Words, pick, whole
from emulator.lab.results import LabError, Result
from emulator.lab.session import Job, Session, Wait


def job_lines(job: Job) -> list[str]:
    """``[A] done rc=0`` and what it printed, with the reason of a refusal, or ``[A] running``."""
    if not job.done:
        return [f"[{job.id}] running: {job.line}"]
    try:
        result = job.result
    except (LabError, TimeoutError) as error:
        return [f"[{job.id}] failed: {error}"]
    assert result is not None, "it is done"
    said = (*result.out, *result.err, *([result.hint] if result.hint else ()))
    return [f"[{job.id}] {line}" for line in said] + [f"[{job.id}] done rc={result.rc}"]


def news(session: Session) -> list[Job]:
    """Jobs whose end nobody was told of yet; they are now."""
    found = [job for job in session.jobs.values() if job.done and not job.told]
    for job in found:
        job.told = True
    return found


def _jobs(session: Session, words: Words) -> Wait[Result]:
    yield from ()
    untold = [job for job in session.jobs.values() if not job.told]
    chosen = [session.jobs[pick(words, word, session.jobs, "a job")] for word in words] if words else untold
    for job in chosen:
        job.told |= job.done
    return words.result([line for job in chosen for line in job_lines(job)], tuple(job.id for job in chosen))


def _interrupt(session: Session, words: Words) -> Wait[Result]:
    if len(words) != 1:
        raise words.error("expected one job: interrupt 1")
    job = session.jobs[pick(words, words[0], session.jobs, "a job")]
    session.interrupt(job.entry)
    yield from session.begun()
    return words.result()


def _events(session: Session, words: Words) -> Wait[Result]:
    yield session.now_us()  # what was said by now is heard, and no time passes
    most = whole(words, "N", words[0], 1) if words else 20
    chosen = list(session.events)[-most:]
    lines = []
    for event in chosen:
        said = " ".join(f"{key}={value}" for key, value in event.details.items())
        lines.append(f"{event.at_us / 1e6:.6f} {event.machine} {event.kind} {said}".rstrip())
    return words.result(lines, tuple(chosen))


VERBS = (
    Verb("events", ("events [N]",), "Say the last N (20) events.", _events),
    Verb(
        "jobs", ("jobs [ID...]",),
        "Say how lines in the background stand: running, or their output and exit status. What has ended is said once, "
        "later only for its ID.",
        _jobs, lambda session: list(session.jobs),
    ),
    Verb(
        "interrupt", ("interrupt ID",),
        "Send a line in the background SIGINT, as Ctrl-C does. A dmsetup suspend that waits says what its ioctl "
        "returned, EINTR (the real one is ended by the signal before it could); I/O that is under way hears nothing; "
        "what else waits gives up.",
        _interrupt, lambda session: list(session.jobs),
    ),
)
