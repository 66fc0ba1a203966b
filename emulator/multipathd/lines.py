"""Reading the status and table lines of a multipath map, as libmultipath does (disassemble_map, disassemble_status).

Both lines say how many words each part has, so no selector or feature need be known.  Runs in multipathd's process.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A priority group of the status line."""

    state: str
    """D, A or E."""
    paths: tuple[tuple[str, bool], ...]
    """major:minor, and whether the kernel has it as active."""


@dataclass(frozen=True, slots=True)
class MapLines:
    """A map as the kernel has it."""

    groups: tuple[GroupLine, ...]
    nextpg: int
    """Number of the group that the kernel uses or is told to use next."""
    queueing: bool
    """Whether queue_if_no_path is among the features."""


class _Words:
    def __init__(self, words: list[str], line: str) -> None:
        self._words = iter(words)
        self._line = line

    def word(self) -> str:
        word = next(self._words, None)
        if word is None:
            raise ValueError(f"{self._line!r}: a word is missing")
        return word

    def number(self) -> int:
        return int(self.word())

    def counted(self) -> list[str]:
        return [self.word() for _ in range(self.number())]


def read_map(status: str, table: str) -> MapLines | None:
    """The map of both lines; None of one that is not multipath.  Raises ValueError for lines that do not fit."""
    head = status.split()
    if len(head) < 4 or head[2] != "multipath" or table.split()[2:3] != ["multipath"]:
        return None
    return _read(_Words(head[3:], status), _Words(table.split()[3:], table))


def _read(status: _Words, table: _Words) -> MapLines:
    status.counted()
    status.counted()
    count, nextpg = status.number(), status.number()
    groups = tuple(_group(status) for _ in range(count))
    return MapLines(groups, nextpg, "queue_if_no_path" in table.counted())


def _group(status: _Words) -> GroupLine:
    state = status.word()
    status.counted()
    count, infos = status.number(), status.number()
    paths = []
    for _ in range(count):
        dev, letter, _fails = status.word(), status.word(), status.word()
        for _ in range(infos):
            status.word()
        paths.append((dev, letter == "A"))
    return GroupLine(state, tuple(paths))
