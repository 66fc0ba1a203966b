"""What goes straight leaves no trace events of its own: it is kept, with its times, and told when somebody asks."""

from __future__ import annotations

import marshal
from collections.abc import Iterator

import pytest
from helpers.md import table
from helpers.stage import Stage, plan
from stories import STORIES, fault, stage_of

from emulator.machine import Machine
from emulator.plan import DeviceSpec, Distribution, FaultSpec, LunSpec, MdSpec, Plan, SubmitterSpec
from emulator.runtime.simulation import Simulation
from emulator.trace.events import Raw, Serial
from emulator.trace.noting import WAYS_MAX
from emulator.trace.recorder import Notes, Wanted
from emulator.trace.search import look
from emulator.trace.subjects import path_life
from emulator.trace.ways import LOOSE_MAX, PACKED_TIMES, Ways, _unpack

STRAIGHT = {"map_request", "end_clone_bio", "rq_completed", "scsi_request_fn", "end_clone_request", "bi_end_io"}


def test_the_straight_way_is_told_though_nothing_of_it_was_traced() -> None:
    stage = Stage(plan(table("sda", "sdb")))
    stage.read(0, unplug=True)  # for it a group is chosen, which is told
    stage.play(20_000)
    stage.sim.record(True)
    stage.read(8, unplug=True)
    stage.play(20_000)
    told = set()
    for name, machine in stage.sim.machines.items():
        assert machine.trace is not None
        assert STRAIGHT.isdisjoint(raw[1] for raw in machine.trace)
        told |= {raw[1] for _, raw in stage.sim._recorders[name].answer(Wanted()).events}
    assert STRAIGHT - {"bi_end_io"} <= told


def test_what_is_under_way_tells_how_far_it_came() -> None:
    stage = stage_of()
    fault(stage, "sda", "hang")
    stage.read(0, unplug=True)
    stage.play(5_000)
    of_md = stage.sim._recorders["md"].answer(Wanted(numbers=(1,))).events
    assert [raw[1] for _, raw in of_md] == ["__make_request", "map_request"]
    assert [raw[1] for _, raw in stage.sim._recorders["sda"].answer(Wanted()).events].count("scsi_request_fn") == 1


def test_earlier_clones_stay_with_a_request_however_many_others_end() -> None:
    stage = stage_of()
    fault(stage, "sda", times=1)
    fault(stage, "sdb", "hang", times=1)
    stage.read(0, unplug=True)
    stage.play(1_000)
    md = stage.sim.machines["md"]
    assert md.ways.most == WAYS_MAX
    md.ways.most = 16  # a short one is full sooner
    for number in range(20):
        stage.read(8 * number, unplug=True)
        stage.play(200)
    recorder = stage.sim._recorders["md"]
    assert len(md.ways) == 16
    mapped = [raw[6] for _, raw in recorder.answer(Wanted(numbers=(1,), functions=("map_request",))).events]
    assert mapped == ["sda", "sdb"]
    assert recorder.answer(Wanted()).whole_since_us > 1_000


def test_a_request_that_was_retried_is_told_whole_when_others_are_forgotten() -> None:
    stage = stage_of()
    fault(stage, "sda", times=1)
    md = stage.sim.machines["md"]
    md.ways.most = 16
    for number in range(20):
        stage.read(8 * number, unplug=True)
        stage.play(1_000)
    recorder = stage.sim._recorders["md"]
    told = [raw[1] for _, raw in recorder.answer(Wanted(numbers=(1,))).events]
    assert told[0] == "__make_request" and told[-1] == "rq_completed" and told.count("map_request") == 2
    assert not recorder.answer(Wanted(numbers=(4,))).events


def test_what_was_written_is_not_kept_with_the_way() -> None:
    stage = stage_of()
    stage.write(8, data=b"x" * 4096, unplug=True)
    stage.play(20_000)
    (tio,) = stage.sim.machines["md"].ways._loose
    assert tio.orig.made_of.data is None and tio.target is None
    assert [rq.data for name in ("sda", "sdb") for rq in stage.sim.machines[name].ways._loose] == [None]


def test_nothing_is_noted_while_nobody_records() -> None:
    stage = Stage(plan(table("sda", "sdb")))
    stage.read(0, unplug=True)
    stage.play(20_000)
    assert not any(machine.ways for machine in stage.sim.machines.values())


