"""A running scenario in a program's hand: ``Lab`` for asyncio, ``SyncLab`` for plain code, with the same methods."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from emulator.commands import Command, Outcome
from emulator.events import KINDS, Event
from emulator.lab import language
from emulator.lab.lives import search_for, tell
from emulator.lab.opening import RuntimeKind, lab_plan, scenario_of
from emulator.lab.results import LineError, Result
from emulator.lab.session import Entry, Job, Session, Wait
from emulator.lab.stepping import Stride, Strode, listing, picking, stepping
from emulator.plan import Era, Plan
from emulator.runtime.waiting import Stepped, Waiting
from emulator.scenario.errors import nearest, one_of
from emulator.scenario.loader import Scenario
from emulator.scenario.report import Report
from emulator.scenario.units import whole_us
from emulator.snapshot import View
from emulator.trace.life import Life

T = TypeVar("T")


def _kind(word: str) -> str:
    """*word*, if events have that kind.  Raises LineError: nobody should wait for what cannot come."""
    if word not in KINDS:
        raise LineError(f"found {word!r}, expected a kind of event: {one_of(KINDS, 60)}{nearest(word, KINDS)}")
    return word
Time = str | int
"""``250ms``, or microseconds."""
What = str | Path | Scenario | Plan


@dataclasses.dataclass(frozen=True, slots=True)
class Opening:
    """How a Lab is opened."""

    what: What
    runtime: RuntimeKind = "simulation"
    seed: int | None = None
    timeline: bool = True
    """Whether the scenario's own timeline plays."""
    era: Era | None = None
    """Kernel of the devices that ``dmsetup create`` makes; None = that of the scenario's first mapped device."""
    patience: Time = "10s"
    """Emulated time after which a line that still waits is called blocked."""
    console: bool = True
    """Whether there is a machine that plays the reads and writes of ``io``."""

    def session(self) -> Session:
        """Start it.  Raises ScenarioErrors for a scenario that is wrong, OSError when processes cannot be made."""
        scenario = scenario_of(self.what)
        if self.seed is not None:
            scenario = scenario.with_seed(self.seed)
        plan = lab_plan(scenario.plan) if self.console else scenario.plan
        timeline = scenario.timeline if self.timeline else ()
        scenario = dataclasses.replace(scenario, plan=plan, timeline=timeline)
        return Session(scenario, self.runtime, micros(self.patience), self.era)


def micros(time: Time) -> int:
    """Microseconds of a time.  Raises ValueError."""
    return time if isinstance(time, int) else whole_us(time)


def _report(session: Session) -> Wait[Report]:
    yield from session.look()
    return session.director.report()


def _done(session: Session, line: str) -> Wait[Result]:
    """A line for a program: nothing is a success, a job is what started it."""
    done = yield from language.perform(session, line)
    if isinstance(done, Job):
        return Result(line, None, (), (), None, done.id, started=True)
    return done if done is not None else Result(line, 0)


def _start(session: Session, line: str) -> Wait[Job]:
    verb, wait, id = language.begin(session, line)
    if verb is None:
        raise LineError("found nothing, expected a line")
    job = session.start(line, wait, id or "")
    yield from session.begun()
    return job


