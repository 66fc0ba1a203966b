"""The layouts a person goes through, each for one question, and where their panels stand (pure, UI thread).

``overview`` has its own three shapes in :mod:`dmtui.model.layout`; the others are trees of rows and columns whose parts
share the room by weight.  Where a tree does not fit, the current panel is shown alone, as the overview does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dmtui.model.layout import Places, Rect, arrange, console_height, frame
from dmtui.model.selection import STAGES, Stage


@dataclass(frozen=True, slots=True)
class Split:
    """Parts beside each other (*across*) or below each other, by weight."""

    across: bool
    parts: tuple[tuple[int, Split | str], ...]

    def stages(self) -> tuple[str, ...]:
        """The panels, in reading order."""
        found: list[str] = []
        for _, part in self.parts:
            found += part.stages() if isinstance(part, Split) else (part,)
        return tuple(found)

    def place(self, room: Rect) -> Places:
        """A rectangle for each panel; they tile *room*."""
        places: Places = {}
        total = sum(weight for weight, _ in self.parts)
        long = room.width if self.across else room.height
        at, so_far = 0, 0
        for weight, part in self.parts:
            so_far += weight
            end = long * so_far // total
            if self.across:
                rect = Rect(room.x + at, room.y, end - at, room.height)
            else:
                rect = Rect(room.x, room.y + at, room.width, end - at)
            places |= part.place(rect) if isinstance(part, Split) else {part: rect}
            at = end
        return places


def _row(*parts: tuple[int, Split | str]) -> Split:
    return Split(True, parts)


def _column(*parts: tuple[int, Split | str]) -> Split:
    return Split(False, parts)


@dataclass(frozen=True, slots=True)
class Layout:
    """One arrangement."""

    name: str
    about: str
    """The question it answers."""
    stages: tuple[Stage, ...]
    """In the order of the keys 1-9."""
    tree: Split | None = None


LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout("overview", "the way of a bio, from left to right", STAGES),
        Layout(
            "queue", "who waits in the md queue, and for which lock",
            ("submitters", "queue", "lock", "clones", "softirq", "charts", "log"),
            _column(
                (3, _row((2, "submitters"), (5, "queue"), (4, _column((3, "lock"), (3, "clones"))))),
                (2, _row((2, "softirq"), (5, "charts"), (4, "log"))),
            ),
        ),
        Layout(
            "paths", "which path is used, which failed, and why",
            ("multipath", "devices", "faults", "warnings", "heatmap", "log"),
            _column(
                (4, _row((5, "multipath"), (4, "devices"))),
                (2, _row((5, "faults"), (4, "warnings"))),
                (4, _row((5, "heatmap"), (4, "log"))),
            ),
        ),
        Layout(
            "latency", "how long it takes, where, and since when",
            ("heatmap", "completions", "charts", "submitters", "warnings"),
            _column(
                (5, _row((5, "heatmap"), (2, "completions"))),
                (5, _row((5, "charts"), (2, _column((3, "submitters"), (2, "warnings"))))),
            ),
        ),
        Layout(
            "teaching", "what happens to one request, message by message",
            ("lanes", "why", "log"),
            _column((5, "flow"), (7, _row((2, "lanes"), (1, _column((3, "why"), (4, "log")))))),
        ),
    )
}
"""In the order in which the layout key goes through them."""

LEAST = (100, 30)
"""Size of screen from which a tree is shown."""


def place(
    name: str, whole: bool, width: int, height: int, stage: Stage, banner: int, mds: int = 1, console: bool = False
) -> Places:
    """Places of all panels that the layout *name* shows; with *whole* the current one has all the room.

    See :func:`dmtui.model.layout.arrange` for the rest.
    """
    tree = LAYOUTS[name].tree
    small = width < LEAST[0] or height < LEAST[1]
    if not whole and (tree is None or small):
        return arrange(width, height, stage, banner, mds, console)
    places, top, body = frame(width, height, banner)
    foot = console_height(body) if console else 0
    room = Rect(0, top, width, body - foot)
    if whole:
        places[stage] = room
    elif tree is not None:
        places |= tree.place(room)
    if foot:
        places["console"] = Rect(0, top + body - foot, width, foot)
    return places


def next_layout(name: str, step: int = 1) -> str:
    """The layout after *name*, round and round."""
    names = list(LAYOUTS)
    return names[(names.index(name) + step) % len(names)]
