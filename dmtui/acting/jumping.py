"""Jump mode: a letter on every panel and thing, the next key goes there (UI thread)."""

from __future__ import annotations

from dmtui.acting.listing import Listing
from dmtui.screens.dashboard import Dashboard


class Jumping(Listing):
    """Jump mode."""

    def action_jump(self) -> None:
        """Show the letters."""
        self.dashboard.offer_jump()
        self.notify("a letter goes there, any other key nowhere", title="jump")

    def on_dashboard_jumped(self, message: Dashboard.Jumped) -> None:
        """A key was pressed while the letters stood."""
        target = message.target
        if target is not None:
            if target.key is not None:
                self.pick(target.key)
            if target.stage in self.model.selection.stages:
                self.model.selection.stage = target.stage
        self._hush()
