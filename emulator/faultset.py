"""Faults in force on one machine: who is hit, how often, for how long.  Used by devices, the softirq worker and mds.

What a fault *does* is its type's (one file each in :mod:`emulator.device.faults`); what is here is the same for all:
matchers, counters, duration.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, Protocol

from emulator.block.bio import op_of
from emulator.machine import Machine
from emulator.plan import FaultSpec
from emulator.snapshot import FaultView

ParamKind = Literal["errno", "time", "int", "float", "sectors", "choice", "distribution"]
TargetKind = Literal["device", "softirq", "md"]


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a fault type: what kind of word it takes, and what it is when it is not given.

    time: microseconds.  errno: a positive number.  sectors: a count.  choice: one of ``choices``.
    distribution: ``fixed 5000``, ``uniform 100 300``, ``exponential 200``, ``lognormal 200 0.5`` (microseconds).
    """

    kind: ParamKind
    default: int | float | str
    about: str
    choices: tuple[str, ...] = ()


class Verdict:
    """What all faults together want of one request, or of the whole machine (standing)."""

    __slots__ = (
        "error", "delay_us", "hang", "stall", "hold", "partial_sectors", "busy_why", "gone", "stalled", "item_delay_us",
        "dropped", "no_memory", "by", "access", "pg_init", "offline", "refused", "lost",
    )

    def __init__(self) -> None:
        self.dropped = False
        """A write ends well and does not reach the medium."""
        self.error = 0
        """Positive errno with which the request (or what is left after partial_sectors) ends."""
        self.delay_us = 0.0
        """Added to the service time."""
        self.hang = False
        """Taken into service and never completed until released."""
        self.stall = False
        """Taken into service and not completed before the fault is cleared."""
        self.hold = False
        """Kept on the queue's front until released, everything behind it waits."""
        self.partial_sectors = 0
        """Completed before the error."""
        self.busy_why = ""
        self.gone = False
        self.offline = False
        """Gone for what comes from now on; what is in service goes on."""
        self.refused = False
        """With hold: given back by the host, and tried again a little later."""
        self.lost = False
        """With hang: it times out, and the disk with it."""
        self.stalled = False
        self.item_delay_us = 0
        self.no_memory = False
        self.access = ""
        """The access state of the device, "" = its own."""
        self.pg_init = ""
        """The result of an activation, "" = the handler's own."""
        self.by = ""
        """Name of the fault that decided hang, stall or hold."""


class FaultType(Protocol):
    """One kind of fault.  ``standing`` types act on the machine as long as they are in force, others on each match."""

    name: str
    about: str
    targets: frozenset[TargetKind]
    params: Mapping[str, Param]
    standing: bool

    def apply(self, verdict: Verdict, params: Mapping[str, Any], rng: Random) -> None:
        """Write into *verdict* what this fault wants."""
        ...

    def text(self, params: Mapping[str, Any]) -> str:
        """What it does, in a few words for the screen."""
        ...


def acts_on_activation(kind: FaultType) -> bool:
    """Whether a type is about activations of the path and not about requests (it says so: ``activation = True``)."""
    return bool(getattr(kind, "activation", False))


@dataclass(slots=True)
class ActiveFault:
    """A fault in force."""

    spec: FaultSpec
    type: FaultType
    params: dict[str, Any]
    since_us: int
    until_us: int
    timer: int | None
    armed: int = 0
    fired: int = 0
    told: bool = field(default=False)
    """Whether fault_fired went to the log."""

    def view(self, target: str) -> FaultView:
        """What a face shows of it."""
        spec = self.spec
        words = [self.type.text(self.params)]
        if spec.op != "any":
            words.append("flushes" if spec.op == "flush" else f"{spec.op}s")
        if spec.sectors:
            words.append(f"sectors {spec.sector}+{spec.sectors}")
        if spec.nth:
            words.append(f"number {spec.nth}")
        if spec.every:
            words.append(f"every {spec.every}")
        if spec.probability < 1:
            words.append(f"p={spec.probability:g}")
        if spec.times:
            words.append(f"at most {spec.times} times")
        return FaultView(
            spec.name, spec.type, target, ", ".join(words), self.armed, self.fired, self.since_us, self.until_us
        )


