"""The lives that a face can ask for: of a request, of a path, of a lock (whoever shows a life runs this)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from emulator.block.errors import errno_name
from emulator.dm import codes
from emulator.plan import Plan
from emulator.trace.events import TraceEvent
from emulator.trace.held import steps_of, with_waits
from emulator.trace.life import Attempt, BioLife, Life, Step, chain
from emulator.trace.merge import merge
from emulator.trace.search import CAME, MAPPING, Bag, Search, Subject, find_last, find_request, gather
from emulator.trace.waits import waits_of
from emulator.trace.words import KEPT_SELDOM, deed, endio, extent, mapio, plural, span, words

FIRST = frozenset({"__make_request", "blk_insert_cloned_request", "__split_and_process_bio"})
"""What a whole life on an md begins with."""


def last_life(plan: Plan, md: str) -> Search:
    """The life of the request of *md* that ended last; while none has, of the one that came last."""
    number = yield from find_last(md)
    return (yield from request_life(plan, md, number))


def clone_life(plan: Plan, md: str, clone: int) -> Search:
    """The life of the request whose clone *clone* of *md* is, or was."""
    number = yield from find_request(md, clone)
    if number:
        return (yield from request_life(plan, md, number))
    title = f"clone {clone} of {md}"
    return Life("request", title, (), 0, (f"{title} was made longer ago than the recorder of {md} reaches",))


def request_life(plan: Plan, md: str, number: int) -> Search:
    """The life of original request *number* of *md*, with those of its clones on mds below."""
    bag = Bag()
    subjects: list[Subject] = []
    if number:
        yield from gather(plan, md, number, bag, subjects)
    lanes = lanes_of(plan, bag.events, [each.md for each in subjects])
    merged = merge({name: _in_context(bag, bag.of(name)) for name in lanes})
    own = {each.md: each for each in subjects}
    mine = [event for event in merged.events if _belongs(event, own)]
    mine = with_waits(merged.events, with_gates(merged.events, mine, own))
    steps = steps_of(mine)
    top = [event for event in mine if event.machine == md and event.number in own[md].numbers]
    missing = _missing(bag, md, number, top)
    if not mine:
        return Life("request", f"request {number} of {md}", (), 0, missing)
    ended = any(event.function in LAST and event.number == number for event in top) or _forgotten(bag, md, top)
    return Life(
        kind="request",
        title=_title(md, number, top),
        steps=tuple(steps),
        since_us=steps[0].at_us,
        missing=missing,
        ended=ended,
        reason=_reasons(mine, own),
        facts=_facts(bag, md, mine[0].at_us),
        bios=_bios(top),
        attempts=_attempts(top),
        waits=tuple(waits_of(mine, own)),
        sent=tuple(each for each in merged.sent),
        lanes=tuple(name for name in lanes if any(event.machine == name for event in mine)),
    )


def _in_context(bag: Bag, events: Sequence[TraceEvent]) -> list[TraceEvent]:
    """A clone is inserted, and as a rule started, by the chain that mapped it."""
    found = []
    for event in events:
        if event.function in ("blk_insert_cloned_request", "scsi_request_fn") and not event.context:
            mapped = [each for each in bag.of(event.fields["md"], *MAPPING)
                      if each.fields["clone"] == event.number and each.fields["device"] == event.machine]
            started_later = event.function == "scsi_request_fn" and event.at_us > event.fields["inserted_us"]
            if mapped and not started_later:
                event = replace(event, context=mapped[0].context)
        found.append(event)
    return found


def lanes_of(plan: Plan, names: Iterable[str], upper: Sequence[str] = ()) -> list[str]:
    """Machines in the order of a request's way; mds as in *upper*, from above."""
    devices = {device.name for device in plan.devices}
    luns = {lun.name for lun in plan.luns}
    mds = [md.name for md in plan.mds]

    def place(name: str) -> tuple[int, int, str]:
        if name == plan.softirq:
            return 4, 0, name
        level = upper.index(name) if name in upper else len(upper)
        return (1 if name in mds else 2 if name in devices else 3 if name in luns else 0), level, name

    return sorted(names, key=place)


