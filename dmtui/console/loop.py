"""The console's loop: read a line, do it, say what came of it; meanwhile the emulator goes on.

    reader (terminal or pipe) --line--> loop --do--> Lab (its thread) --result--> printer

With real processes time passes while nobody types; the simulation stands between two lines.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from dmtui.console.printing import Printer
from dmtui.console.reading import CtrlC, Reader
from emulator.lab import Lab, LabError, LineError, Result
from emulator.lab.language import LINE_MOST
from emulator.lab.language.heredoc import awaited
from emulator.lab.language.jobs import news
from emulator.lab.session import Session

T = TypeVar("T")
ENDS = ("exit", "quit")
HELD, FAILED, BAD_LINE, UNKNOWN = 0, 1, 2, 3


@dataclass(slots=True)
class Tally:
    """What came of all lines."""

    failed: int = 0
    bad: int = 0
    unknown: int = 0

    @property
    def status(self) -> int:
        """2 if a line was not of the language, 1 if one failed, 3 if one had no end, else 0."""
        return BAD_LINE if self.bad else FAILED if self.failed else UNKNOWN if self.unknown else HELD


class Console:
    """One talk.  *forgiving*: a person who sees the errors is not told of them by the exit status again."""

    def __init__(self, lab: Lab, reader: Reader, printer: Printer, forgiving: bool) -> None:
        self.lab = lab
        self.reader = reader
        self.printer = printer
        self.forgiving = forgiving
        self.tally = Tally()
        self._interrupted = asyncio.Event()
        self._blocked: list[str] = []
        """Jobs that were not meant to be any."""
        self._stop = False
        self._read = 0
        """Lines so far."""

    async def talk(self) -> int:
        """Until there are no more lines; the exit status."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._signal, number)
        try:
            while not self._stop and (line := await self._next()) is not None and line.strip() not in ENDS:
                await self._do(line)
                self._tell()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
        return self._end()

    def _signal(self, number: int) -> None:
        self._stop |= number == signal.SIGTERM or not self.forgiving
        self._interrupted.set()

    def _end(self) -> int:
        self.printer.where = ""
        self._tell()
        running = [job for job in self.lab.jobs.values() if not job.done]
        if self._stop:
            self.printer.error("", "interrupted", self.lab.now_us)
            return UNKNOWN
        if self.forgiving:
            return UNKNOWN if self.lab.session.runtime.failed else HELD
        for job in running:
            self.printer.error(job.line, f"[{job.id}] had not ended: {job.line}", self.lab.now_us)
        self.tally.unknown += len(running)
        return self.tally.status

    def _tell(self) -> None:
        for job in news(self.lab.session):
            self.printer.ended(job, self.lab.now_us)

    async def _next(self) -> str | None:
        """The next line, with the here-document that it begins; real processes go on meanwhile."""
        try:
            text = await self._meanwhile(self.reader.line())
            self._read += 1
            where = "" if self.forgiving else f"line {self._read}: "
            while text is not None and awaited(text) is not None and len(text) <= LINE_MOST:
                more = await self._meanwhile(self.reader.line())
                if more is None:
                    break
                self._read += 1
                text += f"\n{more}"
            self.printer.where = where
            return text
        except CtrlC:
            await self._interrupt_blocked()
            return ""

    async def _interrupt_blocked(self) -> None:
        """Ctrl-C at the prompt: a signal for the newest line that blocked there."""
        jobs = [job for job in map(self.lab.jobs.get, self._blocked) if job is not None and not job.done]
        self._blocked = [job.id for job in jobs]
        if jobs:
            await self.lab.interrupt(jobs[-1])

    async def _meanwhile(self, wanted: Coroutine[Any, Any, T]) -> T | None:
        task = asyncio.ensure_future(wanted)
        interrupt = asyncio.ensure_future(self._interrupted.wait())
        live = self.lab.session.kind == "process"
        try:
            while not task.done() and not self._interrupted.is_set():
                if live:
                    await self.lab.turn()
                    self._tell()
                else:
                    await asyncio.wait({task, interrupt}, return_when=asyncio.FIRST_COMPLETED)
            self._interrupted.clear()
            return task.result() if task.done() else None
        finally:
            interrupt.cancel()
            if not task.done():
                task.cancel()

    async def _do(self, line: str) -> None:
        if not line.strip() or line.lstrip().startswith("#"):
            return
        doing = asyncio.ensure_future(self.lab.do(line))
        try:
            while not doing.done():
                interrupt = asyncio.ensure_future(self._interrupted.wait())
                await asyncio.wait({doing, interrupt}, return_when=asyncio.FIRST_COMPLETED)
                interrupt.cancel()
                if self._stop:
                    doing.cancel()
                    self.tally.unknown += 1
                    return
                if self._interrupted.is_set():
                    self._interrupted.clear()
                    await self.lab.interrupt()
            self._say(doing.result())
        except LineError as error:
            self.tally.bad += 1
            self.printer.error(line, error.text, self.lab.now_us)
        except LabError as error:
            self.tally.unknown += 1
            self.printer.error(line, str(error), self.lab.now_us)

    def _say(self, result: Result) -> None:
        if result.rc:
            self.tally.failed += 1
        if result.blocked:
            self._blocked.append(result.job)
        self.printer.result(result, self.lab.now_us)


async def converse(lab: Lab, make_reader: Callable[[Session], Reader], printer: Printer, forgiving: bool) -> int:
    """Open *lab*, talk, close it; the exit status.  Raises OutputError when nobody can be told any more."""
    async with lab:
        return await Console(lab, make_reader(lab.session), printer, forgiving).talk()


__all__ = ["Console", "Tally", "converse"]
