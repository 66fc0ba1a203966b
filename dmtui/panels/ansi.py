"""Writes lines of cells as a terminal reads them, with neither Segment nor Strip between (pure; UI thread)."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

from dmtui.panels.line import Line

RESET = "\x1b[0m"


class Inks(dict[str, str]):
    """What a terminal is sent before a cell, by the cell's style name; asked of *style_of* when first used.

    Each begins from reset, so that it can follow any other.
    """

    def __init__(self, style_of: Callable[[str], Style], system: ColorSystem) -> None:
        super().__init__()
        self._style_of, self._system = style_of, system

    def __missing__(self, name: str) -> str:
        codes = Strip.render_ansi(self._style_of(name), self._system)
        ink = self[name] = f"\x1b[0;{codes}m" if codes else RESET
        return ink


def at(x: int, y: int) -> str:
    """Moves the cursor to a column and a row of the screen, both from 0."""
    return f"\x1b[{y + 1};{x + 1}H"


def written(line: Line, width: int, inks: Inks) -> str | None:
    """*line* on exactly *width* cells, reset behind them; None if it is longer, and somebody has to cut it."""
    cells = line.cells
    length = line.length if line.length is not None else sum(cell_len(text) for text, _ in cells)
    if length > width:
        return None
    parts = []
    last = RESET
    for text, name in cells:
        ink = inks[name]
        if ink != last:
            parts.append(ink)
            last = ink
        parts.append(text)
    if length < width:
        rest = inks[""]
        if rest != last:
            parts.append(rest)
        parts.append(" " * (width - length))
    parts.append(RESET)
    return "".join(parts)
