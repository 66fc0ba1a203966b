"""How much the recorders note and keep while somebody watches: everything, or, of very many, what is shown to be read.

Nobody reads ten thousand requests a second, but everyone pays for keeping them.  And while all goes well and nobody is
at the keys, they note only what the screen shows, so that a dashboard that stands open costs next to nothing.  Reader
thread only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from emulator.snapshot import DeviceView, MdView, SoftirqView, SubmitterView, View
from emulator.trace.noting import LONG_US, SKEW_US
from emulator.trace.recorder import Notes

BUSY_IOPS = 4_000
"""I/Os a real second from which on recorders are sparse."""
CALM_IOPS = 3_500
"""Below so many they keep everything again."""
OVER_S = 0.2
"""Seconds over which the rate is taken."""
AGE_LEAST_US = 500
AGES = 8
"""Frames to be read whose oldest bios are remembered: some two seconds of them."""
QUIET_S = 10.0
"""Real seconds after the last key, deed or trouble from which on recorders rest."""


class Keeping:
    """Decides by the rate of completions, and by the age of what is under way."""

    def __init__(self) -> None:
        self.sparse = False
        self._ages: deque[int] = deque(maxlen=AGES)
        self._seen_us = -1
        self._since_s = -1.0
        self._completed = 0
        self._stirred_s = -QUIET_S
        self._wrong = False
        self._counted: tuple[int, ...] | None = None

    def stir(self, real_s: float) -> None:
        """Somebody does something, or something happens, of which the whole story may be wanted."""
        self._stirred_s = real_s

    def notes(self, real_s: float) -> Notes:
        """What the recorders are to note now."""
        if not self.sparse:
            return Notes.ALL
        return Notes.SPARSE if self._wrong or real_s < self._stirred_s + QUIET_S else Notes.WINDOWS

    def feed(self, views: Iterable[View], real_s: float) -> None:
        """Take the newest views, at *real_s* of any monotonic clock."""
        views = list(views)
        self._wrong = any(map(_wrong, views))
        counted = tuple(count for view in views for count in _troubles(view))
        if self._counted is not None and counted != self._counted:
            self.stir(real_s)
        self._counted = counted
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


def _wrong(view: View) -> bool:
    """Whether something is not as it should be just now."""
    if isinstance(view, MdView):
        target = view.target
        paths = sum(len(group.paths) for group in target.groups) if target else 0
        return bool(view.faults) or view.state != "RUNNING" or (target is not None and target.nr_valid_paths < paths)
    if isinstance(view, DeviceView):
        return bool(view.faults) or view.gone
    return isinstance(view, SoftirqView) and (bool(view.faults) or view.stalled)


def _troubles(view: View) -> tuple[int, ...]:
    """Counters that grow when something goes wrong."""
    if isinstance(view, MdView):
        counters = view.counters
        return (counters.requeued, counters.deferred, counters.clone_errors, counters.killed, counters.bios_failed)
    if isinstance(view, DeviceView):
        return (view.errors,)
    if isinstance(view, SubmitterView):
        return (view.failed, view.corruption, view.overdue)
    return ()


__all__ = ["Keeping"]
