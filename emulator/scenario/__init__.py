"""Stories in YAML: reading, checking, compiling to a plan, acting out and judging.  Runs in the face's process only.

The only part of the emulator that imports pydantic and ruamel.yaml; machines and their processes see a Plan.
"""

from __future__ import annotations

from emulator.scenario.director import Director
from emulator.scenario.errors import ScenarioError, ScenarioErrors
from emulator.scenario.library import DEFAULT, load_scenario, stories
from emulator.scenario.loader import Scenario, scenario_schema
from emulator.scenario.report import Report

__all__ = [
    "DEFAULT", "Director", "Report", "Scenario", "ScenarioError", "ScenarioErrors", "load_scenario", "scenario_schema",
    "stories",
]
