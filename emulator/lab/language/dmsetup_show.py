"""``dmsetup info``, ``ls``, ``deps``, ``targets``, ``version``, and what needs udev: what there is."""

from __future__ import annotations

from emulator.dm.targets.base import known_targets
from emulator.lab.language.base import Run, Words, pick
from emulator.lab.language.dmsetup_base import (
    absent,
    by_option,
    chosen_devices,
    device_info,
    missing,
    options,
)
from emulator.lab.language.dmsetup_columns import READ_AHEAD, Seen, column_lines
from emulator.lab.language.dmsetup_tree import tree_lines
from emulator.lab.results import DeviceInfo, Result
from emulator.lab.session import Session, Wait

VERSIONS = {"multipath": "v1.14.0", "error": "v1.5.0", "linear": "v1.4.0", "striped": "v1.6.0", "zero": "v1.1.0"}
"""Of the targets of kernel 6.1."""
VERSIONS_2631 = {"multipath": "v1.1.0", "error": "v1.0.1", "linear": "v1.1.0", "striped": "v1.2.0", "zero": "v1.0.0"}
DEV_NAMES = ("devno", "blkdevname", "devname")
"""``-o`` of ls and deps."""


def info_lines(info: DeviceInfo) -> list[str]:
    """The block of one device."""
    marks = " (READ-ONLY)" if info.read_only else ""
    marks += " (DEFERRED REMOVE)" if info.deferred_remove else ""
    lines = [
        f"Name:              {info.name}",
        f"State:             {info.state}{marks}",
        f"Read Ahead:        {READ_AHEAD}",
        f"Tables present:    {info.tables}",
        f"Open count:        {info.open_count}",
        f"Event number:      {info.event_nr}",
        f"Major, minor:      {info.major}, {info.minor}",
        f"Number of targets: {info.targets}",
    ]
    return [*lines, f"UUID: {info.uuid}"] if info.uuid else lines


def _all(session: Session) -> Wait[dict[str, Seen]]:
    """Every device with its relations, by number."""
    infos: dict[str, DeviceInfo] = {}
    for cell in session.names.all():
        infos[cell.dev] = yield from device_info(session, cell)
    names = _kernel_names(session)
    return {
        dev: Seen(
            info,
            tuple(names.get(below, below) for below in info.devices),
            tuple(infos[below].name for below in info.devices if below in infos),
            tuple(other for other in infos.values() if dev in other.devices),
        )
        for dev, info in infos.items()
    }


def _kernel_names(session: Session) -> dict[str, str]:
    """Names below /sys/block, by number."""
    names = {device.dev: device.name for device in session.plan.devices}
    return names | {cell.dev: f"dm-{cell.minor}" for cell in session.names.all()}


def _info(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(
        words, "uuid", "columns", "noheadings", "options", "separator", "sort", "nameprefixes", "unquoted", "inactive",
    )
    lacking, chosen = chosen_devices(session, words, plain, given)
    if lacking is not None:
        return missing(words)
    if not chosen:
        return words.result(["No devices found"])
    seen = yield from _all(session)
    rows = [seen[cell.dev] for cell in chosen]
    infos = [row.info for row in rows]
    value = infos[0] if len(infos) == 1 else tuple(infos)
    if "columns" in given:
        return words.result(column_lines(words, rows, given), value)
    out: list[str] = []
    for info in infos:
        out += [*info_lines(info), ""]
    return words.result(out, value)


def _ls(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "target", "tree", "options")
    if plain:
        raise words.error(f"found {plain[0]!r}, expected an option: ls lists all devices", plain[0])
    cells = session.names.all()
    names = tuple(cell.name for cell in cells)
    if not cells:
        return words.result(["No devices found"], names)
    if "tree" in given:
        seen = yield from _all(session)
        return words.result(tree_lines(words, seen, _kernel_names(session), given), names)
    kind = pick(words, given.get("options", "devno"), DEV_NAMES, "how to name a device")
    lines: list[str] = []
    for cell in cells:
        if "target" in given:
            if given["target"] in (yield from device_info(session, cell)).target_type.split(","):
                lines.append(f"{cell.name}\t({cell.dev.replace(':', ', ')})")
        else:
            shown = {"devno": cell.dev, "blkdevname": f"dm-{cell.minor}", "devname": cell.name}[kind]
            lines.append(f"{cell.name}\t({shown})")
    return words.result(lines, names)


def _deps(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid", "options", "inactive")
    kind = pick(words, given.get("options", "devno"), DEV_NAMES, "how to name a device")
    one = len(plain) + by_option(given) == 1
    lacking, chosen = chosen_devices(session, words, plain, given)
    if lacking is not None:
        return absent(words, "deps", lacking, given)
    shown = {} if kind == "devno" else _kernel_names(session)
    if kind == "devname":
        shown |= {cell.dev: cell.name for cell in session.names.all()}
    lines: list[str] = []
    for cell in chosen:
        devices = (yield from device_info(session, cell)).devices
        # The kernel puts each device that a table opens at the head of the list.
        words_of = "".join(f" ({shown.get(dev, dev.replace(':', ', '))})" for dev in reversed(devices))
        lines.append(f"{'' if one else f'{cell.name}: '}{len(devices)} dependencies\t:{words_of}")
    return words.result(lines or ["No devices found"])


def _modern(session: Session) -> bool:
    return session.era == "modern"


def _targets(session: Session, words: Words) -> Wait[Result]:
    yield from ()
    options(words)
    versions = VERSIONS if _modern(session) else VERSIONS_2631
    return words.result([f"{name:<16} {versions[name]}" for name in sorted(known_targets(), reverse=True)])


def _version(session: Session, words: Words) -> Wait[Result]:
    yield from ()
    options(words)
    library = ("1.02.185 (2022-05-18)", "4.47.0") if _modern(session) else ("1.02.33 (2009-05-21)", "4.15.0")
    return words.result([f"Library version:   {library[0]}", f"Driver version:    {library[1]}"])


def _nothing(session: Session, words: Words) -> Wait[Result]:
    """Commands about device nodes and udev's cookies."""
    yield from ()
    return words.result(["Nothing to do: there are no device nodes and no udev here."])


UDEV = (
    "mknodes", "udevcomplete", "udevcomplete_all", "udevcookies", "udevcreatecookie", "udevflags", "udevreleasecookie",
)
COMMANDS: dict[str, Run] = {
    "info": _info, "ls": _ls, "deps": _deps, "targets": _targets, "version": _version, **dict.fromkeys(UDEV, _nothing),
}
"""By the word behind dmsetup."""
