"""Bios for a device from a bio-based md above: each becomes a request of its own (generic_make_request on U).

Runs in the device's process.  Nothing is merged into it and no elevator is asked; it stands in the same line as the
clones of request-based mds, and its end is bi_end_io alone: no softirq of an md waits for it.  A device has a write
cache and no FUA, so a write with FUA is followed by a flush.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.block.bio import FLUSH, FUA
from emulator.device.clone import DeviceClone
from emulator.machine import Steps
from emulator.messages import END_CLONE_BIO

if TYPE_CHECKING:
    from emulator.device.device import Device


class DeviceBio(DeviceClone):
    """A request made of a bio; ``id`` is the bio's."""

    __slots__ = ("flush_next",)

    def __init__(
        self, id: int, md: str, flags: int, sector: int, sectors: int, data: bytes | None, now_us: int
    ) -> None:
        # FUA is a step of its own here; a flush has neither sectors nor bios.
        super().__init__(id, md, flags & ~FUA, sector, (sectors,) if sectors else (), data, now_us)
        self.flush_next = bool(flags & FUA)

    def update(self, sectors: int) -> int:
        """As every clone; of a write with FUA nothing is told before its flush has ended."""
        finished = super().update(sectors)
        return 0 if self.flush_next else finished


def submit(device: Device, source: str, message: tuple[Any, ...]) -> None:
    """A bio of the md *source*."""
    _tag, name, bio, sector, sectors, flags, data = message
    device.inserted += 1
    # What md sends and what becomes of it does not go through the softirq (see ended).
    device.inline[source] = True
    rq = DeviceBio(bio, source, flags, sector, sectors, data, device.now_us)
    context = device.context(name)
    device.call(context, _make_request(device, rq))


def _make_request(device: Device, rq: DeviceBio) -> Steps:
    yield device.lock
    device.insert(rq)
    device.unlock(device.lock)


def ended(device: Device, rq: DeviceBio) -> None:
    """The request is over, queue lock held: bi_end_io of what it has not told yet, or the flush behind a FUA write."""
    if rq.flush_next and not rq.error:
        device.insert(DeviceBio(rq.id, rq.md, FLUSH, 0, 0, None, rq.inserted_us))
    elif not rq.ended:
        device.send(rq.md, (END_CLONE_BIO, device.interrupt.name, rq.id, 1, rq.error, None))
