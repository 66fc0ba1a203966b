"""Letters for jumping: one for each panel and each thing on the screen, in reading order (pure, UI thread)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dmtui.model.selection import Key, Stage

LETTERS = "asdfghjklqwertyuiopzxcvbnmASDFGHJKLQWERTYUIOPZXCVBNM"
"""The easiest to reach first; panels and things beyond them have none."""


class Target(NamedTuple):
    """Where a letter leads."""

    stage: Stage
    row: int | None
    """Line of the panel; None = the panel itself."""
    key: Key | None


class Jump:
    """The letters that are shown now, or none."""

    def __init__(self) -> None:
        self.targets: dict[str, Target] = {}

    def offer(self, panels: Iterable[tuple[Stage, Iterable[tuple[int, Key]]]]) -> None:
        """Give letters to the panels, then to the things in them: *panels* with (row, key) of their lines."""
        found = list(panels)
        targets = [Target(stage, None, None) for stage, _ in found]
        things = [Target(stage, row, key) for stage, lines in found for row, key in _first_rows(lines)]
        # Requests come last: there may be more of them than letters.
        targets += sorted(things, key=lambda target: target.key is not None and target.key.kind == "request")
        self.targets = dict(zip(LETTERS, targets, strict=False))

    def rows(self, stage: Stage) -> dict[int, str]:
        """The letters on a panel's lines."""
        return {t.row: letter for letter, t in self.targets.items() if t.stage == stage and t.row is not None}

    def panel(self, stage: Stage) -> str:
        """The letter of a panel; "" = none is shown."""
        return next((letter for letter, t in self.targets.items() if t.stage == stage and t.row is None), "")


def _first_rows(lines: Iterable[tuple[int, Key]]) -> Iterator[tuple[int, Key]]:
    seen: set[Key] = set()
    for row, key in lines:
        if key not in seen and key.kind not in ("line", "key", "stage", "column"):
            seen.add(key)
            yield row, key
