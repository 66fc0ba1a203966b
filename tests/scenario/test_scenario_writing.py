"""Entries put into a scenario's text: the rest stays as it is, and it means what was done."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.commands import (
    BreakDeadlock,
    ClearFault,
    ClearTable,
    Command,
    InjectFault,
    InterruptSuspend,
    Kill,
    Message,
    Release,
    Resume,
    Revive,
    SetSpeed,
    StartLoad,
    StopLoad,
    Suspend,
)
from emulator.device.faults import FAULTS
from emulator.plan import FaultSpec
from emulator.scenario.errors import ScenarioErrors
from emulator.scenario.faultkeys import fault_spec
from emulator.scenario.library import load_scenario, stories
from emulator.scenario.loader import load_text
from emulator.scenario.model import FaultPart
from emulator.scenario.saying import action_of, declared, fault_entry, time_words
from emulator.scenario.units import whole_us
from emulator.scenario.writing import entry_of, name_for, with_entries, with_name

HEAD = """\
name: t
about: two paths
duration: 1s  # short
luns: [{name: lun0, size: 1GiB}]
devices: [{name: sda, lun: lun0}, {name: sdb, lun: lun0}]
mds: [{name: mpatha, table: 0 2097152 multipath 0 0 1 1 round-robin 0 2 1 sda 1 sdb 1}]
submitters: [{name: app, target: mpatha}]
"""
TIMELINES = {
    "none": "",
    "none, no newline at the end": "expect: []",
    "block": "timeline:\n  - at: 100ms\n    kill: sda   # gone\n\n# what must hold\nexpect: [bios.lost == 0]\n",
    "no indent": "timeline:\n- at: 100ms\n  kill: sda\nexpect: [bios.lost == 0]\n",
    "flow entries": "timeline:\n    - {at: 100ms, kill: sda}  # gone\n",
    "no newline at the end": "timeline:\n  - {at: 100ms, kill: sda}",
    "text in a block": "timeline:\n  - at: 1ms\n    line: |\n      dmsetup suspend mpatha\n\nexpect: []\n",
    "brackets": "timeline: [{at: 100ms, kill: sda}]  # gone\n",
    "empty brackets": "timeline: []\nexpect: [bios.lost == 0]  # at least\n",
    "comment at the end": "timeline:\n  - at: 100ms\n    kill: sda\n  # the end\n",
}
ENTRIES = [
    entry_of(250_000, {"fail_path": {"md": "mpatha", "path": "sdb"}}),
    entry_of(300_001, {"line": "dmsetup message mpatha 0 'queue_if_no_path'"}, "any"),
    entry_of(400_000, {"line": "dmsetup load mpatha <<EOF\n0 8 multipath 0 0 1 1 round-robin 0 1 1 sda 1\nEOF"}, "any"),
]


@pytest.mark.parametrize("timeline", TIMELINES.values(), ids=TIMELINES.keys())
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_entries_come_behind_those_that_are_there(timeline: str, newline: str) -> None:
    source = (HEAD + timeline).replace("\n", newline)
    before = load_text(source)
    text = with_entries(before, ENTRIES, 500_000)
    after = load_text(text)
    assert after.timeline[: len(before.timeline)] == before.timeline
    assert [step.at_us for step in after.timeline[len(before.timeline) :]] == [250_000, 300_001, 400_000]
    assert replace(after.plan, duration=0) == replace(before.plan, duration=0)
    assert after.expectations == before.expectations
    assert after.plan.duration == (before.plan.duration if before.expectations else 501_000)
    assert with_entries(after, (), 900_000) == text
    for comment in ("# short", "# gone", "# what must hold", "# at least", "# the end"):
        assert (comment in text) is (comment in source)


@pytest.mark.parametrize("timeline", [text for name, text in TIMELINES.items() if "brackets" not in name])
def test_every_line_that_was_there_stays(timeline: str) -> None:
    source = HEAD + timeline
    lines = with_entries(load_text(source), ENTRIES, 500_000).splitlines()
    rest = iter(lines)
    assert all(line in rest for line in source.splitlines() if not line.startswith("duration"))


@pytest.mark.parametrize("story", stories(), ids=lambda story: story.name)
def test_every_story_takes_entries_and_keeps_its_bytes(story: object) -> None:
    path: Path = story.path  # type: ignore[attr-defined]
    before = load_scenario(path)
    name = before.plan.devices[0].name
    entries = [entry_of(before.plan.duration + 5_500, {"kill": name})]
    text = with_entries(before, entries, before.plan.duration + 7_000)
    after = load_text(text)
    assert len(after.timeline) == len(before.timeline) + 1
    assert after.plan.duration > before.plan.duration
    kept = iter(text.splitlines())
    # The duration is the only line that may be another.
    assert sum(line not in kept for line in path.read_text().splitlines() if not line.startswith("duration")) == 0


def test_a_deed_after_the_end_makes_it_last_until_now() -> None:
    text = with_entries(load_text(HEAD), [entry_of(1_500_000, {"kill": "sda"})], 2_345_678)
    assert "duration: 2346ms  # short\n" in text


@pytest.mark.parametrize(("more", "duration"), [
    ("", "346ms"), ("timeline: [{at: 100ms, kill: sda}]\n", "346ms"), ("timeline: [{at: 500ms, kill: sda}]\n", "1s"),
    ("expect: [bios.lost == 0]\n", "1s"),
])
def test_a_story_with_nothing_to_come_and_nothing_expected_ends_where_it_was_saved(more: str, duration: str) -> None:
    text = with_entries(load_text(HEAD + more), [entry_of(250_000, {"kill": "sdb"})], 345_678)
    assert re.search(f"^duration: {duration} +# short$", text, re.MULTILINE)


def test_one_that_came_from_no_text_cannot_be_written() -> None:
    with pytest.raises(ScenarioErrors, match="no text"):
        with_entries(replace(load_text(HEAD), source=""), ENTRIES, 0)


def test_too_many_entries_are_an_error_and_no_file() -> None:
    with pytest.raises(ScenarioErrors, match="at most 1000"):
        with_entries(load_text(HEAD), [ENTRIES[0]] * 1001, 0)


@pytest.mark.parametrize("us", [1, 999, 1_000, 1_500, 999_999, 1_000_000, 1_500_000, 60_000_000, 1_234_567])
def test_times_are_exact(us: int) -> None:
    assert whole_us(time_words(us)) == us


COMMANDS: list[Command] = [
    InjectFault("sda", FaultSpec("cut", "error", "sda", "write", 8, 16, 2, 3, 0.25, 4, 5_000, (("errno", 61),))),
    InjectFault("sdb", FaultSpec("slow", "latency", "sdb", params=(("add", "uniform 1500.0 2500.5"),))),
    ClearFault("sda", "cut"), ClearFault("sda"), Release("sdb", "slow"), Release("sdb"),
    Message("mpatha", "fail_path 8:16"), Message("mpatha", "reinstate_path 8:0"), Message("mpatha", "disable_group 1"),
    Suspend("mpatha"), Suspend("mpatha", True, False), Resume("mpatha"), Resume("mpatha", True),
    InterruptSuspend("mpatha"), ClearTable("mpatha"), Kill("lun0"), Kill("app"), Revive("sda"), StartLoad("app"),
    StopLoad("app"), BreakDeadlock("mpatha"), SetSpeed(speed=0.001953125),
]


def test_an_entry_gives_the_same_command_again() -> None:
    scenario = load_text(HEAD)
    known = declared(scenario.plan, set())
    entries = []
    for at, command in enumerate(COMMANDS):
        action = action_of(command, known)
        assert action is not None, command
        entries.append(entry_of(at, action))
    again = load_text(with_entries(scenario, entries, 0))
    assert [step.command for step in again.timeline] == COMMANDS


@pytest.mark.parametrize(
    "command", [Suspend("x"), ClearFault("sda", "unknown"), Message("mpatha", "x", 4), Kill("nobody"), Revive("app")]
)
def test_what_no_entry_can_say_is_told(command: Command) -> None:
    assert action_of(command, declared(load_text(HEAD).plan, set())) is None


@pytest.mark.parametrize("type_name", sorted(FAULTS))
def test_every_type_of_fault_can_be_written_with_its_parameters(type_name: str) -> None:
    fault = FAULTS[type_name]
    target = "sda" if "device" in fault.targets else "mpatha"
    params = tuple((name, param.default) for name, param in fault.params.items())
    entry = fault_entry(FaultSpec("f", type_name, target, params=params))
    again = fault_spec(FaultPart.model_validate(entry))
    floats = {name: str(value).replace(".0", "") for name, value in again.params}
    assert floats == {name: str(value).replace(".0", "") for name, value in params}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("timeline", TIMELINES.values(), ids=TIMELINES.keys())
def test_a_scenario_gets_another_name_and_nothing_else_changes(timeline: str, newline: str) -> None:
    source = (HEAD + timeline).replace("\n", newline)
    before = load_text(source)
    text = with_name(source, "mine-2")
    assert load_text(text).name == "mine-2"
    assert with_name(text, before.name) == source


@pytest.mark.parametrize(("written", "name", "want"), [
    ('name: "said"  # so\n', "mine", 'name: "mine"  # so\n'), ("name: 'said'\n", "mine", "name: 'mine'\n"),
    ("{name: said}", "mine", "{name: mine}"), ('{"name":"said"}', "mine", '{"name":"mine"}'),
    ("about: none\n", "mine", "about: none\n"), ("name: said\n", "null", 'name: "null"\n'), ("", "mine", ""),
])
def test_a_name_is_replaced_however_it_is_written(written: str, name: str, want: str) -> None:
    assert with_name(written, name) == want


@pytest.mark.parametrize(("stem", "name"), [
    ("a-mine", "a-mine"), ("my story (2)", "my-story-2"), ("2nd", "s-2nd"), ("größe", "gr-e"), ("---", "s"),
    ("x" * 40, "x" * 32), (f"{'x' * 31}-y", "x" * 31),
])
def test_the_name_of_a_file_becomes_one_of_a_scenario(stem: str, name: str) -> None:
    assert name_for(stem) == name
