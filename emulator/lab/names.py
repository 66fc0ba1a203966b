"""Names of mapped devices, as dm-ioctl.c keeps them: beside the devices, which do not know what they are called.

A plan's md machines play struct mapped_device.  Those that the scenario declares have a name from the start, others
come with ``dmsetup create``.  Used by the session only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from emulator.plan import Plan

NAME_MOST = 127
"""Characters of a name (DM_NAME_LEN - 1)."""
UUID_MOST = 128
"""Characters of a uuid (DM_UUID_LEN - 1)."""


class NameTaken(Exception):
    """The name or uuid is in use."""


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

    def __init__(self, plan: Plan) -> None:
        self._cells = {md.name: Named(md.name, "", md.name, md.dev) for md in plan.mds}

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

    def check_free(self, name: str, uuid: str = "") -> None:
        """Raises NameTaken if a device has that name or uuid."""
        if name in self._cells or self.by_uuid(uuid) is not None:
            raise NameTaken

    def add(self, cell: Named) -> None:
        """A device was made."""
        self._cells[cell.name] = cell

    def rename(self, cell: Named, name: str) -> Named:
        """Call it something else.  Raises NameTaken."""
        self.check_free(name)
        del self._cells[cell.name]
        self._cells[name] = renamed = replace(cell, name=name)
        return renamed

    def set_uuid(self, cell: Named, uuid: str) -> Named:
        """Give it a uuid, which it has for good.  Raises NameTaken if it has one or another device has this one."""
        if cell.uuid or self.by_uuid(uuid) is not None:
            raise NameTaken
        self._cells[cell.name] = named = replace(cell, uuid=uuid)
        return named

    def remove(self, cell: Named) -> None:
        """The device is gone."""
        del self._cells[cell.name]
