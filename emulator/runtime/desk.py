"""Where commands go out and their outcomes are kept until somebody asks (supervisor's side).

``kill`` and ``revive`` are done here, every other command is its machine's to do.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from emulator import messages
from emulator.commands import RUNTIME_VERBS, Command, Kill, Outcome
from emulator.runtime.endings import SURVIVABLE
from emulator.runtime.supervisor import Child, Supervisor

OUTCOMES_MAX = 1024
"""Outcomes that nobody asked for.  Policy: the oldest are forgotten."""


class CommandDesk:
    """Commands by serial.  *now_us* is the emulated time; *started* hears of every child that was started again."""

    def __init__(self, supervisor: Supervisor, now_us: Callable[[], int], started: Callable[[Child], None]) -> None:
        self._supervisor = supervisor
        self._now_us = now_us
        self._started = started
        self._serial = 0
        self._waiting: dict[int, tuple[Command, Child]] = {}
        self._outcomes: dict[int, Outcome] = {}

    def submit(self, command: Command) -> int:
        """Send *command* to its machine; returns its serial."""
        self._serial += 1
        serial = self._serial
        child = self._supervisor.children.get(command.target)
        if child is None:
            known = ", ".join(sorted(self._supervisor.children))
            self._settle(serial, errno.ESRCH, f"no machine {command.target!r} (there are {known})")
        elif command.verb in RUNTIME_VERBS:
            self._rule(serial, command, child)
        elif self._supervisor.send(child, (messages.COMMAND, serial, command.verb, command.arguments())):
            self._waiting[serial] = (command, child)
        else:
            self._settle(serial, errno.ESRCH, f"{child.name} has no process")
        return serial

    def _rule(self, serial: int, command: Command, child: Child) -> None:
        if isinstance(command, Kill):
            if not child.live:
                self._settle(serial, errno.ESRCH, f"{child.name} has no process")
                return
            child.killed = True
            self._waiting[serial] = (command, child)
            self._supervisor.kill(child)
        elif child.live:
            self._settle(serial, errno.EINVAL, f"{child.name} has a process (pid {child.pid})")
        elif child.kind not in SURVIVABLE:
            only = "only a device, a LUN or multipathd can come back"
            self._settle(serial, errno.EINVAL, f"{child.name} is a {child.kind}: {only}")
        elif self._supervisor.flapping(child):
            self._settle(serial, errno.EBUSY, f"{child.name} was started too often in a short time; try again later")
        else:
            self._revive(serial, child)

    def _revive(self, serial: int, child: Child) -> None:
        try:
            self._supervisor.start_again(child)
        except OSError as error:
            text = f"{child.name} could not be started: {error.strerror or error}"
            self._settle(serial, error.errno or errno.EAGAIN, text)
        else:
            self._started(child)
            self._settle(serial, 0, f"{child.name} is back (pid {child.pid})")

    def told(self, number: int, text: str) -> int:
        """A command that was carried out elsewhere; returns its serial."""
        self._serial += 1
        self._settle(self._serial, number, text)
        return self._serial

    def replied(self, serial: int, number: int, text: str) -> None:
        """A machine has answered."""
        if self._waiting.pop(serial, None) is not None:
            self._settle(serial, number, text)

    def gone(self, child: Child) -> None:
        """*child* has ended: its commands get their outcome."""
        for serial, (command, target) in list(self._waiting.items()):
            if target is child:
                del self._waiting[serial]
                if isinstance(command, Kill):
                    self._settle(serial, 0, f"{child.name} (pid {child.pid}) was killed")
                else:
                    self._settle(serial, errno.ENODEV, f"{child.name} ended before it answered")

    def _settle(self, serial: int, number: int, text: str) -> None:
        self._outcomes[serial] = Outcome(number, text, self._now_us())
        if len(self._outcomes) > OUTCOMES_MAX:
            del self._outcomes[next(iter(self._outcomes))]

    def outcome(self, serial: int) -> Outcome | None:
        """The outcome of a command, or None while it is not known; each is handed out once."""
        return self._outcomes.pop(serial, None)
