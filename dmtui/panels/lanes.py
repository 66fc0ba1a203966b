"""The messages between processes as a live sequence diagram: a lane a process, an arrow a message (UI thread)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len

from dmtui.keymap import NAMES, with_names
from dmtui.model import numbers
from dmtui.model.lanes import Arrow, LanesView, Note
from dmtui.model.lanes import Row as LaneRow
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row
from emulator.telling import KERNEL_OF, subject

LANE_LEAST, LANE_SMALL, LANE_MOST = 3, 4, 15
"""Cells of a lane: in which an arrow can be drawn, in which it is well seen, and more than which is waste."""
WORDS_LEAST, WORDS_SHORT, WORDS = 26, 36, 41
"""Cells of the words behind the lanes: the longest function alone, with a number, with what it is the number of."""
TIME, TIME_SHORT = 12, 8
"""Cells of the time: the clock to the microsecond; without the seconds where there is little room."""
ROOMY = 100
"""Width from which there is room."""
NAMES_MOST = 3
"""Rows on which names of narrow lanes are staggered."""
_STYLES = {"read": "read", "write": "write", "ok": "ok", "fault": "fault", "busy": "busy", "": "label"}
_GLYPHS = {"read": "R", "write": "W", "ok": "✓", "fault": "×", "busy": "◐", "": "·"}
"""Direction or outcome without colour."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """Where the lanes stand."""

    names: tuple[str, ...]
    """Shown ones; the last may stand for all that were cut."""
    place: dict[str, int]
    """Machine -> index of its lane."""
    width: int
    """Cells of one lane."""

    def at(self, machine: str) -> int:
        """Cell of its line."""
        return self.place[machine] * self.width + self.width // 2


def arrange(names: Sequence[str], rows: Sequence[LaneRow], room: int) -> Lanes:
    """Lanes in *room* cells: all of them, narrower if need be; what does not fit shares one lane, "…N more".

    Kept are the ends of the way and, of the middle, those that the newest rows have to do with.
    """
    fit = max(2, room // LANE_LEAST)
    if len(names) <= fit:
        width = max(LANE_LEAST, min(LANE_MOST, room // max(1, len(names))))
        return Lanes(tuple(names), {name: i for i, name in enumerate(names)}, width)
    busy = dict.fromkeys((names[0], names[-1]))
    for row in reversed(rows):
        if isinstance(row, Arrow):
            busy |= dict.fromkeys((row.source, row.destination))
    order = [*busy, *(name for name in names if name not in busy)]
    kept = set(order[: fit - 1])
    shown = [name for name in names if name in kept]
    cut = [name for name in names if name not in kept]
    first = names.index(cut[len(cut) // 2])
    at = sum(1 for name in shown if names.index(name) < first)
    width = room // (len(shown) + 1)
    rest = f"…{len(cut)} more" if width > 7 else f"…{len(cut)}"
    titles = [*shown[:at], rest, *shown[at:]]
    place = {name: i for i, name in enumerate(titles) if name in kept} | dict.fromkeys(cut, at)
    return Lanes(tuple(titles), place, width)


class LanesPanel(LinePanel):
    """Newest at the bottom; scrolled back it shows what there was then, unmoved, until it follows again."""

    STAGE = "lanes"
    MOVES = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._drawn: tuple[LanesView | None, int, int, int, list[Line]] = (None, 0, 0, 0, [])
        self.held: LanesView | None = None
        """What is shown while one reads back; None = the newest are followed."""
        self._newer = 0
        """Rows of ``held`` below the last that is shown."""

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        if model.lanes is None:
            self.held = None
            return empty(model, width)
        view = self.held or model.lanes
        newer = self._newer if self.held else 0
        if self._drawn[:4] != (view, width, height, newer):
            self._drawn = (view, width, height, newer, draw_lanes(view, width, height, newer, model.keys))
        return self._drawn[4]

    def scroll_by(self, step: int, model: Model) -> None:
        """Towards older rows (negative) or newer ones; past the newest it follows again."""
        view = self.held or model.lanes
        if view is None:
            return
        width, height = self.content_size
        heads = len(_heads(view, width, height, 0)[1])
        room = max(1, height - heads - 1)
        newer = (self._newer if self.held else 0) - step
        if newer <= 0:
            self.held, self._newer = None, 0
        elif len(view.rows) > room:
            self.held, self._newer = view, min(newer, len(view.rows) - room)


def empty(model: Model, width: int) -> list[Line]:
    """Why there is nothing."""
    if model.failed:
        return [Row(width).add(" the emulation has ended: nobody sends messages", "dim").line()]
    if not model.mds:
        how = f"({model.keys['console']} dmsetup create)"
        return [Row(width).add(f" no mapped device: nothing to follow {how}", "dim").line()]
    return [Row(width).add(" waiting for the first message …", "dim").line()]


def draw_lanes(
    view: LanesView, width: int, height: int, newer: int = 0, keys: Mapping[str, str] = NAMES
) -> list[Line]:
    """What it does now, the names of the lanes, then as many rows as there is room for, but for the *newer* newest."""
    time = _time(width)
    rows = view.rows[: len(view.rows) - newer]
    lanes, lines = _heads(view, width, height, newer)
    if not view.rows:
        quiet = "nothing was sent yet: {step.event} lets one event happen"
        quiet = quiet if view.every else "no request yet: {load.toggle} starts the load"
        return [*lines, Row(width).add(f" {with_names(quiet, keys)}", "dim").line()]
    most = max(1, height - len(lines) - bool(newer))
    lines += [_draw(row, lanes, time, lanes.width * len(lanes.names), width) for row in rows[-most:]]
    if newer:
        below = f" ▼ {numbers.count(newer)} newer line{'s' * (newer > 1)}, and what came since: "
        below += f"{keys['go.last']} follows"
        lines.append(Row(width).add(below, "accent").line())
    return lines


def _heads(view: LanesView, width: int, height: int, newer: int) -> tuple[Lanes, list[Line]]:
    """The lanes, and the lines above the rows."""
    time = _time(width)
    rows = view.rows[: len(view.rows) - newer][-height:]
    lanes = arrange(view.lanes, rows, _room(width - time, len(view.lanes)))
    return lanes, [Row(width).add(f" {view.says}", "label").line(), *_names(lanes, time, width)]


def _time(width: int) -> int:
    return TIME if width >= ROOMY else TIME_SHORT


def _room(free: int, number: int) -> int:
    """Cells for the *number* lanes, of those that lanes and words share: the words have theirs first."""
    if free - WORDS >= number * LANE_SMALL:
        return free - WORDS
    lane = LANE_SMALL if free - number * LANE_SMALL >= WORDS_SHORT else LANE_LEAST
    return max(2 * LANE_LEAST, min(number * lane, free - WORDS_LEAST))


def _names(lanes: Lanes, time: int, width: int) -> list[Line]:
    """Each name over its lane, on a further row where it would touch the one before."""
    rows = [Row(width) for _ in range(NAMES_MOST)]
    for at, name in enumerate(lanes.names):
        middle = time + at * lanes.width + lanes.width // 2
        start = max(0, middle - cell_len(name) // 2)
        free = [row for row in rows if start > width - row.left or (row is rows[0] and row.left == width)]
        row = free[0] if free else max(rows, key=lambda each: each.left)
        room = max(2, width - start) if free else lanes.width
        row.pad(start if free else max(start, middle - lanes.width // 2))
        row.add(name if cell_len(name) <= room else f"{name[: room - 1]}…", "head")
    return [row.line() for row in rows if row.left < width]


def _draw(row: LaneRow, lanes: Lanes, time: int, used: int, width: int) -> Line:
    when = f"{numbers.clock(row.at_us, True):>{TIME - 1}} " if time == TIME else f".{row.at_us % 1_000_000:06} "
    if isinstance(row, Note):
        return Row(width).add(when, "label").add(f"── {row.text} ", "accent").rule().line()
    line = Row(width).add(when, "label" if not row.waits else "dim")
    if row.source not in lanes.place or row.destination not in lanes.place:
        return line.add(f"{row.source} -> {row.destination} ", "label").line()
    style = _STYLES.get(row.tone, "label")
    for text, name in _cells(row, lanes, used, style):
        line.add(text, name)
    line.add(f" {_GLYPHS.get(row.tone, '·')} ", style)
    _say(line, row, style)
    return line.fits(" waits" if row.waits else "", "dim").line()


def _say(line: Row, row: Arrow, style: str) -> None:
    """The function with what it is about; where there is no room for both, with the number alone."""
    word = KERNEL_OF.get(row.word, row.word.lower())
    more = f" +{row.count - 1}" * (row.count > 1)
    about = subject(row.word, row.number) + more
    if about and len(word) + 1 + len(about) > line.left:
        about = f"{row.number}{more}"
    line.add(fitted(word, line.left - len(about) - bool(about)), style)
    line.add(f" {about}" if about else "", "value")


def fitted(word: str, room: int) -> str:
    """A function's name, cut behind one of its parts where there is no room for all of it."""
    if len(word) <= room:
        return word
    kept = ""
    for part in word.split("_"):
        longer = f"{kept}_{part}" if kept else part
        if len(longer) > room - 1:
            break
        kept = longer
    return f"{kept or word[: max(0, room - 1)]}…"


def _cells(row: Arrow, lanes: Lanes, used: int, style: str) -> list[tuple[str, str]]:
    """The lanes of one row, with its arrow."""
    start, end = lanes.at(row.source), lanes.at(row.destination)
    bars = {i * lanes.width + lanes.width // 2 for i in range(len(lanes.names))}
    low, high = min(start, end), max(start, end)

    def bar(begin: int, stop: int) -> str:
        return "".join("│" if x in bars else " " for x in range(begin, stop))

    if low == high:
        return [(bar(0, low), "rule"), ("↺", style), (bar(low + 1, used), "rule")]
    shaft = ("╌" if row.waits else "─") * (high - low - 1)
    right, left = ("▷", "◁") if row.waits else ("▶", "◀")
    arrow = f"├{shaft[:-1]}{right}" if start < end else f"{left}{shaft[:-1]}┤"
    if start < end:
        return [(bar(0, low), "rule"), (arrow, style), (bar(high, used), "rule")]
    return [(bar(0, low + 1), "rule"), (arrow, style), (bar(high + 1, used), "rule")]
