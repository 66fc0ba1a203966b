"""Lines that were typed, kept between runs: one file for ``dmtui console`` and the dashboard's console."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prompt_toolkit.history import History


def open_history() -> History:
    """The history file, or one in memory where no file can be written."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    place = Path(state).expanduser() / "dmtui"
    try:
        place.mkdir(parents=True, exist_ok=True)
        with open(place / "console_history", "a", encoding="utf-8"):
            return FileHistory(str(place / "console_history"))
    except OSError:
        return InMemoryHistory()
