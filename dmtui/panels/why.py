"""Why the application noticed nothing: how far up each error came, and the sentence it makes (UI thread)."""

from __future__ import annotations

from dmtui.keymap import with_names
from dmtui.model import numbers
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row, wrap

_SHORT = {
    "clone errors": "errors", "hidden by end_clone_bio": "hidden", "originals requeued": "requeued",
    "bios failed to the application": "bios failed",
}


class WhyPanel(LinePanel):
    """Four numbers in a row, from the device up to the application, then words."""

    STAGE = "why"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        sight = model.sight
        steps = [
            ("×", "clone errors", sight.clone_errors, "fault" if sight.clone_errors else "label"),
            ("◐", "hidden by end_clone_bio", sight.hidden, "busy" if sight.hidden else "label"),
            ("↺", "originals requeued", sight.requeued, "requeue" if sight.requeued else "label"),
            ("×" if sight.noticed else "✓", "bios failed to the application", sight.failed,
             "fault" if sight.noticed else "ok"),
        ]
        lines: list[Line] = []
        cells = max(len(numbers.count(number)) for _, _, number, _ in steps)
        if height >= 7:
            for i, (glyph, name, number, style) in enumerate(steps):
                row = Row(width).add(f" {glyph} ", style).add(f"{numbers.count(number):>{cells}} ", style)
                if len(name) > row.left:
                    name = name.partition(" to ")[0].partition(" by ")[0]
                lines.append(row.add(name, "value" if i == 3 else "label").line())
        else:
            for half in (steps[:2], steps[2:]):
                row = Row(width).add(" ")
                for glyph, name, number, style in half:
                    row.fits(f"{glyph} {numbers.count(number)} {_SHORT[name]}  ", style)
                lines.append(row.line())
        tone = "fault" if sight.noticed else ""
        words = wrap(with_names(sight.sentence(), model.keys), width - 2)
        if len(words) > height - len(lines):
            words = wrap(with_names(sight.brief(), model.keys), width - 2)
        return lines + [Row(width).add(f" {part}", tone).line() for part in words]
