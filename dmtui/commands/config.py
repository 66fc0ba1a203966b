"""``dmtui config``: where the settings are, what they are, what is wrong with them, what they may be."""

from __future__ import annotations

import json
from pathlib import Path

from dmtui.config.settings import Settings, config_path, state_path
from dmtui.out import complain, say


def load_settings(path: Path) -> Settings | None:
    """The settings of *path*; None if something is wrong with them (each error was said)."""
    if not path.exists():
        return Settings()
    from dmtui.config.file import read_settings
    from emulator.scenario.errors import ScenarioErrors

    try:
        return read_settings(path)
    except ScenarioErrors as errors:
        for error in errors.errors:
            complain(str(error))
        return None


def show() -> int:
    """The settings in force, as a file that says the same."""
    from dmtui.config.file import description

    path = config_path()
    settings = load_settings(path)
    if settings is None:
        return 2
    say(f"# {path}{'' if path.exists() else ' (there is no such file: these are the defaults)'}")
    for field in Settings.__dataclass_fields__:
        value = getattr(settings, field)
        own = value != Settings.__dataclass_fields__[field].default and value != {}
        line = f"{field}: {json.dumps(value, ensure_ascii=False)}"
        say(f"\n# {description(field)}\n{'' if own else '# '}{line}")
    return 0


def validate(file: str | None) -> int:
    """Check *file*, or the person's own; 0 if nothing is wrong, else 2."""
    path = Path(file) if file is not None else config_path()
    if not path.exists():
        said = f"{path}: found no such file"
        if file is not None:
            complain(f"{said}, expected a configuration")
            return 2
        say(f"{said}: the defaults hold")
        return 0
    if load_settings(path) is None:
        return 2
    say(f"{path}: ok")
    return 0


def paths() -> int:
    """Where the settings are, and what is remembered."""
    say(str(config_path()))
    say(str(state_path()))
    return 0


def schema() -> int:
    """The JSON Schema, for editors."""
    from dmtui.config.file import settings_schema

    say(json.dumps(settings_schema(), indent=2))
    return 0


def keys() -> int:
    """Every action that a key can be given to, with the key it has."""
    settings = load_settings(config_path())
    if settings is None:
        return 2
    from dmtui.config.keys import remapped

    for hint in remapped(settings.keys):
        say(f"{hint.id:16} {hint.keys:22} {hint.description}")
    return 0

