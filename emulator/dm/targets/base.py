"""What a request-based target is (struct target_type), and what it may ask of the md that hosts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from emulator.dm.clone import Tio
from emulator.dm.lower import Lower
from emulator.plan import Era
from emulator.snapshot import TargetView


class TableError(Exception):
    """A table line that the kernel would refuse: a positive errno and the target's own words (ti->error)."""

    def __init__(self, errno: int, text: str) -> None:
        super().__init__(text)
        self.errno = errno
        self.text = text


class Host(Protocol):
    """The md as a target sees it."""

    name: str
    era: Era
    now_us: int

    def get_device(self, word: str) -> Lower:
        """dm_get_device by major:minor or name; raises TableError."""
        ...

    def event(self, kind: str, **details: Any) -> None:
        """Tell the log."""
        ...

    def trigger_event(self) -> None:
        """Schedule dm_table_event (trigger_event work)."""
        ...

    def kick_queued_ios(self) -> None:
        """queue_work(kmultipathd, process_queued_ios)."""
        ...

    def noflush_suspending(self) -> bool:
        """dm_noflush_suspending."""
        ...


class Target(Protocol):
    """A live target.  All functions run in the md's process; none takes a queue lock."""

    type: str
    length: int
    """Sectors."""

    def devices(self) -> list[Lower]:
        """iterate_devices: each distinct device once, in table order."""
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

    def message(self, words: list[str]) -> None:
        """dmsetup message; raises TableError."""
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
