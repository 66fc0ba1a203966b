"""What all dialogs share: an opaque box in the middle, Escape closes it, and the app's frames reach it (UI thread)."""

from __future__ import annotations

from typing import TypeVar

from textual.binding import Binding
from textual.screen import ModalScreen

from dmtui.model.state import Model

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """A dialog.  The dashboard goes on behind it, dimmed and less often drawn; only the box itself is opaque."""

    BINDINGS = [Binding("escape", "close", "Close", id="dialog.close", tooltip="Close without doing anything")]
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 45%; }
    Dialog > .box {
        background: $dm-panel; border: round $dm-current; border-title-color: $dm-current; border-title-style: bold;
        border-subtitle-color: $dm-label; padding: 0 1; width: 90%; max-width: 88; height: auto; max-height: 94%;
    }
    Dialog .hint { color: $dm-label; }
    Dialog .problem { color: $dm-fault; }
    Dialog Input { background: $dm-chosen; }
    """

    def action_close(self) -> None:
        """Close without a result."""
        self.dismiss(None)

    def draw_model(self, model: Model) -> None:
        """Called for every frame while the dialog is open; most need nothing of it."""

    def say(self, words: str) -> None:
        """A notice for the key line, which the dialog may cover; most leave it there."""
