"""Names of mapped devices, as dm-ioctl.c keeps them: beside the devices, which do not know what they are called.

A plan's md machines play struct mapped_device.  Those that the scenario declares have a name from the start; the spare
ones that a Lab adds wait for ``dmsetup create``.  Used by the session only.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, replace

from emulator.plan import MdSpec, Plan

NAME_MOST = 127
"""Characters of a name (DM_NAME_LEN - 1)."""


class NameTaken(Exception):
    """The name or uuid is in use, or no md is left: ``errno`` says which."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.errno = number


@dataclass(frozen=True, slots=True)
class Named:
    """struct hash_cell: a device that exists."""

    name: str
    uuid: str
    machine: str
    dev: str
    """major:minor."""

    @property
    def minor(self) -> int:
        """Minor number."""
        return int(self.dev.partition(":")[2])


class DeviceNames:
    """Which names exist, and which md machine each means."""

    def __init__(self, plan: Plan, spares: frozenset[str]) -> None:
        self._cells = {md.name: Named(md.name, "", md.name, md.dev) for md in plan.mds if md.name not in spares}
        self._free = sorted((md for md in plan.mds if md.name in spares), key=_minor)

    def all(self) -> list[Named]:
        """Every device, by name as dmsetup lists them."""
        return [self._cells[name] for name in sorted(self._cells)]

    def find(self, word: str) -> Named | None:
        """The device called *word*: its name, /dev/mapper/NAME or /dev/dm-N."""
        if word.startswith("/dev/dm-"):
            return next((cell for cell in self._cells.values() if f"/dev/dm-{cell.minor}" == word), None)
        return self._cells.get(word.removeprefix("/dev/mapper/"))

    def by_uuid(self, uuid: str) -> Named | None:
        """The device with that uuid."""
        return next((cell for cell in self._cells.values() if uuid and cell.uuid == uuid), None)

    def of_machine(self, machine: str) -> str:
        """The name that *machine* has now, or the machine's own."""
        return next((cell.name for cell in self._cells.values() if cell.machine == machine), machine)

    def numbers(self) -> dict[str, str]:
        """Name -> major:minor."""
        return {cell.name: cell.dev for cell in self._cells.values()}

    def create(self, name: str, uuid: str) -> Named:
        """Give the free md with the lowest minor a name.  Raises NameTaken."""
        if name in self._cells or self.by_uuid(uuid) is not None:
            raise NameTaken(errno.EBUSY)
        if not self._free:
            raise NameTaken(errno.ENOMEM)
        md = self._free.pop(0)
        self._cells[name] = cell = Named(name, uuid, md.name, md.dev)
        return cell

    def rename(self, cell: Named, name: str) -> Named:
        """Call it something else.  Raises NameTaken."""
        if name in self._cells:
            raise NameTaken(errno.EBUSY)
        del self._cells[cell.name]
        self._cells[name] = renamed = replace(cell, name=name)
        return renamed

    def remove(self, cell: Named) -> None:
        """The device is gone; its md is free."""
        del self._cells[cell.name]
        self._free.append(MdSpec(cell.machine, cell.dev, ""))
        self._free.sort(key=_minor)


def _minor(md: MdSpec) -> tuple[int, int]:
    major, _, minor = md.dev.partition(":")
    return int(major), int(minor)
