"""``line`` in a timeline: a console line at its moment, whose end nothing waits for."""

from __future__ import annotations

import pytest

from emulator.lab.run import Run
from emulator.scenario.errors import ScenarioErrors
from emulator.scenario.loader import load_text, scenario_schema
from emulator.scenario.report import Report
from emulator.scenario.timeline import nobody_speaks

HEAD = """\
name: lines
about: two paths
duration: 300ms
luns: [{name: lun0, size: 1GiB}]
devices: [{name: sda, lun: lun0}, {name: sdb, lun: lun0}]
mds: [{name: mpatha, table: 0 2097152 multipath 0 0 1 1 round-robin 0 2 1 sda 1 sdb 1}]
submitters: [{name: app, target: mpatha, depth: 2, rate: 200}]
timeline:
"""


def report_of(timeline: str) -> Report:
    """Play it in the simulation."""
    run = Run(load_text(HEAD + timeline), "simulation")
    try:
        while not run.finished:
            run.turn(0.1)
        return run.report()
    finally:
        run.close()


def test_a_line_is_begun_at_its_time_and_the_timeline_goes_on() -> None:
    report = report_of(
        "  - {at: 0, line: dmsetup status}\n"
        "  - {at: 100ms, line: bg W dmsetup wait mpatha, answer: any}\n"
        "  - {at: 100ms, line: dmsetup suspend mpatha}\n"
        "  - {after: {event: suspended, plus: 50ms}, line: dmsetup resume mpatha}\n"
        "expect: [event resumed mpatha happened, bios.lost == 0]\n"
    )
    assert report.verdict == "held", report.expectations
    assert [acted.at_us for acted in report.actions][:3] == [0, 100_000, 100_000]
    assert report.actions[3].text == "dmsetup resume mpatha" and (report.actions[3].at_us or 0) >= 150_000


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("dmsetup suspend nowhere", "rc 1"),
        ("fault nowhere error", "found 'nowhere', expected a machine"),
        ("bg A dmsetup status\n  - at: 30ms\n    line: interrupt B", "found 'B', expected a job"),
    ],
)
def test_a_line_that_fails_did_not_hold(line: str, why: str) -> None:
    report = report_of(f"  - at: 20ms\n    line: {line}\nexpect: [bios.lost == 0]\n")
    assert report.verdict == "violated"
    assert any(row.held is False and why in row.why for row in report.expectations)


def test_a_line_that_must_not_end() -> None:
    blocked = "  - {at: 10ms, inject: {name: h, type: hang, target: sda}}\n  - {at: 50ms, line: dmsetup suspend mpatha"
    assert report_of(f"{blocked}, answer: none}}\n").verdict == "held"
    assert report_of("  - {at: 50ms, line: dmsetup suspend mpatha, answer: none}\n").verdict == "violated"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{at: 1ms, line: dmsteup status}", "9:21: found 'dmsteup', expected one of"),
        ("{at: 1ms, line: dmsetup statsu}", "9:29: found 'statsu', expected a dmsetup command"),
        ("{at: 1ms, line: dmsetup status, answer: EBUSY}", "9:45: found 'EBUSY', expected ok, none or any of a line"),
        ("{at: 1ms, line: ''}", "9:21: found '', expected a text that is not empty"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_with_its_place(entry: str, said: str) -> None:
    with pytest.raises(ScenarioErrors) as caught:
        load_text(f"{HEAD}  - {entry}\n", "f")
    assert any(str(error).startswith(f"f:{said}") for error in caught.value.errors), caught.value.errors


def test_the_schema_knows_lines() -> None:
    assert "dmtui console" in scenario_schema()["$defs"]["TimelinePart"]["properties"]["line"]["description"]


def test_without_a_lab_a_line_fails() -> None:
    assert nobody_speaks("dmsetup status")() == (1, "only a Lab can do console lines")
