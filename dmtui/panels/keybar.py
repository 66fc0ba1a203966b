"""The key line at the bottom: what each key does to whom, fitting the width, and clickable (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dmtui.keymap import HINTS, KeyHint
from dmtui.model.deeds import SLOW_MOTION, gone_one, has_fault_key, path_of, standing_faults, target_of, thing_of
from dmtui.model.hindrance import hindered
from dmtui.model.listing import FILTERED, SORTED
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row

_WHERE = {"filter": FILTERED, "sort": SORTED, "sort.reverse": SORTED}
"""Keys that mean something in some panels only."""
_GROUPS: tuple[tuple[str, ...], ...] = (("target", "md"), ("clock", "app"))


class KeyBar(LinePanel):
    """One line, or two where there is room; a key that has nothing to act on is left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._zones: list[list[tuple[int, int, str]]] = []
        self.hints: Sequence[KeyHint] = HINTS
        """The key table, with a person's own keys."""
        self.typing = ""
        """Words before the filter that is typed in the place of the last line; "" = none is."""
        self.notice: tuple[str, str] | None = None
        """Words for the person at the keys, and their style: in the place of the last line, over no panel."""

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        usable = [hint for hint in self.hints if hint.label and _applies(model, hint)]
        # Keys that act on the same thing stand together behind its name.
        order = list(dict.fromkeys((hint.group, _whose(model, hint)) for hint in usable))
        groups_in_order = list(dict.fromkeys(group for group, _ in order))
        usable.sort(key=lambda h: (groups_in_order.index(h.group), order.index((h.group, _whose(model, h)))))
        self._zones = []
        if height >= 2:
            lines = [self._line(model, [h for h in usable if h.group in groups], width) for groups in _GROUPS]
        else:
            lines = [self._line(model, usable, width)]
        if self.notice is not None:
            lines[-1] = Row(width).add(f" {self.notice[0]}", self.notice[1]).line()
            self._zones[-1] = []
        if self.typing:
            lines[-1] = Row(width).add(f" {self.typing}", "accent").line()
            self._zones[-1] = []
        return lines

    def _line(self, model: Model, hints: list[KeyHint], width: int) -> Line:
        gap = 2 if width >= 100 else 1
        kept = _fitting(model, hints, width, gap)
        row = Row(width).add(" ")
        zones: list[tuple[int, int, str]] = []
        for head, hint in zip(_heads(model, kept), kept, strict=True):
            row.add(head, "accent")
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
        kept.remove(max(kept, key=lambda hint: (_rank(model, hint), kept.index(hint))))
    return kept


def _rank(model: Model, hint: KeyHint) -> int:
    """The key out of what stands is kept to the last, as that for help."""
    leads_out = {"clock.pause": model.paused, "freeze": model.frozen, "md.deadlock": model.deadlocked is not None}
    return 0 if leads_out.get(hint.id) else hint.rank


def _length(model: Model, hints: list[KeyHint], gap: int) -> int:
    names = sum(len(head) for head in _heads(model, hints))
    return 1 + sum(len(hint.name) + len(_label(model, hint)) + 1 + gap for hint in hints) + names


def _heads(model: Model, hints: list[KeyHint]) -> list[str]:
    """What stands before each key: whom it acts on, where that is another than for the key before."""
    whose = [_whose(model, hint) for hint in hints]
    return [mine if i == 0 or whose[i - 1] != mine else "" for i, mine in enumerate(whose)]


def _whose(model: Model, hint: KeyHint) -> str:
    if hint.group == "target":
        name = _acts_on(model, hint)
    else:
        # With one md there is no question which one is meant.
        name = model.selection.name("md") if hint.group == "md" and len(model.mds) > 1 else ""
        if hint.id == "load.toggle" and name:
            name = model.selection.name("submitter")
    return f"{name}: " if name else ""


def _acts_on(model: Model, hint: KeyHint) -> str:
    """The name of the thing that a key of the target group acts on."""
    if hint.id in ("fault.dialog", "process.kill"):
        return thing_of(model).name
    if hint.id == "path.toggle":
        return path_of(model)
    return gone_one(model) if hint.id == "process.revive" else target_of(model).name


def _elsewhere(model: Model, hint: KeyHint) -> bool:
    """Whether a key would act on another thing than the selected one, where that is easily taken for it."""
    thing = thing_of(model)
    close = thing.kind == "softirq" or (thing.kind == "md" and len(model.mds) > 1)
    return close and hint.group == "target" and hint.id != "process.revive" and _acts_on(model, hint) != thing.name


def _in_force(model: Model, hint: KeyHint) -> bool:
    """Whether the one-key fault stands on the target: the key clears it then."""
    word = hint.action.partition("('")[2].rstrip("')")
    return hint.action.startswith("fault(") and bool(standing_faults(model, word))


def _applies(model: Model, hint: KeyHint) -> bool:
    if hindered(model, hint):
        return False
    if _elsewhere(model, hint):
        return False
    if hint.action.startswith("fault("):
        return has_fault_key(model, hint.action.partition("('")[2].rstrip("')"))
    if hint.id in _WHERE:
        return model.selection.stage in _WHERE[hint.id]
    if hint.id == "console.close":
        return model.lists.get(model.selection.stage).filter is not None or model.lists.chosen is not None
    if hint.id == "path.toggle":
        return bool(path_of(model))
    if hint.id in ("step.dispatch", "step.softirq", "waiting"):
        return model.paused
    if hint.id == "lanes.follow":
        return model.lanes is not None
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
    if hint.id == "freeze" and model.frozen:
        return "thaw"
    if hint.id == "clock.slow":
        return "full speed" if model.speed <= SLOW_MOTION else "slow motion"
    if hint.id == "md.suspend" and model.md is not None and model.md.state == "SUSPENDING":
        return "interrupt"
    if hint.id == "load.toggle" and model.submitter is not None:
        return "stop load" if model.submitter.running else "start load"
    if hint.id == "path.toggle":
        places = model.paths_to(path_of(model))
        return "reinstate" if any(not path.active for *_, path in places) else "fail"
    return hint.label
