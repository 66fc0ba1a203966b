"""What an md knows of each device below it: the answer of blk_lld_busy, and whether anybody is there at all."""

from __future__ import annotations

from typing import Any

from emulator.plan import Limits


class Lower:
    """One underlying queue as the md above sees it; ``busy`` is a hint and costs no message."""

    __slots__ = (
        "name", "dev", "limits", "sectors", "is_md", "up", "blocked", "depth", "outstanding", "sent", "seen", "opened",
        "handlers", "handler", "handler_told", "scsi", "stackable",
    )

    def __init__(self, name: str, dev: str, limits: Limits, sectors: int, is_md: bool = False) -> None:
        self.name = name
        self.dev = dev
        self.limits = limits
        self.sectors = sectors
        self.is_md = is_md
        self.up = True
        """False while no process plays it."""
        self.blocked = False
        self.depth = 1 << 30
        self.outstanding = 0
        """Clones on it (everybody's) when it last told."""
        self.sent = 0
        self.seen = 0
        """Insertions of ours that it had seen when it last told."""
        self.opened = False
        self.handlers: tuple[str, ...] = ()
        """Hardware handlers that the disk is fit for."""
        self.handler = ""
        """The one attached to it."""
        self.handler_told = ""
        """What the disk knows of that."""
        self.scsi = name.startswith("sd")
        """A disk of sd, as its name says; others can have no hardware handler."""
        self.stackable = True
        """blk_queue_stackable, later queue_is_mq: whether clones of requests can be inserted, not only bios."""

    @classmethod
    def unknown(cls, name: str) -> Lower:
        """A stand-in where a table is checked before its devices are known; fit for every handler."""
        lower = cls(name, name, Limits(), 1 << 55)
        lower.scsi = True
        lower.handlers = ("alua", "rdac", "emc", "hp_sw")
        return lower

    def renew(self, limits: tuple[Any, ...], handler: str) -> None:
        """Its queue limits or its hardware handler were changed."""
        self.limits = Limits(*limits)
        if handler:
            # What this md has just attached may not have come there yet; nothing ever detaches one.
            self.handler = self.handler_told = handler

    def busy(self) -> bool:
        """blk_lld_busy: a device that would kill the request must not say busy."""
        if not self.up:
            return False
        return self.blocked or self.outstanding + self.sent - self.seen >= self.depth

    def told(self, blocked: bool, depth: int, outstanding: int, seen: int) -> None:
        """A new hint came from the device."""
        self.blocked = blocked
        self.depth = depth
        self.outstanding = outstanding
        self.seen = seen

    def forget(self) -> None:
        """The device vanished, with everything that was on it."""
        self.up = False
        self.blocked = False
        self.outstanding = 0
        self.seen = self.sent = 0
