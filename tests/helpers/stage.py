"""A whole plan in the simulation, with an application whose bios the test writes down one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

from emulator import build as house
from emulator.block.bio import SYNCIO, UNPLUG, WRITE
from emulator.checks.invariants import broken_invariants
from emulator.commands import Command, Outcome
from emulator.device.device import Device
from emulator.dm.md import MappedDevice
from emulator.events import Event
from emulator.machine import Machine
from emulator.messages import BIO_ENDIO, SUBMIT_BIO
from emulator.messages import UNPLUG as UNPLUG_MESSAGE
from emulator.plan import DeviceSpec, Distribution, LunSpec, MdSpec, Plan
from emulator.runtime.simulation import Simulation

SECTORS = 1 << 21
APP = "app"


def fixed(us: float) -> Distribution:
    """A service time that is always the same."""
    return Distribution("fixed", us)


def plan(
    line: str, *, devices: dict[str, dict[str, Any]] | None = None, mds: tuple[MdSpec, ...] = (), **md: Any
) -> Plan:
    """One md ``md`` (table *line*) over sda and sdb, two paths to one LUN; *devices* changes single devices."""
    changes = devices or {}
    specs = tuple(
        DeviceSpec(name, "lun", dev, **{"service": fixed(100), **changes.get("*", {}), **changes.get(name, {})})
        for name, dev in (("sda", "8:0"), ("sdb", "8:16"))
    )
    return Plan("stage", luns=(LunSpec("lun", SECTORS),), devices=specs, mds=(*mds, MdSpec("md", "253:0", line, **md)))


class App(Machine):
    """Submits what it is told, remembers what ended."""

    kind = "submitter"

    def __init__(self, target: str) -> None:
        super().__init__(APP)
        self.target = target
        self.bio = 0
        self.ended: list[tuple[int, int, int]] = []
        """(time, bio, errno), in order."""
        self.data: dict[int, bytes | None] = {}
        self.handlers = {BIO_ENDIO: self._bio_endio}

    def _bio_endio(self, source: str, message: tuple[Any, ...]) -> None:
        _tag, bio, error, data = message
        self.ended.append((self.now_us, bio, error))
        self.data[bio] = data

    def run(self, now_us: int, pick: Random | None = None, most: int | None = None) -> int:
        """It only reacts."""
        return 0


class Stage:
    """Plays a plan; every md's invariants are checked after each of its steps."""

    def __init__(
        self, plan: Plan, seed: int = 1, target: str = "md", after: Callable[[Machine], None] | None = None
    ) -> None:
        self.app = App(target)
        self._after = after
        kinds = {**house.topology(plan), APP: "submitter"}
        pairs = house.links(plan) | {(APP, target), (target, APP)}
        self.sim = Simulation(plan, seed=seed, build=self._build, kinds=kinds, pairs=pairs, after_step=self._check)  # type: ignore[arg-type]
        self.events: list[Event] = []
        self.checked = 0

    def _build(self, plan: Plan, name: str, seed: int, clock_ns: Callable[[], int]) -> Machine:
        return self.app if name == APP else house.build_machine(plan, name, seed, clock_ns)

    def _check(self, machine: Machine) -> None:
        if isinstance(machine, MappedDevice):
            self.checked = getattr(self, "checked", 0) + 1
            assert broken_invariants(machine) == [], f"at {machine.now_us} us"
        if self._after is not None:
            self._after(machine)

    # -- acting ------------------------------------------------------------------------------------------

    def write(
        self, sector: int, sectors: int = 8, *, data: bytes | None = None, sync: bool = False, unplug: bool = False
    ) -> int:
        """Submit a write; returns the bio's number."""
        return self._submit(sector, sectors, WRITE, data, sync, unplug)

    def read(self, sector: int, sectors: int = 8, *, unplug: bool = False) -> int:
        """Submit a read; returns the bio's number."""
        return self._submit(sector, sectors, 0, None, False, unplug)

    def _submit(self, sector: int, sectors: int, flags: int, data: bytes | None, sync: bool, unplug: bool) -> int:
        app = self.app
        app.bio += 1
        flags |= (SYNCIO if sync else 0) | (UNPLUG if unplug else 0)
        app.send(app.target, (SUBMIT_BIO, "C1:app", app.bio, sector, sectors, flags, data))
        self._carry()
        return app.bio

    def unplug(self) -> None:
        """The task is about to wait."""
        self.app.send(self.app.target, (UNPLUG_MESSAGE, "C1:app"))
        self._carry()

    def _carry(self) -> None:
        self.sim._moved(self.app)

    def play(self, us: int) -> None:
        """Let emulated time pass."""
        until = self.sim.now_us() + us
        while self.sim.now_us() < until and not self.sim.failed:
            self.events += self.sim.advance_until(until, 3600)

    def play_until(self, condition: Callable[[], bool], most_us: int = 10_000_000) -> int:
        """Play step by step until *condition* holds; returns the time."""
        limit = self.sim.now_us() + most_us
        while not condition():
            assert self.sim.progress(limit), f"it did not come to pass in {most_us} us"
            self.sim.pause()
            self.events += self.sim.advance(0)
            self.sim.go()
        return self.sim.now_us()

    def do(self, command: Command) -> int:
        """Send a command; returns its serial."""
        return self.sim.submit(command)

    def outcome(self, serial: int) -> Outcome | None:
        """Its outcome, once."""
        return self.sim.outcome(serial)

    # -- looking -------------------------------------------------------------------------------------------

    @property
    def md(self) -> MappedDevice:
        """The md that the application uses."""
        machine = self.sim.machines[self.app.target]
        assert isinstance(machine, MappedDevice)
        return machine

    def md_named(self, name: str) -> MappedDevice:
        """Another md."""
        machine = self.sim.machines[name]
        assert isinstance(machine, MappedDevice)
        return machine

    def device(self, name: str) -> Device:
        """A device."""
        machine = self.sim.machines[name]
        assert isinstance(machine, Device)
        return machine

    def bios(self) -> list[tuple[int, int]]:
        """(bio, errno) in the order of their ends."""
        return [(bio, error) for _at, bio, error in self.app.ended]

    def kinds(self) -> list[str]:
        """Kinds of all events, in order."""
        return [event.kind for event in self.events]

    def of_kind(self, kind: str) -> list[Event]:
        """Events of one kind."""
        return [event for event in self.events if event.kind == kind]


def stamped(sector: int, sectors: int) -> bytes:
    """Data that says where it belongs."""
    return b"".join(at.to_bytes(8, "little") * 64 for at in range(sector, sector + sectors))


def ok(bios: Iterable[int]) -> list[tuple[int, int]]:
    """What :meth:`Stage.bios` is when all of *bios* ended well."""
    return [(bio, 0) for bio in bios]