def _belongs(event: TraceEvent, own: dict[str, Subject]) -> bool:
    if event.function in ("lock", "lock_wait", "unlock"):
        return False
    subject = own.get(event.machine)
    if subject is not None:
        return event.number in subject.numbers
    if not event.number:
        return False
    of = event.fields
    if "clone" in of:
        found = own.get(of.get("md", ""))
        return found is not None and of["clone"] in found.clones
    if "bio" in of:
        return any((event.machine, of["bio"]) in each.bios for each in own.values())
    return event.function == "medium"


SHOWN = frozenset({
    "suspend_started", "marker_inserted", "marker_blocking", "marker_completed", "suspended", "suspend_failed",
    "resumed", "deadlock", "deadlock_broken", "pg_init", "path_failed", "path_reinstated", "no_path_left",
    "table_swapped", "device_gone", "device_offline", "device_back",
})
"""Rare events that are told within a request's life."""
LAST = frozenset({"rq_completed", "blk_flush_complete_seq", "dm_io_complete"})
ENDS = frozenset({"dm_softirq_done", "clone_endio"})
HIDING = frozenset({codes.DM_ENDIO_REQUEUE, codes.DM_ENDIO_DELAY_REQUEUE, codes.DM_ENDIO_INCOMPLETE})
"""Verdicts by which an error goes no further up."""
GATES = frozenset({"blk_stop_queue", "blk_start_queue", "blk_mq_requeue_work", "event"})
WAITS_FROM = frozenset({
    "__make_request", "blk_insert_cloned_request", "dm_requeue_unmapped_request", "dm_requeue_original_request",
})


def with_gates(
    events: Sequence[TraceEvent], mine: Sequence[TraceEvent], own: Mapping[str, Subject]
) -> list[TraceEvent]:
    """*mine* and what held the request back while it waited on a queue: plug, stop, suspend, the state of paths."""
    chosen = {id(event) for event in mine}
    last = mine[-1] if mine else None
    stretch: dict[str, list[TraceEvent]] = {}
    for event in events:
        name = event.machine
        if id(event) in chosen and name in own:
            if event.function in WAITS_FROM:
                stretch.setdefault(name, [])
            elif event.function == "blk_start_request":
                chosen.update(id(each) for each in _telling(stretch.pop(name, [])))
        elif event.function in ("blk_plug_device", "blk_remove_plug") or (
            event.function in GATES and (event.function != "event" or event.fields["kind"] in SHOWN)
        ):
            if name in stretch:
                stretch[name].append(event)
            elif event.function == "event" and any(id(each) in chosen for each in mine) and name in own:
                chosen.add(id(event))
        if event is last and last.function in LAST:
            break
    for waiting in stretch.values():
        chosen.update(id(each) for each in _telling(waiting))
    return [event for event in events if id(event) in chosen]


def _telling(events: Sequence[TraceEvent]) -> list[TraceEvent]:
    """Of many times that the queue was plugged and unplugged meanwhile the first and the last."""
    plugs = [event for event in events if event.function == "blk_plug_device"][:1]
    unplugs = [event for event in events if event.function == "blk_remove_plug"][-1:]
    return [*plugs, *unplugs, *(event for event in events if event.function in GATES)]


def _title(md: str, number: int, top: Sequence[TraceEvent]) -> str:
    came = [event for event in top if event.function in FIRST]
    if not came:
        return f"request {number} of {md}"
    if came[0].function == "__split_and_process_bio":
        return f"bio {number} of {md}: {deed(came[0].fields['where'])}"
    if came[0].function != "__make_request":
        place = extent(came[0].fields["sector"], sum(came[0].fields["sizes"]))
        return f"request {number} of {md}: clone {came[0].fields['clone']} of {came[0].fields['md']}, {place}"
    places = [event.fields["where"] for event in came]
    whole = (min(place[0] for place in places), sum(place[1] for place in places), places[0][2])
    return f"request {number} of {md}: {deed(whole)}"


