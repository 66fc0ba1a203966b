"""States of the emulator that the screen has to show well, as lists of frames; used by tests and for pictures."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from dmtui.model.frame import Frame, Verdict
from dmtui.model.lanes import Arrow, LanesView, Note, Row
from emulator.snapshot import MdView, View
from tests.ui import build


def normal(ticks: int = 60) -> list[Frame]:
    """A healthy run."""
    started = build.event(0, "db", "load_started", submitter="db")
    return [build.frame(i, events=(started,) if i == 1 else ()) for i in range(1, ticks)]


def _failed_path(seen: dict[str, View], tick: int) -> dict[str, View]:
    md = seen["mpatha"]
    assert isinstance(md, MdView) and md.target is not None
    group = md.target.groups[0]
    paths = (replace(group.paths[0], active=False, fail_count=1, in_flight=0, current=False), *group.paths[1:])
    target = replace(md.target, groups=(replace(group, paths=paths),), nr_valid_paths=len(paths) - 1)
    rng = Random(7)
    front = tuple(build.request(rng, 80 + i, "REQUEUED", retries=1, flags="B") for i in range(3))
    queue = replace(md.queue, dispatch=front + md.queue.dispatch, nr_dispatch=5)
    counters = replace(md.counters, requeued=17, errors_hidden=17, clone_errors=17)
    seen = build.with_md(seen, target=target, queue=queue, counters=counters)
    return build.with_device(
        seen, "sda", errors=17, service=(), nr_service=0, queue=(), nr_queued=0, faults=(build.fault("sda", "error"),)
    )


def failed_path() -> list[Frame]:
    """sda fails, its requests go to sdb."""
    frames = normal(40)
    events = (
        build.event(2_000_000, "sda", "fault_injected", target="sda", fault="error", type="error"),
        build.event(2_001_200, "sda", "fault_fired", target="sda", fault="error", request=71),
        build.event(2_001_400, "mpatha", "path_failed", md="mpatha", path="sda", nr_valid_paths=1, reason="EIO"),
        build.event(2_001_401, "mpatha", "requeued", md="mpatha", request=71, reason="path error"),
    )
    for i in range(40, 60):
        seen = _failed_path(build.views(i), i)
        verdict = Verdict(5, ()) if i > 55 else None
        frames.append(build.frame(i, seen, events=events if i == 40 else (), verdict=verdict))
    return frames


def busy() -> list[Frame]:
    """Both paths say busy: the md queue grows and merges."""
    frames = normal(40)
    for i in range(40, 60):
        rng = Random(i)
        seen = build.views(i)
        waiting = tuple(build.request(rng, 200 + n, "SORTED", sectors=256, bios=32) for n in range(60))
        for name in ("sda", "sdb"):
            seen = build.with_device(seen, name, busy=True, busy_why="fault busy", faults=(build.fault(name, "busy"),))
        md = seen["mpatha"]
        assert isinstance(md, MdView) and md.target is not None
        group = md.target.groups[0]
        paths = tuple(replace(path, busy=True, in_flight=0) for path in group.paths)
        target = replace(md.target, groups=(replace(group, paths=paths),))
        queue = replace(
            md.queue, sorted=waiting, nr_sorted=97, plugged=True, allocated=(110, 18), full=(True, False),
            sleepers=(5, 0), merged_back=9213,
        )
        counters = replace(md.counters, busy_stops=412)
        seen = build.with_md(seen, target=target, queue=queue, counters=counters, in_flight=(), nr_in_flight=0)
        frames.append(build.frame(i, seen))
    return frames


def suspending() -> list[Frame]:
    """A flush suspend: the marker is at the front and waits for what is in flight."""
    frames = normal(40)
    rng = Random(3)
    marker = build.request(rng, 99, "LISTED", op="M", sector=0, sectors=0, bios=0, age=1200)
    for i in range(40, 50):
        seen = build.views(i)
        md = seen["mpatha"]
        assert isinstance(md, MdView)
        queue = replace(md.queue, dispatch=(marker,), nr_dispatch=1, plugged=True)
        event = build.event(2_000_000, "mpatha", "marker_blocking", md="mpatha", in_flight=8)
        seen = build.with_md(seen, state="SUSPENDING", queue=queue, waiting=("suspend",))
        frames.append(build.frame(i, seen, events=(event,) if i == 40 else ()))
    return frames


def suspended() -> list[Frame]:
    """Suspended: the md queue is stopped, and the emulator is paused as well."""
    frames = normal(40)
    for i in range(40, 50):
        seen = build.views(i)
        md = seen["mpatha"]
        assert isinstance(md, MdView)
        queue = replace(md.queue, stopped=True, dispatch=(), nr_dispatch=0)
        seen = build.with_md(seen, state="SUSPENDED", queue=queue, in_flight=(), nr_in_flight=0)
        frames.append(build.frame(i, seen, paused=i > 45))
    return frames


def deadlock() -> list[Frame]:
    """completion: inline, and the chain asks for the lock it holds."""
    frames = normal(40)
    cycle = [
        "irq:sda holds the queue lock of sda (blk_end_request -> end_clone_request)",
        "irq:sda ends the original of mpatha inline and runs dm_request_fn",
        "irq:sda maps the next request to sda: blk_insert_cloned_request asks for the queue lock of sda",
        "the queue lock of sda is held by irq:sda itself",
    ]
    event = build.event(2_000_000, "sda", "deadlock", cycle=cycle, lock="sda", context="irq:sda")
    for i in range(40, 45):
        seen = build.with_md(build.views(39), completion="inline")
        seen = build.with_device(seen, "sda", lock=build.lock("sda", 39, holder="irq:sda", waiters=("irq:sda",)))
        frames.append(build.frame(i, seen, events=(event,) if i == 40 else ()))
    return frames


def ended() -> list[Frame]:
    """The md's process died."""
    frames = normal(40)
    failed = "md mpatha (pid 4242) was killed by SIGKILL: the mapped device is gone"
    return [*frames, build.frame(40, build.views(39), failed=failed)]


