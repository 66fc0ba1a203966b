"""In place of a dialog where the window is too small to read it: the sizes, and nothing else (UI thread)."""

from __future__ import annotations

from rich.text import Text
from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import Static

from dmtui.model.layout import too_small


class TooSmall(Screen[None]):
    """Lies over everything, and takes the keys that nobody could see the outcome of, until there is room again."""

    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    TooSmall { background: $background; align: center middle; }
    TooSmall .box { width: 100%; height: auto; max-height: 100%; color: $dm-bright; text-align: center; }
    """

    def compose(self) -> ComposeResult:
        yield Static(Text(too_small(*self.app.size)), classes="box")

    def on_resize(self) -> None:
        """Smaller still, or large enough."""
        self._look()

    def on_screen_resume(self) -> None:
        """What lay over it is gone; there may be room since long."""
        self._look()

    def _look(self) -> None:
        said = too_small(*self.app.size)
        if said:
            self.query_one(Static).update(Text(said))
        elif self.app.screen is self:
            self.dismiss(None)


def cover(app: App[int], screen: Screen[object]) -> None:
    """Lie over *screen* if the window is too small for it."""
    if app.screen is screen and not isinstance(screen, TooSmall) and too_small(*app.size):
        app.push_screen(TooSmall())
