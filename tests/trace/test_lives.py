"""Whole lives, word for word: what a request passed, where it waited, and why it went so (tests/trace/lives/)."""

from __future__ import annotations

from pathlib import Path

import pytest
from stories import STORIES, fault, lived, stage_of, story_life, text_of

from emulator.commands import Kill, Revive
from emulator.trace.lives import clone_life, last_life, request_life
from emulator.trace.recorder import EVENTS_MAX, Recorder, Wanted
from emulator.trace.subjects import lock_life, newest_messages, path_life

GOLDEN = Path(__file__).parent / "lives"


@pytest.mark.parametrize("name", STORIES)
def test_a_life_is_told_whole(name: str) -> None:
    assert text_of(story_life(name)) == (GOLDEN / f"{name}.txt").read_text()


def test_the_last_request_and_that_of_a_clone_are_found() -> None:
    stage = STORIES["one_path_fails"]()
    whole = lived(stage, request_life(stage.sim.plan, "md", 1))
    assert lived(stage, last_life(stage.sim.plan, "md")) == whole
    assert [lived(stage, clone_life(stage.sim.plan, "md", clone)) for clone in (2, 3)] == [whole, whole]
    unknown = lived(stage, clone_life(stage.sim.plan, "md", 99))
    assert not unknown.steps and "longer ago" in unknown.missing[0]


def test_a_request_that_was_never_recorded_is_said_to_be_unknown() -> None:
    stage = STORIES["normal"]()
    life = lived(stage, request_life(stage.sim.plan, "md", 77))
    assert life.steps == () and life.missing == (
        "no such request is recorded: the recorder of md reaches back to 0.000 s",
    )


def test_what_does_not_record_says_so() -> None:
    stage = STORIES["normal"]()
    stage.sim.record(False)
    life = lived(stage, request_life(stage.sim.plan, "md", 1))
    assert life.steps == () and "md does not record" in life.missing


def test_a_request_that_hangs_keeps_its_beginning() -> None:
    """However many others pass meanwhile; of those the oldest are forgotten."""
    stage = stage_of()
    fault(stage, "sda", "hang", times=1)
    stage.read(0, unplug=True)
    stage.play(1_000)
    recorder = stage.sim._recorders["md"]
    for number in range(2 * EVENTS_MAX // 5 + 600):
        stage.read(8 * (number % 1000), unplug=True)
        stage.play(200)
    assert recorder.answer(Wanted()).whole_since_us > 1_000
    hanging = lived(stage, request_life(stage.sim.plan, "md", 1))
    assert hanging.steps[0].function == "__make_request" and not hanging.ended
    assert hanging.waits[-1].what == "service" and hanging.waits[-1].until_us == -1
    gone = lived(stage, request_life(stage.sim.plan, "md", 3))
    assert gone.steps == () and gone.missing[-1].startswith("no such request is recorded")


def test_a_recorder_is_bounded() -> None:
    stage = stage_of()
    machine = stage.sim.machines["md"]
    recorder = Recorder(machine)
    assert machine.trace is not None
    for number in range(5):
        machine.trace += [(number, "blk_plug_device", "", 0)] * EVENTS_MAX
        recorder.turn()
    kept = recorder.answer(Wanted(newest=10 * EVENTS_MAX))
    assert len(kept.events) == EVENTS_MAX and kept.whole_since_us == 4


def test_the_life_of_a_path() -> None:
    stage = STORIES["one_path_fails"]()
    life = lived(stage, path_life(stage.sim.plan, "md", "sda"))
    said = [(step.function, step.text) for step in life.steps]
    assert ("path_failed", "path=sda nr_valid_paths=1 reason=EIO") in said
    assert any("request 1" in text and "fail_path sda" in text for _, text in said)
    other = lived(stage, path_life(stage.sim.plan, "md", "sdb"))
    assert [step.text.partition(",")[0] for step in other.steps] == ["1 clone sent"]


def test_the_life_of_a_lock_is_who_held_it() -> None:
    stage = stage_of()
    stage.sim.record(True, detail=True)
    stage.read(0, unplug=True)
    stage.play(5_000)
    life = lived(stage, lock_life(stage.sim.plan, "md", "md.queue_lock"))
    holders = [step.context for step in life.steps if step.function == "unlock"]
    assert holders[0] == "C1:app" and "C4:softirq" in holders
    assert life.steps[0].text.startswith("dropped md.queue_lock after") and life.facts[0] == "free"


def test_every_message_of_the_newest_moment_is_an_arrow() -> None:
    stage = stage_of()
    stage.sim.record(True, detail=True)
    stage.read(0, unplug=True)
    stage.play(5_000)
    arrows = lived(stage, newest_messages(stage.sim.plan, stage.sim.machines, 0)).sent
    words = [each.word for each in arrows]
    assert {"INSERT_CLONE", "LUN_IO", "LUN_DONE", "END_CLONE_BIO", "RAISE_SOFTIRQ", "SOFTIRQ_DONE"} <= set(words)


def test_a_revived_device_tells_only_its_new_life() -> None:
    stage = STORIES["killed_device"]()
    stage.do(Revive("sda"))
    life = lived(stage, request_life(stage.sim.plan, "md", 1))
    assert [step for step in life.steps if step.machine == "sda"] == []
    assert life.missing == ("the recorder of sda begins at 0.021 s: what was before is lost",)
    assert stage.do(Kill("sdb"))
