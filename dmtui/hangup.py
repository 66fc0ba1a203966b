"""The terminal goes away (SIGHUP): the dashboard ends all the same, and with it every process (UI thread).

Only whose controlling terminal it is gets the signal; started by a program that made the terminal for it, the dashboard
would go on, and Textual read its end without a pause.  So a thread waits for that end and sends the signal itself.

Writing to a terminal that is gone fails, and Textual's writing thread dies of it; with its queue full whoever writes
next, the way out included, would wait for ever.  A terminal that closes also sends SIGCONT, on which Textual begins
such a thread anew.
"""

from __future__ import annotations

import os
import select
import signal
import termios
from asyncio import AbstractEventLoop
from threading import Thread
from types import FrameType
from typing import TYPE_CHECKING

from textual.drivers._writer_thread import WriterThread

if TYPE_CHECKING:
    from textual.app import App

INPUT = 0
OUTPUTS = (1, 2)
"""Stdout and stderr: Textual writes to one of them."""


def end_on_hangup(app: App[int], loop: AbstractEventLoop) -> None:
    """Make SIGHUP a way out whether the terminal is still there or not; a handler of the loop's own would wait for a
    loop that waits for the terminal."""

    def hung_up(number: int, frame: FrameType | None) -> None:
        if loop.is_closed():
            return  # on its way out already
        if terminal_is_gone():
            write_nowhere(app)
        loop.call_soon_threadsafe(app.exit, 128 + number)

    signal.signal(signal.SIGHUP, hung_up)
    if not app.is_headless and os.isatty(INPUT):
        Thread(target=_wait_for_the_end, name="dmtui-hangup", daemon=True).start()


def _wait_for_the_end() -> None:
    """Sleep until nobody holds the other side of the terminal."""
    waiting = select.poll()
    waiting.register(INPUT, 0)  # no input: POLLHUP and POLLERR are told in any case
    waiting.poll()
    os.kill(os.getpid(), signal.SIGHUP)


def terminal_is_gone() -> bool:
    """Whether neither output is a terminal that answers."""
    for number in OUTPUTS:
        try:
            termios.tcgetattr(number)
        except termios.error:
            continue
        return False
    return True


def write_nowhere(app: App[int]) -> None:
    """From here on what is written is lost, not refused; what waits to be written is taken by somebody."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in OUTPUTS:
        os.dup2(nowhere, number)
    os.close(nowhere)
    writer = getattr(app._driver, "_writer_thread", None)
    if isinstance(writer, WriterThread) and not writer.is_alive():
        heir = WriterThread(writer._file)
        heir._queue = writer._queue
        app._driver._writer_thread = heir  # type: ignore[union-attr]
        heir.start()
