"""The lives of a path and of a lock, and the newest messages of all machines (whoever shows a life runs this)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from emulator.dm import codes
from emulator.messages import NAMES, SUPERVISOR
from emulator.plan import Plan
from emulator.trace.events import TraceEvent, read_event
from emulator.trace.life import Life, Sent, Step, Tone
from emulator.trace.recorder import NOT_RECORDING, Recorded, Wanted
from emulator.trace.search import Answers, Search
from emulator.trace.words import endio, plural, words

EVENTS_MOST = 1500
"""Newest events of a path or a lock that are looked at."""
MESSAGES_MOST = 200
"""Newest entries of each machine of which messages are read."""

PATH_KINDS = frozenset({
    "path_failed", "path_reinstated", "no_path_left", "pg_init", "device_busy", "device_ready", "device_gone",
    "device_back", "fault_injected", "fault_fired", "fault_cleared", "released",
})
"""Rare events that are a path's own."""


def path_life(plan: Plan, md: str, path: str) -> Search:
    """What was sent to *path* by *md*, how it ended, and each change of its state; what went well is counted."""
    mapped = Wanted(functions=("map_request", "dispatch_queued_ios"), match=((6, (path,)),), newest=EVENTS_MOST)
    done = Wanted(functions=("dm_softirq_done",), match=((7, (path,)),), newest=EVENTS_MOST)
    rare = Wanted(functions=("event",), newest=EVENTS_MOST)
    found: list[TraceEvent] = []
    missing: list[str] = []
    wholes: list[int] = []
    for wanted in ({md: mapped}, {md: done}, {md: rare, path: rare}):
        answers: Answers = yield wanted
        for name in wanted:
            found += _read(name, answers.get(name), missing, wholes)
    order = sorted(found, key=lambda event: (event.at_us, event.machine == md, event.serial))
    steps = _path_steps(path, [event for event in order if _of_path(event, path)])
    if wholes:
        reach = f"the recorders reach back to {max(wholes) / 1e6:.3f} s"
        missing.append(f"{reach}: of what is older only the changes of its state are here")
    since = steps[0].at_us if steps else 0
    return Life("path", f"path {path} of {md}", tuple(steps), since, tuple(dict.fromkeys(missing)))


def lock_life(plan: Plan, machine: str, lock: str) -> Search:
    """Who held *lock*, how long, and who waited for it, in order.  Times of holds are real microseconds."""
    functions = ("lock", "lock_wait", "unlock")
    answers = yield {machine: Wanted(functions=functions, match=((4, (lock,)),), newest=EVENTS_MOST)}
    missing: list[str] = []
    wholes: list[int] = []
    events = list(_read(machine, answers.get(machine), missing, wholes))
    steps = []
    holder = ""
    taken: Step | None = None
    for event in events:
        holder = event.context if event.function == "lock" else "" if event.function == "unlock" else holder
        text, tone = words(event)
        held = (lock,) * (event.context == holder)
        step = Step(event.at_us, machine, event.context, held, event.function, text, tone)
        if event.function == "lock" and not event.fields["waited_ns"]:
            taken = step  # told by the drop, with how long it was held
            continue
        steps.append(step)
        taken = None if event.function == "unlock" else taken
    if taken is not None:
        steps.append(taken)
    since = steps[0].at_us if steps else 0
    return Life("lock", lock, tuple(steps), since, tuple(missing), facts=tuple(_lock_facts(events, holder)))


def newest_messages(plan: Plan, machines: Iterable[str], since_us: int) -> Search:
    """Every message between machines since *since_us*, as far as the recorders reach; arrivals are not recorded."""
    wanted = {
        name: Wanted(functions=("send",), spans=((since_us, 1 << 62),), newest=MESSAGES_MOST) for name in machines
    }
    answers = yield wanted
    missing: list[str] = []
    events = [event for name in wanted for event in _read(name, answers.get(name), missing, [])]
    events.sort(key=lambda event: event.at_us)
    sent = tuple(
        Sent(NAMES.get(tag, str(tag)), number, event.machine, event.fields["to"], event.at_us, -1)
        for event in events
        if event.fields["to"] != SUPERVISOR
        for tag, number, _tone in event.fields["messages"]
    )
    lanes = tuple(dict.fromkeys(name for each in sent for name in (each.source, each.destination)))
    return Life("lock", "messages", (), since_us, tuple(missing), sent=sent, lanes=lanes)


def _read(
    name: str, answer: Recorded | None, missing: list[str], wholes: list[int]
) -> Sequence[TraceEvent]:
    if answer is None:
        missing.append(f"{name} has no process: its part of the story is lost with it")
        return ()
    if answer.whole_since_us == NOT_RECORDING:
        missing.append(f"{name} does not record")
        return ()
    wholes.append(answer.whole_since_us)
    return [read_event(name, raw, serial) for serial, raw in answer.events]


def _of_path(event: TraceEvent, path: str) -> bool:
    if event.function != "event":
        return True
    if event.fields["kind"] not in PATH_KINDS:
        return False
    named = event.fields["details"].get("path")
    return event.machine == path or named == path or (named is None and event.fields["kind"] == "no_path_left")


def _path_steps(path: str, events: Sequence[TraceEvent]) -> list[Step]:
    """One step for each thing worth a line; what was only sent and ended well is summed up between them."""
    steps: list[Step] = []
    sent = good = 0
    began = last = -1

    def sum_up() -> None:
        nonlocal sent, good, began
        if sent or good:
            text = f"{plural(sent, 'clone')} sent, {good} ended well, until {last / 1e6:.6f} s"
            steps.append(Step(began, path, "", (), "map_request", text, "good" if good else ""))
        sent = good = 0
        began = -1

    for event in events:
        of = event.fields
        quiet = event.function in ("map_request", "dispatch_queued_ios") and not of["why"]
        well = event.function == "dm_softirq_done" and not of["errno"]
        if quiet or well:
            began = event.at_us if began < 0 else began
            last = event.at_us
            sent, good = sent + quiet, good + well
            continue
        sum_up()
        text, tone = _path_words(event)
        function = of["kind"] if event.function == "event" else event.function
        steps.append(Step(event.at_us, event.machine, event.context, (), function, text, tone))
    sum_up()
    return steps


def _path_words(event: TraceEvent) -> tuple[str, Tone]:
    of = event.fields
    if event.function == "dm_softirq_done":
        text, tone = words(event)
        return f"request {event.number}, {text}", tone
    if event.function != "event" and of["verdict"] == codes.DM_MAPIO_REMAPPED:
        return f"request {event.number}, clone {of['clone']} sent: {of['why']}", "mark"
    return words(event)


def _lock_facts(events: Sequence[TraceEvent], holder: str) -> Iterable[str]:
    held = [event.fields["held_ns"] for event in events if event.function == "unlock"]
    waited = [event.fields["waited_ns"] for event in events if event.function == "lock" and event.fields["waited_ns"]]
    yield f"held by {holder}" if holder else "free"
    if held:
        longest = max(held) / 1000
        yield f"{plural(len(held), 'hold')}, the longest {longest:.1f} us, together {sum(held) / 1000:.1f} us"
    if waited:
        yield f"{plural(len(waited), 'wait')}, the longest {max(waited) / 1000:.1f} us"


__all__ = ["endio", "lock_life", "newest_messages", "path_life"]
