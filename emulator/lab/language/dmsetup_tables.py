"""``dmsetup load|reload``, ``clear``, ``table``, ``status``, ``message``."""

from __future__ import annotations

from emulator.commands import ClearTable, Message, TableStatus
from emulator.lab.language.base import Run, Words, whole
from emulator.lab.language.dmsetup_base import (
    FAILED,
    absent,
    by_option,
    chosen_devices,
    ioctl_failed,
    missing,
    one_device,
    options,
)
from emulator.lab.language.dmsetup_concise import concise_line
from emulator.lab.language.dmsetup_text import TableRefused, load, table_text, why_refused
from emulator.lab.names import Named
from emulator.lab.results import Result
from emulator.lab.session import Session, Wait

CANCEL_DEFERRED = "@cancel_deferred_remove"


def _load(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "table", "uuid", "notable", "readonly")
    if "notable" in given:
        return words.failure("--notable only available when creating new device", FAILED)
    name, cell = one_device(session, words, plain, given)
    try:
        text = table_text(session, words, plain, given)
    except TableRefused as refused:
        return words.failure(str(refused), FAILED)
    if plain:
        raise words.error(f"found {plain[0]!r}, expected nothing behind the table", plain[0])
    if cell is None:
        return absent(words, "reload", name, given)
    outcome = yield from load(session, cell, text, "readonly" in given)
    if outcome.ok:
        return words.result()
    return ioctl_failed(words, "reload", name, outcome.errno, hint=why_refused(session, outcome))


def _clear(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid")
    name, cell = one_device(session, words, plain, given)
    if cell is None:
        return absent(words, "clear", name, given)
    outcome = yield from session.ask(ClearTable(cell.machine))
    session.read_only_next.discard(cell.machine)
    return words.result() if outcome.ok else ioctl_failed(words, "clear", name, outcome.errno)


def _message(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid")
    name, cell = one_device(session, words, plain, given)
    if not plain:
        raise words.error("expected 'dmsetup message NAME SECTOR MESSAGE...'")
    sector = whole(words, "SECTOR", plain[0])
    text = " ".join(plain[1:])
    first = () if plain[1:] else ("No message supplied.",)
    if cell is None:
        return absent(words, "message", name, given)
    outcome = yield from session.ask(Message(cell.machine, text, sector))
    if outcome.ok:
        if text == CANCEL_DEFERRED:
            session.deferred.discard(cell.machine)
        return words.result()
    failed = ioctl_failed(words, "message", name, outcome.errno)
    return words.failure(*first, *failed.err, hint=why_refused(session, outcome) if plain[1:] else "")


def _lines(session: Session, words: Words, what: str) -> Wait[Result]:
    known = ("concise",) if what == "table" else ("noflush",)
    plain, given = options(words, "uuid", "target", "inactive", *known)
    one = len(plain) + by_option(given) == 1
    lacking, chosen = chosen_devices(session, words, plain, given)
    if lacking is not None:
        return missing(words) if what == "status" else absent(words, "table", lacking, given)
    if not chosen:
        return words.result(["No devices found"])
    if "concise" in given:
        parts: list[str] = []
        for cell in chosen:
            parts.append(concise_line(session, cell, (yield from _text(session, cell, "table"))))
        return words.result([";".join(parts)], tuple(parts))
    out: list[str] = []
    for cell in chosen:
        text = yield from _text(session, cell, _WHAT["inactive" in given, what])
        if not text and "target" not in given and not one:
            out.append(f"{cell.name}: ")
        for line in text.splitlines():
            if "target" not in given or line.split()[2] == given["target"]:
                out.append(line if one else f"{cell.name}: {line}")
    return words.result(out, tuple(out))


_WHAT = {
    (False, "table"): "table", (False, "status"): "status",
    (True, "table"): "inactive", (True, "status"): "inactive_status",
}
"""What an md is asked for (emulator.commands.TableStatus)."""


def _text(session: Session, cell: Named, asked: str) -> Wait[str]:
    return (yield from session.ask(TableStatus(cell.machine, asked))).text


def _table(session: Session, words: Words) -> Wait[Result]:
    return (yield from _lines(session, words, "table"))


def _status(session: Session, words: Words) -> Wait[Result]:
    return (yield from _lines(session, words, "status"))


COMMANDS: dict[str, Run] = {
    "load": _load, "reload": _load, "clear": _clear, "message": _message, "table": _table, "status": _status,
}
"""By the word behind dmsetup."""
