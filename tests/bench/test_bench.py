"""The bench measures what it says it measures; its numbers are not tested (they belong to the machine it runs on)."""

from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest

import dmtui.bench as bench
from dmtui.bench import load, queues, startup
from dmtui.bench.result import BenchResult
from dmtui.bench.ring import DEPTH, Ring

KINDS = ("insert", "merge", "dispatch")
KEYS = {
    "ring_messages_per_s", "process_iops", "ratio", "simulation_iops", "iops_by_paths", "queue_cost_ratio_100k_to_1k",
    "first_completion_s", "rss_mb",
}


def test_ring_counts_every_hop(tmp_path: Path) -> None:
    with Ring(3, tmp_path) as ring:
        for _ in range(2):
            run = ring.measure(0.01)
            assert run.hops % (3 * DEPTH) == 0, "every message goes round whole laps"
            assert run.rounds_per_s == pytest.approx(run.hops / 8 / run.seconds)
    assert psutil.Process().children() == []
    assert all(path.stat().st_size == 0 for path in tmp_path.iterdir())


@pytest.mark.parametrize("elevator", queues.ELEVATORS)
def test_a_round_leaves_a_queue_as_long_as_it_was(elevator: queues.ElevatorName) -> None:
    queue = queues._LongQueue(elevator, 500)
    for turn in (1, 2, 3):
        assert all(cost > 0 for cost in queue.round().values())
        view = queue._md.snapshot(1).queue
        assert view.nr_sorted + view.nr_dispatch == 500
        assert view.merged_back == turn * queues.OPERATIONS
        assert view.in_flight == (0, 0)


def test_the_emulation_stands_between_two_windows() -> None:
    with load.Emulation(1) as emulation:
        window = emulation.measure(0.4)
        assert window.completed > 0
        assert window.seconds >= 0.4
        assert emulation.runtime.paused
        assert set(emulation.processes()) == {"lun0", "sda", "softirq", "mpatha", "app"}
    assert psutil.Process().children() == []


def test_a_failed_emulation_is_an_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> float:
        raise load.BenchError("mpatha ended")

    monkeypatch.setattr(startup, "measure_startup", broken)
    assert bench.main(json=True) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "dmtui bench: could not measure: mpatha ended" in printed.err


def test_lines_for_people_name_every_quantity() -> None:
    costs = queues.QueueCosts("noop", {"insert": 1.0, "merge": 2.0, "dispatch": 4.0}, dict.fromkeys(KINDS, 4.0))
    result = BenchResult(40_000.0, 320_000.0, 30_000.0, 20_000.0, {1: 9.0, 8: 7.0}, [costs], 0.75, {"sda": 24.2})
    text = "\n".join(result.lines())
    parts = ("40,000 messages/s", "8 hops", "30,000 I/Os", "0.75 of the ring", "1 path ", "8 paths", "0.75 s", "sda 24")
    assert [part for part in parts if part not in text] == []
    assert [result.queue_cost_ratio(kind) for kind in KINDS] == [4.0, 2.0, 1.0]


def test_everything_is_measured_and_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "TURNS", 1)
    monkeypatch.setattr(bench, "TURN_S", 0.4)
    monkeypatch.setattr(bench, "STARTS", 1)
    monkeypatch.setattr(bench, "SIMULATION_S", 0.05)
    monkeypatch.setattr(load, "SETTLE_S", 0.0)
    monkeypatch.setattr(queues, "SMALL", 300)
    monkeypatch.setattr(queues, "LARGE", 600)
    assert bench.main(json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) >= KEYS
    assert set(found["iops_by_paths"]) == {"1", "2", "4", "8"}
    assert set(found["queue_cost_ratio_100k_to_1k"]) == {"insert", "merge", "dispatch"}
    assert set(found["rss_mb"]) == {"lun0", "sda", "sdb", "softirq", "mpatha", "app"}
    assert found["ratio"] == pytest.approx(found["process_iops"] / found["ring_messages_per_s"], rel=0.01)
    for key in ("ring_messages_per_s", "process_iops", "simulation_iops", "first_completion_s"):
        assert found[key] > 0, key
