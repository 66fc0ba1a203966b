"""What a path check finds on this disk: TEST UNIT READY (tur), a direct read of its first 4 KiB (directio), or a
sample of such reads.  Runs in the device's process, asked by multipathd, or by multipath -ll.

A check is not a request: it has a command slot of its own, stands in no counter and no log, and draws from a
generator of its own.  Faults meet it as they meet a request, but those that count requests (nth, every, times) are
not for it, and a fault on a range of sectors is not for tur.  What makes I/O wait makes a check wait: it is tried
again when faults or the access state change, and forgotten when multipathd has given it up and begins the next one.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from emulator.block.errors import NOT_PATH_ERRORS
from emulator.faultset import ActiveFault, Verdict, acts_on_activation
from emulator.messages import CHECK_DONE, PATH_SAMPLED, REPLY, SUPERVISOR
from emulator.plan import ACTIVE_STATES
from emulator.times import draw

if TYPE_CHECKING:
    from emulator.device.device import Device

READ_SECTORS = 8
"""The directio checker reads one block of 4 KiB at sector 0."""
TUR = "tur"
ASKED_MOST_US = 30_000_000
"""The time that multipath gives a check of its own, as the SCSI layer gives a command."""


class Checks:
    """Path checks of one device."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.rng = Random(f"{device.rng.getstate()[1][0]}/checks")
        self.waiting: dict[str, tuple[str, int, str]] = {}
        """Checks that are not answered yet: slot -> asker, number, checker."""

    def check(self, source: str, message: tuple[Any, ...]) -> None:
        """CHECK_PATH."""
        _tag, slot, number, checker = message
        self.waiting[slot] = (source, number, checker)
        self._try(slot)

    def asked(self, serial: int, checker: str) -> None:
        """A command: it is answered in the end."""
        slot = f"command {serial}"
        self.waiting[slot] = (SUPERVISOR, serial, checker)
        self._try(slot)
        if slot in self.waiting:
            self.device.arm(self.device.now_us + ASKED_MOST_US, lambda: self._late(slot, serial))

    def _late(self, slot: str, serial: int) -> None:
        if self.waiting.pop(slot, None) is not None:
            self.device.send(SUPERVISOR, (REPLY, serial, 0, "timeout"))

    def again(self) -> None:
        """Faults or the access state changed: what waits is tried again."""
        for slot in list(self.waiting):
            self._try(slot)

    def _try(self, slot: str) -> None:
        source, number, checker = self.waiting[slot]
        found = self._found(checker)
        if found is None:
            return
        del self.waiting[slot]
        state, time_us = found
        at_us = self.device.now_us + max(1, round(time_us))
        self.device.arm(at_us, lambda: self._answer(source, slot, number, state))

    def _answer(self, source: str, slot: str, number: int, state: str) -> None:
        device = self.device
        spec = device.spec
        if source == SUPERVISOR:
            device.send(source, (REPLY, number, 0, state))
            return
        tpgs = "none"
        if "alua" in spec.handlers or spec.attached == "alua":
            tpgs = "explicit" if spec.explicit else "implicit"
        device.send(source, (CHECK_DONE, slot, number, state, device.access.state, spec.preferred, tpgs))

    def _found(self, checker: str) -> tuple[str, float] | None:
        """up, down, ghost or offline, and after how long; None: it waits."""
        device = self.device
        standing = device.faults.standing
        if standing.gone:
            return "offline", 0.0
        if standing.busy_why or device.access.waits():
            return None
        tur = checker == TUR
        if device.access.state not in ACTIVE_STATES:
            ghost = tur and device.access.state == "standby"
            return "ghost" if ghost else "down", draw(device.spec.service, self.rng)
        verdict = self._verdict(tur)
        if verdict.hang or verdict.stall or verdict.hold:
            return None
        time_us = draw(device.spec.service, self.rng) + verdict.delay_us
        if not device.lun_up:
            return "down", time_us
        failed = verdict.error and not (tur and verdict.error in NOT_PATH_ERRORS)
        return "down" if failed else "up", time_us

    def _verdict(self, tur: bool) -> Verdict:
        """What the faults in force want of a check."""
        verdict = Verdict()
        for fault in self.device.faults.active.values():
            if self._meets(fault, tur):
                fault.type.apply(verdict, fault.params, self.rng)
        return verdict

    def _meets(self, fault: ActiveFault, tur: bool) -> bool:
        spec = fault.spec
        if fault.type.standing or acts_on_activation(fault.type) or spec.op not in ("any", "read"):
            return False
        if spec.nth or spec.every or spec.times:
            return False
        if spec.sectors and (tur or spec.sector >= READ_SECTORS):
            return False
        return spec.probability >= 1 or self.rng.random() < spec.probability

    def sample(self, source: str, message: tuple[Any, ...]) -> None:
        """SAMPLE_PATH: so many direct reads; one that would never be answered counts as an error."""
        _tag, slot, number, reads = message
        errors, longest = 0, 1.0
        for _ in range(reads):
            found = self._found("directio")
            if found is None or found[0] != "up":
                errors += 1
            if found is not None:
                longest = max(longest, found[1])
        at_us = self.device.now_us + round(longest)
        self.device.arm(at_us, lambda: self.device.send(source, (PATH_SAMPLED, slot, number, reads, errors)))
