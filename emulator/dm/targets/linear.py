"""The ``linear`` target: a range of sectors mapped onto one device (drivers/md/dm-linear.c).  Bio-based only."""

from __future__ import annotations

import errno
import re

from emulator.dm.bio_based.clone import BioClone
from emulator.dm.codes import DM_MAPIO_REMAPPED
from emulator.dm.lower import Lower
from emulator.dm.targets.base import TARGETS, Host, TableError
from emulator.dm.targets.bio import BioOnly
from emulator.snapshot import TargetView

_SECTOR = re.compile(r"[0-9]{1,20}", re.ASCII)


class Linear(BioOnly):
    """struct linear_c."""

    type = "linear"
    num_flush_bios = 1

    def __init__(self, host: Host, length: int, words: list[str]) -> None:
        prefix = "dm-linear: " if host.era == "2.6.31" else ""
        if len(words) != 2:
            raise TableError(errno.EINVAL, f"linear: {prefix}Invalid argument count")
        if not _SECTOR.fullmatch(words[1]):
            raise TableError(errno.EINVAL, f"linear: {prefix}Invalid device sector")
        try:
            self.lower = host.get_device(words[0])
        except TableError as error:
            raise TableError(error.errno, f"linear: {prefix}Device lookup failed", error.hint) from None
        self.length = length
        self.start = int(words[1])

    def devices(self) -> list[Lower]:
        """The one."""
        return [self.lower]

    def areas(self) -> list[tuple[Lower, int]]:
        """From ``start`` on."""
        return [(self.lower, self.start)]

    def map_bio(self, clone: BioClone) -> int:
        """linear_map."""
        clone.lower = self.lower
        if clone.sectors:
            clone.sector = self.start + clone.first - clone.begin
        return DM_MAPIO_REMAPPED

    def end_io_bio(self, clone: BioClone, error: int) -> int:
        """It has none: the error goes up."""
        return error

    def prepare_ioctl(self) -> tuple[Lower | None, int]:
        """linear_prepare_ioctl: to the device."""
        return self.lower, 0

    def table_line(self) -> str:
        """Device and first sector."""
        return f"{self.lower.dev} {self.start}"

    def status_line(self) -> str:
        """Empty."""
        return ""

    def view(self) -> TargetView:
        """No groups."""
        return TargetView("linear", (), False, False, False, 0, 0, self.table_line(), self.status_line())


def device_words(words: list[str]) -> tuple[str, ...]:
    """The word that names the device, of a line whose device is not known yet.  Raises TableError."""
    if len(words) != 2 or not _SECTOR.fullmatch(words[1]):
        what = "Invalid argument count" if len(words) != 2 else "Invalid device sector"
        raise TableError(errno.EINVAL, f"linear: {what}", hint="expected 'linear DEVICE SECTOR'")
    return (words[0],)


TARGETS["linear"] = Linear
