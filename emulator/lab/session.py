"""The engine of a Lab: one runtime, the names of its devices, and everything that somebody waits for.

Whoever acts does so with a *wait*: a generator that yields whenever it needs the emulator to go on (the emulated time
that must not be passed, or None), and returns its result.  ``turn`` takes each wait one step and then lets the emulator
go on: the plain Lab calls it in a loop, the asynchronous one in a thread of its own.  All of it runs in one thread.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from emulator.commands import Command, Outcome
from emulator.events import Event
from emulator.lab.names import DeviceNames, Named, NameTaken
from emulator.lab.opening import MDS_MOST, RuntimeKind, make_runtime, new_md
from emulator.lab.progress import progress_of
from emulator.lab.results import Interrupted, LabError, Result
from emulator.lab.speaking import speak
from emulator.lab.waits import Entry, Job, Wait
from emulator.plan import Era, Plan
from emulator.runtime.waiting import Stepped, Waiting
from emulator.scenario.director import Director
from emulator.scenario.loader import Scenario
from emulator.snapshot import View

T = TypeVar("T")

EVENTS_MOST = 20_000
"""Events kept for ``event``.  Policy: the oldest are forgotten."""
STANDING_S = 0.5
"""Real time in which processes whose clock stands answer what needs no emulated time."""
ANSWER_LIMIT_S = 5.0
"""Real time that a machine may take to answer a question."""
STILL_US = 500_000
"""Emulated time without any progress after which what waits is called blocked."""
LOOK_US = 20_000
"""Emulated time between two looks for progress."""
PACE_US = 100
"""Emulated time after which the end of a line is looked for first."""
STEPPED_MOST = 1_024
"""Steps that nobody has taken.  Policy: the oldest are forgotten."""
JOBS_MOST = 256
"""Lines in the background.  Policy: the oldest that has ended is forgotten."""
SLICE_S = 0.05
"""Most time of one turn."""


class Session:
    """A running scenario with its names, events and jobs."""

    def __init__(self, scenario: Scenario, kind: RuntimeKind, patience_us: int, era: Era | None = None) -> None:
        self.scenario = scenario
        self.kind = kind
        self.patience_us = patience_us
        self.era: Era = era or (scenario.plan.mds[0].era if scenario.plan.mds else "2.6.31")
        """Kernel of the devices that are made."""
        self.names = DeviceNames(scenario.plan)
        self.runtime = make_runtime(kind, scenario.plan)
        self.director = Director(
            scenario, self.runtime, kind=kind, endless=True, speak=partial(speak, self)
        )
        self.events: deque[Event] = deque(maxlen=EVENTS_MOST)
        self.mark = 0
        """Events before this number were seen by ``event``."""
        self.counted = 0
        """Events so far."""
        self.jobs: dict[str, Job] = {}
        self.opens: dict[str, int] = {}
        """Machine of an md -> commands that have it open."""
        self.nopath_timeout_secs = 0
        """Module parameter queue_if_no_path_timeout_secs."""
        self.read_only: set[str] = set()
        """Machines of mds whose live table was loaded read-only."""
        self.read_only_next: set[str] = set()
        """The same of inactive tables."""
        self.deferred: set[str] = set()
        """Machines of mds that go when nobody has them open any more."""
        self.listed: list[Waiting] = []
        """What was last said to wait, for picks by number; ``unlisted`` counts what there was more."""
        self.unlisted = 0
        self.stepped: deque[Stepped] = deque(maxlen=STEPPED_MOST)
        """Single steps that were done, for whoever draws them."""
        self._entries: list[Entry] = []
        self._job_number = 0
        self._fault_numbers = Counter[str]()
        """Names given to faults without one, by type."""
        self._is_up = kind != "process"

    @property
    def plan(self) -> Plan:
        """What is there now: mapped devices come and go."""
        return self.runtime.plan

    # -- devices -------------------------------------------------------------------------------------------

    def create(self, name: str, uuid: str = "", minor: int | None = None) -> Named:
        """Make a mapped device: its own machine, in its own process where there are processes.

        Raises NameTaken (*minor* is taken, too), or LabError when there are too many or no process can be made.
        """
        self.names.check_free(name, uuid)
        most = MDS_MOST[self.kind]
        if len(self.plan.mds) >= most:
            each = ", each a process of its own" if self.kind == "process" else ""
            raise LabError(f"found {most} mapped devices{each}, expected at most so many: remove one first")
        spec = new_md(self.plan, name, self.era, self.runtime.processes(), minor)
        try:
            self.runtime.add_md(spec)
        except ValueError:
            raise NameTaken from None
        except OSError as error:
            raise LabError(f"no process for a new mapped device: {error.strerror or error}") from None
        cell = Named(name, uuid, spec.name, spec.dev)
        self.names.add(cell)
        return cell

    def remove(self, cell: Named) -> None:
        """Take away a device that was destroyed; its process ends."""
        self.names.remove(cell)
        self.opens.pop(cell.machine, None)
        for marks in (self.read_only, self.read_only_next, self.deferred):
            marks.discard(cell.machine)
        self.runtime.remove_md(cell.machine)

    # -- going on ------------------------------------------------------------------------------------------

    def enter(self, wait: Wait[T]) -> Entry:
        """Put a wait among those that each turn takes on."""
        entry = Entry(wait)
        self._entries.append(entry)
        return entry

    def turn(self, slice_s: float = SLICE_S) -> list[Event]:
        """Take every wait one step; if none of them ended, let the emulator go on a little.  What happened."""
        limits: list[int] = []
        ended = False
        for entry in self._entries:  # one may add another behind itself
            if entry.dropped:
                entry.wait.close()
            elif not (entry.done or entry.held):
                limit = entry.step(entry.wait.__next__)
                if limit is not None:
                    limits.append(limit)
            ended |= entry.done
        self._entries = [entry for entry in self._entries if not (entry.done or entry.dropped)]
        return [] if ended else self._go_on(min(limits, default=None), slice_s)

    @property
    def waits(self) -> bool:
        """Whether anybody waits for something."""
        return bool(self._entries)

    def rest_s(self, most_s: float) -> float:
        """Real seconds, at most *most_s*, for which nobody here needs to hear what the processes say.

        What they say stays in their pipes until the next turn.  0 where somebody waits for it.
        """
        return 0.0 if self._entries or self.runtime.paused or self.runtime.failed else self.director.rest_s(most_s)

    def interrupt(self, entry: Entry) -> None:
        """A signal for whoever waits: ``dmsetup suspend`` returns EINTR, I/O under way goes on, the rest gives up."""
        if not (entry.done or entry.dropped):
            entry.step(lambda: entry.wait.throw(Interrupted()))

    def _go_on(self, until_us: int | None, slice_s: float) -> list[Event]:
        if until_us is not None:
            left_us = until_us - self.runtime.now_us()
            slice_s = max(0.0, min(slice_s, left_us / 1e6 / (1 if self.kind == "simulation" else self.runtime.speed)))
        events = self.director.step(slice_s)
        self.events.extend(events)
        self.counted += len(events)
        return events

    def now_us(self) -> int:
        """Emulated time."""
        return self.runtime.now_us()

    def living(self) -> None:
        """Raise LabError if the emulation has come to its end."""
        if self.runtime.failed:
            raise LabError(self.runtime.failed)

    def check(self) -> None:
        """Raise LabError if no time will pass any more."""
        self.living()
        if self.runtime.paused:
            raise LabError("the clock stands: 'go' lets it run on")

    # -- waits ---------------------------------------------------------------------------------------------

    def up(self) -> Wait[None]:
        """Until every process of the plan has come up once, before which nobody can be asked, or killed."""
        while not self._is_up and not self.runtime.failed:
            self._is_up = not self._starting()
            if not self._is_up:
                yield None

    def answer(self, command: Command, signalled: Callable[[], object] | None = None) -> Wait[Outcome]:
        """Give *command* and wait for its outcome, however long.

        A signal calls *signalled*, which may bring the outcome about; without it the signal ends the wait.
        """
        yield from self.up()
        serial = self.runtime.submit(command)
        while (outcome := self.runtime.outcome(serial)) is None:
            self.living()
            try:
                yield None
            except Interrupted:
                if signalled is None:
                    raise
                signalled()
        return outcome

    def ask(self, command: Command) -> Wait[Outcome]:
        """Like :meth:`answer`, of what is answered at once.  Raises LabError when the answer stays away."""
        yield from self.up()
        self.living()
        serial = self.runtime.submit(command)
        limit_s = monotonic() + ANSWER_LIMIT_S
        while (outcome := self.runtime.outcome(serial)) is None:
            self.living()
            if monotonic() > limit_s:
                why = ": the clock stands, 'go' lets it run on" if self.runtime.paused else ""
                raise LabError(f"{command.target} does not answer {command.verb!r}{why}")
            yield None
        return outcome

    def sleep(self, us: int) -> Wait[None]:
        """Let so much emulated time pass."""
        until = self.now_us() + us
        while self.now_us() < until:
            self.check()
            yield until

    def event(self, kind: str, timeout_us: int, fields: Mapping[str, Any]) -> Wait[Event]:
        """The next event of that kind whose details have these values.  Raises TimeoutError."""
        until = self.now_us() + timeout_us
        while True:
            first = self.counted - len(self.events)
            for index, event in enumerate(self.events):
                if first + index >= self.mark and self._fits(event, kind, fields):
                    self.mark = first + index + 1
                    return event
            if self.now_us() >= until:
                said = "".join(f" {key}={value}" for key, value in fields.items())
                raise TimeoutError(f"no event {kind}{said} within {timeout_us / 1e6:g} s of emulated time")
            self.check()
            yield until

    def _fits(self, event: Event, kind: str, fields: Mapping[str, Any]) -> bool:
        if event.kind != kind:
            return False
        for key, wanted in fields.items():
            found = event.machine if key == "machine" else event.details.get(key)
            if key in ("md", "machine") and isinstance(found, str):
                found = self.names.of_machine(found) if wanted != found else found
            if found != wanted:
                return False
        return True

    def look(self, most: int = 64, checker: bool = True) -> Wait[Mapping[str, View]]:
        """Views of every machine that are not older than this call; without *checker* multipathd's may be."""
        yield from self.up()
        late = {self.plan.multipathd.name} if self.plan.multipathd is not None and not checker else set()
        asked, limit_s = self.now_us(), monotonic() + ANSWER_LIMIT_S
        # While the clock stands the time does not tell a new view from an old one.
        old = dict(self.runtime.views()) if self.runtime.paused else {}
        while True:
            self.runtime.ask(most)
            views = self.runtime.views()
            alive = {name for name, process in self.runtime.processes().items() if process.state == "RUNNING"} - late
            fresh = (name in views and views[name].at >= asked and views[name] is not old.get(name) for name in alive)
            if alive and all(fresh):
                return views
            if self.runtime.failed or monotonic() > limit_s:
                return views
            yield None

    def idle(self, timeout_us: int, still_us: int = STILL_US) -> Wait[bool]:
        """Until nothing made progress for *still_us*; False if something still did after so long."""
        until = self.now_us() + timeout_us
        seen: Any = None
        still = 0
        while True:
            self.check()
            progress, moving = progress_of((yield from self.look(checker=False)))
            still = still + 1 if progress == seen and not moving else 0
            seen = progress
            if still * LOOK_US >= still_us:
                return True
            if self.now_us() >= until:
                return False
            yield from self.sleep(min(LOOK_US, until - self.now_us()))

    def finished(self, entry: Entry) -> Wait[bool]:
        """Until *entry* is done, or nothing makes progress any more and it is blocked (False)."""
        until = self.now_us() + self.patience_us
        seen: Any = None
        still = 0
        while not entry.done:
            if self.runtime.failed:
                yield None  # the entry ends by itself, with the reason
                continue
            if self.runtime.paused:
                limit_s = monotonic() + STANDING_S * (self.kind == "process")
                yield None  # what needs no emulated time is done although the clock stands
                while not entry.done and self.runtime.paused and monotonic() < limit_s:
                    yield None
                return entry.done
            progress, moving = progress_of((yield from self.look(checker=False)))
            if self._starting():
                moving, until = True, self.now_us() + self.patience_us
            still = still + 1 if progress == seen and not moving else 0
            seen = progress
            if still * LOOK_US >= STILL_US or self.now_us() >= until:
                return entry.done
            at, pace = self.now_us() + LOOK_US, PACE_US
            while not entry.done and self.now_us() < at and not self.runtime.paused and not self.runtime.failed:
                # In small steps first: what ends soon should not cost emulated time that it does not need.
                yield min(at, self.now_us() + pace)
                pace *= 2
        return True

    def _starting(self) -> bool:
        """Whether a process comes up: that takes real time, however fast the emulated clock runs."""
        return any(process.state == "STARTING" for process in self.runtime.processes().values())

    # -- jobs ----------------------------------------------------------------------------------------------

    def start(self, line: str, wait: Wait[Result], id: str = "") -> Job:
        """Let a line run in the background."""
        id = id or self._next_id()
        if id in self.jobs and not self.jobs[id].done:
            raise LabError(f"a job named {id!r} is under way already")
        return self.adopt(line, self.enter(wait), id)

    def adopt(self, line: str, entry: Entry, id: str = "") -> Job:
        """A line that is under way goes on in the background."""
        if len(self.jobs) >= JOBS_MOST:
            old = next((job for job in self.jobs.values() if job.done), None)
            if old is None:
                raise LabError(f"{JOBS_MOST} lines run in the background already")
            del self.jobs[old.id]
        job = Job(id or self._next_id(), line, entry)
        self.jobs[job.id] = job
        return job

    def _next_id(self) -> str:
        self._job_number += 1
        while str(self._job_number) in self.jobs:
            self._job_number += 1
        return str(self._job_number)

    def begun(self) -> Wait[None]:
        """Until what was just started has gone its first way: what is done next comes behind it."""
        yield self.now_us() if self.kind == "process" else None
        if self.runtime.paused or self.runtime.failed:
            return
        if self.kind == "simulation":
            yield from self.sleep(1)
            return
        for _ in range(2):
            yield from self.look(checker=False)

    def fault_name(self, type: str) -> str:
        """A fresh name for a fault that was given none."""
        self._fault_numbers[type] += 1
        return f"{type}-{self._fault_numbers[type]}"

    def close(self) -> None:
        """Stop everything and leave nothing behind."""
        for entry in self._entries:
            entry.wait.close()
        self._entries.clear()
        self.runtime.close()


__all__ = ["Entry", "Job", "Session", "Wait"]
