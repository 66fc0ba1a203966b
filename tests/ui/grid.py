"""Reads back what a terminal is sent: which character stands where, in which colours; strict about what it knows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from rich.cells import cell_len
from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style

_TOKENS = re.compile(
    r"\x1b\[(?P<place>\d+;\d+)H|\x1b\[(?P<mode>[\d;]*)m|(?P<sync>\x1b\[\?2026[hl])|(?P<char>[^\x00-\x1f])"
)
_ATTRIBUTES = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike"}


class Cell(NamedTuple):
    """A character, the codes of its colours (none: the terminal's own) and its attributes."""

    char: str
    ink: tuple[str, ...]
    ground: tuple[str, ...]
    attributes: frozenset[str]


class Grid:
    """Cells by (column, row), as far as they were written."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], Cell] = {}
        self.bare = True
        """Whether the next character would bear no colour and no attribute."""
        self._at = 0, 0
        self._reset()

    def _reset(self) -> None:
        self._ink: tuple[str, ...] = ()
        self._ground: tuple[str, ...] = ()
        self._attributes: frozenset[str] = frozenset()

    def feed(self, text: str) -> None:
        """Write; AssertionError for what no frame should send."""
        at = 0
        while at < len(text):
            found = _TOKENS.match(text, at)
            assert found is not None, f"not expected in a frame: {text[at : at + 20]!r}"
            at = found.end()
            if found["place"] is not None:
                y, x = map(int, found["place"].split(";"))
                self._at = x - 1, y - 1
            elif found["mode"] is not None:
                self._mode(found["mode"].split(";"))
            elif found["char"] is not None:
                self._put(found["char"])
        self.bare = not (self._ink or self._ground or self._attributes)

    def _put(self, char: str) -> None:
        x, y = self._at
        if not cell_len(char):
            before = self.cells[x - 1, y]
            self.cells[x - 1, y] = before._replace(char=before.char + char)
            return
        for each in (char, *[""] * (cell_len(char) - 1)):
            self.cells[x, y] = Cell(each, self._ink, self._ground, self._attributes)
            x += 1
        self._at = x, y

    def _mode(self, codes: list[str]) -> None:
        while codes:
            code = int(codes[0] or 0)
            taken = (5 if codes[1] == "2" else 3) if code in (38, 48) else 1
            colour, codes = tuple(codes[:taken]), codes[taken:]
            if code == 0:
                self._reset()
            elif code in _ATTRIBUTES:
                self._attributes |= {_ATTRIBUTES[code]}
            elif code in (39, 49):
                self._ink, self._ground = ((), self._ground) if code == 39 else (self._ink, ())
            elif code in (38, *range(30, 38), *range(90, 98)):
                self._ink = colour
            else:
                assert code in (48, *range(40, 48), *range(100, 108)), f"no such mode: {code}"
                self._ground = colour


def cells_of(segments: Iterable[Segment], system: ColorSystem) -> list[Cell]:
    """A line of Textual's as a terminal with that colour system has to show it.

    Not by the codes that its styles write: a style remembers those of the first console that wrote it.
    """
    found: list[Cell] = []
    for segment in segments:
        style = segment.style or Style()
        attributes = frozenset(name for name in _ATTRIBUTES.values() if getattr(style, name))
        look = _codes(style.color, system), _codes(style.bgcolor, system, foreground=False), attributes
        for char in segment.text:
            if not cell_len(char):
                found[-1] = found[-1]._replace(char=found[-1].char + char)
                continue
            found += [Cell(each, *look) for each in (char, *[""] * (cell_len(char) - 1))]
    return found


def _codes(colour: Color | None, system: ColorSystem, foreground: bool = True) -> tuple[str, ...]:
    if colour is None or colour.is_default:
        return ()
    return tuple(colour.downgrade(system).get_ansi_codes(foreground))
