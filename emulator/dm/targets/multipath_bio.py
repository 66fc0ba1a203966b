"""``queue_mode bio`` of later kernels: multipath_map_bio, multipath_end_io_bio and process_queued_bios of dm-mpath.c.

Runs in the md's process.  A bio that finds no path, or whose path failed, waits in the target (``queued_bios``) and not
on a queue.  In the kernel its work tries the waiting ones again and again while there is no path; here it runs when
something has changed (a path, queue_if_no_path, pg_init), which comes to the same.
"""

from __future__ import annotations

import errno
from dataclasses import replace

from emulator.block.bio import FAILFAST_TRANSPORT, SECTOR
from emulator.block.errors import NOT_PATH_ERRORS, blk_errno
from emulator.dm.bio_based.clone import BioClone
from emulator.dm.codes import (
    DM_ENDIO_INCOMPLETE,
    DM_ENDIO_REQUEUE,
    DM_MAPIO_REMAPPED,
    DM_MAPIO_REQUEUE,
    DM_MAPIO_SUBMITTED,
)
from emulator.dm.targets.arguments import Words
from emulator.dm.targets.base import TARGETS, Host, Target
from emulator.dm.targets.features import read_features
from emulator.dm.targets.multipath import Mpio, Multipath
from emulator.snapshot import TargetView


class MultipathBio(Multipath):
    """struct multipath with DM_TYPE_BIO_BASED."""

    num_flush_bios = 1

    def __init__(self, host: Host, length: int, words: list[str]) -> None:
        super().__init__(host, length, words)
        self.queued_bios: list[BioClone] = []
        """m->queued_bios, oldest first."""

    def map_bio(self, clone: BioClone) -> int:
        """__map_bio and __multipath_map_bio."""
        self.why = ""
        nr_bytes = clone.sectors * SECTOR
        path = self.choice.current_path
        if path is None or not self.pg_init.queue_io:
            path = self.choose(nr_bytes)
        if path is None:
            self.why = self._why_no_path()
        if path is None and self.queue_if_no_path:
            return self._keep(clone)
        if path is None:
            return DM_MAPIO_REQUEUE if self.host.noflush_suspending() else -errno.EIO
        if self.pg_init.queue_io or self.pg_init.required:
            self.why = "pg_init first"
            self._keep(clone)
            self.pg_init.start()
            return DM_MAPIO_SUBMITTED
        clone.info = Mpio(path, nr_bytes, self.host.now_us * 1000)
        clone.lower = path.lower
        clone.sector = clone.first
        clone.flags |= FAILFAST_TRANSPORT
        path.in_flight += 1
        path.bytes += nr_bytes
        return DM_MAPIO_REMAPPED

    def _keep(self, clone: BioClone) -> int:
        """multipath_queue_bio."""
        clone.lower = None
        self.queued_bios.append(clone)
        return DM_MAPIO_SUBMITTED

    def end_io_bio(self, clone: BioClone, error: int) -> int:
        """multipath_end_io_bio: an error that the path is to blame for waits for another path."""
        mpio: Mpio = clone.info
        verdict = self._judge_bio(clone, mpio, -blk_errno(-error)) if error else 0
        path = mpio.path
        if path is not None:
            path.selector.ended(path, mpio.start_ns, self.host.now_us * 1000)
            path.in_flight -= 1
            path.bytes -= mpio.nr_bytes
        return verdict

    def _judge_bio(self, clone: BioClone, mpio: Mpio, error: int) -> int:
        self.why = "not the path's fault"
        if -error in NOT_PATH_ERRORS:
            return error
        if mpio.path is not None:
            self._blame(mpio.path, error)
        if not self.nr_valid_paths and not self.queue_if_no_path:
            return DM_ENDIO_REQUEUE if self.host.noflush_suspending() else -errno.EIO
        self._keep(clone)
        self.host.kick_queued_ios()
        return DM_ENDIO_INCOMPLETE

    def take_queued_bios(self) -> list[BioClone]:
        """process_queued_bios: all of them."""
        taken, self.queued_bios = self.queued_bios, []
        return taken

    def presuspend(self) -> None:
        """Queueing ends under noflush too."""
        self._queue_if_no_path(False, save=True)

    def view(self) -> TargetView:
        """Groups and paths."""
        return replace(super().view(), queued=len(self.queued_bios))


def multipath_ctr(host: Host, length: int, words: list[str]) -> Target:
    """The target of the mode that the features ask for.  Raises TableError."""
    features = read_features(Words(words), host.era)
    return (MultipathBio if features.bio else Multipath)(host, length, words)


TARGETS["multipath"] = multipath_ctr
