"""What can be undone, the newest first: takes back everything down to the chosen one (UI thread)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from dmtui.keymap import NAMES, with_names
from dmtui.model.deeds import Undoable
from dmtui.model.numbers import clock
from dmtui.screens.modal import Dialog, TwiceList

_NONE = (
    "Nothing to undo: break something first ({fault.error}, {fault.busy}, {fault.latency}, {fault.hang}, "
    "{path.toggle}, {fault.dialog})."
)


class UndoList(Dialog[int]):
    """Gives back how many of the newest deeds are to be taken back."""

    BINDINGS = [
        Binding("down,j", "move(1)", "Down", id="undo.down", tooltip="One more", priority=True),
        Binding("up,k", "move(-1)", "Up", id="undo.up", tooltip="One less", priority=True),
        Binding("U,q", "close", "Close", id="undo.close", tooltip="Undo nothing"),
    ]
    DEFAULT_CSS = """
    UndoList > .box { height: auto; }
    UndoList OptionList, UndoList OptionList:focus {
        height: auto; max-height: 16; border: none; background: $dm-panel; padding: 0;
    }
    """

    def __init__(self, deeds: Sequence[Undoable], keys: Mapping[str, str] = NAMES) -> None:
        """*deeds*: what can be undone, the newest first; *keys*: how keys are written."""
        super().__init__()
        self.keys = keys
        self.deeds = deeds

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "undo"
            box.border_subtitle = "enter undo down to here · esc cancel"
            if self.deeds:
                yield TwiceList(*(Option(Text(text)) for text in self._lines()))
                yield Static(id="said", classes="hint")
            else:
                yield Static(Text(with_names(_NONE, self.keys)), classes="hint")

    def on_mount(self) -> None:
        """The newest is chosen."""
        if self.deeds:
            self.query_one(OptionList).highlighted = 0

    def _lines(self) -> list[str]:
        times = [clock(deed.at_us) for deed in self.deeds]
        width = max(map(len, times), default=0)
        return [f"{time:>{width}}  {deed.text}" for time, deed in zip(times, self.deeds, strict=True)]

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        count = event.option_index + 1
        what = "this one" if count == 1 else f"these {count}, the newest first"
        self.query_one("#said", Static).update(Text(f"enter takes back {what}"))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_index + 1)

    def action_move(self, step: int) -> None:
        """Up or down."""
        if self.deeds:
            options = self.query_one(OptionList)
            options.highlighted = max(0, min(len(self.deeds) - 1, (options.highlighted or 0) + step))
