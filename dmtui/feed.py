"""The reader thread: the one thread that holds the running scenario, and the queues between it and the screen.

    UI thread                          reader thread (daemon)
    give(order) ──▶ requests (bounded) ──▶ orders, console lines, another scenario
    drain()     ◀── frames   (bounded) ◀── Play.turn, Play.frame
    draws       ◀── wake

There is one clock, and it is here: a frame wakes the screen; one on which nothing happens costs nothing.  Between two
frames this thread sleeps, until the bell is rung (a request, the end), a process says something that somebody waits
for, or the next frame is due.  What nobody waits for is heard then: one wake for all views that were asked for.
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
from typing import TYPE_CHECKING

from dmtui.asked import Deeds, Line, Look, Open, Order, Request, Step, Touch
from dmtui.bell import Bell
from dmtui.model.frame import Coming, Frame
from dmtui.model.lanes import SLOW_MOST, Interest
from dmtui.starting import CannotOpen, load, start
from emulator.commands import Command
from emulator.events import Event

if TYPE_CHECKING:
    from dmtui.play import Play
    from emulator.lab.deedlog import Told
    from emulator.lab.run import Run
    from emulator.runtime.waiting import StepOrder
    from emulator.scenario.loader import Scenario
    from emulator.trace.life import Life

STEP_S = 0.01
"""After a turn that ended at once and brought nothing, for so long only the bell is listened to."""
WAITED_S = 0.05
"""Between two looks at the waits of the session, some of which end by real time."""
FPS = 20
"""Frames a second, unless somebody wants others."""
IDLE_PACE_S = 0.25
"""Seconds between two frames while the emulated clock stands."""
STILL_S = 1.0
"""Longest sleep, when no frame is due any more."""
STILL_FRAMES = 4
"""Frames after which nothing more is looked at while the clock stands, until something happens."""
READ_S = 0.25
"""Between two frames with what is to be read, numbers, tables and charts; those between them only move the picture."""
RESTING_TIMES = 2  # as long while all goes well and nobody is at the keys
FROZEN_PACE_S = 1.0
"""Between two frames behind a frozen view."""
TOUCH_S = 1.0
"""Between two words to the reader that somebody is there."""
URGENT_S = 0.12
"""After an answer, for so long views are asked for and shown as they come: somebody pressed a key to see this."""
FRAMES_MOST = 4
EVENTS_MOST = 4_000
REQUESTS_MOST = 256
OPEN_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the feed has to say beside its frames."""

    title: str
    lines: tuple[str, ...]


def _nobody() -> None:
    """Nobody is to be woken: whoever drains does so in their own time."""


