"""Throughput and queue depths over time, each chart scaled from zero to its own highest (UI thread)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dmtui.model import numbers
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import BLANK, Line, Row, area


class Chart(NamedTuple):
    """One chart."""

    series: str
    title: str
    short: str
    """The title where there is little room."""
    style: str
    say: Callable[[float], str]


CHARTS = (
    Chart("iops", "I/Os completed /s", "I/Os /s", "spark", numbers.count),
    Chart("queue", "requests in md queue", "md queue", "read", numbers.count),
    Chart("clones", "clones in flight", "clones", "ok", numbers.count),
    Chart("bytes", "bytes /s", "bytes /s", "spark", numbers.volume),
    Chart("backlog", "softirq backlog", "backlog", "marker", numbers.count),
    Chart("outstanding", "bios without an answer", "bios out", "bar", numbers.count),
    Chart("lock", "queue lock held", "lock held", "lock", numbers.percent),
    Chart("requeued", "originals requeued /s", "requeued /s", "requeue", numbers.rate),
)
"""The most telling first: those that do not fit are left out from the end."""
ROOMY = 40
"""Cells of a chart from which its whole title fits beside what it says."""
_LEAST = 3
"""Lines of a chart with its title."""


class ChartsPanel(LinePanel):
    """As many charts as fit, in two columns where there is room."""

    STAGE = "charts"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        if not len(model.columns):
            return [Row(width).add(" nothing has been counted yet", "dim").line()]
        across = 2 if width >= 90 else 1
        down = max(1, min(-(-len(CHARTS) // across), height // _LEAST))
        each = height // down
        cell = width // across - (1 if across == 2 else 0)
        lines: list[Line] = []
        for row in range(down):
            left = _chart(model, CHARTS[row * across], cell, each)
            if across == 2 and row * across + 1 < len(CHARTS):
                right = _chart(model, CHARTS[row * across + 1], cell, each)
                left = [_beside(one, other, cell) for one, other in zip(left, right, strict=True)]
            lines += left
        return (lines + [BLANK] * height)[:height]


def _beside(left: Line, right: Line, width: int) -> Line:
    return Line((*Row(width).line().cells, *left.cells, ("  ", ""), *right.cells))


def _chart(model: Model, chart: Chart, width: int, rows: int) -> list[Line]:
    values = model.columns.series(chart.series, width - 1)
    most = max(values, default=0.0)
    name = chart.title if width >= ROOMY else chart.short
    title = Row(width).add(f" {name} ", "label").add(chart.say(values[-1] if values else 0.0), "value")
    title.right((f"most {chart.say(most)}", "dim"))
    picture = area(values, width - 1, max(1, rows - 1), top=most)
    lines = [_padded(title, width)]
    lines += [_padded(Row(width).add(" ").add(text, chart.style), width) for text in picture]
    return lines


def _padded(row: Row, width: int) -> Line:
    return row.pad(width).line()
