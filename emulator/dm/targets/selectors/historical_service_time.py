"""historical-service-time (dm-ps-historical-service-time.c): a moving average of past service times, times what waits.

A path that has finished nothing for a while is *stale*: unused it is probed with one request, in use it gets no more
than the others.  Numbers are fixed point with 10 bits, times nanoseconds.  Not in 2.6.31.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from emulator.dm.targets.arguments import unsigned
from emulator.dm.targets.base import TableError
from emulator.dm.targets.selectors.base import Selector
from emulator.dm.targets.selectors.path import Path

SHIFT = 10
ONE = 1 << SHIFT
DEFAULT_WEIGHT = 972
"""0.95."""
MOST = ((1 << 64) - 1) >> SHIFT
BUCKET_SHIFT = 24
"""Buckets of about 16 ms."""
WEIGHTS = 64
MOST_IN_FLIGHT = ONE


class History:
    """struct path_info."""

    __slots__ = ("service_time", "stale_after", "last_finish")

    def __init__(self) -> None:
        self.service_time = ONE
        self.stale_after = 0
        self.last_finish = 0


def fixed_power(x: int, n: int) -> int:
    """x to the power n in fixed point, rounded at every step as the kernel rounds."""
    result = ONE
    while n:
        if n & 1:
            result = (result * x + (ONE >> 1)) >> SHIFT
        n >>= 1
        x = (x * x + (ONE >> 1)) >> SHIFT
    return result


class HistoricalServiceTime(Selector):
    """See the module's text."""

    name = "historical-service-time"
    info_args = 3

    def args(self, words: list[str]) -> None:
        """[base_weight (0..1023) [threshold_multiplier]]."""
        values = [unsigned(word) for word in words]
        weight = values[0] if values else DEFAULT_WEIGHT
        threshold = values[1] if len(values) > 1 else 0
        if len(values) > 2 or weight is None or weight >= ONE or threshold is None:
            raise TableError(errno.EINVAL, "multipath: path selector constructor failed")
        self.weights = [fixed_power(weight, n + 1) for n in range(WEIGHTS - 1)] + [0]
        self.threshold = threshold
        self.history: dict[int, History] = {}
        """By id of the path, which lives as long as this."""

    def add(self, path: Path, words: list[str], log: Callable[[str], None]) -> None:
        """add_path."""
        super().add(path, words, log)
        self.history[id(path)] = History()

    def _allowed(self, repeat: int, log: Callable[[str], None]) -> int:
        """The count is read and never used."""
        return repeat

    def select(self, nr_bytes: int, now_ns: int) -> Path | None:
        """The best by compare; the first of the list wins ties."""
        if not self.paths:
            return None
        best = self.paths[0]
        for path in list(self.paths)[1:]:
            if self.compare(path, best, now_ns) < 0:
                best = path
        return self.use(best)

    def compare(self, one: Path, other: Path, now_ns: int) -> int:
        """hst_compare: negative if *one* is better."""
        first, second = self.history[id(one)], self.history[id(other)]
        hst1, hst2 = first.service_time, second.service_time
        out1, out2 = one.in_flight, other.in_flight
        if max(hst1, hst2) <= self.threshold * min(hst1, hst2):
            return out1 - out2
        stale1, stale2 = first.stale_after < now_ns, second.stale_after < now_ns
        if (not out1 and stale1) or (not out2 and stale2) or (not out1 and not out2):
            return (not out2) * first.stale_after - (not out1) * second.stale_after
        if out1 == out2:
            other_better = hst1 > hst2
        else:
            if out1 >= MOST_IN_FLIGHT or out2 >= MOST_IN_FLIGHT:
                hst1, hst2 = hst1 >> SHIFT, hst2 >> SHIFT
            other_better = (1 + out1) * hst1 > (1 + out2) * hst2
        if stale2 if other_better else stale1:
            return out1 - out2
        return 1 if other_better else -1

    def ended(self, path: Path, start_ns: int, now_ns: int) -> None:
        """hst_end_io: the service time, as if requests were served one after another, into the average."""
        history = self.history[id(path)]
        start = max(start_ns, history.last_finish)
        history.last_finish = now_ns
        took = max(0, now_ns - start)
        weight = self.weights[min(took >> BUCKET_SHIFT, WEIGHTS - 1)]
        newest = min(took * ONE, MOST)
        average = history.service_time * weight + newest * (ONE - weight) + (ONE >> 1)
        history.service_time = average >> SHIFT
        history.stale_after = now_ns + len(self.paths) * (history.service_time >> SHIFT)

    def own_words(self) -> str:
        """Base weight and threshold."""
        return f"2 {self.weights[0]} {self.threshold}"

    def table_args(self, path: Path) -> list[str]:
        """Always 0."""
        return ["0"]

    def info(self, path: Path) -> list[str]:
        """Average, in flight, stale after."""
        history = self.history[id(path)]
        return [str(history.service_time), str(path.in_flight), str(history.stale_after)]
