"""The columns of ``dmsetup info -c``: headings, widths and values as libdevmapper's report has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emulator.lab.language.base import Words, pick
from emulator.lab.language.dmsetup_names import unmangled
from emulator.lab.results import DeviceInfo

READ_AHEAD = 256
"""Sectors; the default of every queue."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A device with what other devices say about it."""

    info: DeviceInfo
    below: tuple[str, ...]
    """Kernel names of the devices that its table uses, in the order of ``info.devices``."""
    mapped_below: tuple[str, ...]
    """Names of the mapped ones among them."""
    above: tuple[DeviceInfo, ...]
    """Mapped devices whose tables use it."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column."""

    heading: str
    width: int
    read: Callable[[Seen], str | int]
    about: str


def _attr(info: DeviceInfo) -> str:
    live, inactive = "L" if info.live else "-", "I" if info.inactive else "-"
    return f"{live}{inactive}{'s' if info.state == 'SUSPENDED' else '-'}{'r' if info.read_only else 'w'}"


def _tables(info: DeviceInfo) -> str:
    if info.live:
        return "Both" if info.inactive else "Live"
    return "Inactive" if info.inactive else "None"


FIELDS: dict[str, Field] = {
    "name": Field("Name", 16, lambda seen: seen.info.name, "Name of mapped device."),
    "mangled_name": Field("MangledName", 16, lambda seen: seen.info.name, "Its name, odd characters as \\xNN."),
    "unmangled_name": Field("UnmangledName", 16, lambda seen: unmangled(seen.info.name), "Its name as it was given."),
    "uuid": Field("UUID", 32, lambda seen: seen.info.uuid, "Unique (optional) identifier."),
    "read_ahead": Field("RAhead", 6, lambda seen: READ_AHEAD, "Read ahead, sectors."),
    "blkdevname": Field("BlkDevName", 16, lambda seen: f"dm-{seen.info.minor}", "Name of block device."),
    "attr": Field("Stat", 4, lambda seen: _attr(seen.info), "(L)ive, (I)nactive, (s)uspended, (r)ead-only, (w)rite."),
    "tables_loaded": Field("Tables", 6, lambda seen: _tables(seen.info), "Which table slots are filled."),
    "suspended": Field(
        "Suspended", 9, lambda seen: "Suspended" if seen.info.state == "SUSPENDED" else "Active", "Is it suspended.",
    ),
    "readonly": Field(
        "Read-only", 9, lambda seen: "Read-only" if seen.info.read_only else "Writeable", "May it be written.",
    ),
    "devno": Field("DevNo", 5, lambda seen: f"{seen.info.major}:{seen.info.minor}", "Major and minor number."),
    "major": Field("Maj", 3, lambda seen: seen.info.major, "Major number."),
    "minor": Field("Min", 3, lambda seen: seen.info.minor, "Minor number."),
    "open": Field("Open", 4, lambda seen: seen.info.open_count, "How many have it open."),
    "segments": Field("Targ", 4, lambda seen: seen.info.targets, "Targets of the live table."),
    "events": Field("Event", 6, lambda seen: seen.info.event_nr, "Number of the most recent event."),
    "device_count": Field("#Devs", 5, lambda seen: len(seen.info.devices), "Devices that it uses."),
    "devs_used": Field("DevNamesUsed", 16, lambda seen: ",".join(seen.mapped_below), "Mapped devices that it uses."),
    "devnos_used": Field(
        "DevNosUsed", 16, lambda seen: ",".join(reversed(seen.info.devices)), "Numbers of the devices that it uses.",
    ),
    "blkdevs_used": Field(
        "BlkDevNamesUsed", 16, lambda seen: ",".join(reversed(seen.below)), "Names of the devices that it uses.",
    ),
    "device_ref_count": Field("#Refs", 5, lambda seen: len(seen.above), "Mapped devices that use it."),
    "names_using_dev": Field(
        "RefNames", 8, lambda seen: ",".join(each.name for each in seen.above), "Names of the devices that use it.",
    ),
    "devnos_using_dev": Field(
        "RefDevNos", 9, lambda seen: ",".join(f"{each.major}:{each.minor}" for each in seen.above), "Their numbers.",
    ),
    "subsystem": Field(
        "Subsys", 6, lambda seen: seen.info.uuid.partition("-")[0] if "-" in seen.info.uuid else "",
        "Who made it, by its uuid.",
    ),
}
"""By the names of ``-o``."""
DEFAULT_FIELDS = ("name", "major", "minor", "attr", "open", "segments", "events", "uuid")


def column_lines(words: Words, rows: list[Seen], given: dict[str, str]) -> list[str]:
    """What ``info -c`` prints.  Raises LineError for a field that there is not."""
    text = given.get("options", "")
    if text == "help":
        return _help()
    names: list[str] = []
    for name in text.removeprefix("+").split(","):
        names += FIELDS if name == "all" else [name] if name else []
    if not names or text.startswith("+"):
        names = [*DEFAULT_FIELDS, *names]
    fields = [FIELDS[pick(words, name, FIELDS, "a field")] for name in names]
    for key in reversed([key for key in given.get("sort", "").split(",") if key]):
        field = FIELDS[pick(words, key.lstrip("+-"), FIELDS, "a field")]
        rows = sorted(rows, key=lambda row: _sortable(field, row), reverse=key.startswith("-"))
    values: list[list[str | int]] = [[field.read(row) for field in fields] for row in rows]
    if "nameprefixes" in given:
        quote = "" if "unquoted" in given else "'"
        separator = given.get("separator", " ")
        return [
            separator.join(f"DM_{name.upper()}={quote}{value}{quote}" for name, value in zip(names, row, strict=True))
            for row in values
        ]
    heading = [field.heading for field in fields]
    if "noheadings" in given or "separator" in given:
        # As dmsetup does since it learnt columns: without headings the values stand close, with a colon between.
        separator = given.get("separator", ":")
        lines = [separator.join(str(value) for value in row) for row in values]
        return lines if "noheadings" in given else [separator.join(heading), *lines]
    return _aligned(fields, heading, values)


def _sortable(field: Field, row: Seen) -> tuple[int, str]:
    value = field.read(row)
    return (value, "") if isinstance(value, int) else (0, value)


def _aligned(fields: list[Field], heading: list[str], rows: list[list[str | int]]) -> list[str]:
    """Numbers to the right, words and headings to the left; the last column has its width, too."""
    widths = [
        max(field.width, len(field.heading), *(len(str(row[index])) for row in rows)) if rows else field.width
        for index, field in enumerate(fields)
    ]
    lines = [" ".join(word.ljust(width) for word, width in zip(heading, widths, strict=True))]
    for row in rows:
        lines.append(
            " ".join(
                str(value).rjust(width) if isinstance(value, int) else value.ljust(width)
                for value, width in zip(row, widths, strict=True)
            )
        )
    return lines


def _help() -> list[str]:
    width = max(map(len, FIELDS)) + 2
    return [f"  {name:<{width}}- {field.about}" for name, field in FIELDS.items()]
