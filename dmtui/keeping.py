"""How much the recorders keep while somebody watches: everything, or, of very many, what the screen shows to be read.

Nobody reads ten thousand requests a second, but everyone pays for keeping them.  Reader thread only.
"""

from __future__ import annotations

from collections.abc import Iterable

from emulator.snapshot import SubmitterView, View

BUSY_IOPS = 4_000
"""I/Os a real second from which on recorders are sparse."""
CALM_IOPS = 2_000
"""Below so many they keep everything again."""
OVER_S = 0.2
"""Seconds over which the rate is taken."""
LEAD_S = 0.010
"""From the opening of the recorders' windows to the look at what is then kept: most of it began within."""
SPAN_S = 0.025
"""Length of a window: what began in it has ended by then, or takes so long that it is kept for that."""


class Keeping:
    """Decides by the rate of completions."""

    def __init__(self) -> None:
        self.sparse = False
        self._since_s = -1.0
        self._completed = 0

    def feed(self, views: Iterable[View], real_s: float) -> None:
        """Take the newest views, at *real_s* of any monotonic clock."""
        completed = sum(view.completed for view in views if isinstance(view, SubmitterView))
        passed_s = real_s - self._since_s
        if self._since_s >= 0 and passed_s < OVER_S:
            return
        if self._since_s >= 0:
            rate = (completed - self._completed) / passed_s
            self.sparse = rate >= (CALM_IOPS if self.sparse else BUSY_IOPS)
        self._since_s, self._completed = real_s, completed


__all__ = ["LEAD_S", "SPAN_S", "Keeping"]
