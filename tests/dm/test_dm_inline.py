"""``completion: inline``: the deadlocks of reference 13, found with their whole cycle, named, and broken."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from helpers.md import SECTORS, Bench, table
from helpers.stage import Stage, plan

from emulator.commands import BreakDeadlock
from emulator.dm import inline
from emulator.events import Event
from emulator.messages import STEAL_LOCK
from emulator.plan import DeviceSpec, Distribution, LunSpec, MdSpec, Plan, SubmitterSpec
from emulator.runtime.simulation import Simulation
from emulator.snapshot import SubmitterView

LOWER = MdSpec("lower", "253:9", table("sda", "sdb"))


def stuck(stage: Stage, us: int = 5000) -> list[dict[str, Any]]:
    """Details of every deadlock event after some time."""
    stage.play(us)
    return [dict(event.details) for event in stage.of_kind("deadlock")]


def case_a(**spec: Any) -> Stage:
    """One read under way, a second one waiting on M for the same path."""
    stage = Stage(plan(table("sda"), **spec))
    stage.read(0, unplug=True)
    stage.play(50)
    stage.read(1000)
    return stage


def test_case_a_is_found_and_named() -> None:
    stage = case_a(completion="inline")
    (deadlock,) = stuck(stage)
    assert deadlock["lock"] == "sda.queue_lock" and deadlock["context"] == "C3:sda"
    (text,) = deadlock["cycle"]
    for word in (
        "C3:sda",
        "holds sda.queue_lock",
        "end_clone_request",
        "dm_request_fn",
        "map_request",
        "waits for sda.queue_lock",
    ):
        assert word in text
    view = stage.device("sda").lock.view()
    assert view.holder == "C3:sda"
    assert [waiter for waiter in view.waiters if waiter.startswith("C3:sda")], "the chain waits for itself"
    stage.play(1000)
    later = stage.device("sda").lock.view()
    assert later.held_ns - view.held_ns == later.at_ns - view.at_ns > 0, "a stuck holder holds it all the time"


def test_with_the_softirq_the_same_load_ends() -> None:
    stage = case_a()
    assert stuck(stage, 50_000) == [] and stage.bios() == [(1, 0), (2, 0)]


def test_a_stuck_chain_stays_stuck_and_the_program_does_not() -> None:
    stage = case_a(completion="inline")
    stuck(stage)
    stage.read(2000, unplug=True)
    stage.play(1_000_000)
    assert stage.sim.now_us() >= 1_000_000 and stage.bios() == [(1, 0)]
    assert stage.kinds().count("deadlock") == 1, "told once"


def test_inline_without_a_second_request_is_no_deadlock() -> None:
    stage = Stage(plan(table("sda"), completion="inline"))
    for at in range(5):
        stage.read(at * 100, unplug=True)
        stage.play(1000)
    assert stage.bios() == [(n, 0) for n in range(1, 6)] and stage.of_kind("deadlock") == []


def test_breaking_it_lets_everything_end_and_the_softirq_take_over() -> None:
    stage = case_a(completion="inline")
    stuck(stage)
    serial = stage.do(BreakDeadlock("md"))
    stage.play(20_000)
    outcome = stage.outcome(serial)
    assert outcome is not None and outcome.ok and "sda.queue_lock" in outcome.text
    assert stage.bios() == [(1, 0), (2, 0)]
    assert stage.md.completion == "softirq" and "deadlock_broken" in stage.kinds()
    for at in range(20):
        stage.read(3000 + at * 100)
    stage.play(20_000)
    assert len(stage.bios()) == 22 and stage.kinds().count("deadlock") == 1
    assert stage.device("sda").lock.holder is None and stage.md.queue.lock.holder is None


def test_there_is_nothing_to_break() -> None:
    stage = Stage(plan(table("sda")))
    outcome = stage.outcome(stage.do(BreakDeadlock("md")))
    assert outcome is not None and not outcome.ok


@pytest.mark.parametrize("upper", ["softirq", "inline"])
def test_case_b_stacked(upper: str) -> None:
    stage = Stage(plan("0 2097152 multipath 0 0 1 1 round-robin 0 1 1 253:9 1", mds=(LOWER,), completion=upper))
    stage.read(0, unplug=True)
    stage.play(50)
    stage.read(1000)
    deadlocks = stuck(stage, 20_000)
    if upper == "softirq":
        assert deadlocks == [] and stage.bios() == [(1, 0), (2, 0)]
        return
    (deadlock,) = deadlocks
    assert deadlock["lock"] == "lower.queue_lock" and "holds lower.queue_lock" in deadlock["cycle"][0]
    assert stage.md_named("lower").queue.lock.holder is not None
    stage.do(BreakDeadlock("md"))
    stage.play(50_000)
    assert stage.bios() == [(1, 0), (2, 0)]


def test_two_paths_under_one_md() -> None:
    """The second interrupt meets REENTER on M and leaves it to kblockd: through one md only a chain of one closes."""
    stuck_with: set[int] = set()
    for seed in range(8):
        stage = Stage(plan(table("sda", "sdb"), completion="inline"), seed=seed)
        for at in (0, 1000, 1500):
            stage.read(at)
        stage.unplug()
        stage.play(50)
        for at in (3000, 4000, 5000):
            stage.read(at)
        for deadlock in stuck(stage):
            stuck_with.add(len(deadlock["cycle"]))
            stage.do(BreakDeadlock("md"))
        stage.play(50_000)
        assert sorted(stage.bios()) == [(n, 0) for n in range(1, 7)], f"seed {seed}"
    assert stuck_with == {1}


def chain(bench: Bench, name: str, holds: str, wants: str) -> None:
    """An interrupt's chain that holds one device's lock and inserts into another device."""
    context = bench.md.context(name)
    context.carried = (f"{holds}.queue_lock",)
    inline.inserting(bench.md, context, bench.md.lower_by_name[wants])


def test_a_cycle_of_two_is_named_whole() -> None:
    bench = Bench(table("sda", "sdb"), completion="inline")
    chain(bench, "C3:sda", holds="sda", wants="sdb")
    assert "deadlock" not in bench.kinds(), "sdb's lock may yet be dropped"
    chain(bench, "C3:sdb", holds="sdb", wants="sda")
    ((_, details),) = [each for each in bench.events if each[0] == "deadlock"]
    texts = details["cycle"]
    assert [text.split(":", 2)[1].split()[0] for text in texts] == ["sdb", "sda"]
    for word in ("C3:sda holds sda.queue_lock", "waits for sdb.queue_lock", "C3:sdb holds sdb.queue_lock"):
        assert word in " | ".join(texts)
    assert bench.errno(BreakDeadlock("md")) == 0
    stolen = {(to, message[1]) for to, message in bench.take(STEAL_LOCK)}
    assert stolen == {("sda", "sda.queue_lock"), ("sdb", "sdb.queue_lock")}


def test_a_chain_that_waits_for_a_stranger_is_no_cycle() -> None:
    bench = Bench(table("sda", "sdb", "sdc"), completion="inline")
    chain(bench, "C3:sda", holds="sda", wants="sdb")
    chain(bench, "C3:sdb", holds="sdb", wants="sdc")
    assert "deadlock" not in bench.kinds()
    assert bench.errno(BreakDeadlock("md")) == errno.ESRCH


def two_mds(seed: int) -> Simulation:
    """Two inline mds over the same two paths in opposite order, each under more load than the paths take."""
    devices = tuple(
        DeviceSpec(name, "lun", dev, queue_depth=2, out_of_order=True, service=Distribution("fixed", 100))
        for name, dev in (("sda", "8:0"), ("sdb", "8:16"))
    )
    mds = tuple(
        MdSpec(f"md{number}", f"253:{number}", table(*paths), completion="inline")
        for number, paths in enumerate((("sda", "sdb"), ("sdb", "sda")))
    )
    loads = tuple(
        SubmitterSpec(f"app{n}", f"md{n}", depth=3, unplug=False, offset=n * 4096, size=4096) for n in range(2)
    )
    whole = Plan("two", luns=(LunSpec("lun", SECTORS),), devices=devices, mds=mds, submitters=loads)
    return Simulation(whole, seed=seed)


def play(sim: Simulation, us: int) -> list[Event]:
    """Everything that happens in the next *us*."""
    until, happened = sim.now_us() + us, list[Event]()
    while sim.now_us() < until:
        happened += sim.advance_until(until, 10)
    return happened


def progress(sim: Simulation) -> int:
    sim.ask(1)
    return sum(view.completed for view in sim.views().values() if isinstance(view, SubmitterView))


def test_a_cycle_through_two_mds_is_found_and_broken() -> None:
    """Each chain holds one path's lock and asks, from another md, for the other's: no md sees both by itself."""
    through_both = 0
    for seed in range(30):
        with two_mds(seed) as sim:
            told = [event for event in play(sim, 20_000) if event.kind == "deadlock"]
            through_both += any(len(event.details["cycle"]) == 2 for event in told)
            before = progress(sim)
            play(sim, 20_000)
            if progress(sim) == before:
                assert told, f"seed {seed}: nothing moves and nobody says why"
            for name in ("md0", "md1", "md0", "md1"):
                # An md whose own turn to lock up comes only now is broken in the next round.
                sim.submit(BreakDeadlock(name))
                play(sim, 5_000)
            before = progress(sim)
            play(sim, 20_000)
            assert progress(sim) > before, f"seed {seed}: broken, and still nothing moves"
    assert through_both, "no seed led through both mds: the test is about nothing"
