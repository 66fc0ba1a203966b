"""A scenario by its path or name, and its processes: opened by the reader thread, with the reasons why it cannot be.

What carries the scenarios is imported when it is wanted: the first frame does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.lab.run import Run
    from emulator.scenario.loader import Scenario


class CannotOpen(Exception):
    """A scenario that could not be opened; ``lines`` say why, one thing each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def load(scenario: str) -> Scenario:
    """Load *scenario* (a path or the name of a story).  Raises CannotOpen with every error of it."""
    from emulator.scenario.errors import ScenarioErrors
    from emulator.scenario.library import load_scenario

    try:
        return load_scenario(scenario)
    except ScenarioErrors as error:
        raise CannotOpen([str(each) for each in error.errors]) from error
    except OSError as error:
        raise CannotOpen([f"{scenario}: {error.strerror or error}"]) from error


def start(scenario: Scenario) -> Run:
    """Start its processes.  Raises CannotOpen."""
    from emulator.lab.run import Run

    try:
        return Run(scenario, "process", console=True)
    except OSError as error:
        raise CannotOpen([f"{scenario.name}: its processes could not be started: {error.strerror or error}"]) from error
