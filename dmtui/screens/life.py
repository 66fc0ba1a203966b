"""A request's life (or a path's, or the queue lock's): every function it passed, where it waited, and why (UI thread).

Opened with Enter; follows what has not ended yet.  The recorders are asked again only when they have answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from dmtui.model.life import MOST, Subject, subjects
from dmtui.model.state import Model
from dmtui.panels.base import LinePanel
from dmtui.panels.heading import fitting
from dmtui.panels.life import LifePanel
from dmtui.screens.help import life_help
from dmtui.screens.modal import Dialog
from emulator.trace.life import Life

AGAIN_S = 0.25
"""Between two asks for a life that has not ended."""


class LifeScreen(Dialog[None]):
    """*look* asks for a life ("" = nobody looks any more), *lives* hands out the newest that was told."""

    AUTO_FOCUS = ""
    BINDINGS = [
        Binding("down,j", "scroll(1)", "Down", id="life.down", tooltip="One line down"),
        Binding("up,k", "scroll(-1)", "Up", id="life.up", tooltip="One line up"),
        Binding("pagedown,space", "page(1)", "Page down", id="life.page_down", tooltip="One page down"),
        Binding("pageup", "page(-1)", "Page up", id="life.page_up", tooltip="One page up"),
        Binding("home,g", "home", "First", id="life.home", tooltip="To the first line"),
        Binding("end,G", "end", "Last", id="life.end", tooltip="To the last line, and follow it"),
        Binding("right,l,right_square_bracket", "other(1)", "Next", id="life.next", tooltip="The next request"),
        Binding("left,h,left_square_bracket", "other(-1)", "Previous", id="life.previous", tooltip="The one before"),
        Binding("slash", "filter", "Filter", id="life.filter", tooltip="Only steps with these letters in them"),
        Binding("question_mark,f1", "explain", "Help", id="life.help", tooltip="What the lines mean"),
        Binding("tab,n", "lead(1)", "Next lead", id="life.lead", tooltip="The next step with a life of its own"),
        Binding("shift+tab,N", "lead(-1)", "Previous lead", id="life.lead_back", tooltip="The one before"),
        Binding("enter", "open", "Open", id="life.open", tooltip="Open the life under the cursor; without one close"),
        Binding("backspace", "back", "Back", id="life.back", tooltip="To the life from which this one was opened"),
        Binding("E", "take('csv')", "CSV", id="life.csv", tooltip="Write its steps as CSV"),
        Binding("J", "take('json')", "JSON", id="life.json", tooltip="Write all of it as JSON"),
        Binding("y,ctrl+y", "take('copy')", "Copy", id="life.copy", tooltip="Copy all of it as text"),
        Binding("q", "close", "Close", id="life.close", tooltip="Close"),
    ]
    DEFAULT_CSS = """
    LifeScreen > .box { width: 98%; max-width: 200; height: 96%; max-height: 96%; padding: 0 1; }
    LifeScreen LifePanel { width: 1fr; height: 1fr; }
    LifeScreen Input { display: none; height: 1; border: none; padding: 0; background: $dm-chosen; }
    LifeScreen Input:focus { border: none; }
    """

    def __init__(
        self, offered: Sequence[Subject], look: Callable[[str, bool], bool], lives: Callable[[], Life | None]
    ) -> None:
        super().__init__()
        self.subjects = list(offered)
        self.at = 0
        self.opened: Subject | None = None
        """One that was opened from a step of another; None = that of ``subjects``."""
        self.panel = LifePanel()
        self._look = look
        self._lives = lives
        self._asked_s = 0.0
        self._awaited = False
        self._model = Model()
        self.entry = Input(id="pattern", placeholder="only steps with…")
        self._came: list[Subject] = []
        """The lives from which others were opened, the newest last."""
        self._said = ""
        """What was written or copied, until the next key."""
        self._box = Vertical(self.panel, self.entry, classes="box")

    class Taken(Message):
        """A life is to be copied, or written to a file: "csv", "json" or "copy"."""

        def __init__(self, life: Life, form: str) -> None:
            super().__init__()
            self.life = life
            self.form = form

    def compose(self) -> ComposeResult:
        yield self._box

    def on_mount(self) -> None:
        """Ask at once, and say so."""
        self._ask()
        self.call_after_refresh(self._draw)

    def on_unmount(self) -> None:
        """Nobody looks any more: no lock need be watched."""
        self._look("", False)

    @property
    def subject(self) -> Subject:
        """Whose life is shown."""
        return self.opened or self.subjects[self.at]

    @property
    def told(self) -> bool:
        """Whether there is nothing more to come: it ended, or its recorder has forgotten it."""
        life = self.panel.life
        return life is not None and (life.ended or (life.kind == "request" and bool(life.title) and not life.steps))

    def _ask(self) -> None:
        self._asked_s = monotonic()
        self._awaited = self._look(self.subject.words, self.subject.detail)
        self.panel.label = self.subject.label
        self._title()

    def _title(self) -> None:
        life = self.panel.life
        place = f" ({self.at + 1}/{len(self.subjects)})" if len(self.subjects) > 1 and not self.opened else ""
        state = ""
        if life is not None and life.kind == "request":
            state = " · not recorded" if not life.steps else " · ended" if life.ended else " · live"
        self._box.border_title = f"{life.title if life and life.title else self.subject.label}{state}{place}"
        leads = "tab ⏎ open › · " if self.panel.leading else ""
        back = "⌫ back · " if self._came else ""
        keys = (
            f"{leads}{back}↑ ↓ scroll · ← → another · / filter · end follow · E J y take · ? help · esc close",
            f"{leads}{back}← → another · / filter · ? help · esc close",
            f"{leads}{back}← → · / filter · ? help · esc close",
            f"{leads}{back}? help · esc close",
        )
        self._box.border_subtitle = self._said or fitting(keys, self._box.size.width - 2)

    def say(self, words: str) -> None:
        """On the lower edge, until the next key: what the app has to tell while this screen covers the key line."""
        self._said = words
        self._title()

    def draw_model(self, model: Model) -> None:
        """A frame came: perhaps a life with it."""
        if not self.is_mounted:
            return  # it is being opened, or closed
        self._model = model
        life = self._lives()
        if life is not None:
            self._awaited = False
            self.panel.life = life
            self._title()
        if life is not None or self.panel.life is None:
            self.panel.update(model)
        if not self._awaited and not self.told and monotonic() - self._asked_s >= AGAIN_S:
            self._ask()

    def _draw(self) -> None:
        self.panel.update(self._model)

    def on_resize(self) -> None:
        """Lines are as wide as the screen."""
        self.call_after_refresh(self._draw)

    def action_scroll(self, rows: int) -> None:
        """Down or up."""
        self.panel.scroll_by(rows)
        self._draw()

    def action_page(self, pages: int) -> None:
        """A screenful."""
        self.action_scroll(pages * max(1, self.panel.content_size.height - 2))

    def action_home(self) -> None:
        """To the beginning."""
        self.panel.follow, self.panel.first = False, 0
        self._draw()

    def action_end(self) -> None:
        """To the end, and stay there."""
        self.panel.follow = True
        self._draw()

    def action_other(self, step: int) -> None:
        """Another subject: those still to come are what there is now, as of what is over little is kept for long."""
        if step > 0:
            seen = self.subjects[: self.at + 1][-MOST:]
            words = {each.words for each in seen}
            now = subjects(self._model) or self.subjects[self.at + 1 :]
            self.subjects, self.at = [*seen, *(each for each in now if each.words not in words)], len(seen) - 1
        self.at = (self.at + step) % len(self.subjects)
        self._came.clear()
        self._show(None)

    def _show(self, subject: Subject | None) -> None:
        """Another life; None = that of the subjects at which we are."""
        self.opened = subject
        panel = self.panel
        panel.life, panel.first, panel.follow, panel.at = None, 0, False, None
        self._ask()
        self._draw()

    def action_lead(self, step: int) -> None:
        """The cursor to the next step that leads to a life."""
        if self.panel.move(step) is None:
            self.say("no step here leads to another life")
        self._draw()

    def action_open(self) -> None:
        """The life under the cursor."""
        if self.panel.at is None:
            self.action_close()
        elif self.panel.at < len(self.panel.leading):
            self._lead(self.panel.leading[self.panel.at].about)

    def _lead(self, words: str) -> None:
        self._came.append(self.subject)
        md, _, number = words.partition(" ")
        self._show(Subject(words, f"request {number} of {md}"))

    def on_line_panel_picked(self, message: LinePanel.Picked) -> None:
        """A click on a step that leads to a life."""
        message.stop()
        if message.key.kind == "life":
            self._lead(message.key.name)

    def action_back(self) -> None:
        """To the life from which this one was opened."""
        if self._came:
            before = self._came.pop()
            self._show(None if before == self.subjects[self.at] else before)

    def action_take(self, form: str) -> None:
        """Copy it, or write it to a file."""
        if self.panel.life is None or not self.panel.life.title:
            self.say("nothing to take yet: the recorders have not answered")
        else:
            self.post_message(self.Taken(self.panel.life, form))

    def on_key(self) -> None:
        """What was said gives way to the keys."""
        if self._said:
            self.say("")

    def on_mouse_scroll_down(self) -> None:
        """The wheel."""
        self.action_scroll(3)

    def on_mouse_scroll_up(self) -> None:
        """The wheel."""
        self.action_scroll(-3)

    def action_filter(self) -> None:
        """Type what the steps must have in them."""
        self.entry.display = True
        self.entry.focus()

    def on_input_changed(self, message: Input.Changed) -> None:
        """At each letter."""
        self.panel.pattern, self.panel.first = message.value, 0
        self._draw()

    def on_input_submitted(self) -> None:
        """The keys scroll again; the pattern stays."""
        self.set_focus(None)
        self.entry.display = bool(self.panel.pattern)

    def action_explain(self) -> None:
        """What the lines mean."""
        self.app.push_screen(life_help(self.panel.life.kind if self.panel.life is not None else "request"))

    def action_close(self) -> None:
        """First the filter, then back to where it was opened from, then the screen."""
        if self.panel.pattern or self.entry.has_focus:
            self.entry.value, self.panel.pattern = "", ""
            self.entry.display = False
            self.set_focus(None)
            self._draw()
        elif self._came:
            self.action_back()
        else:
            self.dismiss(None)
