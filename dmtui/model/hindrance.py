"""Why a key cannot act at all at this moment: before the first frame, and after the end of the emulation (pure).

What only looks, opens something or leaves, can always be done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from dmtui.keymap import KeyHint
from dmtui.model.state import Model

State = Literal["", "starting", "ended"]

WHY_NOT: Mapping[State, str] = {"starting": "the processes are starting", "ended": "the emulation has ended"}

_WHILE_STARTING = frozenset({
    "help", "palette", "quit", "shell", "theme", "layout.next", "layout.previous", "open", "tour", "tour.again",
    "console.close", "filter",
})
_STILL_LOOKING = frozenset({"freeze", "lanes.follow"})
"""Keys of the clock's group that change the view only."""
_ACTING = frozenset({"undo", "undo.list", "fault.list"})
"""Keys of the app's group that act on the emulator."""


def state_of(model: Model) -> State:
    """Whether there is an emulation to act on: not yet, no longer, or ("") there is."""
    return "starting" if not model.story.name else "ended" if model.failed else ""


def hindered(model: Model, hint: KeyHint) -> bool:
    """Whether the key cannot act now, whatever is selected."""
    state = state_of(model)
    if state == "starting":
        return hint.id not in _WHILE_STARTING
    acts = hint.group in ("target", "md", "clock") or hint.id in _ACTING
    return state == "ended" and acts and hint.id not in _STILL_LOOKING


def why_hindered(model: Model, key: str, open_key: str, quit_key: str) -> str:
    """One line for whoever pressed *key*; *open_key* and *quit_key* are what can be pressed instead."""
    if state_of(model) == "starting":
        return f"{key} can act once the processes are up: {starting(model)}"
    return f"the emulation has ended, {key} has nothing to act on: {open_key} opens a scenario, {quit_key} quits"


def starting(model: Model) -> str:
    """``3 of 6 are up, still to come: sdb, softirq, app``."""
    coming = model.coming
    if coming is None:
        return "the scenario is being read"
    total = coming.up + len(coming.missing)
    if not coming.missing:
        return f"all {total} are up"
    return f"{coming.up} of {total} are up, still to come: {', '.join(coming.missing)}"
