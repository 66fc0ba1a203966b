"""Steps of a scenario: checked before anything starts, played, compared word by word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from emulator.lab.run import Run
from emulator.lab.steps import differences
from emulator.scenario.errors import ScenarioErrors
from emulator.scenario.loader import load_text
from emulator.scenario.report import Report

ROOT = Path(__file__).resolve().parents[2]
(EXAMPLE,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "steps.md").read_text(encoding="utf-8"), re.DOTALL)


def play(text: str, runtime: str = "simulation") -> Report:
    """Play a scenario's steps and the rest of its run."""
    run = Run(load_text(text), runtime)  # type: ignore[arg-type]
    try:
        while not run.finished:
            run.turn(0.05)
        return run.report()
    finally:
        run.close()


@pytest.mark.parametrize("runtime", ["simulation", "process"])
def test_the_example_of_the_documentation_holds(runtime: str) -> None:
    report = play(EXAMPLE, runtime)
    assert [(row.text, row.why) for row in report.expectations if not row.held] == []
    assert report.verdict == "held" and len(report.expectations) == 8


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("crc32: c71c0011", "crc32: c71c0012", "crc32 is c71c0011, expected c71c0012"),
        ("{ok: 2, errors: {}}", "{ok: 1, errors: {EIO: 1}}", "ok is 2, expected 1"),
        ("sda: r 0+8 ok;r 8+8 ok", "sda: r 0+8 ok;r 8+8 EIO", "word 5 is 'ok', expected 'EIO'"),
        ("event: 1", "event: 2", "event is 1, expected 2"),
        ("{W: blocked}", "{W: done}", "[W] is blocked, expected done"),
        ("{W: done rc=0}", "{W: blocked}", "[W] is done rc=0, expected blocked"),
        ("    rc: 1\n    out", "    out", "rc is 1, expected 0 (read ok=0"),
        ("err=1 EIO=1", "err=1 EIO=2", "out line 1: word 4 is 'EIO=1', expected 'EIO=2'"),
        (", Command failed.]", "]", "err line 2 'Command failed.' is one too many"),
        ("failed: No such device\"", "failed: Invalid argument\"", "word 7 is 'No', expected 'Invalid'"),
    ],
)
def test_each_difference_is_shown_to_the_word(old: str, new: str, said: str) -> None:
    assert old in EXAMPLE
    report = play(EXAMPLE.replace(old, new, 1))
    (row,) = [row for row in report.expectations if not row.held]
    assert report.verdict == "violated" and row.held is False
    assert said in row.why


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("do: io read 0+8\n    io", "do: io raed 0+8\n    io", "x.yaml:17:12: found 'raed', expected an operation"),
        ("dmsetup wait", "dmsteup wait", "(did you mean 'dmsetup'?)"),
        ("dmsetup wait", "dmsetup wiat", "(did you mean 'wait'?)"),
        ("event: 1", "evnt: 1", "found unknown key 'evnt', expected one of md, state"),
        ("{W: blocked}", "{W: bolcked}", "found 'bolcked', expected blocked, done or 'done rc=N'"),
        ("{W: blocked}", "{V: blocked}", "found 'V', expected a line in the background: W"),
        ("{sda: r 0+8 ok, sdb: \"\"}", "{sdx: r 0+8 ok}", "found 'sdx', expected a device: one of sda, sdb"),
        ("do: fault sdb", "io: {ok: 1}\n    do: fault sdb", "found an expectation about io behind 'fault'"),
        ("do: fault sdb error errno=ETIMEDOUT times=1", "do: ''", "found"),
        ("n=2", "n=two", "found 'two' for n, expected a whole number from 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_before_anything_starts(old: str, new: str, said: str) -> None:
    assert old in EXAMPLE
    with pytest.raises(ScenarioErrors) as caught:
        load_text(EXAMPLE.replace(old, new, 1), "x.yaml")
    assert any(said in str(error) for error in caught.value.errors), caught.value
    assert all(error.line for error in caught.value.errors)


def test_a_step_after_the_end_of_the_emulation_is_unknown() -> None:
    report = play(EXAMPLE.replace("do: fault sdb error errno=ETIMEDOUT times=1", "do: kill mp", 1))
    assert report.verdict == "unknown"
    assert {row.held for row in report.expectations[2:]} == {None}


@pytest.mark.parametrize(
    ("found", "wanted", "said"),
    [
        ("a b c ", "a b c", []),
        ("a b c", "a x c", ["it: word 2 is 'b', expected 'x': found 'a b c', expected 'a x c'"]),
        ("a", "a b", ["it: word 2 is 'nothing', expected 'b': found 'a', expected 'a b'"]),
        (None, "a", ["it is None, expected 'a'"]),
        ("a", None, ["it 'a' is one too many"]),
    ],
)
def test_differences(found: str | None, wanted: str | None, said: list[str]) -> None:
    assert list(differences("it", found, wanted)) == said
