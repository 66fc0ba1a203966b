"""Opening a scenario for the dashboard: first it is checked, then its processes start (reader thread)."""

from __future__ import annotations

from collections.abc import Callable

from dmtui.feed import CannotOpen, Session
from dmtui.model.frame import Story, Verdict
from emulator.runtime.process import ProcessRuntime
from emulator.scenario.director import Director
from emulator.scenario.errors import ScenarioErrors
from emulator.scenario.library import DEFAULT, load_scenario, stories
from emulator.scenario.loader import Scenario

__all__ = ["DEFAULT", "about", "check", "names"]


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
        raise CannotOpen([f"{scenario.name}: its processes could not be started: {error.strerror or error}"]) from error
    director = Director(scenario, runtime, kind="process")
    story = Story(scenario.name, scenario.about, scenario.plan, serial, len(scenario.expectations))

    def verdict() -> Verdict:
        found = director.report().expectations
        return Verdict(
            sum(each.held is True for each in found),
            tuple(f"{each.text}: {each.why}" for each in found if each.held is False),
            sum(each.held is None for each in found),
        )

    return Session(story, runtime, director, verdict)


def about(name: str) -> str:
    """What a story is about; its errors if it has any."""
    try:
        return load_scenario(name).about
    except ScenarioErrors as error:
        return "\n".join(str(each) for each in error.errors)


def names() -> list[str]:
    """The stories that come with the package."""
    return [story.name for story in stories()]
