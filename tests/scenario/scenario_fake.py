"""A runtime that plays a script instead of machines, and views made by hand: what the director's tests need."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from emulator.commands import ClockCommand, Command, Outcome
from emulator.events import Event
from emulator.plan import Plan
from emulator.runtime.api import MachineKind, ProcessInfo, turn_clock
from emulator.snapshot import (
    DeviceView,
    FaultView,
    GroupView,
    LockView,
    MdCounters,
    MdView,
    PathView,
    QueueView,
    RequestView,
    SoftirqView,
    SubmitterView,
    TargetView,
    View,
)

Script = list[tuple[int, str, str, dict[str, Any]]]
"""(at_us, machine, kind, details), in order."""


class FakeRuntime:
    """Its clock jumps to whatever comes next; *look* makes the views for a time; answers come by verb."""

    def __init__(
        self,
        plan: Plan,
        look: Callable[[int], Mapping[str, View]] = lambda now: {},
        script: Script | None = None,
        answers: Mapping[str, Outcome | None] | None = None,
    ) -> None:
        self.plan = plan
        self._look = look
        self._script = list(script or [])
        self._answers = dict(answers or {})
        self._now = 0
        self._views: Mapping[str, View] = {}
        self._outcomes: dict[int, Outcome] = {}
        self.submitted: list[tuple[int, Command]] = []
        self.asked: list[int] = []
        self._failed = ""
        self.dies_at: tuple[int, str] | None = None
        self.paused = False
        self.speed = plan.speed
        self.closed = False
        kinds: dict[str, MachineKind] = {spec.name: "md" for spec in plan.mds}
        kinds |= {spec.name: "device" for spec in plan.devices}
        kinds |= {spec.name: "submitter" for spec in plan.submitters}
        self._processes = {name: ProcessInfo(name, kind, 0, "RUNNING", None, "", 0) for name, kind in kinds.items()}

    def now_us(self) -> int:
        return self._now

    def advance(self, timeout_s: float) -> list[Event]:
        return self.advance_until(self._now + int(timeout_s * 1e6), timeout_s)

    def advance_until(self, at_us: int, timeout_s: float) -> list[Event]:
        goal = min(at_us, self._now + int(timeout_s * 1e6))
        if self.dies_at is not None and self.dies_at[0] <= goal:
            self._failed = self.dies_at[1]
        if self._script and self._script[0][0] <= goal:
            at, machine, kind, details = self._script.pop(0)
            self._now = max(self._now, at)
            return [Event(at, at, machine, kind, details)]
        self._now = max(self._now, goal)
        return []

    def wake_by(self, fd: int) -> None:
        """It never waits."""

    def submit(self, command: Command) -> int:
        self.submitted.append((self._now, command))
        serial = len(self.submitted)
        outcome = self._answers.get(command.verb, Outcome(0, "done"))
        if isinstance(command, ClockCommand):
            outcome = Outcome(*turn_clock(self, command))
        if outcome is not None:
            self._outcomes[serial] = outcome
        return serial

    def outcome(self, serial: int) -> Outcome | None:
        return self._outcomes.pop(serial, None)

    def ask(self, most: int = 64, machines: Collection[str] | None = None) -> None:
        self.asked.append(most)
        self._views = self._look(self._now)

    def views(self) -> Mapping[str, View]:
        return self._views

    def processes(self) -> Mapping[str, ProcessInfo]:
        return self._processes

    def pause(self) -> None:
        self.paused = True

    def go(self) -> None:
        self.paused = False

    def set_speed(self, speed: float) -> None:
        self.speed = speed

    @property
    def failed(self) -> str:
        return self._failed

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> FakeRuntime:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


LOCK = LockView("L", "", (), 0, 0, 0, 0, 0, 0, 0, 0)


def request(id: int, state: str, path: str = "", bios: int = 1, age: int = 0) -> RequestView:
    return RequestView(id, "R", 0, 8, bios, age, state, path=path)


def submitter(at: int = 0, name: str = "app", **values: Any) -> SubmitterView:
    fields: dict[str, Any] = {
        "running": True, "outstanding": 0, "oldest": 0, "submitted": 100, "completed": 100, "failed": 0, "reads": 100,
        "writes": 0, "bytes": 0, "verified": 0, "corruption": 0, "overdue": 0, "p50": 200, "p95": 300, "p99": 400,
        "latency_max": 500, "latency": (),
    }
    return SubmitterView(name=name, target="mpatha", at=at, **{**fields, **values})


def path(name: str, active: bool = True) -> PathView:
    return PathView(name, "8:0", active, 0, 0, 0, False, False)


def md(at: int = 0, name: str = "mpatha", paths: tuple[PathView, ...] = (), **values: Any) -> MdView:
    queue = QueueView("deadline", (), 0, (), 0, (0, 0), False, False, 128, (0, 0), (False, False), (0, 0), 7, 3, 1)
    target = TargetView(
        "multipath", (GroupView(1, "A", "round-robin", paths),), False, False, False, 0,
        sum(path.active for path in paths), "", "",
    )
    fields: dict[str, Any] = {
        "dev": "253:0", "era": "2.6.31", "state": "RUNNING", "noflush": False, "inactive_table": "",
        "completion": "softirq", "queue": queue, "lock": LOCK, "in_flight": (), "nr_in_flight": 0, "target": target,
        "event_nr": 0, "counters": MdCounters(bios=100, bios_completed=100), "waiting": (),
    }
    return MdView(name=name, at=at, **{**fields, **values})


def device(at: int = 0, name: str = "sda", **values: Any) -> DeviceView:
    fields: dict[str, Any] = {
        "dev": "8:0", "lun": "lun0", "gone": False, "queue": (), "nr_queued": 0, "service": (), "nr_service": 0,
        "depth": 32, "busy": False, "busy_why": "", "lock": LOCK, "faults": (), "completed": 50, "errors": 2,
        "bytes": 0, "busy_time": 1500, "inserted": 52, "latency": (),
    }
    return DeviceView(name=name, at=at, **{**fields, **values})


def softirq(at: int = 0, **values: Any) -> SoftirqView:
    fields: dict[str, Any] = {
        "done": (), "backlog": 0, "backlog_max": 4, "passes": 0, "restarts": 0, "ksoftirqd": 0, "handled": 0,
        "raised": 0, "stalled": False, "delay": 0, "faults": (),
    }
    return SoftirqView(name="softirq", at=at, **{**fields, **values})


def fault(name: str, armed: int, fired: int) -> FaultView:
    return FaultView(name, "error", "sda", "error EIO", armed, fired, 0, 0)


BASE = """\
name: story
about: Something happens.
duration: 1s
luns:
  - {name: lun0, size: 1GiB}
devices:
  - {name: sda, lun: lun0}
  - {name: sdb, lun: lun0}
mds:
  - name: mpatha
    table: 0 2097152 multipath 0 0 1 1 round-robin 0 2 0 sda sdb
submitters:
  - {name: app, target: mpatha, rate: 100}
"""
"""A scenario with nothing wrong in it, to which tests add."""
