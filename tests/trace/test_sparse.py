"""A sparse recorder: what goes straight through is kept in windows only, what is in flight or in trouble always."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.md import table
from helpers.stage import Stage, plan
from stories import STORIES, fault, lived

from emulator.build import build_machine, topology
from emulator.runtime.simulation import Simulation
from emulator.scenario.library import load_scenario
from emulator.trace.life import Life
from emulator.trace.lives import last_life, request_life
from emulator.trace.noting import LONG_US, SKEW_US
from emulator.trace.recorder import Notes
from emulator.trace.subjects import path_life

SELDOM = {"blk_plug_device", "blk_remove_plug", "medium", "blk_complete_request", "blk_done_softirq", "bi_end_io"}
"""Of a request in trouble these may be missing: the queue's own, and what is told where nobody knows of the trouble."""


def sparse() -> Stage:
    stage = Stage(plan(table("sda", "sdb")))
    stage.read(800, unplug=True)  # for it a group is chosen, which is told
    stage.play(20_000)
    stage.sim.record(True, notes=Notes.SPARSE)
    return stage


def life(stage: Stage, nth: int) -> Life:
    """Of the *nth* request; each number is followed by that of a clone."""
    return lived(stage, request_life(stage.sim.plan, "md", 2 * nth - 1))


def functions(stage: Stage, nth: int) -> list[str]:
    return [step.function for step in life(stage, nth).steps]


def test_what_went_straight_through_is_not_kept_and_that_is_said() -> None:
    stage = sparse()
    stage.read(0, unplug=True)
    stage.play(1_000)
    assert not any(machine.ways for machine in stage.sim.machines.values())
    gone = life(stage, 2)
    assert gone.steps == ()
    assert gone.missing[-1].startswith("no such request is recorded: by md, while very many pass")


def test_of_a_merged_request_that_is_not_kept_no_part_is_told() -> None:
    stage = sparse()
    stage.write(8)
    stage.write(16)
    stage.unplug()
    stage.play(1_000)
    md = stage.sim.machines["md"]
    assert md.trace is not None and [raw[6] for raw in md.trace if raw[1] == "__make_request"] == ["back merge"]
    assert functions(stage, 2) == []


def test_what_is_in_flight_is_told_from_its_beginning() -> None:
    stage = sparse()
    fault(stage, "sda", "hang")
    fault(stage, "sdb", "hang")
    stage.read(0, unplug=True)
    stage.play(1_000)
    told = functions(stage, 2)
    assert told[0] == "__make_request" and {"map_request", "scsi_request_fn"} <= set(told)
    assert not life(stage, 2).ended


def test_in_a_window_all_is_kept_that_began_once_it_was_open_everywhere() -> None:
    stage = sparse()
    stage.sim.keep(10_000)
    stage.read(0, unplug=True)
    stage.play(SKEW_US)
    stage.read(8, unplug=True)
    stage.play(10_000)
    stage.read(16, unplug=True)
    stage.play(1_000)
    assert functions(stage, 2) == functions(stage, 4) == []
    whole = Stage(plan(table("sda", "sdb")))
    whole.sim.record(True)
    for sector in (0, 8):
        whole.read(sector, unplug=True)
        whole.play(1_000)
    assert functions(stage, 3) == functions(whole, 2)
    assert lived(stage, last_life(stage.sim.plan, "md")).title.startswith("request 5 of md")


def test_every_machine_closes_its_window() -> None:
    """Those too that have a way of their own to go on: one that did not close kept everything from then on."""
    every = replace(load_scenario("path-flapping").plan, console="console")
    kinds = topology(every)
    assert set(kinds.values()) == {"md", "device", "lun", "softirq", "submitter", "multipathd"} and "console" in kinds
    for name in kinds:
        machine = build_machine(every, name, 1)
        machine.trace = []
        machine.keep_seldom()
        machine.keep_for(1_000)
        machine.run(999)
        assert machine.keeps, name
        machine.run(1_000)
        assert not machine.keeps, name


def test_a_window_that_is_open_is_made_longer_not_shorter() -> None:
    stage = sparse()
    stage.sim.keep(10_000)
    stage.sim.keep(2_000)
    stage.play(SKEW_US)
    stage.sim.keep(20_000)
    stage.play(15_000)
    stage.read(0, unplug=True)
    stage.play(1_000)
    assert functions(stage, 2)


def test_what_takes_long_is_kept_by_all_that_know_of_it() -> None:
    stage = sparse()
    fault(stage, "sda", "latency", params=(("us", LONG_US),))
    fault(stage, "sdb", "latency", params=(("us", LONG_US),))
    stage.read(0, unplug=True)
    stage.play(3 * LONG_US)
    told = set(functions(stage, 2))
    assert {"__make_request", "map_request", "scsi_request_fn", "end_clone_request", "rq_completed"} <= told


@pytest.mark.parametrize("name", sorted(STORIES))
def test_trouble_is_told_as_by_a_recorder_that_keeps_all(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    full = life(STORIES[name](), 1)
    keeps_all = Simulation.record

    def seldom(sim: Simulation, on: bool, detail: bool = False, notes: Notes = Notes.SPARSE) -> None:
        keeps_all(sim, on, detail, Notes.SPARSE)

    monkeypatch.setattr(Simulation, "record", seldom)
    found = life(STORIES[name](), 1)
    if not found.steps:
        assert not full.attempts[1:] and not any(attempt.errno for attempt in full.attempts)
        assert full.ended
        return
    assert found.reason == full.reason and found.attempts == full.attempts and found.bios == full.bios
    missed = {step.function for step in full.steps} - {step.function for step in found.steps}
    assert missed <= SELDOM
    assert set(found.steps) <= set(full.steps)


def test_a_recorder_that_keeps_all_again_says_since_when() -> None:
    stage = sparse()
    stage.read(0, unplug=True)
    stage.play(1_000)
    stage.sim.record(True)
    since_us = stage.sim.now_us()
    stage.read(8, unplug=True)
    stage.play(1_000)
    assert functions(stage, 2) == [] and functions(stage, 3)[0] == "__make_request"
    recorder = stage.sim._recorders["md"]
    assert recorder._whole_since_us() == since_us


def test_a_path_tells_that_not_all_of_its_clones_are_there() -> None:
    stage = sparse()
    fault(stage, "sda", "hang", times=1)
    stage.read(0, unplug=True)
    stage.play(100)
    stage.sim.keep(50_000)
    stage.play(SKEW_US)
    for number in range(1, 9):
        stage.read(8 * number, unplug=True)
        stage.play(1_000)
    stage.play(100_000)
    path = lived(stage, path_life(stage.sim.plan, "md", "sda"))
    assert path.facts[0].startswith("4 clones recorded of those sent to it: 3 ended well, 1 under way")
    assert path.missing[-1].startswith("not all clones are here: while very many pass")


def test_what_all_was_kept_of_is_told_as_before_by_a_recorder_that_becomes_sparse() -> None:
    stage = Stage(plan(table("sda", "sdb")))
    stage.sim.record(True)
    for sector in (0, 8, 16):
        stage.read(sector, unplug=True)
        stage.play(1_000)
    recorder = stage.sim._recorders["md"]
    recorder.turn()
    before = lived(stage, request_life(stage.sim.plan, "md", 3))
    assert before.ended and isinstance(recorder._old[0]._events, list)
    stage.sim.record(True, notes=Notes.WINDOWS)
    assert isinstance(recorder._old[0]._events, bytes)
    assert lived(stage, request_life(stage.sim.plan, "md", 3)).steps == before.steps
