"""The files of /sys/block/dm-N as far as this md has something to say.  Runs in the md's process."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from emulator.block.attributes import WRITABLE, as_text, changed, limit_files
from emulator.block.bio import WRITE, Bio
from emulator.block.elevator import ELEVATORS
from emulator.block.plug import run_queue
from emulator.dm.flags import SUSPENDED
from emulator.machine import Context, Steps
from emulator.messages import REPLY, SUPERVISOR

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice

SCHEDULERS = {"modern": {"mq-deadline": "deadline", "none": "noop"}, "2.6.31": {"noop": "noop", "deadline": "deadline"}}
"""Era -> what its kernel calls each elevator."""


BIO_NR_REQUESTS = 128
"""BLKDEV_DEFAULT_RQ, which means nothing where there are no requests."""


def attributes(md: MappedDevice, arguments: tuple[object, ...]) -> tuple[int, str]:
    """Every file with its value."""
    flying = [tio.orig.write for tio in md.clones.values()]
    if md.bio_based is not None:
        flying = [bool(io.bio.flags & WRITE) for io in md.bio_based.ios.values()]
    writes = sum(flying)
    reads = len(flying) - writes
    names = SCHEDULERS[md.era]
    chosen = [f"[{name}]" if own == md.queue.elevator.name else name for name, own in names.items()]
    bio = md.md_type == "bio"
    if bio:
        chosen = ["none"]
    elif chosen[-1] == "[none]":
        # elv_iosched_show: none stands behind the others, or chosen before them.
        chosen = ["[none]", *chosen[:-1], ""]
    files = limit_files(md.queue.limits)
    files |= {
        "inflight": f"{reads:8d} {writes:8d}",
        "stat": md.stat.line(reads + writes, 0),
        "size": str(md.capacity),
        "ro": "0",
        "queue/scheduler": " ".join(chosen),
        "queue/nr_requests": str(BIO_NR_REQUESTS if bio else md.queue.alloc.nr_requests),
        "queue/nomerges": "0" if "try_merge" not in vars(md.queue) else "2",
        "dm/suspended": str(int(bool(md.flags & SUSPENDED))),
        "slaves": " ".join(lower.name for lower in md.table.devices()) if md.table else "",
    }
    return 0, as_text(files)


def store(md: MappedDevice, context: Context, serial: int, name: str, value: str) -> Steps:
    """A write to one of them, with the queue lock held; answered with REPLY."""
    q = md.queue
    yield q.lock
    error = 0
    if name == "queue/scheduler":
        error = _switch_elevator(md, value.strip())
    elif name == "queue/nomerges":
        error = _set_nomerges(md, value.strip())
    else:
        limits, error = changed(WRITABLE, q.limits, name, value)
        q.set_limits(limits)
    if not error and name == "queue/scheduler":
        yield from run_queue(q, context)
    md.unlock(q.lock)
    md.send(SUPERVISOR, (REPLY, serial, error, os.strerror(error) if error else f"{md.name}: {name} = {value}"))


def _switch_elevator(md: MappedDevice, value: str) -> int:
    """elevator_switch: what the old one holds goes to the dispatch list first."""
    own = SCHEDULERS[md.era].get(value)
    if own is None:
        return errno.EINVAL
    q = md.queue
    if q.elevator.name != own:
        q.drain_elevator(md.now_us)
        q.elevator = ELEVATORS[own](q, **(md.elevator_tunables if own == "deadline" else {}))
    return 0


def _set_nomerges(md: MappedDevice, value: str) -> int:
    """2: nothing is merged any more; 0: everything again.  1 (simple merges only) is not emulated."""
    if value not in ("0", "2"):
        return errno.EINVAL
    if value == "2":
        md.queue.try_merge = _never  # type: ignore[method-assign]
    else:
        vars(md.queue).pop("try_merge", None)
    return 0


def _never(bio: Bio) -> bool:
    return False
