"""``dmtui validate`` and ``dmtui schema``: what is wrong with a file, and what one may say."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dmtui.out import complain, say
from emulator.scenario.errors import ScenarioErrors
from emulator.scenario.library import load_scenario
from emulator.scenario.loader import Scenario, scenario_schema


def load_all(names: Sequence[str]) -> list[Scenario] | None:
    """Every scenario of *names*; None if something is wrong with one (each error was said)."""
    loaded: list[Scenario] = []
    wrong = False
    for name in names:
        try:
            loaded.append(load_scenario(name))
        except ScenarioErrors as errors:
            wrong = True
            for error in errors.errors:
                complain(str(error))
    return None if wrong else loaded


def validate_files(files: Sequence[str]) -> int:
    """Check each of *files*; 0 if nothing is wrong, else 2."""
    status = 0
    for file in files:
        loaded = load_all([file])
        if loaded is None:
            status = 2
        else:
            plan = loaded[0].plan
            what = f"{len(plan.mds)} mapped, {len(plan.devices)} underlying, {len(loaded[0].timeline)} actions"
            say(f"{file}: ok ({loaded[0].name}: {what}, {len(loaded[0].expectations)} expectations)")
    return status


def print_schema() -> int:
    """The JSON Schema on standard output."""
    say(json.dumps(scenario_schema(), indent=2))
    return 0
