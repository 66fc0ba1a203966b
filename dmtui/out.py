"""Lines for people on standard output and standard error; a closed pipe or terminal ends the talk, not the work."""

from __future__ import annotations

import os
import sys
from typing import TextIO


class OutputError(Exception):
    """Standard output takes nothing any more (a full disk, say)."""


def _hush(stream: TextIO) -> None:
    """Nobody reads *stream* any more: let it write to nowhere."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:
        return  # closed by whoever started us
    try:
        stream.write(text)
        stream.flush()
    except UnicodeEncodeError as error:
        _write(stream, text.encode(error.encoding, "replace").decode(error.encoding))
    except BrokenPipeError:
        _hush(stream)


def say(text: str, end: str = "\n") -> None:
    """Print a line.  Raises OutputError when it cannot be written though somebody may read it."""
    try:
        _write(sys.stdout, text + end)
    except OSError as error:
        raise OutputError(f"cannot write to standard output: {error.strerror}") from None


def complain(text: str) -> None:
    """Print a line on standard error, if anybody can be told."""
    try:
        _write(sys.stderr, text + "\n")
    except OSError:
        return


class Progress:
    """One line that is rewritten in place, on a terminal only."""

    def __init__(self) -> None:
        self._stream = sys.stderr if sys.stderr is not None and sys.stderr.isatty() else None
        self._width = 0

    def show(self, text: str) -> None:
        """Replace the line."""
        if self._stream is not None:
            try:
                columns = os.get_terminal_size(self._stream.fileno()).columns or 80
            except OSError:
                columns = 80
            text = text[: max(1, columns - 1)]
            _write(self._stream, "\r" + text + " " * max(0, self._width - len(text)))
            self._width = len(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._stream is not None and self._width:
            _write(self._stream, "\r" + " " * self._width + "\r")
            self._width = 0


def settle(status: int) -> int:
    """Flush what is left; the exit status."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            _hush(stream)
        except OSError:
            _hush(stream)
            status = status or 3
    return status
