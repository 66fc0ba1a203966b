"""The Textual app: modes, bindings and the one frame clock.  What keys mean is in dmtui.model.deeds (UI thread)."""

from __future__ import annotations

import signal
import sys
from collections import deque
from collections.abc import Callable
from time import monotonic, process_time
from typing import Protocol

from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from dmtui import keymap
from dmtui.feed import CannotOpen, Feed, Notice
from dmtui.model import deeds
from dmtui.model.frame import Frame
from dmtui.model.log import LogLine
from dmtui.model.numbers import errno_name
from dmtui.model.selection import STAGES
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.header import Pulse
from dmtui.screens.dashboard import Dashboard
from dmtui.theme import DEFAULTS, THEMES

FPS = 20
DEFAULT_SCENARIO = "one-path-fails"
EXIT_ENDED = 3
"""Exit status when the md or the softirq worker died."""


class Source(Protocol):
    """What the app needs of the feed."""

    failed: str
    error: str
    most: int

    def drain(self) -> list[Frame]:
        """Frames since the last call."""
        ...

    def notices(self) -> list[Notice]:
        """Notices since the last call."""
        ...

    def give(self, text: str, order: deeds.Order) -> int:
        """Hand over an order."""
        ...

    def open(self, scenario: str) -> int:
        """Open another scenario."""
        ...


