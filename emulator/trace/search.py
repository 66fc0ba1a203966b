"""Asking the recorders for a life: first the md, then whoever the request passed (whoever shows a life runs this).

A search is a generator: it yields what it wants of which machine, is sent the answers, and returns the life.  So the
same one runs on both runtimes, at once (:func:`look`) or between two frames of a screen.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field

from emulator.block.bio import FLUSH, FUA
from emulator.plan import Plan
from emulator.trace.events import Serial, TraceEvent, read_event
from emulator.trace.life import Life
from emulator.trace.recorder import NOT_RECORDING, Recorded, Wanted
from emulator.trace.unfold import unfold

Answers = Mapping[str, Recorded]
Search = Generator[Mapping[str, Wanted], Answers, Life]
Part = Generator[Mapping[str, Wanted], Answers, None]

QUEUE_FUNCTIONS = (
    "lock", "lock_wait", "unlock", "blk_plug_device", "blk_remove_plug", "blk_stop_queue", "blk_start_queue",
    "blk_mq_requeue_work", "get_request_wait",
)
EVENTS_MOST = 64
"""Rare events of the md, and of its devices, during a life.  Policy: the newest."""
SPAN_US = 400
"""How long before an event of the request the queue's own events are looked at."""
MAPPING = ("map_request", "dispatch_queued_ios", "__map_bio")
CAME = ("__make_request", "__split_and_process_bio")
"""What a bio comes to an md with."""
STUCK_US = 2_000
"""How long after a clone was mapped its chain is looked for among those that wait for the device's lock."""
SPANS_MOST = 24
"""Stretches of time that are looked at so, the newest."""
DEPTH_MOST = 4
"""Levels of mds on one another."""


@dataclass(slots=True)
class Bag:
    """Events found so far, by machine and serial."""

    events: dict[str, dict[Serial, TraceEvent]] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    """Machines that said nothing, and why."""
    whole_since: dict[str, int] = field(default_factory=dict)
    sparse: set[str] = field(default_factory=set)
    """Machines whose recorder keeps a part only, or did."""

    def take(self, asked: Iterable[str], answers: Answers) -> None:
        """Put the answers of the machines *asked* into the bag."""
        for name in asked:
            answer = answers.get(name)
            if answer is None:
                self.lost[name] = f"{name} has no process: its part of the story is lost with it"
            elif answer.whole_since_us == NOT_RECORDING:
                self.lost[name] = f"{name} does not record"
            else:
                self.whole_since[name] = answer.whole_since_us
                self.sparse |= {name} if answer.sparse else set()
                found = self.events.setdefault(name, {})
                for serial, raw in answer.events:
                    found[serial] = read_event(name, raw, serial)

    def of(self, machine: str, *functions: str) -> list[TraceEvent]:
        """Events of *machine* (of these functions, if given), in its order."""
        found = self.events.get(machine, {})
        whole = unfold(found[serial] for serial in sorted(found))
        return [event for event in whole if not functions or event.function in functions]


@dataclass(slots=True)
class Subject:
    """A request on an md that belongs to the life."""

    md: str
    numbers: set[int]
    """Its number, and those of requests that were fused into it."""
    clones: set[int] = field(default_factory=set)
    bios: set[tuple[str, int]] = field(default_factory=set)


def look(search: Search, ask: Callable[[Mapping[str, Wanted]], Answers]) -> Life:
    """Run a whole search; *ask* returns the answers."""
    try:
        wanted = next(search)
        while True:
            wanted = search.send(ask(wanted))
    except StopIteration as end:
        life: Life = end.value
        return life


def find_request(md: str, clone: int) -> Generator[Mapping[str, Wanted], Answers, int]:
    """The number of the original request of a clone of *md*, 0 if that is older than its recorder."""
    functions = ("map_request", "dm_request_fn", "__map_bio")
    answers = yield {md: Wanted(functions=functions, match=((4, (clone,)),), newest=1)}
    events = answers[md].events if md in answers else ()
    return int(events[0][1][3]) if events else 0


def find_last(md: str) -> Generator[Mapping[str, Wanted], Answers, int]:
    """The number of the original request of *md* that ended last, else that came last; 0 if none is recorded."""
    for functions in (("rq_completed", "dm_io_complete"), CAME):
        answers = yield {md: Wanted(functions=functions, newest=1)}
        events = answers[md].events if md in answers else ()
        if events:
            return int(events[0][1][3])
    return 0


