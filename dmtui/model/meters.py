"""Rates, shares and histories out of counters that only grow: a meter a machine, fed with each view (UI thread)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from emulator.snapshot import DeviceView, LockView, MdView, SoftirqView, SubmitterView

HISTORY = 240
"""Points kept for a sparkline: as many as the widest screen can show."""
WINDOW = 3
"""Views over which a rate is taken: half a second, as meters are fed with the frames that are to be read (a second
while those come twice a second, see dmtui.feed)."""
SPAN_S = 0.05
"""Time of its own clock that a rate covers at least, as far as POINTS_MOST views reach: in slow motion a view is a
millisecond after the other, in which hardly anything ends."""
POINTS_MOST = 24
MEDIAN_LEAST = 32
"""I/Os of which a median says something."""
LATELY = 5
"""Views of which a histogram tells what came lately: a second of them, or two."""


class Rate:
    """Growth of a counter per second of its own clock, over the last views; 0 until two views differ in time."""

    __slots__ = ("_least", "_points", "_unit", "_window")

    def __init__(self, units_per_second: float = 1e6, window: int = WINDOW) -> None:
        self._points: deque[tuple[int, float]] = deque(maxlen=POINTS_MOST)
        self._unit = units_per_second
        self._least = SPAN_S * units_per_second
        self._window = window

    def feed(self, at: int, counter: float) -> None:
        """Take the counter's value at time *at*; a step back (a machine revived) starts afresh."""
        points = self._points
        if points:
            last_at, last = points[-1]
            if at == last_at:
                if counter != last:
                    points[-1] = (at, counter)
                return
            if at < last_at or counter < last:
                points.clear()
            elif len(points) > 2 and (last_at - points[-2][0]) * 2 < points[-2][0] - points[-3][0]:
                # A key brought this view early: a rate over so short a time would be a peak that never was.
                points[-1] = (at, counter)
                return
        points.append((at, counter))
        while len(points) > self._window and at - points[1][0] >= self._least:
            points.popleft()

    @property
    def value(self) -> float:
        """Per second."""
        if len(self._points) < 2:
            return 0.0
        (at0, first), (at1, last) = self._points[0], self._points[-1]
        return (last - first) / (at1 - at0) * self._unit if at1 > at0 else 0.0


