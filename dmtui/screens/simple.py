"""The small dialogs: a question before something that cannot be undone, and lines that must be read (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Static

from dmtui.screens.modal import Dialog, button


class Confirm(Dialog[bool]):
    """Yes or no; Enter is no, as a key pressed without looking must not do what cannot be undone."""

    BINDINGS = [
        Binding("y", "yes", "Yes", id="confirm.yes", tooltip="Do it"),
        Binding("n", "close", "No", id="confirm.no", tooltip="Do nothing"),
        Binding("left,right", "other", "The other", id="confirm.other", tooltip="The other answer"),
    ]
    KEYS = ("y yes · n, enter or esc no",)

    def __init__(self, question: str, consequence: str) -> None:
        super().__init__()
        self.question = question
        self.consequence = consequence

    def compose(self) -> ComposeResult:
        answers = Horizontal(button("y  yes", "yes"), button("n  no", "no"), classes="buttons")
        box = Vertical(Static(Text(self.consequence)), answers, classes="box")
        box.border_title = self.question
        yield box

    def on_mount(self) -> None:
        """Whoever presses Enter at once says no."""
        self.query_one("#no").focus()

    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)

    def action_other(self) -> None:
        """To the other answer."""
        self.focus_next()

    @on(Button.Pressed, "#yes")
    def _yes(self) -> None:
        self.dismiss(True)

    @on(Button.Pressed, "#no")
    def _no(self) -> None:
        self.dismiss(None)


class Reading(Dialog[None]):
    """Lines to read, scrolled with the arrows."""

    BINDINGS = [
        Binding("enter,q,question_mark,f1", "close", "Close", id="reading.close", tooltip="Close"),
        Binding("down,j", "scroll(1)", "Down", id="reading.down", tooltip="Scroll down"),
        Binding("up,k", "scroll(-1)", "Up", id="reading.up", tooltip="Scroll up"),
        Binding("pagedown,space,ctrl+d", "page(1)", "Page down", id="reading.page_down", tooltip="One page down"),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", id="reading.page_up", tooltip="One page up"),
        Binding("home,g", "edge(-1)", "First", id="reading.home", tooltip="To the beginning"),
        Binding("end,G", "edge(1)", "Last", id="reading.end", tooltip="To the end"),
    ]
    DEFAULT_CSS = "Reading > .box { height: auto; } Reading .problem { margin: 0 0 1 0; }"

    def __init__(self, title: str, body: Sequence[Text], tone: str = "") -> None:
        super().__init__()
        self.heading = title
        self.body = body
        self.tone = tone
        self.keys: tuple[str, ...] = ()
        """Keys of its own, for the lower edge."""
        parts = (Static(self.laid_out(part), classes=tone) for part in body)
        self.box = VerticalScroll(*parts, classes="box", can_focus=False)
        self.box.border_title = title

    def compose(self) -> ComposeResult:
        yield self.box

    def on_mount(self) -> None:
        """How far one has read stands on the lower edge."""
        self.watch(self.box, "scroll_y", self._tell_keys)

    def on_resize(self) -> None:
        """More or less of it is to be seen."""
        self.call_after_refresh(self._tell_keys)

    def _tell_keys(self) -> None:
        total, height, at = self.box.virtual_size.height, self.box.size.height, round(self.box.scroll_y)
        left = max(0, total - height - at)
        parts = [*self.keys, "esc close"]
        if total > height:
            more = f"▼ {left} more lines" if left else "the end"
            parts = [more, "↑ ↓ PgDn scroll", *parts]
        if sum(map(len, parts)) + 3 * len(parts) > self.box.size.width:
            parts = [part for part in parts if part not in self.keys]
        self.box.border_subtitle = " · ".join(parts)

    def laid_out(self, part: Text) -> RenderableType:
        """A part as it is drawn."""
        return part

    @property
    def content(self) -> str:
        """All that it says."""
        return "\n".join(part.plain for part in self.body)

    def action_scroll(self, step: int) -> None:
        """Up or down."""
        self.box.scroll_relative(y=step * 2, animate=False)

    def action_page(self, pages: int) -> None:
        """A screenful."""
        self.box.scroll_relative(y=pages * max(1, self.box.size.height - 1), animate=False)

    def action_edge(self, side: int) -> None:
        """To the beginning or to the end."""
        if side > 0:
            self.box.scroll_end(animate=False)
        else:
            self.box.scroll_home(animate=False)
