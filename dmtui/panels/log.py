"""The event log panel: the newest lines at the bottom, scrolled back with the wheel or the arrows (UI thread)."""

from __future__ import annotations

from typing import Any

from dmtui.model import numbers
from dmtui.model.log import LogLine
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row

_TONES = {"plain": "", "good": "ok", "warn": "busy", "bad": "fault", "mine": "mine"}


class LogPanel(LinePanel):
    """Draws the visible part of the log; while scrolled back it stays where it is as new lines come."""

    STAGE = "log"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._back = 0
        self._seen = 0

    def scroll_by(self, step: int, model: Model) -> None:
        """Towards older lines (negative) or newer ones."""
        most = max(0, len(model.log) - max(1, self.content_size.height))
        self._back = max(0, min(most, self._back - step))

    def go_to(self, at_us: int, model: Model) -> None:
        """Scroll so that the lines of that moment stand on top."""
        height = max(2, self.content_size.height)
        newer = sum(1 for line in model.log.tail(len(model.log)) if line.at_us >= at_us)
        self._back = max(0, min(len(model.log) - height, newer - height + 1))
        self._seen = model.log.total

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        if self._back:
            most = max(0, len(model.log) - height)
            self._back = min(most, self._back + max(0, model.log.total - self._seen))
        self._seen = model.log.total
        body = height - 1 if self._back else height
        lines = [draw_line(line, width) for line in model.log.tail(body, self._back)]
        if self._back:
            lines.append(Row(width).add(f" ▼ {numbers.count(self._back)} newer lines below", "accent").line())
        return lines


def draw_line(line: LogLine, width: int) -> Line:
    """Time, glyph, who, what."""
    style = _TONES[line.tone]
    row = Row(width).add(f"{numbers.clock(line.at_us):>9} ", "dim").add(f"{line.glyph} ", style)
    if width >= 50:
        row.add(f"{line.machine[:10]:<10} ", "label")
    return row.add(f"{numbers.count(line.count)}× " if line.count > 1 else "", "value").add(line.text, style).line()
