"""The little language of expectations: text in, something that judges a world out.  Used by loader and director.

    expectation := and { "or" and }            and := not { "and" not }
    not         := "not" not | "(" expectation ")" | fact
    fact        := value ( == | != | < | <= | > | >= ) value
                 | "every bio completes within" time
                 | "event" KIND { name } [ "never" ] "happened"
    value       := name (emulator.scenario.names) | number | time with unit | word (a state)

What cannot be told is neither held nor violated: ``held`` is None and ``why`` says what is missing.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from emulator.events import KINDS
from emulator.scenario.errors import nearest, one_of
from emulator.scenario.names import VOCABULARY, Kind, NameInfo, Value, World
from emulator.scenario.units import TIME_US, time_text
from emulator.snapshot import SubmitterView

Names = Mapping[str, Iterable[str] | None]
"""The scenario's names for md, device, path, lun, submitter, fault; None = not known (part of the file is broken)."""


class ExpectError(ValueError):
    """A text that is no expectation; ``offset`` is where in it."""

    def __init__(self, offset: int, text: str) -> None:
        self.offset = offset
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether something held, and what was seen."""

    held: bool | None
    why: str


class Expression(Protocol):
    """Anything that can be judged."""

    def judge(self, world: World) -> Judgement:
        """Whether it holds in *world*."""
        ...


@dataclass(frozen=True, slots=True)
class _Named:
    """A name of the vocabulary with the scenario's names filled in."""

    text: str
    info: NameInfo
    names: tuple[str, ...]

    def read(self, world: World) -> Value:
        return self.info.read(world, self.names)


@dataclass(frozen=True, slots=True)
class _Literal:
    """A number, time (microseconds) or word."""

    text: str
    value: int | float | str
    kind: Kind

    def read(self, world: World) -> Value:
        return self.value


_Operand = _Named | _Literal
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}


def _said(value: Value, kind: Kind) -> str:
    if kind == "time" and isinstance(value, int | float):
        return time_text(value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class _Comparison:
    left: _Operand
    word: str
    right: _Operand

    def judge(self, world: World) -> Judgement:
        seen = [(side, side.read(world)) for side in (self.left, self.right)]
        for side, value in seen:
            if value is None:
                return Judgement(None, f"{side.text} cannot be told")
        held = _COMPARE[self.word](seen[0][1], seen[1][1])
        why = [f"{side.text} is {_said(value, side.info.kind)}" for side, value in seen if isinstance(side, _Named)]
        return Judgement(held, ", ".join(why) or "two constants")


@dataclass(frozen=True, slots=True)
class EveryBio:
    """``every bio completes within``: judged by each submitter's longest latency and its oldest outstanding bio."""

    limit_us: int

    def judge(self, world: World) -> Judgement:
        """None while a bio is outstanding that still has time."""
        missing = [name for name in world.submitters if name not in world.views]
        if missing:
            return Judgement(None, f"{missing[0]} has not been seen")
        waiting = 0
        longest = 0
        for view in world.of(SubmitterView):
            longest = max(longest, view.latency_max, view.oldest if view.outstanding else 0)
            waiting += view.outstanding
        if longest > self.limit_us:
            return Judgement(False, f"one took {time_text(longest)} or longer")
        if waiting:
            return Judgement(None, f"{waiting} bios have not completed yet")
        return Judgement(True, f"the longest took {time_text(longest)}")


@dataclass(frozen=True, slots=True)
class _Happened:
    kind: str
    names: tuple[str, ...]
    never: bool

    def judge(self, world: World) -> Judgement:
        counts = [world.events[self.kind, name] for name in self.names or ("",)]
        count = min(counts)
        what = " ".join((self.kind, *self.names))
        return Judgement((count == 0) if self.never else count > 0, f"{what} happened {count} times")


@dataclass(frozen=True, slots=True)
class _Not:
    of: Expression

    def judge(self, world: World) -> Judgement:
        inner = self.of.judge(world)
        return Judgement(None if inner.held is None else not inner.held, inner.why)


@dataclass(frozen=True, slots=True)
class _Junction:
    """``and`` (decides: False) or ``or`` (decides: True): one deciding part is enough, whatever the others are."""

    parts: tuple[Expression, ...]
    decides: bool

    def judge(self, world: World) -> Judgement:
        judged = [part.judge(world) for part in self.parts]
        why = "; ".join(one.why for one in judged)
        for one in judged:
            if one.held is self.decides:
                return Judgement(self.decides, one.why)
        return Judgement(None if any(one.held is None for one in judged) else not self.decides, why)


_TOKEN = re.compile(r"\s*(?:(?P<op>==|!=|<=|>=|<|>|\(|\))|(?P<word>[^\s()<>=!]+))")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?P<unit>[a-zµ]*)")
_STATES = tuple(dict.fromkeys(word for info in VOCABULARY.values() for word in info.words))


