"""The dashboard: places the panels, and draws them from the model when the one clock says so (UI thread)."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.screen import Screen

from dmtui.keymap import bindings
from dmtui.model.layout import HEADER, Places, arrange
from dmtui.model.selection import STAGES, TITLES
from dmtui.model.state import Model
from dmtui.panels.banner import BannerPanel, banner_lines
from dmtui.panels.base import LinePanel
from dmtui.panels.clones import ClonesPanel
from dmtui.panels.completions import CompletionsPanel
from dmtui.panels.devices import DevicesPanel
from dmtui.panels.header import HeaderPanel
from dmtui.panels.keybar import KeyBar
from dmtui.panels.lock import LockPanel
from dmtui.panels.log import LogPanel
from dmtui.panels.pipeline import PipelinePanel
from dmtui.panels.queue import QueuePanel
from dmtui.panels.softirq import SoftirqPanel
from dmtui.panels.submitters import SubmittersPanel
from dmtui.panels.why import WhyPanel

_PANELS: tuple[tuple[str, type[LinePanel]], ...] = (
    ("header", HeaderPanel), ("banner", BannerPanel), ("pipeline", PipelinePanel), ("submitters", SubmittersPanel),
    ("queue", QueuePanel), ("lock", LockPanel), ("clones", ClonesPanel), ("devices", DevicesPanel),
    ("softirq", SoftirqPanel), ("completions", CompletionsPanel), ("log", LogPanel), ("why", WhyPanel),
    ("keys", KeyBar),
)
_ON_THE_WAY = frozenset({"submitters", "queue", "clones", "devices", "softirq"})
"""Stages that hand a request on."""
ALERTS_MOST = 8
"""Lines of banner at the most."""


class Dashboard(Screen[None]):
    """All panels as direct children, placed by :func:`dmtui.model.layout.arrange`; never laid out within a frame."""

    AUTO_FOCUS = None
    BINDINGS = [*bindings()]
    DEFAULT_CSS = """
    Dashboard { background: $background; layers: base; }
    Dashboard > LinePanel { position: absolute; }
    Dashboard > .stage {
        border: round $dm-border; border-title-color: $dm-label; border-title-style: bold;
        border-subtitle-color: $dm-label;
    }
    Dashboard > .stage.-current { border: round $dm-current; border-title-color: $dm-current; }
    Dashboard > #keys, Dashboard > #header { background: $dm-chosen; }
    """
    panels: ClassVar[dict[str, type[LinePanel]]] = dict(_PANELS)

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model
        self._panels: dict[str, LinePanel] = {}
        self._places: Places = {}
        self._arranged: tuple[int, int, str, int, int] | None = None

    def compose(self) -> ComposeResult:
        for name, make in _PANELS:
            panel = make(id=name)
            if make.STAGE is not None:
                panel.add_class("stage")
                arrow = " ▶" if make.STAGE in _ON_THE_WAY else ""
                panel.border_title = f"{STAGES.index(make.STAGE) + 1} {TITLES[make.STAGE]}{arrow}"
            self._panels[name] = panel
            yield panel

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
    def log_panel(self) -> LogPanel:
        """The event log."""
        panel = self._panels["log"]
        assert isinstance(panel, LogPanel)
        return panel

    def place(self) -> bool:
        """Place the panels anew if size, stage, alerts or the number of mds changed; whether anything moved."""
        width, height = self.size
        model = self.model
        banner = len(banner_lines(model, width, ALERTS_MOST)) if model.alerts else 0
        wanted = (width, height, model.selection.stage, banner, len(model.mds))
        if wanted == self._arranged or width < 1:
            return False
        self._arranged = wanted
        places = arrange(width, height, model.selection.stage, banner, max(1, len(model.mds)))
        for name, panel in self._panels.items():
            place = places.get(name)
            if (place is not None) != panel.display:
                panel.display = place is not None
            if place is not None and place != self._places.get(name):
                panel.styles.offset = (place.x, place.y)
                panel.styles.width = place.width
                panel.styles.height = place.height
            if panel.STAGE is not None:
                panel.set_class(model.selection.stage == panel.STAGE, "-current")
        self._places = places
        return True

    def draw(self) -> int:
        """Draw every visible panel; returns the number of lines repainted."""
        if not self.model.story.name:
            # No frame has come yet: zeros would be numbers that nobody counted.
            return 0
        if self.place():
            # New sizes are known after the layout: draw what is there, and once more behind it.
            self.call_after_refresh(self.draw_panels)
        return self.draw_panels()

    def draw_panels(self) -> int:
        """Draw without placing."""
        why = self._panels["why"]
        headline = self.model.sight.headline
        if why.size.width < len(headline) + 6:
            headline = headline.replace("application", "app")
        title = f"{STAGES.index('why') + 1} {headline}"
        if why.border_title != title:
            why.border_title = title
        return sum(panel.update(self.model) for name, panel in self._panels.items() if name in self._places)

    def on_resize(self) -> None:
        """Another size, another arrangement."""
        self.draw()

    @property
    def lines_wanted(self) -> int:
        """How many entries of a list the screen can show."""
        return max(16, self.size.height - HEADER)
