"""What the dashboard remembers between two visits: written whole or not at all, and never a reason not to start."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from dmtui.config.settings import LAYOUT_NAMES, THEME_NAMES, LayoutName, ThemeName


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was chosen last."""

    theme: ThemeName | None = None
    layout: LayoutName | None = None
    tour: str | None = None
    """Chapter of the guided tour at which it was left."""
    tour_done: tuple[str, ...] = ()
    """Chapters of which every step was done."""
    tour_skipped: tuple[str, ...] = ()
    """Chapters that were gone past without doing them all."""


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
    theme, layout = data.get("theme"), data.get("layout")
    for what, found, valid in (("theme", theme, THEME_NAMES), ("layout", layout, LAYOUT_NAMES)):
        if found is not None and found not in valid:
            # Of a later version, or edited: what was chosen is forgotten, nothing else happens.
            said = f"the remembered {what} is left out: {found!r} is none of {', '.join(valid)} ({path})"
            return Remembered(), said
    tour, done, skipped = data.get("tour"), data.get("tour_done", []), data.get("tour_skipped", [])
    if not ((tour is None or isinstance(tour, str)) and _are_names(done) and _are_names(skipped)):
        return Remembered(theme, layout), f"the remembered tour is left out: expected names of chapters ({path})"
    return Remembered(theme, layout, tour, tuple(done), tuple(skipped)), ""


def _are_names(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(name, str) for name in found)


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
