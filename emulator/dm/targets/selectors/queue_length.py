"""queue-length (dm-queue-length.c): the path with the fewest clones in flight, the first of the list wins ties."""

from __future__ import annotations

from emulator.dm.targets.selectors.base import Selector
from emulator.dm.targets.selectors.path import Path


class QueueLength(Selector):
    """2.6.31 turns the list before it looks, later kernels move the chosen path to the tail."""

    name = "queue-length"
    default_repeat = 128
    info_args = 1

    def select(self, nr_bytes: int, now_ns: int) -> Path | None:
        """Fewest in flight; a path with none ends the search."""
        if not self.paths:
            return None
        if self.era == "2.6.31":
            self.paths.rotate(-1)
            return min(self.paths, key=lambda path: path.in_flight)
        return self.use(min(self.paths, key=lambda path: path.in_flight))

    def info(self, path: Path) -> list[str]:
        """In flight."""
        return [str(path.in_flight)]
