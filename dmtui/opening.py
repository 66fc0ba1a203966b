"""Opening a scenario for the dashboard: first it is checked, then its processes start (reader thread)."""

from __future__ import annotations

from collections.abc import Callable

from dmtui.feed import CannotOpen, Session
from dmtui.model.frame import Story, Verdict
from emulator.runtime.process import ProcessRuntime
from emulator.scenario import Director, Scenario, ScenarioErrors, load_scenario


def check(scenario: str, serial: int) -> Callable[[], Session]:
    """Load *scenario* (a path or the name of a story).  Raises CannotOpen with every error of it."""
    try:
        loaded = load_scenario(scenario)
    except ScenarioErrors as error:
        raise CannotOpen([str(each) for each in error.errors]) from error
    except OSError as error:
        raise CannotOpen([f"{scenario}: {error.strerror or error}"]) from error
    return lambda: _start(loaded, serial)


def _start(scenario: Scenario, serial: int) -> Session:
    try:
        runtime = ProcessRuntime(scenario.plan)
    except OSError as error:
        raise CannotOpen([f"{scenario.name}: the processes could not be started: {error.strerror or error}"]) from error
    director = Director(scenario, runtime)
    story = Story(scenario.name, scenario.about, scenario.plan, serial)

    def verdict() -> Verdict | None:
        found = director.report().expectations
        return Verdict(sum(e.held for e in found), tuple(e.text for e in found if not e.held))

    return Session(story, runtime, director, verdict)
