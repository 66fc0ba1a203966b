"""Commands in the words of a scenario: what the loader makes of an entry, the other way round.  Used to save deeds.

Times are written exactly, in the largest unit that leaves a whole number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.block.errors import errno_name
from emulator.commands import (
    BreakDeadlock,
    ClearFault,
    ClearTable,
    Command,
    InjectFault,
    InterruptSuspend,
    Kill,
    Message,
    Release,
    Resume,
    Revive,
    SetSpeed,
    StartLoad,
    StopLoad,
    Suspend,
)
from emulator.device.faults import FAULTS
from emulator.faultset import Param
from emulator.plan import FaultSpec, Plan

Action = dict[str, Any]
"""The one action of a timeline entry, by its key."""


@dataclass(slots=True)
class Declared:
    """The names that a scenario declares: an entry may say no others."""

    machines: set[str]
    """Whatever can have a fault: devices, softirq worker, mapped devices."""
    mds: set[str]
    killed: set[str]
    revived: set[str]
    loads: set[str]
    faults: set[str]
    paths: Mapping[str, str]
    """Name of each device and md by its major:minor."""


def declared(plan: Plan, faults: set[str]) -> Declared:
    """Those of *plan*; *faults* are the names of its faults and of those that its timeline injects."""
    devices, mds = {spec.name for spec in plan.devices}, {spec.name for spec in plan.mds}
    loads, luns = {spec.name for spec in plan.submitters}, {spec.name for spec in plan.luns}
    daemon = set() if plan.multipathd is None else {plan.multipathd.name}
    machines = devices | mds | {plan.softirq}
    return Declared(
        machines, mds, machines | loads | luns | daemon, devices | luns | daemon, loads, set(faults), dict(plan.labels)
    )


def time_words(us: float) -> str:
    """``1500ms``, ``2s``, ``1234567us``: exactly *us*."""
    for unit, factor in (("s", 1_000_000), ("ms", 1_000)):
        if us >= factor and us % factor == 0:
            return f"{int(us // factor)}{unit}"
    return f"{int(us)}us" if us == int(us) else f"{us:.9f}".rstrip("0") + "us"


def fault_entry(spec: FaultSpec) -> dict[str, Any]:
    """The entry of which the loader makes *spec*; what is as usual is left out."""
    entry: dict[str, Any] = {"name": spec.name, "type": spec.type, "target": spec.target}
    if spec.op != "any":
        entry["op"] = spec.op
    if spec.sectors:
        entry["range"] = {"sector": spec.sector, "sectors": spec.sectors}
    entry |= {key: value for key in ("nth", "every", "times") if (value := getattr(spec, key))}
    if spec.probability < 1:
        entry["probability"] = spec.probability
    if spec.duration:
        entry["for"] = time_words(spec.duration)
    params = FAULTS[spec.type].params
    return entry | {key: param_words(params[key], value) for key, value in spec.params}


def param_words(param: Param, value: float | str) -> Any:
    """A parameter's value as a scenario has it."""
    match param.kind:
        case "errno":
            return errno_name(int(value))
        case "time":
            return time_words(float(value)) if value else 0
        case "distribution":
            return _distribution(str(value))
    return value


def _distribution(text: str) -> Any:
    kind, first, *rest = text.split()
    a = time_words(float(first))
    if kind == "fixed":
        return a
    if kind == "uniform":
        return {kind: [a, time_words(float(rest[0]))]}
    return {kind: {"median": a, "sigma": float(rest[0])} if kind == "lognormal" else a}


def action_of(command: Command, known: Declared) -> Action | None:
    """The action that gives *command*, None if no entry can say it.  An injected fault is known from then on."""
    target = command.target
    match command:
        case InjectFault() if target in known.machines:
            known.faults.add(command.fault.name)
            return {"inject": fault_entry(command.fault)}
        case ClearFault() | Release() if target in known.machines and command.name in {"", *known.faults}:
            return {command.verb: {"target": target} | ({"name": command.name} if command.name else {})}
        case Message() if target in known.mds and not command.sector:
            return _message(command, known)
        case Suspend() if target in known.mds:
            return {"suspend": {"md": target} | _unusual(command, noflush=False, lockfs=True)}
        case Resume() if target in known.mds and command.lockfs:
            return {"resume": {"md": target} | _unusual(command, noflush=False)}
        case InterruptSuspend() | ClearTable() if target in known.mds:
            return {command.verb: {"md": target}}
        case SetSpeed():
            return {"speed": command.speed}
    names = {
        Kill: known.killed, Revive: known.revived, StartLoad: known.loads, StopLoad: known.loads,
        BreakDeadlock: known.machines,
    }
    return {command.verb: target} if target in names.get(type(command), ()) else None


def _unusual(command: Command, **usual: bool) -> dict[str, bool]:
    return {key: found for key, value in usual.items() if (found := getattr(command, key)) is not value}


def _message(command: Message, known: Declared) -> Action:
    verb, _, word = command.text.partition(" ")
    if verb in ("fail_path", "reinstate_path") and word in known.paths:
        return {verb: {"md": command.target, "path": known.paths[word]}}
    return {"message": {"md": command.target, "text": command.text}}
