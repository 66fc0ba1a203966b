"""The line on which a filter is typed: it lies on the key line while it is used (UI thread, Textual)."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input

from dmtui.model.filters import LONGEST


class Entry(Input):
    """Tells each change, whether Enter kept it, and that Escape took it away."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("escape", "forget", "No filter", id="entry.forget", tooltip="Take the filter away"),
    ]

    class Asked(Message):
        """The words changed."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    class Left(Message):
        """The keys go back to the panels."""

    def __init__(self) -> None:
        super().__init__(id="entry", compact=True, max_length=LONGEST, select_on_focus=False)

    def on_input_changed(self, message: Input.Changed) -> None:
        """At each letter."""
        message.stop()
        self.post_message(self.Asked(message.value))

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Enter keeps it."""
        message.stop()
        self.post_message(self.Left())

    def action_forget(self) -> None:
        """Escape takes it away."""
        self.value = ""
        self.post_message(self.Asked(""))
        self.post_message(self.Left())
