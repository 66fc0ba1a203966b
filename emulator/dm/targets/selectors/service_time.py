"""service-time (dm-service-time.c): the path with the least in-flight bytes for its throughput."""

from __future__ import annotations

from emulator.dm.targets.arguments import unsigned
from emulator.dm.targets.selectors.base import Selector
from emulator.dm.targets.selectors.path import Path


class ServiceTime(Selector):
    """2.6.31 turns the list before it looks, later kernels move the chosen path to the tail."""

    name = "service-time"
    default_repeat = 1
    most_args = 2
    info_args = 2

    def path_args(self, path: Path, words: list[str]) -> None:
        """relative_throughput, 0 to 100."""
        if words:
            throughput = unsigned(words[0])
            if throughput is None or throughput > 100:
                raise self.bad("invalid relative_throughput value")
            path.throughput = throughput

    def select(self, nr_bytes: int, now_ns: int) -> Path | None:
        """The best by compare; the first of the list wins ties."""
        if not self.paths:
            return None
        if self.era == "2.6.31":
            self.paths.rotate(-1)
        best = self.paths[0]
        for path in self.paths:
            if compare(path, best, nr_bytes) < 0:
                best = path
        return best if self.era == "2.6.31" else self.use(best)

    def table_args(self, path: Path) -> list[str]:
        """Repeat count and throughput."""
        return [str(path.repeat), str(path.throughput)]

    def info(self, path: Path) -> list[str]:
        """Bytes in flight and throughput."""
        return [str(path.bytes), str(path.throughput)]


def compare(one: Path, other: Path, incoming: int) -> int:
    """st_compare_load: negative if *one* is better.  Exact where the kernel shifts sizes down to stay in range."""
    size1, size2 = one.bytes, other.bytes
    if one.throughput == other.throughput:
        return size1 - size2
    if size1 == size2 or not one.throughput or not other.throughput:
        return other.throughput - one.throughput
    time1 = (size1 + incoming) * other.throughput
    time2 = (size2 + incoming) * one.throughput
    return time1 - time2 if time1 != time2 else other.throughput - one.throughput
