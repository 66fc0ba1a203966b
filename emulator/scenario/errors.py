"""What is wrong with a scenario, one clear line each; used by the loader and printed by every face."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice


@dataclass(frozen=True, slots=True, order=True)
class ScenarioError:
    """One thing wrong at one place; ``str`` gives ``file:line:column: text``."""

    file: str
    line: int
    """From 1; 0 = the file as a whole."""
    column: int
    """From 1; 0 = the line or file as a whole."""
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.text}"


class ScenarioErrors(Exception):
    """Everything wrong with a scenario, in the order of the file.  Nothing was started."""

    def __init__(self, errors: Iterable[ScenarioError]) -> None:
        self.errors: tuple[ScenarioError, ...] = tuple(sorted(set(errors)))
        super().__init__("\n".join(str(error) for error in self.errors))


def nearest(word: str, valid: Iterable[str]) -> str:
    """`` (did you mean 'x'?)`` for the most similar of *valid*, or "" when none is similar."""
    names = {name.lower(): name for name in valid}
    found = get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return f" (did you mean '{names[found[0]]}'?)" if found else ""


def one_of(valid: Iterable[str], most: int = 12) -> str:
    """``one of a, b, c`` (cut after *most* names)."""
    names = list(valid)
    if not names:
        return "nothing (none is declared)"
    if len(names) == 1:
        return names[0]
    more = f", … ({len(names)} in all)" if len(names) > most else ""
    return "one of " + ", ".join(names[:most]) + more


def shown(value: object) -> str:
    """How a value of the file is named in an error: as the file would say it, on one line, cut to 60 characters."""
    if value is None:
        return "nothing"
    text = repr(value) if isinstance(value, str) else _flow(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _flow(value: object, depth: int = 0) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list) and depth > 3:
        return "…"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item, depth + 1)}" for key, item in islice(value.items(), 20)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item, depth + 1) for item in value[:20]) + "]"
    return "nothing" if value is None else str(value)
