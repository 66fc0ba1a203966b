"""From what a machine recorded to the functions it stands for (whoever shows a life runs this).

A request that goes straight through passes a dozen functions, most of them right after one another.  To record each
would cost the emulator a tenth of its speed; so the last of such a row leaves one event that says enough about the
others, and those that did not go straight leave events of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from emulator.dm.codes import BLKPREP_OK
from emulator.trace.events import TraceEvent


def unfold(events: Iterable[TraceEvent]) -> list[TraceEvent]:
    """The functions that one machine's *events* stand for, in order of their time."""
    given = list(events)
    had = {_key(event) for event in given}
    found: list[TraceEvent] = []
    for event in given:
        parts = [part for part in _before(event) if _key(part) not in had]
        had.update(_key(part) for part in parts if part.function not in ("blk_start_request",))
        parts += [event, *_after(event)]
        found += parts
    found.sort(key=lambda event: (event.at_us, event.serial))  # stable: what an event stands for keeps its order
    return found


def _key(event: TraceEvent) -> tuple[str, int, int, str]:
    return event.function, event.number, event.fields.get("clone", 0), event.fields.get("md", "")


def _part(event: TraceEvent, function: str, fields: Mapping[str, Any], at_us: int = -1) -> TraceEvent:
    at = event.at_us if at_us < 0 else at_us
    return TraceEvent(at, event.machine, function, event.context, event.number, fields, event.serial)


def _before(event: TraceEvent) -> Iterator[TraceEvent]:
    of = event.fields
    number = event.number
    match event.function:
        case "bi_end_io":
            fields = {"bio": number, "md": of["md"], "where": of["where"]}
            yield _part(event, "submit_bio", fields, event.at_us - of["took_us"])
        case "dm_request_fn":
            yield _prepped(event)
        case "map_request":
            yield _prepped(event)
            yield _part(event, "blk_start_request", {"request": number})
        case "rq_completed":
            fields = {"request": number, "clone": of["clone"], "errno": of["errno"]}
            if not of["errno"]:
                done = fields | {"verdict": 0, "device": of["device"], "why": ""}
                yield _part(event, "dm_softirq_done", done, of["judged_us"])
            yield _part(event, "dm_end_request", fields, of["judged_us"])
        case "scsi_request_fn":
            fields = {"request": number, "md": of["md"], "clone": number, "sector": of["sector"]}
            fields |= {"sizes": of["sizes"]}
            yield _part(event, "blk_insert_cloned_request", fields, of["inserted_us"])
        case "end_clone_request":
            fields = {"clone": number, "md": of["md"], "errno": of["errno"]}
            yield replace(_part(event, "scsi_done", fields | {"good": 0}), context="")
            yield _part(event, "blk_update_request", fields | {"sectors": -1, "bios": of["ended"]})
        case "blk_done_softirq":
            fields = {"clone": number, "md": of["md"], "source": "", "errno": 0, "backlog": -1}
            yield replace(_part(event, "blk_complete_request", fields), context="")


def _prepped(event: TraceEvent) -> TraceEvent:
    of = event.fields
    fields = {"request": event.number, "clone": of["clone"], "bios": of["bios"], "verdict": BLKPREP_OK}
    return _part(event, "dm_prep_fn", fields)


def _after(event: TraceEvent) -> Iterator[TraceEvent]:
    of = event.fields
    if event.function == "blk_flush_complete_seq":
        yield _part(event, "bio_endio", of)
    if event.function == "end_clone_bio" and of["ended"] != ():
        ended = (of["ended"],) if isinstance(of["ended"], int) else tuple(of["ended"])
        yield _part(event, "bio_endio", {"request": event.number, "bios": ended, "errno": 0})
