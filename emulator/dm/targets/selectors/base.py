"""What a path selector is (struct path_selector_type), and what they all share."""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable

from emulator.dm.targets.arguments import unsigned
from emulator.dm.targets.base import TableError
from emulator.dm.targets.selectors.path import Path
from emulator.plan import Era


class Selector:
    """One group's selector.  ``paths`` is its list of valid paths, the most preferred first."""

    name = ""
    default_repeat = 1
    """repeat_count of 2.6.31 when the table gives none; later kernels have 1."""
    most_args = 1
    """table_args: words that a path may have."""
    info_args = 0
    """Words of one path in the status line."""
    create_args = 1024
    """Words that the selector itself takes; those who take none swallow any."""

    def __init__(self, era: Era, words: list[str]) -> None:
        self.era = era
        self.paths: deque[Path] = deque()
        self.args(words)

    def args(self, words: list[str]) -> None:
        """create(): the selector's own words.  Raises TableError."""

    def add(self, path: Path, words: list[str], log: Callable[[str], None]) -> None:
        """add_path: its words behind the device.  Raises TableError."""
        if len(words) > self.most_args:
            raise self.bad("incorrect number of arguments")
        path.repeat = self.default_repeat if self.era == "2.6.31" else 1
        if words:
            repeat = unsigned(words[0])
            if repeat is None:
                raise self.bad("invalid repeat count")
            path.repeat = self._allowed(repeat, log)
        self.path_args(path, words[1:])
        self.paths.append(path)

    def path_args(self, path: Path, words: list[str]) -> None:
        """Words of a path behind the repeat count."""

    def _allowed(self, repeat: int, log: Callable[[str], None]) -> int:
        if repeat > 1 and self.era == "modern":
            log(f"device-mapper: multipath {self.name}: repeat_count > 1 is deprecated, using 1 instead")
            return 1
        return repeat

    def bad(self, reason: str) -> TableError:
        """The error of add_path."""
        return TableError(errno.EINVAL, f"multipath: {self.name} ps: {reason}")

    def select(self, nr_bytes: int, now_ns: int) -> Path | None:
        """select_path: the next path for *nr_bytes*, or None; it becomes the least preferred."""
        raise TypeError(f"{type(self).__name__} must say how it selects")

    def fail(self, path: Path) -> None:
        """fail_path: off the valid list."""
        self.paths.remove(path)

    def reinstate(self, path: Path) -> None:
        """reinstate_path: to the tail of the valid list."""
        self.paths.append(path)

    def ended(self, path: Path, start_ns: int, now_ns: int) -> None:
        """end_io of a clone that was started at *start_ns*; the path's counters still count it."""

    def own_words(self) -> str:
        """status() without a path: the selector's own words with their count."""
        return "0"

    def table_args(self, path: Path) -> list[str]:
        """Words of one path in the table line."""
        return [str(path.repeat)]

    def info(self, path: Path) -> list[str]:
        """Words of one path in the status line."""
        return []

    def use(self, path: Path) -> Path:
        """*path* was chosen: to the tail of the valid list."""
        self.paths.remove(path)
        self.paths.append(path)
        return path