class Share(Rate):
    """Part of the time: growth of a time counter over growth of its clock in the same unit, 0..1."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(1.0)

    @property
    def value(self) -> float:
        """0..1."""
        return min(1.0, super().value)


class History:
    """The last values of something, oldest first, bounded."""

    __slots__ = ("_values",)

    def __init__(self, length: int = HISTORY) -> None:
        self._values: deque[float] = deque(maxlen=length)

    def feed(self, value: float) -> None:
        """Append one value; the oldest falls out."""
        self._values.append(value)

    def last(self, most: int) -> list[float]:
        """The newest *most* values, oldest first."""
        values = self._values
        start = max(0, len(values) - most)
        return [values[i] for i in range(start, len(values))]

    def __len__(self) -> int:
        return len(self._values)


class Buckets:
    """What a histogram of powers of two gained over the last views."""

    __slots__ = ("_points",)

    def __init__(self, window: int = LATELY) -> None:
        self._points: deque[tuple[int, ...]] = deque(maxlen=window)

    def feed(self, counts: tuple[int, ...]) -> None:
        """Take the cumulative counts of all buckets."""
        if self._points and sum(counts) < sum(self._points[-1]):
            self._points.clear()
        self._points.append(counts)

    @property
    def gained(self) -> tuple[int, ...]:
        """Newly counted, by bucket; the whole histogram while there is one view only."""
        if not self._points:
            return ()
        last = self._points[-1]
        first = self._points[0] if len(self._points) > 1 else ()
        return tuple(n - (first[i] if i < len(first) else 0) for i, n in enumerate(last))


def median_bucket(counts: Sequence[int]) -> int | None:
    """The bucket below whose bound half of all lie; None without any."""
    total, seen = sum(counts), 0
    for bucket, number in enumerate(counts):
        seen += number
        if total and seen * 2 >= total:
            return bucket
    return None


class LockMeter:
    """A queue lock: share of time held and waited for, how often it was taken and found taken."""

    __slots__ = ("acquired", "contended", "history", "held", "holds", "waited", "waits")

    def __init__(self) -> None:
        self.holds = Buckets()
        self.waits = Buckets()
        self.held = Share()
        self.waited = Rate(1.0)
        self.acquired = Rate(1e9)
        self.contended = Rate(1e9)
        self.history = History()

    def feed(self, view: LockView, standing: bool) -> None:
        """Take a new view; while the emulated clock is *standing* nothing is counted, as real time goes on alone."""
        if standing:
            return
        self.held.feed(view.at_ns, view.held_ns)
        self.waited.feed(view.at_ns, view.waited_ns)
        self.acquired.feed(view.at_ns, view.acquired)
        self.contended.feed(view.at_ns, view.contended)
        self.history.feed(self.held.value)
        self.holds.feed(view.holds)
        self.waits.feed(view.waits)


class MdMeter:
    """A mapped device."""

    __slots__ = ("at", "completed", "depth", "dispatched", "iops", "lock", "merged", "requeued")

    def __init__(self) -> None:
        self.at = -1
        self.iops = Rate()
        self.dispatched = Rate()
        self.completed = Rate()
        self.requeued = Rate()
        self.merged = Rate()
        self.lock = LockMeter()
        self.depth = History()

    def feed(self, view: MdView, standing: bool) -> None:
        """Take a new view of the md."""
        self.lock.feed(view.lock, standing)
        if view.at == self.at:
            return
        self.at = view.at
        counters, queue = view.counters, view.queue
        self.iops.feed(view.at, counters.bios_completed)
        self.dispatched.feed(view.at, counters.dispatched)
        self.completed.feed(view.at, counters.completed)
        self.requeued.feed(view.at, counters.requeued)
        self.merged.feed(view.at, queue.merged_back + queue.merged_front + queue.merged_requests)
        self.depth.feed(queue.nr_sorted + queue.nr_dispatch)


class DeviceMeter:
    """An underlying device."""

    __slots__ = ("at", "busy", "bytes", "depth", "errors", "iops", "latency", "lock")

    def __init__(self) -> None:
        self.at = -1
        self.iops = Rate()
        self.bytes = Rate()
        self.errors = Rate()
        self.busy = Share()
        self.lock = LockMeter()
        self.latency = Buckets()
        self.depth = History()

    def feed(self, view: DeviceView, standing: bool) -> None:
        """Take a new view of the device."""
        self.lock.feed(view.lock, standing)
        if view.at == self.at:
            return
        self.at = view.at
        self.iops.feed(view.at, view.completed)
        self.bytes.feed(view.at, view.bytes)
        self.errors.feed(view.at, view.errors)
        self.busy.feed(view.at, view.busy_time)
        self.latency.feed(view.latency)
        self.depth.feed(view.nr_queued + view.nr_service)

    @property
    def median_us(self) -> int | None:
        """The time below which half of what ended lately lay; None while that is little."""
        lately = self.latency.gained
        bucket = median_bucket(lately) if sum(lately) >= MEDIAN_LEAST else None
        return None if bucket is None else 1 << bucket


class SoftirqMeter:
    """The softirq worker."""

    __slots__ = ("at", "backlog", "handled", "passes", "raised")

    def __init__(self) -> None:
        self.at = -1
        self.handled = Rate()
        self.raised = Rate()
        self.passes = Rate()
        self.backlog = History()

    def feed(self, view: SoftirqView, standing: bool) -> None:
        """Take a new view of the worker."""
        if view.at == self.at:
            return
        self.at = view.at
        self.handled.feed(view.at, view.handled)
        self.raised.feed(view.at, view.raised)
        self.passes.feed(view.at, view.passes)
        self.backlog.feed(view.backlog)


class SubmitterMeter:
    """A submitter; what ended with an error counts as no I/O done."""

    __slots__ = ("at", "bytes", "history", "iops", "latency")

    def __init__(self) -> None:
        self.at = -1
        self.iops = Rate()
        self.bytes = Rate()
        self.latency = Buckets()
        self.history = History()

    def feed(self, view: SubmitterView, standing: bool) -> None:
        """Take a new view of the submitter."""
        if view.at == self.at:
            return
        self.at = view.at
        self.iops.feed(view.at, view.completed - view.failed)
        self.bytes.feed(view.at, view.bytes)
        self.latency.feed(view.latency)
        self.history.feed(self.iops.value)
