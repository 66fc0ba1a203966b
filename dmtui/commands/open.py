"""``dmtui [SCENARIO]``: the dashboard, if there is a terminal for it."""

from __future__ import annotations

import os
import sys
from typing import Any

from dmtui.config.settings import config_path
from dmtui.out import complain

DUMB = ("dumb", "unknown")
"""What terminals are called that can only write on; without a name most of today's can do all."""


def open_dashboard(scenario: str | None, tour: str = "", **changes: Any) -> int:
    """The dashboard with a scenario (the default story when none is named), which it checks first; the exit status.

    *tour* is the chapter of the guided tour whose scenario it is, *changes* are settings that the command line says
    otherwise than the file.
    """
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stdout is not None and sys.stdout.isatty()):
        from dmtui.commands.config import load_settings

        load_settings(config_path())  # what is wrong with them is told all the same
        complain("dmtui: found no terminal, expected one for the dashboard ('dmtui run SCENARIO' needs none)")
        return 2
    if os.environ.get("TERM") in DUMB:
        complain(
            f"dmtui: found TERM={os.environ['TERM']}, expected a terminal that can place its text, as xterm-256color "
            "('dmtui run SCENARIO' and 'dmtui console' write plain lines)"
        )
        return 2
    from dmtui.opening import open_app

    return open_app(scenario, tour, **changes)
