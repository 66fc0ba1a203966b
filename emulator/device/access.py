"""The access state of a path (ALUA, or the passive side of an older array) and its hardware handler's answers.

Runs in the device's process.  Standby, unavailable and offline refuse I/O before it reaches the medium; during a
transition I/O waits on the queue; one that takes longer than the transition timeout is taken for standby (alua_rtpg).
Activating a path that is not active makes it active/optimized where the array lets the host ask for that (explicit).
With it go all ports of its target port group, and the group that was active/optimized takes the state that this one
had: that is kept where the ports meet, in the LUN (emulator.ports). """

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from emulator.messages import PG_INIT_DONE, SET_PORT_GROUP
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
        self.expired = False
        """Whether the transition has taken too long."""
        self._timer: int | None = None
        self._told = self.base
        if self.base == TRANSITIONING:
            self.changed()

    @property
    def state(self) -> str:
        """The state in force."""
        state = self.device.faults.standing.access or self.base
        return "standby" if self.expired and state == TRANSITIONING else state

    def changed(self) -> None:
        """The fault or the base may have changed: watch a transition, and tell the log."""
        transition = (self.device.faults.standing.access or self.base) == TRANSITIONING
        if not transition:
            self.expired = False
            if self._timer is not None:
                self.device.disarm(self._timer)
                self._timer = None
        elif self._timer is None and not self.expired:
            self._timer = self.device.arm(self.device.now_us + self.device.spec.transition_timeout, self._expire)
        if self._told != self.state:
            was, self._told = self._told, self.state
            self.device.event("access_state", state=self.state, was=was)

    def _expire(self) -> None:
        """Transitioning time exceeded: the port is set to standby."""
        self._timer = None
        self.expired = True
        self._renew()

    def port_group(self, source: str, message: tuple[Any, ...]) -> None:
        """PORT_GROUP from the LUN: the state of this port's group."""
        if self.base != message[1]:
            self.base = message[1]
            self._renew()

    def _renew(self) -> None:
        self.changed()
        self.device.run_queue()
        self.device.checks.again()

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
        if state == "offline" or self.expired:
            return "IO"
        # A port of a group asks for the optimized state, as the stpg of an active path with optimize does.
        wanted = state != OPTIMIZED if device.spec.group else state not in ACTIVE_STATES
        if wanted and device.spec.explicit:
            self.base = OPTIMIZED
            self.changed()
            if device.spec.group:
                device.send(device.spec.lun, (SET_PORT_GROUP, device.spec.group))
        return "OK"
