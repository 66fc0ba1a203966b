"""The life of a path, and the newest messages of all machines (whoever shows a life runs this)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from emulator.block.errors import errno_name
from emulator.dm import codes
from emulator.messages import NAMES, SUPERVISOR
from emulator.plan import Plan
from emulator.trace.events import TraceEvent, read_event
from emulator.trace.life import Life, Sent, Step, Tone
from emulator.trace.recorder import NOT_RECORDING, Recorded, Wanted
from emulator.trace.search import MAPPING, Answers, Search
from emulator.trace.words import KEPT_SELDOM, endio, plural, words

EVENTS_MOST = 1500
"""Newest events of each kind of a path that are looked at."""
ENDS = frozenset({"dm_softirq_done", "rq_completed", "clone_endio"})
SUMMED_UP = "summed up"
"""In place of the function: a step that stands for many, and is none of the kernel's."""
MESSAGES_MOST = 200
"""Newest entries of each machine of which messages are read."""

UNDER_WAY_US = 50_000
"""A clone that is older and has no end is under way, though the recorder is sparse: for its length it would be kept."""

STATES = (
    "path_failed", "path_reinstated", "no_path_left", "pg_init", "device_gone", "device_offline", "device_back",
    "fault_injected", "fault_fired", "fault_cleared", "released",
)
BUSY = ("device_busy", "device_ready")
"""Of these there are many a second under load: they are asked for apart, lest they displace the others."""
PATH_KINDS = frozenset((*STATES, *BUSY))
"""Rare events that are a path's own."""
KIND = 4
"""Index of the kind in the raw form of a rare event."""


def path_life(plan: Plan, md: str, path: str) -> Search:
    """What was sent to *path* by *md*, how it ended, and each change of its state; what went well is counted.

    A clone that ended well leaves no dm_softirq_done of its own, so rq_completed is read for it.
    """
    failed = Wanted(functions=("dm_softirq_done", "clone_endio"), match=((7, (path,)),), newest=EVENTS_MOST)
    well = Wanted(functions=("rq_completed",), match=((5, (path,)), (7, (0,))), newest=EVENTS_MOST)
    states = Wanted(functions=("event",), match=((KIND, STATES),), newest=EVENTS_MOST)
    busy = Wanted(functions=("event",), match=((KIND, BUSY),), newest=EVENTS_MOST)
    mapped: list[TraceEvent] = []
    found: list[TraceEvent] = []
    missing: list[str] = []
    wholes: list[int] = []
    answers: Answers = yield {md: Wanted(functions=MAPPING, match=((6, (path,)),), newest=EVENTS_MOST)}
    mapped += read(md, answers.get(md), missing, wholes)
    sparse = any(answer.sparse for answer in answers.values())
    for wanted in ({md: failed}, {md: well}, {md: states, path: states}, {path: busy}):
        answers = yield wanted
        for name in wanted:
            found += read(name, answers.get(name), missing, wholes)
        sparse = sparse or any(answer.sparse for answer in answers.values())
    since_us = max(wholes, default=0)
    fates = {event.fields["clone"]: event for event in found if event.function in ENDS}
    # Between two asks a recorder may have forgotten an end, what is older than all reach, or, a sparse one, what is
    # younger than what takes long: if it has none it is left out.
    young = (since_us - UNDER_WAY_US, since_us) if sparse else (-1, since_us)
    known = [event for event in mapped if not young[0] <= event.at_us < young[1] or event.fields["clone"] in fates]
    found = [event for event in found if event.function != "rq_completed"]
    order = sorted([*known, *found], key=lambda event: (event.at_us, event.machine == md, event.serial))
    sent = "recorded" if sparse or since_us or len(mapped) == EVENTS_MOST else "sent"
    steps = _path_steps(md, path, [event for event in order if _of_path(event, path)], fates, sent)
    if sparse:
        missing.append(f"not all clones are here: {KEPT_SELDOM}")
    elif wholes:
        reach = f"the recorders reach back to {since_us / 1e6:.3f} s"
        missing.append(f"{reach}: of what is older only changes of its state are here, and not all if there were many")
    since = steps[0].at_us if steps else 0
    facts = _path_facts(known, fates, sent)
    return Life("path", f"path {path} of {md}", tuple(steps), since, tuple(dict.fromkeys(missing)), facts=facts)


def _path_facts(mapped: Sequence[TraceEvent], fates: Mapping[int, TraceEvent], sent: str) -> tuple[str, ...]:
    """How all that was sent ended, or as much of it as was recorded and looked at."""
    if not mapped:
        return ()
    counts = Counter(_fate(fates.get(event.fields["clone"])) for event in mapped)
    newest = "the newest " if len(mapped) == EVENTS_MOST else ""
    to_it = "sent to it" if sent == "sent" else "recorded of those sent to it"
    return (f"{newest}{plural(len(mapped), 'clone')} {to_it}: {_fates(counts)}",)


