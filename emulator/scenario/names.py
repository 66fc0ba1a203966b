"""Everything an expectation can name, its kind, and how it is read from the views.  Used by expect and the director.

``VOCABULARY`` is the documentation: ``dmtui scenarios --names`` prints it.  ``<md>``, ``<device>`` and so on stand for
names of the scenario.  A value that cannot be told (no view came from that machine) is None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from emulator.events import KINDS
from emulator.snapshot import DeviceView, LunView, MdView, MultipathdView, PathView, SoftirqView, SubmitterView, View

Value = int | float | str | None
Kind = Literal["number", "time", "word"]
V = TypeVar("V")


@dataclass(slots=True)
class World:
    """What expectations are judged by: the newest views and what was counted on the way."""

    views: Mapping[str, View] = field(default_factory=dict)
    events: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(kind, "") and (kind, name in its details) -> how often."""
    faults: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Armed and fired of each fault, the last that was seen of it."""
    duration_us: int = 0
    """The load's time so far (without draining)."""
    lost: int | None = None
    """Known at the end only."""
    latency: dict[str, int] | None = None
    """p50, p95, p99, max over all submitters."""
    submitters: frozenset[str] = frozenset()
    """Those whose views must be there for a total."""
    lower: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By mapped device: those that a table of it names."""
    earlier: dict[str, list[DeviceView]] = field(default_factory=dict)
    """The last views of each device's processes that are gone."""

    def of(self, cls: type[V]) -> list[V]:
        """All views of one kind."""
        return [view for view in self.views.values() if isinstance(view, cls)]

    def view(self, name: str, cls: type[V]) -> V | None:
        """The view of machine *name*."""
        view = self.views.get(name)
        return view if isinstance(view, cls) else None

    def total(self, attribute: str) -> int | None:
        """Sum over all submitters; None while one of them has not been seen."""
        if any(name not in self.views for name in self.submitters):
            return None
        return sum(int(getattr(view, attribute)) for view in self.of(SubmitterView))

    def device_total(self, view: DeviceView, attribute: str) -> int:
        """A counter of a device over all its processes: a new one begins at 0."""
        gone = [last for last in self.earlier.get(view.name, ()) if last.at < view.at]
        return sum(int(getattr(each, attribute)) for each in (*gone, view))


@dataclass(frozen=True, slots=True)
class NameInfo:
    """One line of the vocabulary."""

    kind: Kind
    about: str
    read: Callable[[World, tuple[str, ...]], Value]
    """Of the world and the scenario's names in it."""
    words: tuple[str, ...] = ()
    """Values of a word."""


def _total(attribute: str) -> Callable[[World, tuple[str, ...]], Value]:
    return lambda world, names: world.total(attribute)


def _mds(read: Callable[[MdView], int]) -> Callable[[World, tuple[str, ...]], Value]:
    """Sum over the request-based mds that no other such has as a path: each request is counted once, at the top.

    A bio-based md makes none; what it sends to one below becomes a request there.
    """

    def total(world: World, names: tuple[str, ...]) -> Value:
        views = world.of(MdView)
        mine = [view for view in views if view.type != "bio"]
        cloned = {name for view in mine for name in (*view.opens, *world.lower.get(view.name, ()))}
        return sum(read(view) for view in mine if view.name not in cloned) if views else None

    return total


def _device(attribute: str) -> Callable[[World, tuple[str, ...]], Value]:
    def total(world: World, names: tuple[str, ...]) -> Value:
        view = world.view(names[0], DeviceView)
        return None if view is None else world.device_total(view, attribute)

    return total


def _one(cls: type[V], read: Callable[[V], Value]) -> Callable[[World, tuple[str, ...]], Value]:
    def one(world: World, names: tuple[str, ...]) -> Value:
        view = world.view(names[0], cls)
        return None if view is None else read(view)

    return one


