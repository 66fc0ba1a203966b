"""The request-based ``error`` target: every request is killed with -EIO (drivers/md/dm-target.c)."""

from __future__ import annotations

import errno

from emulator.dm.clone import Tio
from emulator.dm.lower import Lower
from emulator.dm.targets.base import TARGETS, Host, TableError
from emulator.snapshot import TargetView


class ErrorTarget:
    """No devices; map_rq is -EIO."""

    type = "error"

    def __init__(self, host: Host, length: int, words: list[str]) -> None:
        if words:
            raise TableError(errno.EINVAL, f"error: unexpected argument {words[0]!r}: the target takes none")
        self.length = length

    def devices(self) -> list[Lower]:
        """None."""
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
