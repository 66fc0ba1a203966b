"""How results are said: lines for people, or one JSON object a line for programs."""

from __future__ import annotations

import json
from typing import Any, Protocol

from dmtui.out import complain, say
from emulator.lab import Job, LabError, Result
from emulator.lab.language.jobs import job_lines


class Printer(Protocol):
    """Says what came of lines."""

    where: str
    """What tells one line of many: ``line 12: ``; "" where a person sees it."""

    def result(self, result: Result, at_us: int) -> None:
        """A line has ended, is blocked, or began in the background."""
        ...

    def error(self, line: str, text: str, at_us: int) -> None:
        """A line was not understood, or cannot be done."""
        ...

    def ended(self, job: Job, at_us: int) -> None:
        """A line in the background has ended."""
        ...


class Plain:
    """Standard output and standard error, as the commands themselves would."""

    where = ""

    def result(self, result: Result, at_us: int) -> None:
        """See :class:`Printer`."""
        for line in result.out:
            say(line)
        for line in result.err:
            complain(line)
        if result.hint or (self.where and result.rc):
            complain(f"dmtui: {self.where}{result.hint or result.line}")
        if result.job and not result.out:
            say(f"[{result.job}]")

    def error(self, line: str, text: str, at_us: int) -> None:
        """See :class:`Printer`."""
        complain(f"dmtui: {self.where}{text}")

    def ended(self, job: Job, at_us: int) -> None:
        """See :class:`Printer`."""
        for line in job_lines(job):
            say(line)


class Json:
    """One object a line: exactly one of type ``result`` or ``error`` for each line read; ``job`` for ends between."""

    where = ""

    def result(self, result: Result, at_us: int) -> None:
        """See :class:`Printer`."""
        self._say({"type": "result", **result.to_json(), "at_us": at_us})

    def error(self, line: str, text: str, at_us: int) -> None:
        """See :class:`Printer`."""
        self._say({"type": "error", "line": line, "error": text, "at_us": at_us})

    def ended(self, job: Job, at_us: int) -> None:
        """See :class:`Printer`."""
        try:
            result = job.result
        except (LabError, TimeoutError) as error:
            self._say({"type": "job", "line": job.line, "job": job.id, "error": str(error), "at_us": at_us})
            return
        assert result is not None, "it has ended"
        self._say({"type": "job", **result.to_json(), "job": job.id, "at_us": at_us})

    def _say(self, value: dict[str, Any]) -> None:
        say(json.dumps(value, ensure_ascii=False, default=str))
