"""Every fault in force with its counters, those that fired lately first seen by their bar (UI thread)."""

from __future__ import annotations

from dmtui.keymap import with_names
from dmtui.model import numbers
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.devices import mark
from dmtui.panels.line import Line, Row
from emulator.snapshot import FaultView

_NONE = (
    " no fault in force: {fault.error} {fault.busy} {fault.latency} {fault.hang} on a device, {fault.dialog} for all "
    "of them"
)


class FaultsPanel(LinePanel):
    """One line a fault."""

    STAGE = "faults"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        faults = model.faults()
        if not faults:
            return [Row(width).add(with_names(_NONE, model.keys), "dim").line()]
        lines = [_draw(fault, model.now_us, width) for fault in faults[:height]]
        if len(faults) > height:
            more = f" … {len(faults) - height + 1} more: {model.keys['fault.list']} shows all"
            lines[-1] = Row(width).add(more, "label").line()
        return lines


def _draw(fault: FaultView, now_us: int, width: int) -> Line:
    row = Row(width).add(f" {mark(fault)} ", "fault").add(f"{fault.target:<8} ", "head")
    row.add(f"{fault.name:<12} ", "value" if fault.fired else "label")
    if width >= 60:
        row.add(fault.text[: max(8, row.left - 28)], "")
    left = f"ends in {numbers.micros(max(0, fault.until - now_us))}" if fault.until else "until cleared"
    tail = [(f"fired {numbers.count(fault.fired):>6}", "value" if fault.fired else "dim")]
    if row.left > 34:
        tail = [(f"{left}  ", "dim"), *tail]
    return row.right(*tail).line(Key("device", fault.target))
