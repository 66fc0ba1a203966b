"""``help``: every verb with its usage, from the same table that runs them."""

from __future__ import annotations

import textwrap

from emulator.lab.language.base import Verb, Words, pick
from emulator.lab.language.examples import EXAMPLES
from emulator.lab.results import Result
from emulator.lab.session import Session, Wait


def make_help(verbs: dict[str, Verb]) -> tuple[Verb, ...]:
    """The verb ``help`` over *verbs* (which may grow afterwards)."""

    def run(session: Session, words: Words) -> Wait[Result]:
        yield from ()
        if not words:
            width = max(map(len, verbs)) + 2
            lines = [f"{name:<{width}}{verb.about.split('.')[0]}." for name, verb in sorted(verbs.items())]
            more = "'help VERB' says more; 'LINE &' or 'bg ID LINE' runs a line in the background."
            return words.result([*lines, more])
        verb = verbs[pick(words, words[0], verbs, "a verb")]
        about = [line for part in verb.about.split("\n") for line in textwrap.wrap(part, 100)]
        shown = verb.examples or EXAMPLES.get(verb.name, ())
        examples = ["Examples:", *(f"  {line}" for line in shown)] if shown else []
        return words.result([*verb.usage, *(f"  {line}" for line in about), *examples])

    return (Verb("help", ("help [VERB]",), "Say what can be said here.", run, lambda session: list(verbs)),)
