"""ioctls that pass through an md to one of its paths (dm_blk_ioctl, multipath_prepare_ioctl; 2.6.31: multipath_ioctl).

Runs in the md's process, in the context of the task that called ioctl().  The path is chosen as for a request of no
bytes; what the disk answers goes up as it is and never fails the path.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from emulator.dm.flags import SUSPENDED
from emulator.dm.lower import Lower
from emulator.machine import Context, Steps, WaitQueue
from emulator.messages import REPLY, SG_DONE, SG_IO, SUPERVISOR

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice

RETRY_US = 10_000
"""dm_prepare_ioctl asks again after so long while the target says ENOTCONN."""


class Passing:
    """ioctls that a disk has not answered yet, by serial."""

    __slots__ = ("serial", "answers")

    def __init__(self) -> None:
        self.serial = 0
        self.answers: dict[int, tuple[str, WaitQueue, list[int]]] = {}


def command(md: MappedDevice, context: Context, serial: int) -> Steps:
    """The ioctl of a program; answered with REPLY."""
    error = yield from dm_blk_ioctl(md, context)
    md.send(SUPERVISOR, (REPLY, serial, error, f"ioctl {md.name}: {'passed through' if not error else 'failed'}"))


def from_above(md: MappedDevice, upper: str, serial: int) -> None:
    """The ioctl of an md that has this one as a path."""
    context = md.context(f"C6:ioctl#{upper}.{serial}")
    md.call(context, _for_upper(md, context, upper, serial))


def _for_upper(md: MappedDevice, context: Context, upper: str, serial: int) -> Steps:
    error = yield from dm_blk_ioctl(md, context)
    md.send(upper, (SG_DONE, serial, error))


def dm_blk_ioctl(md: MappedDevice, context: Context) -> Steps:
    """dm_prepare_ioctl until there is a path, then the path's own ioctl; returns 0 or a positive errno."""
    while True:
        if md.table is None:
            return errno.ENOTTY
        if md.flags & SUSPENDED:
            return errno.EAGAIN
        lower, error = md.table.target.prepare_ioctl()
        if error != errno.ENOTCONN:
            break
        retry = WaitQueue("fsleep")
        md.arm(md.now_us + RETRY_US, lambda queue=retry: md.wake(queue))  # type: ignore[misc]
        yield retry
    if lower is None:
        return error
    return (yield from _pass(md, lower))


def _pass(md: MappedDevice, lower: Lower) -> Steps:
    if not lower.up:
        return errno.ENODEV
    passing = md.passing
    passing.serial += 1
    answer: list[int] = []
    queue = WaitQueue("ioctl")
    passing.answers[passing.serial] = (lower.name, queue, answer)
    md.send(lower.name, (SG_IO, passing.serial))
    while not answer:
        yield queue
    return answer[0]


def returned(md: MappedDevice, serial: int, error: int) -> None:
    """The disk has answered."""
    found = md.passing.answers.pop(serial, None)
    if found is not None:
        found[2].append(error)
        md.wake(found[1])


def lost(md: MappedDevice, device: str) -> None:
    """The disk vanished: nobody else will answer."""
    for serial in [serial for serial, (name, _, _) in md.passing.answers.items() if name == device]:
        returned(md, serial, errno.ENODEV)
