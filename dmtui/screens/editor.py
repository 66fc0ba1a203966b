"""The scenario editor: a file or a copy of a story, checked while one types, saved whole, played by a key (UI thread).

A check runs in a thread a moment after the last keystroke; its errors stand below the text, and each leads to where it
is.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Input, OptionList, Static, TextArea
from textual.widgets.option_list import Option
from textual.widgets.text_area import TextAreaTheme
from textual.worker import get_current_worker

from dmtui.files import write_whole
from dmtui.model.numbers import many
from dmtui.screens.modal import Dialog
from dmtui.screens.save import free_name
from dmtui.screens.simple import Confirm

if TYPE_CHECKING:
    from emulator.scenario.errors import ScenarioError

QUIET_S = 0.15
"""Seconds without a keystroke after which the text is checked."""
ERRORS_MOST = 50
"""Errors that are listed."""
_COLOURS = {
    "yaml.field": "read", "string": "text", "number": "write", "boolean": "marker", "constant.builtin": "marker",
    "comment": "dim", "type": "lock", "error": "fault", "punctuation.delimiter": "label",
    "punctuation.bracket": "label", "punctuation.special": "lock",
}
"""Parts of the text, and the colour of the domain that each has."""


def begin(scenario: str) -> tuple[str, Path | None]:
    """Text and file of *scenario*; a story of the package has no file: it is edited as a copy.  Raises OSError."""
    from emulator.scenario.errors import ScenarioErrors
    from emulator.scenario.library import find_scenario, stories

    try:
        path = find_scenario(scenario)
    except ScenarioErrors as error:
        raise OSError(error.errors[0].text) from None
    text = path.read_bytes().decode("utf-8", "replace")
    return text, None if any(path == story.path for story in stories()) else path


class AskName(Dialog[str]):
    """The name of a file."""

    OUTSIDE_CLOSES = False
    DEFAULT_CSS = "AskName > .box { height: auto; } AskName Input { height: 1; }"

    def __init__(self, name: str) -> None:
        super().__init__()
        self._story = name

    def compose(self) -> ComposeResult:
        box = Vertical(Input(self._story, compact=True), classes="box")
        box.border_title = "save as"
        box.border_subtitle = "enter save · esc cancel"
        yield box

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value.strip())


class Editor(Dialog[str]):
    """Gives back the file that is to be played."""

    OUTSIDE_CLOSES = False
    BINDINGS = [
        Binding("escape", "leave", "Leave", id="editor.leave", tooltip="Leave; asks if something is not saved",
                priority=True),
        Binding("ctrl+s,f2", "save", "Save", id="editor.save", tooltip="Write the file", priority=True),
        Binding("f5,ctrl+r", "play", "Play", id="editor.play", tooltip="Save it and play it", priority=True),
        Binding("f8,ctrl+n", "next_error", "Next error", id="editor.next", tooltip="Go to the next error",
                priority=True),
    ]
    DEFAULT_CSS = """
    Editor > .box { width: 98%; max-width: 140; height: 98%; max-height: 98%; padding: 0; }
    Editor TextArea, Editor TextArea:focus { height: 1fr; border: none; padding: 0; background: $dm-panel; }
    Editor #said { height: 1; padding: 0 1; color: $dm-label; text-wrap: nowrap; text-overflow: ellipsis; }
    Editor #said.problem { color: $dm-fault; }
    Editor OptionList, Editor OptionList:focus {
        height: auto; max-height: 5; border: none; padding: 0 1; background: $dm-chosen; display: none;
    }
    Editor.-wrong OptionList { display: block; }
    """

    def __init__(self, text: str, path: Path | None, name: str = "") -> None:
        """*path*: its file, None for a copy of the story called *name*."""
        super().__init__()
        self.path = path
        self._story = name
        self._saved = text
        self.errors: tuple[ScenarioError, ...] = ()
        """What is wrong with the text as it was checked last."""
        self._at = -1
        """The error that was gone to last."""
        self._timer: Timer | None = None
        self.area = TextArea.code_editor(
            text, language="yaml", soft_wrap=False, show_line_numbers=True, tab_behavior="indent"
        )
        self.area.indent_width = 2

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_subtitle = "^s save · F5 play · F8 next error · esc"
            yield self.area
            yield OptionList(id="errors")
            yield Static(id="said")

    def on_mount(self) -> None:
        """Check it at once."""
        variables = self.app.theme_variables
        styles = {part: Style(color=variables[f"dm-{name}"]) for part, name in _COLOURS.items()}
        self.area.register_theme(TextAreaTheme("dmtui", syntax_styles=styles))
        self.area.theme = "dmtui"
        self.area.focus()
        self._title()
        self._check()

    @property
    def dirty(self) -> bool:
        """Whether something is not saved."""
        return self.area.text != self._saved

    def _title(self) -> None:
        name = str(self.path) if self.path is not None else f"copy of {self._story or 'a story'}"
        box = self.query_one(".box")
        title = f"{name}{' ●  not saved' if self.dirty else ''}"
        if box.border_title != title:
            box.border_title = title

    # -- checking ----------------------------------------------------------------------------------------------

    @on(TextArea.Changed)
    def _changed(self) -> None:
        self._title()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(QUIET_S, self._check)

    @property
    def checking(self) -> bool:
        """Whether a check of the newest text is still to begin."""
        return self._timer is not None

    def _check(self) -> None:
        self._timer = None
        self._read(self.area.text)

    @work(thread=True, exclusive=True)
    def _read(self, text: str) -> None:
        from emulator.scenario.errors import ScenarioErrors
        from emulator.scenario.loader import load_text

        errors: tuple[ScenarioError, ...] = ()
        try:
            load_text(text, self.path.name if self.path is not None else "text")
        except ScenarioErrors as error:
            errors = error.errors
        if not get_current_worker().is_cancelled:
            self.app.call_from_thread(self._judged, errors)

    def _judged(self, errors: tuple[ScenarioError, ...]) -> None:
        if not self.is_running:
            return
        self.errors, self._at = errors, -1
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(Text(f"× {_place(each):>7}  {each.text}")) for each in errors[:ERRORS_MOST])
        self.set_class(bool(errors), "-wrong")
        if not errors:
            self._say("✓ a scenario in which nothing is wrong")
        else:
            self._say(f"× {len(errors)} error{'s' * (len(errors) > 1)}: F8 or a click goes there", wrong=True)

    def _say(self, text: str, wrong: bool = False) -> None:
        said = self.query_one("#said", Static)
        said.update(Text(text))
        said.set_class(wrong, "problem")

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self._go(event.option_index)

    def action_next_error(self) -> None:
        """Go to the next error, round and round."""
        if self.errors:
            self._go((self._at + 1) % min(len(self.errors), ERRORS_MOST))

    def _go(self, number: int) -> None:
        self._at = number
        error = self.errors[number]
        row = min(max(error.line - 1, 0), self.area.document.line_count - 1)
        column = min(max(error.column - 1, 0), len(self.area.document.get_line(row)))
        self.query_one(OptionList).highlighted = number
        self.area.move_cursor((row, column), center=True)
        self.area.focus()

    # -- saving ------------------------------------------------------------------------------------------------

    def action_save(self, play: bool = False) -> None:
        """Write the file; a copy gets a name first."""
        if self.path is not None:
            self._save_over(self.path, play)
            return

        def named(word: str | None) -> None:
            if word is None:
                return
            path = Path(word).expanduser()
            path = path if path.suffix in (".yaml", ".yml") else path.with_name(f"{path.name}.yaml")
            if path.exists():
                self._ask_over(path, f"{path} is there already; what it says would be lost.", play)
            else:
                self._write(path, False, play)

        self.app.push_screen(AskName(free_name(Path.cwd(), self._story or "story")), named)

    def _save_over(self, path: Path, play: bool) -> None:
        try:
            there = path.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            self._write(path, False, play)
            return
        except OSError as error:
            self._say(f"{path}: cannot be read: {error.strerror}", wrong=True)
            return
        if there != self._saved:
            self._ask_over(path, "Somebody has changed the file meanwhile; that would be lost.", play)
        else:
            self._write(path, True, play)

    def _ask_over(self, path: Path, consequence: str, play: bool) -> None:
        question = Confirm(f"replace {path.name}?", consequence)
        self.app.push_screen(question, lambda yes: self._write(path, True, play) if yes else None)

    def _write(self, path: Path, replace: bool, play: bool) -> None:
        text = self.area.text
        try:
            write_whole(path, text, replace)
        except OSError as error:
            self._say(f"{path}: found a place that cannot be written ({error.strerror}), expected a file", wrong=True)
            return
        self.path, self._saved = path, text
        self._title()
        self._say(f"✓ saved in {path}" + (f", with {many(len(self.errors), 'error')}" if self.errors else ""))
        if play:
            self._dismiss_playing(path)

    def _dismiss_playing(self, path: Path) -> None:
        self.dismiss(str(path) if path.is_absolute() else f"./{path}")

    def action_play(self) -> None:
        """Save what is not saved, and play it."""
        if self.errors:
            self.app.bell()
            self.action_next_error()
        elif self.dirty or self.path is None:
            self.action_save(play=True)
        else:
            self._dismiss_playing(self.path)

    def action_leave(self) -> None:
        """Leave; what is not saved is asked for."""
        if not self.dirty:
            self.dismiss(None)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss(None)

        question = Confirm("leave without saving?", "What you changed would be lost (ctrl+s saves it).")
        self.app.push_screen(question, answered)


def _place(error: ScenarioError) -> str:
    return f"{error.line}:{error.column}" if error.line else ""
