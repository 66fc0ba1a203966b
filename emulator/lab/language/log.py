"""``log DEVICE``: what reached a device since it was last asked; ``held DEVICE``: what it holds now."""

from __future__ import annotations

from emulator.commands import TakeLog
from emulator.lab.language.base import Verb, Words, device_names, device_of
from emulator.lab.results import LogEntry, Result, log_entries
from emulator.lab.session import Session, Wait
from emulator.snapshot import DeviceView

HELD_STATES = frozenset({"HUNG", "STALLED", "HELD"})


def _log(session: Session, words: Words) -> Wait[Result]:
    if len(words) != 1:
        raise words.error("expected one device: log sda")
    device = device_of(session, words, words[0])
    outcome = yield from session.ask(TakeLog(device))
    if not outcome.ok:
        return words.failure(f"log {device}: {outcome.text}")
    return words.result([part for part in outcome.text.split(";") if part], log_entries(outcome.text))


def _held(session: Session, words: Words) -> Wait[Result]:
    if len(words) != 1:
        raise words.error("expected one device: held sda")
    device = device_of(session, words, words[0])
    view = (yield from session.look(4096)).get(device)
    found: list[LogEntry] = []
    if isinstance(view, DeviceView):
        for rq in (*view.service, *view.queue):
            if rq.state in HELD_STATES:
                found.append(LogEntry(rq.op.lower(), rq.sector, rq.sectors, rq.state))
    return words.result([f"{entry.op} {entry.sector}+{entry.sectors}" for entry in found], tuple(found))


VERBS = (
    Verb(
        "log", ("log DEVICE",),
        "Say what the device has answered since it was last asked. In order: operation, first sector+sectors, outcome.",
        _log, device_names,
    ),
    Verb("held", ("held DEVICE",), "Say what the device holds now: requests that hang or stall.", _held, device_names),
)
