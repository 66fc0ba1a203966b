"""The process is stopped, and goes on (UI thread).

Textual begins everything anew at each SIGCONT, another thread that reads the keys included, though only SIGTSTP had
ended anything: after ``kill -STOP`` and ``kill -CONT`` two threads took the keys from each other.
"""

from __future__ import annotations

import os
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


def started_as_job() -> bool:
    """Whether the parent is a shell with job control: in the same session, it leads another process group."""
    parent = os.getppid()
    try:
        return os.getsid(parent) == os.getsid(0) and os.getpgid(parent) != os.getpgid(0)
    except OSError:
        return False  # of another session it need not be told


__all__ = ["go_on_as_before", "started_as_job"]
