"""Opening the dashboard: settings and scenario are checked first, beside the import of Textual; nothing starts before.

The order in which a person sees things: errors of a wrong file on an untouched terminal, or the frame of the dashboard,
then its numbers.
"""

from __future__ import annotations

import dataclasses
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dmtui.aside import Aside
from dmtui.config.settings import Settings, config_path, state_path


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks came to."""

    settings: Settings
    scenario: str
    errors: tuple[str, ...]


def check(scenario: str | None, config: Path, changes: dict[str, Any]) -> Checked:
    """Settings (the file's, with *changes* of the command line) and scenario, and everything that is wrong."""
    from emulator.scenario.errors import ScenarioErrors
    from emulator.scenario.library import DEFAULT, load_scenario

    settings, errors = Settings(), []
    try:
        if config.exists():
            from dmtui.config.file import read_settings

            settings = read_settings(config)
    except ScenarioErrors as error:
        errors += [str(each) for each in error.errors]
    settings = dataclasses.replace(settings, **changes)
    scenario = scenario or settings.scenario or DEFAULT
    try:
        load_scenario(scenario)
    except ScenarioErrors as error:
        errors += [str(each) for each in error.errors]
    except OSError as error:
        errors.append(f"{scenario}: {error.strerror or error}")
    return Checked(settings, scenario, tuple(errors))


def open_app(scenario: str | None, tour: str = "", **changes: Any) -> int:
    """Check and show; the exit status: 2 if something is wrong and nothing was started, else the dashboard's.

    *tour*: the chapter of the guided tour whose scenario it is.
    """
    config = config_path()
    aside = Aside(lambda: check(scenario, config, changes))
    from dmtui.app import run_app

    checked = aside.result()
    if checked.errors:
        for line in checked.errors:
            print(line, file=sys.stderr)
        return 2
    from emulator.runtime.launch import drop_ahead, launch_ahead

    with suppress(OSError):  # then the runtime tries it again, and says what is wrong
        launch_ahead()  # its imports are done beside the first frame
    try:
        return run_app(checked.scenario, checked.settings, state_path(), tour)
    finally:
        drop_ahead()


__all__ = ["Checked", "check", "open_app"]
