"""dm_rq_target_io with its embedded clone: one per prepped original.  Lives in the md's process."""

from __future__ import annotations

from typing import Any

from emulator.block.request import Request
from emulator.machine import Context, WaitQueue


class Tio:
    """The clone of one original and what dm remembers about it; clone and tio live and die together."""

    NOTED = (
        "mapped_us", "mapped_at", "mapped_in", "bios_us", "bios_at", "bios_in", "bio_ids",
        "judged_us", "completed_us", "completed_at", "completed_in", "verdict",
    )
    __slots__ = (
        "id", "orig", "error", "target", "info", "sizes", "ended", "device", "done", "ended_wait", "inline", *NOTED,
    )

    # Noted while somebody records, of what went straight (emulator.dm.way): when, behind how many trace events, in
    # which context.  Never set otherwise.
    mapped_us: int
    mapped_at: int
    mapped_in: Context
    bios_us: int
    bios_at: int
    bios_in: str
    bio_ids: int | list[int]
    """Of the original's bios that ended with the clone's."""
    judged_us: int
    completed_us: int
    completed_at: int
    completed_in: Context
    verdict: int
    """What the original ended with."""

    def __init__(self, id: int, orig: Request) -> None:
        self.id = id
        self.orig = orig
        self.error = 0
        """First bio error, later the request's error (positive errno)."""
        self.target: Any = None
        self.info: Any = None
        """union map_info: what the target keeps with the clone."""
        self.sizes = tuple([bio.sectors for bio in orig.bios])
        """Sectors of each clone bio: what was left of each original bio when the clone was made."""
        self.ended = 0
        """Clone bios that end_clone_bio has seen."""
        self.device = ""
        """The underlying device that it was inserted into."""
        self.done = False
        """blk_complete_request was called for the original."""
        self.ended_wait: WaitQueue | None = None
        self.inline = False
