"""The dashboard's console, reader thread's side: lines are begun in the running session, and what they say is kept.

A line that has not ended after a moment goes on as a job and is told of when it ends: nothing ever waits for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic

from dmtui.console.completing import vocabulary
from dmtui.model.talk import Ended, Said, Voice
from emulator.lab import language
from emulator.lab.deedlog import DeedLog
from emulator.lab.language.heredoc import awaited
from emulator.lab.language.jobs import job_lines, news
from emulator.lab.results import LabError, LineError, Result
from emulator.lab.session import Entry, Job, Session

PATIENCE_S = 0.4
"""Real time after which a line that waits becomes a job."""
SAID_MOST = 4_000
"""Lines that wait for the screen.  Policy: the oldest are forgotten."""


@dataclass(slots=True)
class _Line:
    """The line that was typed last and has not ended."""

    text: str
    entry: Entry
    due_s: float


class Talk:
    """The console of one session; all methods in the session's thread."""

    def __init__(self, session: Session, deeds: DeedLog | None = None) -> None:
        """*deeds*: notes the lines that do something."""
        self._session = session
        self._deeds = deeds
        self._fore: _Line | None = None
        self._begun = ""
        """A line whose here-document is not whole yet."""
        self._own: list[Job] = []
        """Typed lines that wait, the newest last."""
        self.said: deque[Said] = deque(maxlen=SAID_MOST)
        self.ended: deque[Ended] = deque(maxlen=SAID_MOST)
        self.words = vocabulary(session)

    @property
    def waiting(self) -> tuple[str, ...]:
        """Typed lines that wait, the newest last."""
        return tuple(f"[{job.id}] {job.line}" for job in self._own)

    def line(self, text: str) -> None:
        """Begin a line."""
        if self._fore is not None:
            self._to_background(self._fore)
        self._say([f"> {text}"], "typed")
        whole, self._begun = f"{self._begun}\n{text}" if self._begun else text, ""
        if awaited(whole) is not None and len(whole) <= language.LINE_MOST:
            self._begun = whole
            return
        line = whole.partition("\n")[0].strip()
        try:
            verb, wait, background = language.begin(self._session, whole)
            if verb is None:
                return
            if background is not None:
                job = self._session.start(line, wait, background)
                self._say([f"[{job.id}]"])
                self._note_deed(whole, job.entry)
                return
        except (LineError, LabError) as error:
            self._refused(line, str(error))
            return
        self._fore = _Line(line, self._session.enter(wait), monotonic() + PATIENCE_S)
        self._note_deed(whole, self._fore.entry)

    def _note_deed(self, line: str, entry: Entry) -> None:
        if self._deeds is not None:
            self._deeds.line(line, entry)

    def interrupt(self) -> None:
        """Ctrl-C: forget a here-document that was begun, else a signal for the newest typed line that has not ended."""
        if self._begun:
            self._begun = ""
            self._say(["^C"], "note")
            return
        entry = self._fore.entry if self._fore is not None else self._own[-1].entry if self._own else None
        self._say(["^C" if entry else "^C: nothing waits here; esc leaves the console, then q quits"], "note")
        if entry is None:
            return
        if self._deeds is not None:
            self._deeds.interrupted(entry)
        self._session.interrupt(entry)

    def listen(self) -> None:
        """After each turn: tell what has ended."""
        fore = self._fore
        if fore is not None and fore.entry.done:
            self._fore = None
            self._finished(fore.text, fore.entry)
        elif fore is not None and monotonic() >= fore.due_s:
            self._to_background(fore)
        for job in news(self._session):
            self._say(job_lines(job))
            if job in self._own:
                self._own.remove(job)
                self._note_end(job.line, job.entry, waited=True)
            self.words = vocabulary(self._session)

    def _to_background(self, line: _Line) -> None:
        self._fore = None
        try:
            job = self._session.adopt(line.text, line.entry)
        except LabError as error:
            line.entry.dropped = True
            self._refused(line.text, str(error))
            return
        self._own.append(job)
        self._say([f"[{job.id}] waits: {line.text}"], "note")

    def _finished(self, text: str, entry: Entry) -> None:
        self.words = vocabulary(self._session)
        try:
            result: Result = entry.result()
        except (LineError, LabError, TimeoutError) as error:
            self._refused(text, str(error))
            return
        self._say(result.out)
        self._say(result.err, "err")
        self._say([result.hint] if result.hint else [], "note")
        self._note_end(text, entry, waited=False)

    def _note_end(self, text: str, entry: Entry, waited: bool) -> None:
        try:
            result: Result = entry.result()
        except (LineError, LabError, TimeoutError) as error:
            self.ended.append(Ended(text, None, str(error), waited))
            return
        self.ended.append(Ended(text, result.rc, next(iter((*result.err, *result.out)), ""), waited))

    def _refused(self, text: str, why: str) -> None:
        self._say([why], "err")
        self.ended.append(Ended(text, None, why, False))

    def _say(self, lines: Iterable[str], voice: Voice = "out") -> None:
        self.said.extend(Said(part, voice) for line in lines for part in line.split("\n"))
