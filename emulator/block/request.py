"""The request (include/linux/blkdev.h): bios that travel together.  Used inside md machines."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from emulator.block.bio import FLUSH, SYNCIO, WRITE, Bio, op_of
from emulator.snapshot import RequestView
from emulator.trace.events import Raw, Serial

if TYPE_CHECKING:
    from emulator.machine import Context

SORTED = 1 << 0
STARTED = 1 << 1
DONTPREP = 1 << 2
SOFTBARRIER = 1 << 3
NOMERGE = 1 << 4
FAILED = 1 << 5
QUIET = 1 << 6
ALLOCED = 1 << 7
ATOM_COMPLETE = 1 << 8
"""REQ_ATOM_COMPLETE; a bit of its own word in the kernel."""

UNMERGEABLE = NOMERGE | STARTED | SOFTBARRIER
"""rq_mergeable() is: none of these."""

_LETTERS = ((STARTED, "S"), (DONTPREP, "P"), (SOFTBARRIER, "B"), (NOMERGE, "N"), (FAILED, "F"))


class Request:
    """One request on an md's queue (an *original*), or the suspend marker."""

    NOTED = ("made_us", "made_at", "made_in", "made_of", "former")
    __slots__ = (
        "id", "sector", "sectors", "bios", "cmd", "sync", "write", "flags", "segments", "special", "state", "start_us",
        "retries", "path", "expiry", "older", "newer", "marker", "size_at_peek", "reported", "clone_of", "error",
        *NOTED,
    )

    # Noted while somebody records (emulator.dm.way): when it was allocated, behind how many trace events, in which
    # context, for which bio.  Never set otherwise.
    made_us: int
    made_at: int
    made_in: Context
    made_of: Bio
    former: deque[tuple[Serial, Raw]]
    """What its earlier clones passed."""

    def __init__(self, id: int, bio: Bio | None, now_us: int) -> None:
        self.id = id
        self.flags = 0
        self.special: Any = None
        """The clone (its tio) while prepped; on the marker: 1 once it is invalid."""
        self.state = "NEW"
        self.start_us = now_us
        self.retries = 0
        self.path = ""
        self.expiry = 0
        self.older: Request | None = None
        self.newer: Request | None = None
        self.marker = bio is None
        self.size_at_peek = -1
        self.reported = 0
        """Sectors of it that were reported upward (I15)."""
        self.clone_of: tuple[str, int] | None = None
        """(upper md, clone) if this request is the clone of a request of an md above; the upper is "" for what a flush
        sequence of this queue sends (emulator.dm.flush)."""
        self.error = 0
        if bio is None:
            self.sector = self.sectors = self.segments = self.cmd = 0
            self.bios: list[Bio] = []
            self.sync = True
            self.write = False
        else:
            self.sector = bio.sector
            self.sectors = bio.sectors
            self.bios = [bio]
            self.cmd = bio.flags
            self.write = bool(bio.flags & WRITE)
            self.sync = not self.write or bool(bio.flags & SYNCIO)
            self.segments = bio.segments

    @property
    def is_flush_step(self) -> bool:
        """Whether a flush sequence of this queue made it."""
        return self.clone_of is not None and not self.clone_of[0]

    @property
    def end(self) -> int:
        """First sector behind it."""
        return self.sector + self.sectors

    def view(self, now_us: int) -> RequestView:
        """What a face shows of it; once all its bios have ended, of how much it was."""
        over = self.reported if not self.sectors else 0
        return RequestView(
            id=self.id,
            op="M" if self.marker else op_of(self.cmd)[0].upper(),
            sector=self.sector - over,
            sectors=self.sectors + over,
            bios=len(self.bios),
            age=now_us - self.start_us,
            state=self.state,
            flags="".join(letter for bit, letter in _LETTERS if self.flags & bit),
            retries=self.retries,
            path=self.path,
            owner=self.bios[0].owner if self.bios else "",
        )


def flush_request(id: int, now_us: int) -> Request:
    """A request with REQ_OP_FLUSH: no bio, no data."""
    rq = Request(id, None, now_us)
    rq.marker = False
    rq.cmd = FLUSH
    return rq
