"""The chapters of the guided tour, to choose one (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from dmtui.screens.modal import Dialog, TwiceList
from dmtui.tour.chapters import CHAPTERS, chapter_mark


class ChapterList(Dialog[str]):
    """Gives back the name of a chapter."""

    BINDINGS = [
        Binding("j", "move(1)", "Down", id="chapters.down", tooltip="The next chapter"),
        Binding("k", "move(-1)", "Up", id="chapters.up", tooltip="The chapter before"),
        *(
            Binding(str(n), f"open({n})", f"Chapter {n}", id=f"chapters.{n}", tooltip=f"Open chapter {n}")
            for n in range(1, len(CHAPTERS) + 1)
        ),
    ]
    DEFAULT_CSS = """
    ChapterList OptionList { height: auto; max-height: 12; border: none; background: $dm-panel; padding: 0; }
    ChapterList OptionList:focus { border: none; }
    ChapterList #about { color: $dm-bright; height: 2; margin: 1 0; }
    """

    def __init__(self, at: str, done: Sequence[str], skipped: Sequence[str] = ()) -> None:
        super().__init__()
        self.at = at
        self.done = done
        self.skipped = skipped

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "guided tour: choose a chapter"
            box.border_subtitle = "enter or 1-8 open · esc cancel"
            yield TwiceList(*(self._option(number) for number in range(len(CHAPTERS))), id="chapters")
            yield Static(id="about")
            yield Static(Text(
                "✓ done · ◌ gone past · ● here. A chapter opens a scenario of its own in place of this one."
            ), classes="hint")

    def _option(self, number: int) -> Option:
        chapter = CHAPTERS[number]
        mark = chapter_mark(chapter.name, self.at, self.done, self.skipped)
        return Option(Text.assemble(f"{mark} {number + 1}  ", chapter.title), id=chapter.name)

    def on_mount(self) -> None:
        """The chapter where the tour is, or the first that was not done."""
        options = self.query_one(OptionList)
        names = [chapter.name for chapter in CHAPTERS]
        fresh = next((name for name in names if name not in self.done), names[0])
        options.highlighted = names.index(self.at if self.at in names else fresh)
        options.focus()

    def action_move(self, step: int) -> None:
        """Down or up."""
        options = self.query_one(OptionList)
        if step > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_open(self, number: int) -> None:
        """By its number."""
        self.dismiss(CHAPTERS[number - 1].name)

    @on(OptionList.OptionHighlighted)
    def _about(self, event: OptionList.OptionHighlighted) -> None:
        chapter = next(chapter for chapter in CHAPTERS if chapter.name == event.option_id)
        steps = len(chapter.steps)
        self.query_one("#about", Static).update(Text(f"{steps} steps: {chapter.about}."))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(str(event.option_id))
