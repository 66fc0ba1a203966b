"""The key line at the bottom: what each key does to whom, fitting the width, and clickable (UI thread)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len

from dmtui.keymap import HINTS, KeyHint
from dmtui.model.deeds import (
    SLOW_MOTION,
    faults_on,
    gone_one,
    has_fault_key,
    path_of,
    standing_faults,
    target_of,
    thing_of,
)
from dmtui.model.hindrance import hindered
from dmtui.model.listing import FILTERED, SORTED
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import Line, Row

_WHERE = {"filter": FILTERED, "sort": SORTED, "sort.reverse": SORTED}
"""Keys that mean something in some panels only."""
_GROUPS: tuple[tuple[str, ...], ...] = (("target", "go", "md"), ("clock", "app"))
"""Which keys stand on the first row and which on the second, where all of them have room so."""
_ROOMY = 100
"""Cells from which keys stand apart, and with long words."""
_NARROW: Mapping[str, str] = {
    "inject…": "inject", "break deadlock": "break", "slow motion": "slow", "full speed": "full", "what waits": "waits",
    "save…": "save",
}
"""Shorter words, for where there is less."""
_ALWAYS = ("help", "palette")
"""Keys that stay beside a notice: they lead to all others."""
HUSH = "hush"
"""The action of a click on a notice."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """One key as it stands on the line; equal ones look the same."""

    name: str
    label: str
    whose: str
    """Whom it acts on, as "sda: ", or ""."""
    action: str
    in_force: bool
    rank: int
    group: str

    @property
    def cells(self) -> int:
        """Without whose it is, and without the gap behind it."""
        return len(self.name) + 1 + len(self.label)


class KeyBar(LinePanel):
    """One line, or two where there is room; a key that has nothing to act on is left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._zones: list[list[tuple[int, int, str]]] = []
        self._drawn: tuple[object, list[Line]] | None = None
        self.hints: Sequence[KeyHint] = HINTS
        """The key table, with a person's own keys."""
        self.typing = ""
        """Words before the filter that is typed in the place of the last line; "" = none is."""
        self.notice: tuple[str, str] | None = None
        """Words for the person at the keys, and their style: in the place of the last line, over no panel; a click puts
        them away."""

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        usable = _usable(model, self.hints, narrow=width < _ROOMY)
        wanted = (usable, width, height, self.notice, self.typing)
        if self._drawn is None or self._drawn[0] != wanted:
            self._drawn = (wanted, self._anew(usable, width, height))
        return self._drawn[1]

    def _anew(self, usable: list[_Shown], width: int, height: int) -> list[Line]:
        rows = _rows(usable, width, 2 if height >= 2 else 1)
        self._zones = []
        lines = [self._line(row, width) for row in rows]
        if self.notice is not None:
            lines[-1] = self._notice(usable, width)
        if self.typing:
            lines[-1] = Row(width).add(f" {self.typing}", "accent").line()
            self._zones[-1] = []
        return lines

    def _line(self, keys: list[_Shown], width: int) -> Line:
        row = Row(width).add(" ")
        zones: list[tuple[int, int, str]] = []
        for head, key in zip(_heads(keys, _gap(width)), keys, strict=True):
            row.add(head, "accent")
            start = width - row.left
            row.add(key.name, "key").add(f" {key.label}", "fault" if key.in_force else "label")
            row.add(" " * _gap(width))
            zones += self._halves(start, key) or [(start, width - row.left, key.action)]
        self._zones.append(zones)
        return row.line()

    def _halves(self, start: int, key: _Shown) -> list[tuple[int, int, str]]:
        """Of two keys that share a label each is clicked by itself."""
        first, _, second = key.name.partition(" ")
        other = next((hint.action for hint in self.hints if hint.name == second), "")
        if not other:
            return []
        middle = start + cell_len(first) + 1
        return [(start, middle - 1, key.action), (middle, middle + cell_len(second), other)]

    def _notice(self, usable: list[_Shown], width: int) -> Line:
        """The words, and behind them the keys that lead to all others, as far as there is room."""
        assert self.notice is not None
        said, style = f" {self.notice[0]}", self.notice[1]
        always = [hint.action for hint in self.hints if hint.id in _ALWAYS]
        keys = [key for key in usable if key.action in always]
        while keys and width - _length(keys, 1) < min(cell_len(said) + 1, width):
            keys.pop()
        at = width - _length(keys, 1) if keys else width
        row = Row(at).add(said, style).pad(at)
        cells, zones = [*row.line().cells], [(0, at, HUSH)]
        for key in keys:
            cells += [(f" {key.name}", "key"), (f" {key.label}", "label")]
            zones.append((at + 1, at + 1 + key.cells, key.action))
            at += 1 + key.cells
        self._zones[-1] = zones
        return Line(tuple(cells))

    def key_at(self, x: int, y: int) -> Key | None:
        """The action under a cell."""
        if 0 <= y < len(self._zones):
            for start, end, action in self._zones[y]:
                if start <= x < end:
                    return Key("key", action)
        return None


