"""What a person types after ``/``: words and ``field:value`` tests over requests and log lines (pure, UI thread)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dmtui.model.log import LogLine
from emulator.snapshot import RequestView

LONGEST = 200
"""Letters of a filter at the most."""
_TERM = re.compile(r"([a-z]+)(:|>=|<=|>|<|=)(.*)")
_UNITS: Mapping[str, float] = {
    "": 1, "us": 1, "ms": 1e3, "s": 1e6, "k": 2, "kib": 2, "m": 2048, "mib": 2048,
}
"""A time in microseconds, a size in sectors of 512 bytes."""
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "=": operator.eq, ":": operator.eq,
}
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)")

_REQUEST: Mapping[str, Callable[[RequestView], str | int]] = {
    "id": lambda r: r.id, "op": lambda r: r.op, "sector": lambda r: r.sector, "size": lambda r: r.sectors,
    "bios": lambda r: r.bios, "age": lambda r: r.age, "state": lambda r: r.state, "flags": lambda r: r.flags,
    "retries": lambda r: r.retries, "path": lambda r: r.path, "owner": lambda r: r.owner,
}
_LINE: Mapping[str, Callable[[LogLine], str | int]] = {
    "time": lambda line: line.at_us, "machine": lambda line: line.machine, "kind": lambda line: line.kind,
    "text": lambda line: line.text, "count": lambda line: line.count,
    "path": lambda line: f"{line.machine} {line.text}",
}


class FilterError(ValueError):
    """A filter of which a term says nothing; the text says what would be right."""

    def __init__(self, why: str, rest: tuple[_Term, ...] = ()) -> None:
        super().__init__(why)
        self.rest = rest
        """The terms that can be read."""


@dataclass(frozen=True, slots=True)
class _Term:
    field: str
    """"" = anywhere."""
    sign: str
    word: str
    number: float | None

    def accepts(self, value: str | int) -> bool:
        if isinstance(value, int):
            return self.number is not None and _COMPARE[self.sign](value, self.number)
        return self.word in value.lower()


@dataclass(frozen=True, slots=True)
class Filter:
    """All terms must hold; letters of either case are the same."""

    text: str
    terms: tuple[_Term, ...]

    def request(self, request: RequestView) -> bool:
        """Whether a request passes."""
        return all(
            term.accepts(_REQUEST[term.field](request)) if term.field
            else any(term.word in str(get(request)).lower() for get in _REQUEST.values())
            for term in self.terms
        )

    def line(self, line: LogLine) -> bool:
        """Whether a line of the log passes."""
        return all(
            term.accepts(_LINE[term.field](line)) if term.field
            else term.word in line.text.lower() or term.word in line.machine.lower()
            for term in self.terms
        )


def parse(text: str, of_log: bool) -> Filter:
    """Read a filter; raises FilterError with one line on the first wrong term, and the others."""
    fields: Mapping[str, Any] = _LINE if of_log else _REQUEST
    terms: list[_Term] = []
    wrong: FilterError | None = None
    for word in text[:LONGEST].split():
        try:
            term = _term(word.lower(), fields)
        except FilterError as error:
            wrong = wrong or error
        else:
            terms += [term] if term is not None else []
    if wrong is not None:
        raise FilterError(str(wrong), tuple(terms))
    return Filter(text.strip(), tuple(terms))


def _term(word: str, fields: Mapping[str, Any]) -> _Term | None:
    """One test; None for one whose value is still to be typed."""
    found = _TERM.fullmatch(word)
    if found is None:
        return _Term("", ":", word, None)
    field, sign, value = found.groups()
    if field not in fields:
        raise FilterError(f"no field {field!r}: there are {', '.join(sorted(fields))}")
    if not value:
        return None
    numeric = field in ("id", "sector", "size", "bios", "age", "retries", "time", "count")
    number = _number(value) if numeric else None
    if numeric and number is None:
        raise FilterError(f"{field} is a number, such as {'5ms' if field in ('age', 'time') else '8'}, not {value!r}")
    if not numeric and sign not in (":", "="):
        raise FilterError(f"{field} is a word: write {field}:{value}")
    return _Term(field, sign, value, number)


def _number(word: str) -> float | None:
    found = _NUMBER.fullmatch(word)
    if found is None or found[2].lower() not in _UNITS:
        return None
    return float(found[1]) * _UNITS[found[2].lower()]
