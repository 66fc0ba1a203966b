"""A request's life (or a path's, or the queue lock's): every function it passed, where it waited, and why (UI thread).

Opened with Enter; follows what has not ended yet.  The recorders are asked again only when they have answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input

from dmtui.model.life import Subject
from dmtui.model.state import Model
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
        Binding("enter,q", "close", "Close", id="life.close", tooltip="Close"),
    ]
    DEFAULT_CSS = """
    LifeScreen > .box { width: 98%; max-width: 200; height: 96%; max-height: 96%; padding: 0 1; }
    LifeScreen LifePanel { width: 1fr; height: 1fr; }
    LifeScreen Input { display: none; height: 1; border: none; padding: 0; background: $dm-chosen; }
    LifeScreen Input:focus { border: none; }
    """

    def __init__(
        self, subjects: Sequence[Subject], look: Callable[[str, bool], bool], lives: Callable[[], Life | None]
    ) -> None:
        super().__init__()
        self.subjects = subjects
        self.at = 0
        self.panel = LifePanel()
        self._look = look
        self._lives = lives
        self._asked_s = 0.0
        self._awaited = False
        self._model = Model()
        self.entry = Input(id="pattern", placeholder="only steps with…")
        self._box = Vertical(self.panel, self.entry, classes="box")
        self._box.border_subtitle = "↑ ↓ scroll · ← → another · / filter · end follow · ? help · esc close"

    def compose(self) -> ComposeResult:
        yield self._box

    def on_mount(self) -> None:
        """Ask at once."""
        self._ask()

    def on_unmount(self) -> None:
        """Nobody looks any more: no lock need be watched."""
        self._look("", False)

    @property
    def subject(self) -> Subject:
        """Whose life is shown."""
        return self.subjects[self.at]

    def _ask(self) -> None:
        self._asked_s = monotonic()
        self._awaited = self._look(self.subject.words, self.subject.detail)
        self._title()

    def _title(self) -> None:
        life = self.panel.life
        place = f" ({self.at + 1}/{len(self.subjects)})" if len(self.subjects) > 1 else ""
        state = "" if life is None or life.kind != "request" else " · ended" if life.ended else " · live"
        self._box.border_title = f"{life.title if life else self.subject.label}{state}{place}"

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
            self.panel.update(model)
        over = self.panel.life is not None and self.panel.life.ended
        if not self._awaited and not over and monotonic() - self._asked_s >= AGAIN_S:
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
        """Another of the subjects that there were when the screen was opened."""
        self.at = (self.at + step) % len(self.subjects)
        self.panel.life, self.panel.first, self.panel.follow = None, 0, False
        self._ask()
        self._draw()

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
        self.app.push_screen(life_help())

    def action_close(self) -> None:
        """First the filter, then the screen."""
        if self.panel.pattern or self.entry.has_focus:
            self.entry.value, self.panel.pattern = "", ""
            self.entry.display = False
            self.set_focus(None)
            self._draw()
        else:
            self.dismiss(None)