def _usable(model: Model, hints: Sequence[KeyHint], narrow: bool) -> list[_Shown]:
    """What can be pressed now; keys that act on the same thing stand together behind its name."""
    keys = [
        _Shown(
            hint.name, _label(model, hint, narrow), _whose(model, hint), hint.action, _in_force(model, hint),
            _rank(model, hint), hint.group,
        )
        for hint in hints if hint.label and _applies(model, hint)
    ]
    order = {key: at for at, key in enumerate(dict.fromkeys((key.group, key.whose) for key in keys))}
    groups = {group: at for at, group in enumerate(dict.fromkeys(group for row in _GROUPS for group in row))}
    return sorted(keys, key=lambda key: (groups[key.group], order[key.group, key.whose]))


def _rows(keys: list[_Shown], width: int, number: int) -> list[list[_Shown]]:
    """*keys* on *number* rows; where there are too many, those of the greatest rank are left out, the last first."""
    if number > 1:
        split = [[key for key in keys if key.group in groups] for groups in _GROUPS]
        if all(_length(row, _gap(width)) <= width for row in split):
            return split
    order = sorted(range(len(keys)), key=lambda at: (keys[at].rank, at))
    kept = set(order)
    for at in reversed(order):
        if _flowing([keys[each] for each in sorted(kept)], width, number) is not None:
            break
        kept.remove(at)
    # One that was left out for what came after it may have room now.
    for at in order:
        if at not in kept and _flowing([keys[each] for each in sorted({*kept, at})], width, number) is not None:
            kept.add(at)
    rows = _flowing([keys[each] for each in sorted(kept)], width, number)
    assert rows is not None, "no key at all fits everywhere"
    return rows


def _flowing(keys: list[_Shown], width: int, number: int) -> list[list[_Shown]] | None:
    """*keys* one after the other, in as many rows as need be; None = *number* are not enough."""
    rows: list[list[_Shown]] = [[]]
    for key in keys:
        if rows[-1] and _length([*rows[-1], key], _gap(width)) > width:
            rows.append([])
        rows[-1].append(key)
    if len(rows) > number or any(len(row) > 1 and _length(row, _gap(width)) > width for row in rows):
        return None
    return rows + [[] for _ in range(number - len(rows))]


def _gap(width: int) -> int:
    return 2 if width >= _ROOMY else 1


_LEADS_OUT: dict[str, Callable[[Model], bool]] = {
    "clock.pause": lambda model: model.paused, "freeze": lambda model: model.frozen,
    "md.deadlock": lambda model: model.deadlocked is not None,
    "md.resume": lambda model: model.md is not None and model.md.state != "RUNNING",
}
"""Keys that lead out of what stands, with whether it does."""


def _rank(model: Model, hint: KeyHint) -> int:
    """The key out of what stands is kept to the last, as that for help; a list of nothing goes first."""
    leads_out = _LEADS_OUT.get(hint.id)
    if leads_out is not None and leads_out(model):
        return 0
    if hint.id == "fault.list" and not model.faults():
        return hint.rank + 2
    if hint.id == "fault.clear" and not faults_on(model, target_of(model).name):
        return hint.rank + 2
    return hint.rank


def _length(keys: Sequence[_Shown], gap: int) -> int:
    """Cells of a row; the gap behind the last key is none."""
    return 1 + sum(key.cells + gap for key in keys) - (gap if keys else 0) + sum(map(len, _heads(keys, gap)))


def _heads(keys: Sequence[_Shown], gap: int) -> list[str]:
    """What stands before each key: whom it acts on, where that is another than for the key before; a dot = nobody."""
    before = [None, *(key.whose for key in keys)]
    dot = "· " if gap > 1 else ""
    return [
        "" if key.whose == was else key.whose or (dot if was else "") for key, was in zip(keys, before, strict=False)
    ]


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
    if hint.group != "target" or hint.id == "process.revive":
        return False
    thing = thing_of(model)
    close = thing.kind == "softirq" or (thing.kind == "md" and len(model.mds) > 1)
    return close and _acts_on(model, hint) != thing.name


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
        return bool(gone_one(model))
    if hint.id == "md.resume":
        return model.md is None or model.md.state != "RUNNING"
    if hint.id in ("md.suspend", "md.noflush"):
        return model.md is None or model.md.state in ("RUNNING", "SUSPENDING" if hint.id == "md.suspend" else "RUNNING")
    return True


def _label(model: Model, hint: KeyHint, narrow: bool) -> str:
    word = _word(model, hint)
    return _NARROW.get(word, word) if narrow else word


def _word(model: Model, hint: KeyHint) -> str:
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
