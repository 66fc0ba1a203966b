"""A dm table: lines ``start length type words…`` made into live targets (dm-table.c, reference 16.1).

Used by the md process when a table is loaded, and by the scenario loader, which wants the same errors before
anything starts.
"""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass, field
from typing import Literal

from emulator.dm.lower import Lower
from emulator.dm.targets import error as _error
from emulator.dm.targets import linear as _linear
from emulator.dm.targets import multipath_bio as _multipath
from emulator.dm.targets.base import TARGETS, Host, TableError, Target
from emulator.dm.targets.bio import BioTarget
from emulator.dm.targets.multipath_table import device_words
from emulator.plan import Era

__all__ = ["Table", "TableError", "TableLine", "check_table", "make_table", "split_line", "split_table"]

_REGISTERED = (_error, _linear, _multipath)
_NUMBER = re.compile(r"-?[0-9]+", re.ASCII)
U64 = (1 << 64) - 1
LARGEST = (1 << 54) - 1
"""Sectors whose bytes a loff_t can count."""
ADDING = "ioctl: error adding target to table"
SINGLETON = "multipath"
"""The one immutable target type here, which must be alone in its table."""

SEVERAL: dict[Era, str] = {
    "2.6.31": "Request-based dm doesn't support multiple targets yet",
    "modern": "request-based DM doesn't support multiple targets",
}

TableType = Literal["bio", "request"]
TYPE_NUMBERS: dict[TableType, int] = {"bio": 1, "request": 2}
"""DM_TYPE_BIO_BASED, DM_TYPE_REQUEST_BASED."""


@dataclass(frozen=True, slots=True)
class TableLine:
    """One table line, split."""

    start: int
    length: int
    type: str
    words: tuple[str, ...]

    @property
    def end(self) -> int:
        """First sector behind it."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was made: its targets, each with the line that it came from."""

    line: TableLine
    target: Target
    """The first; of a request-based table the only one."""
    type: TableType = "request"
    more: tuple[tuple[TableLine, Target], ...] = ()
    end: int = field(init=False)
    """Its sectors."""

    def __post_init__(self) -> None:
        last = self.more[-1][0].end if self.more else self.target.length
        object.__setattr__(self, "end", last)

    @property
    def all(self) -> tuple[tuple[TableLine, Target], ...]:
        """Lines and targets."""
        return ((self.line, self.target), *self.more)

    @property
    def parts(self) -> list[tuple[TableLine, BioTarget]]:
        """Lines and targets of a bio-based table."""
        return [(line, target) for line, target in self.all]  # type: ignore[misc]

    def devices(self) -> list[Lower]:
        """Each device once, in table order."""
        return list({lower.name: lower for _, target in self.all for lower in target.devices()}.values())

    def target_at(self, sector: int) -> Target:
        """dm_table_find_target; *sector* is inside the table."""
        return next(target for line, target in self.all if sector < line.start + target.length)

    def text(self) -> str:
        """What dmsetup table would show, lines joined with ``; ``."""
        lines = [f"{line.start} {line.length} {target.type} {target.table_line()}" for line, target in self.all]
        return "; ".join(lines)


def split_line(line: str) -> TableLine:
    """One line as dmsetup splits it and dm_table_add_target looks at it first.  Raises TableError."""
    words = line.split()
    if len(words) < 3 or not _NUMBER.fullmatch(words[0]) or not _NUMBER.fullmatch(words[1]):
        hint = f"expected 'start length type …', found {line.strip()!r}"
        raise TableError(errno.EINVAL, "Invalid format", hint, log=())
    start, length, kind = _u64(words[0]), _u64(words[1]), words[2]
    if not length:
        raise _core("zero-length target")
    if start + length > LARGEST:
        raise _core("too large device")
    if kind not in TARGETS:
        unknown = f"{kind}: unknown target type"
        hint = f"known: {', '.join(sorted(TARGETS))}"
        raise TableError(errno.EINVAL, unknown, hint, log=(f"table: {{dev}}: {unknown}", ADDING))
    return TableLine(start, length, kind, tuple(words[3:]))


def _u64(word: str) -> int:
    """strtoull: a negative number wraps, one beyond 64 bits is the largest."""
    value = int(word)
    return min(value, U64) if value >= 0 else max(0, U64 + 1 + value)


