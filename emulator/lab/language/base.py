"""What a verb of the language is, and what all verbs share: words, options, errors that name the nearest valid word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.lab.results import LineError, Result
from emulator.lab.session import Session, Wait
from emulator.scenario.errors import nearest, one_of
from emulator.scenario.units import whole_us

Run = Callable[[Session, "Words"], Wait[Result]]


class Words(list[str]):
    """The words behind a verb, the line they came from, and what stands behind it as standard input (None: nothing)."""

    def __init__(self, words: Iterable[str], line: str, stdin: str | None = None) -> None:
        super().__init__(words)
        self.line = line
        self.stdin = stdin

    def tail(self, first: int) -> Words:
        """Those from *first* on."""
        return Words(self[first:], self.line, self.stdin)

    def error(self, text: str, word: str = "") -> LineError:
        """A LineError at *word* in the line."""
        return LineError(text, max(0, self.line.find(word)) if word else 0)

    def result(self, out: Iterable[str] = (), value: Any = None) -> Result:
        """Success."""
        return Result(self.line, 0, tuple(out), (), value)

    def failure(self, *err: str, rc: int = 1, value: Any = None, hint: str = "") -> Result:
        """Failure with lines on standard error; *hint* says to a person what would be right."""
        return Result(self.line, rc, (), err, value, hint=hint)


@dataclass(frozen=True, slots=True)
class Verb:
    """One word of the language."""

    name: str
    usage: tuple[str, ...]
    about: str
    """What it does, in a few lines for ``help VERB``."""
    run: Run
    words: Callable[[Session], Sequence[str]] = lambda session: ()
    """Words that may follow, for completion."""
    check: Callable[[Words], None] = lambda words: None
    """Raises LineError for words that are wrong in every world (used before anything starts)."""
    patient: bool = False
    """It waits on purpose: never called blocked."""
    examples: tuple[str, ...] = ()
    """Lines for ``help VERB``."""


def split_options(
    words: Words, flags: Mapping[str, str], valued: Mapping[str, str]
) -> tuple[Words, dict[str, str]]:
    """Plain words, and options by the name that *flags* and *valued* give each spelling (``-c`` -> columns).

    Raises LineError for an option that is in neither, or that lacks its value.
    """
    plain = Words([], words.line, words.stdin)
    found: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            plain.extend(rest)
            break
        if not word.startswith("-") or word == "-":
            plain.append(word)
        elif word in flags:
            found[flags[word]] = "yes"
        elif name in valued and equals:
            found[valued[name]] = value
        elif word in valued:
            if not rest:
                raise words.error(f"option {word} needs a value", word)
            found[valued[word]] = rest.pop(0)
        else:
            known = [*flags, *valued]
            raise words.error(f"found option {word!r}, expected {one_of(known, 20)}{nearest(word, known)}", word)
    return plain, found


def key_values(words: Words, known: Sequence[str]) -> dict[str, str]:
    """``key=value`` words.  Raises LineError for others, and for keys that are not *known* (if that is not empty)."""
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            keys = f" with {one_of(known, 20)}" if known else ""
            raise words.error(f"found {word!r}, expected key=value{keys}", word)
        if known and key not in known:
            raise words.error(f"found key {key!r}, expected {one_of(known, 20)}{nearest(key, known)}", word)
        found[key] = value
    return found


def whole(words: Words, key: str, text: str, least: int = 0) -> int:
    """A whole number of at least *least*.  Raises LineError."""
    if not text.isdigit() or int(text) < least or len(text) > 18:
        raise words.error(f"found {text!r} for {key}, expected a whole number from {least}", text)
    return int(text)


def time_word(words: Words, text: str) -> int:
    """Microseconds of ``250ms``.  Raises LineError."""
    try:
        return whole_us(text)
    except ValueError as error:
        raise words.error(f"found {text!r}, expected {error}", text) from None


def pick(words: Words, word: str, valid: Iterable[str], what: str) -> str:
    """*word* if it is valid.  Raises LineError that names the nearest."""
    names = list(valid)
    if word not in names:
        raise words.error(f"found {word!r}, expected {what}: {one_of(names, 20)}{nearest(word, names)}", word)
    return word


def device_names(session: Session) -> list[str]:
    """Underlying devices of the plan."""
    return [device.name for device in session.plan.devices]


def device_of(session: Session, words: Words, word: str) -> str:
    """The underlying device called *word* (its name, /dev/name or major:minor)."""
    plain = word.removeprefix("/dev/")
    for device in session.plan.devices:
        if plain in (device.name, device.dev):
            return device.name
    return pick(words, plain, device_names(session), "a device")
