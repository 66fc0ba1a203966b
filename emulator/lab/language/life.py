"""``record`` and ``life``: what the machines' flight recorders tell of a request, a path or the queue lock."""

from __future__ import annotations

from emulator.lab.language.base import Verb, Words
from emulator.lab.lives import search_for, tell
from emulator.lab.results import Result
from emulator.lab.session import Session, Wait
from emulator.trace.words import life_lines


def _life(session: Session, words: Words) -> Wait[Result]:
    life = yield from tell(session, search_for(session, list(words)))
    return words.result(life_lines(life), life)


def _record(session: Session, words: Words) -> Wait[Result]:
    yield from ()
    if len(words) != 1 or words[0] not in ("on", "off", "detail"):
        raise words.error("expected record on, record detail or record off")
    session.runtime.record(words[0] != "off", detail=words[0] == "detail")
    return words.result()


def _names(session: Session) -> list[str]:
    plan = session.plan
    return ["last", "lock", "clone", *(md.name for md in plan.mds), *(device.name for device in plan.devices)]


VERBS = (
    Verb(
        "record", ("record on|detail|off",),
        "Let every machine keep what its newest requests passed, with detail also each hold of a lock and each "
        "message. The dashboard records from the start.",
        _record, lambda session: ["on", "detail", "off"],
    ),
    Verb(
        "life", ("life [MD] last|REQUEST|clone CLONE|PATH|lock",),
        "Say what a request passed, process by process, and why it went so; the same of a path or of the queue lock. "
        "What is told was recorded: see record.",
        _life, _names, examples=("record on", "life last", "life sda"),
    ),
)
