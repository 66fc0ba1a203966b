"""A device alone on a bench: the test plays the md, the LUN and the softirq worker."""

from __future__ import annotations

from random import Random
from typing import Any

from emulator.block.bio import WRITE
from emulator.commands import ClearFault, Command, InjectFault, Release
from emulator.device.device import Device
from emulator.device.faults import FAULTS
from emulator.lun import Lun
from emulator.messages import (
    COMMAND,
    END_CLONE_BIO,
    EVENT,
    INSERT_CLONE,
    LLD_BUSY,
    LUN_IO,
    OPEN_PATH,
    RAISE_SOFTIRQ,
    REPLY,
    SUPERVISOR,
)
from emulator.plan import DeviceSpec, Distribution, FaultSpec, LunSpec
from emulator.snapshot import DeviceView

SECTORS = 1 << 20


class DeviceBench:
    """Drives one Device; its LUN is a real one that answers at once unless ``lun_holds``."""

    def __init__(self, inline: bool = False, seed: int = 1, **spec: Any) -> None:
        spec.setdefault("service", Distribution("fixed", 100))
        self.device = Device(DeviceSpec("sda", "lun", "8:0", **spec), "softirq", Random(seed), FAULTS)
        self.device.send = self._sort  # type: ignore[method-assign]
        self.lun = Lun(LunSpec("lun", SECTORS))
        self.lun_holds = False
        self.waiting: list[tuple[Any, ...]] = []
        """Commands that the LUN has not answered."""
        self.now = 0
        self.clone = 0
        self.serial = 0
        self.log: list[tuple[Any, ...]] = []
        """("bios", clone, bios, errno) and ("done", clone, errno, ended), in order."""
        self.data: dict[int, list[bytes | None]] = {}
        self.at: dict[int, int] = {}
        """When each clone was raised."""
        self.sent: list[tuple[str, tuple[Any, ...]]] = []
        self.hints: list[tuple[bool, int, int, int]] = []
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.replies: dict[int, tuple[int, str]] = {}
        self.receive("md", OPEN_PATH, inline)

    def _sort(self, to: str, message: tuple[Any, ...]) -> None:
        tag = message[0]
        if tag == EVENT:
            self.events.append((message[2], message[3]))
        elif tag == REPLY:
            self.replies[message[1]] = (message[2], message[3])
        elif tag == END_CLONE_BIO:
            self.log.append(("bios", message[2], message[3], message[4]))
            self.data.setdefault(message[2], []).append(message[5])
        elif tag == RAISE_SOFTIRQ:
            self.log.append(("done", message[2], message[3], message[4]))
            self.at[message[2]] = self.now
        elif tag == LLD_BUSY:
            self.hints.append(message[1:])
        elif tag == LUN_IO:
            self.waiting.append(message)
        else:
            self.sent.append((to, message))

    def settle(self) -> None:
        """Let every context go on; the LUN answers."""
        self.device.run(self.now)
        while self.waiting and not self.lun_holds:
            self.lun.receive(self.now, "sda", self.waiting.pop(0))
            for message in self.lun.take_output().get("sda", []):
                self.device.receive(self.now, "lun", message)
            self.device.run(self.now)

    def receive(self, source: str, *message: Any) -> None:
        """Hand it a message."""
        self.device.receive(self.now, source, message)
        self.settle()

    def insert(
        self, sector: int, *sizes: int, write: bool = False, data: bytes | None = None, carried: tuple[str, ...] = ()
    ) -> int:
        """blk_insert_cloned_request of a clone with bios of these sizes (one of 8 by default); returns its id."""
        self.clone += 1
        flags = WRITE if write else 0
        self.receive("md", INSERT_CLONE, "C2:md", carried, self.clone, flags, sector, sizes or (8,), data)
        return self.clone

    def wait(self, us: int) -> None:
        """Let time pass, timer by timer."""
        until = self.now + us
        while (due := self.device.deadline_us()) is not None and due <= until:
            self.now = due
            self.device.advance(due)
            self.settle()
        self.now = until

    def do(self, command: Command) -> int:
        """Send a command; returns the errno of its reply."""
        self.serial += 1
        self.receive(SUPERVISOR, COMMAND, self.serial, command.verb, command.arguments())
        return self.replies[self.serial][0]

    def inject(self, type: str, name: str = "f", **spec: Any) -> int:
        """Put a fault in force."""
        return self.do(InjectFault("sda", FaultSpec(name, type, "sda", **spec)))

    def clear(self, name: str = "") -> int:
        """Take faults away."""
        return self.do(ClearFault("sda", name))

    def release(self, name: str = "") -> int:
        """Let held and hung requests go on."""
        return self.do(Release("sda", name))

    def done(self) -> list[tuple[int, int]]:
        """(clone, errno) of everything raised, in order."""
        return [(entry[1], entry[2]) for entry in self.log if entry[0] == "done"]

    def kinds(self) -> list[str]:
        """Kinds of all events."""
        return [kind for kind, _ in self.events]

    @property
    def view(self) -> DeviceView:
        """What a face sees."""
        self.device.now_us = self.now
        return self.device.snapshot(64)
