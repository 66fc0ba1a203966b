"""In place of Pilot's wait for an idle processor: waits until the app has nothing left to do (for tests/conftest.py).

Pilot sleeps 20 ms at a time, at least three times a key, until the process used little of them: most of a test's time,
and on a crowded machine it takes a process that was not let run for an idle one.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any
from weakref import ref

import pytest
from textual.app import App
from textual.pilot import Pilot

LIMIT_S = 120.0
"""After which an app that never rests is taken as it is: on a crowded machine a dialog takes seconds to be drawn."""
THREAD_S = 0.001
"""Between two looks at a worker's thread."""


class Settling:
    """Knows the app that a pilot was made for last."""

    def __init__(self) -> None:
        self._app: ref[App[Any]] | None = None

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Have every pilot wait so."""
        begin = Pilot.__init__

        def remember(pilot: Pilot[Any], app: App[Any]) -> None:
            self._app = ref(app)
            begin(pilot, app)

        patch.setattr(Pilot, "__init__", remember)
        patch.setattr(Pilot._wait_for_screen, "__defaults__", (LIMIT_S,))
        patch.setattr("textual.pilot.wait_for_idle", self.settle)
        patch.setattr("textual.app.wait_for_idle", self.settle)

    async def settle(self, *_: float) -> None:
        """Until no message, no callback, no drawing and no worker's thread is under way."""
        loop = asyncio.get_running_loop()
        limit = loop.time() + LIMIT_S
        while loop.time() < limit:
            await asyncio.sleep(0)
            if loop._ready:  # type: ignore[attr-defined]
                continue
            app = self._app() if self._app is not None else None
            if app is None or not app.is_running:
                return
            if any(worker.is_running for worker in app.workers) or _delivering():
                await asyncio.sleep(THREAD_S)
            elif not _drawn(app):
                return


def _delivering() -> bool:
    """Whether a file is being written: Textual does that in a thread that is no worker."""
    return any("save_file_thread" in thread.name for thread in threading.enumerate())


def _drawn(app: App[Any]) -> bool:
    """Do what timers would do within a sixtieth of a second: take a new size, draw; whether there was anything."""
    found = app._resize_timer is not None
    if found:
        app._check_resize()
    for screen in app.screen_stack:
        asked = screen is app.screen and (
            screen._dirty_widgets or screen._layout_required or screen._scroll_required or screen._repaint_required
        )
        if asked or screen._callbacks:
            found = True
            screen._on_timer_update()
    return found
