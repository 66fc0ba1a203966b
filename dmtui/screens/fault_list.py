"""The list of faults in force, with live counters: clear one or all, release what one holds (UI thread)."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from dmtui.keymap import with_names
from dmtui.model import deeds, numbers
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.devices import mark
from dmtui.panels.line import Line, Row, wrap
from dmtui.screens.modal import Dialog
from emulator.snapshot import FaultView

_NONE = (
    "No fault is in force. Select a device and press {fault.error}, {fault.busy}, {fault.latency} or {fault.hang}, or "
    "{fault.dialog} for all kinds."
)
Clearing = Callable[[str, list[FaultView]], None]


class _Faults(LinePanel):
    """The lines; the selected fault is known by target and name."""

    DEFAULT_CSS = "_Faults { height: 14; }"
    chosen = ""

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        faults = model.faults()
        names = [name_of(fault) for fault in faults]
        if self.chosen not in names:
            self.chosen = names[0] if names else ""
        if not faults:
            return [Row(width).add(part, "dim").line() for part in wrap(with_names(_NONE, model.keys), width)]
        lines = [Row(width).add("  fault", "label").right(("armed    fired    ends ", "label")).line()]
        at = names.index(self.chosen)
        each = max(1, (height - 1) // 2)
        first = max(0, min(at - each // 2, len(faults) - each))
        for fault in faults[first : first + each]:
            lines += self._fault(model, fault, width)
        return lines

    def _fault(self, model: Model, fault: FaultView, width: int) -> list[Line]:
        name = name_of(fault)
        chosen = name == self.chosen
        until = numbers.clock(fault.until) if fault.until else "by hand"
        title = Row(width).add("▸ " if chosen else "  ", "accent").add(f"{mark(fault)} {fault.target} ", "head")
        title.add(fault.name, "fault")
        counts = f"{numbers.count(fault.armed):>7}  {numbers.count(fault.fired):>7}  {until:>8}"
        what = Row(width).add(f"      {fault.text}", "label")
        what.right((f"since {numbers.clock(fault.since)} ", "dim"))
        key = Key("key", name)
        return [title.right((counts, "value")).line(key, chosen), what.line(key, chosen)]


def name_of(fault: FaultView) -> str:
    """Identity of a fault."""
    return f"{fault.target}/{fault.name}"


class FaultList(Dialog[None]):
    """See the module's text."""

    BINDINGS = [
        Binding("up,k", "move(-1)", "Up", id="faults.up", tooltip="Select the fault above"),
        Binding("down,j", "move(1)", "Down", id="faults.down", tooltip="Select the fault below"),
        Binding("c,enter,delete", "clear", "Clear", id="faults.clear", tooltip="Clear the selected fault"),
        Binding("C", "clear_all", "Clear all", id="faults.clear_all", tooltip="Clear every fault"),
        Binding("r", "release", "Release", id="faults.release", tooltip="Let go what the fault holds"),
        Binding("f,q", "close", "Close", id="faults.close", tooltip="Close the list"),
    ]

    def __init__(self, model: Model, clear: Clearing, do: Callable[[Callable[[], deeds.Deed]], None]) -> None:
        super().__init__()
        self.model = model
        self._clear = clear
        self._do = do
        self.list = _Faults()

    def compose(self) -> ComposeResult:
        box = Vertical(self.list, classes="box")
        box.border_title = "faults in force"
        box.border_subtitle = "c clear · C clear all · r release · esc close"
        yield box

    def on_mount(self) -> None:
        """Draw once the size is known."""
        self.call_after_refresh(self._draw)

    def draw_model(self, model: Model) -> None:
        self.list.update(model)

    @property
    def chosen(self) -> FaultView | None:
        """The selected fault."""
        return next((fault for fault in self._faults() if name_of(fault) == self.list.chosen), None)

    def _faults(self) -> list[FaultView]:
        with self.present():
            return self.model.faults()

    def _draw(self) -> None:
        with self.present():
            self.list.update(self.model)

    def action_move(self, step: int) -> None:
        """Up or down."""
        names = [name_of(fault) for fault in self._faults()]
        if names:
            at = names.index(self.list.chosen) if self.list.chosen in names else 0
            self.list.chosen = names[max(0, min(len(names) - 1, at + step))]
            self._draw()

    def on_line_panel_picked(self, message: LinePanel.Picked) -> None:
        """A click selects."""
        message.stop()
        self.list.chosen = message.key.name
        self._draw()

    def action_clear(self) -> None:
        """Clear the selected fault."""
        fault = self.chosen
        if fault is not None:
            self._clear(fault.target, [fault])

    def action_clear_all(self) -> None:
        """Clear all, target by target."""
        for target in dict.fromkeys(fault.target for fault in self._faults()):
            with self.present():
                standing = deeds.faults_on(self.model, target)
            self._clear(target, standing)

    def action_release(self) -> None:
        """Release what the selected fault holds."""
        fault = self.chosen
        if fault is not None:
            self._do(lambda: deeds.release(fault.target, fault.name))
