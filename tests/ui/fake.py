"""A source of frames that tests hold in their hands: it gives what they put in, and remembers every order."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dmtui.feed import Notice
from dmtui.model.frame import Coming, Frame
from dmtui.model.lanes import Interest
from emulator.commands import Command
from emulator.lab.deedlog import Told
from emulator.runtime.waiting import StepOrder
from emulator.scenario.library import load_scenario
from emulator.trace.life import Life


class FakeSource:
    """Implements dmtui.app.Source without any thread."""

    def __init__(self, frames: Iterable[Frame] = ()) -> None:
        self.failed = ""
        self.error = ""
        self.most = 0
        self.coming: Coming | None = None
        self.wake = lambda: None
        self.frames: list[Frame] = list(frames)
        self.orders: list[tuple[str, Command]] = []
        self.opened: list[str] = []
        self.lines: list[str | None] = []
        """Console lines; None is Ctrl-C."""
        self.told: list[Notice] = []
        self.full = False
        self.looked: list[tuple[str, bool]] = []
        """Lives asked for; "" = nobody looks any more."""
        self.life: Life | None = None
        self.steps: list[StepOrder] = []
        self.wanted: list[Interest] = []
        self.touches = 0
        self.done: Told | None = None
        """What a person did until now."""

    def drain(self) -> list[Frame]:
        """What was put in."""
        frames, self.frames = self.frames, []
        return frames

    def notices(self) -> list[Notice]:
        """What was put in."""
        told, self.told = self.told, []
        return told

    def give(self, text: str, order: Command) -> int:
        """Remember the order."""
        if self.full:
            return 0
        self.orders.append((text, order))
        return len(self.orders)

    def open(self, scenario: str) -> bool:
        """Remember the scenario."""
        self.opened.append(scenario)
        return True

    def say(self, line: str) -> bool:
        """Remember the line."""
        if not self.full:
            self.lines.append(line)
        return not self.full

    def look(self, subject: str, detail: bool = False) -> bool:
        """Remember whose life."""
        self.looked.append((subject, detail))
        return not self.full

    def step(self, text: str, order: StepOrder) -> int:
        """Remember the step."""
        if self.full:
            return 0
        self.steps.append(order)
        return len(self.steps)

    def want(self, interest: Interest) -> bool:
        """Remember what the screen shows."""
        self.wanted.append(interest)
        return True

    def touch(self) -> None:
        """Count it."""
        self.touches += 1

    def lives(self) -> Life | None:
        """What was put in."""
        life, self.life = self.life, None
        return life

    def deeds(self, tell: Callable[[Told], None]) -> bool:
        """Tell what was put in, else that nothing was done in the story of the scenes."""
        tell(self.done or Told(load_scenario("one-path-fails"), 1_000_000, ()))
        return not self.full

    def interrupt(self) -> bool:
        """Remember it."""
        self.lines.append(None)
        return True
