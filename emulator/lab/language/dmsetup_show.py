"""``dmsetup info``, ``ls``, ``deps``, ``targets``, ``version``: what there is."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass

from emulator.dm.targets.base import known_targets
from emulator.lab.language.base import Run, Words, pick
from emulator.lab.language.dmsetup_base import device_info, ioctl_failed, missing, one_device, options
from emulator.lab.language.dmsetup_tree import tree
from emulator.lab.names import Named
from emulator.lab.results import DeviceInfo, Result
from emulator.lab.session import Session, Wait

READ_AHEAD = 256
"""Sectors; the default of every queue."""
VERSIONS = {"multipath": "v1.14.0", "error": "v1.5.0", "linear": "v1.4.0"}
"""Of the targets of kernel 6.1."""
VERSIONS_2631 = {"multipath": "v1.1.0", "error": "v1.0.1", "linear": "v1.1.0"}


@dataclass(frozen=True, slots=True)
class Field:
    """A column of ``info -c``."""

    heading: str
    width: int
    right: bool
    read: Callable[[DeviceInfo], str]


def _attr(info: DeviceInfo) -> str:
    live = "L" if info.live else "-"
    inactive = "I" if info.inactive else "-"
    return f"{live}{inactive}{'s' if info.state == 'SUSPENDED' else '-'}w"


def _tables(info: DeviceInfo) -> str:
    words = [word for word, there in (("Live", info.live), ("Inactive", info.inactive)) if there]
    return "/".join(words) or "None"


FIELDS: dict[str, Field] = {
    "name": Field("Name", 16, False, lambda info: info.name),
    "uuid": Field("UUID", 4, False, lambda info: info.uuid),
    "major": Field("Maj", 3, True, lambda info: str(info.major)),
    "minor": Field("Min", 3, True, lambda info: str(info.minor)),
    "attr": Field("Stat", 4, False, _attr),
    "open": Field("Open", 4, True, lambda info: str(info.open_count)),
    "segments": Field("Targ", 4, True, lambda info: str(info.targets)),
    "events": Field("Event", 6, True, lambda info: str(info.event_nr)),
    "devno": Field("DevNo", 5, False, lambda info: f"{info.major}:{info.minor}"),
    "blkdevname": Field("BlkDevName", 10, False, lambda info: f"dm-{info.minor}"),
    "read_ahead": Field("RAhead", 6, True, lambda info: str(READ_AHEAD)),
    "tables_loaded": Field("Tables", 6, False, _tables),
    "readonly": Field("Access", 6, False, lambda info: "Writeable"),
    "suspended": Field("Suspended", 9, False, lambda info: "Suspended" if info.state == "SUSPENDED" else "Active"),
    "device_count": Field("#Devs", 5, True, lambda info: str(len(info.devices))),
    "devnos_used": Field("DevNosUsed", 10, False, lambda info: ",".join(info.devices)),
}
"""By the names of ``-o``."""
DEFAULT_FIELDS = ("name", "major", "minor", "attr", "open", "segments", "events", "uuid")


def info_lines(info: DeviceInfo) -> list[str]:
    """The block of one device."""
    lines = [
        f"Name:              {info.name}",
        f"State:             {info.state}",
        f"Read Ahead:        {READ_AHEAD}",
        f"Tables present:    {info.tables}",
        f"Open count:        {info.open_count}",
        f"Event number:      {info.event_nr}",
        f"Major, minor:      {info.major}, {info.minor}",
        f"Number of targets: {info.targets}",
    ]
    return [*lines, f"UUID: {info.uuid}"] if info.uuid else lines


def _chosen(session: Session, words: Words, plain: Words, given: dict[str, str]) -> tuple[str, list[Named]]:
    """The name that is not there ("" = all are), and the devices; all of them when none is named."""
    if not plain and "uuid" not in given:
        return "", session.names.all()
    chosen: list[Named] = []
    while plain or not chosen:
        name, cell = one_device(session, words, plain, given)
        if cell is None:
            return name, []
        chosen.append(cell)
    return "", chosen


def _info(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid", "columns", "noheadings", "options", "separator")
    lacking, chosen = _chosen(session, words, plain, given)
    if lacking:
        return missing(words)
    if not chosen:
        return words.result(["No devices found"])
    infos: list[DeviceInfo] = []
    for cell in chosen:
        infos.append((yield from device_info(session, cell)))
    value = infos[0] if len(infos) == 1 else tuple(infos)
    if "columns" in given:
        return words.result(_columns(words, infos, given), value)
    out: list[str] = []
    for info in infos:
        out += [*info_lines(info), ""]
    return words.result(out, value)


def _columns(words: Words, infos: list[DeviceInfo], given: dict[str, str]) -> list[str]:
    names = [name for name in given.get("options", "").split(",") if name]
    if given.get("options", "").startswith("+"):
        names = [*DEFAULT_FIELDS, names[0][1:], *names[1:]]
    fields = [FIELDS[pick(words, name, FIELDS, "a field")] for name in names or DEFAULT_FIELDS]
    rows = [[field.read(info) for field in fields] for info in infos]
    # As dmsetup does since it learnt columns: without headings the values stand close, with a colon between.
    separator = given.get("separator", ":" if "noheadings" in given else " ")
    if "noheadings" in given:
        return [separator.join(row) for row in rows]
    widths = [
        max(field.width, len(field.heading), *(len(row[index]) for row in rows)) for index, field in enumerate(fields)
    ]
    head = separator.join(field.heading.ljust(width) for field, width in zip(fields, widths, strict=True))
    lines = [head]
    for row in rows:
        cells = [
            value.rjust(width) if field.right else value.ljust(width)
            for value, field, width in zip(row, fields, widths, strict=True)
        ]
        lines.append(separator.join(cells))
    return lines


def _ls(session: Session, words: Words) -> Wait[Result]:
    _plain, given = options(words, "target", "tree")
    if "tree" in given:
        return words.result((yield from tree(session)) or ["No devices found"])
    lines: list[str] = []
    for cell in session.names.all():
        major, _, minor = cell.dev.partition(":")
        if "target" not in given:
            lines.append(f"{cell.name}\t({major}:{minor})")
        elif (yield from device_info(session, cell)).target_type == given["target"]:
            lines.append(f"{cell.name}\t({major}, {minor})")
    return words.result(lines or ["No devices found"], tuple(cell.name for cell in session.names.all()))


def _deps(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid")
    single = len(plain) == 1 or "uuid" in given
    lacking, chosen = _chosen(session, words, plain, given)
    if lacking:
        return ioctl_failed(words, "deps", lacking, errno.ENXIO)
    lines: list[str] = []
    for cell in chosen:
        devices = (yield from device_info(session, cell)).devices
        # The kernel puts each device that a table opens at the head of the list.
        shown = "".join(f" ({dev.replace(':', ', ')})" for dev in reversed(devices))
        head = "" if single else f"{cell.name}: "
        lines.append(f"{head}{len(devices)} dependencies\t:{shown}")
    return words.result(lines or ["No devices found"])


def _targets(session: Session, words: Words) -> Wait[Result]:
    yield from ()
    options(words)
    modern = any(md.era == "modern" for md in session.plan.mds)
    versions = VERSIONS if modern else VERSIONS_2631
    return words.result([f"{name:<16} {versions[name]}" for name in sorted(known_targets(), reverse=True)])


def _version(session: Session, words: Words) -> Wait[Result]:
    yield from ()
    options(words)
    modern = any(md.era == "modern" for md in session.plan.mds)
    library = ("1.02.185 (2022-05-18)", "4.47.0") if modern else ("1.02.33 (2009-05-21)", "4.15.0")
    return words.result([f"Library version:   {library[0]}", f"Driver version:    {library[1]}"])


COMMANDS: dict[str, Run] = {"info": _info, "ls": _ls, "deps": _deps, "targets": _targets, "version": _version}
"""By the word behind dmsetup."""
