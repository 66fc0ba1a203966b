"""Says what differs between two pictures, for a person: lines as they were and are, and looks by line and words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

LOOKS_MOST = 12
"""Changed looks that are told."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A picture that was read."""

    lines: list[str]
    names: list[str]
    """Of the themes."""
    looks: list[list[str]]
    """For each line, the look of each cell in all themes."""


def parse(picture: str) -> Parsed:
    """Of the text that :func:`tests.snapshots.taking.picture` makes."""
    head, _, rest = picture.partition("--- looks: ")
    legend, _, cells = rest.partition("--- cells\n")
    names, *marks = legend.splitlines() or [""]
    known = dict(line.split(": ", 1) for line in marks)
    return Parsed(head.splitlines(), names.split(" | "), [[*_cells(line, known)] for line in cells.splitlines()])


def _cells(line: str, known: dict[str, str]) -> Iterator[str]:
    for run in line.split():
        mark = run.rstrip("0123456789")
        yield from [known[mark]] * int(run[len(mark):])


def differences(before: str, now: str) -> list[str]:
    """What to tell of two pictures of one screen."""
    if not before:
        return ["there was no picture of it"]
    old, new = parse(before), parse(now)
    if len(old.lines) != len(new.lines) or old.names != new.names:
        return [f"{len(old.lines)} lines in {old.names} before, {len(new.lines)} in {new.names} now"]
    told: list[str] = []
    looks: list[str] = []
    for number, (was, are) in enumerate(zip(old.lines, new.lines, strict=True), 1):
        if was != are:
            told += [f"{number:>3} - {was}", f"{number:>3} + {are}"]
        else:
            looks += _looks(number, are, old, new)
    more = [f"    ... and {len(looks) - LOOKS_MOST} looks more"] if len(looks) > LOOKS_MOST else []
    return [*told, *looks[:LOOKS_MOST], *more]


def _looks(number: int, text: str, old: Parsed, new: Parsed) -> Iterator[str]:
    """Words of a line that look otherwise."""
    pairs = [*zip(old.looks[number - 1], new.looks[number - 1], strict=False)]
    start = 0
    for at in range(1, len(pairs) + 1):
        if at == len(pairs) or pairs[at] != pairs[start]:
            was, are = pairs[start]
            if was != are:
                changes = [
                    f"{name}: {one} -> {other}"
                    for name, one, other in zip(new.names, was.split(" | "), are.split(" | "), strict=True)
                    if one != other
                ]
                yield f"{number:>3} {text[start:at]!r} at {start}: {'; '.join(changes)}"
            start = at
