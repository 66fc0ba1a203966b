"""The small dialogs: a question before something that cannot be undone, and lines that must be read (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from dmtui.screens.modal import Dialog


class Confirm(Dialog[bool]):
    """Yes or no; Enter is no, as a key pressed without looking must not do what cannot be undone."""

    BINDINGS = [
        Binding("y", "yes", "Yes", id="confirm.yes", tooltip="Do it"),
        Binding("n,enter", "close", "No", id="confirm.no", tooltip="Do nothing"),
    ]

    def __init__(self, question: str, consequence: str) -> None:
        super().__init__()
        self.question = question
        self.consequence = consequence

    def compose(self) -> ComposeResult:
        answers = Static(Text("y yes · n, enter or esc no"), classes="hint")
        box = Vertical(Static(Text(self.consequence)), Static(Text("")), answers)
        box.add_class("box")
        box.border_title = self.question
        yield box

    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)


class Reading(Dialog[None]):
    """Lines to read, scrolled with the arrows."""

    BINDINGS = [
        Binding("enter,q,question_mark,f1", "close", "Close", id="reading.close", tooltip="Close"),
        Binding("down,j", "scroll(1)", "Down", id="reading.down", tooltip="Scroll down"),
        Binding("up,k", "scroll(-1)", "Up", id="reading.up", tooltip="Scroll up"),
    ]
    DEFAULT_CSS = "Reading > .box { height: auto; } Reading .problem { margin: 0 0 1 0; }"

    def __init__(self, title: str, body: Sequence[Text], tone: str = "") -> None:
        super().__init__()
        self.heading = title
        self.body = body
        self.tone = tone
        self.keys = "↑ ↓ scroll · esc close"

    def compose(self) -> ComposeResult:
        box = VerticalScroll(*(Static(part, classes=self.tone) for part in self.body), classes="box")
        box.border_title = self.heading
        box.border_subtitle = self.keys
        yield box

    @property
    def content(self) -> str:
        """All that it says."""
        return "\n".join(part.plain for part in self.body)

    def action_scroll(self, step: int) -> None:
        """Up or down."""
        self.query_one(VerticalScroll).scroll_relative(y=step * 2, animate=False)
