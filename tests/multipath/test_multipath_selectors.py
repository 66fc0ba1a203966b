"""Path selectors: which path, ties, failure and reinstatement, their words in the lines (18.2)."""

from __future__ import annotations

import pytest
from helpers.md import DEVS, Bench, Inserted

from emulator.commands import Message


def line(selector: str, *paths: str, args: int = 1) -> str:
    words = " ".join(f"{DEVS[path.split(':')[0]]} 1{' ' + path.split(':')[1] if ':' in path else ''}" for path in paths)
    return f"0 2097152 multipath 0 0 1 1 {selector} 0 {len(paths)} {args} {words}"


def held(bench: Bench, *sizes: int) -> list[Inserted]:
    """One read of each size that stays in flight."""
    clones = []
    for sectors in sizes:
        bench.submit(1000 * (bench.bio + 1), sectors)
        bench.unplug()
        clones += bench.inserted()
    return clones


def letters(clones: list[Inserted]) -> str:
    return "".join(clone.device[-1] for clone in clones)


def status(bench: Bench) -> str:
    assert bench.md.table is not None
    return bench.md.table.target.status_line()


def test_queue_length_takes_the_fewest_in_flight_and_turns_for_ties() -> None:
    bench = Bench(line("queue-length", "sda", "sdb"), era="modern")
    clones = held(bench, 8, 128, 8, 8)
    assert letters(clones) == "abab"
    for clone in clones[:1] + clones[2:3]:
        bench.finish(clone)
    assert status(bench) == "2 0 0 0 1 1 A 0 2 1 8:0 A 0 0 8:16 A 0 2 "
    assert letters(held(bench, 8, 8, 8, 8)) == "aaba", "with two each sdb was used longer ago"


def test_queue_length_of_2_6_31_turns_the_list_before_it_looks() -> None:
    bench = Bench(line("queue-length", "sda", "sdb", "sdc"))
    assert letters(held(bench, 8, 8, 8, 8)) == "bcab"
    assert status(bench) == "2 0 0 0 1 1 A 0 3 1 8:0 A 0 1 8:16 A 0 2 8:32 A 0 1 "


def test_service_time_counts_bytes() -> None:
    bench = Bench(line("service-time", "sda", "sdb"), era="modern")
    assert letters(held(bench, 128, 8, 8, 8, 128, 8, 8)) == "abbbbaa"
    assert status(bench) == "2 0 0 0 1 1 A 0 2 2 8:0 A 0 73728 1 8:16 A 0 77824 1 "


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("sda:1", "sdb:4", "bbbbabbb"),
        ("sda:1", "sdb:0", "aaaaaaaa"),
        ("sda:0", "sdb:0", "abababab"),
        ("sda:100", "sdb:100", "abababab"),
        ("sda:2", "sdb:1", "aaba"),
    ],
)
def test_service_time_by_throughput(one: str, other: str, expected: str) -> None:
    bench = Bench(line("service-time", one, other, args=2), era="modern")
    assert letters(held(bench, *([8] * len(expected)))) == expected


@pytest.mark.parametrize(
    ("selector", "expected"), [("round-robin", "b"), ("queue-length", "a"), ("service-time", "a")]
)
def test_a_reinstated_path_is_next_or_last(selector: str, expected: str) -> None:
    bench = Bench(line(selector, "sda", "sdb", "sdc"), era="modern")
    bench.errno(Message("md", "fail_path 8:16"))
    bench.errno(Message("md", "reinstate_path 8:16"))
    (clone,) = held(bench, 8)
    assert clone.device[-1] == expected


@pytest.mark.parametrize("repeat", [0, 1, 1000])
def test_later_kernels_ask_the_selector_for_every_request(repeat: int) -> None:
    table = f"0 2097152 multipath 0 0 1 1 round-robin 0 2 1 8:0 {repeat} 8:16 {repeat}"
    assert letters(held(Bench(table, era="modern"), 8, 8, 8, 8)) == "abab"


def test_counts_outlive_failure_and_fall_when_requests_end() -> None:
    bench = Bench(line("queue-length", "sda", "sdb"), era="modern")
    first, _ = held(bench, 8, 8)
    bench.errno(Message("md", "fail_path 8:0"))
    assert "8:0 F 1 1 8:16 A 0 1 " in status(bench)
    bench.finish(first)
    assert "8:0 F 1 0 8:16 A 0 1 " in status(bench)


HST = "historical-service-time"


def serve(bench: Bench, us: int) -> str:
    """One read that takes *us*; returns its path."""
    (clone,) = held(bench, 8)
    bench.wait(us)
    bench.finish(clone)
    return clone.device[-1]


def test_historical_service_time_averages_and_goes_stale() -> None:
    bench = Bench(line(HST, "sda", "sdb"), era="modern")
    bench.wait(1_000_000)
    assert [serve(bench, 1000), serve(bench, 10)] == ["a", "b"], "both unused: the one that is staler"
    average, flying, stale = map(int, status(bench).split()[-9:-6])
    assert (average, flying) == ((1024 * 972 + 1_000_000 * 1024 * 52 + 512) >> 10, 0)
    assert stale == 1_001_000_000 + 2 * (average >> 10)


def test_historical_service_time_prefers_the_faster_path_under_load() -> None:
    bench = Bench(line(HST, "sda", "sdb"), era="modern")
    bench.wait(1_000_000)
    assert [serve(bench, 1000), serve(bench, 10)] == ["a", "b"]
    assert letters(held(bench, *([8] * 6))) == "bbbbbb"


def test_historical_service_time_spreads_what_a_stale_path_would_get() -> None:
    bench = Bench(line(HST, "sda", "sdb"), era="modern")
    bench.wait(1_000_000)
    assert [serve(bench, 1000), serve(bench, 10)] == ["a", "b"]
    bench.wait(1_000_000)
    assert letters(held(bench, *([8] * 6))) == "bababa", "its good average is old"


def test_historical_service_time_with_a_threshold_counts_what_is_in_flight() -> None:
    words = "0 2097152 multipath 0 0 1 1 historical-service-time 2 972 100000 2 1 8:0 1 8:16 1"
    bench = Bench(words, era="modern")
    bench.wait(1_000_000)
    serve(bench, 5000)
    serve(bench, 10)
    assert letters(held(bench, 8, 8, 8, 8)) == "abab"