def _forgotten(bag: Bag, md: str, top: Sequence[TraceEvent]) -> bool:
    """Whether it ended: of what is in flight the recorder keeps the beginning, and this one has none."""
    begun = any(event.function in FIRST for event in top)
    return not begun and all(event.at_us < bag.whole_since.get(md, 0) for event in top)


def _missing(bag: Bag, md: str, number: int, top: Sequence[TraceEvent]) -> tuple[str, ...]:
    said = [text for _, text in sorted(bag.lost.items())]
    whole = bag.whole_since.get(md)
    passed = {event.fields["device"] for event in top if event.fields.get("device")}
    for name in sorted(passed & bag.whole_since.keys()):
        if top and bag.whole_since[name] > top[0].at_us and not bag.events.get(name):
            reach = f"{bag.whole_since[name] / 1e6:.3f} s"
            lost = f"the recorder of {name} begins at {reach}: what was before is lost"
            said.append(f"{name} kept nothing of it: {KEPT_SELDOM}" if name in bag.sparse else lost)
    if not number or (not top and md not in bag.lost):
        reach = f"{(whole or 0) / 1e6:.3f} s"
        kept = f"the recorder of {md} has what is in flight, and what ended since {reach}"
        said.append(f"no such request is recorded: {f'by {md}, {KEPT_SELDOM}' if md in bag.sparse else kept}")
    elif top and not any(event.function in FIRST for event in top) and md in bag.sparse:
        said.append(f"its beginning is not recorded: {KEPT_SELDOM}")
    elif top and not any(event.function in FIRST for event in top):
        reach = f"{(whole or 0) / 1e6:.3f} s"
        lost = "its beginning and its end are" if _forgotten(bag, md, top) else "its beginning is"
        said.append(f"{lost} older than the recorder of {md}, which reaches back to {reach}")
    return tuple(said)


def _facts(bag: Bag, md: str, since_us: int) -> tuple[str, ...]:
    """The queue that it came to."""
    gates = [event for event in bag.of(md, "blk_stop_queue", "blk_start_queue") if event.at_us <= since_us]
    if gates and gates[-1].function == "blk_stop_queue":
        return (f"the queue of {md} was stopped {span(since_us - gates[-1].at_us)} before",)
    return ()


def _bios(top: Sequence[TraceEvent]) -> tuple[BioLife, ...]:
    ends = [
        (bio, event.at_us, event.fields["errno"])
        for event in top
        if event.function in ("bio_endio", "dm_io_complete")
        for bio in event.fields["bios"]
    ]
    found = []
    for event in top:
        if event.function not in CAME:
            continue
        owner, bio = event.fields["owner"], event.fields["bio"]
        sector, sectors, _ = event.fields["where"]
        ended_us, error = next(((at, error) for name, at, error in ends if name == bio), (-1, 0))
        found.append(BioLife(owner, bio, sector, sectors, event.at_us, event.fields.get("how", "new"), ended_us, error))
    return tuple(found)


def _attempts(top: Sequence[TraceEvent]) -> tuple[Attempt, ...]:
    """One for each clone; a clone bio of bio-based multipath is mapped anew after an error."""
    tries: list[tuple[int, dict[str, TraceEvent]]] = []
    latest: dict[int, dict[str, TraceEvent]] = {}
    for event in top:
        clone = event.fields.get("clone")
        if clone and event.function in ("dm_prep_fn", *MAPPING, "dm_softirq_done", "clone_endio"):
            kind = "done" if event.function in ENDS else "prep" if event.function == "dm_prep_fn" else "map"
            if clone not in latest or (kind == "map" and "done" in latest[clone]):
                latest[clone] = {}
                tries.append((clone, latest[clone]))
            latest[clone][kind] = event
    return tuple(_attempt(clone, each.get("map"), each.get("done")) for clone, each in tries)


