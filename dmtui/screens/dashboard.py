"""The dashboard: places the panels, and draws them from the model when the one clock says so (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen

from dmtui.bindings import bindings
from dmtui.keymap import HINTS, KeyHint
from dmtui.model.jump import Jump, Target
from dmtui.model.layout import HEADER, Holds, Places, Rect, too_small
from dmtui.model.layouts import place as places_of
from dmtui.model.layouts import stages_of
from dmtui.model.listing import submitters
from dmtui.model.selection import DIGITS, NARROW, TITLES, Stage, elsewhere
from dmtui.model.state import Model
from dmtui.panels.banner import BannerPanel, banner_lines
from dmtui.panels.base import LinePanel
from dmtui.panels.charts import ChartsPanel
from dmtui.panels.clones import ClonesPanel
from dmtui.panels.completions import CompletionsPanel
from dmtui.panels.console import PROMPT, ConsolePanel, Prompt
from dmtui.panels.devices import DevicesPanel
from dmtui.panels.entry import Entry
from dmtui.panels.faults import FaultsPanel
from dmtui.panels.flow import FlowPanel
from dmtui.panels.header import HeaderPanel
from dmtui.panels.heading import head_lists
from dmtui.panels.heatmap import HeatmapPanel
from dmtui.panels.keybar import KeyBar
from dmtui.panels.lanes import LanesPanel
from dmtui.panels.lock import LockPanel
from dmtui.panels.log import LogPanel
from dmtui.panels.multipath import MultipathPanel, tree_lines
from dmtui.panels.paint import paint
from dmtui.panels.pipeline import COLUMNS, PipelinePanel
from dmtui.panels.queue import QueuePanel
from dmtui.panels.softirq import SoftirqPanel
from dmtui.panels.submitters import SubmittersPanel
from dmtui.panels.tour import TourPanel
from dmtui.panels.warnings import WarningsPanel
from dmtui.panels.why import WhyPanel
from dmtui.screens.small import cover
from dmtui.tour.place import make_room, rows_wanted

_PANELS: tuple[tuple[str, type[LinePanel]], ...] = (
    ("header", HeaderPanel), ("banner", BannerPanel), ("pipeline", PipelinePanel), ("submitters", SubmittersPanel),
    ("queue", QueuePanel), ("lock", LockPanel), ("clones", ClonesPanel), ("devices", DevicesPanel),
    ("softirq", SoftirqPanel), ("completions", CompletionsPanel), ("log", LogPanel), ("why", WhyPanel),
    ("flow", FlowPanel), ("multipath", MultipathPanel), ("heatmap", HeatmapPanel), ("charts", ChartsPanel),
    ("faults", FaultsPanel), ("warnings", WarningsPanel), ("lanes", LanesPanel),
    ("console", ConsolePanel), ("tour", TourPanel),
    ("keys", KeyBar),
)
_ON_THE_WAY = frozenset({"submitters", "queue", "clones", "devices", "softirq"})
"""Stages that hand a request on."""
SEARCHED = 512
"""Entries of a list that are filtered or sorted at the most."""
ENTRY_LEAST = 24
"""Cells for typing a filter, where the words before it can be shorter."""
ALERTS_MOST = 8
"""Lines of banner at the most."""


class Dashboard(Screen[None]):
    """All panels as direct children, placed by :func:`dmtui.model.layout.arrange`; never laid out within a frame."""

    AUTO_FOCUS = ""
    BINDINGS = [*bindings()]
    DEFAULT_CSS = """
    Dashboard { background: $background; layers: base; }
    Dashboard > LinePanel { position: absolute; }
    Dashboard > .stage {
        border: round $dm-border; border-title-color: $dm-label; border-title-style: bold;
        border-subtitle-color: $dm-label;
    }
    Dashboard > .stage.-current { border: round $dm-current; border-title-color: $dm-current; }
    Dashboard > .stage.-looked-at { border: heavy $dm-accent; border-title-color: $dm-accent; }
    Dashboard > #keys, Dashboard > #header { background: $dm-chosen; }
    Dashboard > Prompt {
        position: absolute; display: none; height: 1; border: none; padding: 0;
        background: $dm-panel; color: $dm-bright;
    }
    Dashboard > Entry {
        position: absolute; display: none; height: 1; border: none; padding: 0;
        background: $dm-chosen; color: $dm-bright;
    }
    Dashboard > Entry:focus { border: none; background-tint: transparent; }
    Dashboard > Prompt:focus { border: none; background-tint: transparent; }
    Dashboard > Prompt > .input--suggestion { color: $dm-dim; }
    """
    panels: ClassVar[dict[str, type[LinePanel]]] = dict(_PANELS)

    class Jumped(Message):
        """A key while the letters of jump mode stood; None = no letter."""

        def __init__(self, target: Target | None) -> None:
            super().__init__()
            self.target = target

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model
        self._panels: dict[str, LinePanel] = {}
        self._places: Places = {}
        self._arranged: tuple[object, ...] | None = None
        self.layout_name = "overview"
        self.maximised = False
        """Whether the current panel has all the room."""
        self.prompt = Prompt(id="prompt")
        self.console_open = False
        self.entry = Entry()
        self.problem = ""
        """What is wrong with the filter that is being typed."""
        self._titles: dict[str, str] = {}
        self._elsewhere = ""
        """Keys of panels that are not on the screen."""
        self.jump = Jump()
        self.look: Stage | None = None
        """The panel that the guided tour is about."""
        self.opening = ""
        """What is being opened."""
        self.hints: Sequence[KeyHint] = HINTS
        """The key table, with a person's own keys."""

    def compose(self) -> ComposeResult:
        for name, make in _PANELS:
            panel = make(id=name)
            if make.STAGE is not None:
                panel.add_class("stage")
            self._panels[name] = panel
            yield panel
        self.header.opening, self.keys.hints = self.opening, self.hints
        console = self._panels["console"]
        console.add_class("stage")
        console.border_title = ": console"
        yield self.prompt
        yield self.entry

    def panel(self, name: str) -> LinePanel:
        """A panel by its id."""
        return self._panels[name]

    @property
    def header(self) -> HeaderPanel:
        """The headline panel."""
        panel = self._panels["header"]
        assert isinstance(panel, HeaderPanel)
        return panel

    @property
    def console(self) -> ConsolePanel:
        """The console's output."""
        panel = self._panels["console"]
        assert isinstance(panel, ConsolePanel)
        return panel

    @property
    def keys(self) -> KeyBar:
        """The key line."""
        panel = self._panels["keys"]
        assert isinstance(panel, KeyBar)
        return panel

    @property
    def tour(self) -> TourPanel:
        """The guided tour."""
        panel = self._panels["tour"]
        assert isinstance(panel, TourPanel)
        return panel

    @property
    def log_panel(self) -> LogPanel:
        """The event log."""
        panel = self._panels["log"]
        assert isinstance(panel, LogPanel)
        return panel

    @property
    def lanes_panel(self) -> LanesPanel:
        """The messages."""
        panel = self._panels["lanes"]
        assert isinstance(panel, LanesPanel)
        return panel

    def place(self) -> bool:
        """Place the panels anew if size, stage, alerts or the number of mds changed; whether anything moved."""
        width, height = self.size
        model = self.model
        banner = len(banner_lines(model, width, ALERTS_MOST)) if model.alerts else 0
        rows = rows_wanted(width, height) if self.tour.guide else 0
        holds = Holds(len(submitters(model)), len(model.devices), tree_lines(model))
        had = (max(1, len(model.mds)), self.console_open, holds)
        size = (width, height - rows)
        stages = stages_of(self.layout_name, width, height - rows, banner, *had)
        if stages != model.selection.stages:
            model.selection.show(stages)
        stage = model.selection.stage
        wanted = (self.layout_name, self.maximised, *size, stage, banner, *had)
        if (*wanted, rows, self.look) == self._arranged or width < 1:
            return False
        self._arranged = (*wanted, rows, self.look)
        places = make_room(places_of(*wanted), width, height, rows)
        self.header.small = too_small(width, height)
        if self.header.small:
            places = {"header": Rect(0, 0, width, height)}
        for name, panel in self._panels.items():
            place = places.get(name)
            if (place is not None) != panel.display:
                panel.display = place is not None
            if place is not None and place != self._places.get(name):
                panel.styles.offset = (place.x, place.y)
                panel.styles.width = place.width
                panel.styles.height = place.height
            if panel.STAGE is not None:
                panel.set_class(stage == panel.STAGE, "-current")
                panel.set_class(self.look == panel.STAGE, "-looked-at")
        self._head_stages(places)
        self._place_prompt(places.get("console"))
        self._places = places
        return True

    def _digit(self, stage: Stage) -> str:
        """The key that opens a panel, as it stands before its title; "" = none does."""
        shown = self.model.selection.stages
        if stage not in shown:
            return ""
        return f"{shown.index(stage) + 1} " if stage in shown[:DIGITS] else f"{self.model.keys['go.further']} "

    def _head_stages(self, places: Places) -> None:
        """Each panel's frame bears the digit that opens it, the current one's those of panels that are not there."""
        stages, current = self.model.selection.stages, places.get(self.model.selection.stage)
        here = (*places, *(COLUMNS if "pipeline" in places else ()))
        back = f"{self.model.keys['maximise']} gives the room back · " if self.maximised else ""
        self._elsewhere = back + elsewhere(stages, here, current.width - 6 - len(back)) if current else ""
        for name, panel in self._panels.items():
            if panel.STAGE is None or name == "why":
                continue
            number = self._digit(panel.STAGE)
            arrow = " ▶" if panel.STAGE in _ON_THE_WAY and self.layout_name == "overview" else ""
            narrow = name in places and places[name].width < len(TITLES[panel.STAGE]) + 8
            title = NARROW.get(panel.STAGE, TITLES[panel.STAGE]) if narrow else TITLES[panel.STAGE]
            look = " ◀ look here" if self.look == panel.STAGE else ""
            self._titles[name] = f"{number}{title}{look or arrow}"

    def _place_prompt(self, console: Rect | None) -> None:
        """Into the last row of the console's box."""
        prompt = self.prompt
        prompt.display = console is not None
        if console is not None:
            prompt.styles.offset = (console.x + 1 + len(PROMPT), console.y + console.height - 2)
            prompt.styles.width = console.width - 2 - len(PROMPT)

    def offer_jump(self) -> None:
        """A letter on each panel and thing."""
        shown = [panel for stage in self.model.selection.stages for panel in self._panels.values()
                 if stage == panel.STAGE and panel.display]
        self.jump.offer((panel.STAGE, panel.things) for panel in shown if panel.STAGE is not None)
        for panel in shown:
            panel.letter(self.jump.rows(panel.STAGE) if panel.STAGE is not None else {})

    def take_letter(self, letter: str) -> None:
        """A key in jump mode: any is a letter, and those that stand on nothing go nowhere."""
        target = self.jump.targets.get(letter)
        self.jump.targets = {}
        for panel in self._panels.values():
            panel.letter({})
        self.call_after_refresh(self.draw_panels)
        self.post_message(self.Jumped(target))

    def open_entry(self, words: str, labels: Sequence[str]) -> None:
        """Show the line on which a filter is typed, on the key line, behind the first of *labels* that leaves room."""
        width, height = self.size
        keys = self._places.get("keys", Rect(0, height - 1, width, 1))
        label = next((each for each in labels if len(each) + ENTRY_LEAST < keys.width), labels[-1])
        self.keys.typing = label
        self.entry.value = words
        self.entry.cursor_position = len(words)
        self.entry.styles.offset = (len(label) + 1, keys.y + keys.height - 1)
        self.entry.styles.width = max(10, keys.width - len(label) - 1)
        self.entry.display = True
        # At once, not as Widget.focus would, after what waits already: that may be its first letters.
        self.set_focus(self.entry)

    def close_entry(self) -> None:
        """The key line is there again."""
        self.keys.typing = ""
        self.problem = ""
        self.entry.display = False
        self.set_focus(None)

    def open_console(self) -> None:
        """Show the console and give it the keys."""
        self.console_open = True
        self.place()
        self.set_focus(self.prompt)

    def leave_console(self) -> None:
        """The keys go back to the panels; what was said stays on the screen."""
        self.set_focus(None)

    def close_console(self) -> None:
        """Give its place back."""
        self.console_open = False
        self.set_focus(None)
        self.place()

    def draw(self) -> int:
        """Draw every visible panel; returns the number of lines repainted."""
        if not self.model.story.name:
            # No frame has come yet: zeros would be numbers that nobody counted, so the panels stay empty.
            if self.place():
                self.call_after_refresh(self.tour.update, self.model)
                self.call_after_refresh(self.keys.update, self.model)
            head_lists(self.model, self._panels, self._titles, self.problem, self.jump, self._elsewhere, self._places)
            return self.header.update(self.model) + self.tour.update(self.model) + self.keys.update(self.model)
        placed = self.place()
        drawn = self.draw_panels()
        if placed or not all(panel.has_room or panel.lettered for panel in self._shown):
            # New sizes are known after the layout: what is there was drawn, and is once more behind it.
            self.call_after_refresh(self.draw_panels)
        return drawn

    @property
    def _shown(self) -> list[LinePanel]:
        return [panel for name, panel in self._panels.items() if name in self._places]

    def draw_panels(self) -> int:
        """Draw without placing."""
        why = self._panels["why"]
        headline = self.model.sight.headline
        if why.size.width < len(headline) + 6:
            headline = headline.replace("application", "app")
        title = f"{self._digit('why')}{headline}"
        if why.border_title != title:
            why.border_title = title
        self._head_console()
        head_lists(self.model, self._panels, self._titles, self.problem, self.jump, self._elsewhere, self._places)
        return paint(self, [(panel, panel.take(self.model)) for panel in self._shown if not panel.lettered])

    def move(self) -> int:
        """Draw what moves and leave the rest to be read; returns the number of lines repainted."""
        frame = self.model.glimpsed
        if frame is None:
            return 0
        with self.model.as_in(frame):
            return paint(self, [(panel, panel.take_moving(self.model)) for panel in self._shown if not panel.lettered])

    def _head_console(self) -> None:
        """Words on the console's frame: what waits, and which keys there are."""
        panel, typing, waiting = self._panels["console"], self.prompt.has_focus, self.model.waiting
        self.prompt.words = self.model.words
        if panel.has_class("-current") != typing:
            panel.set_class(typing, "-current")
        names = self.model.keys
        keys = "tab completes · esc leaves" if typing else f"{names['console']} types · {names['console.close']} closes"
        said = f"{waiting[-1]} waits · ^C interrupts · {keys}" if waiting else keys
        if len(waiting) > 1:
            said = f"{len(waiting)} wait · {said}"
        if panel.border_subtitle != said:
            panel.border_subtitle = said

    def on_resize(self) -> None:
        """Another size, another arrangement; letters stand before what is to be seen now."""
        for panel in self._panels.values():
            panel.letter({})
        self.draw()
        if self.jump.targets:
            self.call_after_refresh(self.offer_jump)
        if self.app.screen is not self:
            cover(self.app, self.app.screen)

    def on_screen_resume(self) -> None:
        """What came behind another screen had no place yet, and there may be no further frame."""
        self.call_after_refresh(self.draw)

    @property
    def lines_wanted(self) -> int:
        """How many entries of a list the screen can show, or search."""
        return SEARCHED if self.model.lists.wanted else max(16, self.size.height - HEADER)
