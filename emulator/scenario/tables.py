"""Table lines with path names in them: which words are devices, and the same line as the kernel wants it.

The grammar is the md's own (emulator.dm.table), so that a line that loads here loads there.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from dataclasses import dataclass

from emulator.dm.table import TableError, check_table

EXAMPLE = "0 2097152 multipath 0 0 1 1 round-robin 0 2 0 sda sdb"


@dataclass(frozen=True, slots=True)
class DeviceWord:
    """A word of a table line that names a device."""

    text: str
    offset: int
    """Characters from the start of the line."""


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A line that the grammar accepts."""

    length: int
    """Sectors."""
    length_offset: int
    devices: tuple[DeviceWord, ...]


def read_table(line: str) -> NamedTable:
    """The parts of *line* that the scenario checks.  Raises ValueError with what was found and expected."""
    try:
        head, words = check_table(line)
    except TableError as error:
        code = errno.errorcode.get(error.errno, str(error.errno))
        hint = f" ({error.hint})" if error.hint else ""
        found = f"found a table that is refused with {code}: {error.text}{hint}"
        raise ValueError(f"{found}; expected a dmsetup line such as '{EXAMPLE}'") from None
    tokens = [(match[0], match.start()) for match in re.finditer(r"\S+", line)]
    devices: list[DeviceWord] = []
    at = 3
    for word in words:
        while tokens[at][0] != word:
            at += 1
        devices.append(DeviceWord(word, tokens[at][1]))
        at += 1
    return NamedTable(head.length, tokens[1][1], tuple(devices))


def with_numbers(line: str, numbers: Mapping[str, str]) -> str:
    """*line* with the name of each device replaced by its major:minor; of a line that is refused, every such word."""
    try:
        offsets = {device.offset for device in read_table(line).devices}
    except ValueError:
        offsets = {match.start() for match in re.finditer(r"\S+", line)}
    words = re.finditer(r"\S+", line)
    return " ".join(numbers.get(word[0], word[0]) if word.start() in offsets else word[0] for word in words)
