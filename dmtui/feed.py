"""The reader thread: the one thread that holds the runtime and its director, and the queues between it and the screen.

    UI thread                          reader thread (daemon)
    give(order) ──▶ requests (bounded) ──▶ runtime.submit / pause / speed / open
    drain()     ◀── frames   (bounded) ◀── director.step, runtime.ask, runtime.views

Neither waits for the other: a full request queue refuses the order, a full frame queue gives up its oldest views (not
its events: those have a queue of their own, whose oldest are dropped and counted).
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

from dmtui.model.deeds import Control, Order
from dmtui.model.frame import Done, Frame, Story, Verdict
from emulator.commands import Command, Outcome, StartLoad
from emulator.events import Event
from emulator.runtime.api import Runtime
from emulator.snapshot import SubmitterView

STEP_S = 0.02
PACE_S = 1 / 20
"""Seconds between two frames."""
IDLE_PACE_S = 0.25
"""Seconds between two frames while the emulated clock stands."""
SHOW_LIMIT_S = 2.0
"""Seconds after which the screen shows what there is, even if a machine has not answered."""
FRAMES_MOST = 4
EVENTS_MOST = 4_000
REQUESTS_MOST = 256
OPEN_LIMIT_S = 30.0


class Stepper(Protocol):
    """What the feed needs of a scenario's director."""

    @property
    def finished(self) -> bool:
        """Whether the scenario's time is over, its load has ended, and its expectations are judged."""
        ...

    def step(self, timeout_s: float) -> list[Event]:
        """Let the emulator go on for a moment."""
        ...


@dataclass(slots=True)
class Session:
    """A running scenario."""

    story: Story
    runtime: Runtime
    director: Stepper
    verdict: Callable[[], Verdict]
    """What the expectations came to; asked once, when the director has finished."""


class CannotOpen(Exception):
    """A scenario that could not be opened; ``lines`` say why, one thing each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the feed has to say beside its frames."""

    title: str
    lines: tuple[str, ...]


Opening = Callable[[str, int], Callable[[], Session]]
"""Checks a scenario (raising CannotOpen, nothing started) and returns what starts it."""


