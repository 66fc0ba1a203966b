"""What keys keep and take back: saving what was done as a scenario, undoing several things (UI thread)."""

from __future__ import annotations

import shlex
from pathlib import Path

from dmtui.acting.base import Base
from dmtui.model.log import LogLine


class Saving(Base):
    """Save, undo."""

    def action_save(self) -> None:
        """Save what was done as a scenario."""
        from dmtui.screens.save import SaveDialog

        self.push_screen(SaveDialog(self.source.deeds, self.model.story.name), self._saved)

    def _saved(self, path: Path | None) -> None:
        if path is not None:
            self.model.say(LogLine(self.model.now_us, "»", "mine", "you", "saved", f"what you did is in {path}"))
            near = path.resolve().is_relative_to(Path.cwd())
            file = shlex.quote(str(path.resolve().relative_to(Path.cwd()) if near else path))
            opens = f"{self.key('open')} opens it"
            self.notify(f"dmtui run {file} plays it without a screen, {opens}", title=f"saved {path.name}")

    def action_undo(self) -> None:
        """Take back the last deed."""
        self.do(self.undo.take, undoable=False)

    def action_undo_list(self) -> None:
        """Choose how much to take back."""
        from dmtui.screens.undo import UndoList

        self.push_screen(UndoList(self.undo.undoable(), self.model.keys), self._undo_many)

    def _undo_many(self, count: int | None) -> None:
        for deed in self.undo.take_many(count or 0):
            self.do(lambda deed=deed: deed, undoable=False)  # type: ignore[misc]
