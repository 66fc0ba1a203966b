"""What all dmsetup commands share: finding devices, libdevmapper's error lines, the state of a device."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from emulator.commands import DevStatus
from emulator.lab.language.base import Words, split_options
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
    "--force": "force", "--tree": "tree", "--noudevsync": "ignored",
    "--verifyudev": "ignored", "-v": "ignored", "--verbose": "ignored", "--retry": "ignored",
}
VALUED = {
    "--table": "table", "-u": "uuid", "--uuid": "uuid", "--target": "target", "-o": "options", "--options": "options",
    "--separator": "separator",
}


def options(words: Words, *known: str) -> tuple[Words, dict[str, str]]:
    """Plain words and those options of dmsetup that this command knows.  Raises LineError."""
    wanted = {*known, "ignored"}
    flags = {spelling: name for spelling, name in FLAGS.items() if name in wanted}
    valued = {spelling: name for spelling, name in VALUED.items() if name in wanted}
    return split_options(words, flags, valued)


def ioctl_failed(words: Words, ioctl: str, name: str, number: int, dev: str = "", uuid: str = "") -> Result:
    """libdevmapper's line for a failed ioctl, and dmsetup's."""
    where = f"({dev})" if dev else uuid
    said = f"device-mapper: {ioctl} ioctl on {name} {where} failed: {os.strerror(number)}"
    return words.failure(said, FAILED)


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
    word = plain.pop(0)
    return word.removeprefix("/dev/mapper/"), session.names.find(word)


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
