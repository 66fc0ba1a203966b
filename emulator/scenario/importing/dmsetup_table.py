"""Reads ``dmsetup table``: ``NAME: START LENGTH TYPE ...`` a line, without the name when one device was asked for."""

from __future__ import annotations

import re

from emulator.scenario.errors import nearest
from emulator.scenario.importing.parts import GroupRead, ImportProblem, MapRead, OtherRead, PathRead, SystemRead

_LINE = re.compile(r"^(?:(?P<name>.*?): *)?(?P<start>\d+) (?P<length>\d+) (?P<type>[A-Za-z][\w-]*)(?: +(?P<rest>.*))?$")
_EMPTY = re.compile(r"^(?P<name>[^:]+):\s*$")
DEV = re.compile(r"\d{1,4}:\d{1,7}")
SELECTORS = ("round-robin", "queue-length", "service-time", "historical-service-time", "io-affinity")
UNNAMED = "mpatha"
"""The name of a device whose table came without one."""


def looks_like_table(line: str) -> bool:
    """Whether *line* is one of ``dmsetup table``."""
    return bool(_LINE.match(line.strip()) or _EMPTY.match(line.strip()))


class _Params:
    """The words of a multipath line, one after another; errors name the line and the word."""

    def __init__(self, source: str, line: int, words: list[str]) -> None:
        self.source, self.line = source, line
        self._words = words
        self._at = 0

    def problem(self, text: str) -> ImportProblem:
        return ImportProblem(self.source, self.line, text)

    def left(self) -> int:
        return len(self._words) - self._at

    def word(self, what: str) -> str:
        if not self.left():
            raise self.problem(f"found the end of the line, expected {what}")
        self._at += 1
        return self._words[self._at - 1]

    def number(self, what: str, most: int = 1024) -> int:
        word = self.word(what)
        if not (word.isdigit() and len(word) < 7 and int(word) <= most):
            raise self.problem(f"found {word!r} for {what}, expected a whole number up to {most}")
        return int(word)

    def take(self, count: int, what: str) -> tuple[str, ...]:
        if self.left() < count:
            raise self.problem(f"found {self.left()} words, expected {count} for {what}")
        return tuple(self.word(what) for _ in range(count))


def read_tables(text: str, source: str) -> SystemRead:
    """All devices of *text*.  Raises ImportProblem for a line that is not of ``dmsetup table``."""
    read = SystemRead()
    others: dict[str, list[tuple[int, str, str]]] = {}
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        found = _LINE.match(line)
        if found is None:
            empty = _EMPTY.match(line)
            if empty is None:
                raise ImportProblem(source, number, f"found {_cut(line)!r}, expected 'NAME: START LENGTH TYPE ...'")
            read.notes.append(f"{empty['name']}: left out, it has no table")
            continue
        name = found["name"] or UNNAMED
        if found["type"] != "multipath":
            shown = f"{found['start']} {found['length']} {found['type']} {found['rest'] or ''}".rstrip()
            others.setdefault(name, []).append((number, found["type"], shown))
        elif name in read.maps:
            said = f"found a second line of {name!r}, expected one: multipath stands alone"
            raise ImportProblem(source, number, said)
        else:
            params = _Params(source, number, (found["rest"] or "").split())
            read.maps[name] = _multipath(name, int(found["length"]), params)
    for name, lines in others.items():
        table = tuple(line for _, _, line in lines)
        devices = tuple(word for line in table for word in line.split()[3:] if DEV.fullmatch(word))
        types = tuple(dict.fromkeys(type for _, type, _ in lines))
        read.others[name] = OtherRead(name, lines[0][0], types, table, devices)
    return read


def _multipath(name: str, sectors: int, params: _Params) -> MapRead:
    if not 0 < sectors < 1 << 40:
        raise params.problem(f"found a length of {sectors} sectors, expected 1 to {(1 << 40) - 1}")
    features = params.take(params.number("the number of feature words", 32), "features")
    handler = params.take(params.number("the number of hardware handler words", 32), "the hardware handler")
    count = params.number("the number of priority groups")
    initial = params.number("the initial priority group")
    groups = [_group(params) for _ in range(count)]
    if params.left():
        raise params.problem(f"found {params.word('')!r} behind the last priority group, expected the end of the line")
    if groups and not 1 <= initial <= len(groups):
        raise params.problem(f"found {initial} for the initial priority group, expected 1 to {len(groups)}")
    return MapRead(name, params.source, params.line, sectors, features, handler, groups, initial)


def _group(params: _Params) -> GroupRead:
    selector = params.word("a path selector")
    if selector not in SELECTORS:
        near = nearest(selector, SELECTORS)
        raise params.problem(f"found {selector!r}, expected a path selector: {', '.join(SELECTORS)}{near}")
    args = params.take(params.number("the number of selector words", 32), "the selector")
    nr_paths = params.number("the number of paths")
    nr_args = params.number("the number of words of each path", 32)
    paths: list[PathRead] = []
    for _ in range(nr_paths):
        dev = params.word("a path")
        if not DEV.fullmatch(dev):
            raise params.problem(f"found {dev!r} for a path, expected major:minor such as 8:16")
        paths.append(PathRead(dev, params.take(nr_args, f"the path {dev}")))
    return GroupRead(selector, args, paths)


def _cut(line: str) -> str:
    return line if len(line) <= 60 else line[:59] + "…"
