"""What is selected: a stage of the pipeline, and of each kind of thing one by its name, not its row (UI thread)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Stage = Literal[
    "submitters", "queue", "lock", "clones", "devices", "softirq", "completions", "log", "why",
    "multipath", "faults", "warnings", "heatmap", "charts", "lanes",
]
Kind = Literal["submitter", "md", "device", "softirq", "stage", "key", "warning", "request", "line", "life", "column"]

STAGES: tuple[Stage, ...] = ("submitters", "queue", "lock", "clones", "devices", "softirq", "completions", "log", "why")
"""The way of a bio, left to right, then what is told about it."""

TITLES: Mapping[Stage, str] = {
    "submitters": "submitters",
    "queue": "md queue",
    "lock": "queue lock",
    "clones": "clones in flight",
    "devices": "devices",
    "softirq": "softirq",
    "completions": "completions",
    "log": "event log",
    "why": "what the application sees",
    "multipath": "multipath",
    "faults": "active faults",
    "warnings": "warnings",
    "heatmap": "latency of each path",
    "charts": "throughput and depths",
    "lanes": "messages",
}

NARROW: dict[Stage, str] = {"heatmap": "latency", "charts": "charts", "clones": "clones"}
"""Titles where there is no room for the whole one."""

SHORT: Mapping[Stage, str] = NARROW | {"lock": "lock", "log": "log", "why": "why", "faults": "faults"}
"""Names where several stand in a row."""
DIGITS = 9
"""Panels that a digit opens; one key goes through the others."""

_KINDS: Mapping[Stage, Kind] = {
    "submitters": "submitter",
    "queue": "md",
    "lock": "md",
    "clones": "md",
    "devices": "device",
    "softirq": "softirq",
    "multipath": "device",
    "faults": "device",
    "heatmap": "device",
    "warnings": "warning",
}


def elsewhere(stages: Sequence[Stage], here: Sequence[str], room: int) -> str:
    """``2 why · 3 log``: which key opens those of *stages* that are not *here*; shorter where *room* is less."""
    left = [(f"{at}", stage) for at, stage in enumerate(stages[:DIGITS], 1) if stage not in here]
    said = " · ".join(f"{digit} {SHORT.get(stage, TITLES[stage])}" for digit, stage in left)
    if len(said) <= room or not left:
        return said
    return f"{left[0][0]}-{left[-1][0]} other panels"


class Key(NamedTuple):
    """Who something on the screen is, whatever row it stands in."""

    kind: Kind
    name: str


@dataclass
class Selection:
    """The current stage and the selected thing of each kind."""

    stage: Stage = "devices"
    stages: tuple[Stage, ...] = STAGES
    """Those of the layout that is shown."""
    chosen: dict[Kind, str] = field(default_factory=dict)
    _names: dict[Kind, tuple[str, ...]] = field(default_factory=dict)

    def offer(self, kind: Kind, names: Sequence[str]) -> None:
        """Say which things of a kind exist; a selected one that is gone gives way to the first."""
        self._names[kind] = tuple(names)
        if self.chosen.get(kind, "") not in names:
            self.chosen[kind] = names[0] if names else ""

    def name(self, kind: Kind) -> str:
        """The selected thing of a kind, "" if there is none."""
        return self.chosen.get(kind, "")

    def names(self, kind: Kind) -> tuple[str, ...]:
        """All things of a kind, in screen order."""
        return self._names.get(kind, ())

    @property
    def kind(self) -> Kind | None:
        """The kind of thing that the current stage selects among."""
        return _KINDS.get(self.stage)

    @property
    def key(self) -> Key | None:
        """What is selected in the current stage."""
        kind = self.kind
        return Key(kind, self.name(kind)) if kind and self.name(kind) else None

    def is_chosen(self, kind: Kind, name: str) -> bool:
        """Whether it is the selected one of its kind."""
        return bool(name) and self.chosen.get(kind) == name

    def pick(self, key: Key) -> None:
        """Select by identity and make its stage the current one, as a click does."""
        if key.kind == "stage":
            self.stage = next(stage for stage in TITLES if stage == key.name)
        elif key.name in self._names.get(key.kind, ()):
            self.chosen[key.kind] = key.name
            if self.kind != key.kind:
                shown = [stage for stage, kind in _KINDS.items() if kind == key.kind]
                self.stage = next((stage for stage in shown if stage in self.stages), shown[0])

    def move_stage(self, step: int) -> None:
        """Go *step* stages to the right (negative: left); stops at the ends."""
        at = self._at() + step
        self.stage = self.stages[max(0, min(len(self.stages) - 1, at))]

    def cycle_stage(self, step: int) -> None:
        """Go *step* stages on, round and round."""
        self.stage = self.stages[(self._at() + step) % len(self.stages)]

    def show(self, stages: tuple[Stage, ...]) -> None:
        """Another layout shows these; the current stage stays if it is one of them."""
        self.stages = stages
        if self.stage not in stages:
            self.stage = stages[0]

    def _at(self) -> int:
        return self.stages.index(self.stage) if self.stage in self.stages else 0

    def move(self, step: int) -> bool:
        """Select the next (or previous) thing of the current stage; False if the stage has none to select."""
        kind = self.kind
        names = self.names(kind) if kind else ()
        if kind is None or not names:
            return False
        at = names.index(self.name(kind)) + step
        self.chosen[kind] = names[max(0, min(len(names) - 1, at))]
        return True
