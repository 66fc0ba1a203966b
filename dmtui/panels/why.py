"""Why the application noticed nothing: how far up each error came, and the sentence it makes (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence

from dmtui.keymap import with_names
from dmtui.model import numbers
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row, wrap

_SHORT = {
    "clone errors": "errors", "hidden by end_clone_bio": "hidden", "originals requeued": "requeued",
    "bios failed to the application": "bios failed",
}


LADDER_LEAST = 7
"""Rows from which each number has one."""
Step = tuple[str, str, int, str]
"""Glyph, name, number, style."""


class WhyPanel(LinePanel):
    """Four numbers in a row, from the device up to the application, then words."""

    STAGE = "why"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        sight = model.sight
        steps: list[Step] = [
            ("×", "clone errors", sight.clone_errors, "fault" if sight.clone_errors else "label"),
            ("◐", "hidden by end_clone_bio", sight.hidden, "busy" if sight.hidden else "label"),
            ("↺", "originals requeued", sight.requeued, "requeue" if sight.requeued else "label"),
            ("×" if sight.noticed else "✓", "bios failed to the application", sight.failed,
             "fault" if sight.noticed else "ok"),
        ]
        tone = "fault" if sight.noticed else ""
        full = wrap(with_names(sight.sentence(), model.keys), width - 2)
        ladder = height >= LADDER_LEAST
        if len(full) > height - len(steps) >= len(full) - 2:
            # The whole sentence explains more than a row for each number does.
            ladder = False
        lines = _ladder(steps, width) if ladder else _pairs(steps, width)
        words = full
        if len(words) > height - len(lines):
            words = wrap(with_names(sight.brief(), model.keys), width - 2)
        return lines + [Row(width).add(f" {part}", tone).line() for part in words]


def _ladder(steps: Sequence[Step], width: int) -> list[Line]:
    """A row for each number."""
    cells = max(len(numbers.count(number)) for _, _, number, _ in steps)
    lines = []
    for i, (glyph, name, number, style) in enumerate(steps):
        row = Row(width).add(f" {glyph} ", style).add(f"{numbers.count(number):>{cells}} ", style)
        if len(name) > row.left:
            name = name.partition(" to ")[0].partition(" by ")[0]
        lines.append(row.add(name, "value" if i == len(steps) - 1 else "label").line())
    return lines


def _pairs(steps: Sequence[Step], width: int) -> list[Line]:
    """Two numbers in a row, with names as long as there is room for."""
    lines = []
    for half in (steps[:2], steps[2:]):
        names = [name for _, name, _, _ in half]
        forms = (names, [_SHORT[names[0]], names[1]], [_SHORT[name] for name in names])
        heads = sum(len(f"{glyph} {numbers.count(number)} ") for glyph, _, number, _ in half)
        fitting = next((form for form in forms if heads + sum(map(len, form)) + 3 <= width), forms[-1])
        row = Row(width)
        for name, (glyph, _, number, style) in zip(fitting, half, strict=True):
            row.fits(f" {glyph} {numbers.count(number)} {name} ", style)
        lines.append(row.line())
    return lines
