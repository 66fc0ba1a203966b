"""The banner: what must not be overlooked, worst first; it has as many lines as it needs, and none when all is well."""

from __future__ import annotations

from dataclasses import replace

from dmtui.keymap import with_names
from dmtui.model.alerts import Alert
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row, wrap

_TONES = {"fatal": "fault-block", "bad": "fault", "warn": "busy", "note": "marker-block", "view": "read-block"}
_GLYPHS = {"fatal": "■", "bad": "▼", "warn": "▲", "note": "‖", "view": "▣"}


class BannerPanel(LinePanel):
    """Draws the alerts."""

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        return banner_lines(model, width, height)


def banner_lines(model: Model, width: int, most: int) -> list[Line]:
    """At most *most* lines; when alerts do not fit, the last line says how many are left."""
    lines: list[Line] = []
    for i, alert in enumerate(model.alerts):
        block = _draw(replace(alert, hint=with_names(alert.hint, model.keys)), width)
        left = len(model.alerts) - i - 1
        if len(lines) + len(block) > most - (1 if left else 0) and lines:
            return [*lines, Row(width).add(f"   … and {left + 1} more: see the event log", "label").line()][:most]
        lines += block[: most - len(lines)]
    return lines


def _draw(alert: Alert, width: int) -> list[Line]:
    style = _TONES[alert.level]
    # What is the end of it all is told whole; of what stands for a while the event log has all words.
    parts = wrap(alert.text, width - 4) if alert.level == "fatal" else [alert.text]
    first, *others = [
        Row(width).add("   " if i else f" {_GLYPHS[alert.level]} ", style).add(part, style)
        for i, part in enumerate(parts)
    ]
    row = others.pop() if others else first
    hint = Row(width)
    if alert.hint and row.left > len(alert.hint) + 3:
        filled = alert.level in ("fatal", "note", "view")
        row.add(" " * (row.left - len(alert.hint) - 2), style if filled else "")
        row.add(f" {alert.hint} ", style if filled else "accent")
    elif alert.hint and alert.level == "fatal":
        hint.add(f"   {alert.hint}", "accent")
    rows = [row] if row is first else [first, *others, row]
    lines = [each.pad(width).line(alert.key) for each in rows]
    if hint.left < width:
        lines.append(hint.line())
    for number, step in enumerate(alert.more, 1):
        parts = wrap(step, width - 6)
        lines += [
            Row(width).add(f"  {number if not i else ' ':>2}  ", "fault").add(part, "value").line()
            for i, part in enumerate(parts)
        ]
    return lines
