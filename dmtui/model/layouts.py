"""The layouts a person goes through, each for one question, and where their panels stand (pure, UI thread).

``overview`` has its own shapes in :mod:`dmtui.model.layout`; the others are trees of rows and columns whose parts
share the room by weight.  Where a tree does not fit, the current panel is shown alone, as the overview does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dmtui.model.layout import FURTHER, NOTHING, Holds, Places, Rect, arrange, console_height, frame
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

    def place(self, room: Rect, most: Mapping[str, int]) -> Places:
        """A rectangle for each panel; they tile *room*.  One below others gets the rows of *most*, if it is in it."""
        places: Places = {}
        long = room.width if self.across else room.height
        at = 0
        for (_, part), end in zip(self.parts, self._ends(long, {} if self.across else most), strict=True):
            if self.across:
                rect = Rect(room.x + at, room.y, end - at, room.height)
            else:
                rect = Rect(room.x, room.y + at, room.width, end - at)
            places |= part.place(rect, most) if isinstance(part, Split) else {part: rect}
            at = end
        return places

    def _ends(self, long: int, most: Mapping[str, int]) -> list[int]:
        """Where each part ends; what a part does not take is shared by the others."""
        total = sum(weight for weight, _ in self.parts)
        kept = {
            part: most[part] for weight, part in self.parts
            if isinstance(part, str) and part in most and long * weight // total > most[part]
        }
        rest, free = long - sum(kept.values()), sum(weight for weight, part in self.parts if part not in kept)
        ends: list[int] = []
        so_far, fixed = 0, 0
        for weight, part in self.parts:
            if isinstance(part, str) and part in kept:
                fixed += kept[part]
            else:
                so_far += weight
            ends.append(fixed + (rest * so_far // free if free else 0))
        return ends


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
    lead: Stage | None = None
    """The panel that it is about."""


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
            "queue",
        ),
        Layout(
            "paths", "which path is used, which failed, and why",
            ("multipath", "devices", "faults", "warnings", "heatmap", "log"),
            _row(
                (5, _column((4, "multipath"), (2, "faults"), (4, "heatmap"))),
                (4, _column((4, "devices"), (2, "warnings"), (4, "log"))),
            ),
            "multipath",
        ),
        Layout(
            "latency", "how long it takes, where, and since when",
            ("heatmap", "completions", "charts", "submitters", "warnings"),
            _column(
                (5, _row((5, "heatmap"), (2, "completions"))),
                (5, _row((5, "charts"), (2, _column((3, "submitters"), (2, "warnings"))))),
            ),
            "heatmap",
        ),
        Layout(
            "teaching", "what happens to one request, message by message",
            ("lanes", "why", "log"),
            _column((5, "flow"), (7, _row((2, "lanes"), (1, _column((3, "why"), (4, "log")))))),
            "lanes",
        ),
    )
}
"""In the order in which the layout key goes through them."""

FLOW_MOST, FLOW_LESS = 13, 11
"""Rows of the moving picture, more would stay empty; and where each row more is one of the messages less."""
FLOW_ROOMY = 56
"""Rows from which there is room for all of it."""
LEAST = (100, 30)
"""Size of screen from which a tree is shown."""


def is_small(width: int, height: int) -> bool:
    """Whether a screen shows the current panel and its neighbours, whatever the layout."""
    return width < LEAST[0] or height < LEAST[1]


def place(
    name: str, whole: bool, width: int, height: int, stage: Stage, banner: int, mds: int = 1, console: bool = False,
    holds: Holds = NOTHING,
) -> Places:
    """Places of all panels that the layout *name* shows; with *whole* the current one has all the room.

    See :func:`dmtui.model.layout.arrange` for the rest.
    """
    tree = LAYOUTS[name].tree
    if not whole and (tree is None or is_small(width, height)):
        return arrange(width, height, stage, banner, mds, console, holds)
    places, top, body = frame(width, height, banner)
    foot = console_height(body) if console else 0
    room = Rect(0, top, width, body - foot)
    if whole:
        places[stage] = room
    elif tree is not None:
        flow = FLOW_MOST if body >= FLOW_ROOMY else FLOW_LESS
        most = {"flow": max(flow, 2 * holds.devices + 1)}
        # Few paths leave rows empty, in which the heatmap below has more to show.
        places |= tree.place(room, most | ({"multipath": holds.tree + 2} if holds.tree else {}))
    if foot:
        places["console"] = Rect(0, top + body - foot, width, foot)
    return places


def stages_of(
    name: str, width: int, height: int, banner: int, mds: int = 1, console: bool = False, holds: Holds = NOTHING
) -> tuple[Stage, ...]:
    """The panels that can be gone to: those of the layout, and what else stands there on a screen with more room.

    The further ones stand behind, so that each digit opens the same panel on every screen.
    """
    layout = LAYOUTS[name]
    if layout.tree is not None:
        return layout.stages
    places = place(name, False, width, height, layout.stages[0], banner, mds, console, holds)
    return (*layout.stages, *(stage for stage in FURTHER if stage in places))


def next_layout(name: str, step: int = 1) -> str:
    """The layout after *name*, round and round."""
    names = list(LAYOUTS)
    return names[(names.index(name) + step) % len(names)]
