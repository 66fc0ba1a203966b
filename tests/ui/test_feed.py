"""The reader thread over a hand-made runtime: bounds, orders, opening, and every way to end."""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal
from unittest.mock import MagicMock

import pytest

from dmtui import feed as feeding
from dmtui import play
from dmtui.asked import Touch
from dmtui.feed import EVENTS_MOST, FRAMES_MOST, REQUESTS_MOST, TOUCH_S, Feed
from dmtui.model.frame import Coming, Frame, Verdict
from dmtui.model.lanes import Interest
from dmtui.starting import CannotOpen
from emulator.commands import ClockCommand, Command, Go, Outcome, Pause, Resume, SetSpeed, StartLoad
from emulator.events import Event
from emulator.lab import session
from emulator.lab.run import Run
from emulator.runtime.api import ProcessInfo, turn_clock
from emulator.scenario.director import Phase
from emulator.scenario.loader import Scenario
from emulator.snapshot import View
from emulator.trace.recorder import Notes
from tests.ui import build

LIMIT_S = 60.0


class FakeRuntime:
    """A runtime that does what the test says, under the Lab's own session and director."""

    def __init__(self) -> None:
        self.plan = build.plan()
        self.paused = False
        self.speed = 1.0
        self.failed = ""
        self.closed = threading.Event()
        self.commands: list[Command] = []
        self.events: list[Event] = []
        self.crash: Exception | None = None
        self.asks = 0
        self.asked: list[Collection[str] | None] = []
        """Machines of each ask; None = all."""
        self.kept: list[tuple[int, int, int]] = []
        """Length, look and entries of each window."""
        """Windows of the recorders."""
        self.recording = (False, False, Notes.ALL)
        self.now = 1000
        self.children: dict[str, ProcessInfo] = {}
        self.bell = -1
        self.deaf = False
        """Whether only the bell ends a sleep."""
        self.asleep = threading.Event()
        """Whether it sleeps so."""
        self.sleeps: list[float] = []
        """The longest that each wait may take."""

    def wake_by(self, fd: int) -> None:
        self.bell = fd

    def advance(self, timeout_s: float) -> list[Event]:
        return self.advance_until(0, timeout_s)

    def advance_until(self, at_us: int, timeout_s: float) -> list[Event]:
        if self.crash is not None:
            raise self.crash
        self.sleeps.append(timeout_s)
        if self.deaf:
            self.asleep.set()
        # Tests change what is here without a word: it is looked at again soon.
        bells = [self.bell] if self.bell >= 0 else []
        if select.select(bells, (), (), None if self.deaf else min(timeout_s, 0.01))[0]:
            os.eventfd_read(self.bell)
        # Not taken when it is empty: the test may put another into its place just now.
        if events := self.events:
            self.events = []
        return events

    def now_us(self) -> int:
        return self.now

    def submit(self, command: Command) -> int:
        if isinstance(command, ClockCommand):
            turn_clock(self, command)  # type: ignore[arg-type]
        self.commands.append(command)
        return len(self.commands)

    def outcome(self, serial: int) -> Outcome | None:
        return Outcome(22, "not suspended", 1)

    def keep(self, span_us: int, after_us: int = 0, most: int = 0) -> None:
        self.kept.append((span_us, after_us, most))

    def record(self, on: bool, detail: bool = False, notes: Notes = Notes.ALL) -> None:
        self.recording = (on, detail, notes)

    def ask(self, most: int = 64, machines: Collection[str] | None = None) -> None:
        self.asks += 1
        self.asked.append(machines)

    def views(self) -> Mapping[str, View]:
        return build.views(1)

    def processes(self) -> Mapping[str, Any]:
        return self.children

    def pause(self) -> None:
        self.paused = True

    def go(self) -> None:
        self.paused = False

    def set_speed(self, speed: float) -> None:
        self.speed = speed

    def close(self) -> None:
        self.closed.set()


class House:
    """Opens scenarios: "broken" cannot be read, "stillborn" cannot be started."""

    def __init__(self) -> None:
        self.runtimes: list[FakeRuntime] = []
        self.runs: list[Run] = []

    def load(self, name: str) -> Scenario:
        """In the place of dmtui.starting.load."""
        if name == "broken":
            raise CannotOpen(["x.yaml:1:1: found 'a', expected 'b'", "x.yaml:2:1: found 'c'"])
        return Scenario(name, "", "", build.plan(), 1_000_000, (), ())

    def start(self, scenario: Scenario) -> Run:
        """In the place of dmtui.starting.start."""
        if scenario.name == "stillborn":
            raise CannotOpen(["no more processes"])
        runtime = FakeRuntime()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(session, "make_runtime", lambda kind, plan: runtime)
            run = Run(scenario, "process")
        self.runtimes.append(runtime)
        self.runs.append(run)
        return run

    def feed(self, name: str = "one") -> Feed:
        """A feed over this house, not started."""
        return Feed(name, self.load, self.start)


