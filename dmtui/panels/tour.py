"""The tour's panel: the chapter and step, the idea, what to press, and what was seen (UI thread)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dmtui.keymap import KeyHint
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line

if TYPE_CHECKING:
    from dmtui.tour.guide import Guide


class TourPanel(LinePanel):
    """Shows what its guide says; a click anywhere on it is the key for the next step."""

    DEFAULT_CSS = """
    TourPanel { border: heavy $dm-accent; border-title-color: $dm-accent; border-title-style: bold;
        border-subtitle-color: $dm-label; }
    """
    guide: Guide | None = None
    keys: Mapping[str, str] = {}
    """Key of each action, as it is written."""

    def show_keys(self, hints: Sequence[KeyHint]) -> None:
        """A person's own keys; the tour goes on and back with those that go through what a filter finds."""
        keys = {hint.id: hint.name for hint in hints}
        self.keys = keys | {"tour.next": keys["filter.next"], "tour.back": keys["filter.previous"]}

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        from dmtui.tour import words

        guide = self.guide
        if guide is None:
            return []
        self._head(words.title(guide), words.short_title(guide), width)
        return words.lines(guide, self.keys, width, height)

    def _head(self, long: str, short: str, width: int) -> None:
        title = long if len(long) + 4 <= width else short
        if self.border_title != title:
            self.border_title = title
        key = self.keys
        parts = [f"{key['tour.next']} next", f"{key['tour.back']} back", f"{key['tour']} chapters"]
        parts += [f"{key['tour.again']} again", "esc leave"]
        while len(" · ".join(parts)) + 4 > width:
            parts.pop(-2)
        said = " · ".join(parts)
        if self.border_subtitle != said:
            self.border_subtitle = said

    def key_at(self, x: int, y: int) -> Key | None:
        """A click goes on."""
        return Key("key", "tour_next")
