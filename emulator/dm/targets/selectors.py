"""Path selectors (struct path_selector_type): which path of a group is next.  Register a new one in SELECTORS."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from emulator.dm.lower import Lower


class Path:
    """struct pgpath with its dm_path: one path of one priority group."""

    __slots__ = ("lower", "active", "fail_count", "in_flight", "bytes", "repeat", "args")

    def __init__(self, lower: Lower, args: list[str], repeat: int) -> None:
        self.lower = lower
        self.active = True
        self.fail_count = 0
        self.in_flight = 0
        """Clones mapped to it whose rq_end_io has not run."""
        self.bytes = 0
        self.repeat = repeat
        self.args = args


class Selector(Protocol):
    """One group's selector."""

    name: str
    paths: deque[Path]

    def select(self, nr_bytes: int) -> Path | None:
        """select_path: the next path, or None."""
        ...

    def fail(self, path: Path) -> None:
        """fail_path: stop choosing it."""
        ...

    def reinstate(self, path: Path) -> None:
        """reinstate_path: choose it again."""
        ...

    def table_args(self, path: Path) -> str:
        """Selector words of one path in the table line."""
        ...


class RoundRobin:
    """dm-round-robin.c: the head of the valid list, moved to its tail; a reinstated path goes to the head."""

    name = "round-robin"
    default_repeat = 1000

    def __init__(self, paths: list[Path]) -> None:
        self.paths: deque[Path] = deque(paths)

    def select(self, nr_bytes: int) -> Path | None:
        """Head of the valid list."""
        if not self.paths:
            return None
        path = self.paths[0]
        self.paths.rotate(-1)
        return path

    def fail(self, path: Path) -> None:
        """Leave the valid list."""
        self.paths.remove(path)

    def reinstate(self, path: Path) -> None:
        """To the head of the valid list."""
        self.paths.appendleft(path)

    def table_args(self, path: Path) -> str:
        """The repeat count."""
        return str(path.repeat)


SELECTORS: dict[str, Callable[[list[Path]], Selector]] = {"round-robin": RoundRobin}
"""Selector by name."""
DEFAULT_REPEAT = {"round-robin": 1000}
"""repeat_count when the table gives none, by selector."""
MOST_PATH_ARGS = {"round-robin": 1}
"""Words that a path may have, by selector."""
