"""What looks wrong over time, found from frame to frame; each warning knows the moment where it began (UI thread).

A banner (:mod:`dmtui.model.alerts`) says what holds at this moment; a warning stays after it is over, so that a person
who looked away can go to its moment in the log.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dmtui.model.alerts import stands_still
from dmtui.model.meters import MdMeter
from dmtui.model.numbers import count, many, micros, nanos, percent
from dmtui.model.selection import Key
from emulator.events import Event
from emulator.snapshot import DeviceView, MdView, SoftirqView

MOST = 64
"""Warnings kept.  Policy: the oldest that is over is forgotten first."""
LOCK_NS = 100_000_000
"""Real time for which a queue lock may be held at once."""
LOCK_SHARE = 0.9
REQUEUES = 100
"""Originals requeued per emulated second that make a storm."""
FLAPS = 3
"""Failures of one path within :data:`FLAP_US`."""
FLAP_US = 5_000_000
BACKLOG = 32
"""Finished clones on a done list that make a backlog, if they only grow."""
GROWING = 3
"""Looks in a row at which a backlog grew."""
SLOW = 4
"""How often the others' time a path must take to be called slow."""
BUSY_US = 100_000
"""Emulated time for which a device says busy, with clones on its queue, before that is told."""
QUIET_US = 1_000_000
"""Emulated time after which a warning that was not seen again is over."""


@dataclass(slots=True)
class Warning:
    """Something that looks wrong."""

    kind: str
    """``lock held``, ``requeue storm``, ``backlog growing``, ``path flapping``, ``slow path``, ``device busy``,
    ``invariant``."""
    key: Key
    """What it is about."""
    text: str
    since_us: int
    """Emulated time at which it began: its moment."""
    last_us: int
    over: bool = False

    @property
    def name(self) -> str:
        """Its identity, whatever row it stands in."""
        return f"{self.kind} {self.key.name} {self.since_us}"


def _wanted(mds: Iterable[MdView]) -> frozenset[str]:
    """Paths in use of mds on whose queue requests wait: those that say busy keep them there."""
    return frozenset(
        path.name for md in mds if md.target is not None and md.queue.nr_sorted + md.queue.nr_dispatch
        for group in md.target.groups for path in group.paths if path.active
    )


class Watch:
    """All warnings, newest last."""

    def __init__(self) -> None:
        self._all: dict[tuple[str, str], Warning] = {}
        self._ended: deque[Warning] = deque(maxlen=MOST)
        self._failures: dict[str, deque[int]] = {}
        self._backlogs: dict[str, tuple[int, int, int]] = {}
        self._held_max: dict[str, int] = {}
        self._busy_since: dict[str, int] = {}

    @property
    def all(self) -> list[Warning]:
        """Those that hold first, then those that are over, newest first."""
        return [*reversed(self._all.values()), *reversed(self._ended)]

    @property
    def holding(self) -> int:
        """How many hold now."""
        return len(self._all)

    def feed(
        self, now_us: int, mds: Iterable[MdView], devices: Iterable[DeviceView], softirqs: Iterable[SoftirqView],
        meters: Mapping[str, MdMeter], medians: Mapping[str, int], events: Iterable[Event],
    ) -> None:
        """Look at a frame; *medians* is the time (us) below which half of each device's clones lately ended."""
        mds = list(mds)
        for md in mds:
            self._lock(now_us, md, meters.get(md.name))
        for worker in softirqs:
            self._backlog(now_us, worker)
        devices = list(devices)
        self._slow(now_us, devices, medians)
        self._busy(now_us, devices, _wanted(mds))
        for event in events:
            self._event(event)
        self._end(now_us)

    def _lock(self, now_us: int, md: MdView, meter: MdMeter | None) -> None:
        key, longest = Key("md", md.name), md.lock.held_ns_max
        if longest > max(LOCK_NS, self._held_max.get(md.name, 0)):
            self._held_max[md.name] = longest
            holder = f" by {md.lock.holder}" if md.lock.holder else ""
            self._say("lock held", key, f"queue lock held for {nanos(longest)} at once{holder}", now_us)
        if meter is None:
            return
        if meter.lock.held.value > LOCK_SHARE:
            self._say("lock busy", key, f"queue lock held {percent(meter.lock.held.value)} of the time", now_us)
        pace = meter.requeued.value
        if pace > REQUEUES and pace > 0.2 * meter.completed.value:
            self._say("requeue storm", key, f"{count(pace)} originals a second go back to the md queue", now_us)

    def _backlog(self, now_us: int, worker: SoftirqView) -> None:
        at, last, grown = self._backlogs.get(worker.name, (-1, 0, 0))
        if worker.at <= at:
            return
        grown = grown + 1 if worker.backlog > last else 0 if worker.backlog < last else grown
        self._backlogs[worker.name] = (worker.at, worker.backlog, grown)
        if grown >= GROWING and worker.backlog >= BACKLOG:
            text = f"{count(worker.backlog)} finished clones on the done list, and more each time"
            self._say("backlog growing", Key("softirq", worker.name), text, now_us)

    def _slow(self, now_us: int, devices: Iterable[DeviceView], medians: Mapping[str, int]) -> None:
        shown = [device for device in devices if device.name in medians and not device.gone]
        for device in shown:
            others = [medians[other.name] for other in shown if other.lun == device.lun and other is not device]
            if others and medians[device.name] >= SLOW * max(others):
                mine, theirs = micros(medians[device.name]), micros(max(others))
                text = f"half of its clones take up to {mine}, the others' {theirs}"
                self._say("slow path", Key("device", device.name), text, now_us)

    def _busy(self, now_us: int, devices: Iterable[DeviceView], wanted: frozenset[str]) -> None:
        for device in devices:
            if not stands_still(device) or not (device.nr_queued or device.name in wanted):
                self._busy_since.pop(device.name, None)
                continue
            since_us = self._busy_since.setdefault(device.name, now_us)
            if now_us - since_us >= BUSY_US:
                text = f"{device.busy_why}: nothing taken into service"
                if device.nr_queued:
                    text += f", {many(device.nr_queued, 'clone')} wait{'s' * (device.nr_queued == 1)} there"
                self._say("device busy", Key("device", device.name), text, now_us, since_us)

    def _event(self, event: Event) -> None:
        if event.kind == "path_failed":
            path = str(event.details.get("path", ""))
            times = self._failures.setdefault(path, deque(maxlen=FLAPS))
            times.append(event.at_us)
            if len(times) == FLAPS and times[-1] - times[0] <= FLAP_US:
                span = micros(times[-1] - times[0])
                text = f"failed {FLAPS} times within {span}"
                self._say("path flapping", Key("device", path), text, event.at_us, times[0])
        elif event.kind == "invariant":
            text = f"{event.details.get('id', '?')}: {event.details.get('text', '')}"
            self._say("invariant", Key("md", event.machine), text, event.at_us)

    def _say(self, kind: str, key: Key, text: str, now_us: int, since_us: int | None = None) -> None:
        known = self._all.get((kind, key.name))
        if known is None:
            began = now_us if since_us is None else since_us
            self._all[(kind, key.name)] = Warning(kind, key, text, began, now_us)
            while len(self._all) > MOST:
                self._all.pop(next(iter(self._all)))
        else:
            known.text, known.last_us = text, now_us

    def _end(self, now_us: int) -> None:
        for name, warning in list(self._all.items()):
            if now_us - warning.last_us > QUIET_US:
                warning.over = True
                self._ended.append(self._all.pop(name))
