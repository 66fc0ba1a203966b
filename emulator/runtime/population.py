"""A plan with one mapped device more or less: what both runtimes do when one is made or removed while they run."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from emulator.plan import MdSpec, Plan


def with_md(plan: Plan, spec: MdSpec, machines: Collection[str]) -> Plan:
    """*plan* with *spec*; *machines* are those that run.  Raises ValueError for a name or number that is taken."""
    if spec.name in machines:
        raise ValueError(f"a machine named {spec.name!r} runs already")
    taken = {dev for dev, _ in plan.labels} | {md.dev for md in plan.mds} | {device.dev for device in plan.devices}
    if spec.dev in taken:
        raise ValueError(f"{spec.dev} is taken already")
    return dataclasses.replace(plan, mds=(*plan.mds, spec), labels=(*plan.labels, (spec.dev, spec.name)))


def without_md(plan: Plan, name: str) -> Plan:
    """*plan* without the mapped device *name*.  Raises ValueError if there is none."""
    gone = next((md for md in plan.mds if md.name == name), None)
    if gone is None:
        raise ValueError(f"there is no mapped device {name!r}")
    mds = tuple(md for md in plan.mds if md is not gone)
    labels = tuple(label for label in plan.labels if label[0] != gone.dev)
    return dataclasses.replace(plan, mds=mds, labels=labels)
