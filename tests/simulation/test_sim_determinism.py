"""The simulation runtime: same seed, same history, byte for byte; another seed, another order; time, pause, kill."""

from __future__ import annotations

import hashlib

import pytest
from helpers.md import table
from helpers.stage import Stage, fixed, plan

from emulator.commands import Kill, Message, Resume, Revive, StopLoad, Suspend
from emulator.plan import DeviceSpec, Distribution, FaultSpec, LunSpec, MdSpec, Plan, SubmitterSpec
from emulator.positional import to_wire
from emulator.runtime.simulation import Simulation
from emulator.snapshot import DeviceView, SubmitterView

SECTORS = 1 << 21


def busy_plan() -> Plan:
    """Two paths with random service times, two submitters, faults with a probability."""
    service = Distribution("exponential", 200)
    return Plan(
        "history",
        seed=7,
        luns=(LunSpec("lun", SECTORS),),
        devices=tuple(
            DeviceSpec(name, "lun", dev, service=service, out_of_order=True)
            for name, dev in (("sda", "8:0"), ("sdb", "8:16"))
        ),
        mds=(MdSpec("md", "253:0", table("sda", "sdb")),),
        submitters=tuple(
            SubmitterSpec(name, "md", depth=8, jobs=2, read_share=0.5, size=8192, offset=offset)
            for name, offset in (("a", 0), ("b", 8192))
        ),
        faults=(FaultSpec("flaky", "error", "sda", probability=0.05),),
    )


def history(seed: int) -> str:
    """A hash over every event and every view of a run with deeds in it."""
    digest = hashlib.sha256()
    sim = Simulation(busy_plan(), seed=seed)
    deeds = {
        5000: Suspend("md", noflush=True),
        8000: Resume("md"),
        11_000: Message("md", "reinstate_path sda"),
        15_000: Kill("sdb"),
        18_000: Revive("sdb"),
        19_000: Message("md", "reinstate_path sdb"),
    }
    for at in range(1000, 25_000, 1000):
        while sim.now_us() < at:
            for event in sim.advance_until(at, 3600):
                digest.update(
                    repr((event.at_us, event.serial, event.machine, event.kind, sorted(event.details.items()))).encode()
                )
        if at in deeds:
            sim.submit(deeds[at])
        sim.ask()
        for name, view in sorted(sim.views().items()):
            digest.update(repr((name, to_wire(view))).encode())
    load = sim.views()["a"]
    assert isinstance(load, SubmitterView) and load.completed > 100, "something happened"
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_history() -> None:
    assert history(1) == history(1)


def test_another_seed_gives_another_history() -> None:
    assert len({history(seed) for seed in range(4)}) == 4


def test_the_plans_own_seed_is_the_default() -> None:
    assert Simulation(busy_plan()).seed == 7


def test_the_order_of_completion_depends_on_the_seed() -> None:
    """Both paths serve in the same time: who ends first is nobody's but the seed's choice."""

    orders = set()
    for seed in range(20):
        stage = Stage(plan(table("sda", "sdb")), seed=seed)
        stage.read(0)
        stage.read(1000, unplug=True)
        stage.play(1000)
        orders.add(tuple(bio for _at, bio, _error in stage.app.ended))
    assert orders == {(1, 2), (2, 1)}


def test_idle_time_is_skipped_and_time_stands_while_messages_are_under_way() -> None:
    sim = Simulation(plan(table("sda")))
    steps = 0
    while sim.progress(3_600_000_000):
        steps += 1
    assert steps < 50 and sim.now_us() == 3_600_000_000


def test_it_never_goes_past_the_time_asked_for() -> None:
    sim = Simulation(busy_plan())
    for until in (1, 10, 777, 5000):
        while sim.now_us() < until:
            sim.advance_until(until, 3600)
            assert sim.now_us() <= until


def test_pause_and_go() -> None:
    sim = Simulation(busy_plan())
    sim.pause()
    assert [event.kind for event in sim.advance(0)] == ["fault_injected"], "what happened is told, paused or not"
    assert sim.paused and sim.advance(1.0) == [] and sim.now_us() == 0
    sim.go()
    assert sim.advance(1.0) and not sim.paused


@pytest.mark.parametrize("speed", [0.0, 0.0009, 100.1, -1.0])
def test_speed_has_limits(speed: float) -> None:
    sim = Simulation(busy_plan())
    with pytest.raises(ValueError):
        sim.set_speed(speed)
    sim.set_speed(2.5)
    assert sim.speed == 2.5


@pytest.mark.parametrize("machine", ["md", "softirq", "a"])
def test_without_md_softirq_or_submitter_it_cannot_go_on(machine: str) -> None:
    sim = Simulation(busy_plan())
    sim.advance(0.001)
    sim.submit(Kill(machine))
    assert machine in sim.failed and sim.processes()[machine].state == "KILLED"


def test_unknown_names_are_answered() -> None:
    sim = Simulation(busy_plan())
    for command in (Kill("nosuch"), Revive("sda"), StopLoad("nosuch")):
        serial = sim.submit(command)
        outcome = sim.outcome(serial)
        assert outcome is not None and not outcome.ok and outcome.text
        assert sim.outcome(serial) is None, "each outcome is handed out once"


def test_many_deliveries_at_one_instant_cost_time_in_the_end() -> None:
    """With a service time of nothing, two paths and an eager load, time still goes on."""
    eager = busy_plan()
    zero = Plan(
        "zero",
        luns=eager.luns,
        mds=eager.mds,
        submitters=eager.submitters,
        devices=tuple(
            DeviceSpec(name, "lun", dev, service=fixed(0)) for name, dev in (("sda", "8:0"), ("sdb", "8:16"))
        ),
    )
    sim = Simulation(zero)
    for _ in range(5000):
        sim.progress(10_000)
    assert sim.now_us() > 0
    sim.ask()
    device = sim.views()["sda"]
    assert isinstance(device, DeviceView) and device.completed > 0
