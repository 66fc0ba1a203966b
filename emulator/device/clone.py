"""A clone as an underlying device holds it.  Lives in the device's process."""

from __future__ import annotations

from emulator.block.bio import WRITE, op_of
from emulator.faultset import Verdict
from emulator.snapshot import RequestView


class DeviceClone:
    """One cloned request on U: what is left of it, and what faults want of it."""

    NOTED = ("started_us", "started_at", "done_us", "done_at", "ended_us", "ended_at")
    __slots__ = (
        "id", "md", "flags", "write", "sector", "sectors", "sizes", "at_bio", "done_of_bio", "data", "inserted_us",
        "state", "verdict", "ended", "ready", "error", "command", "released", "good", "first", *NOTED,
    )

    # Noted while somebody records (emulator.device.way): when, and behind how many trace events.  Never set otherwise.
    started_us: int
    started_at: int
    done_us: int
    """Of one that had to wait for those before it: when its service was over."""
    done_at: int
    ended_us: int
    ended_at: int

    def __init__(
        self, id: int, md: str, flags: int, sector: int, sizes: tuple[int, ...], data: bytes | None, now_us: int
    ) -> None:
        self.id = id
        self.md = md
        self.flags = flags
        self.write = bool(flags & WRITE)
        self.sector = sector
        """First unfinished sector."""
        self.first = sector
        self.sectors = sum(sizes)
        """Unfinished sectors."""
        self.sizes = sizes
        self.at_bio = 0
        self.done_of_bio = 0
        """Sectors of the current clone bio that are done (a partly finished bio is not reported)."""
        self.data = data
        """To be written; of a read: what the medium gave, from ``first`` on."""
        self.inserted_us = now_us
        self.state = "QUEUED"
        self.verdict: Verdict | None = None
        self.ended = 0
        """Clone bios whose end was reported."""
        self.ready = False
        """Its service is over; it may have to wait for those before it."""
        self.error = 0
        self.command = 0
        self.released = False
        self.good = 0
        """Unreported sectors that succeeded; those behind them end with ``error``."""

    def view(self, now_us: int) -> RequestView:
        """What a face shows of it: what is left, once nothing is where it was."""
        over = not self.sectors
        return RequestView(
            id=self.id,
            op=op_of(self.flags)[0].upper(),
            sector=self.first if over else self.sector,
            sectors=sum(self.sizes) if over else self.sectors,
            bios=len(self.sizes) - self.at_bio,
            age=now_us - self.inserted_us,
            state=self.state,
            owner=self.md,
        )

    def update(self, sectors: int) -> int:
        """blk_update_request: *sectors* more are done; returns how many clone bios that finishes."""
        finished = 0
        self.sector += sectors
        self.sectors -= sectors
        left = sectors
        while left:
            need = self.sizes[self.at_bio] - self.done_of_bio
            if left < need:
                self.done_of_bio += left
                break
            left -= need
            self.done_of_bio = 0
            self.at_bio += 1
            finished += 1
        return finished
