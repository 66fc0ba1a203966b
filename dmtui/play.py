"""A scenario on the screen: its run, the orders and lines of the person who watches, and its load after the end.

Reader thread only.  The run is the Lab's own (emulator.lab.run): what a key orders, a line says and the timeline does
goes through one session.
"""

from __future__ import annotations

import errno
from collections import deque
from dataclasses import dataclass
from time import monotonic

from dmtui.console.talk import Talk
from dmtui.keeping import Keeping
from dmtui.model.frame import Coming, Done, Frame, Story, Verdict
from dmtui.model.lanes import Interest
from dmtui.watching import Watching
from emulator.commands import Command, Outcome, StartLoad
from emulator.events import Event
from emulator.lab.deedlog import DeedLog
from emulator.lab.lives import search_for, tell
from emulator.lab.results import LabError, LineError
from emulator.lab.run import Run
from emulator.lab.session import Entry
from emulator.lab.stepping import carry_out
from emulator.lab.waits import Wait
from emulator.plan import FaultSpec
from emulator.runtime.waiting import StepOrder
from emulator.scenario.report import Report
from emulator.snapshot import SubmitterView
from emulator.trace.life import Life
from emulator.trace.recorder import Notes

SHOW_LIMIT_S = 2.0
"""Seconds after which the screen shows what there is, even if a machine has not answered."""
AT_ONCE_US = 30_000
"""From a look at once to the next one, at most, in real time."""
DONE_MOST = 256
"""Outcomes that wait for the screen.  Policy: the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class _Order:
    """A command under way."""

    ticket: int
    text: str
    entry: Entry


class Play:
    """Takes over *run*, which goes on until :meth:`close`."""

    def __init__(self, run: Run, serial: int) -> None:
        scenario = run.scenario
        self.story = Story(
            scenario.name, scenario.about, scenario.plan, serial, len(scenario.expectations) + len(scenario.steps)
        )
        self.run = run
        run.director.asks = False  # the frames do, at their own pace
        self.runtime = run.session.runtime
        self.deeds = DeedLog(run.session, scenario)
        self.talk = Talk(run.session, self.deeds)
        self.done: deque[Done] = deque(maxlen=DONE_MOST)
        self.verdict: Verdict | None = None
        self._orders: list[_Order] = []
        self._detail = False
        self._recording = (False, Notes.ALL)
        """Whether the recorders go into detail, how much they note."""
        self._looked_at = False
        """Whether a life is on the screen."""
        self._keeping = Keeping()
        self.watching = Watching(run.session)
        self._running: list[str] = []
        """Submitters that ran when the scenario's time ended."""
        self._look: Entry | None = None
        """The life that is being asked for."""
        self.life: Life | None = None
        """The newest one that was told, until the feed takes it."""
        self._injected: dict[str, FaultSpec] = {}
        """A copy for the other thread."""
        self.runtime.record(True)
        self._begun_s = monotonic()
        self._whole = False

    @property
    def standing(self) -> bool:
        """Whether no emulated time passes."""
        return self.runtime.paused or bool(self.runtime.failed)

    def order(self, ticket: int, text: str, command: Command, most: int = 0) -> None:
        """Give a command; its outcome comes as a Done.  With *most* views of so many entries are asked for at once."""
        session, wait = self.run.session, self.run.session.answer(command)
        if most:
            wait = self._looked(wait, most)
        if self.resting:
            wait = self._noted(wait)
        self.stir()
        entry = session.enter(wait)
        self._orders.append(_Order(ticket, text, entry))
        if ticket:
            self.deeds.command(command, entry)

    def _looked(self, wait: Wait[Outcome], most: int) -> Wait[Outcome]:
        """Ask for views right behind the command: what it changed comes with its answer and not a round later."""
        try:
            limit = next(wait)
        except StopIteration as given:
            outcome: Outcome = given.value
            return outcome
        self.runtime.ask(most)
        yield limit
        return (yield from wait)

    def _noted(self, wait: Wait[Outcome]) -> Wait[Outcome]:
        """Once what is under way was noted from its beginning: it is what a fault hits first."""
        runtime = self.runtime
        from_us = runtime.now_us() + self._keeping.window(runtime.speed)[1]
        while runtime.now_us() < from_us and not self.standing:
            yield from_us
        return (yield from wait)

    @property
    def resting(self) -> bool:
        """Whether all goes well and nobody is at the keys."""
        return self._recording[1] is Notes.WINDOWS

    def stir(self) -> None:
        """Somebody is there: the recorders do not rest."""
        self._keeping.stir(monotonic())
        self._record()

    def step(self, ticket: int, text: str, order: StepOrder) -> None:
        """Step, while the clock stands; what happened comes as a Done."""
        entry = self.run.session.enter(carry_out(self.run.session, order))
        self._orders.append(_Order(ticket, text, entry))

    def turn(self, slice_s: float) -> list[Event]:
        """Go on for at most so many real seconds: the scenario as long as it lasts, then its load again, as the person
        at the screen is not done."""
        runtime = self.runtime
        if self.verdict is None and runtime.now_us() < self.story.plan.duration:
            views = runtime.views().values()
            self._running = [view.name for view in views if isinstance(view, SubmitterView) and view.running]
        events = self.run.turn(slice_s)
        self._settle()
        self._hear_life()
        self.watching.settle()
        self.talk.listen()
        if self.verdict is None and self.run.finished:
            self.verdict = _verdict(self.run.report())
            names = {spec.name for spec in self.story.plan.submitters}
            for name in sorted(names.intersection(self._running)) if not runtime.failed else ():
                self.order(0, "", StartLoad(name))
        return events

    def tell_life(self, subject: str, detail: bool) -> None:
        """Ask the recorders for a life (emulator.lab.lives.search_for); an ask under way is not waited for."""
        session = self.run.session
        self._detail, self._looked_at = detail, bool(subject)
        self.stir()
        if self._look is not None:
            self._look.dropped = True
        try:
            self._look = session.enter(tell(session, search_for(session, subject.split()))) if subject else None
        except LineError as error:
            self._look = None
            self.life = Life("request", subject, (), 0, (str(error),), ended=True)

    def _record(self) -> None:
        """Keep what somebody needs: lock holds and messages only while one looks at them, all unless it is too much."""
        detail = self._detail or self.watching.detail
        notes = Notes.ALL if detail or self.standing else self._keeping.notes(monotonic())
        if notes is Notes.WINDOWS and not self._calm:
            notes = Notes.SPARSE
        wanted = (detail, notes)
        if wanted != self._recording:
            self._recording = wanted
            self.runtime.record(True, *wanted)

    @property
    def _calm(self) -> bool:
        """Whether nothing is to come but the load, and nobody follows what no frame shows."""
        interest, processes = self.watching.interest, self.runtime.processes().values()
        return (
            self.run.over and not (self._looked_at or interest.lanes or interest.follow or self._orders)
            and all(process.state == "RUNNING" for process in processes)
        )

    def _hear_life(self) -> None:
        if self._look is None or not self._look.done:
            return
        error, value = self._look.error, self._look.value
        self._look = None
        if isinstance(error, LabError):
            self.life = Life("request", "", (), 0, (str(error),))
        elif error is not None:
            raise error
        else:
            self.life = value

    def _settle(self) -> None:
        for order in [order for order in self._orders if order.entry.done]:
            self._orders.remove(order)
            self.watching.stirred()
            error, value = order.entry.error, order.entry.value
            outcome = value if error is None else Outcome(errno.ENODEV, str(error), self.runtime.now_us())
            if order.ticket:
                self.done.append(Done(order.ticket, order.text, outcome))

    @property
    def news(self) -> bool:
        """Whether somebody waits for an answer that has come."""
        return bool(self.done or self.talk.said or self.life or self.watching.news)

    @property
    def whole(self) -> bool:
        """Whether every machine has shown itself: before that a key would have nothing to act on."""
        if not self._whole:
            failed = bool(self.runtime.failed)
            self._whole = not self.missing or failed or monotonic() >= self._begun_s + SHOW_LIMIT_S
        return self._whole

    @property
    def missing(self) -> set[str]:
        """Machines that have not shown themselves yet."""
        return self.runtime.processes().keys() - self.runtime.views().keys()

    @property
    def coming(self) -> Coming:
        """How far the start is."""
        processes = self.runtime.processes()
        missing = tuple(name for name, process in processes.items() if process.state == "STARTING")
        return Coming(len(processes) - len(missing), missing)

    def glimpse(self, dropped: int) -> Frame:
        """What there is now, for the picture that moves; what was done and said stays for the next :meth:`frame`."""
        runtime, talk, watching = self.runtime, self.talk, self.watching
        return Frame(
            self.story, runtime.now_us(), monotonic(), dict(runtime.views()), processes=runtime.processes(),
            paused=runtime.paused, speed=runtime.speed, failed=runtime.failed, verdict=self.verdict, dropped=dropped,
            injected=self._injected, waiting=talk.waiting, words=talk.words, pending=watching.pending,
            lanes=watching.view, whole=False,
        )

    def frame(self, events: tuple[Event, ...], dropped: int) -> Frame:
        """What there is now; what was done and said since the last one goes into it."""
        runtime, talk = self.runtime, self.talk
        self._keeping.feed(runtime.views().values(), monotonic())
        if self._injected != self.run.director.injected:
            self._injected = dict(self.run.director.injected)
        frame = Frame(
            self.story, runtime.now_us(), monotonic(), dict(runtime.views()), events, tuple(self.done),
            dict(runtime.processes()), runtime.paused, runtime.speed, runtime.failed, self.verdict, dropped,
            tuple(talk.said), tuple(talk.ended), self._injected, talk.waiting, talk.words, self.watching.pending,
            self.watching.view,
        )
        self.watching.news = False
        for queue in (self.done, talk.said, talk.ended):
            queue.clear()
        return frame

    def take_back(self, frame: Frame) -> None:
        """What nobody saw of *frame* goes into the next one."""
        self.done.extendleft(reversed(frame.done))
        self.talk.said.extendleft(reversed(frame.said))
        self.talk.ended.extendleft(reversed(frame.ended))

    def look(self, most: int, whole: bool) -> None:
        """Ask for the views of the next frame: of all machines, or of those alone whose picture moves.

        What is then there to be read is kept by sparse recorders too, unless what is shown stands.
        """
        if whole and self._keeps:
            self.runtime.keep(*self._keeping.window(self.runtime.speed), most)
        else:
            self.runtime.ask(most, None if whole else self._moving())
        self.watching.look()
        self._record()

    def look_at_once(self, most: int) -> None:
        """Ask for the views of all machines now.  Such looks follow one another: the window stays open between them."""
        if self._keeps:
            speed = self.runtime.speed
            self.runtime.keep(self._keeping.window(speed)[0] + round(AT_ONCE_US * speed))
        self.runtime.ask(most)

    @property
    def _keeps(self) -> bool:
        """Whether what is to be read has to be kept by opening windows; what is shown stands behind a frozen view."""
        return self._recording[1] is not Notes.ALL and not self.watching.interest.frozen

    def _moving(self) -> set[str]:
        plan = self.runtime.plan
        names = {*(md.name for md in plan.mds), *(device.name for device in plan.devices)}
        if self.watching.interest.whole_way:
            names |= {plan.softirq, *(spec.name for spec in plan.submitters)}
        return names

    def want(self, interest: Interest) -> None:
        """The screen shows something else now."""
        self.watching.want(interest)
        self._record()

    def close(self) -> None:
        """Stop everything."""
        self.run.close()


def _verdict(report: Report) -> Verdict:
    rows = report.expectations
    return Verdict(
        sum(row.held is True for row in rows),
        tuple(f"{row.text}: {row.why}" for row in rows if row.held is False),
        sum(row.held is None for row in rows),
    )
