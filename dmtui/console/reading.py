"""Where lines come from: a terminal with history and completion, or whatever standard input is."""

from __future__ import annotations

import asyncio
import os
import queue
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from dmtui.console.completing import candidates, split_last, vocabulary
from dmtui.console.history import open_history
from emulator.lab.language import LINE_MOST

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completer

    from emulator.lab.session import Session

PROMPT = "dmtui> "
_CHUNK = 1 << 16


class CtrlC(Exception):
    """Ctrl-C on an empty line."""


class Reader(Protocol):
    """Gives one line after another."""

    async def line(self) -> str | None:
        """The next line without its end, None when there is no more.  Raises CtrlC."""
        ...


class PipeReader:
    """Lines of a descriptor that may be a file, a pipe or anything else.

    A daemon thread reads, one line for each that is asked for, and by ``os.read``: it may stand there when the program
    ends.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._wanted: queue.Queue[tuple[asyncio.AbstractEventLoop, asyncio.Future[str | None]]] = queue.Queue(1)
        self._rest = b""
        self._ended = False
        threading.Thread(target=self._serve, name="console-input", daemon=True).start()

    async def line(self) -> str | None:
        """See :meth:`Reader.line`; a line that is too long is given cut, so that it is refused as such."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[str | None] = loop.create_future()
        self._wanted.put_nowait((loop, future))
        return await future

    def _serve(self) -> None:
        while True:
            loop, future = self._wanted.get()
            line = self._read()
            try:
                loop.call_soon_threadsafe(_settle, future, line)
            except RuntimeError:
                return  # the loop is closed: nobody waits any more

    def _read(self) -> str | None:
        while b"\n" not in self._rest and not self._ended:
            try:
                data = os.read(self._fd, _CHUNK)
            except OSError:
                data = b""
            self._ended = not data
            if len(self._rest) <= LINE_MOST * 4:
                self._rest += data
            elif b"\n" in data:
                self._rest += b"\n" + data.partition(b"\n")[2]
        if not self._rest:
            return None
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("utf-8", "replace").removesuffix("\r")


def _settle(future: asyncio.Future[str | None], line: str | None) -> None:
    if not future.done():
        future.set_result(line)


class TerminalReader:
    """A prompt with history (kept between runs) and completion."""

    def __init__(self, session: Session) -> None:
        from prompt_toolkit import PromptSession

        self._prompt: PromptSession[str] = PromptSession(
            PROMPT, history=open_history(), completer=_completer(session), complete_while_typing=False,
        )

    async def line(self) -> str | None:
        """See :meth:`Reader.line`."""
        from prompt_toolkit.patch_stdout import patch_stdout

        try:
            with patch_stdout():
                # Its own handler of SIGINT would take away the loop's, which is wanted while a line is done.
                return await self._prompt.prompt_async(handle_sigint=False)
        except EOFError:
            return None
        except KeyboardInterrupt:
            if self._prompt.default_buffer.text:
                return ""  # as in a shell: the first Ctrl-C is for the line that is typed
            # A KeyboardInterrupt that leaves a task ends the whole loop.
            raise CtrlC from None


def _completer(session: Session) -> Completer:
    from prompt_toolkit.completion import CompleteEvent, Completer, Completion
    from prompt_toolkit.document import Document

    class Words(Completer):
        def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
            text = document.text_before_cursor
            for word in candidates(vocabulary(session), text):
                yield Completion(word, -len(split_last(text)[1]))

    return Words()
