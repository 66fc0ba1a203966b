"""What the recorders keep while somebody watches: of very many only what the screen shows to be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dmtui import play as playing
from dmtui.keeping import AGES, BUSY_IOPS, CALM_IOPS, Keeping
from dmtui.model.lanes import Interest
from dmtui.play import Play
from emulator.machine import LONG_US, SKEW_US
from emulator.snapshot import SubmitterView
from tests.ui import build
from tests.ui.test_feed import FakeRuntime, House


def submitter(completed: int, at: int | None = None, **fields: int) -> SubmitterView:
    """Seen *at*, else at a time that grows with what it completed."""
    view = next(view for view in build.views(1).values() if isinstance(view, SubmitterView))
    return replace(view, completed=completed, at=completed if at is None else at, **fields)


def test_very_many_make_it_sparse_until_they_are_clearly_fewer() -> None:
    keeping = Keeping()
    completed, at_s = 1_000_000, 50.0
    found = []
    for rate in (0, BUSY_IOPS - 1, BUSY_IOPS, CALM_IOPS, CALM_IOPS - 1, CALM_IOPS):
        keeping.feed([submitter(completed)], at_s)
        completed, at_s = completed + rate, at_s + 1
        keeping.feed([submitter(completed)], at_s)
        found.append(keeping.sparse)
    assert found == [False, False, True, True, False, False]


def test_a_burst_of_frames_is_no_rate() -> None:
    keeping = Keeping()
    keeping.feed([submitter(0)], 1.0)
    keeping.feed([submitter(BUSY_IOPS)], 1.01)
    assert not keeping.sparse
    keeping.feed([submitter(BUSY_IOPS)], 3.0)
    assert not keeping.sparse


def test_views_that_were_seen_before_are_no_standstill() -> None:
    """Between two whole frames the submitters are not asked: a view taken for the frozen screen may have old ones."""
    keeping = Keeping()
    for second in range(3):
        keeping.feed([submitter(BUSY_IOPS * second, at=1_000_000 * second)], float(second))
    assert keeping.sparse
    keeping.feed([submitter(BUSY_IOPS * 2, at=2_000_000)], 2.5)
    assert keeping.sparse, "nobody looked since"
    keeping.feed([submitter(BUSY_IOPS * 2, at=2_000_000), submitter(0, at=2_600_000)], 2.6)
    assert keeping.sparse, "one that does nothing has answered, the other has not"
    keeping.feed([submitter(BUSY_IOPS * 3, at=3_000_000)], 3.0)
    assert keeping.sparse
    keeping.feed([submitter(BUSY_IOPS * 3, at=4_000_000)], 4.0)
    assert not keeping.sparse, "now they have been looked at, and stand"


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Play, FakeRuntime, list[float]]]:
    """A play of which very many I/Os pass, and the clock that it sees."""
    clock = [1000.0]
    monkeypatch.setattr(playing, "monotonic", lambda: clock[0])
    house = House()
    play = Play(house.start(house.load("one")), 1)
    (runtime,) = house.runtimes
    play._keeping.sparse = True
    play.want(Interest())
    assert runtime.recording == (True, False, True)
    runtime.asked.clear()
    yield play, runtime, clock
    play.close()


def test_what_is_to_be_read_is_kept_from_a_moment_before(watched: tuple[Play, FakeRuntime, list[float]]) -> None:
    play, runtime, _ = watched
    play.look(48, True)
    play.turn(0.0)
    ((span_us, after_us, most),) = runtime.kept
    assert 0 < after_us < span_us and most == 48 and runtime.asked == [], "the machines look by themselves"


def test_a_window_is_as_long_as_what_goes_through_takes() -> None:
    keeping = Keeping()
    most_us, _ = keeping.window(1.0)
    for number in range(AGES):
        keeping.feed([submitter(number, oldest=2_000 if number == 3 else 1_000)], float(number))
    span_us, look_us = keeping.window(1.0)
    assert look_us == SKEW_US + 2_500 and span_us == look_us + 5_000 < most_us, "the oldest was 2 ms old when seen"
    keeping.feed([submitter(9, oldest=50_000)], 9.0)
    assert keeping.window(1.0) == (most_us, SKEW_US + LONG_US), "older than that all are kept anyway"
    for number in range(10, 10 + AGES):
        keeping.feed([submitter(number, oldest=0)], float(number))
    assert keeping.window(1.0)[1] > SKEW_US, "a guess by few ages is never nothing"
    assert keeping.window(10.0)[1] > 10 * SKEW_US, "at ten times the speed the processes are as late, in real time"


def test_the_picture_that_moves_keeps_nothing(watched: tuple[Play, FakeRuntime, list[float]]) -> None:
    play, runtime, _ = watched
    play.look(48, False)
    assert runtime.kept == [] and len(runtime.asked) == 1 and runtime.asked[0]


def test_behind_a_frozen_view_nothing_more_is_kept(watched: tuple[Play, FakeRuntime, list[float]]) -> None:
    """What stands on the screen is not pushed out of the recorders by what nobody sees."""
    play, runtime, _ = watched
    play.want(Interest(frozen=True))
    play.look(48, True)
    assert runtime.kept == [] and runtime.asked == [None]


def test_frames_of_an_answer_keep_too_from_one_to_the_next(watched: tuple[Play, FakeRuntime, list[float]]) -> None:
    play, runtime, _ = watched
    for _ in range(3):
        play.look_at_once(48)
    assert runtime.asked == [None] * 3 and len(runtime.kept) == 3
    assert all(span_us > 30_000 and most == 0 for span_us, _, most in runtime.kept)
    play.want(Interest(frozen=True))
    play.look_at_once(48)
    assert len(runtime.kept) == 3, "what stands on the screen is not pushed out"


def test_while_the_clock_stands_all_is_kept(watched: tuple[Play, FakeRuntime, list[float]]) -> None:
    play, runtime, _ = watched
    runtime.pause()
    play.look(48, True)
    assert runtime.recording == (True, False, False)
