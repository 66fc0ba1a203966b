"""A dm table: ``start length type words…`` made into a live target (dm-table.c, reference 16.1).

Used by the md process when a table is loaded, and by the scenario loader, which wants the same errors before
anything starts.
"""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass

from emulator.dm.targets import error as _error
from emulator.dm.targets import multipath as _multipath
from emulator.dm.targets.base import TARGETS, Host, TableError, Target
from emulator.dm.targets.multipath_table import device_words

__all__ = ["Table", "TableError", "TableLine", "check_table", "make_table", "split_table"]

_REGISTERED = (_error, _multipath)
_NUMBER = re.compile(r"-?[0-9]+", re.ASCII)
TOO_LARGE = 1 << 55
"""Sectors whose bytes are beyond 64 bits."""
ADDING = "ioctl: error adding target to table"


@dataclass(frozen=True, slots=True)
class TableLine:
    """One table line, split."""

    start: int
    length: int
    type: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was made: its target and the text it came from."""

    line: TableLine
    target: Target


def split_table(text: str) -> TableLine:
    """The one target of a table, as populate_table takes its lines one after another.  Raises TableError."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise TableError(errno.EINVAL, "no targets specified", log=("ioctl: populate_table: no targets specified",))
    first = _split_line(lines[0])
    if first.start:
        raise TableError(errno.EINVAL, f"{first.type}: Gap in table", f"it starts at {first.start}, expected 0")
    return first


def alone(text: str) -> None:
    """Every target here must be the only one of its table.  Raises TableError for a second line."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return
    first, second = _split_line(lines[0]), _split_line(lines[1])
    if first.type == "multipath":
        alone = "target type multipath must appear alone in table"
        raise TableError(errno.EINVAL, alone, log=(f"table: {{dev}}: {alone}", ADDING))
    if second.type == "multipath":
        raise TableError(errno.EINVAL, "multipath: singleton target type must appear alone in table")
    raise TableError(errno.EINVAL, f"{second.type}: request-based dm takes exactly one target", f"found {len(lines)}")


def _split_line(line: str) -> TableLine:
    words = line.split()
    if len(words) < 3 or not _NUMBER.fullmatch(words[0]) or not _NUMBER.fullmatch(words[1]):
        hint = f"expected 'start length type …', found {line.strip()!r}"
        raise TableError(errno.EINVAL, "Invalid format", hint, log=())
    start, length, kind = int(words[0]), int(words[1]), words[2]
    if not length:
        raise _core("zero-length target")
    if not 0 < length < TOO_LARGE:
        raise _core("too large device")
    if kind not in TARGETS:
        unknown = f"{kind}: unknown target type"
        hint = f"known: {', '.join(sorted(TARGETS))}"
        raise TableError(errno.EINVAL, unknown, hint, log=(f"table: {{dev}}: {unknown}", ADDING))
    return TableLine(start, length, kind, tuple(words[3:]))


def _core(reason: str) -> TableError:
    """An error that dm_table_add_target prints without a target's name."""
    return TableError(errno.EINVAL, reason, log=(f"table: {{dev}}: {reason}", ADDING))


def check_table(text: str) -> tuple[TableLine, tuple[str, ...]]:
    """Check all of *text* that can be checked without devices; returns the line and the device words in it."""
    line = split_table(text)
    words = device_words(list(line.words)) if line.type == "multipath" else ()
    alone(text)
    return line, words


def make_table(host: Host, text: str) -> Table:
    """dm_table_add_target and complete: build the target.  Raises TableError and leaves nothing behind."""
    line = split_table(text)
    target = TARGETS[line.type](host, line.length, list(line.words))
    alone(text)
    return Table(line, target)
