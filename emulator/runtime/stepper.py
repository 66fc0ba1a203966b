"""Single steps while the clock stands: who has waited longest, and one step of it (supervisor's side).

Every child gathers what waits in its pipes and says since when the oldest of it waits (the time at which it was sent);
the one with the oldest steps.  When nothing waits anywhere, the emulated time moves to the earliest timer.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from emulator.runtime import control as word
from emulator.runtime.supervisor import Child, Supervisor
from emulator.wire import Message


class Stepper:
    """Asks, chooses, steps.  *read* hears the children until a real time; *move* sets the standing clock."""

    def __init__(self, supervisor: Supervisor, read: Callable[[float], None], move: Callable[[int], None]) -> None:
        self._supervisor = supervisor
        self._read = read
        self._move = move
        self._serial = 0
        self._waiting: dict[str, tuple[int | None, int | None]] = {}
        """Answers of this round: since when something waits, next timer."""
        self._done: str | None = None

    def heard(self, child: Child, message: Message) -> None:
        """Take WAITING or STEPPED; answers of an earlier round are of no use any more."""
        if message[1] != self._serial:
            return
        if message[0] == word.WAITING:
            self._waiting[child.name] = (message[2], message[3])
        else:
            self._done = message[2]

    def gone(self, name: str) -> None:
        """*name* will not answer any more."""
        self._waiting.pop(name, None)

    def step(self, machine: str, limit_s: float) -> str:
        """One step of *machine* ("": of the one that has waited longest); "name: what", or "" if nothing is to do."""
        name = self._choose(machine, limit_s)
        if not name:
            return ""
        child = self._supervisor.children[name]
        self._done = None
        self._supervisor.send(child, (word.STEP, self._serial))
        while self._done is None and child.live and monotonic() < limit_s:
            self._read(limit_s)
        return f"{name}: {self._done}" if self._done else ""

    def _choose(self, machine: str, limit_s: float) -> str:
        self._serial += 1
        self._waiting = {}
        asked = [
            child
            for child in self._supervisor.children.values()
            if child.state == "RUNNING"
            and machine in ("", child.name)
            and self._supervisor.send(child, (word.STEP_ASK, self._serial))
        ]
        while any(child.live and child.name not in self._waiting for child in asked):
            if monotonic() >= limit_s:
                return ""
            self._read(limit_s)
        waiting = [(stamp, name) for name, (stamp, _) in self._waiting.items() if stamp is not None]
        if waiting:
            return min(waiting)[1]
        timers = [(deadline, name) for name, (_, deadline) in self._waiting.items() if deadline is not None]
        if not timers:
            return ""
        deadline, name = min(timers)
        self._move(deadline)
        return name
