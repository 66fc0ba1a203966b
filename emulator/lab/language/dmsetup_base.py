"""What all dmsetup commands share: finding devices, libdevmapper's error lines, the state of a device."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping

from emulator.commands import DevStatus, InterruptSuspend, Outcome, Resume, Suspend
from emulator.lab.language.base import Words, split_options
from emulator.lab.language.dmsetup_names import mangled
from emulator.lab.names import Named
from emulator.lab.opening import DM_MAJOR
from emulator.lab.results import DeviceInfo, LabError, Result
from emulator.lab.session import Session, Wait
from emulator.snapshot import MdView, SubmitterView

FAILED = "Command failed."
_WORD = re.compile(r"(\w+)=(\S*)")

FLAGS = {
    "--noflush": "noflush", "--nolockfs": "nolockfs", "--notable": "notable", "-n": "notable", "-c": "columns",
    "-C": "columns", "--columns": "columns", "--noheadings": "noheadings", "--inactive": "inactive", "-f": "force",
    "--force": "force", "-r": "readonly", "--readonly": "readonly", "--deferred": "deferred", "--retry": "retry",
    "--setuuid": "setuuid", "--tree": "tree", "--nameprefixes": "nameprefixes", "--unquoted": "unquoted",
}
VALUED = {
    "--table": "table", "-u": "uuid", "--uuid": "uuid", "--target": "target", "-o": "options", "--options": "options",
    "--separator": "separator", "-O": "sort", "--sort": "sort", "-j": "major", "--major": "major", "-m": "minor",
    "--minor": "minor",
}
IGNORED_FLAGS = (
    "--addnodeoncreate", "--addnodeonresume", "--checks", "--noopencount", "--noudevrules", "--noudevsync",
    "--showkeys", "--unbuffered", "-v", "--verbose", "--verifyudev", "-y", "--yes",
)
IGNORED_VALUED = ("--gid", "--manglename", "--mode", "--readahead", "--udevcookie", "--uid")
"""Options that would change nothing here."""


def options(words: Words, *known: str) -> tuple[Words, dict[str, str]]:
    """Plain words and those options of dmsetup that this command knows, as getopt_long takes them.

    ``--concise`` has a value for some commands and none for others: *known* has "concise" or "concise=".  Raises
    LineError.
    """
    flags = {spelling: name for spelling, name in FLAGS.items() if name in known}
    valued = {spelling: name for spelling, name in VALUED.items() if name in known}
    if {"major", "minor"} & {*known} or "uuid" in known:
        valued |= {spelling: name for spelling, name in VALUED.items() if name in ("major", "minor")}
    if "concise=" in known:
        valued["--concise"] = "concise"
    elif "concise" in known:
        flags["--concise"] = "concise"
    flags |= dict.fromkeys(IGNORED_FLAGS, "ignored")
    valued |= dict.fromkeys(IGNORED_VALUED, "ignored")
    return split_options(_spelled_out(words, flags, valued), flags, valued)


def _spelled_out(words: Words, flags: Mapping[str, str], valued: Mapping[str, str]) -> Words:
    """*words* with ``-co name`` taken apart and unique beginnings of long options completed."""
    found = words.tail(len(words))
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            found += [word, *rest]
            break
        if word.startswith("--"):
            begun, equals, value = word.partition("=")
            names = {name for name in (*flags, *valued) if name.startswith(begun)}
            word = f"{names.pop()}{equals}{value}" if begun not in names and len(names) == 1 else word
            found.append(word)
            if word in valued and rest:
                found.append(rest.pop(0))
        elif word.startswith("-") and len(word) > 2:
            found += _taken_apart(word, flags, valued)
        else:
            found.append(word)
    return found


def _taken_apart(word: str, flags: Mapping[str, str], valued: Mapping[str, str]) -> list[str]:
    """Short options in one word; as it is if one of them is none."""
    parts: list[str] = []
    for index, letter in enumerate(word[1:], 1):
        short = f"-{letter}"
        if short in valued:
            return [*parts, short, word[index + 1 :]] if word[index + 1 :] else [*parts, short]
        if short not in flags:
            return [word]
        parts.append(short)
    return parts


def ioctl_failed(
    words: Words, ioctl: str, name: str, number: int, dev: str = "", uuid: str = "", hint: str = ""
) -> Result:
    """libdevmapper's line for a failed ioctl, and dmsetup's."""
    where = f"({dev})" if dev else uuid
    said = f"device-mapper: {ioctl} ioctl on {name} {where} failed: {os.strerror(number)}"
    return words.failure(said, FAILED, hint=hint)


def absent(words: Words, ioctl: str, name: str, given: Mapping[str, str]) -> Result:
    """The ioctl on a device that is not there, called as it was asked for: by name, uuid or number."""
    dev = f"{given.get('major', DM_MAJOR)}:{given.get('minor', '')}" if {"major", "minor"} & given.keys() else ""
    return ioctl_failed(words, ioctl, name, errno.ENXIO, dev, given.get("uuid", ""))


def missing(words: Words) -> Result:
    """What ``info`` and ``status`` say of a device that is not there."""
    return words.failure("Device does not exist.", FAILED)


def one_device(session: Session, words: Words, plain: Words, given: dict[str, str]) -> tuple[str, Named | None]:
    """The name that is meant and its device, from ``-u``, ``-j -m`` or the first plain word, which it takes away."""
    if "uuid" in given:
        cell = session.names.by_uuid(given["uuid"])
        return (cell.name if cell else "", cell)
    if "major" in given or "minor" in given:
        dev = f"{given.get('major', DM_MAJOR)}:{given.get('minor', '')}"
        cell = next((cell for cell in session.names.all() if cell.dev == dev), None)
        return (cell.name if cell else "", cell)
    if not plain:
        raise words.error("No device specified: expected a name, -u UUID or -m MINOR")
    name = plain.pop(0).removeprefix("/dev/mapper/")
    name = name if name.startswith("/dev/") else mangled(session, name)
    return name, session.names.find(name)


def by_option(given: dict[str, str]) -> bool:
    """Whether an option says which device is meant."""
    return bool({"uuid", "major", "minor"} & given.keys())


def chosen_devices(
    session: Session, words: Words, plain: Words, given: dict[str, str]
) -> tuple[str | None, list[Named]]:
    """The name that is not there (None: all are), and the devices; all of them when none is named."""
    if not plain and not by_option(given):
        return None, session.names.all()
    chosen: list[Named] = []
    while plain or not chosen:
        name, cell = one_device(session, words, plain, given)
        if cell is None:
            return name, []
        chosen.append(cell)
    return None, chosen


def dev_status(session: Session, cell: Named) -> Wait[dict[str, str]]:
    """The md's own words about itself."""
    outcome = yield from session.ask(DevStatus(cell.machine))
    if not outcome.ok:
        raise LabError(f"{cell.name}: {outcome.text}")
    return dict(_WORD.findall(outcome.text))


