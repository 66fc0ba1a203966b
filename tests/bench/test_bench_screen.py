"""``dmtui bench --screen`` measures what it says; its numbers belong to the machine and are not tested."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

import dmtui.bench as bench
from dmtui import cli
from dmtui.bench import screen
from dmtui.bench.screen_result import ScreenResult, percentile
from dmtui.bench.terminal import WAIT_S, MeasuringTerminal, ScreenError


def result(**changes: object) -> ScreenResult:
    """One that meets everything."""
    found = ScreenResult(
        minutes=5, fps=20.1, cpu=0.3, key_s=[0.1] * 99 + [3.0], first_paints_s=[0.5, 0.55, 9.0],
        first_counts_s=[1.0], idle_cpu=0.004, frozen_cpu=0.006, ui_cpu=0.2, written=40_000.0,
        alone_iops=[900, 1100], watched_iops=[950, 950],
        memory_mb=[(float(at), 70.0 + (at > 10), 160.0) for at in range(100)],
    )
    for name, value in changes.items():
        setattr(found, name, value)
    return found


def test_all_targets_can_be_met() -> None:
    assert all(met for *_, met in result().rows())
    assert "MISSED" not in "\n".join(result().lines())
    assert result().to_json()["targets"]["throughput_cost"] == {"value": 0.05, "target": 0.1, "met": True}


@pytest.mark.parametrize("missed, changes", [
    ("fps", {"fps": 19.0}),
    ("cpu_share", {"cpu": 0.36}),
    ("key_p95_s", {"key_s": [0.1] * 94 + [0.2] * 6}),
    ("first_paint_s", {"first_paints_s": [0.61, 0.7, 0.1]}),
    ("idle_cpu_share", {"idle_cpu": 0.011}),
    ("frozen_cpu_share", {"frozen_cpu": 0.011}),
    ("throughput_cost", {"watched_iops": [990, 790]}),
    ("memory_growth_mb", {"memory_mb": [(float(at), 70.0 + at, 160.0) for at in range(100)]}),
])
def test_each_target_can_be_missed(missed: str, changes: dict[str, object]) -> None:
    found = result(**changes)
    assert [name for name, *_, met in found.rows() if not met] == [missed]
    assert "\n".join(found.lines()).count("MISSED") == 1


def test_percentiles_are_values_that_came() -> None:
    values = [float(value) for value in range(1, 21)]
    assert [percentile(values, p) for p in (50, 95, 100)] == [10.0, 19.0, 20.0]
    assert percentile([7.0], 95) == 7.0


def test_without_minutes_memory_is_no_target() -> None:
    assert "memory_growth_mb" not in {name for name, *_ in result(minutes=0).rows()}


@pytest.mark.timeout(900)
def test_a_short_run_fills_everything_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {
        "STARTS": 1, "TURNS": 1, "TURN_S": 0.3, "KEYS": 2, "IDLE_S": 0.3, "STEADY_S": 0.5, "SETTLE_S": 0.2,
    }.items():
        monkeypatch.setattr(screen, name, value)
    assert bench.main_screen(0, json=True) in (0, 1)
    found = json.loads(capsys.readouterr().out)
    assert found["targets"].keys() == {
        "fps", "cpu_share", "key_p95_s", "first_paint_s", "idle_cpu_share", "frozen_cpu_share", "throughput_cost",
    }
    parts = found["cpu_parts"]
    assert 0 <= parts["drawing"] <= found["targets"]["cpu_share"]["value"] and found["terminal_bytes_per_s"] > 0
    assert found["key_samples"] == 2 and len(found["iops_alone"]) == len(found["iops_with_dashboard"]) == 1
    assert found["targets"]["fps"]["value"] > 0 and found["targets"]["first_paint_s"]["value"] > 0
    assert found["rss_mb"]["dashboard"]["end"] > 10 and found["rss_mb"]["emulator"]["end"] > 10
    assert psutil.Process().children() == []


def test_a_dashboard_that_ends_is_an_error_with_its_words() -> None:
    with MeasuringTerminal("./no-such.yaml") as terminal, pytest.raises(ScreenError, match=r"no-such\.yaml"):
        terminal.until("submitters")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_one_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    words = [sys.executable, "-c", "from dmtui.cli import main; main()", "bench", "--screen", "--minutes", "0"]
    with subprocess.Popen(words, env=os.environ | {"TMPDIR": str(tmp_path)}, stderr=subprocess.PIPE) as started:
        limit = monotonic() + WAIT_S
        while not (children := psutil.Process(started.pid).children(recursive=True)):
            assert started.poll() is None and monotonic() < limit
            sleep(0.01)
        started.send_signal(number)
        _, said = started.communicate(timeout=WAIT_S)
        assert started.returncode == 3 and b"dmtui: interrupted" in said
    _, alive = psutil.wait_procs(children, timeout=WAIT_S)
    assert not alive and not list(tmp_path.iterdir())


def test_what_cannot_be_measured_is_status_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(screen, "_SCENARIO", "name: broken\n")
    assert cli._play(["bench", "--screen", "--minutes", "0"]) == 3
    assert capsys.readouterr().err.startswith("dmtui bench: could not measure: the dashboard ended")
