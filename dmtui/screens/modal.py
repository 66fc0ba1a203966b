"""What all dialogs share: an opaque box in the middle, Escape closes it, and the app's frames reach it (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual.binding import Binding
from textual.content import Content
from textual.filter import LineFilter
from textual.screen import ModalScreen
from textual.widgets import Button

from dmtui.model.state import Model
from dmtui.nocolour import Behind
from dmtui.screens.small import cover

T = TypeVar("T")
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
        """Called for every frame while the dialog is open; most need nothing of it."""

    def say(self, words: str) -> None:
        """A notice for the key line, which the dialog may cover; most leave it there."""


def button(words: str, id: str) -> Button:
    """A button of one line, seen as one without colours, too."""
    return Button(Content(f"[ {words} ]"), id=id, compact=True)
