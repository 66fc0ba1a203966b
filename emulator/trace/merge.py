"""Merging the events of several processes into one order: by time, and cause before effect.

All messages that a process handles at once bear the same time, and in the simulation time stands still while messages
are under way: so of two events of the same time, the one that sent the message goes first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from emulator.dm.codes import DM_MAPIO_REMAPPED
from emulator.trace.events import TraceEvent
from emulator.trace.life import Sent

Key = tuple[object, ...]


def _provides(event: TraceEvent, clone_of: Mapping[tuple[str, int], tuple[str, int]], nth: Counter[Key]) -> list[Key]:
    """What others wait for until *event* has happened."""
    of = event.fields
    match event.function:
        case "submit_bio":
            return [("bio", event.machine, event.number)]
        case "map_request" | "dispatch_queued_ios" if of["verdict"] == DM_MAPIO_REMAPPED:
            return [("insert", event.machine, of["clone"], of["device"])]
        case "__map_bio" if of["verdict"] == DM_MAPIO_REMAPPED:
            return [("bio", event.machine, of["clone"]), ("insert", event.machine, of["clone"], of["device"])]
        case "dm_io_complete":
            return [("end", event.machine, bio) for bio in of["bios"]]
        case "blk_update_request" if of["bios"]:
            return [_nth(("bios", of["md"], event.number), nth)]
        case "end_clone_request":
            return [("raise", of["md"], event.number)]
        case "dm_complete_request":
            return [("raise", event.machine, of["clone"])]
        case "blk_done_softirq":
            return [("done", of["md"], event.number)]
        case "bio_endio":
            keys: list[Key] = [("end", event.machine, bio) for bio in of["bios"]]
            upper = clone_of.get((event.machine, event.number))
            return [*keys, _nth(("bios", *upper), nth)] if upper else keys
        case "rq_completed":
            upper = clone_of.get((event.machine, event.number))
            return [("raise", *upper)] if upper else []
        case "scsi_request_fn":
            return [("command", event.machine, of["command"])]
        case "medium":
            return [("medium", of["device"], event.number)]
    return []


def _needs(event: TraceEvent, commands: Mapping[tuple[str, int, str], int], nth: Counter[Key]) -> list[Key]:
    """What must have happened before *event*, if it was recorded."""
    of = event.fields
    match event.function:
        case "__make_request" | "__split_and_process_bio":
            return [("bio", of["owner"], of["bio"])]
        case "clone_endio":
            return [_nth(("bios", event.machine, of["clone"]), nth), ("end", of["device"], of["clone"])]
        case "blk_insert_cloned_request":
            return [("insert", of["md"], of["clone"], event.machine)]
        case "end_clone_bio":
            return [_nth(("bios", event.machine, of["clone"]), nth)]
        case "blk_complete_request":
            return [("raise", of["md"], event.number)]
        case "dm_softirq_done":
            return [("raise", event.machine, of["clone"]), ("done", event.machine, of["clone"])]
        case "bi_end_io":
            return [("end", of["md"], event.number)]
        case "medium":
            return [("command", of["device"], event.number)]
        case "scsi_done":
            command = commands.get((event.machine, event.number, of["md"]))
            return [("medium", event.machine, command)] if command is not None else []
    return []


def _nth(key: Key, nth: Counter[Key]) -> Key:
    nth[key] += 1
    return (*key, nth[key])


@dataclass(frozen=True, slots=True)
class Merged:
    """The events of all machines in one order, and the messages that went between them."""

    events: list[TraceEvent]
    sent: list[Sent]


WORDS = {
    "bio": "SUBMIT_BIO", "insert": "INSERT_CLONE", "bios": "END_CLONE_BIO", "raise": "RAISE_SOFTIRQ",
    "done": "SOFTIRQ_DONE", "end": "BIO_ENDIO", "command": "LUN_IO", "medium": "LUN_DONE",
}
"""Message behind each kind of key."""


def merge(streams: Mapping[str, Sequence[TraceEvent]]) -> Merged:
    """One order by time, causes first; each machine's own order stays.  Of equals machines named first go first."""
    flat = [event for events in streams.values() for event in events]
    clone_of = {
        (event.machine, event.number): (event.fields["md"], event.fields["clone"])
        for event in flat
        if event.function == "blk_insert_cloned_request"
    }
    commands = {
        (event.machine, event.number, event.fields["md"]): event.fields["command"]
        for event in flat
        if event.function == "scsi_request_fn"
    }
    nth_given: Counter[Key] = Counter()
    nth_needed: Counter[Key] = Counter()
    given = {id(event): _provides(event, clone_of, nth_given) for event in flat}
    needed = {id(event): _needs(event, commands, nth_needed) for event in flat}
    for events in streams.values():
        _lend(events, needed)
    open_keys = {key for keys in given.values() for key in keys}
    heads = {name: list(reversed(events)) for name, events in streams.items() if events}
    merged: list[TraceEvent] = []
    while heads:
        name = _next(heads, needed, open_keys)
        event = heads[name].pop()
        if not heads[name]:
            del heads[name]
        open_keys.difference_update(given[id(event)])
        merged.append(event)
    return Merged(merged, _messages(merged, given, needed))


def _lend(events: Sequence[TraceEvent], needed: dict[int, list[Key]]) -> None:
    """What belongs to no request came about on the way to the next event of one: it has that one's causes."""
    behind: TraceEvent | None = None
    for event in reversed(events):
        if not event.number and behind is not None and behind.at_us == event.at_us:
            needed[id(event)] = needed[id(behind)]
        behind = event


def _messages(
    events: Sequence[TraceEvent], given: Mapping[int, Sequence[Key]], needed: Mapping[int, Sequence[Key]]
) -> list[Sent]:
    """Each key that one machine gave and another needed is a message between them."""
    takers = {key: event for event in reversed(events) if event.number for key in needed[id(event)]}
    sent = []
    for event in events:
        for key in given[id(event)]:
            taker = takers.get(key)
            if taker is None or taker.machine == event.machine:
                continue
            inline = key[0] == "raise" and taker.function == "dm_softirq_done"
            word = "END_CLONE_REQUEST_INLINE" if inline else WORDS[str(key[0])]
            number = key[2] if isinstance(key[2], int) else 0
            sent.append(Sent(word, number, event.machine, taker.machine, event.at_us, taker.at_us))
    return sent


def _next(
    heads: Mapping[str, Sequence[TraceEvent]], needed: Mapping[int, Iterable[Key]], open_keys: set[Key]
) -> str:
    best = ""
    best_key: tuple[bool, int] | None = None
    for name, events in heads.items():
        event = events[-1]
        key = (any(need in open_keys for need in needed[id(event)]), event.at_us)
        if best_key is None or key < best_key:
            best, best_key = name, key
    return best
