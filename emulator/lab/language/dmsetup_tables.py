"""``dmsetup load|reload``, ``clear``, ``table``, ``status``, ``message``."""

from __future__ import annotations

import dataclasses
import errno
import re

from emulator.block.attributes import limits_of
from emulator.commands import ClearTable, LoadTable, Message, Outcome, TableStatus
from emulator.lab import sysfs
from emulator.lab.language.base import Run, Words, whole
from emulator.lab.language.dmsetup_base import FAILED, dev_status, ioctl_failed, missing, one_device, options
from emulator.lab.names import Named
from emulator.lab.results import Result
from emulator.lab.session import Session, Wait

_NUMBER = re.compile(r"[+-]?\d+")
"""What dmsetup itself takes for a number; a negative one is the kernel's to refuse."""


def table_text(session: Session, words: Words, given: dict[str, str]) -> str:
    """The table of ``--table``, mapped devices by their numbers.  Raises LineError if there is none."""
    if "table" not in given:
        raise words.error("expected --table 'START LENGTH TYPE ...'")
    # What a mapped device is called is known here only; all other words are the kernel's to judge.
    numbers: dict[str, str] = {}
    for cell in session.names.all():
        numbers |= {f"/dev/mapper/{cell.name}": cell.dev, f"/dev/dm-{cell.minor}": cell.dev}
    return "\n".join(_with_numbers(line, numbers) for line in given["table"].splitlines())


def load(session: Session, cell: Named, text: str) -> Wait[Outcome]:
    """DM_TABLE_LOAD: what *text* names is told as it is now: its size, its queue limits, its hardware handler."""
    named = set(text.split())
    below = []
    dead = {name for name, process in session.runtime.processes().items() if process.state != "RUNNING"}
    for disk in sysfs.disks(session):
        spellings = {disk.dev, disk.name, f"/dev/{disk.name}"}
        if disk.machine == cell.machine or disk.machine in dead or not named & spellings:
            continue
        found = yield from sysfs.own_files(session, disk)
        handler = found.get("device/dh_state", "").replace("detached", "")
        limits = dataclasses.astuple(limits_of(found))
        below.append((disk.dev, int(found.get("size", "-1")), limits, handler))
    types = []
    for other in session.names.all():
        if other.dev in named and other is not cell:
            types.append((other.dev, (yield from dev_status(session, other))["stackable"] == "1"))
    return (yield from session.ask(LoadTable(cell.machine, text, tuple(below), tuple(types))))


def _with_numbers(line: str, numbers: dict[str, str]) -> str:
    """*line* as it is, or with such names replaced."""
    words = line.split()
    return " ".join(numbers.get(word, word) for word in words) if numbers.keys() & set(words) else line


def bad_format(text: str) -> str:
    """dmsetup's own complaint about a table that it cannot split, or ""."""
    for number, line in enumerate(text.splitlines() or [""], 1):
        parts = line.split()
        if len(parts) < 3 or not (_NUMBER.fullmatch(parts[0]) and _NUMBER.fullmatch(parts[1])):
            return f"Invalid format on line {number} of table ."
    return ""


def _load(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "table", "uuid", "notable")
    name, cell = one_device(session, words, plain, given)
    text = table_text(session, words, given)
    if complaint := bad_format(text):
        return words.failure(complaint, FAILED)
    if cell is None:
        return ioctl_failed(words, "reload", name, errno.ENXIO)
    outcome = yield from load(session, cell, text)
    if outcome.ok:
        return words.result()
    return ioctl_failed(words, "reload", name, outcome.errno)


def _clear(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid")
    name, cell = one_device(session, words, plain, given)
    if cell is None:
        return ioctl_failed(words, "clear", name, errno.ENXIO)
    outcome = yield from session.ask(ClearTable(cell.machine))
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
        return ioctl_failed(words, "message", name, errno.ENXIO)
    outcome = yield from session.ask(Message(cell.machine, text, sector))
    if outcome.ok:
        return words.result()
    failed = ioctl_failed(words, "message", name, outcome.errno)
    return words.failure(*first, *failed.err)


def _lines(session: Session, words: Words, what: str) -> Wait[Result]:
    plain, given = options(words, "uuid", "target", "inactive")
    chosen: list[Named] = []
    single = bool(plain) or "uuid" in given
    several = len(plain) > 1
    while plain or ("uuid" in given and not chosen):
        name, cell = one_device(session, words, plain, given)
        if cell is None:
            return missing(words) if what == "status" else ioctl_failed(words, "table", name, errno.ENXIO)
        chosen.append(cell)
    if not single:
        chosen = session.names.all()
        if not chosen:
            return words.result(["No devices found"])
    out: list[str] = []
    for cell in chosen:
        asked = "inactive" if "inactive" in given else what
        lines = (yield from session.ask(TableStatus(cell.machine, asked))).text.split("\n")
        if lines == [""]:
            out += [] if single and not several else [f"{cell.name}: "]
            continue
        lines = [line for line in lines if "target" not in given or line.split()[2] == given["target"]]
        out += [line if single and not several else f"{cell.name}: {line}" for line in lines]
    return words.result(out, tuple(out))


def _table(session: Session, words: Words) -> Wait[Result]:
    return (yield from _lines(session, words, "table"))


def _status(session: Session, words: Words) -> Wait[Result]:
    return (yield from _lines(session, words, "status"))


COMMANDS: dict[str, Run] = {
    "load": _load, "reload": _load, "clear": _clear, "message": _message, "table": _table, "status": _status,
}
"""By the word behind dmsetup."""
