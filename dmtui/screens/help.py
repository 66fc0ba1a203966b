"""Help for the current panel: the kernel idea behind it in a few sentences, then the keys (UI thread)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.console import Group as Rows
from rich.table import Table
from rich.text import Text
from textual.binding import Binding

from dmtui.keymap import HINTS, Group, KeyHint, names_of, with_names
from dmtui.model.layouts import LAYOUTS
from dmtui.model.selection import TITLES, Stage
from dmtui.screens.ideas import CONSOLE, DEADLOCK, FLOW, IDEAS, LIFE
from dmtui.screens.simple import Reading

_GROUPS: dict[Group, str] = {
    "target": "Breaking and mending what is selected", "md": "The mapped device and its load", "clock": "Time",
    "go": "Going about", "app": "Looking, taking, the app",
}
FILTERS = (
    "A filter: words that all must occur, or field:value, field>value, field<value with id op sector size bios age "
    "state flags retries path owner. Times as 5ms or 2s, sizes as 64K: path:sda op:W age>5ms."
)

KEY_CELLS = 10
_KEY_LINE = re.compile(rf"(?=.{{{KEY_CELLS}}}  ) *(\S.*?)  (\S.*)$")


BESIDE = 124
"""Cells from which the groups of keys stand in two columns."""


class _Groups:
    """Parts one below the other or, where there is room, in two columns of about the same height."""

    def __init__(self, parts: Sequence[tuple[int, RenderableType]]) -> None:
        """*parts* with the lines that each takes."""
        self._parts = parts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width < BESIDE:
            yield from (part for _, part in self._parts)
            return
        columns: tuple[list[RenderableType], list[RenderableType]] = ([], [])
        total, before = sum(lines for lines, _ in self._parts), 0
        for lines, part in self._parts:
            columns[2 * before + lines > total].append(part)
            before += lines
        table = Table.grid(padding=(0, 2, 0, 0), expand=True)
        table.add_column(ratio=1)
        table.add_column(ratio=1)
        table.add_row(Rows(*columns[0]), Rows(*columns[1]))
        yield table


class Help(Reading):
    """Help, from which the guided tour can be taken."""

    DEFAULT_CSS = "Help > .box { max-width: 150; }"

    BINDINGS = [Binding("T", "tour", "Guided tour", id="help.tour", tooltip="The whole story, step by step")]

    def __init__(self, title: str, body: Sequence[Text]) -> None:
        super().__init__(title, body)
        self.keys = ("T guided tour",)

    def laid_out(self, part: Text) -> RenderableType:
        """Keys in a column of their own, so that what they do is wrapped beside them."""
        if not any(_KEY_LINE.match(line) for line in part.plain.split("\n")):
            return part
        blocks = part[1:].split("\n\n")  # it begins with a blank line
        return Rows(Text(""), _Groups([(block.plain.count("\n") + 1, _block(block)) for block in blocks]))

    def action_tour(self) -> None:
        """Close, and choose a chapter."""
        self.dismiss(None)
        self.app.call_later(self.app.run_action, "tour")


def _block(block: Text) -> RenderableType:
    drawn: list[RenderableType] = []
    table = Table.grid(padding=(0, 2, 0, 0))
    for line in block.split("\n"):
        key = _KEY_LINE.match(line.plain)
        if key is None:
            table = Table.grid(padding=(0, 2, 0, 0))
            drawn.append(line)
            continue
        if not table.columns:
            table.add_column(justify="right", width=KEY_CELLS, no_wrap=True)
            table.add_column()
            drawn.append(table)
        table.add_row(Text(key[1], style="bold"), key[2])
    return Rows(*drawn, Text(""))


def help_screen(
    stage: Stage, deadlocked: bool, hints: Sequence[KeyHint] = HINTS, layout: str = "overview", typing: bool = False
) -> Help:
    """The help for a stage in a layout, or for the console while its line is typed."""
    if typing:
        return Help("help: console", [Text(CONSOLE), _keys(hints)])
    names = names_of(hints)
    parts = [Text(with_names(IDEAS[stage], names))]
    if deadlocked:
        parts.insert(0, Text(f"DEADLOCK. {with_names(DEADLOCK, names)}\n", style="bold"))
    if layout == "teaching":
        parts.append(Text(f"\n{FLOW}"))
    if stage in ("queue", "clones", "devices"):
        parts.append(Text(f"\n{FILTERS}"))
    parts.append(Text(f"\nThis layout, {layout}: {LAYOUTS[layout].about}. {names['layout.next']} goes to the next."))
    parts.append(_keys(hints))
    parts.append(Text("The dashboard goes on behind a dialog, drawn five times a second.", style="italic"))
    return Help(f"help: {TITLES[stage]}", parts)


def _own(hint: KeyHint, hints: Sequence[KeyHint]) -> str:
    """How its own key is written, where the key line writes another's behind it."""
    first, _, second = hint.name.partition(" ")
    return first if second in {other.name for other in hints if other is not hint} else hint.name


def life_help(kind: str = "request") -> Reading:
    """The help for a life that is told: of a request, a path or a lock."""
    return Reading(f"help: a {kind}'s life", [Text(LIFE)])


def _keys(hints: Sequence[KeyHint]) -> Text:
    """All keys with their remaps, by what they are for."""
    keys = Text()
    for group, title in _GROUPS.items():
        keys.append(f"\n{title}\n", style="bold")
        for hint in hints:
            if hint.group != group or (hint.id.startswith("go.") and hint.id[3:].isdigit() and hint.id != "go.1"):
                continue
            name = "1-9" if hint.id == "go.1" else _own(hint, hints)
            text = "Go to a panel by the digit on its frame" if hint.id == "go.1" else hint.description
            keys.append(f"{name:>{KEY_CELLS}}", style="bold").append(f"  {text}\n", style="not bold")
    return keys
