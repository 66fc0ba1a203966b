"""Where ``dmsetup create`` and ``load`` take a table from, and its text for the kernel.

``--table``, a file or standard input (a here-document), as dmsetup reads them: blank lines and lines that begin with #
do not count.  Within ``--table`` a newline, ``\\n`` or ``;`` ends a line.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path

from emulator.block.attributes import limits_of
from emulator.commands import LoadTable, Outcome
from emulator.lab import sysfs
from emulator.lab.language.base import Words
from emulator.lab.language.dmsetup_base import dev_status
from emulator.lab.names import Named
from emulator.lab.session import Session, Wait
from emulator.scenario.errors import nearest

_NUMBER = re.compile(r"[+-]?\d+")
"""What dmsetup itself takes for a number; a negative one is the kernel's to refuse."""
_LINE_ENDS = re.compile(r"\n|\\n|;")
FILE_BYTES_MOST = 1 << 20
"""Of a file with a table."""


class TableRefused(Exception):
    """dmsetup's own complaint, before any ioctl."""


@dataclass(frozen=True, slots=True)
class Source:
    """A table's text and where it came from, as dmsetup names that."""

    text: str
    where: str


def table_text(session: Session, words: Words, plain: Words, given: dict[str, str]) -> str:
    """The table, checked as dmsetup does, mapped devices by their numbers; takes the file's name out of *plain*.

    Raises TableRefused, or LineError if there is none.
    """
    return checked(session, _source(words, plain, given))


def checked(session: Session, source: Source) -> str:
    """The lines that count, with the numbers of mapped devices.  Raises TableRefused."""
    numbers: dict[str, str] = {}
    for cell in session.names.all():
        numbers |= {f"/dev/mapper/{cell.name}": cell.dev, f"/dev/dm-{cell.minor}": cell.dev}
    kept: list[str] = []
    for number, line in enumerate(_LINE_ENDS.split(source.text), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = line.split()
        if len(parts) < 3 or not (_NUMBER.fullmatch(parts[0]) and _NUMBER.fullmatch(parts[1])):
            raise TableRefused(f"Invalid format on line {number} of table {source.where}.")
        # What a mapped device is called is known here only; all other words are the kernel's to judge.
        parts = line.partition("#")[0].split()
        known = numbers.keys() & set(parts)
        kept.append(" ".join(numbers.get(part, part) for part in parts) if known else line.partition("#")[0])
    return "\n".join(kept)


def _source(words: Words, plain: Words, given: dict[str, str]) -> Source:
    if "table" in given:
        return Source(given["table"], "")
    if plain:
        return _from_file(plain.pop(0))
    if words.stdin is not None:
        return Source(words.stdin, "on stdin")
    raise words.error("expected a table: --table 'START LENGTH TYPE ...', a file, or <<EOF with the table behind")


def _from_file(name: str) -> Source:
    try:
        with Path(name).open("rb") as file:
            data = file.read(FILE_BYTES_MOST + 1)
    except (OSError, ValueError):
        raise TableRefused(f"Couldn't open '{name}' for reading.") from None
    if len(data) > FILE_BYTES_MOST:
        raise TableRefused(f"Couldn't read '{name}': it is longer than {FILE_BYTES_MOST} bytes.")
    return Source(data.decode("utf-8", "replace"), name)


def load(session: Session, cell: Named, text: str, readonly: bool = False) -> Wait[Outcome]:
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
    outcome = yield from session.ask(LoadTable(cell.machine, text, tuple(below), tuple(types)))
    if outcome.ok:
        (session.read_only_next.add if readonly else session.read_only_next.discard)(cell.machine)
    return outcome


def swapped(session: Session, cell: Named) -> None:
    """The table that was loaded last is the live one now, with its mode."""
    live = cell.machine in session.read_only_next
    (session.read_only.add if live else session.read_only.discard)(cell.machine)
    session.read_only_next.discard(cell.machine)


_FOUND = re.compile(r"found '([^']+)'")
_REASON = re.compile(r" ?\(found '[^']*'\)")


def why_refused(session: Session, outcome: Outcome) -> str:
    """For a person: the reason in the kernel log, and what would be right where a device is meant."""
    found = _FOUND.search(outcome.text)
    if found is None or "device" not in outcome.text:
        return outcome.text
    return f"{_REASON.sub('', outcome.text)}: {expected_device(session, found[1])}"


def expected_device(session: Session, word: str) -> str:
    """``found 'sda', expected /dev/sda or 8:0``."""
    bare = word.removeprefix("/dev/").removeprefix("mapper/")
    numbers = {device.name: device.dev for device in session.plan.devices}
    mapped = {cell.name: cell.dev for cell in session.names.all()}
    if bare in numbers:
        return f"found {word!r}, expected /dev/{bare} or {numbers[bare]}"
    if bare in mapped:
        return f"found {word!r}, expected /dev/mapper/{bare} or {mapped[bare]}"
    if ":" in word:
        known = ", ".join([*numbers.values(), *mapped.values()][:12])
        return f"found {word!r}, expected the number of a device: {known}"
    names = [f"/dev/{name}" for name in numbers] + [f"/dev/mapper/{name}" for name in mapped]
    near = nearest(word, names) or nearest(f"/dev/{bare}", names)
    return f"found {word!r}, expected a device: {', '.join(names[:12])}{near}"
