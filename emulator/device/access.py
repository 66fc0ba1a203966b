"""The access state of a path (ALUA, or the passive side of an older array) and its hardware handler's answers.

Runs in the device's process.  Standby, unavailable and offline refuse I/O before it reaches the medium; during a
transition I/O waits on the queue.  Activating a path that is not active makes it active/optimized where the array lets
the host ask for that (explicit); what that does to other paths of the array is for the scenario to say.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from emulator.messages import PG_INIT_DONE
from emulator.plan import ACCESS_STATES, ACTIVE_STATES
from emulator.times import draw

if TYPE_CHECKING:
    from emulator.device.device import Device

OPTIMIZED = ACCESS_STATES[0]
TRANSITIONING = "transitioning"


class Access:
    """State and activation of one device."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.base = str(device.spec.access)
        """The state without a fault."""

    @property
    def state(self) -> str:
        """The state in force."""
        return self.device.faults.standing.access or self.base

    def refuses(self) -> int:
        """The errno with which I/O ends at once, 0 = none."""
        return 0 if self.state in ACTIVE_STATES or self.state == TRANSITIONING else errno.EIO

    def waits(self) -> bool:
        """Whether I/O waits for the end of a transition."""
        return self.state == TRANSITIONING

    def activate(self, source: str, message: tuple[Any, ...]) -> None:
        """scsi_dh_activate from the md *source*: answered after the handler's time."""
        _tag, activation, handler = message
        device = self.device
        result, delay_us = device.faults.judge_activation()
        delay_us += draw(device.spec.pg_init_time, device.rng)
        at_us = device.now_us + max(0, round(delay_us))
        device.arm(at_us, lambda: self._activated(source, activation, handler, result))

    def _activated(self, md: str, activation: int, handler: str, result: str) -> None:
        result = result or self._result(handler)
        self.device.event("pg_init", handler=handler, result=result, access=self.state)
        self.device.send(md, (PG_INIT_DONE, activation, result))

    def _result(self, handler: str) -> str:
        device = self.device
        if device.faults.standing.gone:
            return "DEV_OFFLINED"
        if not handler:
            return "NOSYS"
        state = self.state
        if state == TRANSITIONING:
            return "RETRY"
        if state == "offline":
            return "IO"
        if state not in ACTIVE_STATES and device.spec.explicit:
            self.base = OPTIMIZED
        return "OK"
