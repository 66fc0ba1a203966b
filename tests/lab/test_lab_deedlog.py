"""What a person did, saved as a scenario: loaded again and played it is the same deeds at the same times."""

from __future__ import annotations

import pytest

from dmtui.play import Play
from emulator.commands import ClearFault, Command, Go, InjectFault, Kill, Message, Pause, SetSpeed, StopLoad, Suspend
from emulator.events import Event
from emulator.lab.deedlog import DEEDS_MOST, Told
from emulator.lab.lines import action_of_line, fault_line, line_of, only_looks
from emulator.lab.run import Run
from emulator.plan import FaultSpec
from emulator.scenario.library import load_scenario
from emulator.scenario.loader import Scenario, load_text
from emulator.scenario.saying import declared
from emulator.scenario.writing import entry_of, with_entries

CUT = FaultSpec("cut", "error", "sda", params=(("errno", 61),))
SHORT = """\
name: short
about: two paths under a load
duration: 400ms
luns: [{name: lun0, size: 1GiB}]
devices:
  - {name: sda, lun: lun0, service: {lognormal: {median: 1ms, sigma: 0.4}}}
  - {name: sdb, lun: lun0, service: {lognormal: {median: 1ms, sigma: 0.4}}}
mds:
  - {name: mpatha, table: 0 2097152 multipath 0 0 1 1 round-robin 0 2 1 sda 1 sdb 1}
submitters:
  - {name: app, target: mpatha, depth: 4}
"""
Deeds = dict[int, list[Command | str]]
"""What is done at which time (us)."""


def played(scenario: Scenario, deeds: Deeds, until_us: int) -> tuple[Told, list[Event]]:
    """Play *scenario* in the simulation and do *deeds*; what the log tells, and everything that happened."""
    play = Play(Run(scenario, "simulation", console=True), 1)
    session = play.run.session
    events: list[Event] = []
    try:
        ticket = 0
        for at_us in (*sorted(deeds), until_us):
            goal = session.enter(session.sleep(at_us - session.now_us()))
            while not goal.done:
                events += play.turn(0.01)
            for deed in deeds.get(at_us, ()):
                ticket += 1
                if deed == "^C":
                    play.talk.interrupt()
                elif isinstance(deed, Command):
                    play.order(ticket, "", deed)
                else:
                    play.talk.line(deed)
        return play.deeds.told(), events
    finally:
        play.close()


def saved(told: Told) -> str:
    """The file of it."""
    return with_entries(told.scenario, [entry_of(did.at_us, did.action, did.answer) for did in told.deeds], told.now_us)


KEYS: Deeds = {
    50_000: [InjectFault("sda", CUT)],
    120_000: [Message("mpatha", "reinstate_path 8:0"), ClearFault("sda", "cut")],
    150_001: [SetSpeed(speed=4.0)],
    200_000: [Suspend("mpatha", noflush=True)],
    230_000: ["dmsetup resume mpatha"],
    300_000: [StopLoad("app")],
}
LINES: Deeds = {
    40_000: ["fault sda error times=3", "dmsetup status"],
    60_000: ["dmsetup message mpatha 0 fail_path 8:16", "fault sdb busy name=full range=0+8"],
    90_000: ["clear sdb full", "kill sda", "no such line", "fault nosuch error"],
    130_000: ["dmsetup create other --table '0 8 linear 8:16 0'", "revive sda"],
    180_000: ["dmsetup suspend other &", "help"],
}


@pytest.mark.parametrize("deeds", [KEYS, LINES], ids=["keys", "lines"])
def test_the_same_deeds_at_the_same_times(deeds: Deeds) -> None:
    told, first = played(load_text(SHORT), deeds, 350_000)
    assert not told.left_out
    text = saved(told)
    again = load_text(text)
    assert {did.at_us for did in told.deeds} == {step.at_us for step in again.timeline} == set(deeds)
    nothing, second = played(again, {}, 350_000)
    assert not nothing.deeds and saved(nothing) == text
    acted = [(event.at_us, event.details["text"]) for event in second if event.kind == "action"]
    assert [at for at, _ in acted] == [did.at_us for did in told.deeds]

    def happened(events: list[Event]) -> list[tuple[int, str, str, str]]:
        told = [event for event in events if event.machine != "director"]
        return [(event.at_us, event.machine, event.kind, str(dict(event.details))) for event in told]

    assert happened(second) == happened(first)
    _, third = played(again, {}, 350_000)
    assert [(event.at_us, event.kind, str(event.details)) for event in second] == [
        (event.at_us, event.kind, str(event.details)) for event in third
    ]


