"""The console panel: what was said, the newest at the bottom, and the line that is typed below it (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from dmtui.console.completing import Vocabulary, complete, suggestion
from dmtui.model import numbers
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.model.talk import Said
from dmtui.panels.base import LinePanel
from dmtui.panels.line import BLANK, Line, Row, wrap

PROMPT = "> "
_STYLES = {"typed": "mine", "out": "", "err": "fault", "note": "label"}
HISTORY_MOST = 1_000
"""Lines of the history that are loaded."""


class ConsolePanel(LinePanel):
    """Draws the end of the transcript, or the part that was scrolled to; its last row is the prompt's."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._back = 0
        """Rows below the shown ones."""
        self._seen = 0

    def scroll_by(self, rows: int) -> None:
        """Towards older rows (negative) or newer ones; the next draw bounds it."""
        self._back = max(0, self._back - rows)

    def follow(self) -> None:
        """Back to the newest rows."""
        self._back = 0

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        talk = model.talk
        body = max(0, height - 1)
        if self._back:
            new = min(talk.total - self._seen, len(talk.lines))
            self._back += sum(len(_rows(talk.lines[-at], width)) for at in range(1, new + 1))
        self._seen = talk.total
        rows: list[Line] = []
        for said in reversed(talk.lines):
            rows[:0] = _rows(said, width)
            if len(rows) >= body + self._back:
                break
        self._back = max(0, min(self._back, len(rows) - body))
        end = len(rows) - self._back
        shown = rows[max(0, end - body) : end]
        if self._back and shown:
            shown[-1] = Row(width).add(f"▼ {numbers.count(self._back + 1)} newer lines below", "accent").line()
        return [BLANK] * (body - len(shown)) + shown + [Row(width).add(PROMPT, "accent").line()]

    def key_at(self, x: int, y: int) -> Key | None:
        """A click brings the keys to the prompt."""
        return Key("key", "console")

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Newer."""
        self.post_message(Prompt.Scrolled(3))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Older."""
        self.post_message(Prompt.Scrolled(-3))


def _rows(said: Said, width: int) -> list[Line]:
    """A line of the transcript in as many rows as it needs."""
    text, style = said.text.expandtabs(8), _STYLES[said.voice]
    if said.voice in ("err", "note") and len(text) > width:
        parts = wrap(text, width)  # sentences; what a command prints is cut where a terminal would
    else:
        parts = [text[at : at + width] for at in range(0, len(text), max(1, width))] or [""]
    return [Row(width).add(part, style).line() for part in parts]


class Prompt(Input):
    """The line that is typed: history, completion, and a suggestion behind the cursor (right arrow takes it)."""

    BINDINGS: ClassVar[list[Any]] = [
        Binding("ctrl+j", "submit", "Say the line", show=False),
        Binding("up", "history(-1)", "The line before", show=False),
        Binding("down", "history(1)", "The line after", show=False),
        Binding("ctrl+r", "search", "An older line with this in it", show=False),
        Binding("tab", "complete", "Complete the word", show=False),
        Binding("shift+tab", "complete", "Complete the word", show=False),
        Binding("pageup,shift+up", "scroll_talk(-1)", "Older output", show=False),
        Binding("pagedown,shift+down", "scroll_talk(1)", "Newer output", show=False),
        Binding("escape", "leave", "Back to the dashboard", show=False),
    ]

    class Entered(Message):
        """A line was typed."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Hint(Message):
        """Words that may stand here."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Scrolled(Message):
        """Look at older (negative) or newer rows."""

        def __init__(self, rows: int) -> None:
            super().__init__()
            self.rows = rows

    class Left(Message):
        """The keys go back to the dashboard."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(compact=True, suggester=_Suggester(self), **kwargs)
        self.words: Vocabulary = {}
        self.lines: list[str] = []
        """History, newest last."""
        self._at = 0
        """How far back in the history; 0 = the line that is typed."""
        self._typed = ""
        self._sought = ""

    def load(self, lines: Sequence[str]) -> None:
        """Take over a history, newest last."""
        self.lines = list(lines)[-HISTORY_MOST:]

    def take(self, text: str) -> None:
        """Put *text* on the line, the cursor behind it."""
        self.value = text
        self.cursor_position = len(text)

    async def action_submit(self) -> None:
        """Say the line."""
        self._say()

    def _say(self) -> None:
        line = self.value.strip()
        self.take("")
        self._at, self._sought = 0, ""
        if not line:
            return
        if self.lines[-1:] != [line]:
            self.lines.append(line)
        del self.lines[:-HISTORY_MOST]
        self.post_message(self.Entered(line))

    def _on_paste(self, event: events.Paste) -> None:
        """Lines that were pasted are said one by one; what stands behind the last end of a line is left to be typed."""
        event.prevent_default()
        event.stop()
        *whole, rest = event.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for line in whole:
            self.replace(line, *self.selection)
            self._say()
        self.replace(rest, *self.selection)

    def action_history(self, step: int) -> None:
        """Older (-1) or newer (1)."""
        if not self._at:
            self._typed = self.value
        self._at = max(0, min(len(self.lines), self._at - step))
        self.take(self.lines[-self._at] if self._at else self._typed)

    def action_search(self) -> None:
        """The newest line with the text in it, again: the one before that."""
        if not self._sought or not (self._at and self._sought in self.value):
            self._sought, self._typed, self._at = self.value, self.value, 0
        for at in range(self._at + 1, len(self.lines) + 1):
            if self._sought in self.lines[-at]:
                self._at = at
                self.take(self.lines[-at])
                return
        self.post_message(self.Hint(f"no older line has {self._sought!r} in it"))

    def action_complete(self) -> None:
        """The rest of the word, as far as it is certain; else the words to choose from."""
        rest = self.value[self.cursor_position :]
        text, found = complete(self.words, self.value[: self.cursor_position])
        self.value = text + rest
        self.cursor_position = len(text)
        if found:
            self.post_message(self.Hint("  ".join(found)))

    def action_scroll_talk(self, pages: int) -> None:
        """Half a screen of output."""
        self.post_message(self.Scrolled(pages * 5))

    def action_leave(self) -> None:
        """Back to the dashboard."""
        self.post_message(self.Left())


class _Suggester(Suggester):
    """What stands behind the cursor in grey."""

    def __init__(self, prompt: Prompt) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._prompt = prompt

    async def get_suggestion(self, value: str) -> str | None:
        return suggestion(self._prompt.words, self._prompt.lines, value)
