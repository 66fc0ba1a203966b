"""``dmtui console``: a scenario under one's fingers, line by line."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from dmtui.commands.validate import load_all
from dmtui.out import complain, say
from emulator.scenario.library import STDIN

if TYPE_CHECKING:
    from emulator.lab.session import Session


def run_console(name: str, runtime: str, seed: int | None, as_json: bool, timeline: bool) -> int:
    """Talk about one scenario; the exit status."""
    from dmtui.console.loop import converse
    from dmtui.console.printing import Json, Plain
    from dmtui.console.reading import PipeReader, Reader, TerminalReader
    from emulator.lab import Lab

    if sys.stdin is None:
        complain("dmtui: found no standard input, expected lines there")
        return 2
    if name == STDIN:
        complain("dmtui: found '-' for the scenario, expected a file or a story: the console reads its lines there")
        return 2
    scenarios = load_all([name])
    if scenarios is None:
        return 2
    terminal = sys.stdin.isatty() and sys.stdout is not None and sys.stdout.isatty() and not as_json

    def reader(session: Session) -> Reader:
        if terminal:
            say(f"{scenarios[0].name} on the {runtime}. 'help' says what can be said, 'exit' or Ctrl-D ends.")
            return TerminalReader(session)
        return PipeReader(sys.stdin.fileno())

    lab = Lab(scenarios[0], runtime=runtime, seed=seed, timeline=timeline)  # type: ignore[arg-type]
    return asyncio.run(converse(lab, reader, Json() if as_json else Plain(), terminal))