def until(feed: Feed, what: Callable[[Frame], bool]) -> Frame:
    """The first frame for which *what* holds, within the limit."""
    ended = threading.Event()
    timer = threading.Timer(LIMIT_S, ended.set)
    timer.start()
    try:
        while not ended.is_set():
            for frame in feed.drain():
                if what(frame):
                    return frame
            ended.wait(0.005)
    finally:
        timer.cancel()
    raise AssertionError("no such frame came")


def until_true(what: Callable[[], bool]) -> None:
    """Wait until *what* holds; a test's own limit ends it."""
    waiting = threading.Event()
    while not what():
        waiting.wait(0.005)


def started(house: House) -> Feed:
    """A feed that runs."""
    feed = house.feed()
    feed.start()
    return feed


def test_frames_come_and_closing_closes_the_runtime() -> None:
    house = House()
    feed = started(house)
    frame = until(feed, lambda frame: bool(frame.views))
    assert frame.story.serial == 1
    assert feed.close() and house.runtimes[0].closed.is_set() and not feed.error


def test_the_start_is_told_until_every_machine_has_shown_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "SHOW_LIMIT_S", 1e9)
    house = House()
    told = threading.Event()

    def start(scenario: Scenario) -> Run:
        run = house.start(scenario)
        states: Mapping[str, Literal["STARTING", "RUNNING"]] = {"sda": "RUNNING", "late": "STARTING"}
        house.runtimes[0].children = {
            name: ProcessInfo(name, "device", 1, state, None, "", 0) for name, state in states.items()
        }
        return run

    feed = Feed("one", house.load, start)
    feed.wake = told.set
    feed.start()
    assert told.wait(LIMIT_S) and feed.coming == Coming(1, ("late",)) and not feed.drain()
    house.runtimes[0].children = {}
    until(feed, lambda frame: True)
    feed.close()


def test_a_scenario_that_cannot_be_read_starts_nothing() -> None:
    house = House()
    feed = house.feed("broken")
    with pytest.raises(CannotOpen) as caught:
        feed.start()
    assert len(caught.value.lines) == 2 and not house.runtimes and feed.close()


def test_orders_are_obeyed_and_answered() -> None:
    house = House()
    feed = started(house)
    ticket = feed.give("resume mpatha", Resume("mpatha"))
    done = until(feed, lambda frame: bool(frame.done)).done[0]
    assert (done.ticket, done.text, done.outcome.errno) == (ticket, "resume mpatha", 22)
    assert house.runtimes[0].commands == [Resume("mpatha")]
    feed.give("pause", Pause())
    until(feed, lambda frame: frame.paused)
    feed.give("speed", SetSpeed(speed=4.0))
    until(feed, lambda frame: frame.speed == 4.0)
    feed.give("go on", Go())
    until(feed, lambda frame: not frame.paused)
    assert feed.close()


