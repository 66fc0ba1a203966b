"""The two ends of a pipe between machines, without blocking (each child runs them).

A link carries the frames of one machine to one other; only these two processes hold its ends, so a dead process is the
end of file at its peers, after everything that it had written.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic_ns
from typing import Any

from emulator.wire import Decoder, Encoder, Frame, Message

OUTBOX_BYTES_MAX = 32 << 20
"""Most bytes that wait for a peer which does not read.  Policy: beyond it the process fails loudly.  What is in
flight is bounded by the submitters' depths: only a lost bound gets here, and waiting for room could deadlock two."""

PIPE_BYTES = 1 << 20
"""Wanted size of the pipes (the usual limit for everyone): fewer wake-ups than with the default of 64 KiB."""

READ_BYTES = 1 << 16
"""Taken from a link at a time; what is left is found by the next look."""

STEP_READS_MAX = 64
"""Most reads of one link when everything that waits is gathered for a step: more than a full pipe."""


class OutboxFull(RuntimeError):
    """A peer does not read and the limit is reached."""


def widen(fd: int) -> None:
    """Give a pipe more room where the system allows it."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):  # over the user's limit of pipe pages: the default size does as well, a little slower
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


class InLink:
    """The reading end."""

    __slots__ = ("peer", "fd", "_keep", "_decoder", "ended")

    def __init__(self, peer: str, end: Any) -> None:
        self.peer = peer
        self._keep = end
        self.fd: int = end.fileno()
        os.set_blocking(self.fd, False)
        self._decoder = Decoder()
        self.ended = False
        """The peer is gone and everything that it wrote was read."""

    def read(self) -> list[Frame]:
        """The frames that one read completes; sets ``ended`` at the end of file.  Raises WireError."""
        try:
            data = os.read(self.fd, READ_BYTES)
        except BlockingIOError:
            return []
        if not data:
            self.ended = True
            return []
        return self._decoder.take(data)

    def drain(self) -> Iterator[Frame]:
        """The frames of everything that is in the pipe now."""
        for _ in range(STEP_READS_MAX):
            try:
                data = os.read(self.fd, READ_BYTES)
            except BlockingIOError:
                return
            if not data:
                self.ended = True
                return
            yield from self._decoder.take(data)

    def close(self) -> None:
        """Close the end."""
        self._keep.close()


class OutLink:
    """The writing end and its outbox."""

    __slots__ = ("peer", "fd", "_keep", "_frame", "_left", "_blocked", "gone")

    def __init__(self, peer: str, end: Any, encoder: Encoder, blocked: set[int]) -> None:
        self.peer = peer
        self._keep = end
        self.fd: int = end.fileno()
        self._blocked = blocked
        """Descriptors of all links with something in their outbox: those to watch for writing."""
        os.set_blocking(self.fd, False)
        self._frame = encoder.frame
        self._left = bytearray()
        self.gone = False
        """Nobody reads any more: what is sent is dropped, as I/O to a device that was pulled out."""

    def send(self, messages: list[Message]) -> None:
        """Write *messages* as one frame, or keep what does not fit.  Raises OutboxFull."""
        if self.gone:
            return
        data = self._frame(monotonic_ns(), messages)
        if self._left:
            self._keep_back(data)
            return
        try:
            count = os.write(self.fd, data)
        except BlockingIOError:
            self._keep_back(data)
        except BrokenPipeError:
            self.gone = True
        else:
            if count < len(data):
                self._keep_back(data[count:])

    def _keep_back(self, data: bytes) -> None:
        if len(self._left) + len(data) > OUTBOX_BYTES_MAX:
            size = len(self._left) + len(data)
            raise OutboxFull(f"{self.peer} does not read: {size} bytes wait for it, the limit is {OUTBOX_BYTES_MAX}")
        self._left += data
        self._blocked.add(self.fd)

    def flush(self) -> None:
        """Write what the pipe takes."""
        try:
            while self._left:
                with memoryview(self._left) as left:
                    count = os.write(self.fd, left[: 1 << 18])
                del self._left[:count]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.gone = True
            self._left.clear()
        self._blocked.discard(self.fd)

    def close(self) -> None:
        """Close the end; what is in its outbox is lost."""
        self._blocked.discard(self.fd)
        self._keep.close()
