"""The model: frames go in, what the panels draw comes out.  Owned by the UI thread; knows nothing of Textual.

``version`` grows whenever something that can be drawn changed: the screen skips a frame while it stands.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from dmtui.keymap import NAMES
from dmtui.model import alerts
from dmtui.model.blame import Blame
from dmtui.model.columns import Columns
from dmtui.model.frame import Coming, Frame, Story, Verdict
from dmtui.model.lanes import SLOW_MOST, LanesView, Pending
from dmtui.model.listing import Lists
from dmtui.model.log import Log, LogLine, Tone, describe, describe_done, describe_ended
from dmtui.model.mds import checked, upper_first
from dmtui.model.meters import (
    DeviceMeter,
    History,
    LockMeter,
    MdMeter,
    Rate,
    SoftirqMeter,
    SubmitterMeter,
)
from dmtui.model.selection import Selection
from dmtui.model.story import look
from dmtui.model.talk import Transcript
from dmtui.model.warnings import Watch
from emulator.events import Event
from emulator.plan import FaultSpec, Plan
from emulator.runtime.api import ProcessInfo
from emulator.snapshot import (
    DeviceView,
    FaultView,
    MdView,
    MultipathdView,
    PathView,
    SoftirqView,
    SubmitterView,
    View,
)

_IDLE = LockMeter()


RECENT_MOST = 64
"""Frames of which the devices are remembered.  Policy: the oldest are forgotten."""


class Model:
    """Everything that is on the screen."""

    def __init__(self) -> None:
        self.version = 0
        self.glimpses = 0
        """Grows with every frame that only moved the picture."""
        self.coming: Coming | None = None
        """How far the start of the processes is, before the first frame."""
        self.keys = NAMES  # how the key of each action is written: a person may have remapped some
        self.frozen = False
        """Whether the view stands while the emulator goes on."""
        self.selection = Selection()
        self.log = Log()
        self.talk = Transcript()
        self.lists = Lists()
        self.story = Story("", "", Plan(""))
        self._start(self.story)

    def _start(self, story: Story) -> None:
        self.story = story
        self.lists.chosen = None
        self.now_us = 0
        self.real_s = 0.0
        self.paused = False
        self.speed = 1.0
        self.failed = ""
        self.verdict: Verdict | None = None
        self.dropped = 0
        self.injected: Mapping[str, FaultSpec] = {}
        self.waiting: tuple[str, ...] = ()
        self.words: Mapping[str, Sequence[str]] = {}
        self.processes: dict[str, ProcessInfo] = {}
        self.mds: list[MdView] = []
        self.devices: list[DeviceView] = []
        self.softirqs: list[SoftirqView] = []
        self.submitters: list[SubmitterView] = []
        self.md_meters: dict[str, MdMeter] = {}
        self.device_meters: dict[str, DeviceMeter] = {}
        self.softirq_meters: dict[str, SoftirqMeter] = {}
        self.submitter_meters: dict[str, SubmitterMeter] = {}
        self.iops_history = History()
        self.columns = Columns()
        self.watch = Watch()
        self.pending: Pending | None = None
        """What waits to go next while the clock stands, if somebody looks."""
        self.lanes: LanesView | None = None
        self.checked: Mapping[str, str] = {}
        """Path -> what multipathd says of it, last: up, down, ghost …; nothing where it does not run."""
        self.recent: deque[tuple[int, list[DeviceView]]] = deque(maxlen=RECENT_MOST)
        """When each of the newest frames was, and the devices as they were then."""
        self.glimpsed: Frame | None = None
        """The newest frame that only moved the picture; None once a whole one has come behind it."""
        self._charted = -1
        self.pace = Rate(1.0)
        """Emulated microseconds per real second."""
        self.alerts: list[alerts.Alert] = []
        self.sight = look((), (), ())
        self._deadlock: Event | None = None
        self._blame = Blame()
        self._invariants: deque[Event] = deque(maxlen=16)
        self._limits = {spec.name: spec.wait_limit for spec in story.plan.submitters}
        self._order = [m.name for m in story.plan.mds] + [d.name for d in story.plan.devices]
        self._order += [s.name for s in story.plan.submitters]

    # -- in --------------------------------------------------------------------------------------------------

    def apply(self, frame: Frame) -> None:
        """Take a frame of the reader thread."""
        if frame.story.serial != self.story.serial or not self.story.name:
            self._start(frame.story)
            self.log.start_again()
            self.log.append(LogLine(0, "»", "mine", "dmtui", "scenario", f"scenario {frame.story.name}"))
        self.now_us, self.real_s = frame.now_us, frame.real_s
        self.paused, self.speed, self.failed = frame.paused, frame.speed, frame.failed
        self.dropped, self.injected = frame.dropped, frame.injected
        self.pending, self.lanes, self.glimpsed = frame.pending, frame.lanes, None
        self.processes = dict(frame.processes)
        self.pace.feed(round(frame.real_s * 1e6), frame.now_us)
        for event in frame.events:
            self._notice(event)
        for done in frame.done:
            self.log.append(describe_done(done))
        self._listen(frame)
        if frame.verdict is not None:
            self._judge(frame.verdict)
        self._sort_views(frame.views.values())
        self.recent.append((self.now_us, self.devices))
        self._feed_meters()
        self._watch(frame.events)
        self._offer()
        self.sight = look(
            self.mds, self.devices, self.submitters, self._stuck_lock, bool(self.failed), self.softirqs, self._blame,
            self.gone_luns,
        )
        self.alerts = self._alerts()
        self.version += 1

    def glimpse(self, frame: Frame) -> None:
        """Take a frame that moves the picture and nothing else: what is read stands until the next whole one."""
        self.now_us, self.real_s, self.lanes = frame.now_us, frame.real_s, frame.lanes
        self.recent.append((self.now_us, [view for view in frame.views.values() if isinstance(view, DeviceView)]))
        self.glimpsed = frame
        self.glimpses += 1

    def apply_behind(self, frame: Frame) -> None:
        """Take of a frame that the frozen view does not show what is no part of it: clock, end, console, what waits."""
        clock = (self.paused, self.speed, self.failed)
        self.pending = frame.pending
        self.paused, self.speed, self.failed = frame.paused, frame.speed, frame.failed
        if frame.said or frame.waiting != self.waiting:
            self.talk.extend(frame.said)
            self.waiting, self.words = frame.waiting, frame.words
            self.version += 1
        if clock != (frame.paused, frame.speed, frame.failed):
            self.notice_standing()

    @contextmanager
    def as_in(self, frame: Frame) -> Iterator[None]:
        """Within it the machines are as *frame* says: a key acts on what is, whatever the screen shows."""
        shown_us, self.now_us = self.now_us, frame.now_us
        shown = (self.processes, self.mds, self.devices, self.softirqs, self.submitters, self.checked)
        self.processes, self.injected = dict(frame.processes), frame.injected
        self._sort_views(frame.views.values())
        try:
            yield
        finally:
            self.now_us = shown_us
            self.processes, self.mds, self.devices, self.softirqs, self.submitters, self.checked = shown

    def say_line(self, line: str) -> None:
        """A line was typed in the console."""
        self.say(LogLine(self.now_us, "»", "mine", "you", "line", line))

    def _listen(self, frame: Frame) -> None:
        self.waiting, self.words = frame.waiting, frame.words
        self.talk.extend(frame.said)
        for ended in frame.ended:
            if ended.rc != 0 or ended.waited:
                self.log.append(describe_ended(ended, frame.now_us))

    def notice_standing(self) -> None:
        """The view was frozen or goes on: its banner comes or goes."""
        self.alerts = self._alerts()
        self.version += 1

    def touch(self) -> None:
        """Something outside of frames changed what is drawn (the selection)."""
        self.version += 1

    def say(self, line: LogLine) -> None:
        """Add a line of the app's own to the log."""
        self.log.append(line)
        self.version += 1

    def _notice(self, event: Event) -> None:
        self.log.append(describe(event))
        self._blame.feed(event)
        if event.kind == "deadlock":
            self._deadlock = event
        elif event.kind == "deadlock_broken":
            self._deadlock = None
        elif event.kind == "invariant":
            self._invariants.append(event)

    def _judge(self, verdict: Verdict) -> None:
        if self.verdict is not None:
            return
        self.verdict = verdict
        total = verdict.held + len(verdict.broken) + verdict.open
        if not total:
            return
        not_judged = f", {verdict.open} could not be judged" if verdict.open else ""
        held = f"{verdict.held} of {total} expectations held{not_judged}"
        over = f"scenario's time is over: {held}; the load goes on"
        text = f"the emulation ended early: {held}" if self.failed else over
        tone: Tone = "bad" if verdict.broken else "warn" if verdict.open else "good"
        self.log.append(LogLine(self.now_us, "»", tone, "dmtui", "verdict", text))
        for broken in verdict.broken:
            self.log.append(LogLine(self.now_us, "×", "bad", "dmtui", "verdict", f"did not hold: {broken}"))

    def _sort_views(self, views: Iterable[View]) -> None:
        mds, devices, softirqs, submitters = [], [], [], []
        for view in views:
            if isinstance(view, MdView):
                mds.append(view)
            elif isinstance(view, DeviceView):
                devices.append(self._as_it_is(view))
            elif isinstance(view, SoftirqView):
                softirqs.append(view)
            elif isinstance(view, MultipathdView):
                self.checked = {path.name: checked(path) for path in view.paths}
            elif isinstance(view, SubmitterView) and (view.submitted or view.name in self._limits):
                # The console's machine is an application only once a line of it has read or written.
                # A dead one waits for nothing; only that of the console can be dead while the emulation goes on.
                waits = self.failed or not self.is_dead(view.name)
                submitters.append(view if waits else replace(view, outstanding=0, overdue=0, oldest=0))
        rank = {name: i for i, name in enumerate(self._order)}
        last = len(rank)
        self.mds = upper_first(sorted(mds, key=lambda view: (rank.get(view.name, last), view.name)))
        self.devices = sorted(devices, key=lambda view: (rank.get(view.name, last), view.name))
        self.submitters = sorted(submitters, key=lambda view: (rank.get(view.name, last), view.name))
        self.softirqs = softirqs

    def is_dead(self, name: str) -> bool:
        """Whether the process that plays a machine is gone."""
        process = self.processes.get(name)
        return process is not None and process.state in ("EXITED", "KILLED")

    @property
    def gone_luns(self) -> list[str]:
        """The LUNs whose process is gone."""
        return [name for name, process in self.processes.items() if process.kind == "lun" and self.is_dead(name)]

    def _as_it_is(self, view: DeviceView) -> DeviceView:
        """The view, or, when nobody plays the device any more, what is left of it: its last view lies from then on."""
        if not self.is_dead(view.name):
            return view
        return replace(
            view, gone=True, queue=(), nr_queued=0, service=(), nr_service=0, busy=False, faults=(),
            lock=replace(view.lock, holder="", waiters=()),
        )

    def _feed_meters(self) -> None:
        for md in self.mds:
            self.md_meters.setdefault(md.name, MdMeter()).feed(md, self.paused)
        for device in self.devices:
            if self.is_dead(device.name):
                self.device_meters.pop(device.name, None)
            self.device_meters.setdefault(device.name, DeviceMeter()).feed(device, self.paused)
        for worker in self.softirqs:
            self.softirq_meters.setdefault(worker.name, SoftirqMeter()).feed(worker, self.paused)
        for submitter in self.submitters:
            self.submitter_meters.setdefault(submitter.name, SubmitterMeter()).feed(submitter, self.paused)
        if self.failed:
            # Nothing moves any more: what the meters hold is the pace of before.
            for kept in (self.md_meters, self.device_meters, self.softirq_meters, self.submitter_meters):
                kept.clear()
        if self.submitters and any(view.at > self._charted for view in self.submitters):
            self._charted = max(view.at for view in self.submitters)
            self.iops_history.feed(self.iops)

    def _watch(self, events: Iterable[Event]) -> None:
        share = max((self.lock_meter(md.name).held.value for md in self.mds), default=0.0)
        self.columns.feed(
            self.real_s, self.now_us, self.mds, self.devices, self.softirqs, self.submitters, share, self.paused
        )
        medians: dict[str, int] = {}
        for device in self.devices:
            meter = self.device_meters.get(device.name)
            if meter is not None and (median_us := meter.median_us) is not None:
                medians[device.name] = median_us
        self.watch.feed(self.now_us, self.mds, self.devices, self.softirqs, self.md_meters, medians, events)

    def _offer(self) -> None:
        self.selection.offer("md", [md.name for md in self.mds])
        self.selection.offer("device", [device.name for device in self.devices])
        self.selection.offer("submitter", [view.name for view in self.submitters if view.name in self._limits])
        self.selection.offer("warning", [warning.name for warning in self.watch.all])
        self.selection.offer("softirq", [worker.name for worker in self.softirqs])

    def _alerts(self) -> list[alerts.Alert]:
        standing = [
            *alerts.deadlock(self._deadlock),
            *alerts.data(self.submitters, self._limits, self._invariants),
            *alerts.vanished(self.gone_luns),
            *alerts.no_path(self.mds, self.gone_luns),
            *alerts.workers(self.softirqs, self.devices),
            *alerts.busy(self.devices),
            *alerts.suspended(self.mds),
            *alerts.standing(self.paused),
        ]
        if self.failed:
            # There is nothing left that their keys could act on.
            standing = [*alerts.broken_emulation(self.failed), *(replace(alert, hint="") for alert in standing)]
        return [*standing, *alerts.frozen(self.frozen, self.now_us, self.paused, bool(self.failed))]

    # -- out -------------------------------------------------------------------------------------------------

    @property
    def iops(self) -> float:
        """Bios completed to the applications, per emulated second."""
        return 0.0 if self.failed else sum(meter.iops.value for meter in self.submitter_meters.values())

    @property
    def fine(self) -> bool:
        """Whether time passes so slowly, or in steps so small, that milliseconds would seem to stand."""
        return self.paused or self.speed <= SLOW_MOST

    @property
    def deadlocked(self) -> Event | None:
        """The deadlock that was found and not yet broken."""
        return self._deadlock

    @property
    def _stuck_lock(self) -> str:
        event = self._deadlock
        return str(event.details.get("lock", event.machine)) if event else ""

    @property
    def md(self) -> MdView | None:
        """The selected md."""
        return self.find_md(self.selection.name("md"))

    @property
    def device(self) -> DeviceView | None:
        """The selected device."""
        name = self.selection.name("device")
        return next((view for view in self.devices if view.name == name), None)

    @property
    def submitter(self) -> SubmitterView | None:
        """The selected submitter."""
        name = self.selection.name("submitter")
        return next((view for view in self.submitters if view.name == name), None)

    def find_md(self, name: str) -> MdView | None:
        """The md of that name."""
        return next((view for view in self.mds if view.name == name), None)

    def lock_meter(self, md: str) -> LockMeter:
        """The meter of an md's queue lock."""
        meter = self.md_meters.get(md)
        return meter.lock if meter else _IDLE

    def paths_to(self, name: str) -> list[tuple[MdView, int, str, PathView]]:
        """Where a device (or lower md) is a path: (md, group number, group state, path)."""
        return [
            (md, group.number, group.state, path)
            for md in self.mds if md.target
            for group in md.target.groups
            for path in group.paths if path.name == name
        ]

    def faults(self) -> list[FaultView]:
        """Every fault in force, by target then name."""
        found = [fault for device in self.devices for fault in device.faults]
        found += [fault for worker in self.softirqs for fault in worker.faults]
        found += [fault for md in self.mds for fault in md.faults]
        return sorted(found, key=lambda fault: (fault.target, fault.name))