def gather(plan: Plan, md: str, number: int, bag: Bag, subjects: list[Subject], depth: int = 0) -> Part:
    """Ask for everything about original request *number* of *md*, and for its clones' lives on mds below."""
    subject = Subject(md, {number})
    subjects.append(subject)
    yield from _own(subject, bag)
    mine = [event for event in bag.of(md) if event.number in subject.numbers]
    subject.clones = {event.fields["clone"] for event in mine if event.fields.get("clone")}
    subject.bios = {
        (event.fields["owner"], event.fields["bio"]) for event in mine if event.function in CAME
    }
    devices = {event.fields["device"] for event in mine if event.fields.get("device")}
    below = [device for device in devices if any(each.name == device for each in plan.mds)]
    wanted = {device: Wanted(numbers=tuple(subject.clones)) for device in devices if device not in below}
    if subject.clones:
        wanted[plan.softirq] = Wanted(numbers=tuple(subject.clones))
    for owner in {owner for owner, _ in subject.bios}:
        wanted[owner] = Wanted(numbers=tuple(bio for name, bio in subject.bios if name == owner))
    if wanted:
        bag.take(wanted, (yield wanted))
    yield from _media(plan, md, set(devices) - set(below), bag)
    yield from _queues(plan, subject, devices - set(below), bag)
    for lower in below:
        if depth < DEPTH_MOST:
            yield from _below(plan, md, subject, lower, bag, subjects, depth)


def _own(subject: Subject, bag: Bag) -> Part:
    """The md's own events about the request, and about those that were fused into it."""
    asked: set[int] = set()
    while new := subject.numbers - asked:
        asked |= new
        bag.take([subject.md], (yield {subject.md: Wanted(numbers=tuple(new))}))
        for event in bag.of(subject.md, "elv_merge_requests"):
            if event.number in subject.numbers:
                subject.numbers.add(event.fields["other"])
        flags = [event.fields["where"][2] for event in bag.of(subject.md, "__make_request")]
        if any(each & (FLUSH | FUA) for each in flags):
            steps = Wanted(functions=("blk_insert_flush",), match=((4, tuple(asked)),))
            bag.take([subject.md], (yield {subject.md: steps}))
            subject.numbers |= {event.number for event in bag.of(subject.md, "blk_insert_flush")}


def _media(plan: Plan, md: str, devices: set[str], bag: Bag) -> Part:
    """What reached the LUNs: they know the device's command only."""
    luns = {device.name: device.lun for device in plan.devices}
    wanted: dict[str, set[int]] = {}
    pairs: set[tuple[str, int]] = set()
    for device in devices:
        for event in bag.of(device, "scsi_request_fn"):
            if event.fields["md"] == md and device in luns:
                wanted.setdefault(luns[device], set()).add(event.fields["command"])
                pairs.add((device, event.fields["command"]))
    if not wanted:
        return
    answers = yield {lun: Wanted(numbers=tuple(commands)) for lun, commands in wanted.items()}
    fitting = {
        name: Recorded(
            name,
            tuple(item for item in each.events if item[1][1] == "medium" and (item[1][4], item[1][3]) in pairs),
            each.whole_since_us,
            each.sparse,
        )
        for name, each in answers.items()
    }
    bag.take(wanted, fitting)


def _queues(plan: Plan, subject: Subject, devices: set[str], bag: Bag) -> Part:
    """Locks and plugs around the request's own events."""
    wanted = {}
    for name in (subject.md, *devices):
        times = sorted({event.at_us for event in bag.of(name)})
        mapped = [event.at_us for event in bag.of(subject.md, *MAPPING) if event.fields["device"] == name]
        if mapped and (not times or times[-1] < mapped[-1]):
            times.append(mapped[-1] + STUCK_US)
        if times:
            late = (mapped[-1] + STUCK_US,) if mapped else ()
            spans: list[tuple[int, int]] = []
            for at in times:
                if spans and at - SPAN_US <= spans[-1][1]:
                    spans[-1] = (spans[-1][0], at)
                else:
                    spans.append((at - SPAN_US - STUCK_US * (at in late), at))
            wanted[name] = Wanted(functions=QUEUE_FUNCTIONS, spans=tuple(spans[-SPANS_MOST:]))
    if wanted:
        bag.take(wanted, (yield wanted))
        during = {
            name: Wanted(functions=("event",), spans=((each.spans[0][0] + SPAN_US, 1 << 62),), newest=EVENTS_MOST)
            for name, each in wanted.items()
        }
        bag.take(during, (yield during))
        came_us = wanted[subject.md].spans[0][0] + SPAN_US if subject.md in wanted else 0
        gate = Wanted(functions=("blk_stop_queue", "blk_start_queue"), spans=((0, came_us),), newest=1)
        bag.take([subject.md], (yield {subject.md: gate}))


def _below(
    plan: Plan, md: str, subject: Subject, lower: str, bag: Bag, subjects: list[Subject], depth: int
) -> Part:
    match = ((4, (md,)), (5, tuple(subject.clones)))
    answers = yield {lower: Wanted(functions=("blk_insert_cloned_request", *CAME), match=match)}
    if lower not in answers:
        bag.take([lower], answers)
        return
    for number in dict.fromkeys(int(raw[3]) for _, raw in answers[lower].events):
        yield from gather(plan, lower, number, bag, subjects, depth + 1)
