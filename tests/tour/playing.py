"""A source whose emulator is turned by the screen's own frames: the app with a live simulation and no thread."""

from __future__ import annotations

from dmtui.model.frame import Frame
from dmtui.play import Play
from dmtui.starting import load
from emulator.commands import Command
from emulator.lab.run import Run
from emulator.trace.life import Life
from tests.ui.fake import FakeSource

SLICE_S = 0.0005
"""Emulated seconds between two frames: those of a chapter's slow clock at ten frames a second."""


class PlayedSource(FakeSource):
    """Each :meth:`drain` lets the emulator go on a little and gives one frame; what it does not play it remembers."""

    def __init__(self, scenario: str) -> None:
        super().__init__()
        self.most = 64
        self._serial = 0
        self._ticket = 0
        self.play = self._play(scenario)

    def _play(self, scenario: str) -> Play:
        self._serial += 1
        self.opened.append(scenario)
        return Play(Run(load(scenario), "simulation", console=True), self._serial)

    def open(self, scenario: str) -> bool:
        """In place of the one before."""
        self.play.close()
        self.play = self._play(scenario)
        return True

    def drain(self) -> list[Frame]:
        """A little time, one frame."""
        events = self.play.turn(SLICE_S)
        self.play.runtime.ask(self.most)
        self.failed = self.play.runtime.failed
        return [self.play.frame(tuple(events), 0)]

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