def test_the_reader_hears_that_somebody_is_there_but_not_for_every_key(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(feeding, "monotonic", lambda: clock[0])
    feed = House().feed()
    for passed_s in (0.0, 0.1, TOUCH_S, 0.1):
        clock[0] += passed_s
        feed.touch()
    assert feed._requests.qsize() == 2


def test_who_is_at_the_keys_wakes_the_recorders() -> None:
    house = House()
    feed = started(house)
    until(feed, lambda frame: True)
    stirred = threading.Event()
    assert feed._play is not None
    feed._play.stir = stirred.set  # type: ignore[method-assign]
    feed.touch()
    assert stirred.wait(LIMIT_S) and feed.close()


def test_another_scenario_closes_the_one_before() -> None:
    house = House()
    feed = started(house)
    feed.open("two")
    until(feed, lambda frame: frame.story.serial == 2)
    assert house.runtimes[0].closed.is_set() and not house.runtimes[1].closed.is_set()
    assert feed.close() and house.runtimes[1].closed.is_set()


def test_a_broken_scenario_leaves_the_running_one_alone() -> None:
    house = House()
    feed = started(house)
    feed.open("broken")
    feed.give("resume", Resume("mpatha"))
    until(feed, lambda frame: bool(frame.done))
    notices = feed.notices()
    assert [notice.lines[0][:8] for notice in notices] == ["x.yaml:1"] and len(notices[0].lines) == 2
    assert not house.runtimes[0].closed.is_set() and feed.close()


def test_a_scenario_that_does_not_start_gives_way_to_the_one_before() -> None:
    house = House()
    feed = started(house)
    feed.open("stillborn")
    until(feed, lambda frame: len(house.runtimes) == 2)
    assert feed.notices()[0].lines == ("no more processes",) and not feed.error and feed.close()


def test_an_exception_becomes_one_line_and_the_runtime_is_closed() -> None:
    house = House()
    feed = started(house)
    house.runtimes[0].crash = ValueError("a view that does not fit")
    assert house.runtimes[0].closed.wait(LIMIT_S)
    assert feed.close()
    assert feed.error == "the emulator's reader ended: ValueError: a view that does not fit"


def test_a_screen_that_does_not_look_loses_old_views_but_no_event_within_the_bound() -> None:
    house = House()
    feed = started(house)
    runtime = house.runtimes[0]
    runtime.events = [build.event(i, "sda", "released", requests=i) for i in range(100)]
    until_true(lambda: feed.overwritten >= 3)
    frames = feed.drain()
    assert len(frames) <= FRAMES_MOST
    seen = [event.at_us for frame in frames for event in frame.events]
    if len(seen) < 100:  # the frame that takes over those of one which was given up just now is still to come
        until(feed, lambda frame: seen.extend(event.at_us for event in frame.events) or len(seen) >= 100)  # type: ignore[func-returns-value]
    assert seen == list(range(100))
    assert feed.dropped == 0 and feed.close()


class Emptied(deque[Frame]):
    """Frames that the screen takes between a look at how many there are and the taking of one."""

    def __len__(self) -> int:
        return FRAMES_MOST

    def popleft(self) -> Frame:
        raise IndexError("pop from an empty deque")


def test_frames_that_the_screen_takes_in_that_very_moment_are_not_given_up() -> None:
    house = House()
    feed = house.feed()
    feed._frames = frames = Emptied()
    feed.start()
    until_true(lambda: list(frames) != [] or bool(feed.error))
    assert feed.overwritten == 0 and feed.close() and not feed.error


def test_a_frame_that_is_given_up_while_the_screen_takes_it_is_not_taken() -> None:
    feed = House().feed()
    feed._frames = Emptied()
    assert feed.drain() == []


def test_events_beyond_the_bound_are_dropped_and_counted() -> None:
    house = House()
    feed = started(house)
    house.runtimes[0].events = [build.event(i, "sda", "released") for i in range(EVENTS_MOST + 7)]
    frame = until(feed, lambda frame: frame.dropped > 0)
    assert frame.dropped == 7 and feed.close()


def test_orders_beyond_the_bound_are_refused() -> None:
    house = House()
    feed = house.feed()
    tickets = [feed.give("resume", Resume("mpatha")) for _ in range(REQUESTS_MOST + 1)]
    assert all(tickets[:-1]) and tickets[-1] == 0


def test_when_the_story_is_over_it_is_judged_and_the_load_goes_on() -> None:
    house = House()
    feed = started(house)
    until(feed, lambda frame: bool(frame.views))
    runtime = house.runtimes[0]
    house.runs[0].director.phase = Phase.DONE
    frame = until(feed, lambda frame: frame.verdict is not None)
    assert frame.verdict == Verdict(0, ())
    until(feed, lambda frame: StartLoad("db") in runtime.commands)
    assert [each for each in runtime.commands if isinstance(each, StartLoad)] == [StartLoad("backup"), StartLoad("db")]
    assert feed.close()


def test_an_ended_emulation_is_remembered_for_the_exit_status() -> None:
    house = House()
    feed = started(house)
    house.runtimes[0].failed = "md mpatha is gone"
    until(feed, lambda frame: bool(frame.failed))
    assert feed.failed == "md mpatha is gone" and feed.close()


def test_between_two_frames_to_be_read_the_picture_moves_and_only_what_moves_is_asked_for() -> None:
    house = House()
    feed = started(house)
    runtime = house.runtimes[0]
    until(feed, lambda frame: not frame.whole)
    runtime.events = [build.event(1, "sda", "released")]
    seen: list[Frame] = []
    until(feed, lambda frame: seen.append(frame) or sum(frame.whole for frame in seen) == 3)  # type: ignore[func-returns-value]
    assert [event for frame in seen for event in frame.events if not frame.whole] == []
    assert [event.at_us for frame in seen for event in frame.events] == [1]
    glimpses = [machines for machines in runtime.asked if machines is not None]
    assert glimpses and all(set(machines) == {"mpatha", "sda", "sdb"} for machines in glimpses)
    feed.want(Interest(whole_way=True))
    until(feed, lambda _: runtime.asked[-1] is not None and "softirq" in runtime.asked[-1])
    feed.give("pause", Pause())
    until(feed, lambda frame: frame.paused)
    frames = [until(feed, lambda _: True) for _ in range(2)]
    assert all(frame.whole for frame in frames) and feed.close()


def test_while_nobody_is_at_the_keys_frames_to_be_read_come_less_often() -> None:
    feed = House().feed()
    play: Any = MagicMock(resting=False, life=None)
    pushed: list[int] = []
    feed._glimpses = 0
    for resting in (False, False, True, True):
        play.resting = resting
        pushed.append(0)
        while not pushed[-1] or feed._glimpses > 0:
            feed._push(play, False)
            feed.drain()
            pushed[-1] += 1
    assert pushed == [pushed[0]] * 2 + [feeding.RESTING_TIMES * pushed[0]] * 2
    assert pushed[0] == round(feeding.READ_S * feeding.FPS) and feeding.RESTING_TIMES > 1
    feed._play = play
    feed._glimpses = feeding.RESTING_TIMES * pushed[0] - 1
    feed._obey(Touch())
    assert feed._glimpses == pushed[0] - 1, "who comes back waits no longer than ever"
    feed._play = None


def test_behind_a_frozen_view_hardly_anything_is_asked_for_until_it_thaws() -> None:
    house = House()
    feed = started(house)
    runtime = house.runtimes[0]
    feed.want(Interest(frozen=True))
    until(feed, lambda _: runtime.asked[-2:] == [None, None])
    before = len(runtime.asked)
    assert until(feed, lambda _: True).whole and set(runtime.asked[before:]) <= {None}
    feed.want(Interest())
    until(feed, lambda frame: not frame.whole)
    assert feed.close()


def deaf(house: House) -> Feed:
    """A feed that sleeps, and that no time and no machine wakes."""
    feed = started(house)
    runtime = house.runtimes[0]
    feed.give("pause", Pause())
    until(feed, lambda frame: frame.paused)
    runtime.deaf = True
    assert runtime.asleep.wait(LIMIT_S)
    return feed


def test_a_request_wakes_the_reader() -> None:
    house = House()
    feed = deaf(house)
    for command in (Resume("mpatha"), Resume("mpathb")):
        feed.give("resume", command)
        until(feed, lambda frame: bool(frame.done))
        assert house.runtimes[0].commands[-1] == command
    assert feed.close()


def test_closing_wakes_the_reader() -> None:
    house = House()
    feed = deaf(house)
    assert feed.close(LIMIT_S) and house.runtimes[0].closed.is_set()


def test_the_next_scenario_hears_the_same_bell() -> None:
    house = House()
    feed = deaf(house)
    feed.open("two")
    until(feed, lambda frame: frame.story.serial == 2)
    assert house.runtimes[0].bell == house.runtimes[1].bell
    assert feed.close() and house.runtimes[1].closed.is_set()


def test_while_nobody_waits_the_machines_are_heard_at_the_frames_alone() -> None:
    house = House()
    feed = started(house)
    runtime = house.runtimes[0]
    until(feed, lambda frame: not frame.whole)
    runtime.sleeps.clear()
    for _ in range(3):
        until(feed, lambda _: True)
    assert set(runtime.sleeps) == {0.0}
    feed.want(Interest(frozen=True))
    until_true(lambda: max(runtime.sleeps) > feeding.READ_S)
    feed.want(Interest())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runtime, "outcome", lambda serial: None)
        feed.give("resume", Resume("mpatha"))
        until_true(lambda: Resume("mpatha") in runtime.commands)
        runtime.sleeps.clear()
        until_true(lambda: any(runtime.sleeps))
        assert max(runtime.sleeps) <= feeding.WAITED_S
    until(feed, lambda frame: bool(frame.done))
    assert feed.close()


def test_while_the_clock_stands_and_nothing_happens_the_reader_sleeps_long() -> None:
    house = House()
    feed = started(house)
    feed.give("pause", Pause())
    until_true(lambda: feeding.STILL_S in house.runtimes[0].sleeps)
    assert feed.close()
