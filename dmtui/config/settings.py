"""The settings themselves, as a plain dataclass: the dashboard's start must not wait for pydantic (any thread)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

ThemeName = Literal["dark", "light", "safe"]
THEME_NAMES: tuple[ThemeName, ...] = ("dark", "light", "safe")
"""Our themes as a person writes them; Textual knows them with ``dmtui-`` before."""
LayoutName = Literal["overview", "queue", "paths", "latency", "teaching"]
LAYOUT_NAMES: tuple[LayoutName, ...] = ("overview", "queue", "paths", "latency", "teaching")
"""Those of dmtui.model.layouts."""


class Bound:
    """What a field is held to when a file is read: keys of pydantic's core schema, such as ``ge`` and ``le``.

    The start imports neither pydantic nor annotated_types for it.
    """

    def __init__(self, **limits: int) -> None:
        self.limits = limits

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return handler(source) | self.limits


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person prefers.  The docstring under each field is its description in the schema."""

    __pydantic_config__ = {
        "extra": "forbid", "strict": True, "use_attribute_docstrings": True, "title": "dmtui configuration",
    }

    theme: ThemeName | None = None
    """Colours: dark, light, or safe for colour-blind eyes. Without it the last theme that was chosen."""
    layout: LayoutName | None = None
    """Panels at the start: overview, queue, paths, latency or teaching. Without it the last layout that was chosen."""
    fps: Annotated[int, Bound(ge=2, le=60)] = 20
    """Frames a second at the most. Fewer cost less processor; keys are as quick as ever."""
    mouse: bool = True
    """Whether clicks and the wheel act. Without it the terminal selects text as usual."""
    scenario: Annotated[str, Bound(min_length=1, max_length=4096)] | None = None
    """What 'dmtui' without a scenario opens: a story's name or a file. Without it the story steady-load."""
    log_lines: Annotated[int, Bound(ge=100, le=100_000)] = 2_000
    """Lines that the event log keeps; the oldest go."""
    keys: dict[str, str] = field(default_factory=dict)
    """Other keys for actions: action: keys, several with commas between, such as 'fault.error: E,f2'. The actions are
    those of 'dmtui config keys'."""


def config_path() -> Path:
    """Where a person's settings are."""
    return _home("XDG_CONFIG_HOME", ".config") / "dmtui" / "config.yaml"


def state_path() -> Path:
    """Where the dashboard keeps what it remembers."""
    return _home("XDG_STATE_HOME", ".local/state") / "dmtui" / "state.json"


def _home(variable: str, fallback: str) -> Path:
    # The specification: a path that is not absolute is as good as none.
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else Path.home() / fallback
