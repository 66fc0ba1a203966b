"""A recorder that rests notes nothing between two windows; an error, or a word of a face, ends that."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.md import table
from helpers.stage import Stage, plan
from stories import fault, lived

from emulator.build import build_machine, topology
from emulator.scenario.library import load_scenario
from emulator.trace import recorder as recording
from emulator.trace.life import Life
from emulator.trace.lives import request_life
from emulator.trace.noting import LONG_US, SKEW_US
from emulator.trace.recorder import Notes, Recorder

NOT_RECORDED = "its beginning is not recorded: while very many pass"


def resting() -> Stage:
    stage = Stage(plan(table("sda", "sdb")))
    stage.read(800, unplug=True)  # for it a group is chosen, which is told
    stage.play(20_000)
    stage.sim.record(True, notes=Notes.WINDOWS)
    return stage


def life(stage: Stage, nth: int) -> Life:
    """Of the *nth* request; each number is followed by that of a clone."""
    return lived(stage, request_life(stage.sim.plan, "md", 2 * nth - 1))


def functions(stage: Stage, nth: int) -> list[str]:
    return [step.function for step in life(stage, nth).steps]


def test_between_windows_no_machine_notes_anything() -> None:
    every = replace(load_scenario("path-flapping").plan, console="console")
    for name in topology(every):
        machine = build_machine(every, name, 1)
        Recorder(machine, notes=Notes.WINDOWS)
        has_ways = bool(machine.way_functions)
        assert machine.rests == has_ways == (machine.trace is None), name
        machine.keep_for(1_000)
        machine.run(999)
        assert machine.trace is not None and machine.keeps, name
        machine.run(1_000)
        assert (machine.trace is None) == has_ways, name


def test_what_began_in_a_window_is_told_and_nothing_of_the_rest() -> None:
    stage = resting()
    stage.read(0, unplug=True)
    stage.play(1_000)
    stage.sim.keep(10_000)
    stage.play(SKEW_US)
    stage.read(8, unplug=True)
    stage.play(20_000)
    stage.read(16, unplug=True)
    stage.play(1_000)
    whole = Stage(plan(table("sda", "sdb")))
    whole.sim.record(True)
    for sector in (0, 8):
        whole.read(sector, unplug=True)
        whole.play(1_000)
    assert functions(stage, 3) == functions(whole, 2)
    assert functions(stage, 2) == functions(stage, 4) == []
    assert [machine.ways.full for machine in stage.sim.machines.values()].count(True) == 0


def test_what_windows_told_stays_when_the_recorder_wakes_up() -> None:
    stage = resting()
    stage.sim.keep(10_000)
    stage.play(SKEW_US)
    stage.read(0, unplug=True)
    stage.play(20_000)
    told = functions(stage, 2)
    stage.sim.record(True, notes=Notes.SPARSE)
    assert functions(stage, 2) == told
    assert "blk_remove_plug" in told and "rq_completed" in told


def test_an_error_is_told_though_nobody_expected_it_but_not_what_was_before() -> None:
    stage = resting()
    fault(stage, "sda", "error")
    stage.read(0, unplug=True)
    stage.play(5_000)
    told = life(stage, 2)
    if told.steps == ():  # it went to sdb, which is in order
        stage.read(8, unplug=True)
        stage.play(5_000)
        told = life(stage, 3)
    assert told.missing[-1].startswith(NOT_RECORDED)
    seen = [step.function for step in told.steps]
    assert seen[0] == "scsi_done" and "path_failed" in str(told.steps) and seen[-1] == "rq_completed"
    md = stage.sim.machines["md"]
    assert md.trace is not None and not md.rests, "what comes after an error is noted"


def test_a_device_that_vanishes_wakes_its_md() -> None:
    stage = resting()
    md = stage.sim.machines["md"]
    assert md.trace is None
    md.peer_gone(stage.sim.now_us(), "sda")
    assert md.trace is not None and not md.keeps


def test_who_needs_the_recorders_has_all_that_begins_from_then_on() -> None:
    stage = resting()
    fault(stage, "sda", "hang")
    fault(stage, "sdb", "hang")
    stage.read(0, unplug=True)
    stage.play(1_000)
    stage.sim.record(True, notes=Notes.SPARSE)
    stage.read(8, unplug=True)
    stage.play(1_000)
    assert functions(stage, 2) == []
    told = functions(stage, 3)
    assert told[0] == "__make_request" and {"map_request", "scsi_request_fn"} <= set(told)


def test_of_what_came_by_partly_unnoted_no_part_is_told() -> None:
    """Begun in a window, mapped and served behind it: a life with a hole would be a wrong one."""
    stage = resting()
    fault(stage, "sda", "hang")
    fault(stage, "sdb", "hang")
    stage.sim.keep(SKEW_US + 500)
    stage.play(SKEW_US)
    stage.write(8)  # plugged: it waits for the timer of the unplugging
    stage.play(10_000)
    assert stage.md.trace is None and [tio.orig.state for tio in stage.md.clones.values()] == ["ISSUED"]
    stage.sim.record(True, notes=Notes.SPARSE)
    told = functions(stage, 2)
    assert "__make_request" not in told and "map_request" not in told


@pytest.mark.parametrize("notes", [Notes.SPARSE, Notes.WINDOWS])
def test_a_window_keeps_nothing_that_began_unnoted(notes: Notes) -> None:
    """Though it took long, which a sparse recorder would keep it for: of this one it has the end alone."""
    stage = resting()
    stage.sim.record(True, notes=notes)
    for device in ("sda", "sdb"):
        fault(stage, device, "latency", params=(("us", 2 * LONG_US),))
    stage.read(0, unplug=True)
    stage.play(LONG_US)
    stage.sim.keep(3 * LONG_US)
    stage.play(2 * LONG_US)
    kept = {name for name, machine in stage.sim.machines.items() if machine.ways}
    assert kept >= {"md"} if notes is Notes.SPARSE else not kept & {"md", "sda", "sdb"}


def test_what_hangs_and_was_noted_wholly_stays_told() -> None:
    stage = resting()
    fault(stage, "sda", "hang")
    fault(stage, "sdb", "hang")
    stage.sim.keep(5_000)
    stage.play(SKEW_US)
    stage.read(0, unplug=True)
    stage.play(20_000)
    for machine in stage.sim.machines.values():
        machine.run(stage.sim.now_us())
    stage.sim.keep(5_000)
    told = functions(stage, 2)
    assert told[0] == "__make_request" and {"map_request", "scsi_request_fn"} <= set(told)


@pytest.mark.parametrize(("bound", "most"), [("EVENTS_MAX", 40), ("GENERATIONS_MAX", 5)])
def test_events_of_windows_are_packed_and_the_oldest_forgotten_but_for_what_hangs(
    bound: str, most: int, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording, bound, most)
    stage = resting()
    fault(stage, "sda", "hang")
    fault(stage, "sdb", "hang")
    recorder = stage.sim._recorders["md"]
    counts = []
    for number in range(30):
        stage.sim.keep(SKEW_US + 5_000)
        stage.play(SKEW_US)
        stage.write(800 + 32 * number)
        stage.write(808 + 32 * number)
        stage.unplug()
        stage.play(8_000)
        stage.md.run(stage.sim.now_us())
        by_events = bound == "EVENTS_MAX"
        counts.append(sum(each.count for each in recorder._old) if by_events else len(recorder._old))
        assert all(isinstance(generation._events, bytes) for generation in recorder._old)
    assert most <= max(counts) < 1.5 * most and counts[-1] >= most
    hung = [tio.orig.id for tio in stage.md.clones.values()]
    assert len(hung) == 30
    told = [step.text for step in lived(stage, request_life(stage.sim.plan, "md", hung[0])).steps]
    assert "allocated" in told[0] and "back merge" in told[1]
