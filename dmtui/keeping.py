"""How much the recorders keep while somebody watches: everything, or, of very many, what the screen shows to be read.

Nobody reads ten thousand requests a second, but everyone pays for keeping them.  Reader thread only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from emulator.machine import LONG_US, SKEW_US
from emulator.snapshot import SubmitterView, View

BUSY_IOPS = 4_000
"""I/Os a real second from which on recorders are sparse."""
CALM_IOPS = 2_000
"""Below so many they keep everything again."""
OVER_S = 0.2
"""Seconds over which the rate is taken."""
AGE_LEAST_US = 500
AGES = 8
"""Frames to be read whose oldest bios are remembered: some two seconds of them."""


class Keeping:
    """Decides by the rate of completions, and by the age of what is under way."""

    def __init__(self) -> None:
        self.sparse = False
        self._ages: deque[int] = deque(maxlen=AGES)
        self._seen_us = -1
        self._since_s = -1.0
        self._completed = 0

    def feed(self, views: Iterable[View], real_s: float) -> None:
        """Take the newest views, at *real_s* of any monotonic clock."""
        submitters = [view for view in views if isinstance(view, SubmitterView)]
        seen_us = min((view.at for view in submitters), default=0)
        if seen_us <= self._seen_us:
            return  # one was not asked since, or has not answered, which is no standstill
        self._seen_us = seen_us
        self._ages.append(max((view.oldest for view in submitters), default=0))
        completed = sum(view.completed for view in submitters)
        passed_s = real_s - self._since_s
        if self._since_s >= 0 and passed_s < OVER_S:
            return
        if self._since_s >= 0:
            rate = (completed - self._completed) / passed_s
            self.sparse = rate >= (CALM_IOPS if self.sparse else BUSY_IOPS)
        self._since_s, self._completed = real_s, completed

    def window(self, speed: float) -> tuple[int, int]:
        """(length, from its opening to the look through it) of a window of the recorders, emulated microseconds.

        Short, since keeping everything costs, yet what is then seen began within it, and has ended by its end or takes
        so long that it is kept for that.
        """
        age_us = min(LONG_US, max(AGE_LEAST_US, 5 * max(self._ages, default=LONG_US) // 4))
        look_us = round(SKEW_US * max(1.0, speed)) + age_us
        return look_us + 2 * age_us, look_us


__all__ = ["Keeping"]