class Feed:
    """See the module's text."""

    def __init__(self, opening: Opening, scenario: str) -> None:
        self._opening = opening
        self._scenario = scenario
        self._requests: queue.Queue[tuple[int, str, Any]] = queue.Queue(REQUESTS_MOST)
        self._frames: deque[Frame] = deque(maxlen=FRAMES_MOST)
        self._events: deque[Event] = deque(maxlen=EVENTS_MOST)
        self._done: deque[Done] = deque(maxlen=REQUESTS_MOST)
        self._notices: deque[Notice] = deque(maxlen=16)
        self._asked: dict[int, tuple[int, str]] = {}
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dmtui-feed", daemon=True)
        self._session: Session | None = None
        self._cannot: CannotOpen | None = None
        self._verdict: Verdict | None = None
        self._running: frozenset[str] = frozenset()
        self._whole = False
        self._begun_s = 0.0
        self._ticket = 0
        self.dropped = 0
        """Events dropped because the screen did not keep up."""
        self.overwritten = 0
        """Frames whose views nobody saw."""
        self.error = ""
        """One line on why the thread ended, or ""."""
        self.failed = ""
        """Why the emulation last said it cannot go on; decides the exit status."""
        self.most = 48
        """Entries of each list that the screen can show."""

    # -- the UI thread's side --------------------------------------------------------------------------------

    def start(self, limit_s: float = OPEN_LIMIT_S) -> None:
        """Start the thread and wait until the scenario runs.  Raises CannotOpen; nothing runs then."""
        self._thread.start()
        if not self._ready.wait(limit_s):
            self._stop.set()
            raise CannotOpen([f"the emulator did not start within {limit_s:g} s"])
        if self._cannot is not None:
            raise self._cannot
        if self.error:
            raise CannotOpen([self.error])

    def give(self, text: str, order: Order) -> int:
        """Hand an order over; returns its ticket, 0 if too many wait already."""
        return self._put(text, order)

    def open(self, scenario: str) -> int:
        """Open another scenario; a broken one changes nothing and is told as a notice."""
        return self._put(f"open {scenario}", scenario)

    def _put(self, text: str, what: Any) -> int:
        self._ticket += 1
        try:
            self._requests.put_nowait((self._ticket, text, what))
        except queue.Full:
            return 0
        return self._ticket

    def drain(self) -> list[Frame]:
        """All frames since the last call, oldest first."""
        frames: list[Frame] = []
        while self._frames:
            frames.append(self._frames.popleft())
        return frames

    def notices(self) -> list[Notice]:
        """All notices since the last call."""
        found: list[Notice] = []
        while self._notices:
            found.append(self._notices.popleft())
        return found

    def close(self, limit_s: float = 5.0) -> bool:
        """Stop the emulator and the thread; whether it ended within the limit."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(limit_s)
        return not self._thread.is_alive()

    # -- the reader thread -----------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._begin(self._opening(self._scenario, 1))
            self._ready.set()
            self._loop()
        except CannotOpen as error:
            self._cannot = error
            self.error = error.lines[0] if error.lines else str(error)
        except Exception as error:  # noqa: BLE001 - the thread's end must be a word on the screen, whatever it was
            self.error = f"the emulator's reader ended: {type(error).__name__}: {error}"
        finally:
            self._finish()
            self._ready.set()

    def _begin(self, starting: Callable[[], Session]) -> None:
        self._session = starting()
        self._verdict = None
        self._running = frozenset()
        self._whole = False
        self._begun_s = monotonic()
        self._asked.clear()
        self._session.runtime.ask(self.most)

    def _finish(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.runtime.close()

    def _loop(self) -> None:
        due = monotonic()
        while not self._stop.is_set():
            session = self._session
            if session is None:
                return
            standing = session.runtime.paused or bool(session.runtime.failed)
            began = monotonic()
            events = self._go_on(session)
            self._take(events)
            if not events and monotonic() - began < STEP_S / 4:
                # The runtime had nothing to wait for (its clock stands): wait for an order instead.
                self._orders(STEP_S)
            else:
                self._orders(0.0)
            acted = self._outcomes()
            if self._session is session and (acted or monotonic() >= due) and self._seen_all(session):
                self._push(session)
                pace = IDLE_PACE_S if standing else PACE_S
                due = max(due + pace, monotonic() + pace / 2)

    def _seen_all(self, session: Session) -> bool:
        """Whether every machine has shown itself: before that a key would have nothing to act on."""
        if not self._whole:
            missing = session.runtime.processes().keys() - session.runtime.views().keys()
            self._whole = not missing or bool(session.runtime.failed) or monotonic() >= self._begun_s + SHOW_LIMIT_S
        return self._whole

    def _go_on(self, session: Session) -> list[Event]:
        """The scenario as long as it lasts; then its load begins again, as the person at the screen is not done."""
        director, runtime = session.director, session.runtime
        if self._verdict is not None:
            return runtime.advance(STEP_S)
        if runtime.now_us() < session.story.plan.duration:
            views = runtime.views().values()
            self._running = frozenset(view.name for view in views if isinstance(view, SubmitterView) and view.running)
        events = director.step(STEP_S)
        if director.finished:
            self._verdict = session.verdict()
            if not runtime.failed:
                for name in sorted(self._running):
                    runtime.submit(StartLoad(name))
        return events

    def _take(self, events: list[Event]) -> None:
        over = len(self._events) + len(events) - EVENTS_MOST
        if over > 0:
            self.dropped += over
        self._events.extend(events)

    def _push(self, session: Session) -> None:
        runtime = session.runtime
        if len(self._frames) == FRAMES_MOST:
            oldest = self._frames.popleft()
            self.overwritten += 1
            self._events.extendleft(reversed(oldest.events[: EVENTS_MOST - len(self._events)]))
            self._done.extendleft(reversed(oldest.done))
        self.failed = runtime.failed
        events, done = tuple(self._events), tuple(self._done)
        self._events.clear()
        self._done.clear()
        self._frames.append(
            Frame(
                session.story, runtime.now_us(), monotonic(), dict(runtime.views()), events, done,
                dict(runtime.processes()), runtime.paused, runtime.speed, runtime.failed, self._verdict, self.dropped,
            )
        )
        if runtime.paused or runtime.speed < 1 or self._verdict is not None:
            # The director looks by the emulated clock, which is too slow for the screen now, or not at all.
            runtime.ask(self.most)

    def _orders(self, wait_s: float) -> None:
        try:
            while True:
                ticket, text, what = self._requests.get(wait_s > 0, wait_s or None)
                wait_s = 0.0
                self._obey(ticket, text, what)
        except queue.Empty:
            return

    def _obey(self, ticket: int, text: str, what: Any) -> None:
        session = self._session
        if isinstance(what, str):
            self._reopen(what)
        elif session is not None and isinstance(what, Control):
            self._control(session, ticket, text, what)
        elif session is not None and isinstance(what, Command):
            self._asked[session.runtime.submit(what)] = (ticket, text)

    def _control(self, session: Session, ticket: int, text: str, order: Control) -> None:
        runtime = session.runtime
        if order.verb == "pause":
            runtime.pause()
        elif order.verb == "go":
            runtime.go()
        else:
            runtime.set_speed(order.speed)
        self._done.append(Done(ticket, text, Outcome(0, "", runtime.now_us())))

    def _outcomes(self) -> bool:
        session = self._session
        if session is None:
            return False
        for serial in list(self._asked):
            outcome = session.runtime.outcome(serial)
            if outcome is not None:
                ticket, text = self._asked.pop(serial)
                self._done.append(Done(ticket, text, outcome))
        return bool(self._done)

    def _reopen(self, scenario: str) -> None:
        serial = self._session.story.serial + 1 if self._session else 1
        try:
            starting = self._opening(scenario, serial)
        except CannotOpen as error:
            self._notices.append(Notice(f"{scenario} cannot be opened", tuple(error.lines)))
            return
        self._finish()
        self._events.clear()
        try:
            self._begin(starting)
        except CannotOpen as error:
            # The old one is closed already: it starts again rather than leaving an empty screen.
            self._notices.append(Notice(f"{scenario} cannot be started", tuple(error.lines)))
            self._begin(self._opening(self._scenario, serial))
        else:
            self._scenario = scenario
