"""Where scenarios are: a file that a person names, or one of the stories that come with the package."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from emulator.scenario.errors import ScenarioError, ScenarioErrors, nearest, one_of
from emulator.scenario.loader import Scenario, load_file, load_text

DEFAULT = "steady-load"
"""The story that plays when none is named: a steady load that no expectation ends."""
STDIN = "-"
"""Names standard input instead of a file."""
BYTES_MOST = 4 << 20
"""Read of it."""
_ROOT = Path(__file__).resolve().parents[2]
_PLACES = (_ROOT / "dmtui" / "_scenarios", _ROOT / "scenarios")
"""Beside the installed packages, and in a checkout (or an editable install of it)."""


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario that comes with the package."""

    name: str
    path: Path


def stories() -> list[Story]:
    """Every scenario that comes with the package, by name."""
    place = next((place for place in _PLACES if place.is_dir()), None)
    found = [Story(path.stem, path) for path in place.glob("*.yaml")] if place else []
    return sorted(found, key=lambda story: story.name)


def find_scenario(path_or_name: str) -> Path:
    """The file of a path, or of a story by its name.  Raises ScenarioErrors when there is neither."""
    path = Path(path_or_name)
    if "/" in path_or_name or path.suffix in (".yaml", ".yml") or path.is_file():
        return path
    found = {story.name: story.path for story in stories()}
    if path_or_name in found:
        return found[path_or_name]
    near = nearest(path_or_name, found)
    said = f"found no file and no story of this name, expected a path or {one_of(found, 40)}{near}"
    raise ScenarioErrors([ScenarioError(path_or_name, 0, 0, said)])


def load_scenario(path_or_name: str | Path) -> Scenario:
    """A checked scenario; "-" is standard input.  Raises ScenarioErrors with everything that is wrong."""
    if path_or_name == STDIN:
        return load_text(sys.stdin.buffer.read(BYTES_MOST) if sys.stdin is not None else b"", "<stdin>")
    if isinstance(path_or_name, Path):
        return load_file(path_or_name)
    path = find_scenario(path_or_name)
    shipped = any(path == story.path for story in stories())
    return load_file(path, None if shipped else path_or_name)
