"""From a plan to machines: which there are, who exchanges messages with whom, and how each is made.

Used by both runtimes: the simulation makes all machines in one process, a child of the process runtime makes its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from emulator.device.device import Device
from emulator.device.faults import FAULTS
from emulator.dm.loading import admit
from emulator.dm.lower import Lower
from emulator.dm.md import MappedDevice
from emulator.dm.table import is_request_based, make_table, split_table
from emulator.lun import Lun
from emulator.machine import Machine
from emulator.multipathd.daemon import Multipathd
from emulator.plan import DeviceSpec, Limits, MdSpec, Plan
from emulator.runtime.api import MachineKind
from emulator.softirq import SoftirqWorker
from emulator.submitter.console import Console
from emulator.submitter.submitter import Submitter


def topology(plan: Plan) -> Mapping[str, MachineKind]:
    """Every machine of *plan*, in the order in which they are made: what others depend on comes first."""
    kinds: dict[str, MachineKind] = {lun.name: "lun" for lun in plan.luns}
    kinds |= {device.name: "device" for device in plan.devices}
    kinds[plan.softirq] = "softirq"
    kinds |= {md.name: "md" for md in plan.mds}
    kinds |= {submitter.name: "submitter" for submitter in plan.submitters}
    if plan.console:
        kinds[plan.console] = "submitter"
    if plan.multipathd is not None:
        kinds[plan.multipathd.name] = "multipathd"
    return kinds


def links(plan: Plan) -> frozenset[tuple[str, str]]:
    """Ordered pairs (source, destination) of machines that may exchange messages."""
    pairs: set[tuple[str, str]] = set()
    for device in plan.devices:
        pairs |= _both(device.name, device.lun)
        pairs.add((device.name, plan.softirq))
        for md in plan.mds:
            pairs |= _both(device.name, md.name)
    for md in plan.mds:
        pairs |= _both(md.name, plan.softirq)
        for other in plan.mds:
            if other.name != md.name:
                pairs |= _both(md.name, other.name)
    for submitter in plan.submitters:
        pairs |= _both(submitter.name, submitter.target)
    if plan.console:
        for md in plan.mds:
            pairs |= _both(md.name, plan.console)
    if plan.multipathd is not None:
        for name in [device.name for device in plan.devices] + [md.name for md in plan.mds]:
            pairs |= _both(name, plan.multipathd.name)
    return frozenset(pairs)


def _both(one: str, other: str) -> set[tuple[str, str]]:
    return {(one, other), (other, one)}


def build_machine(plan: Plan, name: str, seed: int, clock_ns: Callable[[], int] = lambda: 0) -> Machine:
    """Make the machine *name* in its initial state; *seed* is the run's, each machine draws from its own stream.

    Raises KeyError for a name that is not in the plan, TableError for a table that a target refuses.
    """
    rng = Random(f"{seed}/{name}")
    kind = topology(plan)[name]
    machine: Machine
    if kind == "lun":
        ports = {each.name: (each.group, each.access) for each in plan.devices if each.lun == name and each.group}
        return Lun(next(lun for lun in plan.luns if lun.name == name), clock_ns, ports)
    if kind == "multipathd":
        return _multipathd(plan, clock_ns)
    if name == plan.console:
        limits = [device.limits.max_sectors for device in plan.devices]
        limits += [md.limits.max_sectors for md in plan.mds if md.limits is not None]
        return Console(name, min(limits, default=Limits().max_sectors), clock_ns)
    if kind == "submitter":
        index = next(index for index, spec in enumerate(plan.submitters) if spec.name == name)
        spec = plan.submitters[index]
        return Submitter(spec, index + 1, _sectors_of(plan, spec.target), rng, clock_ns)
    if kind == "device":
        device = next(device for device in plan.devices if device.name == name)
        machine = Device(device, plan.softirq, rng, FAULTS, clock_ns)
        machine.mds = {md.name for md in plan.mds}
        faults = machine.faults
    elif kind == "softirq":
        machine = SoftirqWorker(name, tuple(md.name for md in plan.mds), rng, FAULTS, clock_ns)
        faults = machine.faults
    else:
        machine = _md(plan, next(md for md in plan.mds if md.name == name), rng, clock_ns)
        faults = machine.faults
    for fault in plan.faults:
        if fault.target == name:
            faults.inject(fault)
    return machine


def _multipathd(plan: Plan, clock_ns: Callable[[], int]) -> Multipathd:
    assert plan.multipathd is not None
    disks = {device.dev: device.name for device in plan.devices}
    return Multipathd(plan.multipathd, disks, {md.name: md.era for md in plan.mds}, clock_ns)


def _md(plan: Plan, spec: MdSpec, rng: Random, clock_ns: Callable[[], int]) -> MappedDevice:
    lowers = [_lower(plan, device) for device in plan.devices]
    lowers += [_lower_md(plan, md) for md in plan.mds if md.name != spec.name]
    md = MappedDevice(spec, plan.softirq, lowers, rng, FAULTS, clock_ns)
    if spec.table:
        table = make_table(md, spec.table)
        admit(md, table)
        md.bind(table)
        md.queue.stopped = md.md_type == "bio"
    return md


def _lower_md(plan: Plan, md: MdSpec) -> Lower:
    lower = Lower(md.name, md.dev, md.limits or Limits(), _sectors_of(plan, md.name), is_md=True)
    lower.stackable = not md.table or is_request_based(split_table(md.table))
    return lower


def _lower(plan: Plan, device: DeviceSpec) -> Lower:
    lower = Lower(device.name, device.dev, device.limits, _sectors_of(plan, device.name))
    lower.handlers = device.handlers
    lower.handler = lower.handler_told = device.attached
    lower.stackable = device.stackable
    return lower


def _sectors_of(plan: Plan, name: str) -> int:
    """Sectors of a device (its LUN's) or an md (its table's; 0 without one)."""
    luns = {lun.name: lun.sectors for lun in plan.luns}
    for device in plan.devices:
        if device.name == name:
            return luns[device.lun]
    for md in plan.mds:
        if md.name == name and md.table:
            return split_table(md.table)[-1].end
    return 0
