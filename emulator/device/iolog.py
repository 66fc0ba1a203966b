"""What a device has answered since somebody last asked, in order.  Lives in the device's process."""

from __future__ import annotations

from collections import deque

from emulator.block.bio import op_of
from emulator.block.errors import errno_name

LOG_MOST = 4096
"""Answers kept.  Policy: the oldest are forgotten, and how many is said."""


class IoLog:
    """A bounded log of answers: operation, first sector, sectors, outcome."""

    __slots__ = ("_answers", "_forgotten")

    def __init__(self) -> None:
        self._answers: deque[tuple[int, int, int, int]] = deque(maxlen=LOG_MOST)
        self._forgotten = 0

    def add(self, flags: int, sector: int, sectors: int, error: int) -> None:
        """A request with these *flags* was answered with *error* (0 = good)."""
        if len(self._answers) == LOG_MOST:
            self._forgotten += 1
        self._answers.append((flags, sector, sectors, error))

    def take(self) -> str:
        """``r 0+8 ok;w 8+8 EIO`` (f = flush, d = discard); the log is empty afterwards."""
        words = [f"({self._forgotten} older ones forgotten)"] if self._forgotten else []
        for flags, sector, sectors, error in self._answers:
            words.append(f"{op_of(flags)[0]} {sector}+{sectors} {errno_name(error) if error else 'ok'}")
        self._answers.clear()
        self._forgotten = 0
        return ";".join(words)