class FaultSet:
    """All faults in force on one machine."""

    def __init__(
        self, machine: Machine, kind: TargetKind, types: Mapping[str, FaultType], rng: Random
    ) -> None:
        self.machine = machine
        self.kind = kind
        self.types = types
        self.rng = rng
        self.active: dict[str, ActiveFault] = {}
        self.standing = Verdict()
        """What the standing faults want of the machine; renewed whenever the set changes."""
        self.changed: Any = lambda: None
        """Called after ``standing`` was renewed."""
        self.event: Any = lambda kind, **details: None
        """Tells the log."""

    def inject(self, spec: FaultSpec) -> tuple[int, str]:
        """Put *spec* in force; returns (errno, text)."""
        kind = self.types.get(spec.type)
        if kind is None:
            return errno.EINVAL, f"no fault type {spec.type!r}; known: {', '.join(sorted(self.types))}"
        if self.kind not in kind.targets:
            return errno.EINVAL, f"fault {spec.type!r} is for {', '.join(sorted(kind.targets))}, not for a {self.kind}"
        if spec.name in self.active:
            return errno.EEXIST, f"a fault named {spec.name!r} is already in force on {self.machine.name}"
        params = {name: param.default for name, param in kind.params.items()}
        params.update(spec.params)
        now = self.machine.now_us
        until = now + spec.duration if spec.duration else 0
        timer = self.machine.arm(until, lambda: self._expire(spec.name)) if until else None
        self.active[spec.name] = ActiveFault(spec, kind, params, now, until, timer)
        self.event("fault_injected", target=self.machine.name, fault=spec.name, type=spec.type)
        self._renew()
        return 0, f"fault {spec.name} in force on {self.machine.name}: {kind.text(params)}"

    def clear(self, name: str) -> tuple[int, str]:
        """Take the named fault ("" = every one) away; returns (errno, text)."""
        if name and name not in self.active:
            return errno.ENOENT, f"no fault named {name!r} on {self.machine.name}"
        cleared = [name] if name else list(self.active)
        for each in cleared:
            timer = self.active[each].timer
            if timer is not None:
                self.machine.disarm(timer)
            self._remove(each)
        self._renew()
        return 0, f"cleared {', '.join(cleared)} on {self.machine.name}" if cleared else "no fault was in force"

    def _expire(self, name: str) -> None:
        self._remove(name)
        self._renew()

    def _remove(self, name: str) -> None:
        fault = self.active.pop(name)
        self.event(
            "fault_cleared", target=self.machine.name, fault=name, armed=fault.armed, fired=fault.fired
        )

    def _renew(self) -> None:
        verdict = Verdict()
        for fault in self.active.values():
            if fault.type.standing:
                fault.type.apply(verdict, fault.params, self.rng)
                fault.armed = max(fault.armed, 1)
                fault.fired = max(fault.fired, 1)
        self.standing = verdict
        self.changed()

    def judge(self, flags: int, sector: int, sectors: int, request: int) -> Verdict | None:
        """What the faults want of one request; None if none of them fires.  Counts armed and fired."""
        verdict: Verdict | None = None
        for fault in list(self.active.values()):
            if fault.type.standing or acts_on_activation(fault.type):
                continue
            if self._fires(fault, flags, sector, sectors):
                verdict = verdict or Verdict()
                was = verdict.hang or verdict.hold or verdict.stall
                fault.type.apply(verdict, fault.params, self.rng)
                if (verdict.hang or verdict.hold or verdict.stall) and not was:
                    verdict.by = fault.spec.name
                if not fault.told:
                    fault.told = True
                    self.event("fault_fired", target=self.machine.name, fault=fault.spec.name, request=request)
        return verdict

    def judge_activation(self) -> tuple[str, float]:
        """The result that a fault gives an activation ("" = none) and the time it adds."""
        verdict = Verdict()
        for fault in list(self.active.values()):
            if acts_on_activation(fault.type) and self._fires(fault, 0, 0, 0):
                fault.type.apply(verdict, fault.params, self.rng)
                if not fault.told:
                    fault.told = True
                    self.event("fault_fired", target=self.machine.name, fault=fault.spec.name, request=0)
        return verdict.pg_init, verdict.delay_us

    def _fires(self, fault: ActiveFault, flags: int, sector: int, sectors: int) -> bool:
        spec = fault.spec
        if spec.op != "any" and spec.op != op_of(flags):
            return False
        if spec.sectors and (sector >= spec.sector + spec.sectors or sector + sectors <= spec.sector):
            return False
        fault.armed += 1
        if spec.times and fault.fired >= spec.times:
            return False
        if spec.nth and fault.armed != spec.nth:
            return False
        if spec.every and fault.armed % spec.every:
            return False
        if spec.probability < 1 and self.rng.random() >= spec.probability:
            return False
        fault.fired += 1
        return True

    def views(self) -> tuple[FaultView, ...]:
        """What a face shows of them."""
        return tuple([fault.view(self.machine.name) for fault in self.active.values()])

    def __bool__(self) -> bool:
        return bool(self.active)
