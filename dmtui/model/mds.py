"""In which order mds stand on the screen, and what multipathd says of a path in a word (pure, UI thread)."""

from __future__ import annotations

from emulator.snapshot import CheckedPathView, MdView


def upper_first(mds: list[MdView]) -> list[MdView]:
    """The mds as a bio meets them: one that is a path of another stands behind it."""
    below = {
        md.name: {*md.opens, *(path.name for group in md.target.groups for path in group.paths)} if md.target else set()
        for md in mds
    }
    placed: list[MdView] = []
    waiting = list(mds)
    while waiting:
        top = next((md for md in waiting if not any(md.name in below[o.name] for o in waiting if o is not md)), None)
        # A table cannot make a circle; if a view says so, the order of the plan is as good as any.
        placed.append(top or waiting[0])
        waiting.remove(placed[-1])
    return placed


def checked(path: CheckedPathView) -> str:
    """What the checker found last, and when it looks again."""
    return f"{path.state} marginal" if path.marginal else path.state
