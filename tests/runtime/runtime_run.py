"""What the tests of the process runtime hold in their hands: toys that run, with bounded waits."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import monotonic
from typing import Any

from emulator.commands import Command, Outcome
from emulator.events import Event
from emulator.plan import Plan
from emulator.runtime.process import ProcessRuntime

LIMIT_S = 60.0
"""Bound of every wait; reached only when the test fails."""

Make = Callable[..., "Run"]


def open_files() -> dict[int, str]:
    """This process's descriptors."""
    found = {}
    for fd in os.listdir("/proc/self/fd"):
        try:
            found[int(fd)] = os.readlink(f"/proc/self/fd/{fd}")
        except FileNotFoundError:
            continue  # the descriptor that listdir itself used
    return found


class Run:
    """A runtime of toys with bounded waits; keeps every event that it was given."""

    def __init__(self, plan: Plan, **options: Any) -> None:
        self.runtime = ProcessRuntime(plan, machine_factory="runtime_toys:build_machine", **options)
        self.events: list[Event] = []
        self.pids = {info.name: info.pid for info in self.runtime.processes().values()}

    def until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Go on until *condition*; fails at the limit."""
        limit = monotonic() + LIMIT_S
        while not condition():
            assert monotonic() < limit, f"never came: {what or condition}; failed: {self.runtime.failed!r}"
            self.events += self.runtime.advance(0.05)

    def up(self) -> Run:
        """Wait until the clock runs."""
        self.until(lambda: self.runtime.now_us() > 0, "the start")
        return self

    def look(self) -> None:
        """Ask every live machine and wait until each has answered after now."""
        live = [info.name for info in self.runtime.processes().values() if info.state == "RUNNING"]
        old = dict(self.runtime.views())
        self.runtime.ask()
        self.until(lambda: all(self.runtime.views().get(name) is not old.get(name) for name in live), "views")

    def view(self, name: str) -> Any:
        """A new view of *name*."""
        self.look()
        return self.runtime.views()[name]

    def tell(self, command: Command) -> Outcome:
        """Submit and wait for the outcome."""
        serial = self.runtime.submit(command)
        found: list[Outcome] = []

        def answered() -> bool:
            outcome = self.runtime.outcome(serial)
            found.extend([outcome] if outcome else [])
            return bool(found)

        self.until(answered, f"an outcome of {command}")
        return found[0]

    def kinds(self) -> list[str]:
        """Kinds of the events so far."""
        return [event.kind for event in self.events]
