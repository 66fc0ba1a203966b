"""The scenario browser: stories of the package and files of this directory, each with what it is about, what it is
built of, what happens and what must hold; a field filters as one types, or names any file (UI thread).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from dmtui.screens.modal import Dialog, TwiceList

FILES_MOST = 200
"""Files of this directory that are listed.  Policy: the first by name."""
WIDE = 70
"""Columns from which list and preview stand beside each other."""
_STYLES = {"head": "bold", "dim": "dim", "bad": "bold"}

Part = tuple[str, str]
"""A line of a preview and its style: head, dim, bad or ""."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A scenario that can be opened, and how to learn what it is about (slow: it reads the file)."""

    name: str
    """What opens it: a story's name, or a path."""
    tell: Callable[[], Sequence[Part]]
    words: str = ""
    """What else it is found by."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be done with which scenario."""

    scenario: str
    edit: bool = False


def files_here(place: Path) -> list[str]:
    """YAML files of *place*, as paths that open them."""
    try:
        found = sorted(path.name for path in place.iterdir() if path.suffix in (".yaml", ".yml") and path.is_file())
    except OSError:
        return []
    return [f"./{name}" for name in found if not name.startswith(".")][:FILES_MOST]


class ScenarioPicker(Dialog[Choice]):
    """Gives back the name or the path of a scenario, and whether it is to be opened or edited."""

    BINDINGS = [
        Binding("down", "move(1)", "Down", id="open.down", tooltip="The next story", priority=True),
        Binding("up", "move(-1)", "Up", id="open.up", tooltip="The story before", priority=True),
        Binding("pagedown", "read(1)", "Read on", id="open.page_down", tooltip="Scroll the preview", priority=True),
        Binding("pageup", "read(-1)", "Read back", id="open.page_up", tooltip="Scroll the preview", priority=True),
        Binding("ctrl+e,f4", "edit", "Edit", id="open.edit", tooltip="Edit it, or a copy of it", priority=True),
    ]
    DEFAULT_CSS = """
    ScenarioPicker > .box { height: 94%; max-height: 44; max-width: 120; }
    ScenarioPicker #lists { height: 1fr; }
    ScenarioPicker OptionList, ScenarioPicker OptionList:focus {
        width: 34; height: 100%; border: none; background: $dm-panel; padding: 0;
    }
    ScenarioPicker #about { width: 1fr; height: 100%; padding: 0 0 0 1; }
    ScenarioPicker #text { height: auto; }
    ScenarioPicker #text.problem { color: $dm-fault; }
    ScenarioPicker Input { height: 1; margin: 0 0 1 0; }
    ScenarioPicker.-tall #lists { layout: vertical; }
    ScenarioPicker.-tall OptionList, ScenarioPicker.-tall OptionList:focus { width: 100%; height: 5; }
    ScenarioPicker.-tall #about { width: 100%; height: 1fr; padding: 0; border-top: solid $dm-label; }
    """

    def __init__(self, stories: Sequence[Listed], current: str) -> None:
        super().__init__()
        self.stories = stories
        self.current = current
        self._known: dict[str, Sequence[Part]] = {}

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "open a scenario"
            box.border_subtitle = "enter open · ctrl+e edit · PgDn read on · esc"
            yield Input(placeholder="type to search, or the path of a YAML file", compact=True, id="filter")
            with Horizontal(id="lists"):
                yield TwiceList(id="stories")
                with VerticalScroll(id="about", can_focus=False):
                    yield Static(id="text")

    def on_mount(self) -> None:
        """Fill the list; the field has the focus, the arrows move in the list."""
        self._fill("")
        self.query_one(Input).focus()

    def on_resize(self) -> None:
        """Beside each other, or one above the other."""
        self.set_class(self.app.size.width < WIDE, "-tall")

    def _fill(self, words: str) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        wanted = words.lower().split()
        names = [
            story.name for story in self.stories
            if all(word in f"{story.name} {story.words}".lower() for word in wanted)
        ]
        options.add_options(
            [Option(Text(f"{'● ' if name == self.current else '  '}{name}"), id=name) for name in names]
        )
        if names:
            options.highlighted = names.index(self.current) if self.current in names else 0
        else:
            self._write([("no story of that name; enter opens it as a path", "dim")])

    @on(Input.Changed, "#filter")
    def _filter(self, event: Input.Changed) -> None:
        self._fill(event.value.strip())

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        name = str(event.option_id)
        if name in self._known:
            self._tell(name)
        else:
            self._read(name)

    @work(thread=True, exclusive=True)
    def _read(self, name: str) -> None:
        app = self.app
        story = next(story for story in self.stories if story.name == name)
        self._known[name] = story.tell()
        if not get_current_worker().is_cancelled:
            app.call_from_thread(self._tell, name)

    def _tell(self, name: str) -> None:
        # The answer of the thread can come after the dialog was closed: its lists are gone then.
        if len(self.query("#stories, #text")) < 2:
            return
        options = self.query_one(OptionList)
        at = options.highlighted
        if at is not None and options.get_option_at_index(at).id == name:
            self._write([(name, "head"), ("", ""), *self._known[name]])

    def _write(self, parts: Sequence[Part]) -> None:
        text = Text("\n").join(Text(line, style=_STYLES.get(style, "")) for line, style in parts)
        shown = self.query_one("#text", Static)
        shown.update(text)
        shown.set_class(any(style == "bad" for _, style in parts), "problem")
        self.query_one("#about").scroll_home(animate=False)

    def action_move(self, step: int) -> None:
        """Up or down in the list."""
        options = self.query_one(OptionList)
        if options.option_count:
            options.highlighted = max(0, min(options.option_count - 1, (options.highlighted or 0) + step))

    def action_read(self, step: int) -> None:
        """Scroll the preview by half of it."""
        about = self.query_one("#about")
        about.scroll_relative(y=step * max(1, about.size.height // 2), animate=False)

    @property
    def chosen(self) -> str:
        """The highlighted scenario; what is typed where nothing is listed."""
        options = self.query_one(OptionList)
        at = options.highlighted
        if options.option_count and at is not None:
            return str(options.get_option_at_index(at).id)
        return self.query_one(Input).value.strip()

    @on(Input.Submitted, "#filter")
    def _submitted(self) -> None:
        if self.chosen:
            self.dismiss(Choice(self.chosen))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(Choice(str(event.option_id)))

    def action_edit(self) -> None:
        """Edit the highlighted scenario."""
        if self.chosen:
            self.dismiss(Choice(self.chosen, edit=True))
