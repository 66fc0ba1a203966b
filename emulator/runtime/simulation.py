"""The simulation runtime: every machine of a plan in one process, on a virtual clock, in an order that a seed decides.

The same plan and seed give the same history, byte for byte.  Time stands still while any message is under way or any
context is ready; then it jumps to the next deadline.  Runs in the thread of whoever calls :meth:`Simulation.advance`.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable, Collection, Mapping
from random import Random
from types import TracebackType
from typing import Any, Self

from emulator.commands import RUNTIME_VERBS, ClockCommand, Command, Kill, Outcome
from emulator.events import Event
from emulator.machine import Machine, Message
from emulator.messages import COMMAND, EVENT, REPLY, SUPERVISOR
from emulator.plan import MdSpec, Plan
from emulator.runtime.api import MachineKind, ProcessInfo, turn_clock
from emulator.runtime.endings import SURVIVABLE, is_needed
from emulator.runtime.population import with_md, without_md
from emulator.runtime.records import SimulationRecords
from emulator.runtime.simstep import GONE, NEVER, SimStepper
from emulator.runtime.waiting import Stepped, Waiting
from emulator.snapshot import View
from emulator.trace.recorder import EVENTS_MAX

Builder = Callable[[Plan, str, int, Callable[[], int]], Machine]
ADDED_SEED = 1 << 32
"""Between the seeds of machines that were added: far from those of revived ones."""
AT_ONCE_MOST = 256
"""Deliveries at one instant that cost no time; each further one costs a microsecond, so that time always goes on."""


class Simulation(SimulationRecords):
    """A :class:`emulator.runtime.api.Runtime` without processes."""

    def __init__(
        self,
        plan: Plan,
        *,
        seed: int | None = None,
        build: Builder | None = None,
        kinds: Mapping[str, MachineKind] | None = None,
        pairs: frozenset[tuple[str, str]] | None = None,
        after_step: Callable[[Machine], None] | None = None,
    ) -> None:
        if build is None or kinds is None or pairs is None:
            from emulator import build as house  # the only place where a runtime meets the machines it carries

            build, kinds, pairs = house.build_machine, house.topology(plan), house.links(plan)
        self.plan = plan
        self.seed = plan.seed if seed is None else seed
        self._build = build
        self._kinds = kinds
        self._pairs = pairs
        self._after_step = after_step
        """Called with each machine that moved: where invariants are checked."""
        self._rng = Random(f"{self.seed}/order")
        self._now = 0
        self._paused = False
        self._speed = plan.speed
        self._failed = ""
        self._serial = 0
        self._events: deque[Event] = deque()
        """Emptied by every advance, which returns as soon as there is one."""
        self._outcomes: dict[int, Outcome] = {}
        self._views: dict[str, View] = {}
        self._channels: dict[tuple[str, str], list[Message]] = {}
        """Messages under way; only non-empty channels are in it."""
        self._order: list[tuple[str, str]] = []
        self._dead: dict[str, ProcessInfo] = {}
        self._revived = 0
        self._added = 0
        self._deadlines: dict[str, int] = {}
        self._at_once = 0
        SimulationRecords.__init__(self)
        self.machines: dict[str, Machine] = {}
        self._stepper = SimStepper(self.machines, self._channels, self._order, self._deadlines, self._moved)
        for name in kinds:
            self._add(name, self.seed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def _clock_ns(self) -> int:
        return self._now * 1000

    def _add(self, name: str, seed: int) -> None:
        machine = self._build(self.plan, name, seed, self._clock_ns)
        self.machines[name] = machine
        machine.now_us = self._now
        self._record_of(machine)
        for source, destination in sorted(self._pairs):
            if destination == name and source in self._dead:
                machine.peer_absent(self._now, source)
        self._moved(machine)

    # -- the loop ------------------------------------------------------------------------------------------

    def now_us(self) -> int:
        """Virtual microseconds."""
        return self._now

    def advance(self, timeout_s: float) -> list[Event]:
        """Play at most *timeout_s* emulated seconds, up to the next event."""
        return self.advance_until(self._now + round(timeout_s * 1_000_000), timeout_s)

    def advance_until(self, at_us: int, timeout_s: float) -> list[Event]:
        """Play up to the next event, not past *at_us* or *timeout_s* emulated seconds."""
        limit = min(at_us, self._now + round(timeout_s * 1_000_000))
        if not self._paused:
            while not self._events and not self._failed and self.progress(limit):
                pass
        happened = list(self._events)
        self._events.clear()
        return happened

    def wake_by(self, fd: int) -> None:
        """It never waits."""

    def progress(self, limit_us: int = NEVER) -> bool:
        """Deliver one channel's messages, or go on to the next deadline (not past *limit_us*); False if neither."""
        if self._order:
            self._at_once += 1
            if self._at_once > AT_ONCE_MOST:
                if self._now >= limit_us:
                    return False
                self._now += 1
                if min(self._deadlines.values()) <= self._now:
                    return self._fire(limit_us)
            self._deliver()
            return True
        self._at_once = 0
        return self._fire(limit_us)

    def step(self, machine: str = "", timeout_s: float = 1.0) -> Stepped | None:
        """See :meth:`emulator.runtime.api.Runtime.step`."""
        return self._stepped(self._standing("step").step(machine, self._now))

    def waiting(self, timeout_s: float = 1.0) -> tuple[list[Waiting], int]:
        """See :meth:`emulator.runtime.api.Runtime.waiting`."""
        return self._standing("waiting").waiting(self._now)

    def pick(self, item: Waiting, timeout_s: float = 1.0) -> Stepped | None:
        """See :meth:`emulator.runtime.api.Runtime.pick`."""
        return self._stepped(self._standing("pick").pick(item, self._now))

    def _standing(self, what: str) -> SimStepper:
        if not self._paused:
            raise ValueError(f"{what}: the clock does not stand (pause first)")
        return self._stepper

    def _stepped(self, step: Stepped | None) -> Stepped | None:
        self._now = step.at_us if step is not None else self._now
        return step

    def _fire(self, limit_us: int) -> bool:
        """Let the machine with the earliest deadline go on; of others due at that time some, by the seed."""
        due = min(self._deadlines.values(), default=NEVER)
        if due > limit_us:
            self._now = max(self._now, min(limit_us, NEVER - 1)) if limit_us < NEVER else self._now
            return False
        self._now = max(self._now, due)
        names = [name for name, at in self._deadlines.items() if at <= self._now]
        if len(names) > 1:
            self._rng.shuffle(names)
            # What is left is due still: messages of those that went on may reach their peers before it.
            del names[self._rng.randrange(len(names)) + 1 :]
        for name in names:
            machine = self.machines[name]
            machine.advance(self._now)
            machine.run(self._now, self._rng)
            self._moved(machine)
        return True

    def _deliver(self) -> None:
        order = self._order
        index = self._rng.randrange(len(order)) if len(order) > 1 else 0
        pair = order[index]
        order[index] = order[-1]
        order.pop()
        self._hand_over(pair)

    def _hand_over(self, pair: tuple[str, str]) -> None:
        messages = self._channels.pop(pair)
        source, destination = pair
        machine = self.machines.get(destination)
        if machine is None:
            return
        for message in messages:
            if message is GONE:
                machine.peer_gone(self._now, source)
            else:
                machine.receive(self._now, source, message)
        machine.run(self._now, self._rng)
        self._moved(machine)

    def _moved(self, machine: Machine) -> None:
        """Carry what *machine* sent, and note its next deadline."""
        name = machine.name
        if machine.out:
            for destination, messages in machine.take_output().items():
                if destination == SUPERVISOR:
                    for message in messages:
                        self._hear(name, message)
                elif destination in self.machines:
                    self._carry(name, destination, messages)
        if machine.trace is not None and len(machine.trace) > EVENTS_MAX:
            self._turn_record(machine)
        due = machine.deadline_us()
        self._deadlines[name] = NEVER if due is None else due
        if self._after_step is not None:
            self._after_step(machine)

    def _carry(self, source: str, destination: str, messages: list[Message]) -> None:
        pair = (source, destination)
        waiting = self._channels.get(pair)
        if waiting is None:
            self._channels[pair] = messages
            self._order.append(pair)
        else:
            waiting.extend(messages)

    def _hear(self, name: str, message: Message) -> None:
        if message[0] == EVENT:
            self._happened(message[1], name, message[2], message[3])
        elif message[0] == REPLY:
            self._outcomes[message[1]] = Outcome(message[2], message[3], self._now)

    def _happened(self, at_us: int, machine: str, kind: str, details: Mapping[str, Any]) -> None:
        self._serial += 1
        self._events.append(Event(at_us, self._serial, machine, kind, details))

    # -- commands ------------------------------------------------------------------------------------------

    def submit(self, command: Command) -> int:
        """Carry out a command at the present virtual time."""
        self._serial += 1
        serial = self._serial
        target = command.target
        if isinstance(command, ClockCommand):
            self._outcomes[serial] = Outcome(*turn_clock(self, command), self._now)
        elif command.verb in RUNTIME_VERBS:
            done = self._kill(target) if isinstance(command, Kill) else self._revive(target)
            self._outcomes[serial] = Outcome(*done, self._now)
        elif target not in self.machines:
            self._outcomes[serial] = Outcome(errno.ESRCH, f"no machine named {target!r} runs", self._now)
        else:
            machine = self.machines[target]
            machine.receive(self._now, SUPERVISOR, (COMMAND, serial, command.verb, command.arguments()))
            machine.run(self._now, self._rng)
            self._moved(machine)
        return serial

    def outcome(self, serial: int) -> Outcome | None:
        """The outcome of a command, once."""
        return self._outcomes.pop(serial, None)

    def _kill(self, name: str) -> tuple[int, str]:
        if name not in self.machines:
            return errno.ESRCH, f"no machine named {name!r} runs"
        kind = self._kinds[name]
        del self.machines[name]
        del self._deadlines[name]
        self._dead[name] = ProcessInfo(name, kind, 0, "KILLED", -9, "", 0)
        self._happened(self._now, name, "process_exited", {"machine": name, "pid": 0, "status": -9, "words": ""})
        if is_needed(self.plan, name, kind):
            self._failed = f"the {kind} {name} is gone: the emulation cannot go on"
        for source, destination in sorted(self._pairs):
            if source == name:
                self._carry(name, destination, [GONE])
        return 0, f"{name} killed"

    def _revive(self, name: str) -> tuple[int, str]:
        if name not in self._dead or self._failed or self._kinds[name] not in SURVIVABLE:
            return errno.EINVAL, f"{name!r} is not a machine that vanished and can come back"
        del self._dead[name]
        self._revived += 1
        self._add(name, self.seed + self._revived)
        self._happened(self._now, name, "process_started", {"machine": name, "pid": 0})
        for source, destination in sorted(self._pairs):
            if source == name and destination in self.machines:
                peer = self.machines[destination]
                self._flush_channel((name, destination))
                peer.peer_back(self._now, name)
                peer.run(self._now, self._rng)
                self._moved(peer)
        return 0, f"{name} runs again"

    def add_md(self, spec: MdSpec) -> None:
        """See :meth:`emulator.runtime.api.Runtime.add_md`."""
        plan = with_md(self.plan, spec, self._kinds)
        self._see(plan)
        self._added += 1
        self._add(spec.name, self.seed + self._added * ADDED_SEED)
        self._happened(self._now, spec.name, "process_started", {"machine": spec.name, "pid": 0})
        for peer in self._peers(spec.name):
            peer.peer_added(self._now, spec)
            peer.run(self._now, self._rng)
            self._moved(peer)

    def remove_md(self, name: str) -> None:
        """See :meth:`emulator.runtime.api.Runtime.remove_md`."""
        plan = without_md(self.plan, name)
        for peer in self._peers(name):
            self._flush_channel((name, peer.name))
            peer.peer_removed(self._now, name)
            peer.run(self._now, self._rng)
            self._moved(peer)
        self._order[:] = [pair for pair in self._order if name not in pair]
        for pair in [pair for pair in self._channels if name in pair]:
            del self._channels[pair]
        self.machines.pop(name, None)
        self._deadlines.pop(name, None)
        self._views.pop(name, None)
        self._see(plan)
        self._happened(self._now, name, "md_removed", {"md": name, "pid": 0})

    def _see(self, plan: Plan) -> None:
        """Play *plan* from now on."""
        from emulator import build as house

        self.plan, self._kinds, self._pairs = plan, house.topology(plan), house.links(plan)

    def _peers(self, name: str) -> list[Machine]:
        return [self.machines[to] for source, to in sorted(self._pairs) if source == name and to in self.machines]

    def _flush_channel(self, pair: tuple[str, str]) -> None:
        """What the dead machine had sent arrives before its successor is announced."""
        if pair in self._channels:
            self._order.remove(pair)
            self._hand_over(pair)

    # -- looking -------------------------------------------------------------------------------------------

    def ask(self, most: int = 64, machines: Collection[str] | None = None) -> None:
        """Take the views now."""
        for name, machine in self.machines.items():
            if machines is None or name in machines:
                machine.now_us = max(machine.now_us, self._now)
                self._views[name] = machine.snapshot(most)

    def views(self) -> Mapping[str, View]:
        """The newest views."""
        return self._views

    def processes(self) -> Mapping[str, ProcessInfo]:
        """Every machine, as if it were a process."""
        alive = {name: ProcessInfo(name, self._kinds[name], 0, "RUNNING", None, "", 0) for name in self.machines}
        return alive | self._dead

    def pause(self) -> None:
        """Stand still."""
        self._paused = True
        self._stepper.stamp(self._now)

    def go(self) -> None:
        """Go on; first with what single steps have left in the middle."""
        self._paused = False
        self._stepper.forget()
        for machine in self.machines.values():
            if machine.ready:
                machine.run(self._now, self._rng)
                self._moved(machine)

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._paused

    @property
    def speed(self) -> float:
        """Kept for the report; a virtual clock has no speed."""
        return self._speed

    def set_speed(self, speed: float) -> None:
        """See :meth:`emulator.runtime.api.Runtime.set_speed`."""
        if not 0.001 <= speed <= 100:
            raise ValueError(f"speed must be between 0.001 and 100, found {speed:g}")
        self._speed = speed

    @property
    def failed(self) -> str:
        """Why it cannot go on, or ""."""
        return self._failed

    def close(self) -> None:
        """Forget everything."""
        self.machines.clear()
        self._channels.clear()
        self._order.clear()
        self._deadlines.clear()
