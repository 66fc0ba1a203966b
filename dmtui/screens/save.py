"""Saves what a person did as a scenario: shows the entries that it becomes, asks for a file's name (UI thread).

What was done comes from the reader thread; the text is made in a thread of its own, as it takes a moment.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input, Static

from dmtui.files import write_whole
from dmtui.screens.modal import Dialog, button
from dmtui.screens.simple import Confirm

if TYPE_CHECKING:
    from emulator.lab.deedlog import Told

ENTRIES_MOST = 20
"""Rows of what was done, of which more are scrolled to."""
OTHERS = 12
"""Rows that the dialog's other parts and its surroundings take."""
Ask = Callable[[Callable[["Told"], None]], bool]


def free_name(place: Path, name: str) -> str:
    """``NAME-mine.yaml``, or with a number if there is one."""
    names = (f"{name}-mine{number or ''}.yaml" for number in (0, *range(2, 1000)))
    return next((each for each in names if not (place / each).exists()), f"{name}-mine.yaml")


class SaveDialog(Dialog[Path]):
    """Gives back the file that was written."""

    OUTSIDE_CLOSES = False
    BINDINGS = [
        Binding("ctrl+s,f2", "save", "Save", id="save.write", tooltip="Write the file"),
        Binding("down", "scroll(1)", "Down", id="save.down", tooltip="Scroll what was done", priority=True),
        Binding("up", "scroll(-1)", "Up", id="save.up", tooltip="Scroll what was done", priority=True),
    ]
    DEFAULT_CSS = """
    SaveDialog > .box { height: auto; }
    SaveDialog Input { height: 1; margin: 0 0 1 0; }
    SaveDialog #said { height: auto; max-height: 4; }
    SaveDialog #entries { height: auto; background: $dm-chosen; padding: 0 1; }
    """

    def __init__(self, ask: Ask, name: str, place: Path | None = None) -> None:
        """*ask*: asks the reader thread what was done; *name*: of the scenario that runs."""
        super().__init__()
        self._ask = ask
        self._story = name
        self.place = place or Path.cwd()
        self.text = ""
        """What would be written, "" as long as it is not known."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "save what you did as a scenario"
            box.border_subtitle = "enter save · ↑ ↓ scroll · esc cancel"
            yield Input(free_name(self.place, self._story), compact=True, id="file")
            yield Static(Text("asking what was done …"), id="said", classes="hint")
            with VerticalScroll(id="entries", can_focus=False):
                yield Static(id="lines")
            with Horizontal(id="buttons", classes="buttons"):
                yield button("save", "save")
                yield button("cancel", "cancel")

    def on_mount(self) -> None:
        """Ask; the name can be typed meanwhile."""
        self.query_one(Input).focus()
        app = self.app
        if not self._ask(lambda told: (app.call_later(self._take, told), None)[1]):
            self._say("too many orders wait already: esc, and try again", wrong=True)

    def on_resize(self) -> None:
        """What was done leaves room for the buttons."""
        self.query_one("#entries").styles.max_height = max(3, min(ENTRIES_MOST, self.app.size.height - OTHERS))

    def _take(self, told: Told) -> None:
        if self.is_running:
            self._make(told)

    @work(thread=True, exclusive=True)
    def _make(self, told: Told) -> None:
        from emulator.scenario.errors import ScenarioErrors
        from emulator.scenario.loader import load_text
        from emulator.scenario.units import time_text
        from emulator.scenario.writing import entries_text, entry_of, with_entries

        entries = [entry_of(did.at_us, did.action, did.answer) for did in told.deeds]
        try:
            text, wrong = with_entries(told.scenario, entries, told.now_us), ""
        except ScenarioErrors as error:
            text, wrong = "", f"it cannot be saved: {error.errors[0]}"
        shown = entries_text(entries, 0) if entries else ""
        lasts = time_text(load_text(text).plan.duration) if text else ""
        self.app.call_from_thread(self._show, told, text, shown, lasts, wrong)

    def _show(self, told: Told, text: str, shown: str, lasts: str, wrong: str) -> None:
        if not self.is_running:
            return
        self.text = text
        count = len(told.deeds)
        said = f"{told.scenario.name} and {count} thing{'s' * (count != 1)} that you did, each at its emulated time."
        if not count:
            said = "You did nothing yet: it would be the same file again."
        said += f" It lasts {lasts}."
        if told.left_out:
            said += f" Left out, as no timeline can say it or hold it: {told.left_out} more."
        self._say(wrong or said, wrong=bool(wrong))
        self.query_one("#lines", Static).update(Text(shown.rstrip("\n")))
        self.query_one("#entries").display = bool(shown)

    def _say(self, text: str, wrong: bool = False) -> None:
        said = self.query_one("#said", Static)
        said.update(Text(text))
        said.set_class(wrong, "problem")
        said.set_class(not wrong, "hint")

    @property
    def path(self) -> Path | None:
        """The file that is named, None if none is."""
        word = self.query_one(Input).value.strip()
        if not word:
            return None
        path = self.place / Path(word).expanduser()
        return path if path.suffix in (".yaml", ".yml") else path.with_name(f"{path.name}.yaml")

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_save()

    @on(Button.Pressed, "#save")
    def _pressed(self) -> None:
        self.action_save()

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.action_close()

    def action_save(self) -> None:
        """Write it; over another file only after a question."""
        path = self.path
        if not self.text or path is None:
            self.app.bell()
            return
        if path.exists():
            question = Confirm(f"replace {path.name}?", f"{path} is there already; what it says would be lost.")
            self.app.push_screen(question, lambda yes: self._write(path, True) if yes else None)
        else:
            self._write(path, False)

    def _write(self, path: Path, replace: bool) -> None:
        from emulator.scenario.writing import name_for, with_name

        try:
            write_whole(path, with_name(self.text, name_for(path.stem)), replace)
        except OSError as error:
            self._say(f"{path}: found a place that cannot be written ({error.strerror}), expected a file", wrong=True)
            return
        self.dismiss(path)

    def action_scroll(self, step: int) -> None:
        """Up or down in what was done."""
        self.query_one("#entries").scroll_relative(y=step, animate=False)
