"""Warnings, those that hold first; Enter goes to the moment in the log where one began (UI thread)."""

from __future__ import annotations

from dmtui.model import numbers
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row, wrap

_WATCHED = (
    "watched: lock held too long, requeue storm, backlog growing, path flapping, slow path, device busy, invariants"
)


def standing(model: Model) -> list[str]:
    """What is not as it should be at this moment without being a thing that is watched over time."""
    found = [alert.text for alert in model.alerts if alert.level in ("fatal", "bad", "warn")]
    if model.sight.failed_paths:
        found.append(f"failed: {', '.join(model.sight.failed_paths)}")
    faults = [f"{fault.type} on {fault.target}" for fault in model.faults()]
    if faults:
        found.append(f"in force: {', '.join(dict.fromkeys(faults))}")
    return found


class WarningsPanel(LinePanel):
    """One line a warning."""

    STAGE = "warnings"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        shown = model.watch.all
        if not shown:
            stands = standing(model)
            head = Row(width).add(" ✓ nothing looks wrong", "ok").line()
            if stands:
                head = Row(width).add(" no warning, but:", "label").line()
            return [
                head, *(Row(width).add(f" ▲ {words}", "busy").line() for words in stands),
                *(Row(width).add(f" {words}", "dim").line() for words in wrap(_WATCHED, width - 2)),
            ][:height]
        chosen = model.selection.name("warning")
        names = [warning.name for warning in shown]
        at = names.index(chosen) if chosen in names else 0
        first = max(0, min(at - height + 1, len(shown) - height)) if at >= height else 0
        lines = []
        for name, warning in list(zip(names, shown, strict=True))[first : first + height]:
            mine = model.selection.stage == "warnings" and name == chosen
            row = Row(width).add("▌" if mine else " ", "accent")
            row.add("✓ " if warning.over else "▲ ", "label" if warning.over else "fault")
            row.add(f"{numbers.clock(warning.since_us):>9} ", "dim")
            row.add(f"{warning.key.name} ", "head").add(f"{warning.kind} ", "label" if warning.over else "busy")
            lines.append(row.add(warning.text, "dim" if warning.over else "").line(Key("warning", name), mine))
        return lines
