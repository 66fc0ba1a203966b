"""What a request-based target is (struct target_type), and what it may ask of the md that hosts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from emulator.block.errors import errno_name
from emulator.dm.clone import Tio
from emulator.dm.lower import Lower
from emulator.plan import Era
from emulator.snapshot import TargetView


class TableError(Exception):
    """What the kernel refuses: a positive errno, the words of ti->error, and what it prints about it."""

    def __init__(self, errno: int, text: str, hint: str = "", log: tuple[str, ...] | None = None) -> None:
        super().__init__(text)
        self.errno = errno
        self.text = text
        """As the kernel says it, with the target's name in front."""
        self.hint = hint
        """What else helps a person: what was found, what is known."""
        self.log = log
        """Its kernel log lines behind ``device-mapper: ``, {dev} for the md; None: those of a refused table."""

    def lines(self, dev: str) -> list[str]:
        """The kernel log lines for the md *dev*."""
        refused = (f"table: {{dev}}: {self.text} (-{errno_name(self.errno)})", "ioctl: error adding target to table")
        return [f"device-mapper: {line.replace('{dev}', dev)}" for line in (refused if self.log is None else self.log)]


class Host(Protocol):
    """The md as a target sees it."""

    name: str
    era: Era
    now_us: int
    dev: str
    """major:minor."""
    md_type: Literal["", "bio", "request"]
    """"" until a table has made it one of them."""
    nopath_timeout_us: int
    """queue_if_no_path_timeout_secs, in microseconds."""

    def get_device(self, word: str) -> Lower:
        """dm_get_device by major:minor or name; raises TableError."""
        ...

    def event(self, kind: str, **details: Any) -> None:
        """Tell the log."""
        ...

    def log(self, text: str) -> None:
        """One line of the kernel log."""
        ...

    def path_event(self, action: str, path: str, nr_valid_paths: int) -> None:
        """dm_path_uevent: sent with the next table event."""
        ...

    def trigger_event(self) -> None:
        """Schedule dm_table_event (trigger_event work)."""
        ...

    def kick_queued_ios(self) -> None:
        """2.6.31: queue_work(kmultipathd, process_queued_ios).  Later: kick the requeue list and run M."""
        ...

    def noflush_suspending(self) -> bool:
        """dm_noflush_suspending."""
        ...

    def activate(self, lower: Lower, done: Callable[[str], None]) -> None:
        """scsi_dh_activate: *done* is called later with the result (SCSI_DH_* without the prefix)."""
        ...

    def pg_init_done(self) -> None:
        """wake_up(&m->pg_init_wait)."""
        ...

    def arm(self, at_us: int, fire: Callable[[], None]) -> int:
        """Call *fire* at *at_us*; returns a handle for disarm."""
        ...

    def disarm(self, handle: int) -> None:
        """Forget an armed timer."""
        ...


class Target(Protocol):
    """A live target.  All functions run in the md's process; none takes a queue lock."""

    type: str
    length: int
    """Sectors."""

    def devices(self) -> list[Lower]:
        """iterate_devices: each distinct device once, in table order."""
        ...

    def areas(self) -> list[tuple[Lower, int]]:
        """What of its devices it uses: each with the first sector, ``length`` sectors long."""
        ...

    def map_rq(self, tio: Tio) -> int:
        """DM_MAPIO_* or a negative errno; REMAPPED leaves the chosen device in ``tio.device``."""
        ...

    def rq_end_io(self, tio: Tio, error: int) -> int:
        """The verdict on a finished clone: 0, a negative errno, or DM_ENDIO_*; *error* is 0 or negative."""
        ...

    def busy(self) -> bool:
        """Whether mapping now would only make the clone wait below."""
        ...

    def presuspend(self) -> None:
        """Before dm_suspend waits."""
        ...

    def postsuspend(self) -> None:
        """After it waited."""
        ...

    def resume(self) -> None:
        """Before the queue is started."""
        ...

    def prepare_ioctl(self) -> tuple[Lower | None, int]:
        """The device that an ioctl passes through to, else a positive errno (ENOTCONN: ask again later)."""
        ...

    def message(self, words: list[str]) -> None:
        """dmsetup message; raises TableError."""
        ...

    def pg_init_pending(self) -> bool:
        """Whether a suspend has to wait on for activations of paths."""
        ...

    def destroy(self) -> None:
        """dtr: another table took its place."""
        ...

    def take_queued(self) -> list[Tio]:
        """process_queued_ios: clones that can go on now (to be mapped with ``map_queued``)."""
        ...

    def map_queued(self, tio: Tio) -> int:
        """map_io(was_queued) for one of them."""
        ...

    def table_line(self) -> str:
        """STATUSTYPE_TABLE, without start, length and type."""
        ...

    def status_line(self) -> str:
        """STATUSTYPE_INFO, without start, length and type."""
        ...

    def view(self) -> TargetView:
        """What a face shows of it."""
        ...


TargetFactory = Callable[[Host, int, list[str]], Target]
TARGETS: dict[str, TargetFactory] = {}
"""Target constructors (ctr) by type: (md, length, words behind the type)."""


def known_targets() -> Mapping[str, TargetFactory]:
    """All registered target types."""
    return TARGETS
