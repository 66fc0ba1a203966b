"""Puts changed lines of panels straight on the terminal: a frame costs what changed in it (UI thread).

Textual's own way from ``refresh`` to the terminal visits every panel that changed with messages, renders its lines
with their borders, cuts them at every other panel's edge and joins them again: at 20 frames a second that was two
thirds of the dashboard's processor time.  Where nothing lies over the panels a line can go where it stands; whenever
something does, or the layout is about to change, the lines are left to Textual, which draws the same ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.color import ColorSystem
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.app import App
from textual.screen import Screen

from dmtui.panels.ansi import at, written
from dmtui.panels.base import LinePanel

Changed = tuple[LinePanel, Sequence[int]]
"""A panel with the numbers of its lines that are to be repainted."""


def paint(screen: Screen[None], changed: Sequence[Changed]) -> int:
    """Bring *changed* to the terminal, all in one update; returns the number of lines."""
    changed = [(panel, rows) for panel, rows in changed if rows]
    if changed and _lies_open(screen):
        _send(screen.app, "".join(part for panel, rows in changed for part in _lines(panel, rows)))
    else:
        for panel, rows in changed:
            panel.repaint(rows)
    return sum(len(rows) for _, rows in changed)


def _lies_open(screen: Screen[None]) -> bool:
    """Whether the panels are all that is there, where Textual has them, on a terminal."""
    app = screen.app
    return (
        app._running and not app._closed and not app.is_headless and not app.is_inline and not app._batch_count
        and screen.is_current and not screen._layout_required and not screen._repaint_required
        and all(isinstance(child, LinePanel) or not child.display for child in screen.children)
    )


def _lines(panel: LinePanel, rows: Sequence[int]) -> list[str]:
    left, top, width, height = panel.content_region
    console = panel.app.console
    inks = panel.inks(console._color_system or ColorSystem.TRUECOLOR)
    parts: list[str] = []
    for row in rows:
        if row < height:
            line = panel.line(row)
            direct = None if panel.lettered else written(line, width, inks[line.chosen])
            parts += at(left, top + row), direct or panel.filtered(row).render(console)
    panel.painted_past_cache()
    return parts


def _send(app: App[object], lines: str) -> None:
    """As App._display, but in one piece: each write wakes the thread that does them."""
    driver = app._driver
    if driver is None:
        return
    app._previous_cursor_position = x, y = app.screen.outer_size.clamp_offset(app.cursor_position)
    update = f"{lines}{at(x, y)}"
    driver.write(f"{SYNC_START}{update}{SYNC_END}" if app._sync_available else update)
    driver.flush()
    app.post_display_hook()
