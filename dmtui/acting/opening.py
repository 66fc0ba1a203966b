"""Another scenario on the same screen, and the editor for one (UI thread)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dmtui.acting.base import Base
from dmtui.starting import CannotOpen, load

if TYPE_CHECKING:
    from dmtui.screens.scenarios import Choice


class Opening(Base):
    """The scenario browser and the editor."""

    def action_open(self) -> None:
        """Another scenario."""
        from dmtui.screens.scenarios import Listed, ScenarioPicker, files_here
        from emulator.scenario.library import stories as shipped

        names = [*files_here(Path.cwd()), *(story.name for story in shipped())]
        listed = [Listed(name, partial(_tell, name)) for name in names]
        self.push_screen(ScenarioPicker(listed, self.model.story.name), self._chosen)

    def _chosen(self, choice: Choice | None) -> None:
        if choice is None:
            return
        if choice.edit:
            self.action_edit(choice.scenario)
        else:
            self._open(choice.scenario)

    def _open(self, scenario: str | None) -> None:
        if not scenario:
            return
        if self.source.open(scenario):
            self.notify(f"opening {scenario} …")
        else:
            self.notify("too many orders wait already", title=f"open {scenario}", severity="error")

    def action_edit(self, scenario: str = "") -> None:
        """Edit *scenario*; without a name the one that runs."""
        if not scenario:
            self.source.deeds(lambda told: (self.call_later(self.action_edit, told.scenario.file), None)[1])
            return
        from dmtui.screens.editor import Editor, begin

        try:
            text, path = begin(scenario)
        except OSError as error:
            self.notify(f"cannot be edited: {error.strerror or error}", title=scenario, severity="error")
            return
        self.push_screen(Editor(text, path, Path(scenario).stem), self._open)


def _tell(name: str) -> Sequence[tuple[str, str]]:
    """What a scenario is about and is built of; its first error if it has any."""
    from dmtui.model.brochure import brochure

    try:
        return brochure(load(name))
    except CannotOpen as error:
        first, *rest = error.lines or [str(error)]
        more = [(f"and {len(rest)} more: ctrl+e here shows them", "dim")] if rest else []
        return [("It cannot be opened:", "bad"), (first, ""), *more]
