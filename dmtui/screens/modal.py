"""What all dialogs share: an opaque box in the middle, Escape closes it, and the app's frames reach it (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from rich.cells import cell_len
from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.filter import LineFilter
from textual.keys import _character_to_key
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, OptionList

from dmtui.model.state import Model
from dmtui.nocolour import Behind
from dmtui.screens.small import cover

if TYPE_CHECKING:
    from dmtui.acting.base import Base

T = TypeVar("T")
_NAMES = {"esc": "escape", "enter": "enter", "PgDn": "pagedown", "^s": "ctrl+s"}
"""Keys as they are written on an edge, where they are written otherwise than Textual names them."""
NARROW = 84
"""Columns of a screen below which a dialog takes all of them."""


class Dialog(ModalScreen[T]):
    """A dialog.  The dashboard goes on behind it, dimmed and less often drawn; only the box itself is opaque."""

    BINDINGS = [Binding("escape", "close", "Close", id="dialog.close", tooltip="Close without doing anything")]
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 45%; }
    Dialog > .box {
        background: $dm-panel; border: round $dm-current; border-title-color: $dm-current; border-title-style: bold;
        border-subtitle-color: $dm-label; padding: 0 1; width: 90%; max-width: 88; height: auto; max-height: 94%;
    }
    Dialog.-narrow > .box { width: 100%; }
    Dialog .hint { color: $dm-label; }
    Dialog .problem { color: $dm-fault; }
    Dialog Input { background: $dm-chosen; }
    Dialog Input:nocolor { text-style: underline; }
    Dialog Button:focus:nocolor, Dialog Select:focus:nocolor #label { text-style: bold reverse !important; }
    Dialog VerticalScroll, Dialog OptionList, Dialog TextArea, Dialog SelectOverlay {
        scrollbar-background: $dm-panel; scrollbar-background-hover: $dm-panel; scrollbar-background-active: $dm-panel;
        scrollbar-color: $dm-border; scrollbar-color-hover: $dm-label; scrollbar-color-active: $dm-label;
        scrollbar-size-vertical: 1;
    }
    Dialog .buttons { height: 1; margin: 1 0 0 0; }
    Dialog Button, Dialog Button:hover {
        height: 1; min-width: 12; border: none; margin: 0 2 0 0; background: $dm-border !important; color: $dm-bright;
        text-style: bold;
    }
    Dialog Button:hover { background: $dm-label !important; }
    Dialog Button:focus { background: $dm-accent !important; color: $dm-ink !important; text-style: bold !important; }
    Dialog Select:focus > SelectCurrent { background: $dm-chosen; }
    Dialog Select:focus #label { color: $dm-accent; text-style: bold; }
    """

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Without colours nothing can be dimmed as CSS says it: what lies behind is faint instead."""
        return (Behind(),) if self.app.no_color else super().get_line_filters()

    OUTSIDE_CLOSES: ClassVar[bool] = True
    """Whether a click beside the box closes it: not where something was typed that would be lost."""

    def on_click(self, event: events.Click) -> None:
        """Beside the box: away with it; on a key that is named on a lower edge: that key."""
        hit = event.widget
        if hit is self:
            # After a box has changed its size Textual may still know the one that it had.
            at = event.screen_offset
            hit = next((box for box in self.query(".box") if box.region.contains_point(at)), hit)
        if hit is self and self.OUTSIDE_CLOSES:
            self.action_close()
        elif hit is not None and hit.border_subtitle and event.screen_y == hit.region.bottom - 1:
            key = _key_on_edge(hit, int(event.screen_x))
            if key:
                key.set_sender(self.app)  # as a driver's: from this screen it would bubble no farther than here
                self.app.post_message(key)

    KEYS: ClassVar[tuple[str, ...]] = ()
    """The keys on the lower edge, the longest first: as much is told as there is room for."""

    def on_resize(self) -> None:
        """As many keys as fit; in a window that is too small only that is told."""
        self.set_class(self.app.size.width < NARROW, "-narrow")
        self.call_after_refresh(cover, self.app, self)
        if self.KEYS:
            self.call_after_refresh(self._tell_keys)

    def _tell_keys(self) -> None:
        for box in self.query(".box"):
            room = box.size.width - 2
            box.border_subtitle = next((keys for keys in self.KEYS if len(keys) <= room), self.KEYS[-1])

    def action_close(self) -> None:
        """Close without a result."""
        self.dismiss(None)

    def draw_model(self, model: Model) -> None:
        """Called for every frame while the dialog is open, in :meth:`present`; most need nothing of it."""

    def present(self) -> AbstractContextManager[None]:
        """Within it the model is as the emulator is: a dialog acts, so it shows what is, even over a frozen view."""
        return cast("Base", self.app).present()

    def say(self, words: str) -> None:
        """A notice for the key line, which the dialog may cover; most leave it there."""


def _key_on_edge(box: Widget, x: int) -> events.Key | None:
    """The key that is named at column *x* of the lower edge: each is written before what it does, between dots."""
    said = str(box.border_subtitle)
    # As Textual writes it: at the right, a blank on each side, before the last cell of the line and the corner.
    at = x - (box.region.right - 3 - cell_len(said))
    if not 0 <= at < cell_len(said):
        return None
    start = 0
    for part in said.split(" · "):
        if start <= at < start + cell_len(part):
            return _key(part.split(" ")[0].rstrip(","))
        start += cell_len(part) + 3
    return None


def _key(word: str) -> events.Key | None:
    if len(word) == 1 and word.isascii():
        return events.Key(word if word.isalnum() else _character_to_key(word), word)
    plain = _NAMES.get(word, word.lower() if word.startswith(("ctrl+", "F")) else "")
    return events.Key(plain, None) if plain else None


class TwiceList(OptionList):
    """A list in which one click selects, so that it can be read of, and another one there, or Enter, takes it."""

    _clicked: int | None = None

    async def _on_click(self, event: events.Click) -> None:
        event.prevent_default()
        option: int | None = event.style.meta.get("option")
        if option is None or self.get_option_at_index(option).disabled:
            return
        again, self._clicked = option == self._clicked == self.highlighted, option
        self.highlighted = option
        if again:
            self.action_select()


def button(words: str, id: str) -> Button:
    """A button of one line, seen as one without colours, too."""
    return Button(Content(f"[ {words} ]"), id=id, compact=True)
