"""What keys and clicks do: each action makes a deed of the model and hands its orders to the feed (UI thread).

The base of the app: what is here knows the model, the undo history and the dialogs, nothing of the frame clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from textual.app import App

from dmtui import keymap
from dmtui.console.history import open_history
from dmtui.feed import CannotOpen, Notice, load
from dmtui.keymap import KeyHint
from dmtui.model import deeds
from dmtui.model.frame import Frame
from dmtui.model.layouts import LAYOUTS, next_layout
from dmtui.model.log import LogLine
from dmtui.model.state import Model
from dmtui.model.talk import Said
from dmtui.panels.base import LinePanel
from dmtui.panels.console import Prompt
from dmtui.screens.dashboard import Dashboard
from dmtui.screens.help import help_screen
from dmtui.screens.simple import Confirm
from dmtui.theme import THEMES

if TYPE_CHECKING:
    from prompt_toolkit.history import History
    from textual.notifications import SeverityLevel
    from textual.timer import Timer

    from emulator.commands import Command
    from emulator.plan import FaultSpec
    from emulator.snapshot import FaultView
    from emulator.trace.life import Life

NOTICE_S = 5.0
"""Time for which a notice stands on the key line."""
EXIT_ENDED = 3
"""Exit status when the md or the softirq worker died."""


class Source(Protocol):
    """What the app needs of the feed."""

    failed: str
    error: str
    most: int
    wake: Callable[[], None]

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


class Actions(App[int]):
    """The actions behind the keys of dmtui.keymap."""

    source: Source
    model: Model
    undo: deeds.History
    specs: dict[str, FaultSpec]
    """Faults made in the dialog, by target and name."""
    dashboard: Dashboard
    hints: Sequence[KeyHint] = keymap.HINTS
    """The key table, with a person's own keys."""
    _notice_timer: Timer | None = None
    history: History | None = None
    """Of the console; opened with it."""

    def draw_frame(self) -> int:
        """Draw what changed; the app with the frame clock says how."""
        raise AssertionError("an app without a frame")

    # -- telling ---------------------------------------------------------------------------------------------

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
        self._selected()

    def _hush(self) -> None:
        self.dashboard.keys.notice = None
        self._selected()

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
        self.clear_faults(name, deeds.faults_on(self.model, name))

    def clear_faults(self, target: str, faults: list[FaultView]) -> None:
        """Clear some faults of a target; the dialog's own specs make it possible to undo that."""
        self.do(lambda: deeds.clear_faults(self.model, target, faults, self.specs))

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
        self.do(lambda: deeds.change_speed(self.model, 1))

    def action_slower(self) -> None:
        """Half the speed."""
        self.do(lambda: deeds.change_speed(self.model, -1))

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
        shown = self.model.selection.stages
        if number <= len(shown):
            self.model.selection.stage = shown[number - 1]
            self._selected()

    def action_layout(self, step: int) -> None:
        """The next layout."""
        self.show_layout(next_layout(self.dashboard.layout_name, step))

    def show_layout(self, name: str) -> None:
        """Show a layout by its name."""
        self.dashboard.layout_name = name
        self.dashboard.maximised = False
        self.model.selection.show(LAYOUTS[name].stages)
        self._selected()

    def action_maximise(self) -> None:
        """The current panel gets all the room, or gives it back."""
        self.dashboard.maximised = not self.dashboard.maximised
        self._selected()

    def action_select(self, step: int) -> None:
        """Up or down."""
        if self.model.selection.stage == "log":
            self.dashboard.log_panel.scroll_by(step, self.model)
        else:
            self.model.selection.move(step)
        self._selected()

    def action_follow(self) -> None:
        """To the moment in the log where the selected warning began."""
        name = self.model.selection.name("warning")
        warning = next((each for each in self.model.watch.all if each.name == name), None)
        if warning is None:
            return
        if "log" in self.model.selection.stages:
            self.model.selection.stage = "log"
        else:
            self.show_layout("overview")
            self.model.selection.stage = "log"
        self.draw_frame()
        self.dashboard.log_panel.go_to(warning.since_us, self.model)
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
        self.choose_theme(names[(at + 1) % len(names)])
        self.notify(f"theme {self.theme}", timeout=2)

    def choose_theme(self, name: str) -> None:
        """Take a theme."""
        self.theme = name

    def action_leave(self) -> None:
        """Quit: 3 if the emulation ended before."""
        self.exit(EXIT_ENDED if self.source.failed or self.model.failed else 0)

    # -- the console -----------------------------------------------------------------------------------------

    def action_console(self) -> None:
        """Open it, or give it the keys again."""
        prompt = self.dashboard.prompt
        if self.history is None:
            self.history = open_history()
            prompt.load([*self.history.load_history_strings()][::-1])
        self.dashboard.open_console()
        self._selected()

    def action_close_console(self) -> None:
        """Take it away."""
        if self.dashboard.console_open:
            self.dashboard.close_console()
            self._selected()

    def action_interrupt(self) -> None:
        """Ctrl-C: what it is in a shell while a line is typed, else the way out."""
        prompt = self.dashboard.prompt
        if self.screen is not self.dashboard or not prompt.has_focus:
            self.action_leave()
        elif prompt.value:
            prompt.take("")
        else:
            self.source.interrupt()

    def on_prompt_entered(self, message: Prompt.Entered) -> None:
        """A line was typed."""
        line = message.line
        if self.history is not None:
            self.history.store_string(line)
        if line in ("exit", "quit"):
            self.action_close_console()
        elif self.source.say(line):
            self.model.say_line(line)
            self.dashboard.console.follow()
        else:
            self.notify("too many orders wait already", title=line, severity="error")

    def on_prompt_hint(self, message: Prompt.Hint) -> None:
        """Words that may stand there."""
        self.model.talk.extend([Said(message.text, "note")])
        self._selected()

    def on_prompt_scrolled(self, message: Prompt.Scrolled) -> None:
        """Look at older or newer output."""
        self.dashboard.console.scroll_by(message.rows)
        self._selected()

    def on_prompt_left(self) -> None:
        """The keys go back to the panels."""
        self.dashboard.leave_console()
        self._selected()

    # -- dialogs ---------------------------------------------------------------------------------------------

    def action_life(self) -> None:
        """What a request of the current panel passed; a warning leads to its moment."""
        from dmtui.model.life import subjects
        from dmtui.screens.life import LifeScreen

        if self.model.selection.stage == "warnings":
            self.action_follow()
            return
        found = subjects(self.model)
        if found:
            self.push_screen(LifeScreen(found, self.source.look, self.source.lives))

    def action_fault_dialog(self) -> None:
        """All fault types and matchers."""
        from dmtui.screens.fault_dialog import FaultDialog

        model = self.model
        targets = {device.name: "device" for device in model.devices}
        targets |= {worker.name: "softirq" for worker in model.softirqs}
        targets |= {md.name: "md" for md in model.mds}
        if targets:
            self.push_screen(FaultDialog(targets, deeds.thing_of(model).name), self._inject)

    def _inject(self, spec: FaultSpec | None) -> None:
        if spec is not None:
            self.specs[f"{spec.target}/{spec.name}"] = spec
            self.do(lambda: deeds.inject(spec))

    def action_faults(self) -> None:
        """Faults in force."""
        from dmtui.screens.fault_list import FaultList

        self.push_screen(FaultList(self.model, self.clear_faults, self.do))

    def action_open(self) -> None:
        """Another scenario."""
        from dmtui.screens.scenarios import Listed, ScenarioPicker
        from emulator.scenario.library import stories as shipped

        stories = [Listed(story.name, partial(_about, story.name)) for story in shipped()]
        self.push_screen(ScenarioPicker(stories, self.model.story.name), self._open)

    def _open(self, scenario: str | None) -> None:
        if scenario and not self.source.open(scenario):
            self.notify("too many orders wait already", title=f"open {scenario}", severity="error")

    def action_kill(self) -> None:
        """Kill, after a question."""
        key = deeds.thing_of(self.model)
        if not key.name:
            self.notify("nothing is selected", severity="warning")
            return
        consequence = {
            "device": f"{key.name} vanishes: what it had in flight fails or is requeued. V revives it.",
            "md": f"{key.name} is the mapped device: the emulation ends (exit status 3).",
            "softirq": "Nobody completes requests any more: the emulation ends (exit status 3).",
            "submitter": f"{key.name} is the application: the emulation may end.",
        }.get(key.kind, "")
        self.ask(f"kill {key.name} (SIGKILL)?", consequence, lambda: deeds.kill(self.model, key))

    def action_revive(self) -> None:
        """Revive, after a question."""
        try:
            deed = deeds.revive(self.model)
        except deeds.CannotDo as error:
            self.notify(str(error), severity="warning")
            return
        self.ask(f"{deed.text}?", "A new process plays the device; its path stays failed until it is reinstated (x).",
                 lambda: deed)

    def ask(self, question: str, consequence: str, make: Callable[[], deeds.Deed]) -> None:
        """Do something only if the answer is yes."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.do(make)

        self.push_screen(Confirm(question, consequence), answered)

    def action_help(self) -> None:
        """The idea behind the current panel."""
        self.push_screen(help_screen(self.model.selection.stage, self.model.deadlocked is not None, self.hints))


def _about(name: str) -> str:
    """What a story is about; its errors if it has any."""
    try:
        return load(name).about
    except CannotOpen as error:
        return str(error)
