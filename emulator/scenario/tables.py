"""Table lines with path names in them: which words are devices, and the same line as the kernel wants it.

The grammar is the md's own (emulator.dm.table), so that a line that loads here loads there.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from dataclasses import dataclass

from emulator.dm.table import TableError, check_table
from emulator.plan import Era

EXAMPLE = "0 2097152 multipath 0 0 1 1 round-robin 0 2 0 sda sdb"


@dataclass(frozen=True, slots=True)
class DeviceWord:
    """A word of a table line that names a device."""

    text: str
    offset: int
    """Characters from the start of the table."""
    needed: int = 0
    """Sectors that the device must have at least."""


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A table that the grammar accepts."""

    length: int
    """Sectors."""
    length_offset: int
    devices: tuple[DeviceWord, ...]


def read_table(text: str, era: Era = "modern") -> NamedTable:
    """The parts of *text* (one line, or several) that the scenario checks, as kernels of *era* read it.

    Raises ValueError with what was found and expected.
    """
    try:
        lines, words = check_table(text, era)
    except TableError as error:
        raise ValueError(f"{refusal(error)}; expected a dmsetup line such as '{EXAMPLE}'") from None
    spots = [match.start() for match in re.finditer(r"[^\n]+", text) if match[0].strip()]
    devices: list[DeviceWord] = []
    length_offset = 0
    for line, named, start in zip(lines, words, spots, strict=True):
        tokens = [(match[0], match.start()) for match in re.finditer(r"\S+", text[start:].partition("\n")[0])]
        length_offset = start + tokens[1][1]
        at = 3
        for word in named:
            while tokens[at][0] != word:
                at += 1
            needed = int(tokens[at + 1][0]) + line.length if line.type == "linear" else line.length
            devices.append(DeviceWord(word, start + tokens[at][1], needed))
            at += 1
    return NamedTable(lines[-1].end, length_offset, tuple(devices))


def refusal(error: TableError) -> str:
    """What was found: the kernel's reason, and a hint where there is one."""
    code = errno.errorcode.get(error.errno, str(error.errno))
    hint = f" ({error.hint})" if error.hint else ""
    return f"found a table that is refused with {code}: {error.text}{hint}"


def with_numbers(line: str, numbers: Mapping[str, str], era: Era = "modern") -> str:
    """*line* with the name of each device replaced by its major:minor; of a line that is refused, every such word."""
    try:
        offsets = {device.offset for device in read_table(line, era).devices}
    except ValueError:
        offsets = {match.start() for match in re.finditer(r"\S+", line)}
    done, at = [], 0
    for each in line.splitlines():
        words = re.finditer(r"\S+", each)
        named = (numbers.get(word[0], word[0]) if at + word.start() in offsets else word[0] for word in words)
        done.append(" ".join(named))
        at += len(each) + 1
    return "\n".join(done)
