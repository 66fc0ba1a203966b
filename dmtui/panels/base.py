"""The Line API panel that all live panels are: it repaints only lines that changed (UI thread, Textual)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from dmtui.model.selection import Key, Stage
from dmtui.model.state import Model
from dmtui.nocolour import cell
from dmtui.panels.ansi import Inks
from dmtui.panels.line import BLANK, Line

STYLES = (
    "read", "write", "marker", "requeue", "ok", "busy", "fault", "dim", "label", "value", "head", "accent", "rule",
    "read-block", "write-block", "marker-block", "requeue-block", "fault-block", "busy-block", "ok-block", "key",
    "bar", "spark", "lock", "mine", "heat1", "heat2", "heat3", "heat4",
)
"""Names that a cell can carry; each has a colour of the theme."""
_VARIABLES = {"value": "bright", "head": "bright", "key": "accent"}
"""Variables of names that share another's."""
_BOLD = frozenset({"value", "head", "accent", "key"})
FAINT = Style(dim=True, bold=False)
"""What a row is behind the letter that leads to it."""


def cell_style(variables: Mapping[str, str], name: str) -> Style:
    """The look of a cell called *name* (one of STYLES, or "chosen") in a theme.  Raises KeyError for another.

    Not component classes: Textual makes a node for each of every widget, at the start and for each change of theme.
    """
    def colour(of: str) -> RichColor:
        return Color.parse(variables[f"dm-{of}"]).rich_color

    if name == "chosen":
        return Style(bgcolor=colour("chosen"))
    if name.endswith("-block"):
        return Style(color=colour("ink"), bgcolor=colour(name.removesuffix("-block")), bold=True)
    return Style(color=colour(_VARIABLES.get(name, name)), bold=name in _BOLD or None)


