"""A busy process keeps its processor while nobody else wants it, and lets go of it otherwise."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.runtime import affinity
from emulator.runtime.affinity import AWAY_NS, LOOK_NS, LOOK_US, Affinity, processor, schedstat

SECOND = 1_000_000_000


class Life:
    """A process that is told what the kernel counted, and has the affinity of the test's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ran = self.waited = self.now_ns = self.now_us = 0
        monkeypatch.setattr(affinity, "schedstat", lambda: (self.ran, self.waited))
        self.affinity = Affinity(0)

    def second(self, ran: float, waited: float) -> set[int]:
        """One more, of which it ran and waited such shares; which processors it may use then."""
        self.ran += round(ran * SECOND)
        self.waited += round(waited * SECOND)
        self.now_ns += SECOND
        self.now_us += 1_000_000
        self.affinity.look(self.now_us, self.now_ns)
        return os.sched_getaffinity(0)


@pytest.fixture
def allowed() -> Iterator[set[int]]:
    before = os.sched_getaffinity(0)
    if len(before) < 2:
        pytest.skip("there is one processor")
    yield before
    os.sched_setaffinity(0, before)


def test_a_busy_process_stays_where_it_is_until_it_rests(allowed: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    life = Life(monkeypatch)
    assert life.second(ran=0.3, waited=0.0) == allowed
    kept = life.second(ran=0.8, waited=0.1)
    assert len(kept) == 1 and kept < allowed
    assert life.second(ran=0.9, waited=0.1) == kept
    assert life.second(ran=0.3, waited=0.0) == allowed
    assert len(life.second(ran=0.8, waited=0.1)) == 1


def test_a_process_that_is_crowded_out_lets_go_for_a_while(allowed: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    life = Life(monkeypatch)
    assert len(life.second(ran=0.8, waited=0.1)) == 1
    assert life.second(ran=0.6, waited=0.4) == allowed
    for _ in range(AWAY_NS // SECOND - 1):
        assert life.second(ran=0.9, waited=0.0) == allowed
    assert len(life.second(ran=0.9, waited=0.0)) == 1


def test_a_full_machine_is_no_place_to_stay(allowed: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    life = Life(monkeypatch)
    assert life.second(ran=0.6, waited=0.4) == allowed
    assert len(life.second(ran=0.9, waited=0.05)) == 1


def test_what_somebody_else_said_stands(allowed: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    life = Life(monkeypatch)
    kept = life.second(ran=0.9, waited=0.0)
    others = allowed - kept
    os.sched_setaffinity(0, others)
    assert life.second(ran=0.1, waited=0.0) == others


def test_it_looks_seldom(allowed: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    life = Life(monkeypatch)
    assert life.affinity.next_us == LOOK_US
    life.ran = LOOK_NS - 1
    life.affinity.look(LOOK_US, LOOK_NS - 1)  # at a hundred times the speed
    assert os.sched_getaffinity(0) == allowed and life.affinity.next_us == 2 * LOOK_US
    life.affinity.look(2 * LOOK_US, LOOK_NS)
    assert len(os.sched_getaffinity(0)) == 1


def test_a_kernel_that_does_not_count_waits_is_left_alone(
    allowed: set[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(affinity, "_SCHEDSTAT", tmp_path / "missing")
    assert schedstat() == (0, 0)
    Affinity(0).look(10 * LOOK_US, 10 * LOOK_NS)
    assert os.sched_getaffinity(0) == allowed


def test_what_the_kernel_says_is_read(allowed: set[int]) -> None:
    ran, waited = schedstat()
    assert ran > 0 and waited >= 0
    for each in sorted(allowed)[:2]:
        os.sched_setaffinity(0, {each})
        assert processor() == each
