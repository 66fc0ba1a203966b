"""What /sys/block/X/stat counts of one queue.  Lives in the process of the md or device that owns the queue."""

from __future__ import annotations

from emulator.block.bio import DISCARD, FLUSH, WRITE

READ, WRITTEN, DISCARDED, FLUSHED = range(4)
ODD = FLUSH | DISCARD


class IoStat:
    """Requests that ended, by group: reads, writes, discards, flushes."""

    __slots__ = ("ios", "sectors", "ticks_us", "merges")

    def __init__(self) -> None:
        self.ios = [0, 0, 0, 0]
        self.sectors = [0, 0, 0, 0]
        """Sectors that were done of them."""
        self.ticks_us = [0, 0, 0, 0]
        """Sum of the times that they took."""
        self.merges = [0, 0, 0, 0]

    def ended(self, flags: int, sectors: int, took_us: int) -> None:
        """blk_account_io_done."""
        group = flags & WRITE
        if flags & ODD:
            group = FLUSHED if flags & FLUSH else DISCARDED
        self.ios[group] += 1
        self.sectors[group] += sectors
        self.ticks_us[group] += took_us

    def line(self, in_flight: int, busy_us: int) -> str:
        """The seventeen numbers of the file; times in milliseconds."""
        ms = [us // 1000 for us in self.ticks_us]
        groups = [(self.ios[i], self.merges[i], self.sectors[i], ms[i]) for i in (READ, WRITTEN)]
        discards = (self.ios[DISCARDED], self.merges[DISCARDED], self.sectors[DISCARDED], ms[DISCARDED])
        flushes = (self.ios[FLUSHED], ms[FLUSHED])
        numbers = [*groups[0], *groups[1], in_flight, busy_us // 1000, sum(ms), *discards, *flushes]
        return " ".join(f"{number:8d}" for number in numbers)
