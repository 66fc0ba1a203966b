"""What a target of a bio-based md is, and what those have in common that know nothing of requests."""

from __future__ import annotations

import errno
from typing import Protocol

from emulator.dm.bio_based.clone import BioClone
from emulator.dm.clone import Tio
from emulator.dm.targets.base import TableError, Target


class BioTarget(Target, Protocol):
    """A live target of a bio-based md.  All functions run in the md's process."""

    num_flush_bios: int
    """Empty flushes that it wants of each flush."""

    def map_bio(self, clone: BioClone) -> int:
        """map: DM_MAPIO_* or a negative errno (DM_MAPIO_KILL); REMAPPED leaves device and sector in *clone*."""
        ...

    def end_io_bio(self, clone: BioClone, error: int) -> int:
        """end_io: 0, a negative errno, DM_ENDIO_REQUEUE or DM_ENDIO_INCOMPLETE; *error* is 0 or negative."""
        ...

    def take_queued_bios(self) -> list[BioClone]:
        """What it kept and is to be mapped again now."""
        ...


class BioOnly:
    """A target with bio functions only: nothing of requests, nothing to do at a suspend, no messages."""

    type = ""

    def map_rq(self, tio: Tio) -> int:
        """It has none: a table with it is never request-based."""
        raise TypeError(f"{self.type} maps no requests")

    def rq_end_io(self, tio: Tio, error: int) -> int:
        """As map_rq."""
        raise TypeError(f"{self.type} maps no requests")

    def map_queued(self, tio: Tio) -> int:
        """As map_rq."""
        raise TypeError(f"{self.type} maps no requests")

    def take_queued(self) -> list[Tio]:
        """It holds no clones."""
        return []

    def take_queued_bios(self) -> list[BioClone]:
        """It keeps none."""
        return []

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
        raise TableError(errno.EINVAL, f"{self.type}: {text}", log=(f"ioctl: {text}",))
