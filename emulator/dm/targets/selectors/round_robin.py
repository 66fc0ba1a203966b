"""round-robin (dm-round-robin.c): the head of the valid list, moved to its tail; a reinstated path goes to the head."""

from __future__ import annotations

from emulator.dm.targets.selectors.base import Selector
from emulator.dm.targets.selectors.path import Path


class RoundRobin(Selector):
    """See the module's text."""

    name = "round-robin"
    default_repeat = 1000

    def select(self, nr_bytes: int, now_ns: int) -> Path | None:
        """Head of the valid list."""
        if not self.paths:
            return None
        self.paths.rotate(-1)
        return self.paths[-1]

    def reinstate(self, path: Path) -> None:
        """To the head: it is next."""
        self.paths.appendleft(path)
