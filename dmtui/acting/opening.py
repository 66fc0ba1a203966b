"""Another scenario on the same screen (UI thread)."""

from __future__ import annotations

from functools import partial

from dmtui.acting.base import Base
from dmtui.feed import CannotOpen, load


class Opening(Base):
    """The scenario browser."""

    def action_open(self) -> None:
        """Another scenario."""
        from dmtui.screens.scenarios import Listed, ScenarioPicker
        from emulator.scenario.library import stories as shipped

        stories = [Listed(story.name, partial(_about, story.name)) for story in shipped()]
        self.push_screen(ScenarioPicker(stories, self.model.story.name), self._open)

    def _open(self, scenario: str | None) -> None:
        if scenario and not self.source.open(scenario):
            self.notify("too many orders wait already", title=f"open {scenario}", severity="error")


def _about(name: str) -> str:
    """What a story is about; its errors if it has any."""
    try:
        return load(name).about
    except CannotOpen as error:
        return str(error)