class LinePanel(Widget):
    """Lines of styled cells.  Subclasses say what to draw; the screen's one clock says when."""

    DEFAULT_CSS = "LinePanel { background: $dm-panel; color: $dm-text; }"
    ALLOW_SELECT = False
    STAGE: ClassVar[Stage | None] = None
    """The stage of the pipeline that the panel shows."""
    MOVES: ClassVar[bool] = False
    """Whether all of it is drawn with every frame, not only what is marked so in its lines (Line.again)."""

    class Picked(Message):
        """A click on something with an identity."""

        def __init__(self, key: Key, double: bool, stage: Stage | None = None) -> None:
            super().__init__()
            self.key = key
            self.stage = stage
            self.double = double

    class Wheel(Message):
        """The wheel was turned over the panel of a stage."""

        def __init__(self, stage: Stage, step: int) -> None:
            super().__init__()
            self.stage = stage
            self.step = step

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._lines: list[Line] = []
        self._styles: dict[tuple[str, bool], Style] = {}
        self._inks: tuple[object, tuple[Inks, Inks]] | None = None
        self.headed = ("", "")
        """Title and subtitle as they were set last."""
        self._letters: dict[int, str] = {}
        self._cache_is_old = False
        self._taken: tuple[Model | None, Size] = (None, Size())
        """What was drawn last, and in which size."""

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        """The lines for a content area of *width* by *height* cells."""
        raise AssertionError(f"{type(self).__name__} draws nothing")

    def update(self, model: Model) -> int:
        """Draw anew and repaint what differs; returns the number of lines repainted."""
        changed = self.take(model)
        self.repaint(changed)
        return len(changed)

    def take(self, model: Model) -> list[int]:
        """Draw anew; the numbers of the lines that differ, which somebody has to bring to the terminal."""
        self._taken = model, (size := self.content_size)
        width, height = size
        if width <= 0 or height <= 0 or not self.display:
            return []
        lines = self.draw(model, width, height)[:height]
        old, self._lines = self._lines, lines
        return [
            y for y in range(max(len(old), len(lines))) if y >= len(old) or y >= len(lines) or old[y] != lines[y]
        ]

    @property
    def has_room(self) -> bool:
        """Whether there was any when it was drawn last: not before Textual has placed it."""
        return bool(self._taken[1])

    def take_moving(self, model: Model) -> list[int]:
        """Draw what moves of it anew; the numbers of the lines that differ, as :meth:`take` tells them."""
        if self.MOVES:
            return self.take(model)
        found = []
        for y, line in enumerate(self._lines):
            new = line.again(model) if line.again is not None else None
            if new is not None and new != line:
                self._lines[y] = new
                found.append(y)
        return found

    def on_resize(self) -> None:
        """A size that was not known when it was drawn last: there may be no further frame for long."""
        model, size = self._taken
        if model is not None and size != self.content_size:
            self.update(model)

    def repaint(self, rows: Sequence[int]) -> None:
        """Let Textual bring these lines to the terminal."""
        if rows:
            width = self.content_size.width
            self.refresh(*(Region(0, y, width, 1) for y in rows))

    def painted_past_cache(self) -> None:
        """Lines went to the terminal that Textual's cache of rendered lines does not know."""
        self._cache_is_old = True

    def render_lines(self, crop: Region) -> list[Strip]:
        """See Widget.render_lines."""
        if self._cache_is_old:
            self._cache_is_old = False
            self._styles_cache.clear()
        return super().render_lines(crop)

    @property
    def text(self) -> str:
        """What the panel shows, without styles."""
        return "\n".join("".join(text for text, _ in line.cells) for line in self._lines)

    def text_of(self, key: Key) -> str:
        """What the lines of one thing show."""
        lines = ("".join(text for text, _ in line.cells).rstrip() for line in self._lines if line.key == key)
        return "".join(f"{line}\n" for line in lines)

    @property
    def things(self) -> list[tuple[int, Key]]:
        """Rows with what they show."""
        return [(y, line.key) for y, line in enumerate(self._lines) if line.key is not None]

    @property
    def lettered(self) -> bool:
        """Whether letters stand before its rows, which must not go on under them."""
        return bool(self._letters)

    def letter(self, letters: dict[int, str]) -> None:
        """Put a letter before some rows, which stand back behind it, or take them away."""
        if letters != self._letters:
            self._letters = letters
            self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles = {}
        self._inks = None

    def _style(self, name: str, chosen: bool) -> Style:
        style = self._styles.get((name, chosen))
        if style is None:
            style = self._styles[(name, chosen)] = self._new_style(name, chosen)
        return style

    def _new_style(self, name: str, chosen: bool) -> Style:
        style = self.rich_style
        if self.app.no_color:
            return style + cell(name, chosen)
        if name:
            style = style + cell_style(self.app.theme_variables, name)
        if chosen and not name.endswith("-block"):
            style = style + cell_style(self.app.theme_variables, "chosen")
        return style

    def inks(self, system: ColorSystem) -> tuple[Inks, Inks]:
        """How its cells are written straight to a terminal of that colour system: on its ground, and chosen."""
        of = (system, *self.get_line_filters())
        if self._inks is None or self._inks[0] != of:
            self._inks = of, (
                Inks(lambda name: self._filtered_style(name, False), system),
                Inks(lambda name: self._filtered_style(name, True), system),
            )
        return self._inks[1]

    def _filtered_style(self, name: str, chosen: bool) -> Style:
        """What the filters of lines, each of which looks at one style after the other, make of a cell's."""
        cell = Strip([Segment(" ", self._style(name, chosen))], 1)
        return next(iter(self._filter(cell))).style or Style.null()

    def _filter(self, strip: Strip) -> Strip:
        _, background = self.background_colors
        for filter in self.get_line_filters():
            strip = strip.apply_filter(filter, background)
        return strip

    def filtered(self, y: int) -> Strip:
        """A line as Textual would bring it to the terminal."""
        return self._filter(self.render_line(y))

    def line(self, y: int) -> Line:
        """A line as it was drawn last; a blank one below the last."""
        return self._lines[y] if y < len(self._lines) else BLANK

    def render_line(self, y: int) -> Strip:
        strip = self._strip(y)
        if y in self._letters:
            mark = Segment(self._letters[y], self._style("marker-block", False))
            behind = strip.crop(1)
            return Strip([mark, *Segment.apply_style(behind, post_style=FAINT)], 1 + behind.cell_length)
        return strip

    def _strip(self, y: int) -> Strip:
        width = self.content_size.width
        line = self.line(y)
        segments = [Segment(text, self._style(name, line.chosen)) for text, name in line.cells]
        rest = self._style("", line.chosen)
        if line.length is None or line.length > width:
            return Strip(segments).adjust_cell_length(width, rest)
        if line.length < width:
            segments.append(Segment(" " * (width - line.length), rest))
        return Strip(segments, width)

    def on_click(self, event: events.Click) -> None:
        """Select what was clicked, or at least the panel's stage."""
        offset = event.get_content_offset(self)
        key = Key("stage", self.STAGE) if self.STAGE else None
        if offset is not None:
            key = self.key_at(offset.x, offset.y) or key
        if key is not None:
            self.post_message(self.Picked(key, event.chain > 1, self.STAGE))
            event.stop()

    def key_at(self, x: int, y: int) -> Key | None:
        """The identity under a cell of the content area."""
        key = self._lines[y].key if 0 <= y < len(self._lines) else None
        return key if key is None or key.kind != "column" else Key("column", self._word_at(x, y))

    def _word_at(self, x: int, y: int) -> str:
        """The column whose name stands there."""
        text = "".join(text for text, _ in self._lines[y].cells)
        return next((word[0].strip("▼▲") for word in re.finditer(r"\S+", text) if word.start() <= x < word.end()), "")

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Towards the next, or the newer."""
        if self.STAGE:
            self.post_message(self.Wheel(self.STAGE, 1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Towards the one before, or the older."""
        if self.STAGE:
            self.post_message(self.Wheel(self.STAGE, -1))
