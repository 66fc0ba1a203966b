"""A busy process stays on its processor while that is nearly its own (each child runs it: sched_setaffinity(2)).

The mapped device is what a saturated emulator waits for.  The kernel moves it about whenever something else wakes up,
and each move costs it its caches; kept in one place it does about a seventh more.  What else runs can move, so it
makes room.  Where others do not - two busy mapped devices, a machine that is full - the process lets go again.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

LOOK_US = 500_000
"""Emulated time between two looks, and LOOK_NS real time at least."""
LOOK_NS = 250_000_000
BUSY = 0.5
"""Share of the time that a process runs for which a place is worth keeping."""
CROWDED = 0.3
"""Of the time in which a process could run, the share that it waits for a processor: more, and it is not its own."""
AWAY_NS = 30_000_000_000
"""How long a process that was crowded out lets the kernel place it."""

_SCHEDSTAT = Path("/proc/self/schedstat")
_STAT = Path("/proc/self/stat")
_PROCESSOR = 36
"""Field 39 of proc_pid_stat(5), counted behind the name in parentheses."""


class Affinity:
    """Of this process, which must have one thread.  Nothing happens where the kernel does not count waits."""

    __slots__ = ("next_us", "_since_ns", "_ran_ns", "_waited_ns", "_allowed", "_kept", "_not_before_ns")

    def __init__(self, running_ns: int) -> None:
        self.next_us = LOOK_US
        """When, in emulated time, ``look`` has something to do."""
        self._since_ns = running_ns
        self._ran_ns, self._waited_ns = schedstat()
        self._allowed: set[int] = set()
        """What it was allowed before."""
        self._kept: set[int] = set()
        """The processor that it keeps, empty = none."""
        self._not_before_ns = running_ns

    def look(self, now_us: int, running_ns: int) -> None:
        """Judge the time since the last look, which took *running_ns* (without those for which the clock stood)."""
        self.next_us = now_us + LOOK_US
        passed = running_ns - self._since_ns
        if passed < LOOK_NS:
            return
        ran_ns, waited_ns = schedstat()
        ran, waited = ran_ns - self._ran_ns, waited_ns - self._waited_ns
        self._since_ns, self._ran_ns, self._waited_ns = running_ns, ran_ns, waited_ns
        crowded = waited > CROWDED * (ran + waited)
        if crowded and self._kept:
            self._not_before_ns = running_ns + AWAY_NS
        if crowded or ran < BUSY * passed:
            self._let_go()
        elif not self._kept and running_ns >= self._not_before_ns:
            self._keep()

    def _keep(self) -> None:
        with suppress(OSError, ValueError):
            allowed = os.sched_getaffinity(0)
            here = {processor()}
            if len(allowed) > 1 and here < allowed:
                os.sched_setaffinity(0, here)
                self._allowed, self._kept = allowed, here

    def _let_go(self) -> None:
        kept, self._kept = self._kept, set()
        with suppress(OSError):
            # Somebody may have said otherwise in between (taskset): that stands.
            if kept and os.sched_getaffinity(0) == kept:
                os.sched_setaffinity(0, self._allowed)


def schedstat() -> tuple[int, int]:
    """Nanoseconds that this process ran, and that it could have run but waited for a processor; 0, 0 = not counted."""
    try:
        ran, waited, *_ = _SCHEDSTAT.read_text().split()
        return int(ran), int(waited)
    except (OSError, ValueError):
        return 0, 0


def processor() -> int:
    """The number of the processor on which this process runs.  Raises OSError or ValueError when nothing says it."""
    return int(_STAT.read_text().rpartition(")")[2].split()[_PROCESSOR])
