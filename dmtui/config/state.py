"""What the dashboard remembers between two visits: written whole or not at all, and never a reason not to start."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from dmtui.config.settings import THEME_NAMES, ThemeName


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was chosen last."""

    theme: ThemeName | None = None


def recall(path: Path) -> tuple[Remembered, str]:
    """What *path* remembers, and one line about why it could not be read ("" if it could, or there is none)."""
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Remembered(), ""
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not JSON"
        return Remembered(), f"what was remembered is left out: {reason} ({path})"
    if not isinstance(data, dict):
        return Remembered(), f"what was remembered is left out: it is no JSON object ({path})"
    theme = data.get("theme")
    if theme is not None and theme not in THEME_NAMES:
        # Of a later version, or edited: that choice is forgotten, nothing else.
        return Remembered(), f"the remembered theme is left out: {theme!r} is none of {', '.join(THEME_NAMES)} ({path})"
    return Remembered(theme), ""


def remember(path: Path, what: Remembered) -> str:
    """Write *what*; one line about why it could not be written, or ""."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file, name = tempfile.mkstemp(prefix=".state-", dir=path.parent)
        try:
            with open(file, "w", encoding="utf-8") as stream:
                json.dump(asdict(what), stream)
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    return ""
