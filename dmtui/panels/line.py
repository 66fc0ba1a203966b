"""A panel's drawing material: lines of styled cells, and a builder that never writes past its width (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from dmtui.model.selection import Key

if TYPE_CHECKING:
    from dmtui.model.state import Model


@dataclass(slots=True)
class Line:
    """One line of a panel.  Nobody changes one: it is not frozen only because that makes it dearer, 100 in a frame."""

    cells: tuple[tuple[str, str], ...] = ()
    """(text, style name); the names are those of LinePanel.STYLES."""
    key: Key | None = None
    """What a click on the line selects."""
    chosen: bool = False
    """Drawn on the background of a selected thing."""
    length: int | None = None
    """Cells that the texts take, where it is known: measuring them again costs a part of each frame."""
    again: Callable[[Model], Line | None] | None = field(default=None, compare=False)
    """A line of the picture that moves: how it is now (None: as it was), while the rest of its panel stands to be
    read."""


BLANK = Line()
WORD_MOST = 14
"""Letters of a word that is left out rather than cut."""


def still(lines: Iterable[Line]) -> list[Line]:
    """The same without movement: what counts or draws the rows below it is of the same frame as they are."""
    return [line if line.again is None else replace(line, again=None) for line in lines]


class Row:
    """Builds one Line of at most *width* cells."""

    __slots__ = ("_cells", "_left", "width")

    def __init__(self, width: int) -> None:
        self.width = max(0, width)
        self._left = self.width
        self._cells: list[tuple[str, str]] = []

    @property
    def left(self) -> int:
        """Cells that are still free."""
        return self._left

    def add(self, text: str, style: str = "") -> Row:
        """Append *text*; what does not fit is cut with an ellipsis, at a word where one is near."""
        if not text or self._left <= 0:
            return self
        cells = len(text) if text.isascii() else cell_len(text)
        if cells > self._left:
            text = set_cell_size(_cut(text, self._left), self._left)
            cells = self._left
        self._cells.append((text, style))
        self._left -= cells
        return self

    def fits(self, text: str, style: str = "") -> Row:
        """Append *text* only if all of it fits."""
        cells = cell_len(text)
        if cells <= self._left:
            self._cells.append((text, style))
            self._left -= cells
        return self

    def pair(self, label: str, value: str, style: str = "value") -> Row:
        """Append a label with its value, only if both fit."""
        if cell_len(label) + cell_len(value) <= self._left:
            self.add(label, "label").add(value, style)
        return self

    def pad(self, column: int) -> Row:
        """Fill with blanks up to *column*."""
        gap = min(self._left, column - (self.width - self._left))
        if gap > 0:
            self._cells.append((" " * gap, ""))
            self._left -= gap
        return self

    def rule(self, style: str = "rule") -> Row:
        """Fill the rest with a thin line."""
        if self._left > 1:
            self._cells.append((" " + "─" * (self._left - 1), style))
            self._left = 0
        return self

    def right(self, *cells: tuple[str, str]) -> Row:
        """Put *cells* at the right end, those first that fit with a blank before them."""
        kept: list[tuple[str, str]] = []
        room = self._left - 1
        for text, style in cells:
            if cell_len(text) > room:
                break
            kept.append((text, style))
            room -= cell_len(text)
        used = sum(cell_len(text) for text, _ in kept)
        if kept:
            self._cells.append((" " * (self._left - used), ""))
            self._cells.extend(kept)
            self._left = 0
        return self

    def line(
        self, key: Key | None = None, chosen: bool = False, again: Callable[[Model], Line | None] | None = None
    ) -> Line:
        """The finished line."""
        return Line(tuple(self._cells), key, chosen, self.width - self._left, again)


def _cut(text: str, width: int) -> str:
    short = set_cell_size(text, width - 1)
    head, blank, last = short.rpartition(" ")
    if blank and len(head) > width // 2 and len(last) <= WORD_MOST and not text[len(short) :].startswith(" "):
        return f"{head.rstrip()} …"
    return short + "…"


def wrap(text: str, width: int) -> list[str]:
    """Break *text* into lines of at most *width* cells, at blanks."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        if current and len(current) + 1 + len(word) > width:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}" if current else word
    return [*lines, current] if current else lines


def area(values: Sequence[float], width: int, rows: int, top: float | None = None) -> list[str]:
    """A chart of *rows* lines from the last *width* values, scaled from zero, in eighths of a cell."""
    shown = list(values[-width:])
    high = top if top is not None else max(shown, default=0.0)
    shown = [0.0] * (width - len(shown)) + shown
    levels = [0 if high <= 0 or v <= 0 else max(1, min(rows * 8, round(v / high * rows * 8))) for v in shown]
    return ["".join(line) for line in zip(*(_column(level, rows) for level in levels), strict=True)] or [""] * rows


@lru_cache(1024)
def _column(level: int, rows: int) -> str:
    """The cells of one value of *level* eighths, from the top."""
    return "".join(" ▁▂▃▄▅▆▇█"[max(0, min(8, level - 8 * (rows - 1 - row)))] for row in range(rows))
