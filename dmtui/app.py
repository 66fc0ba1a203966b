"""The Textual app: modes, bindings and the one frame clock.  What keys mean is in dmtui.model.deeds (UI thread)."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from time import monotonic, process_time
from typing import Any

from rich.text import Text
from textual import events
from textual.filter import LineFilter
from textual.screen import Screen

from dmtui.actions import EXIT_ENDED, Actions, Source
from dmtui.bindings import ALWAYS
from dmtui.config.settings import LAYOUT_NAMES, THEME_NAMES, Settings
from dmtui.config.state import Remembered, recall, remember
from dmtui.continued import go_on_as_before
from dmtui.escape import read_at_once
from dmtui.feed import Feed, Notice
from dmtui.hangup import end_on_hangup
from dmtui.inorder import Typed
from dmtui.keymap import names_of
from dmtui.model import deeds
from dmtui.model.frame import Frame
from dmtui.model.freeze import Freezer
from dmtui.model.hindrance import starting
from dmtui.model.layouts import LAYOUTS
from dmtui.model.log import Log, why_not
from dmtui.model.state import Model
from dmtui.nocolour import Plain
from dmtui.panels.header import Pulse
from dmtui.picture import for_any_reader
from dmtui.screens.dashboard import Dashboard
from dmtui.screens.modal import Dialog
from dmtui.screens.simple import Reading
from dmtui.screens.small import cover
from dmtui.theme import DEFAULTS, THEMES

LOOK_S = 0.5
"""Between two looks at the source that nobody woke us for."""
BEHIND_S = 0.2
"""Between two frames behind a dialog, through which the screen is drawn twice: each costs more than twice as much."""
NEXT_STARTS = "the next scenario is starting: "


class DmtuiApp(Actions):
    """The dashboard.  Without *clock* nothing is drawn until :meth:`draw_frame` is called (tests).

    *begin* is called once the first, still empty, frame is on the screen; *state* is the file of what is remembered.
    """

    TITLE = "dmtui"
    BINDINGS = [*ALWAYS]
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    CSS = """
    CommandPalette > Vertical { margin-top: 1; }
    CommandPalette CommandList {
        max-height: 65vh; scrollbar-size-vertical: 1; scrollbar-color: $dm-label; scrollbar-background: $dm-panel;
        scrollbar-background-hover: $dm-panel; scrollbar-background-active: $dm-panel;
    }
    """
    # Below its words a list of Textual's own height would end under the edge of a small screen.

    def __init__(
        self, source: Source, clock: bool = True, settings: Settings | None = None, opening: str = "",
        begin: Callable[[], None] | None = None, state: Path | None = None, tour: str = "",
    ) -> None:
        super().__init__()
        self._plain = Plain()
        self.settings = settings or Settings()
        self.source = source
        self.model = Model()
        self.model.log = Log(self.settings.log_lines)
        self.undo = deeds.History()
        self.specs = {}
        self._clock = clock
        self._drawn, self._moved = -1, 0
        self._behind_due = 0.0
        self._frames: deque[float] = deque(maxlen=self.settings.fps * 2)
        self._cpu = (monotonic(), process_time())
        self._newest_s = self._lag_ms = 0.0
        self._woken = False
        self.freezer = Freezer()
        for theme in THEMES:
            self.register_theme(theme)
        self._state = self.state_file = state
        self._remembered, self._complaint = recall(state) if state is not None else (Remembered(), "")
        self.theme = f"dmtui-{self.settings.theme or self._remembered.theme or THEME_NAMES[0]}"
        self.dashboard = Dashboard(self.model)
        self.dashboard.opening = opening
        self.dashboard.layout_name = self.settings.layout or self._remembered.layout or LAYOUT_NAMES[0]
        self.model.selection.show(LAYOUTS[self.dashboard.layout_name].stages)
        self._begin = begin
        self.tour_at, self.tour_done = self._remembered.tour or "", self._remembered.tour_done
        self.tour_skipped = self._remembered.tour_skipped
        self._tour = tour

    # -- life ------------------------------------------------------------------------------------------------

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DEFAULTS

    def get_line_filters(self) -> Sequence[LineFilter]:
        """With NO_COLOR ours alone: Textual's writes greys."""
        return (self._plain,) if self.no_color else super().get_line_filters()

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """The screen as SVG whose blanks every renderer keeps."""
        return for_any_reader(super().export_screenshot(title=title, simplify=simplify))

    def get_default_screen(self) -> Screen[None]:
        return self.dashboard

    async def on_event(self, event: events.Event) -> None:
        """See App.on_event; who is at the keys may want to know more than what the screen shows."""
        if isinstance(event, Typed) and not isinstance(event, events.MouseMove):
            self.source.touch()
        await super().on_event(event)

    def on_mount(self) -> None:
        """Start the clock, and make SIGTERM and SIGHUP an ordinary way out."""
        self._take_keys()
        if self._clock:
            self._loop_signals()
            self.source.wake = self._wake
            self.set_interval(LOOK_S, self.draw_frame)

    def on_ready(self) -> None:
        """The first frame is there: now the emulator may have the processor."""
        self.take_tour(self._tour)
        if self._complaint:
            self.notify(self._complaint, severity="warning")
        if self._begin is not None:
            self.call_after_refresh(self._begin)

    def action_command_palette(self) -> None:
        """Textual's palette, which does not know how small is too small."""
        super().action_command_palette()
        self.call_after_refresh(lambda: cover(self, self.screen))

    def _take_keys(self) -> None:
        if self.settings.keys:
            from dmtui.config.keys import keymap_of, remapped

            self.set_keymap(keymap_of(self.settings.keys))
            self.hints = self.dashboard.hints = remapped(self.settings.keys)
            self.model.keys = names_of(self.hints)

    def _loop_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.exit, 128 + signal.SIGTERM)
        end_on_hangup(self, loop)
        go_on_as_before(self, loop)

    def _wake(self) -> None:
        """There is a frame (called by the reader thread): draw it as soon as the loop comes to it, once."""
        if not self._woken:
            self._woken = True
            # As call_later does, but that wraps what it is given, and Textual looks at its parameters each time anew.
            self.post_message(events.Callback(callback=self._woken_up))

    def _woken_up(self) -> None:
        self._woken = False
        self.draw_frame()

    def draw_frame(self) -> int:
        """Take what the feed has, reduce it, draw what changed; returns the number of lines repainted."""
        if self.source.error:
            self.exit(1, message=None)
            return 0
        came = False
        for frame in self.source.drain():
            came = True
            self._answer(frame)
            shown = self.freezer.take(frame)
            if shown is not None:
                self._show(shown)
            else:
                self.model.apply_behind(frame)
        for notice in self.source.notices():
            self.show_notice(notice)
        if self.source.coming != self.model.coming:
            self.model.coming = coming = self.source.coming
            self.model.touch()
            if self.model.story.name and coming is not None and coming.missing:
                # The old scenario is still on the screen.
                self.notify(f"{NEXT_STARTS}{starting(self.model)}")
            elif (self.dashboard.keys.notice or ("", ""))[0].removeprefix("· ").startswith(NEXT_STARTS):
                self._hush()
        self.look_at_tour()
        if isinstance(self.screen, Dialog) and (self.model.version != self._drawn or (came and self.freezer.frozen)):
            with self.present():
                self.screen.draw_model(self.model)
        if self.model.version == self._drawn:
            return self._move()
        if self.screen is not self.dashboard and self._clock and monotonic() < self._behind_due:
            return 0
        self._behind_due = monotonic() + BEHIND_S
        self._drawn = self.model.version
        self._measure()
        self.source.most = self.dashboard.lines_wanted
        drawn = self.dashboard.draw()
        self.tell_interest()
        return drawn

    def _move(self) -> int:
        if self.model.glimpses == self._moved or self.screen is not self.dashboard:
            return 0
        self._moved = self.model.glimpses
        self._measure()
        return self.dashboard.move()

    def _show(self, frame: Frame) -> None:
        if frame.story.serial != self.model.story.serial:
            self.undo.clear()
            self.model.frozen = False
        if not frame.whole and frame.story.serial == self.model.story.serial:
            self.model.glimpse(frame)
            return
        self.model.apply(frame)
        self.look_at_tour(frame.events)

    def present(self) -> AbstractContextManager[None]:
        """While the view is frozen: the newest frame behind it."""
        newest = self.freezer.newest
        return self.model.as_in(newest) if newest is not None else super().present()

    def action_freeze(self) -> None:
        """Let the view stand while the emulator goes on, or let it catch up."""
        if self.freezer.frozen:
            kept = self.freezer.release()
            self.model.frozen = False
            if kept is not None:
                self._show(kept)
        else:
            self.freezer.freeze()
            self.model.frozen = True
        self.model.notice_standing()
        self.draw_frame()

    def _measure(self) -> None:
        now = monotonic()
        self._frames.append(now)
        if self.model.real_s != self._newest_s:
            # Of a frame that is drawn for the first time: drawn again for a key, it has grown old, not late.
            self._newest_s, self._lag_ms = self.model.real_s, (now - self.model.real_s) * 1e3
        since, spent = self._cpu
        if now - since >= 1.0:
            lately = [at for at in self._frames if at > now - 1.0]
            cpu = process_time()
            self.dashboard.header.pulse = Pulse(float(len(lately)), self._lag_ms, (cpu - spent) / (now - since))
            self._cpu = (now, cpu)

    def _answer(self, frame: Frame) -> None:
        for done in frame.done:
            if not done.outcome.ok:
                self.undo.forget(done.text)
                self.notify(why_not(done), title=done.text, severity="error")
            elif self.freezer.frozen:
                self.notify(f"done: {done.text} (view frozen, {self.key('freeze')} thaws)")

    def choose_theme(self, name: str) -> None:
        """Take a theme, and remember it."""
        super().choose_theme(name)
        short = next((each for each in THEME_NAMES if name == f"dmtui-{each}"), None)
        self._remember(theme=short)

    def show_layout(self, name: str) -> None:
        """Show a layout, and remember it."""
        super().show_layout(name)
        self._remember(layout=next((each for each in LAYOUT_NAMES if name == each), None))

    def remember_tour(self) -> None:
        """Remember where the tour is."""
        done, skipped = tuple(self.tour_done), tuple(self.tour_skipped)
        self._remember(tour=self.tour_at or None, tour_done=done, tour_skipped=skipped)

    def _remember(self, **chosen: Any) -> None:
        self._remembered = dataclasses.replace(self._remembered, **chosen)
        complaint = remember(self._state, self._remembered) if self._state is not None else ""
        if complaint:
            self.notify(complaint, severity="warning")

    def show_notice(self, notice: Notice) -> None:
        """Something the feed has to say."""
        self.push_screen(Reading(notice.title, [Text(line) for line in notice.lines], "problem"))


def run_app(scenario: str, settings: Settings, state: Path | None, tour: str = "") -> int:
    """Show the dashboard, then start the scenario's processes; returns the exit status.  *tour* is its chapter."""
    feed = Feed(scenario, fps=settings.fps)

    def begin() -> None:
        # What was imported until now stays: looks for garbage need not go over it again and again.
        gc.freeze()
        gc.enable()
        feed.begin()

    gc.disable()
    read_at_once()
    try:
        opening = f"the tour's chapter {tour}" if tour else scenario
        app = DmtuiApp(feed, settings=settings, opening=opening, begin=begin, state=state, tour=tour)
        status = app.run(mouse=settings.mouse)
    finally:
        ended = feed.close()
    if feed.cannot is not None:
        for line in feed.cannot.lines:
            print(line, file=sys.stderr)
        return 2
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
