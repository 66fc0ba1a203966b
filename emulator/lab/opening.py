"""Opening a scenario for a Lab: its plan gets a console, a runtime plays it; what a new mapped device is made of."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection
from pathlib import Path
from typing import Literal

from emulator.plan import NR_REQUESTS, Era, MdSpec, Plan
from emulator.runtime.api import Runtime
from emulator.scenario.library import load_scenario
from emulator.scenario.loader import Scenario

RuntimeKind = Literal["simulation", "process"]
MDS_MOST: dict[RuntimeKind, int] = {"simulation": 256, "process": 32}
"""Mapped devices at a time: in the process runtime each is a process with pipes to every device and md."""
DM_MAJOR = "253"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+:-]{0,62}")
"""Names that a machine, its process and its file can have too."""


MODERN_PLUG = 32
"""Requests that a task's plug holds there (BLK_MAX_REQUEST_COUNT)."""


def scenario_of(what: str | Path | Scenario | Plan) -> Scenario:
    """The scenario that *what* is, names or stands for.  Raises ScenarioErrors with everything that is wrong."""
    if isinstance(what, Scenario):
        return what
    if isinstance(what, Plan):
        return Scenario(what.name, "", "", what, 2_000_000, (), ())
    return load_scenario(what)


def lab_plan(plan: Plan) -> Plan:
    """*plan* with a console machine."""
    names = _machine_names(plan)
    console = "console"
    while console in names:
        console += "-"
    return dataclasses.replace(plan, console=console)


def new_md(plan: Plan, name: str, era: Era, machines: Collection[str], minor: int | None = None) -> MdSpec:
    """What ``dmsetup create`` makes: *minor* or the lowest free one, its machine called as the device if it can be."""
    taken = {dev for dev, _ in plan.labels} | {md.dev for md in plan.mds} | {device.dev for device in plan.devices}
    if minor is None:
        minor = next(minor for minor in range(len(taken) + 1) if f"{DM_MAJOR}:{minor}" not in taken)
    names = {*_machine_names(plan), *machines, "supervisor"}
    machine = name if _PLAIN_NAME.fullmatch(name) else f"dm-{minor}"
    while machine in names:
        machine = f"dm-{minor}" if machine == name else f"{machine}-"
    dev = f"{DM_MAJOR}:{minor}"
    spec = MdSpec(machine, dev, "", era)
    if era == "modern":
        spec = dataclasses.replace(spec, nr_requests=NR_REQUESTS[era], unplug_thresh=MODERN_PLUG)
    return spec


def _machine_names(plan: Plan) -> set[str]:
    parts = (plan.luns, plan.devices, plan.mds, plan.submitters)
    return {spec.name for part in parts for spec in part} | {plan.softirq, plan.console}


def make_runtime(kind: RuntimeKind, plan: Plan) -> Runtime:
    """The runtime called *kind* playing *plan*.  Raises OSError when processes cannot be made."""
    if kind == "simulation":
        from emulator.runtime.simulation import Simulation

        return Simulation(plan)
    from emulator.runtime.process import ProcessRuntime

    return ProcessRuntime(plan)
