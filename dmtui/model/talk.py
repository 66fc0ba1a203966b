"""What was said in the dashboard's console: lines made by the reader thread, kept in a ring by the UI thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

MOST = 2_000
"""Lines kept."""

Voice = Literal["typed", "out", "err", "note"]


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the console."""

    text: str
    voice: Voice = "out"


@dataclass(frozen=True, slots=True)
class Ended:
    """A typed line that has ended."""

    line: str
    rc: int | None
    """None: it could not be done."""
    why: str
    """The first line of what it said of its failure."""
    waited: bool
    """Whether it was in the background."""


class Transcript:
    """The newest lines, oldest first."""

    def __init__(self, most: int = MOST) -> None:
        self.lines: deque[Said] = deque(maxlen=most)
        self.total = 0
        """Lines ever said."""

    def extend(self, said: Iterable[Said]) -> None:
        """Add lines; beyond the bound the oldest fall out."""
        for one in said:
            self.lines.append(one)
            self.total += 1
