"""What the recorders keep while somebody watches: of very many only what the screen shows to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from dmtui import play as playing
from dmtui.keeping import AGES, BUSY_IOPS, CALM_IOPS, QUIET_S, Keeping
from dmtui.model.lanes import Interest
from dmtui.play import Play
from emulator.commands import StopLoad
from emulator.runtime.api import ProcessInfo
from emulator.snapshot import MdView, SubmitterView, View
from emulator.trace.noting import LONG_US, SKEW_US
from emulator.trace.recorder import Notes
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
    play.stir()
    assert runtime.recording == (True, False, Notes.SPARSE)
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
    assert runtime.recording == (True, False, Notes.ALL)


def resting(watched: tuple[Play, FakeRuntime, list[float]]) -> tuple[Play, FakeRuntime, list[float]]:
    """So long after the last key that the recorders rest."""
    play, runtime, clock = watched
    clock[0] += QUIET_S
    play.turn(0.0)
    play.look(48, True)
    assert runtime.recording == (True, False, Notes.WINDOWS)
    return play, runtime, clock


def test_recorders_rest_when_nobody_was_at_the_keys_for_long(watched: tuple[Play, FakeRuntime, list[float]]) -> None:
    play, runtime, clock = watched
    clock[0] += QUIET_S - 1
    play.look(48, True)
    assert runtime.recording == (True, False, Notes.SPARSE)
    resting(watched)
    play.stir()
    assert runtime.recording == (True, False, Notes.SPARSE)


@pytest.mark.parametrize("interest", [Interest(lanes=6), Interest(follow=17)])
def test_who_follows_messages_keeps_them_awake(
    watched: tuple[Play, FakeRuntime, list[float]], interest: Interest
) -> None:
    play, runtime, _ = resting(watched)
    play.want(interest)
    assert runtime.recording[2] is Notes.SPARSE


def test_a_life_on_the_screen_keeps_them_awake(watched: tuple[Play, FakeRuntime, list[float]]) -> None:
    play, runtime, clock = resting(watched)
    play.tell_life("5", False)
    clock[0] += 2 * QUIET_S
    play.look(48, True)
    assert runtime.recording[2] is Notes.SPARSE
    play.tell_life("", False)
    resting((play, runtime, clock))


def test_a_process_that_is_not_there_keeps_them_awake(watched: tuple[Play, FakeRuntime, list[float]]) -> None:
    play, runtime, _ = resting(watched)
    runtime.children = {"sda": ProcessInfo("sda", "device", 0, "KILLED", -9, "", 0)}
    play.look(48, True)
    assert runtime.recording[2] is Notes.SPARSE


def test_what_a_key_breaks_was_noted_before_it_breaks(watched: tuple[Play, FakeRuntime, list[float]]) -> None:
    """The first that a fault hits are already on their way when the key is pressed."""
    play, runtime, _ = resting(watched)
    play.order(1, "stop db", StopLoad("db"))
    assert runtime.recording[2] is Notes.SPARSE
    play.turn(0.0)
    assert runtime.commands == []
    runtime.now += LONG_US + SKEW_US
    play.turn(0.0)
    assert runtime.commands == [StopLoad("db")]


def test_an_order_goes_at_once_when_all_is_noted_anyway(watched: tuple[Play, FakeRuntime, list[float]]) -> None:
    play, runtime, _ = watched
    play.order(1, "stop db", StopLoad("db"))
    play.turn(0.0)
    assert runtime.commands == [StopLoad("db")]


def test_an_order_does_not_wait_for_a_clock_that_was_stopped(watched: tuple[Play, FakeRuntime, list[float]]) -> None:
    play, runtime, _ = resting(watched)
    play.order(1, "stop db", StopLoad("db"))
    runtime.pause()
    play.turn(0.0)
    assert runtime.commands == [StopLoad("db")]


WRONG: dict[str, Callable[[dict[str, View]], dict[str, View]]] = {
    "a fault": lambda seen: build.with_device(seen, "sda", faults=(build.fault("sda", "error"),)),
    "a failed path": lambda seen: build.with_md(seen, target=replace(md_of(seen).target, nr_valid_paths=1)),
    "a suspended md": lambda seen: build.with_md(seen, state="SUSPENDED"),
    "a device that is gone": lambda seen: build.with_device(seen, "sda", gone=True),
    "a softirq that stands": lambda seen: seen | {"softirq": build.softirq(1, stalled=True)},
}


def md_of(seen: dict[str, View]) -> Any:
    """The mapped device of *seen*."""
    return next(view for view in seen.values() if isinstance(view, MdView))


@pytest.mark.parametrize("what", WRONG)
def test_while_something_is_wrong_they_do_not_rest(what: str) -> None:
    keeping = Keeping()
    keeping.sparse = True
    keeping.feed(build.views(1).values(), 100.0)
    assert keeping.notes(100.0) is Notes.WINDOWS
    keeping.feed(WRONG[what](build.views(1)).values(), 101.0)
    assert keeping.notes(101.0 + 2 * QUIET_S) is Notes.SPARSE
    keeping.feed(build.views(1).values(), 150.0)
    assert keeping.notes(150.0 + 2 * QUIET_S) is Notes.WINDOWS


def test_what_went_wrong_keeps_them_awake_for_a_while() -> None:
    keeping = Keeping()
    keeping.sparse = True
    seen = build.views(1)
    for at_s, errors in ((100.0, 0), (101.0, 1), (102.0, 1)):
        counters = replace(md_of(seen).counters, clone_errors=errors)
        keeping.feed(build.with_md(seen, counters=counters).values(), at_s)
    assert keeping.notes(101.0 + QUIET_S - 1) is Notes.SPARSE
    assert keeping.notes(101.0 + QUIET_S) is Notes.WINDOWS
