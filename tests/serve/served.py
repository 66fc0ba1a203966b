"""A real ``dmtui serve`` in a process of its own, and what it has left behind."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import uuid
from contextlib import suppress
from pathlib import Path
from time import monotonic
from types import TracebackType

import psutil

LIMIT_S = 60.0
_MARK = "DMTUI_TEST_MARK"
"""In the environment of all that belongs to one server; SPT_NOENV: no process writes its title over it."""


class Served:
    """Use as a context manager: whatever is left of it is killed at the end."""

    def __init__(self, *words: str) -> None:
        self.mark = uuid.uuid4().hex
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from dmtui.cli import main; main()", "serve", "--port", "0", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {_MARK: self.mark, "SPT_NOENV": "1"},
            cwd=Path(__file__).resolve().parents[2], start_new_session=True,
        )
        self.address = ""

    def start(self) -> str:
        """Wait until it listens; its address."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], LIMIT_S)
        line = self.process.stdout.readline() if ready else ""
        found = re.search(r"http://\S+", line)
        assert found, f"it did not start: {line!r}"
        self.address = found[0]
        return self.address

    def processes(self, word: str = "") -> list[psutil.Process]:
        """Everything that it started, and what that started, with *word* in its command line; not itself."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.pid != self.process.pid and process.environ().get(_MARK) == self.mark
                if ours and (not word or word in process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue  # it ended while we looked, or is somebody else's
        return found

    def dashboards(self) -> list[psutil.Process]:
        """The visitors' dashboards among them."""
        return self.processes("dmtui.serve.app")

    def wait_for(self, dashboards: int) -> list[psutil.Process]:
        """Wait until so many visitors have a dashboard and, for none, until no process is left at all."""
        limit = monotonic() + LIMIT_S
        while monotonic() < limit:
            found = self.dashboards() if dashboards else self.processes()
            if len(found) == dashboards:
                return found
            select.select([], [], [], 0.05)
        raise AssertionError(f"expected {dashboards} dashboards, found {self.processes()}")

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Send a signal and wait; exit status and what was said on standard error."""
        self.process.send_signal(number)
        _, words = self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode, words

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):  # with its server gone it was about to end anyway
                process.kill()
