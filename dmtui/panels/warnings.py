"""Warnings, those that hold first; Enter goes to the moment in the log where one began (UI thread)."""

from __future__ import annotations

from dmtui.model import numbers
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.model.warnings import Warning
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
        here = model.selection.stage == "warnings"
        rows = [_draw(warning, width, here and warning.name == chosen) for warning in shown]
        # The chosen one may have several lines: all of them are in sight.
        first, end = 0, sum(map(len, rows[: at + 1]))
        while first < at and end > height:
            end -= len(rows[first])
            first += 1
        return [line for row in rows[first:] for line in row][:height]


def _draw(warning: Warning, width: int, chosen: bool) -> list[Line]:
    """In one line; the chosen one in as many as its words take."""
    key, style = Key("warning", warning.name), "dim" if warning.over else ""
    row = Row(width).add("▌" if chosen else " ", "accent")
    row.add("✓ " if warning.over else "▲ ", "label" if warning.over else "fault")
    row.add(f"{numbers.clock(warning.since_us):>9} ", "dim")
    row.add(f"{warning.key.name} ", "head").add(f"{warning.kind} ", "label" if warning.over else "busy")
    if not chosen or len(warning.text) <= row.left:
        return [row.add(warning.text, style).line(key, chosen)]
    more = wrap(warning.text, max(8, width - 4))
    lines = [Row(width).add("▌", "accent").add(f"  {part}", style) for part in more]
    return [each.line(key, chosen) for each in (row, *lines)]
