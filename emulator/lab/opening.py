"""Opening a scenario for a Lab: its plan gets a console machine and some spare mds, then a runtime plays it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Literal

from emulator.plan import Era, MdSpec, Plan
from emulator.runtime.api import Runtime
from emulator.scenario.library import load_scenario
from emulator.scenario.loader import Scenario

RuntimeKind = Literal["simulation", "process"]
SPARES: dict[RuntimeKind, int] = {"simulation": 8, "process": 2}
"""Spare mds for ``dmsetup create``: in the process runtime each is a process."""
DM_MAJOR = "253"


def scenario_of(what: str | Path | Scenario | Plan) -> Scenario:
    """The scenario that *what* is, names or stands for.  Raises ScenarioErrors with everything that is wrong."""
    if isinstance(what, Scenario):
        return what
    if isinstance(what, Plan):
        return Scenario(what.name, "", "", what, 2_000_000, (), ())
    return load_scenario(what)


def lab_plan(plan: Plan, spares: int, era: Era | None) -> tuple[Plan, frozenset[str]]:
    """*plan* with a console and so many spare mds more (of *era*, or of the plan's first md's); the names of those."""
    taken = {md.dev for md in plan.mds} | {device.dev for device in plan.devices}
    names = _machine_names(plan)
    added: list[MdSpec] = []
    minor = 0
    era = era or (plan.mds[0].era if plan.mds else "2.6.31")
    while len(added) < spares:
        dev, name = f"{DM_MAJOR}:{minor}", f"dm-{minor}"
        minor += 1
        if dev not in taken and name not in names:
            added.append(MdSpec(name, dev, "", era))
    console = "console"
    while console in names:
        console += "-"
    mds = (*plan.mds, *added)
    return dataclasses.replace(plan, mds=mds, console=console), frozenset(md.name for md in added)


def _machine_names(plan: Plan) -> set[str]:
    parts = (plan.luns, plan.devices, plan.mds, plan.submitters)
    return {spec.name for part in parts for spec in part} | {plan.softirq}


def make_runtime(kind: RuntimeKind, plan: Plan) -> Runtime:
    """The runtime called *kind* playing *plan*.  Raises OSError when processes cannot be made."""
    if kind == "simulation":
        from emulator.runtime.simulation import Simulation

        return Simulation(plan)
    from emulator.runtime.process import ProcessRuntime

    return ProcessRuntime(plan)
