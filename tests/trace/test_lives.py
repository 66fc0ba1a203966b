"""Whole lives, word for word: what a request passed, where it waited, and why it went so (tests/trace/lives/)."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.md import table
from stories import STORIES, fault, lived, stage_of, story_life, text_of

from emulator.commands import Kill, Revive
from emulator.trace.events import TraceEvent
from emulator.trace.life import Life
from emulator.trace.lives import clone_life, last_life, request_life
from emulator.trace.locklife import holds_of, lock_life
from emulator.trace.recorder import EVENTS_MAX, Recorded, Recorder, Wanted
from emulator.trace.search import look
from emulator.trace.subjects import newest_messages, path_life

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
        "no such request is recorded: the recorder of md has what is in flight, and what ended since 0.000 s",
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


def test_a_request_that_was_retried_is_told_whole_long_after_its_end() -> None:
    """And what went straight through at the same time is forgotten."""
    stage = stage_of()
    stage.read(8, unplug=True)
    stage.play(1_000)
    fault(stage, "sda", "error", times=1)
    stage.read(0, unplug=True)
    stage.read(16, unplug=True)
    stage.play(2_000)
    number = next(
        each for each in range(2, 9) if "requeue #1" in lived(stage, request_life(stage.sim.plan, "md", each)).reason
    )
    whole = lived(stage, request_life(stage.sim.plan, "md", number))
    recorder = stage.sim._recorders["md"]
    for at in range(2 * EVENTS_MAX // 5 + 600):
        stage.read(8 * (at % 1000), unplug=True)
        stage.play(200)
    assert recorder.answer(Wanted()).whole_since_us > 4_000
    later = lived(stage, request_life(stage.sim.plan, "md", number))
    assert later.ended and later.reason == whole.reason and "fail_path sda -> requeue #1 -> sdb ok" in later.reason

    def told(life: Life) -> list[tuple[str, str, str]]:
        own = [step for step in life.steps if step.machine in ("md", "sda") and "plug" not in step.function]
        return [(step.machine, step.function, step.text) for step in own]

    assert told(later) == told(whole)
    gone = lived(stage, request_life(stage.sim.plan, "md", 1))
    assert gone.steps == () and gone.missing[-1].startswith("no such request is recorded")


def test_a_request_whose_beginning_is_forgotten_has_ended() -> None:
    stage = STORIES["one_path_fails"]()
    for events in (stage.sim.machines["md"].trace,):
        assert events is not None
        del events[: next(at for at, event in enumerate(events) if event[1] == "dm_softirq_done")]
        del events[1:]
    stage.sim.machines["md"].ways.clear()
    stage.sim.machines["md"].troubled.clear()
    stage.sim._recorders["md"]._since_us = 10_000_000
    life = lived(stage, request_life(stage.sim.plan, "md", 1))
    assert life.ended and life.missing[0].startswith("its beginning and its end are older")


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
    assert life.facts == ("1 clone sent to it: EIO",)
    other = lived(stage, path_life(stage.sim.plan, "md", "sdb"))
    assert [(step.text, step.about) for step in other.steps] == [("1 clone sent, ended well", "md 1")]


def test_a_healthy_path_counts_what_ended_well_and_what_is_under_way() -> None:
    stage = stage_of(table("sda"))
    for number in range(7):
        stage.read(8 * number, unplug=True)
        stage.play(20_000)
    fault(stage, "sda", "hang")
    stage.read(800, unplug=True)
    stage.play(20_000)
    life = lived(stage, path_life(stage.sim.plan, "md", "sda"))
    assert life.facts == ("8 clones sent to it: 7 ended well, 1 under way",)
    assert any(step.text.startswith("6 clones sent, all ended well") for step in life.steps)
    assert any(step.text.startswith("1 clone sent, under way") for step in life.steps)


def test_the_changes_of_a_path_outlive_a_flood_of_failed_requests() -> None:
    stage = stage_of()
    stage.read(0, unplug=True)
    stage.play(20_000)
    stage.sim.submit(Kill("sda"))
    stage.play(20_000)
    stage.sim.submit(Revive("sda"))
    stage.play(20_000)
    machine = stage.sim.machines["md"]
    for _ in range(5):
        assert machine.trace is not None
        machine.trace += [(machine.now_us, "event", "", 0, "io_error", {})] * EVENTS_MAX
        stage.sim._recorders["md"].turn()
    life = lived(stage, path_life(stage.sim.plan, "md", "sda"))
    assert [step.function for step in life.steps if step.machine == "md"] == ["device_gone", "device_back"]
    assert "only changes of its state" in life.missing[-1]


def test_clones_are_said_to_be_those_recorded_where_the_recorder_does_not_reach_back() -> None:
    stage = stage_of(table("sda"))
    for number in range(3):
        stage.read(8 * number, unplug=True)
        stage.play(20_000)
    stage.sim._recorders["md"]._since_us = 30_000
    life = lived(stage, path_life(stage.sim.plan, "md", "sda"))
    assert " recorded of those sent to it: " in life.facts[0]
    assert life.steps[-1].function == "summed up", "no kernel function is as many clones"


def test_the_life_of_a_lock_is_who_held_it_and_who_waited_for_whom() -> None:
    stage = stage_of()
    stage.sim.record(True, detail=True)
    stage.read(0, unplug=True)
    stage.play(5_000)
    life = lived(stage, lock_life(stage.sim.plan, "md", "md.queue_lock"))
    assert {step.function for step in life.steps} == {"lock"}, "one line for each hold, none for its end alone"
    assert life.steps[0].context == "C1:app" and "C4:softirq" in {step.context for step in life.steps}
    assert {step.text for step in life.steps} == {"held"}, "a simulation has no real time to tell"
    assert life.facts[0] == "free" and any(fact.startswith("C1:app ") and " hold" in fact for fact in life.facts)


def test_who_waits_for_a_lock_and_who_got_it_is_told() -> None:
    def event(at_us: int, function: str, context: str, **fields: object) -> TraceEvent:
        return TraceEvent(at_us, "md", function, context, 0, {"lock": "md.queue_lock", **fields})

    holds, waiting = holds_of([
        event(1, "unlock", "C3:sda", held_ns=900),
        event(2, "lock", "C1:app", waited_ns=0),
        event(2, "lock_wait", "C4:softirq", holder="C1:app"),
        event(3, "unlock", "C1:app", held_ns=12_300),
        event(3, "lock", "C4:softirq", waited_ns=40_000),
        event(4, "lock_wait", "C1:app", holder="C4:softirq"),
    ])
    assert [(each.context, each.since_us, each.held_ns) for each in holds] == [
        ("C3:sda", -1, 900), ("C1:app", 2, 12_300), ("C4:softirq", 3, -1)
    ]
    assert (holds[2].waited_ns, holds[2].behind) == (40_000, "C1:app") and list(waiting) == ["C1:app"]


def test_holds_whose_end_nobody_recorded_are_not_said_to_go_on() -> None:
    raw = [(at, "lock", "C1:app", 0, "md.queue_lock", 3_300) for at in (2, 3, 4)]
    told = look(
        lock_life(stage_of().sim.plan, "md", "md.queue_lock"),
        lambda wanted: {"md": Recorded("md", tuple(enumerate(raw)), 0)},
    )
    assert [step.text.partition(", ")[2] for step in told.steps] == [*["held, its time not recorded"] * 2, "holds it"]
    assert "of 2 of 3 holds only the wait is recorded" in told.missing[0]


def test_the_words_of_a_lock_s_life() -> None:
    raw = (
        (2, "lock", "C1:app", 0, "md.queue_lock", 0), (2, "lock_wait", "C4:softirq", 0, "md.queue_lock", "C1:app"),
        (3, "unlock", "C1:app", 0, "md.queue_lock", 12_300), (3, "lock", "C4:softirq", 0, "md.queue_lock", 40_000),
        (4, "lock_wait", "C1:app", 0, "md.queue_lock", "C4:softirq"),
    )
    life = look(
        lock_life(stage_of().sim.plan, "md", "md.queue_lock"),
        lambda wanted: {"md": Recorded("md", tuple(enumerate(raw)), 0)},
    )
    assert [(step.context, step.text, step.tone) for step in life.steps] == [
        ("C1:app", "held 12.3µs, dropped 1µs later (emulated)", ""),
        ("C4:softirq", "waited 40µs for C1:app, holds it", "mark"),
        ("C1:app", "waits for C4:softirq, which holds it", "wait"),
    ]
    assert life.facts == ("held by C4:softirq; C1:app waits", "C1:app 1 hold, 12.3µs, longest 12.3µs")


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


def test_a_device_that_goes_and_comes_back_is_a_part_of_its_paths_life() -> None:
    stage = stage_of(table("sda", "sdb"))
    stage.play(1_000)
    md = stage.sim.machines["md"]
    md.peer_gone(stage.sim.now_us(), "sdb")
    stage.play(1_000)
    md.peer_back(stage.sim.now_us(), "sdb")
    for name, wanted in (("sdb", ["the device vanished with 0 in flight", "the device is there again"]), ("sda", [])):
        life = lived(stage, path_life(stage.sim.plan, "md", name))
        assert [step.text for step in life.steps] == wanted


def test_how_far_back_the_clones_of_a_path_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulator.trace.subjects.EVENTS_MOST", 5)
    stage = stage_of(table("sda"))
    for number in range(7):
        stage.read(8 * number, unplug=True)
        stage.play(20_000)
    (fact,) = lived(stage, path_life(stage.sim.plan, "md", "sda")).facts
    assert fact == "the newest 5 clones recorded of those sent to it: all ended well"
