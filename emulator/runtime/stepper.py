"""Single steps while the clock stands: who has waited longest, and one step of it (supervisor's side).

Every child gathers what waits in its pipes and says since when the oldest of it waits (the time at which it was sent);
the one with the oldest steps.  When nothing waits anywhere, the emulated time moves to the earliest timer.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from emulator.runtime import control as word
from emulator.runtime.clock import Clock
from emulator.runtime.supervisor import Child, Supervisor
from emulator.runtime.waiting import Stepped, Waiting, mark_lines
from emulator.wire import Message


class Stepper:
    """Asks, chooses, steps.  *read* hears the children until a real time; *move* sets the standing clock."""

    def __init__(
        self, supervisor: Supervisor, clock: Clock, read: Callable[[float], None], move: Callable[[int], None]
    ) -> None:
        self._supervisor = supervisor
        self._clock = clock
        self._read = read
        self._move = move
        self._serial = 0
        self._answers: dict[str, tuple[Any, ...]] = {}
        """Of this round, by machine: since when something waits and the next timer, or what waits and how many more."""
        self._done: tuple[Any, ...] | None = None
        self._over = False
        """Whether the step of this round was done (or could not be)."""
        self._settled = False
        """Whether every machine is known to have seen the clock stand."""

    def unsettle(self) -> None:
        """The clock has been stopped just now: a machine may still be in the middle of what it was doing."""
        self._settled = False

    def heard(self, child: Child, message: Message) -> None:
        """Take WAITING, LISTED or STEPPED; answers of an earlier round are of no use any more."""
        if message[1] != self._serial:
            return
        if message[0] == word.STEPPED:
            self._done, self._over = message[2], True
        else:
            self._answers[child.name] = (message[2], message[3])

    def gone(self, name: str) -> None:
        """*name* will not answer any more."""
        self._answers.pop(name, None)

    def step(self, machine: str, limit_s: float) -> Stepped | None:
        """One step of *machine* ("": of the one that has waited longest); None if nothing is to do."""
        name = self._choose(machine, limit_s)
        return self._do(name, (word.STEP, self._serial), limit_s) if name else None

    def pick(self, item: Waiting, limit_s: float) -> Stepped | None:
        """Do *item*; None if it is not there any more.  Of a timer, the time moves to it."""
        self._serial += 1
        if item.blocked:
            return None
        if item.kind == "timer" and item.since_us > self._clock.now_us():
            self._move(item.since_us)
        which = item.since_us if item.kind == "timer" else item.serial
        return self._do(item.machine, (word.PICK, self._serial, item.kind, item.source, which), limit_s)

    def waiting(self, limit_s: float) -> tuple[list[Waiting], int]:
        """All that waits, in the order of the steps, and how many more there are."""
        if not self._ask("", word.LIST_ASK, limit_s):
            return [], 0
        found: list[tuple[int, str, int, Waiting]] = []
        later: list[Waiting] = []
        more = 0
        now_us = self._clock.now_us()
        for name, (items, left) in self._answers.items():
            more += left
            latest = 0
            for at, each in enumerate(items):
                kind, source, serial, said, number, what, stamp, deadline_us, tone = each
                since_us = deadline_us if kind == "timer" else now_us if kind == "context" else self._clock.at(stamp)
                item = Waiting(name, kind, source, serial, said, number, what, since_us, tone)
                if kind == "timer" and deadline_us > now_us:
                    later.append(item)
                    continue
                latest = max(latest, stamp)  # nothing overtakes within a machine's list
                found.append((latest, name, at, item))
        found.sort(key=lambda each: each[:3])
        later.sort(key=lambda item: (item.since_us, item.machine))
        return mark_lines([*(each[3] for each in found), *later], now_us), more

    def _do(self, name: str, order: Message, limit_s: float) -> Stepped | None:
        child = self._supervisor.children.get(name)
        if child is None:
            return None
        self._done, self._over = None, False
        self._supervisor.send(child, order)
        while not self._over and child.live and monotonic() < limit_s:
            self._read(limit_s)
        return Stepped(self._clock.now_us(), name, *self._done) if self._done is not None else None

    def _ask(self, machine: str, question: int, limit_s: float) -> bool:
        """Ask *machine* ("": all); whether every one that lives has answered.

        Who answers has stopped, and all it sent lies in the pipes: so the first round after a pause is asked twice, as
        one machine may have answered before another's last message reached it.
        """
        if not self._settled:
            if not self._round("", question, limit_s):
                return False
            self._settled = True
        return self._round(machine, question, limit_s)

    def _round(self, machine: str, question: int, limit_s: float) -> bool:
        self._serial += 1
        self._answers = {}
        asked = [
            child
            for child in self._supervisor.children.values()
            if child.state == "RUNNING"
            and machine in ("", child.name)
            and self._supervisor.send(child, (question, self._serial))
        ]
        while any(child.live and child.name not in self._answers for child in asked):
            if monotonic() >= limit_s:
                return False
            self._read(limit_s)
        return True

    def _choose(self, machine: str, limit_s: float) -> str:
        if not self._ask(machine, word.STEP_ASK, limit_s):
            return ""
        waiting = [(stamp, name) for name, (stamp, _) in self._answers.items() if stamp is not None]
        if waiting:
            return str(min(waiting)[1])
        timers = [(deadline, name) for name, (_, deadline) in self._answers.items() if deadline is not None]
        if not timers:
            return ""
        deadline, name = min(timers)
        self._move(deadline)
        return str(name)


class ProcessSteps:
    """The process runtime's share of :class:`emulator.runtime.api.Runtime` that is about stepping."""

    _stepper: Stepper
    _paused: bool
    _started: bool

    def step(self, machine: str = "", timeout_s: float = 1.0) -> Stepped | None:
        """See :meth:`emulator.runtime.api.Runtime.step`."""
        return self._standing("step").step(machine, monotonic() + timeout_s)

    def waiting(self, timeout_s: float = 1.0) -> tuple[list[Waiting], int]:
        """See :meth:`emulator.runtime.api.Runtime.waiting`."""
        return self._standing("waiting").waiting(monotonic() + timeout_s)

    def pick(self, item: Waiting, timeout_s: float = 1.0) -> Stepped | None:
        """See :meth:`emulator.runtime.api.Runtime.pick`."""
        return self._standing("pick").pick(item, monotonic() + timeout_s)

    def _standing(self, what: str) -> Stepper:
        if not self._paused or not self._started:
            raise ValueError(f"{what}: the clock does not stand (pause first)")
        return self._stepper