class Feed:
    """See the module's text."""

    def __init__(
        self, scenario: str, load: Callable[[str], Scenario] = load, start: Callable[[Scenario], Run] = start,
        fps: int = FPS,
    ) -> None:
        self._load, self._start = load, start
        self._scenario = scenario
        self._requests: queue.Queue[Request] = queue.Queue(REQUESTS_MOST)
        self._bell = Bell()
        self._frames: deque[Frame] = deque(maxlen=FRAMES_MOST)
        self._events: deque[Event] = deque(maxlen=EVENTS_MOST)
        self._notices: deque[Notice] = deque(maxlen=16)
        self._lives: deque[Life] = deque(maxlen=1)
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dmtui-feed", daemon=True)
        self._play: Play | None = None
        self._interest = Interest()
        self.cannot: CannotOpen | None = None
        """Why the first scenario could not be opened."""
        self._pace_s = 1 / fps
        self._glimpses = self._glimpses_most = max(0, round(READ_S * fps) - 1)
        """Frames that only move the picture until the next one to be read."""
        self._due = 0.0
        """When the next frame is to be pushed."""
        self._urgent_until = 0.0
        self._stirred = STILL_FRAMES
        """Frames that are still to come while the clock stands."""
        self._serial = 0
        self._ticket = 0
        self._touched_s = 0.0
        self.dropped = 0
        """Events dropped because the screen did not keep up."""
        self.overwritten = 0
        """Frames whose views nobody saw."""
        self.error = ""
        """One line on why the thread ended, or ""."""
        self.failed = ""
        """Why the emulation last said it cannot go on; decides the exit status."""
        self.coming: Coming | None = None
        """How far the start of the processes is, until the first frame."""
        self.most = 48
        """Entries of each list that the screen can show."""
        self.wake: Callable[[], None] = _nobody
        """Called by the reader thread when there is something to drain, or when it has ended."""

    # -- the UI thread's side --------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start the thread; the first frame, ``cannot`` or ``error`` follows."""
        self._thread.start()

    def start(self, limit_s: float = OPEN_LIMIT_S) -> None:
        """Start the thread and wait until the scenario runs.  Raises CannotOpen; nothing runs then."""
        self.begin()
        if not self._ready.wait(limit_s):
            self._end()
            raise CannotOpen([f"the emulator did not start within {limit_s:g} s"])
        if self.cannot is not None:
            raise self.cannot
        if self.error:
            raise CannotOpen([self.error])

    def give(self, text: str, command: Command) -> int:
        """Hand a command over; returns its ticket, 0 if too many requests wait already."""
        self._ticket += 1
        return self._ticket if self._put(Order(self._ticket, text, command)) else 0

    def open(self, scenario: str) -> bool:
        """Open another scenario; a broken one changes nothing and is told as a notice.  False if too many wait."""
        return self._put(Open(scenario))

    def say(self, line: str) -> bool:
        """Begin a console line.  False if too many requests wait."""
        return self._put(Line(line))

    def interrupt(self) -> bool:
        """Ctrl-C for the newest console line that waits."""
        return self._put(Line(None))

    def touch(self) -> None:
        """Somebody is at the keys or the mouse (may be called for each of them)."""
        now = monotonic()
        if now >= self._touched_s + TOUCH_S and self._put(Touch()):
            self._touched_s = now

    def look(self, subject: str, detail: bool = False) -> bool:
        """Ask for a life, which comes by :meth:`lives`; "" ends looking.  False if too many requests wait."""
        return self._put(Look(subject, detail))

    def deeds(self, tell: Callable[[Told], None]) -> bool:
        """Let *tell* be called, by the reader thread, with what was done until now.  False if too many wait."""
        return self._put(Deeds(tell))

    def step(self, text: str, order: StepOrder) -> int:
        """Step while the clock stands; returns its ticket, 0 if too many requests wait already."""
        self._ticket += 1
        return self._ticket if self._put(Step(self._ticket, text, order)) else 0

    def want(self, interest: Interest) -> bool:
        """Say what the screen shows of messages and of what waits.  False if too many requests wait."""
        return self._put(interest)

    def lives(self) -> Life | None:
        """The newest life that was told since the last call."""
        return self._lives.pop() if self._lives else None

    def _put(self, what: Request) -> bool:
        try:
            self._requests.put_nowait(what)
        except queue.Full:
            return False
        self._bell.ring()
        return True

    def drain(self) -> list[Frame]:
        """All frames since the last call, oldest first."""
        frames: list[Frame] = []
        while (frame := self._oldest()) is not None:
            frames.append(frame)
        return frames

    def _oldest(self) -> Frame | None:
        """Take it, in either thread; None: the other one may have taken the last."""
        try:
            return self._frames.popleft()
        except IndexError:
            return None

    def notices(self) -> list[Notice]:
        """All notices since the last call."""
        found: list[Notice] = []
        while self._notices:
            found.append(self._notices.popleft())
        return found

    def close(self, limit_s: float = 5.0) -> bool:
        """Stop the emulator and the thread; whether it ended within the limit."""
        self._end()
        if self._thread.is_alive():
            self._thread.join(limit_s)
        return not self._thread.is_alive()

    def _end(self) -> None:
        self._stop.set()
        self._bell.ring()

    # -- the reader thread -----------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._begin(self._load(self._scenario))
            self._ready.set()
            self._loop()
        except CannotOpen as error:
            self.cannot = error
            self.error = error.lines[0] if error.lines else str(error)
        except Exception as error:  # noqa: BLE001 - the thread's end must be a word on the screen, whatever it was
            self.error = f"the emulator's reader ended: {type(error).__name__}: {error}"
        finally:
            self._finish()
            self._ready.set()
            self.wake()

    def _begin(self, scenario: Scenario) -> None:
        from dmtui.play import Play

        self._serial += 1
        self._play = Play(self._start(scenario), self._serial)
        self._play.runtime.wake_by(self._bell.fd)
        self._play.want(self._interest)
        self._glimpses = 0

    def _finish(self) -> None:
        play, self._play = self._play, None
        if play is not None:
            play.close()

    def _loop(self) -> None:
        while not self._stop.is_set() and (play := self._play) is not None:
            standing = play.standing
            began = monotonic()
            events = self._turn(play, began)
            self._take(events)
            if events or play.news:
                self._stirred = STILL_FRAMES
            # When the runtime had nothing to wait for, and nobody was answered, an order is what can come next.
            idle = not events and not play.news and monotonic() - began < STEP_S / 4
            self._obey_all()
            if self._play is not play:
                continue
            if play.whole:
                idle &= not self._show(play, standing or self._interest.frozen)
            else:
                self._come_up(play)
            if idle:
                self._bell.wait(STEP_S)
                self._obey_all()

    def _turn(self, play: Play, now: float) -> list[Event]:
        """Sleep until there is something to do, and let everything go on."""
        still = play.standing and self._stirred <= 0
        sleep_s = STILL_S if still else max(0.0, self._due - now) if play.whole else WAITED_S
        session = play.run.session
        if session.waits:
            sleep_s = min(sleep_s, IDLE_PACE_S if still else WAITED_S)
        if play.whole and not self._interest.frozen and now >= self._urgent_until:
            rest_s = session.rest_s(sleep_s)
            if rest_s > 0:
                self._bell.wait(rest_s)
                sleep_s = 0.0
        return play.turn(sleep_s)

    def _come_up(self, play: Play) -> None:
        """Ask who has not shown itself yet, and tell how far they are."""
        play.runtime.ask(self.most, play.missing)
        if self.coming != (coming := play.coming):
            self.coming = coming
            self.wake()

    def _show(self, play: Play, standing: bool) -> bool:
        """Push a frame if one is due; whether one was.  *standing*: the clock is, or the view."""
        now = monotonic()
        if play.news:
            self._urgent_until = now + URGENT_S
        urgent = now < self._urgent_until
        if urgent:
            play.look_at_once(self.most)
        if not play.news and (now < self._due or (play.standing and self._stirred <= 0)):
            return False
        # In slow motion all of it moves: there each request is to be seen, and few change from frame to frame.
        self._push(play, urgent or standing or play.runtime.speed <= SLOW_MOST)
        self._stirred -= not urgent
        still_s = IDLE_PACE_S if play.standing else FROZEN_PACE_S
        pace = 2 * STEP_S if urgent else still_s if standing else self._pace_s
        self._due = max(self._due + pace, now + pace / 2)
        return True

    def _take(self, events: list[Event]) -> None:
        over = len(self._events) + len(events) - EVENTS_MOST
        if over > 0:
            self.dropped += over
        self._events.extend(events)

    def _push(self, play: Play, whole: bool) -> None:
        """Push a frame: one to be read if *whole*, or if its turn has come."""
        to_read = whole or self._glimpses <= 0
        if len(self._frames) == FRAMES_MOST and (oldest := self._oldest()) is not None:
            self.overwritten += 1
            self._events.extendleft(reversed(oldest.events[: EVENTS_MOST - len(self._events)]))
            play.take_back(oldest)
            to_read |= oldest.whole
        self.failed = play.runtime.failed
        if play.life is not None:
            self._lives.append(play.life)
            play.life = None
        if to_read:
            events = tuple(self._events)
            self._events.clear()
            self._frames.append(play.frame(events, self.dropped))
            self._glimpses = (self._glimpses_most + 1) * (RESTING_TIMES if play.resting else 1) - 1
        else:
            self._frames.append(play.glimpse(self.dropped))
            self._glimpses -= 1
        play.look(self.most, whole or self._glimpses <= 0)
        self.wake()

    def _obey_all(self) -> None:
        try:
            while True:
                self._obey(self._requests.get_nowait())
        except queue.Empty:
            return

    def _obey(self, what: Request) -> None:
        if not isinstance(what, Touch):
            self._stirred = STILL_FRAMES
        if isinstance(what, Open):
            self._reopen(what.scenario)
        elif self._play is None:
            return
        elif isinstance(what, Touch):
            self._play.stir()
            self._glimpses = min(self._glimpses, self._glimpses_most)
        elif isinstance(what, Look):
            self._play.tell_life(what.subject, what.detail)
        elif isinstance(what, Interest):
            if self._interest.frozen and not what.frozen:
                self._due, self._urgent_until = 0.0, monotonic() + URGENT_S
            self._interest = what
            self._play.want(what)
        elif isinstance(what, Step):
            self._play.step(what.ticket, what.text, what.order)
        elif isinstance(what, Deeds):
            what.tell(self._play.deeds.told())
        elif isinstance(what, Order):
            self._play.order(what.ticket, what.text, what.command, self.most)
        elif what.text is None:
            self._play.talk.interrupt()
        else:
            self._play.talk.line(what.text)

    def _reopen(self, scenario: str) -> None:
        try:
            loaded = self._load(scenario)
        except CannotOpen as error:
            self._notices.append(Notice(f"{scenario} cannot be opened", tuple(error.lines)))
            self.wake()
            return
        self._finish()
        self._events.clear()
        try:
            self._begin(loaded)
        except CannotOpen as error:
            # The old one is closed already: it starts again rather than leaving an empty screen.
            self._notices.append(Notice(f"{scenario} cannot be started", tuple(error.lines)))
            self._begin(self._load(self._scenario))
        else:
            self._scenario = scenario