def test_what_is_said_of_each_deed() -> None:
    told, _ = played(load_text(SHORT), LINES, 350_000)
    assert [(did.action, did.answer) for did in told.deeds] == [
        ({"line": "fault sda error times=3"}, "ok"),
        ({"fail_path": {"md": "mpatha", "path": "sdb"}}, "ok"),
        ({"inject": {"name": "full", "type": "busy", "target": "sdb", "range": {"sector": 0, "sectors": 8}}}, "ok"),
        ({"clear": {"target": "sdb", "name": "full"}}, "ok"),
        ({"kill": "sda"}, "ok"),
        ({"line": "dmsetup create other --table '0 8 linear 8:16 0'"}, "ok"),
        ({"revive": "sda"}, "ok"),
        ({"line": "dmsetup suspend other &"}, "ok"),
    ]


def test_a_device_that_the_file_does_not_know_is_spoken_of_in_a_line() -> None:
    create = "dmsetup create other --table '0 8 linear 8:16 0'"
    told, _ = played(load_text(SHORT), {10_000: [create], 20_000: [Suspend("other"), Kill("nobody")]}, 60_000)
    assert [did.action for did in told.deeds] == [
        {"line": create}, {"line": "dmsetup suspend other"}, {"line": "kill nobody"}
    ]
    assert told.deeds[-1].answer == "any"
    load_text(saved(told))


def test_a_clock_that_stood_is_no_deed() -> None:
    told, _ = played(load_text(SHORT), {10_000: [Pause(), Go()]}, 60_000)
    assert told.deeds == ()


def test_ctrl_c_for_a_line_that_waits_is_saved_too() -> None:
    hang = InjectFault("sda", FaultSpec("h", "hang", "sda"))
    told, _ = played(load_text(SHORT), {10_000: [hang], 30_000: ["dmsetup suspend mpatha"], 90_000: ["^C"]}, 120_000)
    assert [did.action for did in told.deeds][1:] == [
        {"line": "bg waiting-1 dmsetup suspend mpatha"}, {"line": "interrupt waiting-1"}
    ]
    _, again = played(load_text(saved(told)), {}, 120_000)
    assert any("Interrupted" in str(event.details) for event in again if event.kind == "action")


def test_the_log_of_deeds_is_bounded_and_says_so() -> None:
    told, _ = played(load_text(SHORT), {10_000: [SetSpeed(speed=1.0)] * (DEEDS_MOST + 3)}, 20_000)
    assert (len(told.deeds), told.left_out) == (DEEDS_MOST, 3)


def test_the_story_of_the_package_keeps_its_text() -> None:
    scenario = load_scenario("one-path-fails")
    told, _ = played(scenario, {}, 1_000)
    assert saved(told) == scenario.source


@pytest.mark.parametrize("command", [
    InjectFault("sda", FaultSpec("f", "error", "sda", "write", 8, 16, 2, 0, 0.5, 4, 5_000, (("errno", 61),))),
    InjectFault("sda", FaultSpec("slow", "latency", "sda", params=(("add", "lognormal 2000.0 0.5"),))),
])
def test_the_line_of_a_fault_puts_the_same_fault_in_force(command: InjectFault) -> None:
    line = line_of(command)
    assert line == fault_line(command.fault)
    told, by_line = played(load_text(SHORT), {10_000: [str(line)]}, 60_000)
    _, by_key = played(load_text(SHORT), {10_000: [command]}, 60_000)
    assert told.deeds[0].answer == "ok"
    assert [(e.at_us, e.kind, str(e.details)) for e in by_line] == [(e.at_us, e.kind, str(e.details)) for e in by_key]


@pytest.mark.parametrize("line", ["dmsetup status", "dmsetup -v table mpatha", "multipath -ll", "now", "speed"])
def test_who_only_looks_does_nothing(line: str) -> None:
    assert only_looks(line)


@pytest.mark.parametrize("line", ["dmsetup suspend mpatha", "multipath -F", "speed 2", "io read 0+8", "echo 1 > x"])
def test_who_does_something_does_not_only_look(line: str) -> None:
    assert not only_looks(line)


def test_a_message_is_an_entry_of_its_own() -> None:
    known = declared(load_text(SHORT).plan, set())
    said = action_of_line("dmsetup message mpatha 0 queue_if_no_path", known)
    assert said == {"message": {"md": "mpatha", "text": "queue_if_no_path"}}
    assert action_of_line("dmsetup message mpatha 0 disable_group sda", known) is None


@pytest.mark.parametrize("line", ["dmsetup message other 0 fail_path 8:0", "clear sda unknown", "bg A kill sda"])
def test_a_line_that_no_action_says_stays_a_line(line: str) -> None:
    assert action_of_line(line, declared(load_text(SHORT).plan, set())) is None