def crowd() -> list[Frame]:
    """Eight devices and two mds, one stacked on the other; one device is gone, one worker stalled."""
    frames = []
    for i in range(1, 50):
        seen = build.views(i, devices=8)
        rng = Random(i + 1)
        upper = build.md(rng, i, ["mpatha"], "mpathb", dev="253:1", lock=build.lock("mpathb", i))
        seen |= {"mpathb": upper, "softirq": build.softirq(i, stalled=True, backlog=45, delay=500)}
        seen = build.with_device(seen, "sdc", gone=True, service=(), nr_service=0, queue=(), nr_queued=0)
        seen = build.with_device(seen, "sdb", faults=(build.fault("sdb", "latency"), build.fault("sdb", "hang")))
        frames.append(build.frame(i, seen, story=build.story(devices=8, mds=2)))
    return frames


def failed_bios() -> list[Frame]:
    """No path left and queue_if_no_path off: the application sees errors."""
    frames = failed_path()
    for i in range(60, 70):
        seen = _failed_path(build.views(i), i)
        md = seen["mpatha"]
        assert isinstance(md, MdView) and md.target is not None
        group = md.target.groups[0]
        paths = tuple(replace(path, active=False) for path in group.paths)
        target = replace(md.target, groups=(replace(group, paths=paths),), nr_valid_paths=0)
        counters = replace(md.counters, clone_errors=59, killed=42)
        seen = build.with_md(seen, target=target, counters=counters) | {"db": build.submitter(i, failed=42)}
        frames.append(build.frame(i, seen, verdict=Verdict(4, ("bios.failed == 0: was 42",))))
    return frames


def messages() -> list[Frame]:
    """Every message of three requests, the first of which meets an error on sda."""
    rows: list[Row] = []

    def sent(source: str, destination: str, word: str, number: int, tone: str) -> None:
        rows.append(Arrow(2_950_000 + 137 * len(rows), source, destination, word, number, tone))

    for n, (path, tone) in enumerate((("sda", "fault"), ("sdb", "ok"), ("sdb", "ok"))):
        rows.append(Note(2_950_000 + 137 * len(rows), f"request {71 + n} of mpatha"))
        sent("db", "mpatha", "SUBMIT_BIO", 1071 + n, "read")
        sent("mpatha", path, "LLD_BUSY", 0, "")
        sent("mpatha", path, "INSERT_CLONE", 2071 + n, "read")
        sent(path, "lun0", "LUN_IO", 3071 + n, "read")
        sent("lun0", path, "LUN_DONE", 3071 + n, tone)
        sent(path, "softirq", "RAISE_SOFTIRQ", 2071 + n, tone)
        sent("softirq", "mpatha", "SOFTIRQ_DONE", 2071 + n, tone)
        if tone == "ok":
            sent("mpatha", "db", "BIO_ENDIO", 1071 + n, tone)
    lanes = ("db", "backup", "mpatha", "sda", "sdb", "lun0", "softirq")
    view = LanesView(lanes, tuple(rows), True, "every message of mpatha")
    return [*normal(59), build.frame(59, lanes=view)]


SCENES = {
    "normal": normal, "messages": messages, "failed-path": failed_path, "busy": busy, "suspending": suspending,
    "suspended": suspended, "deadlock": deadlock, "ended": ended, "crowd": crowd, "failed-bios": failed_bios,
}
"""All scenes by name."""
