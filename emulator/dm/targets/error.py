"""The ``error`` target: every request or bio is killed with -EIO (drivers/md/dm-target.c)."""

from __future__ import annotations

import errno

from emulator.dm.bio_based.clone import BioClone
from emulator.dm.clone import Tio
from emulator.dm.lower import Lower
from emulator.dm.targets.base import TARGETS, Host, TableError
from emulator.snapshot import TargetView


class ErrorTarget:
    """No devices; map_rq is -EIO."""

    type = "error"
    num_flush_bios = 0

    def __init__(self, host: Host, length: int, words: list[str]) -> None:
        # io_err_ctr looks at none of its words.
        self.length = length

    def devices(self) -> list[Lower]:
        """None."""
        return []

    def areas(self) -> list[tuple[Lower, int]]:
        """None."""
        return []

    def map_bio(self, clone: BioClone) -> int:
        """io_err_map: DM_MAPIO_KILL."""
        return -errno.EIO

    def end_io_bio(self, clone: BioClone, error: int) -> int:
        """Not called for killed bios; passes the error on."""
        return error

    def take_queued_bios(self) -> list[BioClone]:
        """It keeps none."""
        return []

    def map_rq(self, tio: Tio) -> int:
        """-EIO: the request is killed."""
        return -errno.EIO

    def rq_end_io(self, tio: Tio, error: int) -> int:
        """Not called for killed requests; passes the error on."""
        return error

    def busy(self) -> bool:
        """Never."""
        return False

    def presuspend(self) -> None:
        """Nothing to do."""

    def postsuspend(self) -> None:
        """Nothing to do."""

    def resume(self) -> None:
        """Nothing to do."""

    def pg_init_pending(self) -> bool:
        """Never."""
        return False

    def destroy(self) -> None:
        """Nothing to do."""

    def prepare_ioctl(self) -> tuple[Lower | None, int]:
        """It has none."""
        return None, errno.ENOTTY

    def message(self, words: list[str]) -> None:
        """It has no message function."""
        text = "Target type does not support messages"
        raise TableError(errno.EINVAL, f"error: {text}", log=(f"ioctl: {text}",))

    def take_queued(self) -> list[Tio]:
        """It holds nothing."""
        return []

    def map_queued(self, tio: Tio) -> int:
        """-EIO."""
        return -errno.EIO

    def table_line(self) -> str:
        """Empty."""
        return ""

    def status_line(self) -> str:
        """Empty."""
        return ""

    def view(self) -> TargetView:
        """No groups."""
        return TargetView("error", (), False, False, False, 0, 0, self.table_line(), self.status_line())


TARGETS["error"] = ErrorTarget
