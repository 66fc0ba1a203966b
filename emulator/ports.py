"""Target port groups of a LUN (ALUA): their access states, which all ports of a group share.  Runs in the LUN's
process.

The LUN is where the ports of an array meet.  Making one group active/optimized gives the group that was it the state
that this one had, as an array does whose LUN is owned by one controller at a time. """

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.machine import Machine
from emulator.messages import PORT_GROUP
from emulator.plan import ACCESS_STATES

OPTIMIZED = ACCESS_STATES[0]


class PortGroups:
    """*ports*: devices that are in a group, with its number and its state at the start (that of its first port)."""

    def __init__(self, lun: Machine, ports: Mapping[str, tuple[int, str]]) -> None:
        self.lun = lun
        self.group_of = {device: group for device, (group, _) in ports.items()}
        self.states: dict[int, str] = {}
        for group, state in ports.values():
            self.states.setdefault(group, state)
        if ports:
            lun.arm(0, self._tell_all)

    def set_optimized(self, source: str, message: tuple[Any, ...]) -> None:
        """SET TARGET PORT GROUPS from the port *source*."""
        group = message[1]
        had = self.states[group]
        for other, state in self.states.items():
            if state == OPTIMIZED:
                self.states[other] = had
        self.states[group] = OPTIMIZED
        self._tell_all()

    def _tell_all(self) -> None:
        for device in self.group_of:
            self.tell(device)

    def tell(self, device: str) -> None:
        """Let *device* know the state of its group."""
        if device in self.group_of:
            self.lun.send(device, (PORT_GROUP, self.states[self.group_of[device]]))