def _softirq(read: Callable[[SoftirqView], Value]) -> Callable[[World, tuple[str, ...]], Value]:
    def one(world: World, names: tuple[str, ...]) -> Value:
        views = world.of(SoftirqView)
        return read(views[0]) if views else None

    return one


def _latency(point: str) -> Callable[[World, tuple[str, ...]], Value]:
    return lambda world, names: None if world.latency is None else world.latency[point]


def _iops(world: World, names: tuple[str, ...]) -> Value:
    done = world.total("completed")
    return None if done is None or not world.duration_us else done * 1_000_000 / world.duration_us


def path_views(world: World, md: str = "") -> list[PathView]:
    """Every path of *md* (of all mapped devices), as their views show them."""
    views = [view for view in world.of(MdView) if not md or view.name == md]
    return [path for view in views if view.target for group in view.target.groups for path in group.paths]


def path_state(path: PathView) -> str:
    """active or failed, as a person says it of A and F."""
    return "active" if path.active else "failed"


def _path(world: World, names: tuple[str, ...]) -> Value:
    paths = path_views(world, names[0] if len(names) == 2 else "")
    states = {path_state(path) for path in paths if names[-1] in (path.name, path.dev)}
    if not states:
        return None
    return states.pop() if len(states) == 1 else "mixed"


def _target(read: Callable[[MdView], int]) -> Callable[[World, tuple[str, ...]], Value]:
    return _one(MdView, lambda view: None if view.target is None else read(view))


def _valid_paths(view: MdView) -> int:
    return view.target.nr_valid_paths if view.target else 0


def _held(view: MdView) -> int:
    return view.target.queued if view.target else 0


def _fault(index: int) -> Callable[[World, tuple[str, ...]], Value]:
    return lambda world, names: world.faults.get(names[0], (0, 0))[index]


def _checked(attribute: str) -> Callable[[World, tuple[str, ...]], Value]:
    """Of a path in all maps that multipathd checks: the sum of a counter, or the state (mixed: not one)."""

    def read(world: World, names: tuple[str, ...]) -> Value:
        paths = [path for view in world.of(MultipathdView) for path in view.paths if names[-1] in (path.name, path.dev)]
        found = [getattr(path, attribute) for path in paths]
        if not found:
            return None
        if attribute == "state":
            return str(found[0]) if len(set(found)) == 1 else "mixed"
        return sum(int(each) for each in found)

    return read


def _checked_map(attribute: str) -> Callable[[World, tuple[str, ...]], Value]:
    def read(world: World, names: tuple[str, ...]) -> Value:
        maps = [each for view in world.of(MultipathdView) for each in view.maps if each.name == names[0]]
        value: int | str | None = getattr(maps[0], attribute) if maps else None
        return value

    return read


def _event(kind: str) -> Callable[[World, tuple[str, ...]], Value]:
    return lambda world, names: world.events[kind, ""]


def _counter(name: str) -> Callable[[World, tuple[str, ...]], Value]:
    return _one(MdView, lambda view: int(getattr(view.counters, name)))


def _attribute(cls: type[V], name: str) -> Callable[[World, tuple[str, ...]], Value]:
    return _one(cls, lambda view: int(getattr(view, name)))


def latency_of(views: list[SubmitterView]) -> dict[str, int] | None:
    """p50, p95, p99 and max over all submitters; None before the first completion.

    One submitter's own percentiles are exact to three digits; those of several together to 3 %.
    """
    done = [view for view in views if view.completed + view.failed]
    if not done:
        return None
    longest = max(view.latency_max for view in done)
    if len(done) == 1:
        return {"p50": done[0].p50, "p95": done[0].p95, "p99": done[0].p99, "max": longest}
    times = Counter[int]()
    for view in done:
        times.update(dict(view.times))
    total = times.total()
    points: dict[str, int] = {"max": longest}
    for name, share in (("p50", 0.50), ("p95", 0.95), ("p99", 0.99)):
        count = 0
        for time in sorted(times):
            count += times[time]
            if count >= share * total:
                points[name] = min(time, longest)
                break
    return points