def _tokens(text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            at = end - len(text[position:end].lstrip())
            raise ExpectError(at, f"found {text[at]!r}, expected a value or one of == != < <= > >=")
        group = "op" if match["op"] else "word"
        found.append((match.start(group), match[group]))
        position = match.end()
    return found


class _Parser:
    def __init__(self, text: str, names: Names) -> None:
        self.tokens = _tokens(text)
        self.end = len(text.rstrip())
        self.at = 0
        self.names = names
        self.depth = 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def fail(self, expected: str, hint: str = "") -> ExpectError:
        offset = self.tokens[self.at][0] if self.at < len(self.tokens) else self.end
        found = repr(self.peek()) if self.peek() else "the end of the expectation"
        return ExpectError(offset, f"found {found}, expected {expected}{hint}")

    def take(self) -> str:
        word = self.peek()
        self.at += 1
        return word

    def whole(self) -> Expression:
        expression = self.either()
        if self.peek():
            raise self.fail("'and', 'or' or the end of the expectation")
        return expression

    def either(self) -> Expression:
        self.depth += 1
        if self.depth > 20:
            raise self.fail("at most 20 parentheses inside each other")
        parts = [self.both()]
        while self.peek() == "or":
            self.take()
            parts.append(self.both())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else _Junction(tuple(parts), True)

    def both(self) -> Expression:
        parts = [self.denied()]
        while self.peek() == "and":
            self.take()
            parts.append(self.denied())
        return parts[0] if len(parts) == 1 else _Junction(tuple(parts), False)

    def denied(self) -> Expression:
        odd = False
        while self.peek() == "not":
            self.take()
            odd = not odd
        if self.peek() == "(":
            self.take()
            inner = self.either()
            if self.peek() != ")":
                raise self.fail("')'")
            self.take()
        else:
            inner = self.fact()
        return _Not(inner) if odd else inner

    def fact(self) -> Expression:
        if self.peek() == "every":
            for word in ("every", "bio", "completes", "within"):
                if self.peek() != word:
                    raise self.fail(f"'{word}' (every bio completes within 2s)")
                self.take()
            limit = self.operand()
            if not isinstance(limit, _Literal) or limit.kind != "time":
                self.at -= 1
                raise self.fail("a time such as 2s")
            return EveryBio(int(limit.value))
        if self.peek() == "event":
            return self.happened()
        start = self.at
        left = self.operand()
        if self.peek() not in _COMPARE:
            raise self.fail("one of == != < <= > >=")
        word = self.take()
        right = self.operand(left.info.words if isinstance(left, _Named) else ())
        self.check(start, left, word, right)
        return _Comparison(left, word, right)

    def happened(self) -> Expression:
        self.take()
        if self.peek() not in KINDS:
            raise self.fail("a kind of event", nearest(self.peek(), KINDS) or f" ({one_of(KINDS)})")
        kind = self.take()
        names: list[str] = []
        known = [name for some in self.names.values() for name in some or ()]
        while self.peek() not in ("happened", "never", ""):
            if self.peek() not in known and None not in self.names.values():
                near = nearest(self.peek(), known)
                raise self.fail("a name of the scenario, 'happened' or 'never happened'", near)
            names.append(self.take())
        never = self.peek() == "never"
        if never:
            self.take()
        if self.peek() != "happened":
            raise self.fail("'happened' or 'never happened'")
        self.take()
        return _Happened(kind, tuple(names), never)

    def operand(self, words: tuple[str, ...] = ()) -> _Operand:
        """The next value; *words* are the states that it could be."""
        word = self.peek()
        if not word or word in _COMPARE or word in ("(", ")", "and", "or", "not"):
            raise self.fail("a name or a value")
        match = _NUMBER.fullmatch(word)
        if match is not None:
            unit = match["unit"]
            number = word.removesuffix(unit) if unit else word
            if unit and unit not in TIME_US:
                raise self.fail("a number, or a time with ns, us, ms, s or min")
            self.take()
            if unit:
                return _Literal(word, float(number) * TIME_US[unit], "time")
            return _Literal(word, float(number) if "." in number else int(number), "number")
        if word in _STATES:
            return _Literal(self.take(), word, "word")
        if words and "." not in word:
            raise self.fail(one_of(words), nearest(word, words))
        return self.name(word)

    def name(self, word: str) -> _Named:
        parts = tuple(word.split("."))
        for pattern, info in VOCABULARY.items():
            wanted = pattern.split(".")
            if len(wanted) == len(parts):
                holes = [(hole[1:-1], part) for hole, part in zip(wanted, parts, strict=True) if hole[0] == "<"]
                fixed = all(hole == part for hole, part in zip(wanted, parts, strict=True) if hole[0] != "<")
                if fixed and all(self.knows(kind, part) for kind, part in holes):
                    self.take()
                    return _Named(word, info, tuple(part for _, part in holes))
        every = list(self.every_name())
        near = [name for name in every if name.split(".")[0] == parts[0]]
        hint = nearest(word, near) or nearest(word, every) or f" ({one_of(near or ['bios.failed', *_roots()])})"
        raise self.fail("a name", hint)

    def knows(self, kind: str, name: str) -> bool:
        names = self.names.get(kind, ())
        return names is None or name in names

    def every_name(self) -> Iterable[str]:
        """All names that this scenario could write, for the nearest one, and its states."""
        for pattern in VOCABULARY:
            texts = [""]
            for part in pattern.split("."):
                choices = [part] if part[0] != "<" else list(self.names.get(part[1:-1]) or ())
                texts = [f"{text}.{choice}" if text else choice for text in texts for choice in choices][:256]
            yield from texts
        yield from _STATES

    def check(self, start: int, left: _Operand, word: str, right: _Operand) -> None:
        sides = (left, right)
        kinds = [side.info.kind if isinstance(side, _Named) else side.kind for side in sides]
        named = next((side for side in sides if isinstance(side, _Named)), None)
        if named is None:
            self.at = start
            raise self.fail("a name on one side")
        other = right if named is left else left
        self.at = start + (2 if other is right else 0)
        if named.info.kind == "word":
            if word not in ("==", "!="):
                self.at = start + 1
                raise self.fail("== or != with a state")
            if isinstance(other, _Literal) and other.value not in named.info.words:
                raise self.fail(one_of(named.info.words), nearest(other.text, named.info.words))
        if kinds[0] != kinds[1]:
            raise self.fail("a time such as 5ms" if named.info.kind == "time" else f"a {named.info.kind}")
        self.at = start + 3


def _roots() -> list[str]:
    return list(dict.fromkeys(f"{name.split('.')[0]}.…" for name in VOCABULARY if "." in name))


def parse_expectation(text: str, names: Names) -> Expression:
    """What *text* expects.  Raises ExpectError with the place in the text, what was found and what was expected."""
    if not text.strip():
        raise ExpectError(0, "found nothing, expected an expectation such as bios.failed == 0")
    return _Parser(text, names).whole()


def limits_us(expression: Expression) -> list[int]:
    """Every ``completes within`` in *expression*: submitters watch the shortest while they run."""
    if isinstance(expression, EveryBio):
        return [expression.limit_us]
    if isinstance(expression, _Not):
        return limits_us(expression.of)
    if isinstance(expression, _Junction):
        return [limit for part in expression.parts for limit in limits_us(part)]
    return []