def test_the_end_of_a_recording_forgets_the_ways() -> None:
    stage = stage_of()
    stage.read(0, unplug=True)
    stage.play(20_000)
    stage.sim.record(False)
    assert not any(machine.ways for machine in stage.sim.machines.values())
    stage.sim.record(True)
    life = look(path_life(stage.sim.plan, "md", "sda"), lambda wanted: stage.sim.recorded(
        stage.sim.ask_recorded(wanted)) or {})
    assert life.steps == ()


def test_recording_changes_nothing_of_what_happens() -> None:
    """Writes that are retried on the other path, read again and checked."""
    service = Distribution("exponential", 200)
    devices = tuple(
        DeviceSpec(name, "lun", dev, service=service, out_of_order=True, partial=partial)
        for name, dev, partial in (("sda", "8:0", 8), ("sdb", "8:16", 0))
    )
    load = SubmitterSpec("app", "md", depth=16, read_share=0.5, size=512)
    whole = Plan(
        "same", seed=7, luns=(LunSpec("lun", 1 << 21),), devices=devices,
        mds=(MdSpec("md", "253:0", table("sda", "sdb")),), submitters=(load,),
        faults=(FaultSpec("flaky", "error", "sda", probability=0.05),),
    )
    seen = []
    for recording, notes in ((False, Notes.ALL), *((True, notes) for notes in Notes)):
        with Simulation(whole) as sim:
            sim.record(recording, notes=notes)
            sim.keep(1_000)
            events = []
            while sim.now_us() < 5_000:
                events += sim.advance_until(5_000, 3600)
            sim.ask()
            seen.append((repr(events), repr(sim.views())))
            assert sim.views()["app"].corruption == 0 and sim.views()["app"].completed > 100
    assert seen[1:] == seen[:1] * len(Notes) and "path_failed" in seen[0][0]


class Passing(Machine):
    """One that passes numbers."""

    def way_number(self, passed: tuple[int, int]) -> int:
        return passed[0]

    def way(self, passed: tuple[int, int]) -> Iterator[tuple[Serial, Raw]]:
        number, at_us = passed
        for nth in range(2):
            yield (at_us, number, nth), (at_us, "map_request", "C1:app", number, [1, 2], (3, None), "sda")


def test_what_is_packed_is_told_like_what_is_not() -> None:
    machine = Passing("md")
    plain, packing = Ways(machine, 40), Ways(machine, 40 // PACKED_TIMES)
    for ways, packs in ((plain, False), (packing, True)):
        ways.pack(packs)
        for at_us in range(50):
            ways.append((at_us % 30, at_us))
    assert len(packing._loose) == LOOSE_MAX and len(plain) == len(packing) == 40 and packing.full
    assert list(packing.backwards()) == list(plain.backwards())
    assert [raw[0] for _, raw in packing.backwards({29, 45 - 30})] == [45, 45, 29, 29, 15, 15]
    assert sorted(packing.numbers()) == sorted(plain.numbers()) and packing.oldest() == plain.oldest()
    packing.pack(False)
    assert len(packing) == 40 // PACKED_TIMES
    packing.append((1, 50))
    assert len(packing) == 40 // PACKED_TIMES and next(packing.backwards())[1][0] == 50
    packing.clear()
    assert not packing and list(packing.backwards()) == []


@pytest.mark.parametrize("name", sorted(STORIES))
def test_all_that_machines_keep_can_be_packed(name: str) -> None:
    for machine in STORIES[name]().sim.machines.values():
        for ways in (machine.ways, machine.troubled):
            for passed in ways._loose:
                assert _unpack(ways._pack(passed)) == list(machine.way(passed))
        assert marshal.loads(marshal.dumps(machine.noted)) == machine.noted


def test_what_was_kept_before_it_packs_is_packed_at_once() -> None:
    ways = Ways(Passing("md"), 200)
    for at_us in range(100):
        ways.append((at_us, at_us))
    assert not ways._packed
    ways.pack(True)
    assert len(ways._loose) == LOOSE_MAX and list(ways.numbers())[-1] == 100 - LOOSE_MAX - 1
    assert [raw[0] for _, raw in ways.backwards()][::2] == list(range(99, -1, -1))