def _attempt(clone: int, mapped: TraceEvent | None, done: TraceEvent | None) -> Attempt:
    verdict = endio(done.fields["verdict"]) if done else ""
    if not done and mapped and mapped.fields["verdict"] != codes.DM_MAPIO_REMAPPED:
        verdict = mapio(mapped.fields["verdict"])
    told = mapped or done
    return Attempt(
        clone,
        told.fields["device"] if told else "",
        mapped.at_us if mapped else -1,
        done.at_us if done else -1,
        done.fields["errno"] if done else 0,
        verdict,
    )


def _reasons(mine: Sequence[TraceEvent], own: Mapping[str, Subject]) -> str:
    """The chain on the uppermost md, and behind it those of mds below that have more to say than "ok"."""
    chains = {md: _reason([event for event in mine if event.machine == md]) for md in own}
    top, *below = own
    more = [f"{md}: {chains[md]}" for md in below if " -> " in chains[md]]
    return f"{chains[top]} ({'; '.join(more)})" if more else chains[top]


def _reason(top: Sequence[TraceEvent]) -> str:
    """EIO -> path error -> fail_path sda -> requeue #1 -> sdb ok, hidden from the application."""
    parts: list[str] = []
    hidden = failed = False
    partial = mapped = False
    for event in top:
        of = event.fields
        match event.function:
            case "dm_request_fn" if of["why"] not in (part.partition(" ")[0] for part in parts[-1:]):
                parts.append("busy" if of["why"] == "busy" else "no table")
            case "dm_prep_fn" if of["verdict"]:
                parts.append("no memory for the clone: BLKPREP_DEFER")
            case "map_request" | "dispatch_queued_ios" | "__map_bio" if of["verdict"] != codes.DM_MAPIO_REMAPPED:
                parts.append(f"{of['why']}: {mapio(of['verdict'])}" if of["why"] else mapio(of["verdict"]))
            case "map_request" | "dispatch_queued_ios" | "__map_bio":
                parts += [of["why"]] if mapped else []
                mapped = True
            case "event" if of["kind"] == "deadlock":
                parts.append(f"deadlock on {of['details'].get('lock', '')}")
            case "blk_start_queue":
                parts.append("queue started again")
            case "end_clone_bio" if not of["errno"]:
                partial = True
            case "dm_softirq_done" | "clone_endio" if of["errno"]:
                partly = "some bios ended well, then " if partial else ""
                parts += [f"{partly}{errno_name(of['errno'])}", of["why"]]
                hidden |= of["verdict"] in HIDING
                failed |= of["verdict"] < 0
            case "dm_softirq_done" | "clone_endio":
                parts.append(f"{of['device']} ok")
            case "dm_requeue_unmapped_request" | "dm_requeue_original_request":
                partial = False
                parts.append(f"requeue #{of['retries']}")
            case "dm_end_request" | "dm_io_complete" if of["errno"]:
                parts.append(f"{errno_name(of['errno'])} to the application")
    text = chain(_folded(parts))
    return f"{text}, hidden from the application" if hidden and not failed and text.endswith(" ok") else text


def _folded(parts: Sequence[str]) -> list[str]:
    """Neighbours that say the same once, with how often."""
    found: list[tuple[str, int]] = []
    for part in parts:
        if found and found[-1][0] == part:
            found[-1] = (part, found[-1][1] + 1)
        elif part:
            found.append((part, 1))
    return [part if count == 1 else f"{part} x{count}" for part, count in found]


def story_step(event: TraceEvent, locks: tuple[str, ...] = ()) -> Step:
    """*event* as a step."""
    text, tone = words(event)
    return Step(event.at_us, event.machine, event.context, locks, event.function, text, tone)


__all__ = ["clone_life", "last_life", "plural", "request_life", "story_step"]
