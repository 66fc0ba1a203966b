"""A run's report for people (text) and for programs (a JSON file, whole or not at all).  Used by ``dmtui run``."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from dmtui.out import say
from emulator.scenario.report import Report
from emulator.scenario.units import time_text

_WORDS = {True: "held", False: "VIOLATED", None: "unknown"}


def report_lines(report: Report) -> Iterator[str]:
    """The report for people."""
    yield f"{report.scenario} ({report.runtime}, seed {report.seed}): {report.verdict}"
    if report.failed:
        yield f"  ended early: {report.failed}"
    for row in report.expectations:
        yield f"  {_WORDS[row.held]:<9} {row.text} ({row.why})"
    bios = ", ".join(f"{_number(count)} {name}" for name, count in report.bios.items())
    yield f"  bios      {bios}, {_number(report.corruption)} corrupt"
    yield "  requests  " + ", ".join(f"{_number(count)} {name}" for name, count in report.requests.items())
    if report.latency_us["max"] is not None:
        times = ", ".join(f"{name} {time_text(us)}" for name, us in report.latency_us.items() if us is not None)
        iops = "" if report.iops is None else f", {report.iops:.0f} per second"
        yield f"  latency   {times}{iops}"
    if report.paths:
        yield "  paths     " + ", ".join(f"{name} {state}" for name, state in report.paths.items())


def _number(count: int | None) -> str:
    return "?" if count is None else str(count)


class ReportFile:
    """A JSON file that appears whole when the runs are over.

    Making one checks that it can be written: raises OSError before anything was started.  ``-`` is standard output.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._temporary: str | None = None
        if str(path) == "-" or self._special():
            return
        if path.is_dir():
            raise IsADirectoryError(21, "Is a directory", str(path))
        handle, self._temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)

    def _special(self) -> bool:
        """Whether it is a pipe or a character device, which nothing can replace; raises OSError if not writable."""
        try:
            mode = self.path.stat().st_mode
        except FileNotFoundError:
            return False
        if stat.S_ISREG(mode) and not os.access(self.path, os.W_OK):
            raise PermissionError(13, "Permission denied", str(self.path))
        return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)

    def write(self, reports: Sequence[Report], several: bool) -> None:
        """Write one report, or a list of them if *several*.  Raises OSError."""
        values = [report.to_json() for report in reports]
        text = json.dumps(values if several else values[0], indent=2, ensure_ascii=False)
        if str(self.path) == "-":
            say(text)
        elif self._temporary is None:
            self.path.write_text(text + "\n", encoding="utf-8")
        else:
            with open(self._temporary, "w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
                os.fchmod(file.fileno(), 0o666 & ~_umask())
            os.replace(self._temporary, self.path)
            self._temporary = None

    def discard(self) -> None:
        """Leave nothing behind if nothing was written."""
        if self._temporary is not None:
            Path(self._temporary).unlink(missing_ok=True)
            self._temporary = None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
