"""Where the tour's panel stands: rows of its own above the key line; the dashboard is placed in what is left (pure)."""

from __future__ import annotations

from dmtui.model.layout import Places, Rect

WIDE = 120
"""Columns from which the idea stands beside what to do."""
LEFT = 11
"""Rows that the dashboard keeps at the least."""


def rows_wanted(width: int, height: int) -> int:
    """Rows of the tour's panel, with its frame, on a screen of that size: the same for every step."""
    rows = 6 if width >= 150 else 7 if width >= WIDE else 8 if width >= 76 else 9
    return max(3, min(rows, height - LEFT))


def make_room(places: Places, width: int, height: int, rows: int) -> Places:
    """*places* were made for a screen of *height* less *rows*; the tour gets those, above the key line."""
    if not rows:
        return places
    keys = places["keys"]
    moved = keys._replace(y=height - keys.height)
    return places | {"keys": moved, "tour": Rect(0, moved.y - rows, width, rows)}
