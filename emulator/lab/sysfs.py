"""The files below /sys that the emulated devices have: who answers for one, and what reading and writing it does.

Used by the verbs cat, echo, ls and blockdev.  /sys/block/dm-N is an md, /sys/block/sdX a device; what is known here and
not by the machines (names, sizes, who is below and above) is filled in.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass

from emulator.commands import Attributes, NopathTimeout, SetAttribute
from emulator.lab.results import LabError
from emulator.lab.session import Session, Wait

BLOCK = "/sys/block/"
TIMEOUT = "/sys/module/dm_multipath/parameters/queue_if_no_path_timeout_secs"


class NoFile(Exception):
    """A file that cannot be read or written: ``errno`` says why."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.errno = number


@dataclass(frozen=True, slots=True)
class Disk:
    """A directory of /sys/block."""

    name: str
    machine: str
    dev: str
    """major:minor."""
    is_md: bool


def disks(session: Session) -> list[Disk]:
    """All of /sys/block."""
    found = [Disk(f"dm-{cell.minor}", cell.machine, cell.dev, True) for cell in session.names.all()]
    return found + [Disk(device.name, device.name, device.dev, False) for device in session.plan.devices]


def _disk(session: Session, path: str) -> tuple[Disk, str]:
    """The disk of *path*, and the file below it ("" = the directory).  Raises NoFile."""
    if not path.startswith(BLOCK):
        raise NoFile(errno.ENOENT)
    name, _, rest = path.removeprefix(BLOCK).partition("/")
    disk = next((disk for disk in disks(session) if disk.name == name), None)
    if disk is None:
        raise NoFile(errno.ENOENT)
    return disk, rest


def own_files(session: Session, disk: Disk) -> Wait[dict[str, str]]:
    """What the machine itself says of *disk*."""
    outcome = yield from session.ask(Attributes(disk.machine))
    if not outcome.ok:
        raise LabError(f"{disk.name}: {outcome.text}")
    return dict(line.split("=", 1) for line in outcome.text.splitlines())


def files(session: Session, disk: Disk) -> Wait[Mapping[str, str]]:
    """Every file of *disk* with its value; slaves and holders are directories."""
    found = yield from own_files(session, disk)
    if disk.is_md:
        cell = next(cell for cell in session.names.all() if cell.machine == disk.machine)
        found |= {"dm/name": cell.name, "dm/uuid": cell.uuid, "dev": disk.dev}
    else:
        spec = next(spec for spec in session.plan.devices if spec.name == disk.name)
        size = next(lun.sectors for lun in session.plan.luns if lun.name == spec.lun)
        found |= {"size": str(size), "dev": disk.dev}
        found["holders"] = " ".join((yield from _holders(session, disk.name)))
    return found


def _holders(session: Session, device: str) -> Wait[list[str]]:
    above = []
    for disk in disks(session):
        if disk.is_md:
            below = (yield from files(session, disk)).get("slaves", "")
            above += [disk.name] if device in below.split() else []
    return above


def read(session: Session, path: str) -> Wait[str]:
    """What is in the file *path*.  Raises NoFile."""
    if path == TIMEOUT:
        return str(session.nopath_timeout_secs)
    disk, rest = _disk(session, path)
    found = yield from files(session, disk)
    if rest in ("slaves", "holders") or any(name.startswith(f"{rest}/") for name in found) or not rest:
        raise NoFile(errno.EISDIR)
    if rest not in found:
        raise NoFile(errno.ENOENT)
    return found[rest]


def listing(session: Session, path: str) -> Wait[list[str]]:
    """Names in the directory *path*.  Raises NoFile."""
    if path.rstrip("/") == BLOCK.rstrip("/"):
        return sorted(disk.name for disk in disks(session))
    disk, rest = _disk(session, path.rstrip("/"))
    found = yield from files(session, disk)
    if rest in ("slaves", "holders"):
        return sorted(found.get(rest, "").split())
    start = f"{rest}/" if rest else ""
    names = {name.removeprefix(start).partition("/")[0] for name in found if name.startswith(start)}
    if not names:
        raise NoFile(errno.ENOENT)
    return sorted(names)


def write(session: Session, path: str, value: str) -> Wait[None]:
    """Write *value* to the file *path*.  Raises NoFile."""
    if path == TIMEOUT:
        if not value.isdigit() or len(value) > 9:
            raise NoFile(errno.EINVAL)
        session.nopath_timeout_secs = int(value)
        for md in session.plan.mds:
            yield from session.ask(NopathTimeout(md.name, int(value)))
        return
    disk, rest = _disk(session, path)
    if rest != "device/delete" and rest not in (yield from files(session, disk)):
        raise NoFile(errno.ENOENT)
    outcome = yield from session.answer(SetAttribute(disk.machine, rest, value))
    if not outcome.ok:
        raise NoFile(outcome.errno)