def signalled(session: Session, command: Suspend | Resume) -> Wait[Outcome]:
    """What waits in dm_suspend; a signal for it makes that return EINTR."""
    interrupt = InterruptSuspend(command.target)
    return (yield from session.answer(command, lambda: session.enter(session.answer(interrupt))))


def device_info(session: Session, cell: Named) -> Wait[DeviceInfo]:
    """Everything that ``dmsetup info`` says."""
    words = yield from dev_status(session, cell)
    count = yield from open_count(session, cell)
    major, _, minor = cell.dev.partition(":")
    return DeviceInfo(
        name=cell.name,
        uuid=cell.uuid,
        read_only=cell.machine in session.read_only,
        deferred_remove=cell.machine in session.deferred,
        major=int(major),
        minor=int(minor),
        state="SUSPENDED" if words["state"] == "SUSPENDED" else "ACTIVE",
        live=words["live"] == "1",
        inactive=words["inactive"] == "1",
        open_count=count,
        event_nr=int(words["event"]),
        targets=int(words["targets"]),
        size=int(words["size"]),
        target_type=words["type"],
        devices=tuple(dev for dev in words["devices"].split(",") if dev),
    )


def open_count(session: Session, cell: Named) -> Wait[int]:
    """Who has it open: lines that read or write, loads of the scenario, mds above it."""
    count = session.opens.get(cell.machine, 0)
    for view in (yield from session.look()).values():
        if isinstance(view, SubmitterView):
            count += view.target == cell.machine and (view.running or view.outstanding > 0)
        elif isinstance(view, MdView):
            # A table opens what it names when it is loaded; both tables of an md share the opening.
            count += cell.machine in view.opens
    return count
