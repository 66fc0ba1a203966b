"""The process goes on after it was stopped (UI thread).

Textual begins everything anew at each SIGCONT, another thread that reads the keys included, though only SIGTSTP had
ended anything: after ``kill -STOP`` and ``kill -CONT`` two threads took the keys from each other.
"""

from __future__ import annotations

import signal
from asyncio import AbstractEventLoop
from types import FrameType
from typing import TYPE_CHECKING

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App


def go_on_as_before(app: App[int], loop: AbstractEventLoop) -> None:
    """Let SIGCONT resume what SIGTSTP suspended; else the screen is drawn again, which others may have written on."""
    driver = app._driver
    if not isinstance(driver, LinuxDriver):
        return

    def continued(number: int, frame: FrameType | None) -> None:
        if driver._must_signal_resume:
            driver._sigcont_application()
        else:
            loop.call_soon_threadsafe(app.refresh)

    signal.signal(signal.SIGCONT, continued)


__all__ = ["go_on_as_before"]
