"""What every action stands on: the model, the feed, the undo history, and a way to tell and to ask (UI thread)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dmtui import keymap
from dmtui.continued import started_as_job
from dmtui.feed import Notice
from dmtui.inorder import InOrder
from dmtui.keymap import KeyHint
from dmtui.model import deeds
from dmtui.model.frame import Coming, Frame
from dmtui.model.hindrance import WHY_NOT, state_of
from dmtui.model.log import LogLine
from dmtui.model.state import Model
from dmtui.screens.dashboard import Dashboard
from dmtui.screens.modal import Dialog
from dmtui.screens.simple import Confirm

if TYPE_CHECKING:
    from prompt_toolkit.history import History
    from textual.notifications import SeverityLevel
    from textual.timer import Timer

    from dmtui.model.lanes import Interest
    from emulator.commands import Command
    from emulator.lab.deedlog import Told
    from emulator.plan import FaultSpec
    from emulator.runtime.waiting import StepOrder
    from emulator.trace.life import Life

EXIT_ENDED = 3
"""Exit status when the md or the softirq worker died."""
NOTICE_S = 5.0
"""Time for which a notice stands on the key line."""


class Source(Protocol):
    """What the app needs of the feed."""

    failed: str
    error: str
    most: int
    wake: Callable[[], None]
    coming: Coming | None

    def drain(self) -> list[Frame]:
        """Frames since the last call."""
        ...

    def notices(self) -> list[Notice]:
        """Notices since the last call."""
        ...

    def give(self, text: str, command: Command) -> int:
        """Hand over a command."""
        ...

    def open(self, scenario: str) -> bool:
        """Open another scenario."""
        ...

    def say(self, line: str) -> bool:
        """Begin a console line."""
        ...

    def interrupt(self) -> bool:
        """Ctrl-C for the newest console line that waits."""
        ...

    def look(self, subject: str, detail: bool = False) -> bool:
        """Ask for a life; "" = nobody looks any more."""
        ...

    def lives(self) -> Life | None:
        """The newest life that was told."""
        ...

    def step(self, text: str, order: StepOrder) -> int:
        """Step while the clock stands; its outcome comes with a frame."""
        ...

    def want(self, interest: Interest) -> bool:
        """Say what the screen shows of messages and of what waits."""
        ...

    def touch(self) -> None:
        """Say that somebody is at the keys or the mouse."""
        ...

    def deeds(self, tell: Callable[[Told], None]) -> bool:
        """Let *tell* be called, by another thread, with what was done until now."""
        ...


class Base(InOrder):
    """The app without its actions and its frame clock."""

    source: Source
    model: Model
    undo: deeds.History
    specs: dict[str, FaultSpec]
    """Faults made in the dialog, by target and name."""
    dashboard: Dashboard
    hints: Sequence[KeyHint] = keymap.HINTS
    """The key table, with a person's own keys."""
    _notice_timer: Timer | None = None
    state_file: Path | None = None
    """Where the dashboard keeps what it remembers; a person's presets are beside it."""
    history: History | None = None
    """Of the console; opened with it."""

    def draw_frame(self) -> int:
        """Draw what changed; the app with the frame clock says how."""
        raise AssertionError("an app without a frame")

    def notify(
        self, message: str, *, title: str = "", severity: SeverityLevel = "information", timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Say it on the key line for a while: a toast would cover a panel."""
        style = {"information": "accent", "warning": "busy", "error": "fault"}[severity]
        glyph = {"information": "·", "warning": "▲", "error": "×"}[severity]
        said = f"{glyph} {title}: {message}" if title else f"{glyph} {message}"
        keys = self.dashboard.keys
        keys.notice = (said, style)
        if self._notice_timer is not None:
            self._notice_timer.stop()
        self._notice_timer = self.set_timer(timeout or NOTICE_S, self._hush)
        for screen in self.screen_stack[-1:]:
            if isinstance(screen, Dialog):
                screen.say(said)
        self._selected()

    def _hush(self) -> None:
        self.dashboard.keys.notice = None
        self._selected()

    def do(self, make: Callable[[], deeds.Deed], undoable: bool = True) -> None:
        """Make a deed and hand its orders to the feed; a key that means nothing here says why."""
        if state_of(self.model):
            self.notify(f"nothing can be done: {WHY_NOT[state_of(self.model)]}", severity="warning")
            return
        try:
            with self.present():
                deed, at_us = make(), self.model.now_us
        except deeds.CannotDo as error:
            self.notify(str(error), severity="warning")
            return
        for order in deed.orders:
            if not self.source.give(deed.text, order):
                self.notify("too many orders wait already", title=deed.text, severity="error")
                return
        if undoable:
            self.undo.add(deed, at_us)
        self.model.say(LogLine(at_us, "»", "mine", "you", "key", deed.text))
        if self.model.paused and deeds.needs_time(deed):
            go, step = self.key("clock.pause"), self.key("step.event")
            self.notify(f"{deed.text} waits for the emulated clock: {go} lets it run, {step} steps", severity="warning")
        elif failed := deeds.left_failed(self.model, deed):
            self.notify(f"{deed.text}: {' and '.join(failed)} {self.stays_failed(len(failed))}")

    def stays_failed(self, paths: int = 1) -> str:
        """What to say of a path that is failed when its cause is gone."""
        stays, they, them = ("stays", "it is", "it") if paths == 1 else ("stay", "they are", "them")
        until = f"multipathd reinstates {them}" if self.model.checked else f"{they} reinstated"
        return f"{stays} failed until {until} ({self.key('path.toggle')})"

    def present(self) -> AbstractContextManager[None]:
        """Within it the model is as the emulator is, however old what the screen shows may be."""
        return nullcontext()

    def key(self, id: str) -> str:
        """How the key of an action is written."""
        return next(hint.name for hint in self.hints if hint.id == id)

    def ask(self, question: str, consequence: str, make: Callable[[], deeds.Deed]) -> None:
        """Do something only if the answer is yes."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.do(make)

        self.push_screen(Confirm(question, consequence), answered)

    def _selected(self) -> None:
        self.model.touch()
        self.draw_frame()

    def action_to_shell(self) -> None:
        """Stop, as a terminal's Ctrl-Z does, where a shell can bring it back."""
        if self._driver is None or not self._driver.can_suspend or not started_as_job():
            self.notify("no shell could bring dmtui back: none with job control started it", severity="warning")
            return
        self.action_suspend_process()

    def action_leave(self) -> None:
        """Quit: 3 if the emulation ended before."""
        self.exit(EXIT_ENDED if self.source.failed or self.model.failed else 0)
