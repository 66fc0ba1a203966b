"""Lines that the block layer prints about failed requests (blk_print_req_error).  Runs in the md's process.

They are rate limited as in the kernel, 10 in 5 s, here for each device: that one is missing means nothing.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from emulator.block.bio import DISCARD, FAILFAST_TRANSPORT, FLUSH, SYNCIO, WRITE, segments_of
from emulator.block.errors import blk_errno
from emulator.block.request import Request

if TYPE_CHECKING:
    from emulator.dm.bio_based.clone import BioClone
    from emulator.dm.md import MappedDevice

WORDS: dict[int, str] = {
    errno.EOPNOTSUPP: "operation not supported",
    errno.ETIMEDOUT: "timeout",
    errno.ENOSPC: "critical space allocation",
    errno.ENOLINK: "recoverable transport",
    errno.EREMOTEIO: "critical target",
    errno.EBADE: "critical nexus",
    errno.ENODATA: "critical medium",
    errno.EILSEQ: "protection",
    errno.ENOMEM: "kernel resource",
    errno.EBUSY: "device resource",
    errno.EAGAIN: "nonblocking retry",
    errno.ENODEV: "device offline",
    errno.EREMCHG: "dm internal retry",
    errno.ETOOMANYREFS: "open zones exceeded",
    errno.EOVERFLOW: "active zones exceeded",
    errno.EIO: "I/O",
}
"""blk_errors: the words before ``error``."""
BURST, INTERVAL_US = 10, 5_000_000
REQ_FAILFAST_TRANSPORT, REQ_SYNC, REQ_NOMERGE, REQ_IDLE = 0x200, 0x800, 0x4000, 0x8000
CLONE_FLAGS = REQ_NOMERGE | REQ_FAILFAST_TRANSPORT


class RateLimit:
    """printk_ratelimit of one device."""

    __slots__ = ("began_us", "printed")

    def __init__(self) -> None:
        self.began_us = -INTERVAL_US
        self.printed = 0

    def allows(self, now_us: int) -> bool:
        """Whether one more line may be printed now."""
        if now_us - self.began_us >= INTERVAL_US:
            self.began_us, self.printed = now_us, 0
        self.printed += 1
        return self.printed <= BURST


def dm_name(dev: str) -> str:
    """``dm-0`` for 253:0."""
    return f"dm-{dev.partition(':')[2]}"


def path_error(md: MappedDevice, rq: Request, device: str, error: int) -> None:
    """The clone of *rq* failed on *device*; an md says so itself."""
    if not md.lower_by_name[device].is_md:
        _print(md, rq, device, error, CLONE_FLAGS)


def md_error(md: MappedDevice, rq: Request, error: int) -> None:
    """*rq* of the md itself, it may be the clone of a request of an md above, ends with an error."""
    _print(md, rq, dm_name(md.dev), error, CLONE_FLAGS if rq.clone_of is not None and rq.clone_of[0] else 0)


def bio_error(md: MappedDevice, clone: BioClone, error: int) -> None:
    """The request that a disk had made of *clone* failed; the bio-based md itself prints nothing."""
    assert clone.lower is not None, "a disk had it"
    name = clone.lower.name
    limit = md.rate_limits.setdefault(name, RateLimit())
    if not limit.allows(md.now_us):
        return
    if md.era == "2.6.31":
        md.log(f"end_request: I/O error, dev {name}, sector {clone.sector}")
        return
    flags = REQ_FAILFAST_TRANSPORT if clone.flags & FAILFAST_TRANSPORT else 0
    where = f"dev {name}, sector {clone.sector} op {_op_flags(clone.flags, flags)}"
    md.log(f"{WORDS[blk_errno(error)]} error, {where} phys_seg {segments_of(clone.sectors)} prio class 2")


def _op_flags(cmd: int, flags: int) -> str:
    """``0x0:(READ) flags 0x4a00``."""
    if not cmd & WRITE or cmd & (DISCARD | FLUSH):
        flags |= REQ_SYNC
    elif cmd & SYNCIO:
        flags |= REQ_SYNC | REQ_IDLE
    op = "0x3:(DISCARD)" if cmd & DISCARD else "0x1:(WRITE)" if cmd & WRITE else "0x0:(READ)"
    return f"{op} flags 0x{flags:x}"


def _print(md: MappedDevice, rq: Request, name: str, error: int, flags: int) -> None:
    limit = md.rate_limits.get(name)
    if limit is None:
        limit = md.rate_limits[name] = RateLimit()
    if not limit.allows(md.now_us):
        return
    if md.era == "2.6.31":
        md.log(f"end_request: I/O error, dev {name}, sector {rq.sector}")
        return
    where = f"dev {name}, sector {rq.sector} op {_op_flags(rq.cmd, flags)}"
    md.log(f"{WORDS[blk_errno(error)]} error, {where} phys_seg {rq.segments} prio class 2")
