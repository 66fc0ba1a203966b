"""What a chapter of the tour is made of; frozen data and pure functions of a Moment.

In texts ``{fault.error}`` stands for the key of that action of dmtui.keymap, with a person's own keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dmtui.model.selection import Kind, Stage
from dmtui.tour.moment import Moment

Told = Callable[[Moment], str]
"""Says something about a moment, or nothing ("")."""

_KEY = re.compile(r"\{([a-z][a-z0-9._]*)\}|\[(esc)\]")
SCENARIOS = Path(__file__).parent / "scenarios"
"""Where the chapters' scenarios are."""


def nothing(_: Moment) -> str:
    """There is nothing to say."""
    return ""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, or to wait for."""

    name: str
    look: Stage
    """The panel to look at: current and marked when the step begins."""
    idea: str
    """For somebody who never heard of it: two or three short sentences."""
    press: str
    """What to press, in the order of pressing."""
    seen: Told
    """What was to be seen, with its numbers, as soon as it has happened; "" until then."""
    aside: Told = nothing
    """A word on something else that was done, or that is missing, while it has not happened."""
    pick: tuple[Kind, str] | None = None
    """What is selected when the step begins."""
    still: bool = False
    """Whether it happens while the clock stands."""
    idle: bool = False
    """Whether it happens while no load runs."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Actions of the keys that the step says, in order; "esc" for the key of that name."""
        return tuple(match[1] or match[2] for match in _KEY.finditer(self.press))


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the seed's story, with a scenario of its own."""

    name: str
    title: str
    about: str
    """One sentence for the list of chapters."""
    steps: tuple[Step, ...]

    @property
    def scenario(self) -> str:
        """Path of its scenario, as the feed opens it."""
        return str(SCENARIOS / f"{self.name}.yaml")

    @property
    def story(self) -> str:
        """Name of its scenario."""
        return f"tour-{self.name}"


def with_keys(text: str, keys: Mapping[str, str]) -> str:
    """*text* with the keys in it: ``[e]``.  Raises KeyError for an action that does not exist."""
    return _KEY.sub(lambda match: f"[{keys[match[1]] if match[1] else match[2]}]", text)
