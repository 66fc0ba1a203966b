"""What keys show: stages, layouts, themes, lives, help (UI thread)."""

from __future__ import annotations

from dmtui.acting.listing import Listing
from dmtui.model.layouts import LAYOUTS, is_small, next_layout
from dmtui.model.selection import DIGITS, Key
from dmtui.panels.base import LinePanel
from dmtui.panels.keybar import HUSH
from dmtui.screens.help import help_screen
from dmtui.theme import THEMES, plain_name


class Looking(Listing):
    """Stages, layouts, themes, lives, help."""

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

    def action_open_further(self) -> None:
        """The next of those that have no digit of their own."""
        selection = self.model.selection
        further = selection.stages[DIGITS:]
        if not further:
            here, other = len(selection.stages), self.key("layout.next")
            self.notify(f"no panel has a 0 here: 1 to {here} open those of this layout, {other} goes to another")
            return
        at = further.index(selection.stage) + 1 if selection.stage in further else 0
        selection.stage = further[at % len(further)]
        self._selected()

    def action_layout(self, step: int) -> None:
        """The next layout."""
        name = next_layout(self.dashboard.layout_name, step)
        self.show_layout(name)
        self.notify(LAYOUTS[name].about, title=f"layout {name}")

    def show_layout(self, name: str) -> None:
        """Show a layout by its name."""
        self.dashboard.layout_name = name
        self.dashboard.maximised = False
        self.model.selection.show(LAYOUTS[name].stages)
        if is_small(*self.size):
            # There is room for the panel that the layout is about, and little else.
            self.model.selection.stage = LAYOUTS[name].lead or self.model.selection.stage
        self._selected()

    def action_maximise(self) -> None:
        """The current panel gets all the room, or gives it back."""
        self.dashboard.maximised = not self.dashboard.maximised
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
            key = self.key("layout.next")
            self.notify(f"the log beside its moment is in the overview; {key} goes on through the layouts")
        self.draw_frame()
        self.dashboard.log_panel.go_to(warning.since_us, self.model)
        self._selected()

    async def on_line_panel_picked(self, message: LinePanel.Picked) -> None:
        """A click: select, or do what a key of the key line does; a second one opens the life."""
        if message.key == Key("key", HUSH):
            self._hush()
        elif message.key.kind == "key":
            await self.run_action(message.key.name)
        elif message.key.kind == "column":
            self.sort_by(message.stage, message.key.name)
        if message.key.kind in ("key", "column"):
            return
        self.pick(message.key)
        if message.stage is not None and message.stage in self.model.selection.stages:
            self.model.selection.stage = message.stage
        self._selected()
        if message.double:
            self.action_life()

    def on_line_panel_wheel(self, message: LinePanel.Wheel) -> None:
        """The wheel moves in the panel under it, which becomes the current one."""
        if message.stage in self.model.selection.stages:
            self.model.selection.stage = message.stage
        self.action_select(message.step * (3 if message.stage in ("log", "lanes") else 1))

    def action_theme(self) -> None:
        """The next of our themes."""
        if self.no_color:
            self.notify("NO_COLOR is set: all themes look alike", severity="warning")
            return
        names = [theme.name for theme in THEMES]
        at = names.index(self.theme) if self.theme in names else -1
        self.choose_theme(names[(at + 1) % len(names)])
        self.notify(f"theme {plain_name(self.theme)}", timeout=2)

    def choose_theme(self, name: str) -> None:
        """Take a theme."""
        self.theme = name

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

    def action_help(self) -> None:
        """The idea behind the current panel."""
        board = self.dashboard
        stage, stuck = self.model.selection.stage, self.model.deadlocked is not None
        self.push_screen(help_screen(stage, stuck, self.hints, board.layout_name, board.prompt.has_focus))
