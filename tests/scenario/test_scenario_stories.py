"""The stories that come with the package: valid by schema, well told, and true on both runtimes."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest
from scenario_fake import BASE

from emulator.device.faults import FAULTS
from emulator.lab.run import Run
from emulator.scenario.document import parse_document, read_document
from emulator.scenario.errors import ScenarioErrors
from emulator.scenario.faultkeys import own_keys, parameter_names
from emulator.scenario.library import DEFAULT, Story, find_scenario, load_scenario, stories
from emulator.scenario.loader import scenario_schema
from emulator.scenario.report import Report

STORIES = stories()
PLAYED = [story for story in STORIES if story.name != DEFAULT]
SCHEMA = scenario_schema()


def name(story: Story) -> str:
    return story.name


def test_there_is_a_story_for_each_paragraph_of_the_seed_and_the_known_incidents() -> None:
    assert {story.name for story in STORIES} >= {
        "normal-flow", "one-path-fails", "one-path-busy", "all-paths-fail", "all-paths-fail-queued", "flush-suspend",
        "noflush-swap", "partial-then-error", "softirq-stalled", "inline-deadlock", "stacked", DEFAULT,
        "path-flapping", "silent-black-hole", "silent-black-hole-checker", "alua-failover", "marginal-path",
        "no-path-retry", "group-switch-storm", "table-swap-queueing", "medium-or-path-error", "reservation-conflict",
        "reservation-conflict-2631", "controller-reboot", "multipathd-killed", "unequal-round-robin",
        "unequal-queue-length", "unequal-service-time", "unequal-historical-service-time",
    }


@pytest.mark.parametrize("story", STORIES, ids=name)
def test_a_story_is_well_told(story: Story) -> None:
    scenario = load_scenario(story.name)
    assert scenario.name == story.name and re.fullmatch(r"[a-z0-9-]+", story.name)
    assert len(re.findall(r"[.!?](?:\s|$)", scenario.about)) == 2, "two sentences"
    assert "atch" in scenario.about, "what to watch"
    if story.name != DEFAULT:
        assert 2_000_000 <= scenario.plan.duration <= 5_000_000
        assert len(scenario.expectations) >= 6
        assert all(100 <= spec.service.a <= 500 for spec in scenario.plan.devices)


def test_all_say_their_era_and_some_go_step_by_step() -> None:
    shown = [read_document(story.path).data for story in STORIES]
    assert [data["name"] for data in shown if "era" not in data] == []
    assert sum("steps" in data for data in shown) >= 2


@pytest.mark.parametrize("story", STORIES, ids=name)
def test_a_story_is_valid_by_the_schema(story: Story) -> None:
    jsonschema.validate(read_document(story.path).data, SCHEMA)


def test_the_schema_is_one_and_explains_every_key() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    json.dumps(SCHEMA)
    for part in (SCHEMA, *SCHEMA["$defs"].values()):
        for key, value in part.get("properties", {}).items():
            assert value.keys() & {"description", "$ref"} or value == {}, key


@pytest.mark.parametrize("old, new", [
    ("duration: 1s", "duration: 1"), ("size: 1GiB", "size: 1GB"), ("name: app", "nam: app"), ("rate: 100", "rate: x"),
    ("{name: app", "{verify: yes, name: app"), ("luns:\n  - {name: lun0, size: 1GiB}\n", ""),
])
def test_the_schema_refuses_what_the_loader_refuses(old: str, new: str) -> None:
    data = parse_document(BASE.replace(old, new).encode(), "f").data
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, SCHEMA)


@pytest.mark.parametrize("entry, fits", [
    ("{name: f, type: error, target: sda, errno: EIO, nth: 3, range: {sector: 8, sectors: 8}}", True),
    ("{name: f, type: latency, target: sda, add: {uniform: [1ms, 2ms]}, for: 10ms}", True),
    ("{name: f, type: busy, target: sda, errno: EIO}", False), ("{name: f, type: eror, target: sda}", False),
    ("{name: f, type: error, target: sda, errnoo: EIO}", False),
])
def test_the_schema_knows_the_keys_of_each_type_of_fault(entry: str, fits: bool) -> None:
    data = parse_document(f"{BASE}faults:\n  - {entry}\n".encode(), "f").data
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(data) is fits


def test_no_type_of_fault_hides_a_key_that_every_fault_has() -> None:
    assert not parameter_names() & set(own_keys())
    assert FAULTS.keys() >= {"error", "busy", "latency", "hang", "hold", "partial", "gone"}


def test_a_name_that_is_no_story_is_told_with_the_nearest() -> None:
    with pytest.raises(ScenarioErrors, match=r"did you mean 'one-path-fails'\?"):
        find_scenario("one-path-fail")
    assert str(find_scenario("./one-path-fails")) == "one-path-fails"


def play(story: Story, kind: str, seed: int | None = None) -> Report:
    scenario = load_scenario(story.name)
    scenario = scenario if seed is None else scenario.with_seed(seed)
    run = Run(scenario, "simulation" if kind == "simulation" else "process")
    try:
        while not run.finished:
            run.turn(0.1)
        return run.report()
    finally:
        run.close()


def wrong(report: Report) -> list[str]:
    return [f"{row.text}: {row.held} ({row.why})" for row in report.expectations if not row.held]


@pytest.mark.parametrize("story", PLAYED, ids=name)
def test_a_story_is_true_in_the_simulation(story: Story) -> None:
    report = play(story, "simulation")
    assert wrong(report) == [] and report.verdict == "held"


@pytest.mark.parametrize("story", PLAYED, ids=name)
def test_a_story_is_true_with_another_seed(story: Story) -> None:
    assert wrong(play(story, "simulation", seed=4242)) == []


@pytest.mark.parametrize("story", PLAYED, ids=name)
def test_a_story_is_true_in_real_processes(story: Story) -> None:
    report = play(story, "process")
    assert wrong(report) == [] and report.verdict == "held"


def test_the_same_seed_tells_the_same_story() -> None:
    story = next(story for story in STORIES if story.name == "one-path-fails")
    assert play(story, "simulation") == play(story, "simulation")
    assert play(story, "simulation") != play(story, "simulation", seed=2)
