"""Latency over time for each path: a column a quarter of a second, a row each power of two (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence

from dmtui.model import numbers
from dmtui.model.columns import Column
from dmtui.model.meters import median_bucket
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.devices import path_cells
from dmtui.panels.line import Line, Row
from emulator.snapshot import DeviceView

_GLYPHS = " ░▒▓█"
_LABEL = 9
"""Cells before the picture."""


class HeatmapPanel(LinePanel):
    """All paths on one scale, so that a slow one stands out by its height alone."""

    STAGE = "heatmap"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        if not model.devices:
            return [Row(width).add(" no device", "dim").line()]
        columns = model.columns.last(max(1, width - _LABEL - 1))
        low, high = bucket_range(columns)
        if high < low:
            return [Row(width).add(_nothing(model, columns), "dim").line()]
        each = max(2, (height - 1) // len(model.devices))
        fit = max(1, (height - 1) // each)
        lines: list[Line] = []
        for device in model.devices[:fit]:
            lines += _path(model, device, columns, (low, high), width, each)
        powers = -(-(high - low + 1) // max(1, each - 1))
        said = [f"a row ×{2 ** powers}"] if powers > 1 else []
        left = len(model.devices) - fit
        said += [f"+{numbers.many(left, 'path')}"] if left > 0 else []
        return [*lines[: height - 1], _axis(columns, width, " · ".join(said))]


def _nothing(model: Model, columns: Sequence[Column]) -> str:
    """Why there is no picture."""
    if not any(device.completed or device.errors for device in model.devices):
        return " no clone has ended yet: the picture begins with the first"
    since = f" since {numbers.clock(columns[0].began_us)}" if columns else ""
    return f" no clone has ended{since}: the picture goes on with the next"


def bucket_range(columns: Sequence[Column]) -> tuple[int, int]:
    """First and last bucket that holds anything in any column; (0, -1) if none does."""
    used = {
        bucket for column in columns for counts in column.latency.values()
        for bucket, number in enumerate(counts) if number > 0
    }
    return (min(used), max(used)) if used else (0, -1)


def rows_of(low: int, high: int, rows: int) -> list[tuple[int, int]]:
    """The buckets that each of at most *rows* rows covers, slowest first: (first, last), evenly."""
    number = high - low + 1
    each = -(-number // max(1, rows))
    found = [(first, min(high, first + each - 1)) for first in range(low, high + 1, each)]
    return found[::-1]


def shade(count: int, most: int) -> int:
    """0 (nothing) .. 4: a share of the fullest cell, so that one single slow clone is still seen."""
    if count <= 0 or most <= 0:
        return 0
    return min(4, 1 + count * 4 // (most + 1))


def _path(
    model: Model, device: DeviceView, columns: Sequence[Column], span: tuple[int, int], width: int, rows: int
) -> list[Line]:
    key = Key("device", device.name)
    chosen = model.selection.is_chosen("device", device.name)
    word, style = path_cells(model, device)
    title = Row(width).add("▌" if chosen else " ", "accent").add(device.name, "head").add(f" {device.dev} ", "label")
    title.add(word, style)
    meter = model.device_meters.get(device.name)
    gained: Sequence[int] = meter.latency.gained if meter else ()
    half = median_bucket(gained)
    if half is not None:
        title.right((f"half below {numbers.micros(2 ** half)}", "value"))
    lines = [title.line(key, chosen)]
    counts = [column.latency.get(device.name, ()) for column in columns]
    picture = rows_of(*span, rows - 1)
    cells = [[sum(column[first : last + 1]) for column in counts] for first, last in picture]
    most = max((number for row in cells for number in row), default=0)
    for (_, last), row in zip(picture, cells, strict=True):
        label = f"<{numbers.micros(2 ** last)}".rjust(_LABEL - 1) + " "
        lines.append(_shaded(row, most, Row(width).add(label, "label")).line(key))
    return lines


def _shaded(row: Sequence[int], most: int, out: Row) -> Row:
    run, level = "", 0
    for number in row:
        new = shade(number, most)
        if new != level and run:
            out.add(run, f"heat{level}" if level else "")
            run = ""
        level = new
        run += _GLYPHS[new]
    return out.add(run, f"heat{level}" if level else "")


def _axis(columns: Sequence[Column], width: int, said: str = "") -> Line:
    """When the picture begins and ends, in emulated time, what the rows (*said*) and the shades mean."""
    row = Row(width).add(" " * _LABEL).add(numbers.clock(columns[0].began_us), "dim")
    now = f"{numbers.clock(columns[-1].ended_us)}"
    if said:
        row.fits(f"  {said}", "label")
    if _LABEL + len(columns) - len(now) > width - row.left + 14 and width > 64:
        row.add("   few ", "dim")
        for level in range(1, 5):
            row.add(_GLYPHS[level], f"heat{level}")
        row.add(" many", "dim")
    end = _LABEL + len(columns) - len(now)
    return row.pad(end).add(now, "dim").line() if end > width - row.left else row.line()
