"""The concise form of devices: ``NAME,UUID,MINOR,FLAGS,TABLE[,TABLE...][;...]``, of ``table`` and ``create --concise``.

A comma, semicolon or backslash within a field stands behind a backslash.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from emulator.lab.names import Named
from emulator.lab.session import Session

_FIELDS = 4
"""Before the table lines."""


@dataclass(frozen=True, slots=True)
class Concise:
    """One device of a concise text."""

    name: str
    uuid: str
    minor: str
    read_only: bool
    tables: tuple[str, ...]


def concise_line(session: Session, cell: Named, table: str) -> str:
    """The device as ``dmsetup table --concise`` prints it."""
    flags = "ro" if cell.machine in session.read_only else "rw"
    fields = [cell.name, cell.uuid, str(cell.minor), flags, *(line.rstrip() for line in table.splitlines())]
    return ",".join(re.sub(r"([,;\\])", r"\\\1", field) for field in fields)


def read_concise(text: str) -> list[Concise]:
    """The devices of *text*.  Raises ValueError with dmsetup's complaint."""
    found: list[Concise] = []
    for number, fields in enumerate(_split(text), 1):
        if len(fields) < _FIELDS:
            raise ValueError(f"Invalid concise format of device {number}: expected NAME,UUID,MINOR,FLAGS,TABLE")
        name, uuid, minor, flags, *tables = (field.strip() for field in fields)
        if flags not in ("", "ro", "rw"):
            raise ValueError(f"Invalid flags {flags!r} of {name}: expected ro or rw")
        if minor and not minor.isdigit():
            raise ValueError(f"Invalid minor number {minor!r} of {name}")
        found.append(Concise(name, uuid, minor, flags == "ro", tuple(tables)))
    return found


def _split(text: str) -> list[list[str]]:
    """Fields of each device."""
    devices: list[list[str]] = [[""]]
    escaped = False
    for letter in text.strip().removesuffix(";"):
        if escaped or letter not in ",;\\":
            devices[-1][-1] += letter
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == ",":
            devices[-1].append("")
        else:
            devices.append([""])
    return devices
