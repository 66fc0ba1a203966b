"""``dmtui serve [SCENARIO]``: the dashboard in a browser; checks everything first, then serves until Ctrl-C."""

from __future__ import annotations

import asyncio

from dmtui.config.settings import config_path
from dmtui.out import complain


def serve(scenario: str | None, host: str, port: int, visitors: int) -> int:
    """Serve *scenario*; the exit status: 0 ended by Ctrl-C, 2 bad input or an address that cannot be used."""
    from dmtui.commands.config import load_settings
    from dmtui.commands.validate import load_all
    from dmtui.serve.server import DashboardServer, on_loopback
    from dmtui.serve.visitor import absolute
    from emulator.scenario.library import DEFAULT

    settings = load_settings(config_path())  # each visitor's dashboard reads them, too
    scenario = scenario or (settings.scenario if settings else None) or DEFAULT
    loaded = load_all([scenario])
    if settings is None or loaded is None:
        return 2
    if not on_loopback(host):
        complain(
            f"dmtui serve: warning: {host} can be reached from other machines: whoever opens the page can use it, "
            "there is no password"
        )
    server = DashboardServer(loaded[0].name, (absolute(scenario),), host, port, visitors)
    try:
        asyncio.run(server.play())
    except OSError as error:
        complain(f"dmtui serve: cannot listen at {host} port {port}: {error.strerror or error}")
        return 2
    return 0
