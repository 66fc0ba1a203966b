"""Chaos by seed: faults, kills, suspends, table swaps and messages over every shape of plan.

After each step of an md all invariants are checked; at the end, with everything healed, every bio must have ended and
nothing may have been read that was not written.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from helpers.md import SECTORS

from emulator.checks.invariants import broken_invariants
from emulator.commands import (
    ClearFault,
    Command,
    InjectFault,
    InterruptSuspend,
    Kill,
    LoadTable,
    Message,
    Release,
    Resume,
    Revive,
    StopLoad,
    Suspend,
)
from emulator.dm.md import MappedDevice
from emulator.machine import Machine
from emulator.plan import DeviceSpec, Distribution, FaultSpec, Limits, LunSpec, MdSpec, Plan, SubmitterSpec
from emulator.runtime.simulation import Simulation
from emulator.snapshot import DeviceView, MdView, SubmitterView

PATHS = {"sda": "8:0", "sdb": "8:16"}
DEVICE_FAULTS = ("error", "latency", "hang", "hold", "partial", "busy", "gone", "noop")
CAMPAIGNS = 24
SEEDS_EACH = 12
DEEDS = 30


def check(machine: Machine) -> None:
    """All invariants of an md, between two of its steps."""
    if isinstance(machine, MappedDevice):
        broken = broken_invariants(machine)
        assert not broken, f"{machine.name} at {machine.now_us} us: {broken}"


def draw_plan(rng: Random, stacked: bool) -> Plan:
    """Some plan: every elevator, era, depth, order, limit and load comes up."""
    service = Distribution(rng.choice(["exponential", "fixed", "uniform"]), rng.choice([50, 300]), 400)
    devices = tuple(
        DeviceSpec(
            name,
            "lun",
            dev,
            service=service,
            queue_depth=rng.choice([1, 4, 32]),
            out_of_order=rng.random() < 0.5,
            partial=rng.choice([0, 0, -1, 3]),
            partial_gap=Distribution("fixed", 20),
            limits=rng.choice([Limits(), Limits(), Limits(64, 8)]),
        )
        for name, dev in PATHS.items()
    )
    queue = rng.choice(["0", "1 queue_if_no_path"])
    line = f"0 {SECTORS} multipath {queue} 0 1 1 round-robin 0 2 1 8:0 {rng.choice([1, 1000])} 8:16 3"
    md = MdSpec(
        "md",
        "253:0",
        line,
        era=rng.choice(["2.6.31", "modern"]),
        elevator=rng.choice(["noop", "deadline"]),
        nr_requests=rng.choice([4, 16, 128]),
        fifo_batch=rng.choice([1, 16]),
    )
    load = SubmitterSpec(
        "fio",
        "md",
        depth=rng.choice([1, 8, 64]),
        jobs=rng.choice([1, 3]),
        read_share=rng.random(),
        size=rng.choice([256, 8192]),
        pattern=rng.choice(["random", "sequential", "strided", "zipf"]),
        stride=24,
        block_sizes=rng.choice([((8, 1.0),), ((1, 1.0), (16, 1.0)), ((64, 1.0),)]),
        sync=rng.random() < 0.2,
    )
    mds = (md,)
    if stacked:
        upper = f"0 {SECTORS} multipath {queue} 0 1 1 round-robin 0 1 1 253:9 1"
        mds = (
            MdSpec("lower", "253:9", line, era=md.era, elevator=md.elevator, nr_requests=md.nr_requests),
            MdSpec("md", "253:0", upper, era=md.era, nr_requests=md.nr_requests),
        )
    return Plan("chaos", luns=(LunSpec("lun", SECTORS),), devices=devices, mds=mds, submitters=(load,))


def draw_deed(rng: Random, plan: Plan, number: int) -> Command:
    """Something that a person, a storage array or bad luck does."""
    device, md = rng.choice(list(PATHS)), rng.choice(plan.mds)
    name = f"f{number}"
    fault = FaultSpec(
        name,
        rng.choice(DEVICE_FAULTS),
        device,
        times=rng.choice([0, 1, 5]),
        duration=rng.choice([0, 3000]),
        probability=rng.choice([1.0, 0.3]),
    )
    worker = FaultSpec(name, rng.choice(["softirq_slow", "softirq_stalled"]), "softirq", duration=2000)
    deeds: list[Callable[[], Command]] = [
        lambda: InjectFault(device, fault),
        lambda: InjectFault(device, fault),
        lambda: ClearFault(device),
        lambda: Release(device),
        lambda: Message(md.name, f"{rng.choice(['fail_path', 'reinstate_path'])} {device}"),
        lambda: Message(
            md.name, rng.choice(["queue_if_no_path", "fail_if_no_path", "switch_group 1", "disable_group 1"])
        ),
        lambda: Suspend(md.name, noflush=rng.random() < 0.5),
        lambda: Resume(md.name),
        lambda: InterruptSuspend(md.name),
        lambda: LoadTable(md.name, rng.choice([md.table, f"0 {SECTORS} error"])),
        lambda: Kill(device),
        lambda: Revive(device),
        lambda: InjectFault("softirq", worker),
        lambda: InjectFault(md.name, FaultSpec(name, "clone_alloc", md.name, duration=3000)),
    ]
    return rng.choice(deeds)()


def play(sim: Simulation, us: int) -> None:
    """Let time pass; nothing may be told that must never be told."""
    until = sim.now_us() + us
    while sim.now_us() < until:
        for event in sim.advance_until(until, 3600):
            assert event.kind not in ("corruption", "invariant"), event
    assert not sim.failed


def heal(sim: Simulation, plan: Plan) -> None:
    """End every trouble, and let what is outstanding come to an end."""
    sim.submit(StopLoad("fio"))
    for device in PATHS:
        for command in (Revive(device), ClearFault(device), Release(device)):
            sim.submit(command)
    sim.submit(ClearFault("softirq"))
    for _ in range(5):
        for md in plan.mds:
            for command in (ClearFault(md.name), InterruptSuspend(md.name)):
                sim.submit(command)
            play(sim, 3000)
            for command in (Resume(md.name), LoadTable(md.name, md.table), Resume(md.name)):
                sim.submit(command)
            for path in (*PATHS, "lower"):
                sim.submit(Message(md.name, f"reinstate_path {path}"))
        play(sim, 150_000)


@pytest.mark.parametrize("campaign", range(CAMPAIGNS))
def test_chaos(campaign: int) -> None:
    for seed in range(campaign * SEEDS_EACH, (campaign + 1) * SEEDS_EACH):
        rng = Random(seed)
        plan = draw_plan(rng, stacked=campaign % 4 == 3)
        sim = Simulation(plan, seed=seed, after_step=check)
        for number in range(DEEDS):
            play(sim, rng.randrange(1, 2000))
            sim.submit(draw_deed(rng, plan, number))
        heal(sim, plan)
        sim.ask()
        views = sim.views()
        load = views["fio"]
        assert isinstance(load, SubmitterView)
        assert (load.outstanding, load.corruption) == (0, 0), f"seed {seed}"
        assert load.submitted == load.completed
        for name, view in views.items():
            if isinstance(view, MdView):
                idle = (view.nr_in_flight, view.queue.nr_dispatch, view.queue.nr_sorted, view.queue.allocated)
                assert idle == (0, 0, 0, (0, 0)), f"seed {seed}: {name}"
            elif isinstance(view, DeviceView):
                assert (view.nr_queued, view.nr_service) == (0, 0), f"seed {seed}: {name}"
        for md in plan.mds:
            machine = sim.machines[md.name]
            assert isinstance(machine, MappedDevice) and machine.clones == {}, f"seed {seed}: a clone was never freed"
