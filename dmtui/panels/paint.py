"""Puts changed lines of panels straight on the terminal: a frame costs what changed in it (UI thread).

Textual's own way from ``refresh`` to the terminal visits every panel that changed with messages, renders its lines
with their borders, cuts them at every other panel's edge and joins them again: at 20 frames a second that was two
thirds of the dashboard's processor time.  Where nothing lies over the panels a line can go where it stands; whenever
something does, or the layout is about to change, the lines are left to Textual, which draws the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.control import Control
from textual._compositor import CompositorUpdate
from textual.filter import ANSIToTruecolor
from textual.screen import Screen
from textual.strip import Strip

from dmtui.panels.base import LinePanel

Changed = tuple[LinePanel, Sequence[int]]
"""A panel with the numbers of its lines that are to be repainted."""


class LinesUpdate(CompositorUpdate):
    """Whole lines of panels, each at its place on the screen."""

    def __init__(self, lines: Sequence[tuple[int, int, Strip]]) -> None:
        self.lines = lines
        """Column, row, what stands there."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for x, y, strip in self.lines:
            yield Control.move_to(x, y)
            yield from strip

    def render_segments(self, console: Console) -> str:
        """What the terminal is to be sent."""
        return "".join(f"\x1b[{y + 1};{x + 1}H{strip.render(console)}" for x, y, strip in self.lines)


def paint(screen: Screen[None], changed: Sequence[Changed]) -> int:
    """Bring *changed* to the terminal, all in one update; returns the number of lines."""
    changed = [(panel, rows) for panel, rows in changed if rows]
    if changed and _lies_open(screen):
        screen.app._display(screen, LinesUpdate([line for each in changed for line in _lines(*each)]))
    else:
        for panel, rows in changed:
            panel.repaint(rows)
    return sum(len(rows) for _, rows in changed)


def _lies_open(screen: Screen[None]) -> bool:
    """Whether the panels are all that is there, where Textual has them, on a terminal."""
    app = screen.app
    return (
        app._running and not app.is_headless and not app._batch_count and screen.is_current
        and not screen._layout_required and not screen._repaint_required
        and all(isinstance(child, LinePanel) or not child.display for child in screen.children)
    )


def _lines(panel: LinePanel, rows: Sequence[int]) -> list[tuple[int, int, Strip]]:
    left, top, _, height = panel.content_region
    strips = [(left, top + row, panel.render_line(row)) for row in rows if row < height]
    _, background = panel.background_colors
    for filter in panel.get_line_filters():
        if panel.true_coloured and isinstance(filter, ANSIToTruecolor):
            continue  # it would make every segment anew, as it is
        strips = [(x, y, strip.apply_filter(filter, background)) for x, y, strip in strips]
    panel.painted_past_cache()
    return strips
