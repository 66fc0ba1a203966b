"""The scenario browser: the stories of the package, what each is about, a field for any file (UI thread)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from dmtui.screens.modal import Dialog


@dataclass(frozen=True, slots=True)
class Listed:
    """A story that can be opened, and how to learn what it is about (slow: it reads the file)."""

    name: str
    about: Callable[[], str]


class ScenarioPicker(Dialog[str]):
    """Gives back the name or the path of a scenario."""

    BINDINGS = [
        Binding("down", "move(1)", "Down", id="open.down", tooltip="The next story", priority=True),
        Binding("up", "move(-1)", "Up", id="open.up", tooltip="The story before", priority=True),
    ]
    DEFAULT_CSS = """
    ScenarioPicker > .box { height: 22; }
    ScenarioPicker #lists { height: 1fr; }
    ScenarioPicker OptionList { width: 34; height: 100%; border: none; background: $dm-panel; padding: 0; }
    ScenarioPicker #about { width: 1fr; height: 100%; padding: 0 1; }
    ScenarioPicker Input { height: 1; }
    """

    def __init__(self, stories: Sequence[Listed], current: str) -> None:
        super().__init__()
        self.stories = stories
        self.current = current
        self._known: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "open a scenario"
            box.border_subtitle = "enter open · type to filter, or the path of a file · esc cancel"
            yield Input(placeholder="filter, or the path of a YAML file", compact=True, id="filter")
            with Horizontal(id="lists"):
                yield OptionList(id="stories")
                with VerticalScroll(id="about"):
                    yield Static(id="text")

    def on_mount(self) -> None:
        """Fill the list; the field has the focus, the arrows move in the list."""
        self._fill("")
        self.query_one(Input).focus()

    def _fill(self, words: str) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        names = [story.name for story in self.stories if words.lower() in story.name.lower()]
        options.add_options([Option(f"{'● ' if name == self.current else '  '}{name}", id=name) for name in names])
        if names:
            options.highlighted = names.index(self.current) if self.current in names else 0
        else:
            self.query_one("#text", Static).update(Text("no story of that name; enter opens it as a path", style="dim"))

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
        self._known[name] = story.about()
        if not get_current_worker().is_cancelled:
            app.call_from_thread(self._tell, name)

    def _tell(self, name: str) -> None:
        # The answer of the thread can come after the dialog was closed: its lists are gone then.
        if len(self.query("#stories, #text")) < 2:
            return
        options = self.query_one(OptionList)
        at = options.highlighted
        if at is not None and options.get_option_at_index(at).id == name:
            self.query_one("#text", Static).update(Text.assemble((f"{name}\n\n", "bold"), self._known[name]))

    def action_move(self, step: int) -> None:
        """Up or down in the list."""
        options = self.query_one(OptionList)
        if options.option_count:
            options.highlighted = max(0, min(options.option_count - 1, (options.highlighted or 0) + step))

    @on(Input.Submitted, "#filter")
    def _submitted(self, event: Input.Submitted) -> None:
        options = self.query_one(OptionList)
        at = options.highlighted
        if options.option_count and at is not None:
            self.dismiss(str(options.get_option_at_index(at).id))
        elif event.value.strip():
            self.dismiss(event.value.strip())

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(str(event.option_id))
