"""A dm table: ``start length type words…`` made into a live target (dm-table.c, reference 16.1).

Used by the md process when a table is loaded, and by the scenario loader, which wants the same errors before
anything starts.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

from emulator.dm.targets import error as _error
from emulator.dm.targets import multipath as _multipath
from emulator.dm.targets.base import TARGETS, Host, TableError, Target
from emulator.dm.targets.multipath_table import parse_multipath

__all__ = ["Table", "TableError", "TableLine", "check_table", "make_table", "split_table"]

_REGISTERED = (_error, _multipath)


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
    """Split a table of exactly one line (request-based: one target).  Raises TableError."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        raise TableError(
            errno.EINVAL, f"request-based dm takes exactly one target, this table has {len(lines)} lines"
        )
    words = lines[0].split()
    if len(words) < 3 or not words[0].isdigit() or not words[1].isdigit():
        raise TableError(errno.EINVAL, f"expected 'start length type …', found {lines[0].strip()!r}")
    start, length, kind = int(words[0]), int(words[1]), words[2]
    if start:
        raise TableError(errno.EINVAL, f"Gap in table: the first target starts at {start}, it must start at 0")
    if not length:
        raise TableError(errno.EINVAL, "zero-length target")
    if kind not in TARGETS:
        raise TableError(errno.EINVAL, f"unknown target type {kind!r}; known: {', '.join(sorted(TARGETS))}")
    return TableLine(start, length, kind, tuple(words[3:]))


def check_table(text: str) -> tuple[TableLine, tuple[str, ...]]:
    """Check all of *text* that can be checked without devices; returns the line and the device words in it."""
    line = split_table(text)
    if line.type != "multipath":
        return line, ()
    parsed = parse_multipath(list(line.words))
    return line, tuple(path.device for group in parsed.groups for path in group.paths)


def make_table(host: Host, text: str) -> Table:
    """dm_table_add_target and complete: build the target.  Raises TableError and leaves nothing behind."""
    line = split_table(text)
    return Table(line, TARGETS[line.type](host, line.length, list(line.words)))
