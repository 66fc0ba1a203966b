"""What the SCSI layer makes of a command that does not simply succeed or fail.  Runs in the device's process.

A host that is busy gives the command back and it is sent again; a command that is never answered is handled by the
error handler, which gives the disk up (offline); a disk that is offline rejects commands before they are sent.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from emulator.device import attributes
from emulator.device.clone import DeviceClone
from emulator.messages import RAISE_SOFTIRQ, SG_DONE
from emulator.plan import DeviceSpec, FaultSpec

if TYPE_CHECKING:
    from emulator.device.device import Device

QUEUE_DELAY_US = 3_000
"""SCSI_QUEUE_DELAY: a command that was given back is tried again after so long."""
TIMEOUT_US = 30_000_000
"""SD_TIMEOUT."""
EH_TIMEOUT_US = 10_000_000
"""SCSI_DEFAULT_EH_TIMEOUT."""


class Disk:
    """struct scsi_device, as far as it is more than a queue."""

    __slots__ = ("scsi", "handler", "timeout_us", "eh_timeout_us", "offline_already")

    def __init__(self, spec: DeviceSpec) -> None:
        self.scsi = spec.name.startswith("sd")
        """A disk of sd, as its name says; others have none of this."""
        self.handler = spec.attached
        """The attached hardware handler, "" = none."""
        self.timeout_us = TIMEOUT_US
        self.eh_timeout_us = EH_TIMEOUT_US
        self.offline_already = False
        """Whether it was said that it rejects I/O."""


def give_back(device: Device, rq: DeviceClone) -> None:
    """scsi_queue_rq says BLK_STS_RESOURCE: it stays at the front and is sent again; each attempt is counted."""
    assert rq.verdict is not None
    device.stat.ended(rq.flags, 0, 0)
    rq.state = "HELD"
    device.held = by = rq.verdict.by
    device.arm(device.now_us + QUEUE_DELAY_US, lambda: _again(device, by))


def _again(device: Device, by: str) -> None:
    if device.held == by:
        device.held = ""
        device.run_queue()


def lose(device: Device, rq: DeviceClone) -> None:
    """The command is lost: it times out, and the error handler does not get the disk back."""
    command = rq.command
    device.arm(device.now_us + device.disk.timeout_us, lambda: _timed_out(device, command))


def _timed_out(device: Device, command: int) -> None:
    """scsi_times_out: abort, reset, TEST UNIT READY after each; nothing is answered."""
    if command in device.service:
        device.arm(device.now_us + device.disk.eh_timeout_us, lambda: _give_up(device, command))


def _give_up(device: Device, command: int) -> None:
    """scsi_eh_offline_sdevs: the disk is offline, what was on it ends with DID_TIME_OUT."""
    if command not in device.service:
        return
    device.event("kernel_log", text=f"sd {device.spec.host}: Device offlined - not ready after error recovery")
    if attributes.state(device) == "running":
        device.faults.inject(FaultSpec("offline", "offline", device.name))
    for rq in list(device.service.values()):
        if rq.state in ("HUNG", "STALLED"):
            device.finish(rq, errno.EIO)


def reject(device: Device, rq: DeviceClone) -> None:
    """scsi_device_state_check: it is not sent, no bio of it has ended; said once, until the disk runs again."""
    if not device.disk.offline_already:
        device.disk.offline_already = True
        device.event("kernel_log", text=f"sd {device.spec.host}: rejecting I/O to offline device")
    error = device.faults.standing.error
    if device.inline.get(rq.md):
        # Without a softirq of an md (or of a bio) the end goes the usual way.
        device.finish(rq, error)
        return
    del device.service[rq.command]
    if device.trace is not None:
        rq.data = None
        device.ways.append(rq)
        device.troubled.append(rq)
    device.errors += 1
    device.stat.ended(rq.flags, 0, 0)
    device.log.add(rq.flags, rq.first, rq.sectors, error)
    device.send(device.softirq, (RAISE_SOFTIRQ, rq.md, rq.id, error, 0))


def sg_io(device: Device, source: str, message: tuple[Any, ...]) -> None:
    """TEST UNIT READY by SG_IO: it needs no medium, only a disk that takes commands."""
    error = errno.ENODEV if device.faults.standing.gone else 0
    if not error and not device.disk.scsi:
        error = errno.ENOTTY
    device.send(source, (SG_DONE, message[1], error))


def attach_handler(device: Device, source: str, message: tuple[Any, ...]) -> None:
    """scsi_dh_attach by a table of *source*: every md sees it from now on."""
    device.disk.handler = device.disk.handler or message[1]
    attributes.tell(device)
