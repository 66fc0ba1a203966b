"""A source whose emulator is turned by the screen's own frames: the app with a live simulation and no thread."""

from __future__ import annotations

from collections.abc import Callable

from dmtui.feed import CannotOpen, Notice, load
from dmtui.model.frame import Frame
from dmtui.play import Play
from emulator.commands import Command
from emulator.lab.run import Run
from emulator.trace.life import Life

SLICE_S = 0.0005
"""Emulated seconds between two frames: those of a chapter's slow clock at ten frames a second."""


class PlayedSource:
    """Implements dmtui.app.Source; each :meth:`drain` lets the emulator go on a little and gives one frame."""

    def __init__(self, scenario: str) -> None:
        self.failed = ""
        self.error = ""
        self.most = 64
        self.wake: Callable[[], None] = lambda: None
        self._told: list[Notice] = []
        self._serial = 0
        self._ticket = 0
        self.opened: list[str] = []
        self.open(scenario)

    def open(self, scenario: str) -> bool:
        """In place of the one before."""
        try:
            loaded = load(scenario)
        except CannotOpen as error:
            self._told.append(Notice(f"{scenario} cannot be opened", tuple(error.lines)))
            return True
        if self._serial:
            self.play.close()
        self._serial += 1
        self.opened.append(scenario)
        self.play = Play(Run(loaded, "simulation", console=True), self._serial)
        return True

    def drain(self) -> list[Frame]:
        """A little time, one frame."""
        events = self.play.turn(SLICE_S)
        self.play.runtime.ask(self.most)
        self.failed = self.play.runtime.failed
        return [self.play.frame(tuple(events), 0)]

    def notices(self) -> list[Notice]:
        """What cannot be opened."""
        told, self._told = self._told, []
        return told

    def give(self, text: str, command: Command) -> int:
        """Hand over a command."""
        self._ticket += 1
        self.play.order(self._ticket, text, command)
        return self._ticket

    def say(self, line: str) -> bool:
        """Begin a console line."""
        self.play.talk.line(line)
        return True

    def interrupt(self) -> bool:
        """Ctrl-C."""
        self.play.talk.interrupt()
        return True

    def look(self, subject: str, detail: bool = False) -> bool:
        """Ask for a life."""
        self.play.tell_life(subject, detail)
        return True

    def lives(self) -> Life | None:
        """The newest one."""
        life, self.play.life = self.play.life, None
        return life

    def close(self) -> None:
        """Leave nothing behind."""
        self.play.close()
