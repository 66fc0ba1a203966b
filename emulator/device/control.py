"""What a face can tell a device to do (emulator.commands).  Runs in the device's process."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from emulator.device import attributes
from emulator.messages import REPLY, SUPERVISOR
from emulator.plan import FaultSpec

if TYPE_CHECKING:
    from emulator.device.device import Device


def command(device: Device, message: tuple[Any, ...]) -> None:
    """Do the command of a COMMAND message and REPLY with its outcome."""
    _tag, serial, verb, arguments = message
    if verb == "check":
        device.checks.asked(serial, arguments[0])
        return
    if verb == "inject":
        error, text = device.faults.inject(FaultSpec(*arguments[0]))
    elif verb == "clear":
        error, text = device.faults.clear(arguments[0])
    elif verb == "release":
        error, text = 0, _release(device, arguments[0])
    elif verb == "attributes":
        error, text = 0, attributes.attributes(device)
    elif verb == "set_attribute":
        error, text = attributes.store(device, arguments[0], arguments[1])
    elif verb == "log":
        error, text = 0, device.log.take()
    else:
        error, text = errno.EINVAL, f"a device does not know the command {verb!r}"
    device.send(SUPERVISOR, (REPLY, serial, error, text))


def _release(device: Device, name: str) -> str:
    """Held and hung requests of the fault *name* ("" = all) go on."""
    count = 0
    for rq in list(device.service.values()):
        verdict = rq.verdict
        if rq.state in ("HUNG", "STALLED") and verdict is not None and name in ("", verdict.by):
            count += 1
            verdict.hang = False
            if verdict.by not in device.faults.active and not verdict.error:
                # What held it is gone: it is answered by what is in force now.
                now = device.faults.judge(rq.flags, rq.sector, rq.sectors, rq.id)
                verdict.error = now.error if now is not None else 0
            device.serviced(rq)
    if device.held and name in ("", device.held):
        count += 1
        device.let_go()
    device.event("released", requests=count)
    return f"{count} request{'' if count == 1 else 's'} of {device.name} released"
