"""Words of a target line taken one by one, as dm_shift_arg and dm_read_arg do it.  Used where a table is parsed."""

from __future__ import annotations

import errno
import re

from emulator.dm.targets.base import TableError

_UNSIGNED = re.compile(r"[0-9]+", re.ASCII)
UINT_MAX = (1 << 32) - 1


def unsigned(word: str) -> int | None:
    """What ``sscanf("%u%c")`` of the kernel makes of *word*: a number, or None if it is not one as a whole."""
    return int(word) & UINT_MAX if _UNSIGNED.fullmatch(word) else None


class Words:
    """struct dm_arg_set."""

    def __init__(self, words: list[str], target: str = "multipath") -> None:
        self.words = words
        self.target = target
        self.at = 0

    def left(self) -> int:
        """Words that were not taken yet."""
        return len(self.words) - self.at

    def bad(self, reason: str, error: int = errno.EINVAL, hint: str = "") -> TableError:
        """The error that ti->error = *reason* makes."""
        return TableError(error, f"{self.target}: {reason}", hint)

    def shift(self) -> str:
        """dm_shift_arg.  There must be one."""
        self.at += 1
        return self.words[self.at - 1]

    def take(self, count: int) -> list[str]:
        """The next *count* words."""
        self.at += count
        return self.words[self.at - count : self.at]

    def number(self, low: int, high: int, reason: str) -> int:
        """dm_read_arg: a number between *low* and *high*."""
        value = unsigned(self.shift()) if self.left() else None
        if value is None or not low <= value <= high:
            raise self.bad(reason)
        return value

    def group(self, low: int, high: int, reason: str) -> int:
        """dm_read_arg_group: the count of words that follow; so many must be there."""
        value = self.number(low, high, reason)
        if value > self.left():
            raise self.bad(reason)
        return value
