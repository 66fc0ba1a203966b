"""The key line at the bottom: what each key does to whom, fitting the width, and clickable (UI thread)."""

from __future__ import annotations

from typing import Any

from dmtui.keymap import HINTS, KeyHint
from dmtui.model.deeds import standing_faults, target_of
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row

_GROUPS: tuple[tuple[str, ...], ...] = (("target", "md"), ("clock", "app"))


class KeyBar(LinePanel):
    """One line, or two where there is room; a key that has nothing to act on is left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._zones: list[list[tuple[int, int, str]]] = []

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        usable = [hint for hint in HINTS if hint.label and _applies(model, hint)]
        self._zones = []
        if height >= 2:
            return [self._line(model, [h for h in usable if h.group in groups], width) for groups in _GROUPS]
        return [self._line(model, usable, width)]

    def _line(self, model: Model, hints: list[KeyHint], width: int) -> Line:
        gap = 2 if width >= 100 else 1
        kept = _fitting(model, hints, width, gap)
        row = Row(width).add(" ")
        zones: list[tuple[int, int, str]] = []
        group = ""
        for hint in kept:
            if hint.group != group:
                group = hint.group
                row.add(_whose(model, hint), "accent")
            start = width - row.left
            row.add(hint.name, "key").add(f" {_label(model, hint)}", "fault" if _in_force(model, hint) else "label")
            row.add(" " * gap)
            zones.append((start, width - row.left, hint.action))
        self._zones.append(zones)
        return row.line()

    def key_at(self, x: int, y: int) -> Key | None:
        """The action under a cell."""
        if 0 <= y < len(self._zones):
            for start, end, action in self._zones[y]:
                if start <= x < end:
                    return Key("key", action)
        return None


def _fitting(model: Model, hints: list[KeyHint], width: int, gap: int) -> list[KeyHint]:
    kept = list(hints)
    while kept and _length(model, kept, gap) > width:
        kept.remove(max(kept, key=lambda hint: (hint.rank, kept.index(hint))))
    return kept


def _length(model: Model, hints: list[KeyHint], gap: int) -> int:
    groups = {hint.group: len(_whose(model, hint)) for hint in hints}
    return 1 + sum(len(hint.name) + len(_label(model, hint)) + 1 + gap for hint in hints) + sum(groups.values())


def _whose(model: Model, hint: KeyHint) -> str:
    if hint.group == "target":
        name = target_of(model).name
    else:
        # With one md there is no question which one is meant.
        name = model.selection.name("md") if hint.group == "md" and len(model.mds) > 1 else ""
    return f"{name}: " if name else ""


def _in_force(model: Model, hint: KeyHint) -> bool:
    """Whether the one-key fault stands on the target: the key clears it then."""
    word = hint.action.partition("('")[2].rstrip("')")
    return hint.action.startswith("fault(") and bool(standing_faults(model, word))


def _applies(model: Model, hint: KeyHint) -> bool:
    if hint.id == "md.deadlock":
        return model.deadlocked is not None
    if hint.id == "process.revive":
        return any(device.gone for device in model.devices)
    if hint.id == "md.resume":
        return model.md is None or model.md.state != "RUNNING"
    if hint.id in ("md.suspend", "md.noflush"):
        return model.md is None or model.md.state in ("RUNNING", "SUSPENDING" if hint.id == "md.suspend" else "RUNNING")
    return True


def _label(model: Model, hint: KeyHint) -> str:
    if hint.id == "clock.pause":
        return "go on" if model.paused else "pause"
    if hint.id == "md.suspend" and model.md is not None and model.md.state == "SUSPENDING":
        return "interrupt"
    if hint.id == "load.toggle" and model.submitter is not None:
        return "stop load" if model.submitter.running else "start load"
    if hint.id == "path.toggle":
        places = model.paths_to(target_of(model).name)
        return "reinstate" if any(not path.active for *_, path in places) else "fail"
    return hint.label