def _core(reason: str) -> TableError:
    """An error that dm_table_add_target prints without a target's name."""
    return TableError(errno.EINVAL, reason, log=(f"table: {{dev}}: {reason}", ADDING))


class _Adding:
    """Takes the lines of a table one after another, with the checks of dm_table_add_target."""

    def __init__(self, text: str, era: Era) -> None:
        self.lines = [line for line in text.splitlines() if line.strip()]
        self.era = era
        self.added: list[TableLine] = []
        if not self.lines:
            raise TableError(errno.EINVAL, "no targets specified", log=("ioctl: populate_table: no targets specified",))

    def add(self, text: str) -> TableLine:
        """The next line.  Raises TableError."""
        if self.added and self.added[-1].type == SINGLETON and self.era == "modern":
            raise _core(f"target type {SINGLETON} must appear alone in table")
        line = split_line(text)
        if self.added and line.type == SINGLETON and self.era == "modern":
            raise TableError(errno.EINVAL, f"{SINGLETON}: singleton target type must appear alone in table")
        end = self.added[-1].end if self.added else 0
        if line.start != end:
            hint = f"it starts at {line.start}, expected {end}"
            raise TableError(errno.EINVAL, f"{line.type}: Gap in table", hint)
        self.added.append(line)
        return line

    def complete(self) -> None:
        """dm_table_set_type of 2.6.31, as far as the types of the targets go.  Raises TableError."""
        types = {line.type for line in self.added}
        if SINGLETON not in types or len(self.added) == 1:
            return
        if types - {SINGLETON, "error"}:
            raise _type("Inconsistent table: different target types can't be mixed up", self.era)
        raise _type(SEVERAL[self.era], self.era)


def _type(reason: str, era: Era) -> TableError:
    behind = "ioctl: unable to set table type" if era == "2.6.31" else "table: unable to determine table type"
    return TableError(errno.EINVAL, reason, log=(f"table: {reason}", behind))


def split_table(text: str, era: Era = "modern") -> list[TableLine]:
    """The lines of a table.  Raises TableError for what can be seen without devices and target words."""
    adding = _Adding(text, era)
    for line in adding.lines:
        adding.add(line)
    adding.complete()
    return adding.added


def is_request_based(lines: list[TableLine]) -> bool:
    """Whether these lines make a request-based table, as far as can be said without its device."""
    first = lines[0]
    return first.type == SINGLETON and "queue_mode bio" not in " ".join(first.words).lower()


def check_table(text: str, era: Era = "modern") -> tuple[list[TableLine], list[tuple[str, ...]]]:
    """Check all of *text* that can be checked without devices; the lines, and the device words in each."""
    adding = _Adding(text, era)
    devices = []
    for each in adding.lines:
        line = adding.add(each)
        devices.append(_device_words(line, era))
    adding.complete()
    return adding.added, devices


def _device_words(line: TableLine, era: Era) -> tuple[str, ...]:
    if line.type == SINGLETON:
        return device_words(list(line.words), era)
    return _linear.device_words(list(line.words)) if line.type == "linear" else ()


def make_table(host: Host, text: str) -> Table:
    """dm_table_add_target for each line, dm_table_complete.  Raises TableError and leaves nothing behind."""
    adding = _Adding(text, host.era)
    made: list[tuple[TableLine, Target]] = []
    for each in adding.lines:
        line = adding.add(each)
        made.append((line, TARGETS[line.type](host, line.length, list(line.words))))
    adding.complete()
    table = Table(*made[0], _type_of(host, made), tuple(made[1:]))
    if table.type == "request" and table.more:
        raise _type(SEVERAL[host.era], host.era)
    if table.type == "request" and not all(lower.stackable for lower in table.devices()):
        raise _type("table load rejected: including non-request-stackable devices", host.era)
    return table


def _type_of(host: Host, made: list[tuple[TableLine, Target]]) -> TableType:
    """dm_table_determine_type: ``error`` alone goes with what the device is, of a new one it makes a bio-based one."""
    for _, target in made:
        if isinstance(target, _multipath.MultipathBio) or target.type == "linear":
            return "bio"
    if all(target.type == "error" for _, target in made):
        return host.md_type or "bio"
    return "request"
