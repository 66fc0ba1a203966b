"""One language for acting: the same lines in a console, in a scenario's steps and in a test.  One file per family.

A line is split as a shell does; what follows ``<<WORD`` up to a line WORD is its standard input.  ``LINE &`` or
``bg ID LINE`` lets it run in the background.  Run by the Lab's session.
"""

from __future__ import annotations

import shlex

from emulator.lab.language import clock, dmesg, dmsetup, faults, io, jobs, life, log, multipath, sg, stepping, sysfs
from emulator.lab.language.base import Verb, Words
from emulator.lab.language.helping import make_help
from emulator.lab.language.heredoc import here_document
from emulator.lab.results import Interrupted, LineError, Result
from emulator.lab.session import Entry, Job, Session, Wait
from emulator.scenario.errors import nearest, one_of

FAMILIES = (dmsetup, multipath, io, faults, log, dmesg, clock, jobs, sysfs, sg, life, stepping)
VERBS: dict[str, Verb] = {verb.name: verb for family in FAMILIES for verb in family.VERBS}
"""Every verb by its name."""
VERBS |= {verb.name: verb for verb in make_help(VERBS)}

LINE_MOST = 65_536
"""Characters of a line."""


def split(line: str) -> tuple[Words, str | None]:
    """The words of *line*, and whether it runs in the background: None = no, "" = under any name.  Raises LineError."""
    if len(line) > LINE_MOST:
        raise LineError(f"found a line of {len(line)} characters, expected at most {LINE_MOST}")
    line, stdin = here_document(line)
    lexer = shlex.shlex(line, posix=True, punctuation_chars="&")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    try:
        words = list(lexer)
    except ValueError as error:
        raise LineError(f"found a quote that is never closed ({str(error).lower()})", max(0, len(line) - 1)) from None
    background: str | None = None
    if words and words[-1] == "&":
        words.pop()
        background = ""
    if words[:1] == ["bg"]:
        if len(words) < 3:
            raise LineError("expected 'bg ID LINE', such as bg A io read 0+8")
        background = words[1]
        words = words[2:]
    return Words(words, line.strip(), stdin), background


def begin(session: Session, line: str) -> tuple[Verb | None, Wait[Result], str | None]:
    """Its verb (None: nothing to do), what *line* does, not begun, and its background name.  Raises LineError."""
    words, background = split(line)
    if not words:
        return None, _nothing(words), background
    verb = _verb(words)
    return verb, verb.run(session, words.tail(1)), background


def check(line: str) -> None:
    """Raises LineError for a line that is wrong in every world: an unknown verb, a word in the wrong place."""
    words, _ = split(line)
    if not words:
        raise LineError("found nothing, expected a line such as dmsetup status")
    _verb(words).check(words.tail(1))


def _verb(words: Words) -> Verb:
    verb = VERBS.get(words[0])
    if verb is None:
        said = f"found {words[0]!r}, expected {one_of(VERBS, 40)}{nearest(words[0], VERBS)}"
        raise words.error(said, words[0])
    return verb


def _nothing(words: Words) -> Wait[Result]:
    yield from ()
    return words.result()


def perform(session: Session, line: str) -> Wait[Result | Job | None]:
    """Do *line*: a Result (blocked if it waits for what does not come), a Job for the background, None for nothing.

    Raises LineError for what is not of the language, LabError when the emulation cannot do it.
    """
    verb, wait, background = begin(session, line)
    if verb is None:
        return None
    if background is not None:
        job = session.start(line.strip(), wait, background)
        yield from session.begun()
        return job
    if verb.patient:
        return (yield from wait)
    entry = session.enter(wait)
    try:
        ended = yield from _finished(session, entry)
    except GeneratorExit:
        # Who asked waits no more; what was asked goes on.
        session.adopt(line.strip(), entry)
        raise
    if ended:
        result: Result = entry.result()
        return result
    job = session.adopt(line.strip(), entry)
    return Result(line.strip(), None, (f"[{job.id}] blocked",), (), None, job.id)


def _finished(session: Session, entry: Entry) -> Wait[bool]:
    """Whether it ended; a signal for who waits is one for what was asked."""
    while True:
        try:
            return (yield from session.finished(entry))
        except Interrupted:
            session.interrupt(entry)


__all__ = ["LINE_MOST", "VERBS", "begin", "check", "perform", "split"]
