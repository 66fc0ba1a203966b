"""Acts a scenario out on a runtime: does what the timeline says, watches what is expected, and judges at the end.

Run by the face that holds the runtime (the dashboard at each frame, ``dmtui run`` in a loop).  It knows runtimes by
their one interface only.  Its life:

    PLAYING   until the duration is over: actions at their times and after their events, ``always`` expectations
    DRAINING  submitters are stopped; outstanding bios and answers may still come, for at most the drain time
    SETTLING  a last look at every machine with all its lists; a second one if a bio seems lost
    DONE      the report does not change any more
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from time import monotonic

from emulator.commands import StopLoad
from emulator.events import Event
from emulator.plan import FaultSpec
from emulator.runtime.api import Runtime
from emulator.scenario.accounting import lost_bios
from emulator.scenario.expect import Judgement
from emulator.scenario.loader import Scenario
from emulator.scenario.names import World, latency_of
from emulator.scenario.report import Held, Report, make_report
from emulator.scenario.timeline import Speak, Timeline, injected_names, lower_mds, nobody_speaks
from emulator.snapshot import DeviceView, MdView, SoftirqView, SubmitterView, View

LOOK_US = 50_000
"""Emulated time between two looks at all machines."""
IDLE_LOOK_US = 1_000_000
"""Emulated time of one step at the most when there is nothing to look for."""
LOOK_S = 0.05
"""Real time between two looks of a real clock, at least: fast motion gets no more of them."""
SETTLE_US = 200_000
"""Emulated time between the two last looks (many times any message's way)."""
SETTLE_LIMIT_S = 3.0
"""Real time after which a machine that gives no view is judged by its last one."""
ALL = 100_000
"""Entries of a list that the last looks ask for: all."""


class Phase(Enum):
    """Where a run is."""

    PLAYING = "playing"
    DRAINING = "draining"
    SETTLING = "settling"
    DONE = "done"


@dataclass(slots=True)
class _Watched:
    """An ``always`` expectation: the first time that it did not hold decides."""

    broken: Judgement | None = None
    looks: int = 0


class Director:
    """One run of *scenario* on *runtime*.

    *kind* names the runtime in the report; *speak* does the lines of the timeline.  An *endless* run stays in PLAYING:
    the timeline plays, nothing ends it (the dashboard); its report is about the time until now.
    """

    def __init__(
        self, scenario: Scenario, runtime: Runtime, *, kind: str = "", endless: bool = False,
        speak: Speak = nobody_speaks,
    ) -> None:
        self.scenario = scenario
        self.runtime = runtime
        self.kind = kind
        self.endless = endless
        self.asks = True
        """Whether it asks for views where nothing must always hold; a face that looks at its own pace needs none."""
        self.phase = Phase.PLAYING
        plan = scenario.plan
        self.world = World(submitters=frozenset(spec.name for spec in plan.submitters), lower=lower_mds(scenario))
        self._timeline = Timeline(scenario, runtime, speak)
        self._watched = [_Watched() for _ in scenario.expectations]
        specs = (plan.luns, plan.devices, plan.mds, plan.submitters, plan.faults)
        self._names = frozenset({spec.name for group in specs for spec in group} | {plan.softirq})
        self._names |= injected_names(scenario)
        self._names |= set() if plan.multipathd is None else {plan.multipathd.name}
        self._labels = dict(plan.labels)
        self._look_us = 0
        self._look_s = 0.0
        self._end_us = plan.duration
        self._drained_us = 0
        self._asked_us: int | None = None
        self._asked_s = 0.0
        self._lost: list[int | None] = []
        self._aborted = ""
        self._cleared: dict[tuple[str, str], tuple[int, int, int]] = {}
        """(machine, fault) -> when it was last cleared, and its armed and fired until then."""
        self._told: dict[str, DeviceView] = {}
        """The newest view of each device, dead ones too: a runtime may forget those."""

    # -- the face's side -------------------------------------------------------------------------------

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to wait for."""
        return self.phase is Phase.DONE

    @property
    def deeds_to_come(self) -> bool:
        """Whether the timeline has something to do yet, some time or after an event."""
        return self._timeline.to_come

    @property
    def failed(self) -> str:
        """Why the run ended early, or ""."""
        return self._aborted or self.runtime.failed

    def abort(self, why: str) -> None:
        """End the run here: what is not known yet will not be known."""
        if not self.finished:
            self._aborted = why
            self._finish()

    @property
    def injected(self) -> dict[str, FaultSpec]:
        """By ``target/name``, the faults that the scenario, its timeline or a line put in force, each the newest."""
        return self._timeline.injected

    @property
    def progress(self) -> float:
        """Share of the duration that is over, 0..1."""
        return min(1.0, self.runtime.now_us() / self.scenario.plan.duration)

    def step(self, timeout_s: float) -> list[Event]:
        """Let the runtime go on to whatever is next here, at most *timeout_s* (its meaning is the runtime's).

        Returns what happened, the director's own ``action`` events included.  A finished run may go on: nothing is
        done or judged any more.
        """
        if self.finished:
            return self.runtime.advance(timeout_s)
        events = self._act()
        came = self.runtime.advance_until(self._goal(), timeout_s)
        for event in came:
            self._count(event)
            self._timeline.notice(event, self._named)
        events += came
        events += self._act()
        answered = self._timeline.answers()
        for event in answered:
            self._count(event)
        events += answered
        if self.failed:
            self._finish()
        elif self.phase is Phase.SETTLING:
            self._settle()
        else:
            self._look()
            self._change_phase()
        return events

    def rest_s(self, most_s: float) -> float:
        """Real seconds of a running clock, at most *most_s*, for which nothing here depends on what happens."""
        if self.finished:
            return most_s
        if self.phase is not Phase.PLAYING or self._timeline.listens:
            return 0.0
        return max(0.0, min(most_s, (self._goal() - self.runtime.now_us()) / 1e6 / self.runtime.speed))

    def report(self) -> Report:
        """What the run was like (so far, unless it has finished)."""
        world = self._world()
        if self.phase is Phase.PLAYING:
            world.duration_us = self.runtime.now_us()
        held = [self._held(index, world) for index in range(len(self._watched))]
        held += self._timeline.unheld(self.finished and not self.failed)
        return make_report(
            self.scenario, self.kind, world, tuple(held), self._timeline.acted(), self.failed, self._drained_us
        )

    # -- going on --------------------------------------------------------------------------------------

    def _goal(self) -> int:
        """The emulated time of what comes next here."""
        now = self.runtime.now_us()
        goals = [max(self._look_us, now + 1) if self._judges() else now + IDLE_LOOK_US]
        due = self._timeline.due_us()
        if due is not None:
            goals.append(due)
        if self.phase is Phase.PLAYING and not self.endless:
            goals.append(self._end_us)
        elif self.phase is Phase.DRAINING:
            goals.append(self._end_us + self.scenario.drain_us)
        return min(goals)

    def _act(self) -> list[Event]:
        if self.phase is Phase.SETTLING:
            return []
        events = self._timeline.act()
        for event in events:
            self._count(event)
        return events

    def _named(self, event: Event) -> frozenset[str]:
        """Names of the scenario that an event is about."""
        words = [event.machine, *(word for word in event.details.values() if isinstance(word, str))]
        return self._names.intersection(self._labels.get(word, word) for word in words)

    def _count(self, event: Event) -> None:
        self.world.events[event.kind, ""] += 1
        for name in self._named(event):
            self.world.events[event.kind, name] += 1
        if event.kind == "fault_cleared":
            fault, details = (event.machine, str(event.details["fault"])), event.details
            _, armed, fired = self._cleared.get(fault, (0, 0, 0))
            self._cleared[fault] = (event.at_us, armed + int(details["armed"]), fired + int(details["fired"]))
        elif event.kind == "process_started":
            self._keep(str(event.details["machine"]), event.at_us)

    def _keep(self, name: str, at_us: int) -> None:
        """Keep what the earlier process of device *name* had last told: a new one began at *at_us*."""
        told = (self.runtime.views().get(name), self._told.get(name))
        last = next((view for view in told if isinstance(view, DeviceView) and view.at < at_us), None)
        kept = self.world.earlier.setdefault(name, [])
        if last is not None and (not kept or kept[-1].at < last.at):
            kept.append(last)

    # -- looking ---------------------------------------------------------------------------------------

    def _world(self) -> World:
        """The world by the newest views."""
        world = self.world
        world.views = self.runtime.views()
        self._remember(world.views)
        world.faults = self._faults()
        world.latency = latency_of(world.of(SubmitterView))
        return world

    def _remember(self, views: Mapping[str, View]) -> None:
        self._told |= {name: view for name, view in views.items() if isinstance(view, DeviceView)}

    def _faults(self) -> dict[str, tuple[int, int]]:
        """Armed and fired of each fault: those in force and those cleared, which an older view may still show."""
        counts = [(name, armed, fired) for (_, name), (_, armed, fired) in self._cleared.items()]
        for view in self.world.views.values():
            if isinstance(view, DeviceView | SoftirqView | MdView):
                for fault in view.faults:
                    if fault.since >= self._cleared.get((view.name, fault.name), (0, 0, 0))[0]:
                        counts.append((fault.name, fault.armed, fault.fired))
        faults: dict[str, tuple[int, int]] = {}
        for name, armed, fired in counts:
            before = faults.get(name, (0, 0))
            faults[name] = (before[0] + armed, before[1] + fired)
        return faults

    def _look(self) -> None:
        """Judge what must always hold by the views that came, and ask for new ones, at a bounded pace."""
        now, now_s = self.runtime.now_us(), monotonic()
        if now < self._look_us:
            return
        self._look_us = now + LOOK_US
        if now_s < self._look_s and self._real_clock():
            return
        self._look_s = now_s + LOOK_S
        if not self._judges():
            self._remember(self.runtime.views())
            return
        world = self._world()
        if self.phase is Phase.PLAYING:
            world.duration_us = now
        if world.views:
            self._judge_always(world, now)
        newest = max((view.at for view in world.views.values()), default=0)
        if newest <= now - LOOK_US // 2:  # else the face has asked just now
            self.runtime.ask()

    def _judges(self) -> bool:
        """Whether views are wanted here: something must always hold and did until now, or the face does not look."""
        pairs = zip(self.scenario.expectations, self._watched, strict=True)
        return self.asks or any(expectation.always and watched.broken is None for expectation, watched in pairs)

    def _real_clock(self) -> bool:
        return any(process.pid for process in self.runtime.processes().values())

    def _judge_always(self, world: World, now: int) -> None:
        for expectation, watched in zip(self.scenario.expectations, self._watched, strict=True):
            if not expectation.always or watched.broken is not None:
                continue
            judged = expectation.expression.judge(world)
            if judged.held is False:
                watched.broken = Judgement(False, f"{judged.why} at {now / 1e6:.3f}s")
            elif judged.held:
                watched.looks += 1

    def _held(self, index: int, world: World) -> Held:
        expectation, watched = self.scenario.expectations[index], self._watched[index]
        text = f"always: {expectation.text}" if expectation.always else expectation.text
        if watched.broken is not None:
            return Held(text, False, watched.broken.why)
        if self.failed:
            return Held(text, None, f"the run ended early: {self.failed}")
        judged = expectation.expression.judge(world)
        if not expectation.always or judged.held is False:
            return Held(text, judged.held, judged.why)
        looks = watched.looks + (judged.held is True)
        return Held(text, True if looks else None, f"looked {looks} times; {judged.why}")

    # -- the end ---------------------------------------------------------------------------------------

    def _change_phase(self) -> None:
        now = self.runtime.now_us()
        if self.phase is Phase.PLAYING and not self.endless and now >= self._end_us:
            self.world.duration_us = self._end_us = now
            for spec in self.scenario.plan.submitters:
                self.runtime.submit(StopLoad(spec.name))
            self.phase = Phase.DRAINING
            self._look_us = now
        elif self.phase is Phase.DRAINING and (self._drained() or now >= self._end_us + self.scenario.drain_us):
            self._drained_us = now - self._end_us
            self.phase = Phase.SETTLING
            self._look_us = now

    def _alive(self) -> set[str]:
        return {name for name, process in self.runtime.processes().items() if process.state == "RUNNING"}

    def _drained(self) -> bool:
        """Whether everything has ended, by views younger than the end of the load."""
        views = self._world().of(SubmitterView)
        ended = {view.name for view in views if view.at > self._end_us and not view.outstanding}
        return (self.world.submitters & self._alive()) <= ended and not self._timeline.pending

    def _settle(self) -> None:
        """The last look: ask (again, if an answer stays away), judge when all have answered, look again if need be."""
        now = self.runtime.now_us()
        if now >= self._look_us:
            if self._asked_us is None:
                self._asked_us, self._asked_s = now, monotonic()
            self._look_us = now + LOOK_US
            self.runtime.ask(ALL)
        if self._asked_us is None:
            return
        seen = {view.name: view.at for view in self.runtime.views().values()}
        awaited = any(seen.get(name, -1) < self._asked_us for name in self._alive())
        if awaited and monotonic() < self._asked_s + SETTLE_LIMIT_S:
            return
        self._lost.append(lost_bios(self.runtime.views(), self._alive()))
        if self._lost[-1] == 0 or len(self._lost) == 2:
            self._finish()
        else:
            self._asked_us, self._look_us = None, now + SETTLE_US

    def _finish(self) -> None:
        world = self._world()
        if self.phase is Phase.PLAYING:
            world.duration_us = self.runtime.now_us()
        known = [count for count in self._lost if count is not None]
        world.lost = min(known) if known and not self.failed else None
        self.phase = Phase.DONE
