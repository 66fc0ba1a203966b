"""One visitor: their dashboard's process between its start and its certain end (server's process, event loop)."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path

from textual_serve.app_service import AppService

from emulator.runtime.folder import PREFIX, sweep

QUIT_WAIT_S = 6.0
"""For a dashboard that was asked to leave: it gives its emulator 5 seconds."""
SIGNAL_WAIT_S = 2.0
"""For one that got SIGTERM, before SIGKILL."""
VISITOR = "visitor-"
"""In a visitor's folder's name, behind the server's pid."""
WIDTHS, HEIGHTS = (20, 400), (5, 200)
"""Smallest and largest terminal that a page can ask for, in cells: a screen costs memory by its size."""


class Visitor(AppService):
    """textual-serve's service, started without a shell and ended in any case."""

    folder: tempfile.TemporaryDirectory[str] | None = None
    words: Sequence[str] = ()
    """Of the dashboard's command line, behind the folder."""
    leaving = False
    """Whether the visit is about to end: a dashboard that has not come up by now need not."""

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        width, height = within(width, WIDTHS), within(height, HEIGHTS)
        environment: dict[str, str] = super()._build_environment(width, height)
        environment["TEXTUAL_DRIVER"] = "dmtui.serve.driver:ServedDriver"
        assert self.folder is not None
        environment["XDG_STATE_HOME"] = self.folder.name
        return environment

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        self.folder = tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-{VISITOR}")
        self._process = await asyncio.create_subprocess_exec(
            # A session of its own: Ctrl-C at the server's terminal is the server's to act on.
            sys.executable, "-m", "dmtui.serve.app", self.folder.name, *self.words,
            stdin=PIPE, stdout=PIPE, stderr=PIPE, env=self._build_environment(width, height), start_new_session=True,
        )
        self._stdin = self._process.stdin
        return self._process

    async def set_terminal_size(self, width: int, height: int) -> None:
        """Tell the dashboard, within reason."""
        await super().set_terminal_size(within(width, WIDTHS), within(height, HEIGHTS))

    async def on_data(self, payload: bytes) -> None:
        """To the browser, or to nobody: a dashboard that cannot write cannot leave."""
        with suppress(ConnectionError, RuntimeError):
            await super().on_data(payload)

    async def run(self) -> None:
        """Carry until the dashboard ends; then there is nothing more to see."""
        _carrying.set(self)
        await super().run()
        with suppress(ConnectionError, RuntimeError):
            await self.remote_close()

    async def stop(self) -> None:
        """Return when the dashboard's process, and so its emulator's, is gone.  May be called twice."""
        self.leaving = True
        process, task = self._process, self._task
        if process is not None and process.returncode is None:
            await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.send_meta({"type": "quit"}), SIGNAL_WAIT_S)
            if not await _ended(process, QUIT_WAIT_S):
                _signal(process, signal.SIGTERM)
                if not await _ended(process, SIGNAL_WAIT_S):
                    _signal(process, signal.SIGKILL)
                    await process.wait()
        if task is not None:
            # Whoever holds the other end of its pipes now is not the dashboard.
            await asyncio.wait([task], timeout=SIGNAL_WAIT_S)
            task.cancel()
        if self.folder is not None:
            self.folder.cleanup()
            self.folder = None


_carrying: ContextVar[Visitor | None] = ContextVar("_carrying", default=None)
"""Whose dashboard the present task reads from."""


def _is_news(record: logging.LogRecord) -> bool:
    """Not what textual-serve says of a dashboard that was ended before it came up."""
    visitor = _carrying.get()
    return visitor is None or not visitor.leaving


logging.getLogger("textual-serve").addFilter(_is_news)


def sweep_visitors() -> None:
    """Take away the folders of visitors whose server was killed."""
    sweep(Path(tempfile.gettempdir()), VISITOR, kept_s=-1.0)


def within(cells: object, limits: tuple[int, int]) -> int:
    """*cells* as a page sent it, as a number within *limits*."""
    return min(max(cells, limits[0]), limits[1]) if isinstance(cells, int) else limits[0]


async def _ended(process: Process, limit_s: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), limit_s)
    return process.returncode is not None


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process.pid, number)


def absolute(scenario: str) -> str:
    """*scenario* as it is named from another folder: a file by its whole path, a story by its name."""
    path = Path(scenario)
    return str(path.absolute()) if path.exists() else scenario