def _fate(end: TraceEvent | None) -> str:
    if end is None:
        return "under way"
    return errno_name(end.fields["errno"]) if end.fields["errno"] else "ended well"


def _fates(counts: Mapping[str, int]) -> str:
    """``all ended well``; ``280 ended well, 2 EIO, 1 under way``; of one only its fate."""
    if sum(counts.values()) == 1:
        return next(name for name, number in counts.items() if number)
    well, open_ = counts.get("ended well", 0), counts.get("under way", 0)
    if well == sum(counts.values()):
        return "all ended well"
    bad = [f"{number} {name}" for name, number in counts.items() if name not in ("ended well", "under way")]
    said = [f"{well} ended well"] if well else []
    return ", ".join([*said, *bad, *([f"{open_} under way"] if open_ else [])])


def newest_messages(plan: Plan, machines: Iterable[str], since_us: int) -> Search:
    """Every message between machines since *since_us*, as far as the recorders reach; arrivals are not recorded."""
    wanted = {
        name: Wanted(functions=("send",), spans=((since_us, 1 << 62),), newest=MESSAGES_MOST) for name in machines
    }
    answers = yield wanted
    missing: list[str] = []
    events = [event for name in wanted for event in read(name, answers.get(name), missing, [])]
    events.sort(key=lambda event: event.at_us)
    sent = tuple(
        Sent(NAMES.get(tag, str(tag)), number, event.machine, event.fields["to"], event.at_us, -1)
        for event in events
        if event.fields["to"] != SUPERVISOR
        for tag, number, _tone in event.fields["messages"]
    )
    lanes = tuple(dict.fromkeys(name for each in sent for name in (each.source, each.destination)))
    return Life("lock", "messages", (), since_us, tuple(missing), sent=sent, lanes=lanes)


def read(
    name: str, answer: Recorded | None, missing: list[str], wholes: list[int]
) -> Sequence[TraceEvent]:
    """The events of an answer, oldest first; why there are none goes to *missing*, the reach to *wholes*."""
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
    details = event.fields["details"]
    named = details.get("path", details.get("device"))
    return event.machine == path or named == path or (named is None and event.fields["kind"] == "no_path_left")


def _path_steps(
    md: str, path: str, events: Sequence[TraceEvent], fates: Mapping[int, TraceEvent], word: str
) -> list[Step]:
    """One step for each thing worth a line; what was only sent and ended well is summed up between them."""
    steps: list[Step] = []
    sent: list[TraceEvent] = []

    def sum_up() -> None:
        if sent:
            counts = Counter(_fate(fates.get(event.fields["clone"])) for event in sent)
            until = f", the last at {sent[-1].at_us / 1e6:.6f}s" if len(sent) > 1 else ""
            text = f"{plural(len(sent), 'clone')} {word}, {_fates(counts)}{until}"
            tone: Tone = "good" if counts["ended well"] == len(sent) else ""
            about = f"{md} {sent[-1].number}"
            steps.append(Step(sent[0].at_us, path, "", (), SUMMED_UP, text, tone, about))
            sent.clear()

    for event in events:
        if event.function in MAPPING and not event.fields["why"]:
            sent.append(event)
        elif event.function not in ENDS or event.fields["errno"]:
            sum_up()
            text, tone = _path_words(event)
            function = event.fields["kind"] if event.function == "event" else event.function
            about = f"{md} {event.number}" if event.function != "event" and event.number else ""
            steps.append(Step(event.at_us, event.machine, event.context, (), function, text, tone, about))
    sum_up()
    return steps


_DEVICE: Mapping[str, tuple[str, Tone]] = {
    "device_gone": ("the device vanished with {in_flight} in flight", "error"),
    "device_offline": ("the disk is offline: what comes is rejected, {in_flight} in flight go on", "error"),
    "device_back": ("the device is there again", "good"),
}
"""What an md, or the device itself, says of it."""


def _path_words(event: TraceEvent) -> tuple[str, Tone]:
    of = event.fields
    if event.function == "event" and of["kind"] in _DEVICE:
        text, tone = _DEVICE[of["kind"]]
        return text.format_map(of["details"]), tone
    if event.function in ENDS:
        text, tone = words(event)
        return f"request {event.number}, {text}", tone
    if event.function != "event" and of["verdict"] == codes.DM_MAPIO_REMAPPED:
        return f"request {event.number}, clone {of['clone']} sent: {of['why']}", "mark"
    return words(event)


__all__ = ["endio", "newest_messages", "path_life", "read"]
