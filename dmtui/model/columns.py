"""What happened over time, in columns of a fixed span: what the heatmaps and charts are drawn from (UI thread).

A column covers :data:`SPAN_S` seconds of real time while the emulated clock runs, so a picture moves at the same pace
at every speed; each column knows at which emulated time it began.  (While nobody is at the keys frames may come less
often: a column is never shorter than the time between two.)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from emulator.snapshot import DeviceView, MdView, SoftirqView, SubmitterView

SPAN_S = 0.25
EARLY_S = SPAN_S / 5
"""By so much a frame may come before its span is over: frames come a span apart, some a little early, and a column of
two spans beside columns of one would look like a gap or a burst that never was."""
LATE_S = 2 * SPAN_S
"""For so long a column waits for a device that has told nothing new: without it the column would show a gap that is
only the machine's being slow to tell."""
COLUMNS = 240
"""Columns kept: a minute, as many as the widest screen can show.  Policy: the oldest falls out."""

SERIES = ("iops", "reads", "writes", "bytes", "outstanding", "queue", "clones", "backlog", "lock", "requeued")
"""What a column tells: I/Os, reads, writes and bytes completed per emulated second, the most bios without an answer,
the most requests in the md queues, clones out and done-list items seen, the largest share of time that a queue lock
was held, and originals requeued per emulated second."""


@dataclass(slots=True)
class Column:
    """What was seen within one span."""

    began_us: int
    """Emulated time of its begin."""
    ended_us: int
    values: dict[str, float] = field(default_factory=dict)
    latency: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Device -> clones finished within the span by latency: bucket i counts those below 2**i us."""


class Columns:
    """The newest columns; the last one still grows."""

    def __init__(self, most: int = COLUMNS) -> None:
        self._columns: deque[Column] = deque(maxlen=most)
        self._due_s = 0.0
        self._counters: dict[str, float] = {}
        self._latency: dict[str, tuple[int, ...]] = {}
        self._base: dict[str, float] = {}
        self._base_us = -1
        self._older: dict[str, float] = {}
        self._older_us = -1
        """The same of the column before."""
        self._told: dict[str, int] = {}
        """Device -> emulated time of the view that the last column began with."""

    def feed(
        self, real_s: float, now_us: int, mds: Iterable[MdView], devices: Iterable[DeviceView],
        softirqs: Iterable[SoftirqView], submitters: Iterable[SubmitterView], lock_share: float,
        standing: bool = False,
    ) -> None:
        """Take the views of a frame; nothing happens while the emulated time stands, and steps begin no column."""
        mds, devices, submitters = list(mds), list(devices), list(submitters)
        last = self._columns[-1] if self._columns else None
        if last is not None and now_us <= last.ended_us:
            return
        counters = _counters(mds, submitters)
        if last is None or (not standing and self._is_over(real_s, devices)):
            began = last.ended_us if last is not None else now_us
            self._older, self._older_us = self._base, self._base_us
            self._base, self._base_us = (self._counters or counters), began
            last = Column(began, now_us)
            self._columns.append(last)
            self._due_s = max(self._due_s, real_s - SPAN_S / 2) + SPAN_S
            self._told = {device.name: device.at for device in devices}
        last.ended_us = now_us
        base, base_us = self._base, self._base_us
        if (now_us - base_us) * 2 < base_us - self._older_us and self._older:
            base, base_us = self._older, self._older_us  # too young for a rate of its own
        seconds = (now_us - base_us) / 1e6
        for name, value in counters.items():
            gained = value - base.get(name, value)
            last.values[name] = max(0.0, gained / seconds) if seconds > 0 else 0.0
        for name, value in _gauges(mds, softirqs, submitters, lock_share).items():
            last.values[name] = max(last.values.get(name, 0.0), value)
        for device in devices:
            self._add_latency(last, device)
        self._counters = counters

    def _is_over(self, real_s: float, devices: Iterable[DeviceView]) -> bool:
        """Whether the last column's span is, and every device has told what it did in it."""
        if real_s < self._due_s - EARLY_S:
            return False
        told = all(device.gone or device.at > self._told.get(device.name, -1) for device in devices)
        return told or real_s >= self._due_s + LATE_S

    def _add_latency(self, column: Column, device: DeviceView) -> None:
        before = self._latency.get(device.name)
        self._latency[device.name] = device.latency
        if before is None or sum(device.latency) <= sum(before):
            # The first look has no time of its own, and a revived device counts afresh.
            return
        old = before + (0,) * (len(device.latency) - len(before))
        so_far = column.latency.get(device.name, ())
        so_far += (0,) * (len(device.latency) - len(so_far))
        column.latency[device.name] = tuple(
            have + new - gone for have, new, gone in zip(so_far, device.latency, old, strict=False)
        )

    def last(self, most: int) -> list[Column]:
        """The newest *most* columns, oldest first."""
        start = max(0, len(self._columns) - most)
        return [self._columns[i] for i in range(start, len(self._columns))]

    def series(self, name: str, most: int) -> list[float]:
        """One of :data:`SERIES`, oldest first."""
        return [column.values.get(name, 0.0) for column in self.last(most)]

    def __len__(self) -> int:
        return len(self._columns)


def _counters(mds: list[MdView], submitters: list[SubmitterView]) -> dict[str, float]:
    return {
        "iops": sum(view.completed - view.failed for view in submitters),
        "reads": sum(view.reads for view in submitters),
        "writes": sum(view.writes for view in submitters),
        "bytes": sum(view.bytes for view in submitters),
        "requeued": sum(md.counters.requeued for md in mds),
    }


def _gauges(
    mds: list[MdView], softirqs: Iterable[SoftirqView], submitters: list[SubmitterView], lock_share: float
) -> Mapping[str, float]:
    return {
        "outstanding": sum(view.outstanding for view in submitters),
        "queue": sum(md.queue.nr_sorted + md.queue.nr_dispatch for md in mds),
        "clones": sum(md.nr_in_flight for md in mds),
        "backlog": sum(worker.backlog for worker in softirqs),
        "lock": lock_share,
    }