VOCABULARY: dict[str, NameInfo] = {
    "bios.submitted": NameInfo("number", "bios that the submitters submitted", _total("submitted")),
    "bios.completed": NameInfo("number", "bios that completed, failed ones too", _total("completed")),
    "bios.failed": NameInfo("number", "bios that completed with an error", _total("failed")),
    "bios.outstanding": NameInfo("number", "bios that have not completed", _total("outstanding")),
    "bios.overdue": NameInfo("number", "bios that took longer than the limit", _total("overdue")),
    "bios.lost": NameInfo("number", "bios that nothing holds any more (at the end)", lambda world, names: world.lost),
    "requests.created": NameInfo(
        "number", "requests of the request-based mds that are no path of another, as below",
        _mds(lambda view: view.counters.requests),
    ),
    "requests.merged_bios": NameInfo(
        "number", "bios merged into a request", _mds(lambda view: view.queue.merged_back + view.queue.merged_front)
    ),
    "requests.merged_requests": NameInfo(
        "number", "requests merged into another", _mds(lambda view: view.queue.merged_requests)
    ),
    "requests.dispatched": NameInfo("number", "requests started", _mds(lambda view: view.counters.dispatched)),
    "requests.requeued": NameInfo("number", "requests put back", _mds(lambda view: view.counters.requeued)),
    "requests.completed": NameInfo("number", "requests ended", _mds(lambda view: view.counters.completed)),
    "latency.p50": NameInfo("time", "median time from submission to completion", _latency("p50")),
    "latency.p95": NameInfo("time", "95 % of the bios completed within it", _latency("p95")),
    "latency.p99": NameInfo("time", "99 % of the bios completed within it", _latency("p99")),
    "latency.max": NameInfo("time", "the longest time of a bio", _latency("max")),
    "iops": NameInfo("number", "completed bios per emulated second of load", _iops),
    "duration": NameInfo("time", "emulated time of the load", lambda world, names: world.duration_us),
    "corruption": NameInfo("number", "reads that returned something else than was written", _total("corruption")),
    "paths.<path>": NameInfo("word", "state of a path", _path, ("active", "failed", "mixed")),
    "paths.<md>.<path>": NameInfo("word", "state of a path of one md", _path, ("active", "failed", "mixed")),
    "md.<md>.state": NameInfo(
        "word", "state of a mapped device", _one(MdView, lambda view: view.state),
        ("NEW", "RUNNING", "SUSPENDING", "SUSPENDED"),
    ),
    "md.<md>.in_flight": NameInfo("number", "originals whose clone is out", _attribute(MdView, "nr_in_flight")),
    "md.<md>.queued": NameInfo(
        "number", "requests in its queue", _one(MdView, lambda view: view.queue.nr_sorted + view.queue.nr_dispatch)
    ),
    "md.<md>.held": NameInfo("number", "clones held inside its target", _target(_held)),
    "md.<md>.nr_valid_paths": NameInfo("number", "paths that are active", _target(_valid_paths)),
    "md.<md>.event_nr": NameInfo("number", "table events", _attribute(MdView, "event_nr")),
    "md.<md>.merged_bios": NameInfo(
        "number", "bios merged into a request",
        _one(MdView, lambda view: view.queue.merged_back + view.queue.merged_front),
    ),
    **{
        f"md.<md>.{name}": NameInfo("number", about, _counter(name))
        for name, about in {
            "bios": "bios submitted to it", "requests": "requests made", "dispatched": "requests started",
            "requeued": "requests put back", "completed": "requests ended", "busy_stops": "dispatch stopped as busy",
            "deferred": "BLKPREP_DEFER answers", "errors_hidden": "failed clones whose original was requeued",
            "clone_errors": "clones that ended with an error",
        }.items()
    },
    "devices.<device>.state": NameInfo(
        "word", "whether a device is there", _one(DeviceView, lambda view: "gone" if view.gone else "running"),
        ("running", "gone"),
    ),
    "devices.<device>.busy_time": NameInfo("time", "time of having work", _device("busy_time")),
    **{
        f"devices.<device>.{name}": NameInfo("number", about, _device(name))
        for name, about in {
            "completed": "clones ended", "errors": "clones ended with an error", "inserted": "clones inserted",
            "bytes": "bytes moved",
        }.items()
    },
    "devices.<device>.queued": NameInfo("number", "clones in its queue", _attribute(DeviceView, "nr_queued")),
    "devices.<device>.in_service": NameInfo("number", "clones in service", _attribute(DeviceView, "nr_service")),
    **{
        f"submitters.<submitter>.{name}": NameInfo("number", about, _attribute(SubmitterView, name))
        for name, about in {
            "submitted": "bios submitted", "completed": "bios completed", "failed": "bios failed",
            "outstanding": "bios not completed", "reads": "reads", "writes": "writes", "verified": "sectors compared",
            "corruption": "wrong reads", "overdue": "bios over the limit",
        }.items()
    },
    **{
        f"submitters.<submitter>.{name}": NameInfo("time", f"latency: {name}", _attribute(SubmitterView, attribute))
        for name, attribute in {"p50": "p50", "p95": "p95", "p99": "p99", "max": "latency_max"}.items()
    },
    "softirq.state": NameInfo(
        "word", "whether the worker runs", _softirq(lambda view: "stalled" if view.stalled else "running"),
        ("running", "stalled"),
    ),
    "softirq.backlog": NameInfo("number", "requests on the done list", _softirq(lambda view: view.backlog)),
    "softirq.backlog_max": NameInfo("number", "most that ever were", _softirq(lambda view: view.backlog_max)),
    "softirq.handled": NameInfo("number", "requests handled", _softirq(lambda view: view.handled)),
    "softirq.raised": NameInfo("number", "requests raised", _softirq(lambda view: view.raised)),
    "softirq.ksoftirqd": NameInfo("number", "times left to ksoftirqd", _softirq(lambda view: view.ksoftirqd)),
    "checker.<path>.state": NameInfo(
        "word", "what multipathd's checker found of a path last", _checked("state"),
        ("unchecked", "up", "down", "ghost", "shaky", "timeout", "delayed", "mixed"),
    ),
    **{
        f"checker.<path>.{name}": NameInfo("number", about, _checked(name))
        for name, about in {
            "checks": "checks of a path", "failures": "how often multipathd saw it fail",
            "reinstated": "how often multipathd reinstated it", "prio": "its priority",
        }.items()
    },
    "multipathd.<md>.mode": NameInfo(
        "word", "no_path_retry of a map: off = queueing was disabled", _checked_map("mode"),
        ("normal", "recovery", "off", "queue"),
    ),
    "multipathd.<md>.active": NameInfo("number", "active paths by the checker", _checked_map("active")),
    "multipathd.<md>.failbacks": NameInfo("number", "switches to the best group", _checked_map("failbacks")),
    "multipathd.<md>.nextpg": NameInfo("number", "priority group that the kernel uses next", _checked_map("nextpg")),
    "luns.<lun>.written": NameInfo("number", "sectors ever written", _attribute(LunView, "written")),
    "luns.<lun>.reads": NameInfo("number", "reads that reached the medium", _attribute(LunView, "reads")),
    "luns.<lun>.writes": NameInfo("number", "writes that reached the medium", _attribute(LunView, "writes")),
    "faults.<fault>.armed": NameInfo("number", "requests that matched a fault", _fault(0)),
    "faults.<fault>.fired": NameInfo("number", "times that a fault fired", _fault(1)),
    **{
        f"events.{kind}": NameInfo("number", f"how often: {about}", _event(kind))
        for kind, about in KINDS.items()
    },
}
"""Every name, its kind and its meaning."""