class SyncLab:
    """A running scenario.  Use as a context manager; all methods from one thread.

    Times are emulated: ``"250ms"`` or microseconds.  Raises ScenarioErrors or OSError when it cannot be opened; its
    methods raise LineError for a line that is not of the language, LabError when the emulation cannot go on.
    """

    def __init__(
        self, what: What, *, runtime: RuntimeKind = "simulation", seed: int | None = None, timeline: bool = True,
        era: Era | None = None, patience: Time = "10s",
    ) -> None:
        self._opening = Opening(what, runtime, seed, timeline, era, patience)
        self._session: Session | None = None

    def open(self) -> Self:
        """Start it (entering the context does)."""
        if self._session is None:
            self._session = self._opening.session()
        return self

    def close(self) -> None:
        """Stop everything and leave nothing behind; may be called twice."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def session(self) -> Session:
        """The engine (for faces that draw its turns themselves)."""
        if self._session is None:
            raise RuntimeError("the Lab is not open: use it in a 'with' block")
        return self._session

    def finish(self, wait: Wait[T]) -> T:
        """Take turns until *wait* has returned; interrupted, it waits no more."""
        session = self.session
        entry = session.enter(wait)
        try:
            while not entry.done:
                session.turn()
        finally:
            entry.dropped = not entry.done
        value: T = entry.result()
        return value

    def do(self, line: str) -> Result:
        """Do one line of the language.  A Result whose rc is None is blocked and goes on as job ``result.job``."""
        return self.finish(_done(self.session, line))

    def start(self, line: str) -> Job:
        """Let a line run in the background."""
        return self.finish(_start(self.session, line))

    def interrupt(self, job: Job) -> None:
        """SIGINT for a line in the background: a ``dmsetup suspend`` that waits returns EINTR."""
        self.session.interrupt(job.entry)
        self.finish(self.session.begun())

    def submit(self, command: Command) -> Outcome:
        """Give a command object and wait for its outcome."""
        return self.finish(self.session.answer(command))

    def event(self, kind: str, *, timeout: Time = "10s", **fields: Any) -> Event:
        """The next event of this kind with these details that was not returned before.

        Raises TimeoutError, or LineError for a kind that there is not.
        """
        return self.finish(self.session.event(_kind(kind), micros(timeout), fields))

    def run(self, time: Time) -> None:
        """Let so much emulated time pass."""
        self.finish(self.session.sleep(micros(time)))

    def idle(self, timeout: Time = "60s") -> bool:
        """Wait until nothing makes progress any more; False if something still does."""
        return self.finish(self.session.idle(micros(timeout)))

    def views(self) -> Mapping[str, View]:
        """What every machine looks like now."""
        return self.finish(self.session.look())

    def report(self) -> Report:
        """What the run was like until now, judged by what the scenario expects."""
        return self.finish(_report(self.session))

    def record(self, on: bool = True, *, detail: bool = False) -> None:
        """Let the machines keep what their newest requests passed; with *detail* also lock holds and messages."""
        self.session.runtime.record(on, detail)

    def life(self, what: str | int = "last") -> Life:
        """What a request passed, from what was recorded: "last", a number, "clone 7", a path, "lock", behind an md."""
        return self.finish(tell(self.session, search_for(self.session, str(what).split())))

    def step(self, what: Stride = "event", machine: str = "") -> Strode:
        """While the clock stands: one event (of *machine*), or events until an md dispatched, or a softirq pass.

        Raises LabError while it runs.
        """
        return self.finish(stepping(self.session, what, machine))

    def waiting(self) -> list[Waiting]:
        """While the clock stands: what could happen next, the next first.  Raises LabError while it runs."""
        return self.finish(listing(self.session))

    def pick(self, item: Waiting) -> Stepped:
        """Let that one of :meth:`waiting` go next.  Raises LabError where it cannot."""
        return self.finish(picking(self.session, item))

    @property
    def now_us(self) -> int:
        """Emulated time."""
        return self.session.now_us()

    @property
    def events(self) -> list[Event]:
        """What happened so far, oldest first (the newest twenty thousand)."""
        return list(self.session.events)

    @property
    def jobs(self) -> Mapping[str, Job]:
        """Lines in the background, by their names."""
        return self.session.jobs


class Lab:
    """A running scenario for asyncio; see :class:`SyncLab`, whose methods it has as coroutines.

    Any number of tasks may wait at the same time.  The runtime lives in a thread of its own.
    """

    def __init__(
        self, what: What, *, runtime: RuntimeKind = "simulation", seed: int | None = None, timeline: bool = True,
        era: Era | None = None, patience: Time = "10s",
    ) -> None:
        self._opening = Opening(what, runtime, seed, timeline, era, patience)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lab")
        self._session: Session | None = None
        self._turning: asyncio.Future[Any] | None = None
        self._waiting: list[Entry] = []

    @staticmethod
    def sync(what: What, **options: Any) -> SyncLab:
        """The plain twin."""
        return SyncLab(what, **options)

    async def __aenter__(self) -> Self:
        self._session = await self._in_thread(self._opening.session)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await asyncio.shield(self._in_thread(session.close))
        self._thread.shutdown(wait=False)

    def _in_thread(self, function: Any) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().run_in_executor(self._thread, function)

    @property
    def session(self) -> Session:
        """The engine."""
        if self._session is None:
            raise RuntimeError("the Lab is not open: use it in an 'async with' block")
        return self._session

    async def _finish(self, wait: Wait[T]) -> T:
        entry = await self._in_thread(partial(self.session.enter, wait))
        self._waiting.append(entry)
        try:
            while not entry.done:
                await self.turn()
        finally:
            self._waiting.remove(entry)
            entry.dropped = not entry.done
        value: T = entry.result()
        return value

    async def interrupt(self, job: Job | None = None) -> None:
        """SIGINT, as Ctrl-C sends it: to a line in the background, else to whoever has begun to wait last."""
        entry = job.entry if job is not None else self._waiting[-1] if self._waiting else None
        if entry is not None:
            await self._in_thread(partial(self.session.interrupt, entry))
            await self._finish(self.session.begun())

    async def turn(self) -> None:
        """Let the emulator go on a little, for everybody who waits (nobody need to)."""
        if self._turning is None or self._turning.done():
            self._turning = self._in_thread(self.session.turn)
        await asyncio.shield(self._turning)

    async def do(self, line: str) -> Result:
        """See :meth:`SyncLab.do`."""
        return await self._finish(_done(self.session, line))

    async def start(self, line: str) -> Job:
        """See :meth:`SyncLab.start`."""
        return await self._finish(_start(self.session, line))

    async def submit(self, command: Command) -> Outcome:
        """See :meth:`SyncLab.submit`."""
        return await self._finish(self.session.answer(command))

    async def event(self, kind: str, *, timeout: Time = "10s", **fields: Any) -> Event:
        """See :meth:`SyncLab.event`."""
        return await self._finish(self.session.event(_kind(kind), micros(timeout), fields))

    async def run(self, time: Time) -> None:
        """See :meth:`SyncLab.run`."""
        await self._finish(self.session.sleep(micros(time)))

    async def idle(self, timeout: Time = "60s") -> bool:
        """See :meth:`SyncLab.idle`."""
        return await self._finish(self.session.idle(micros(timeout)))

    async def views(self) -> Mapping[str, View]:
        """See :meth:`SyncLab.views`."""
        return await self._finish(self.session.look())

    async def report(self) -> Report:
        """See :meth:`SyncLab.report`."""
        return await self._finish(_report(self.session))

    async def record(self, on: bool = True, *, detail: bool = False) -> None:
        """See :meth:`SyncLab.record`."""
        await self._in_thread(partial(self.session.runtime.record, on, detail))

    async def life(self, what: str | int = "last") -> Life:
        """See :meth:`SyncLab.life`."""
        return await self._finish(tell(self.session, search_for(self.session, str(what).split())))

    async def step(self, what: Stride = "event", machine: str = "") -> Strode:
        """See :meth:`SyncLab.step`."""
        return await self._finish(stepping(self.session, what, machine))

    async def waiting(self) -> list[Waiting]:
        """See :meth:`SyncLab.waiting`."""
        return await self._finish(listing(self.session))

    async def pick(self, item: Waiting) -> Stepped:
        """See :meth:`SyncLab.pick`."""
        return await self._finish(picking(self.session, item))

    @property
    def now_us(self) -> int:
        """Emulated time."""
        return self.session.now_us()

    @property
    def events(self) -> list[Event]:
        """See :attr:`SyncLab.events`."""
        return list(self.session.events)

    @property
    def jobs(self) -> Mapping[str, Job]:
        """See :attr:`SyncLab.jobs`."""
        return self.session.jobs
