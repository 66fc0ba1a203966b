"""NO_COLOR: what would be colours becomes bold, faint and reverse, in the terminal's own colours (UI thread).

Textual itself would write greys on a dark ground of its own.  Here nothing is written that names a colour: what stands
on another ground than its widget's (a block, a chosen row, a cursor) is reversed, what is hardly lighter than its
ground is faint, everything else keeps its attributes.  See https://no-color.org.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

GROUND = 42
"""Two grounds with less between them, summed over red, green and blue, are one: a panel's and the screen's."""
FAINT = 4.5
"""Contrast ratio below which the themes write what may be overlooked: WCAG's bound for text."""


class Plain(LineFilter):
    """Takes every colour out of lines."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """See LineFilter.apply; *background* is that of the widget."""
        return [
            Segment(text, _plain(style, background) if style else style, control) for text, style, control in segments
        ]


class Behind(LineFilter):
    """What lies behind a dialog: faint, and nothing in it stands out."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """See LineFilter.apply."""
        return [Segment(text, _FAINT, control) for text, _, control in segments]


_FAINT = Style(dim=True)
_STRONG = frozenset({"value", "head", "accent", "key", "fault"})
_WEAK = frozenset({"dim", "rule"})


def cell(name: str, chosen: bool) -> Style:
    """The look of a cell of a panel called *name* (see dmtui.panels.base.STYLES), in a chosen row or not.

    Blocks are reversed, and so is a chosen row, but for the blocks in it.
    """
    if name.endswith("-block"):
        return Style(bold=True, reverse=not chosen)
    return Style(bold=name in _STRONG or None, dim=(name in _WEAK and not chosen) or None, reverse=chosen or None)


def _of(colour: RichColor | None) -> Color | None:
    return None if colour is None or colour.is_default else Color.from_rich_color(colour)


@lru_cache(4096)
def _plain(style: Style, background: Color) -> Style:
    ink, ground = _of(style.color), _of(style.bgcolor)
    plain = style.without_color + Style.from_meta(style.meta) if style.meta else style.without_color
    raised = ground is not None and _apart(ground, background) >= GROUND
    if raised and not style.reverse:
        return plain + Style(reverse=True)
    under = background if ground is None else ground
    if ink is not None and not style.reverse and _contrast(ink, under) < FAINT:
        return plain + Style(dim=True)
    return plain


def _apart(one: Color, other: Color) -> int:
    return abs(one.r - other.r) + abs(one.g - other.g) + abs(one.b - other.b)


def _contrast(one: Color, other: Color) -> float:
    """WCAG's ratio, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Color) -> float:
    parts = [part / 255 for part in (colour.r, colour.g, colour.b)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