class DmtuiApp(App[int]):
    """The dashboard.  Without *clock* nothing is drawn until :meth:`draw_frame` is called (tests)."""

    TITLE = "dmtui"
    BINDINGS = list[Binding](keymap.bindings())  # type: ignore[assignment]
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(self, source: Source, clock: bool = True) -> None:
        super().__init__()
        self.source = source
        self.model = Model()
        self.undo = deeds.History()
        self._clock = clock
        self._drawn = -1
        self._frames: deque[float] = deque(maxlen=FPS * 2)
        self._cpu = (monotonic(), process_time())
        self._tick_due = 0.0
        self._lag_s = 0.0
        self._given: dict[int, deeds.Deed] = {}
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        self.dashboard = Dashboard(self.model)

    # -- life ------------------------------------------------------------------------------------------------

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DEFAULTS

    def get_default_screen(self) -> Screen[None]:
        return self.dashboard

    def on_mount(self) -> None:
        """Start the clock, and make SIGTERM and SIGHUP an ordinary way out."""
        if self._clock:
            self._loop_signals()
            self.set_interval(1 / FPS, self._tick)

    def _loop_signals(self) -> None:
        import asyncio

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.exit, 128 + number)

    def _tick(self) -> None:
        now = monotonic()
        if self._tick_due:
            self._lag_s = max(0.0, now - self._tick_due)
        self._tick_due = now + 1 / FPS
        self.draw_frame()

    def draw_frame(self) -> int:
        """Take what the feed has, reduce it, draw what changed; returns the number of lines repainted."""
        if self.source.error:
            self.exit(1, message=None)
            return 0
        for frame in self.source.drain():
            if frame.story.serial != self.model.story.serial:
                self.undo.clear()
            self.model.apply(frame)
            self._answer(frame)
        for notice in self.source.notices():
            self.show_notice(notice)
        if self.model.version == self._drawn or self.screen is not self.dashboard:
            return 0
        self._drawn = self.model.version
        self._measure()
        self.source.most = self.dashboard.lines_wanted
        return self.dashboard.draw()

    def _measure(self) -> None:
        now = monotonic()
        self._frames.append(now)
        since, spent = self._cpu
        if now - since >= 1.0:
            lately = [at for at in self._frames if at > now - 1.0]
            cpu = process_time()
            self.dashboard.header.pulse = Pulse(float(len(lately)), self._lag_s * 1e3, (cpu - spent) / (now - since))
            self._cpu = (now, cpu)

    def _answer(self, frame: Frame) -> None:
        for done in frame.done:
            self._given.pop(done.ticket, None)
            if not done.outcome.ok:
                reason = f": {done.outcome.text}" if done.outcome.text else ""
                self.notify(f"{errno_name(done.outcome.errno)}{reason}", title=done.text, severity="error")

    # -- doing -----------------------------------------------------------------------------------------------

    def do(self, make: Callable[[], deeds.Deed], undoable: bool = True) -> None:
        """Make a deed and hand its orders to the feed; a key that means nothing here says why."""
        try:
            deed = make()
        except deeds.CannotDo as error:
            self.notify(str(error), severity="warning")
            return
        for order in deed.orders:
            if not self.source.give(deed.text, order):
                self.notify("too many orders wait already", title=deed.text, severity="error")
                return
        if undoable:
            self.undo.add(deed)
        self.model.say(LogLine(self.model.now_us, "»", "mine", "you", "key", deed.text))

    def action_fault(self, word: str) -> None:
        """One-key fault."""
        self.do(lambda: deeds.toggle_fault(self.model, word))

    def action_toggle_path(self) -> None:
        """Fail or reinstate."""
        self.do(lambda: deeds.toggle_path(self.model))

    def action_clear(self) -> None:
        """Clear the target's faults."""
        name = deeds.target_of(self.model).name
        self.do(lambda: deeds.clear_faults(self.model, name, deeds.faults_on(self.model, name)))

    def action_suspend(self) -> None:
        """Suspend with flush, or interrupt."""
        self.do(lambda: deeds.suspend(self.model, noflush=False))

    def action_suspend_noflush(self) -> None:
        """Suspend without flush."""
        self.do(lambda: deeds.suspend(self.model, noflush=True))

    def action_resume(self) -> None:
        """Resume."""
        self.do(lambda: deeds.resume(self.model))

    def action_break_deadlock(self) -> None:
        """Break a deadlock."""
        self.do(lambda: deeds.break_deadlock(self.model))

    def action_toggle_load(self) -> None:
        """Stop or start a submitter."""
        self.do(lambda: deeds.toggle_load(self.model))

    def action_pause(self) -> None:
        """Pause or go on."""
        self.do(lambda: deeds.pause(self.model))

    def action_faster(self) -> None:
        """Twice the speed."""
        self.do(lambda: deeds.change_speed(self.model, 2.0))

    def action_slower(self) -> None:
        """Half the speed."""
        self.do(lambda: deeds.change_speed(self.model, 0.5))

    def action_undo(self) -> None:
        """Take back the last deed."""
        self.do(self.undo.take, undoable=False)

    # -- looking ---------------------------------------------------------------------------------------------

    def _selected(self) -> None:
        self.model.touch()
        self.draw_frame()

    def action_stage(self, step: int) -> None:
        """Left or right."""
        self.model.selection.move_stage(step)
        self._selected()

    def action_cycle(self, step: int) -> None:
        """Round and round."""
        self.model.selection.cycle_stage(step)
        self._selected()

    def action_open_stage(self, number: int) -> None:
        """By its digit."""
        self.model.selection.stage = STAGES[number - 1]
        self._selected()

    def action_select(self, step: int) -> None:
        """Up or down."""
        if self.model.selection.stage == "log":
            self.dashboard.log_panel.scroll_by(step, self.model)
        else:
            self.model.selection.move(step)
        self._selected()

    async def on_line_panel_picked(self, message: LinePanel.Picked) -> None:
        """A click: select, or do what a key of the key line does."""
        if message.key.kind == "key":
            await self.run_action(message.key.name)
            return
        self.model.selection.pick(message.key)
        self._selected()

    def on_line_panel_wheel(self, message: LinePanel.Wheel) -> None:
        """The wheel moves in the panel under it."""
        if message.stage == "log":
            self.dashboard.log_panel.scroll_by(message.step * 3, self.model)
        elif message.stage == self.model.selection.stage:
            self.model.selection.move(message.step)
        self._selected()

    def action_theme(self) -> None:
        """The next of our themes."""
        names = [theme.name for theme in THEMES]
        at = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(at + 1) % len(names)]
        self.notify(f"theme {self.theme}", timeout=2)

    def action_leave(self) -> None:
        """Quit: 3 if the emulation ended before."""
        self.exit(EXIT_ENDED if self.source.failed or self.model.failed else 0)

    def show_notice(self, notice: Notice) -> None:
        """Something the feed has to say."""
        self.notify("\n".join(notice.lines), title=notice.title, severity="error")


def run_app(scenario: str | None = None) -> int:
    """Start the scenario's processes, then the dashboard; returns the exit status."""
    from dmtui.opening import check

    feed = Feed(check, scenario or DEFAULT_SCENARIO)
    try:
        feed.start()
    except CannotOpen as error:
        feed.close()
        for line in error.lines:
            print(line, file=sys.stderr)
        return 2
    try:
        status = DmtuiApp(feed).run()
    finally:
        ended = feed.close()
    if feed.error:
        print(f"dmtui: {feed.error}", file=sys.stderr)
        return 1
    if feed.failed:
        print(f"dmtui: the emulation ended: {feed.failed}", file=sys.stderr)
        return EXIT_ENDED
    if not ended:
        print("dmtui: the emulator did not stop in time", file=sys.stderr)
        return 1
    return status or 0
