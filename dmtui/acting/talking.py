"""What keys and lines do in the console of the dashboard (UI thread)."""

from __future__ import annotations

from dmtui.acting.listing import Listing
from dmtui.console.history import open_history
from dmtui.model.talk import Said
from dmtui.panels.console import Prompt


class Talking(Listing):
    """The console."""

    def action_console(self) -> None:
        """Open it, or give it the keys again."""
        prompt = self.dashboard.prompt
        if self.history is None:
            self.history = open_history()
            prompt.load([*self.history.load_history_strings()][::-1])
        self.dashboard.open_console()
        self._selected()

    def action_close_console(self) -> None:
        """Take away the filter, the selected request or the console, in this order."""
        if self.unfilter():
            return
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
