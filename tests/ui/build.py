"""Hand-made views of a believable emulator, for tests and for looking at the screen without any process."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from dmtui.model.frame import Frame, Story
from emulator.events import Event
from emulator.plan import DeviceSpec, Distribution, LunSpec, MdSpec, Plan, SubmitterSpec
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


def plan(devices: int = 2, mds: int = 1) -> Plan:
    """A plan with one LUN behind *devices* paths, and *mds* mapped devices stacked on each other."""
    names = [f"sd{chr(97 + i)}" for i in range(devices)]
    return Plan(
        "one-path-fails",
        luns=(LunSpec("lun0", 262144),),
        devices=tuple(
            DeviceSpec(name, "lun0", f"8:{16 * i}", service=Distribution("exponential", 200))
            for i, name in enumerate(names)
        ),
        mds=tuple(MdSpec(f"mpath{chr(97 + i)}", f"253:{i}", "0 262144 multipath ...") for i in range(mds)),
        submitters=(
            SubmitterSpec("db", "mpatha", depth=16, jobs=2, read_share=0.7),
            SubmitterSpec("backup", "mpatha", depth=8, pattern="sequential", read_share=0.0, block_sizes=((256, 1.0),)),
        ),
    )


def story(serial: int = 1, **kwargs: int) -> Story:
    """The story of that plan."""
    about = "One of two paths fails under load. Watch the errors stop at the clone: the application sees none."
    return Story("one-path-fails", about, plan(**kwargs), serial)


def request(rng: Random, id: int, state: str, **kwargs: Any) -> RequestView:
    """A request of a usual size."""
    sectors = rng.choice([8, 8, 8, 16, 32, 128, 256])
    fields: dict[str, Any] = {
        "op": rng.choice("RRRW"), "sector": rng.randrange(0, 262144, 8), "sectors": sectors,
        "bios": max(1, sectors // 16), "age": rng.randrange(20, 4000), "state": state, "owner": "db",
    }
    return RequestView(id=id, **(fields | kwargs))


def lock(name: str, tick: int, **kwargs: Any) -> LockView:
    """A queue lock that is held for a fifth of the time."""
    fields: dict[str, Any] = {
        "holder": "C1 submit db:0" if tick % 3 else "", "waiters": ("softirq",) if tick % 4 == 1 else (),
        "acquired": 900 * tick, "contended": 60 * tick, "held_ns": 10_000_000 * tick, "held_ns_max": 210_000,
        "waited_ns": 900_000 * tick, "waited_ns_max": 95_000, "waiters_max": 3, "at_ns": 50_000_000 * tick,
    }
    return LockView(name, **(fields | kwargs))


def queue(rng: Random, tick: int, **kwargs: Any) -> QueueView:
    """An md queue with work in the elevator and on the dispatch list."""
    waiting = tuple(request(rng, 100 + i, "SORTED") for i in range(14))
    front = (request(rng, 90, "PREPPED", flags="SP"), request(rng, 91, "LISTED"))
    fields: dict[str, Any] = {
        "elevator": "deadline", "sorted": waiting, "nr_sorted": 14, "dispatch": front, "nr_dispatch": 2,
        "in_flight": (6, 2), "plugged": False, "stopped": False, "nr_requests": 128, "allocated": (18, 6),
        "full": (False, False), "sleepers": (0, 0), "merged_back": 40 * tick, "merged_front": tick,
        "merged_requests": tick // 4,
    }
    return QueueView(**(fields | kwargs))


def target(paths: list[PathView], **kwargs: Any) -> TargetView:
    """A multipath target with one group."""
    valid = sum(path.active for path in paths)
    fields: dict[str, Any] = {
        "type": "multipath", "groups": (GroupView(1, "A", "round-robin", tuple(paths)),), "queue_if_no_path": False,
        "saved_queue_if_no_path": False, "queue_io": False, "queued": 0, "nr_valid_paths": valid,
        "table": "0 0 1 1 round-robin 0 2 1 8:0 1000 8:16 1000", "status": "2 0 0 0 1 1 A 0 2 0",
    }
    return TargetView(**(fields | kwargs))


def md(rng: Random, tick: int, names: list[str], name: str = "mpatha", **kwargs: Any) -> MdView:
    """A running mapped device over devices of those names."""
    paths = [
        PathView(each, f"8:{16 * i}", True, 0, 4, 16384, False, current=i == tick % len(names))
        for i, each in enumerate(names)
    ]
    flying = tuple(
        request(rng, 10 + i, "DONE_PENDING" if i == 0 else "ISSUED", path=names[i % len(names)]) for i in range(8)
    )
    counters = MdCounters(
        bios=400 * tick, bios_completed=400 * tick - 20, requests=300 * tick, dispatched=300 * tick - 8,
        completed=300 * tick - 20, busy_stops=0,
    )
    fields: dict[str, Any] = {
        "dev": "253:0", "at": 50_000 * tick, "era": "2.6.31", "state": "RUNNING", "noflush": False,
        "inactive_table": "", "completion": "softirq", "queue": queue(rng, tick), "lock": lock(name, tick),
        "in_flight": flying, "nr_in_flight": 8, "target": target(paths), "event_nr": 0, "counters": counters,
        "waiting": (),
    }
    return MdView(name, **(fields | kwargs))


def device(rng: Random, tick: int, name: str, index: int, **kwargs: Any) -> DeviceView:
    """A healthy device under load."""
    fields: dict[str, Any] = {
        "dev": f"8:{16 * index}", "lun": "lun0", "at": 50_000 * tick, "gone": False,
        "queue": tuple(request(rng, 50 + i, "QUEUED", owner="mpatha") for i in range(2)), "nr_queued": 2,
        "service": tuple(request(rng, 60 + i, "STARTED", owner="mpatha") for i in range(4)), "nr_service": 4,
        "depth": 32, "busy": False, "busy_why": "", "lock": lock(name, tick, held_ns=2_000_000 * tick), "faults": (),
        "completed": 150 * tick, "errors": 0, "bytes": 614_400 * tick, "busy_time": 40_000 * tick,
        "inserted": 152 * tick, "latency": tuple([0] * 6 + [10 * tick, 80 * tick, 50 * tick, 10 * tick]),
    }
    return DeviceView(name, **(fields | kwargs))


def softirq(tick: int, **kwargs: Any) -> SoftirqView:
    """A softirq worker that keeps up."""
    fields: dict[str, Any] = {
        "at": 50_000 * tick, "done": ("mpatha#12", "mpatha#17"), "backlog": tick % 4, "backlog_max": 11,
        "passes": 70 * tick, "restarts": 9 * tick, "ksoftirqd": 1, "handled": 300 * tick, "raised": 300 * tick + 2,
        "stalled": False, "delay": 0, "faults": (),
    }
    return SoftirqView("softirq", **(fields | kwargs))


def submitter(tick: int, name: str = "db", **kwargs: Any) -> SubmitterView:
    """A submitter whose bios all succeed."""
    wobble = (tick * 7) % 11
    fields: dict[str, Any] = {
        "target": "mpatha", "at": 50_000 * tick, "running": True, "outstanding": 24 + tick % 8, "oldest": 3400,
        "submitted": 400 * tick + 28, "completed": 400 * tick - wobble * 8, "failed": 0, "reads": 280 * tick,
        "writes": 120 * tick, "bytes": 1_638_400 * tick, "verified": 900 * tick, "corruption": 0, "overdue": 0,
        "p50": 640, "p95": 1890, "p99": 3120, "latency_max": 8100, "times": ((640, tick),),
        "latency": tuple([0] * 7 + [20 * tick, 90 * tick, 180 * tick, 80 * tick, 25 * tick, 5 * tick]),
    }
    return SubmitterView(name, **(fields | kwargs))


def views(tick: int, devices: int = 2) -> dict[str, View]:
    """Everything of a healthy run at step *tick* (50 ms each)."""
    rng = Random(tick)
    names = [f"sd{chr(97 + i)}" for i in range(devices)]
    found: list[View] = [
        submitter(tick), submitter(tick, "backup", completed=90 * tick, p50=2100, p95=5000, p99=9100),
        md(rng, tick, names), *(device(rng, tick, name, i) for i, name in enumerate(names)), softirq(tick),
    ]
    return {view.name: view for view in found}


def frame(tick: int, seen: dict[str, View] | None = None, **kwargs: Any) -> Frame:
    """The frame of step *tick*."""
    fields: dict[str, Any] = {"story": story(), "now_us": 50_000 * tick, "real_s": 0.05 * tick}
    return Frame(views=views(tick) if seen is None else seen, **(fields | kwargs))


def event(at_us: int, machine: str, kind: str, **details: Any) -> Event:
    """An event of the log."""
    return Event(at_us, at_us, machine, kind, details)


def fault(target: str, type: str, **kwargs: Any) -> FaultView:
    """A fault in force."""
    fields: dict[str, Any] = {"text": type, "armed": 31, "fired": 17, "since": 1_000_000, "until": 0}
    return FaultView(type, type, target, **(fields | kwargs))


def with_md(seen: dict[str, View], **kwargs: Any) -> dict[str, View]:
    """The same views with the first md changed."""
    view = seen["mpatha"]
    assert isinstance(view, MdView)
    return seen | {"mpatha": replace(view, **kwargs)}


def with_device(seen: dict[str, View], name: str, **kwargs: Any) -> dict[str, View]:
    """The same views with one device changed."""
    view = seen[name]
    assert isinstance(view, DeviceView)
    return seen | {name: replace(view, **kwargs)}
