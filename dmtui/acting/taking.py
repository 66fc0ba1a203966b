"""What keys take away from the screen: copies, pictures, tables (UI thread).

Files go where the dashboard was started; in a browser they are downloads.  No file is ever overwritten.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events

from dmtui.acting.base import Base
from dmtui.model import numbers, table
from dmtui.model.listing import FILTERED, RequestKey
from dmtui.model.selection import TITLES, Key, Stage

if TYPE_CHECKING:
    from dmtui.screens.life import LifeScreen

TRIES = 10_000
"""Names tried for a file before one gives up."""


class Taking(Base):
    """Copies, pictures, tables."""

    def action_copy(self) -> None:
        """The selected thing, as text."""
        what, text = self._selected_text()
        if not text:
            self.action_copy_panel()
            return
        self._copy(what, text)

    def action_copy_panel(self) -> None:
        """The current panel, as text."""
        stage = self.model.selection.stage
        lines = [line.rstrip() for line in self.dashboard.panel(stage).text.splitlines()]
        self._copy(f"the panel {TITLES[stage]}", "\n".join(lines).rstrip() + "\n")

    def _copy(self, what: str, text: str) -> None:
        self.copy_to_clipboard(text)
        self.notify(f"copied {what}: {numbers.count(len(text))} letters, for the terminal's clipboard (OSC 52)")

    def _selected_text(self) -> tuple[str, str]:
        stage = self.model.selection.stage
        key: Key | None = self.model.selection.key
        chosen: RequestKey | None = self.model.lists.chosen
        if stage == "log":
            line = self.dashboard.log_panel.cursor
            return ("the line", f"{numbers.clock(line.at_us)} {line.machine} {line.text}\n") if line else ("", "")
        if chosen is not None and stage in ("queue", "clones", "devices"):
            request = Key("request", chosen.name)
            key = request if self.dashboard.panel(stage).text_of(request) else key
        if key is None or (key.kind == "md" and len(self.model.mds) == 1):
            return "", ""
        text = self.dashboard.panel(stage).text_of(key)
        return (key.name, text) if text else ("", "")

    # -- files -----------------------------------------------------------------------------------------------

    def action_picture(self) -> None:
        """The screen, as SVG."""
        self._deliver(self.export_screenshot(title=f"dmtui {self.model.story.name}"), "screen", "svg")

    def action_rows(self, form: str) -> None:
        """The current panel's rows."""
        stage = self.model.selection.stage
        rows = table.rows_of(self.model, stage)
        if not rows:
            why = "the filter lets none through" if self._filtered(stage) else "there is nothing in it now"
            picture = f"{self.key('picture')} writes the screen as a picture"
            self.notify(f"{TITLES[stage]}: no row to write, {why}; {picture}", severity="warning")
            return
        self._deliver(table.as_csv(rows) if form == "csv" else table.as_json(rows), stage, form)

    def on_life_screen_taken(self, message: LifeScreen.Taken) -> None:
        """A life, as it is told."""
        life, form = message.life, message.form
        what = re.sub(r"[^A-Za-z0-9._-]+", "-", life.title.partition(":")[0])
        if form == "copy":
            self._copy(f"the life of {life.title.partition(':')[0]}", table.life_text(life))
        else:
            self._deliver(table.life_csv(life) if form == "csv" else table.life_json(life), f"life-{what}", form)

    def _filtered(self, stage: Stage) -> bool:
        return stage in FILTERED and self.model.lists.get(stage).filter is not None

    def _deliver(self, text: str, what: str, form: str) -> None:
        story = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(self.model.story.name).stem) or "story"
        stem = f"dmtui-{story}-{what}"
        folder = Path.cwd()
        names = (f"{stem}.{form}" if not number else f"{stem}-{number}.{form}" for number in range(TRIES))
        name = next((name for name in names if not (folder / name).exists()), None)
        if name is None:
            self.notify(f"{stem}.{form} and {TRIES - 1} more are there already", severity="warning")
            return
        self.deliver_text(io.StringIO(text), save_directory=folder, save_filename=name, name=name)

    def on_delivery_complete(self, event: events.DeliveryComplete) -> None:
        """Say where it is."""
        event.prevent_default()
        self.notify(f"wrote {event.path or event.name}")

    def on_delivery_failed(self, event: events.DeliveryFailed) -> None:
        """Say why it is nowhere."""
        event.prevent_default()
        reason = event.exception
        said = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
        self.notify(f"{event.name} cannot be written: {said}", severity="error")
