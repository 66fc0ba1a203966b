"""``dmtui [SCENARIO]``: the dashboard, if there is a terminal for it."""

from __future__ import annotations

import sys

from dmtui.out import complain


def open_dashboard(scenario: str | None) -> int:
    """The dashboard with a scenario (the default story when none is named), which it checks first; the exit status."""
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stdout is not None and sys.stdout.isatty()):
        complain("dmtui: found no terminal, expected one for the dashboard ('dmtui run SCENARIO' needs none)")
        return 2
    from dmtui.app import run_app

    return run_app(scenario)
