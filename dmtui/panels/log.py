"""The event log panel: newest lines at the bottom, a cursor whose line is shown whole, a filter (UI thread)."""

from __future__ import annotations

from typing import Any

from dmtui.model import numbers
from dmtui.model.filters import Filter
from dmtui.model.log import Log, LogLine
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row, wrap

_TONES = {"plain": "", "good": "ok", "warn": "busy", "bad": "fault", "mine": "mine"}
_ROWS_MOST = 6
"""Rows that the line under the cursor takes at the most, where another panel is the current one."""
SEARCH_MOST = 20_000
"""Newest lines that a filter and the cursor reach; looking at them takes a few milliseconds."""


NEWEST = Key("line", "the newest")
"""The row that tells how many lines stand below: a click on it follows them again."""


class Found:
    """The lines that a filter lets pass, found anew only when the log or the filter changed."""

    def __init__(self) -> None:
        self._for: tuple[int, str] = (-1, "")
        self._lines: list[LogLine] = []

    def lines(self, log: Log, wanted: Filter | None) -> list[LogLine]:
        """Oldest first."""
        mark = (log.changes, wanted.text if wanted else "")
        if mark != self._for:
            self._for = mark
            lines = log.tail(SEARCH_MOST)
            self._lines = lines if wanted is None else [line for line in lines if wanted.line(line)]
        return self._lines


class LogPanel(LinePanel):
    """Draws the visible part of the log.  With a cursor it stays where it is as new lines come."""

    STAGE = "log"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._found = Found()
        self.cursor: LogLine | None = None
        """The selected line; none = the newest are followed."""
        self._end = 0
        """Lines before the first that stands below the window; counts while there is a cursor."""

    def found(self, model: Model) -> list[LogLine]:
        """The lines there are to show, oldest first."""
        return self._found.lines(model.log, model.lists.get("log").filter)

    def _place(self, lines: list[LogLine]) -> int | None:
        """Where the cursor's line is now: a burst that grows is still the same line."""
        cursor = self.cursor
        if cursor is None:
            return None
        for at in range(len(lines) - 1, -1, -1):
            line = lines[at]
            if line is cursor or ((line.at_us, line.kind, line.machine) == (cursor.at_us, cursor.kind, cursor.machine)
                                  and (line.text == cursor.text or line.count > 1)):
                return at
        return None

    def scroll_by(self, step: int, model: Model) -> None:
        """The cursor towards older lines (negative) or newer ones; past the newest it follows again."""
        lines = self.found(model)
        at = self._place(lines)
        if at is None:
            at = len(lines)
            self._end = len(lines)
        to = max(0, at + step)
        if not lines or to >= len(lines):
            self.cursor = None
            return
        self.cursor = lines[to]

    def pick(self, key: Key, model: Model) -> None:
        """The cursor to the line that was clicked."""
        if key == NEWEST:
            self.cursor = None
            return
        lines = self.found(model)
        if self.cursor is None:
            self._end = len(lines)
        self.cursor = next((line for line in reversed(lines) if _identity(line) == key), self.cursor)

    def go_to(self, at_us: int, model: Model) -> None:
        """The cursor to the first line of that moment, and its line to the top of the panel."""
        lines = self.found(model)
        at = next((i for i, line in enumerate(lines) if line.at_us >= at_us), None)
        if at is None:
            self.cursor = None
            return
        self.cursor = lines[at]
        self._end = min(len(lines), at + max(2, self.content_size.height) - 1)

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        wanted = model.lists.get("log").filter
        if self.cursor is None:
            shown = model.log.tail(height) if wanted is None else self.found(model)[-height:]
            return [_draw(line, width, model.fine) for line in shown] or [_empty(model, width)]
        lines = self.found(model)
        at = self._place(lines)
        if at is None:
            self.cursor = None
            return self.draw(model, width, height)
        self.cursor = lines[at]
        return self._around(model, lines, at, width, height)

    def _around(self, model: Model, lines: list[LogLine], at: int, width: int, height: int) -> list[Line]:
        current = model.selection.stage == "log"
        most = max(1, height - 1)
        fine = model.fine
        whole = _whole(lines[at], width, most if current else min(_ROWS_MOST, most), current, fine)
        body = max(1, height - len(whole) - (1 if height > len(whole) + 1 else 0))
        end = max(at + 1, min(self._end, len(lines), at + body + 1))
        first = max(0, end - body - 1)
        self._end = end = min(len(lines), first + body + 1)
        rows = [_draw(line, width, fine) for line in lines[first:at]] + whole
        rows += [_draw(line, width, fine) for line in lines[at + 1 : end]]
        newer = len(lines) - end
        rows = rows[: height - 1] if newer and len(rows) >= height else rows
        if newer and height > 1:
            below = f" ▼ {numbers.count(newer)} newer lines below, {model.keys['go.last']} follows"
            rows.append(Row(width).add(below, "accent").line(NEWEST))
        return rows


def _empty(model: Model, width: int) -> Line:
    words = " nothing happened yet"
    if len(model.log):
        words = f" no line that the filter finds: {model.keys['console.close']} takes it away"
    return Row(width).add(words, "dim").line()


def _head(line: LogLine, width: int, fine: bool) -> Row:
    """The time to the microsecond while the clock stands or nearly does: there steps are as small."""
    time = f"{numbers.clock(line.at_us, fine):>{11 if fine else 9}} "
    row = Row(width).add(time, "dim").add(f"{line.glyph} ", _TONES[line.tone])
    if width >= 50:
        row.add(f"{line.machine[:10]:<10} ", "label")
    return row.add(f"{numbers.count(line.count)} alike: " if line.count > 1 else "", "value")


def _identity(line: LogLine) -> Key:
    return Key("line", f"{line.at_us} {line.kind} {line.machine} {line.text}")


def _draw(line: LogLine, width: int, fine: bool) -> Line:
    """Time, glyph, who, what."""
    return _head(line, width, fine).add(line.text, _TONES[line.tone]).line(_identity(line))


def _whole(line: LogLine, width: int, most: int, current: bool, fine: bool) -> list[Line]:
    """All of a line, in as many rows as it needs."""
    head = _head(line, width, fine)
    indent = width - head.left
    parts = wrap(line.text, max(10, head.left)) or [""]
    if len(parts) > most:
        parts = [*parts[: most - 1], " ".join(parts[most - 1 :])]
    style = _TONES[line.tone]
    rows = [head.add(parts[0], style).line(_identity(line), current)]
    return rows + [Row(width).add(" " * indent).add(part, style).line(_identity(line), current) for part in parts[1:]]
