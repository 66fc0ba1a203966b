"""What waits to go next while the clock stands, and letting one of it go (UI thread).

The list is live: what a pick sets off appears in it.  The chosen row is an identity, not a place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from dmtui.model.numbers import micros
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.line import BLANK, Line, Row, wrap
from dmtui.screens.modal import Dialog
from emulator.runtime.waiting import Stride, Waiting
from emulator.telling import KERNEL_OF, subject

_STYLES = {"read": "read", "write": "write", "ok": "ok", "fault": "fault", "busy": "busy"}
_GLYPHS = {"message": "→", "context": "▶", "timer": "◷", "gone": "×", "peer": "±"}
AGE = 10
"""Cells of how long something waits."""
WAY_LEAST, WAY_MOST = 9, 18
"""Cells of from where to where."""
Same = tuple[str, str, str, int, int]


def identity(item: Waiting) -> Same:
    """Tells items apart, however long they wait."""
    return item.machine, item.kind, item.source, item.serial, item.since_us if item.kind == "timer" else 0


class WaitingPanel(LinePanel):
    """The rows; keeps the chosen one in sight."""

    chosen: Same | None = None
    first = 0
    last = 0
    """Row of the chosen one when it was there last: when it has gone, the one in its place is chosen."""

    def place(self, names: Sequence[Same]) -> int:
        """Row of the chosen one."""
        if self.chosen in names:
            self.last = names.index(self.chosen)
        return max(0, min(self.last, len(names) - 1))

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        pending = model.pending
        if not model.paused:
            self.chosen, self.last = None, 0
            said = wrap("the clock runs: space pauses it, and what waits stands here", width)
            return [Row(width).add(part, "dim").line() for part in said]
        if pending is None:
            return [Row(width).add("asking every process what waits …", "dim").line()]
        if not pending.items:
            return [Row(width).add("nothing waits: no message is under way, no timer is armed", "dim").line()]
        names = [identity(item) for item in pending.items]
        at = self.place(names)
        told = _told(model, pending.items[at], at, width)
        room = max(1, height - 2 - len(told))
        self.first = max(0, min(self.first, at, len(names) - room), at - room + 1)
        ways = max(map(_way_cells, pending.items))
        lines = [_head(width, ways)]
        for i, item in enumerate(pending.items[self.first : self.first + room], self.first):
            lines.append(_row(model, i, item, i == at, width, ways))
        left = max(0, len(names) - self.first - room) + pending.more
        if left > 0:
            lines.append(Row(width).add(f"   … {left} more", "dim").line())
        return [*lines, *[BLANK] * (height - len(lines) - len(told)), *told]


def _head(width: int, ways: int) -> Line:
    row = Row(width).add("   # ", "label").add("age, due".rjust(AGE), "label").add("  ")
    return row.add("from → to".ljust(ways + 1), "label").add("what it would do", "label").line()


def _row(model: Model, at: int, item: Waiting, chosen: bool, width: int, ways: int) -> Line:
    dim = bool(item.blocked)
    first = not at and not dim
    row = Row(width).add("next " if first else f"{at + 1:>4} ", "accent" if first else "dim" if dim else "label")
    row.add(_age(model, item).rjust(AGE), "dim" if dim else "value")
    row.add("  ").add(f"{_cut(_way(item), ways):<{ways + 1}}", "dim" if dim else "head")
    row.add(f"{_GLYPHS[item.kind]} ", "dim" if dim else _STYLES.get(item.tone, "accent"))
    row.add(_deed(item), "dim" if dim else _STYLES.get(item.tone, ""))
    if dim:
        row.add(f"  ({item.blocked})", "dim")
    return row.line(chosen=chosen)


def _told(model: Model, item: Waiting, at: int, width: int) -> list[Line]:
    """All of the chosen one, below the rows: in a row there may be no room for it."""
    text = f"{_way(item)}, {_age(model, item)}: {_deed(item)}"
    verdict = f"cannot go next: {item.blocked}" if item.blocked else "may go next" if at else "goes next by itself"
    lines = [Row(width).rule().line(), *(Row(width).add(part).line() for part in wrap(text, width)[:3])]
    return [*lines, Row(width).add(verdict, "busy" if item.blocked else "accent").line()]


def _age(model: Model, item: Waiting) -> str:
    late = item.since_us - model.now_us
    return f"in {micros(late)}" if late > 0 else micros(-late)


def _way(item: Waiting) -> str:
    return f"{item.source} → {item.machine}" if item.kind in ("message", "gone") else item.machine


def _way_cells(item: Waiting) -> int:
    return max(WAY_LEAST, min(WAY_MOST, len(_way(item))))


def _deed(item: Waiting) -> str:
    match item.kind:
        case "message":
            about = "" if f"#{item.number} " in item.what else subject(item.word, item.number)
            rest = item.what.partition(": ")[2] if about and item.what.startswith(f"{about}:") else item.what
            parts = (KERNEL_OF.get(item.word, item.word.lower()), about, rest)
            return " ".join(part for part in parts if part)
        case "context":
            return f"{item.source} goes on{', ' * bool(item.what)}{item.what}"
        case "gone":
            return "end of file: the process is gone"
        case "timer":
            return "its timer: the clock moves on to then"
    return f"{item.source} comes or goes"


def _cut(text: str, cells: int) -> str:
    return text if len(text) <= cells else f"{text[: cells - 1]}…"


class WaitingList(Dialog[None]):
    """*pick* lets one go, *step* is what the step keys do."""

    AUTO_FOCUS = ""
    BINDINGS = [
        Binding("enter", "pick", "Let it go next", id="waiting.pick", tooltip="Exactly this one; all others wait on"),
        Binding("down,j", "move(1)", "Down", id="waiting.down", tooltip="The next row"),
        Binding("up,k", "move(-1)", "Up", id="waiting.up", tooltip="The row before"),
        Binding("full_stop", "step('event')", "One event", id="waiting.event", tooltip="What has waited longest"),
        Binding("greater_than_sign", "step('dispatch')", "One dispatch", id="waiting.dispatch",
                tooltip="Until the selected md has dispatched a request"),
        Binding("less_than_sign", "step('softirq')", "One softirq pass", id="waiting.softirq",
                tooltip="Until the softirq worker has made a pass"),
        Binding("space", "clock", "Pause or go on", id="waiting.clock", tooltip="The emulated clock"),
        Binding("q,M", "close", "Close", id="waiting.close", tooltip="Close"),
    ]
    KEYS = (
        "enter let it go · . event · > dispatch · < softirq pass · space clock · esc close",
        "↵ let it go · . event · > dispatch · < softirq · spc clock · esc",
        "↵ go · . event · > disp · < sirq · spc clock · esc",
    )
    DEFAULT_CSS = """
    WaitingList > .box { width: 96%; max-width: 130; height: 80%; }
    WaitingList WaitingPanel { width: 1fr; height: 1fr; }
    """

    def __init__(self, model: Model, pick: Callable[[Waiting], None], step: Callable[[Stride], None]) -> None:
        super().__init__()
        self.model = model
        self.panel = WaitingPanel()
        self._pick = pick
        self._step = step
        self._box = Vertical(self.panel, classes="box")
        self._box.border_title = "what waits to go next"

    def compose(self) -> ComposeResult:
        yield self._box

    def draw_model(self, model: Model) -> None:
        """A frame came."""
        self.model = model
        if self.is_mounted:
            self.panel.update(model)

    def on_resize(self) -> None:
        """Lines are as wide as the screen."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        with self.present():
            self.draw_model(self.model)

    @property
    def items(self) -> tuple[Waiting, ...]:
        """What is listed."""
        return self.model.pending.items if self.model.pending is not None and self.model.paused else ()

    @property
    def at(self) -> int:
        """Place of the chosen row."""
        return self.panel.place([identity(item) for item in self.items])

    def action_move(self, step: int) -> None:
        """Down or up."""
        if self.items:
            at = max(0, min(len(self.items) - 1, self.at + step))
            self.panel.chosen = identity(self.items[at])
            self._draw()

    def action_pick(self) -> None:
        """Let the chosen one go next, or say why it cannot."""
        if not self.items:
            return
        item = self.items[self.at]
        if item.blocked:
            self._say(f"it cannot go next: {item.blocked}")
            return
        self._say("")
        self._pick(item)

    def action_step(self, what: Stride) -> None:
        """As outside."""
        self._say("")
        self._step(what)

    def action_clock(self) -> None:
        """Pause, go on."""
        self.app.call_later(self.app.run_action, "pause")

    def _say(self, why: str) -> None:
        self._box.border_title = f"what waits to go next · {why}" if why else "what waits to go next"

    def on_mouse_scroll_down(self) -> None:
        """The wheel."""
        self.action_move(1)

    def on_mouse_scroll_up(self) -> None:
        """The wheel."""
        self.action_move(-1)
