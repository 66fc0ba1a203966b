"""Words that may stand where a line ends, for the prompt of ``dmtui console`` and the dashboard's console.

A *vocabulary* is taken from a session in its own thread; whoever completes a line needs nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.lab.session import Session

Vocabulary = Mapping[str, Sequence[str]]
"""Each verb with the words that may follow it."""


def vocabulary(session: Session) -> Vocabulary:
    """What can be said in *session* now."""
    from emulator.lab.language import VERBS  # whoever has a session has it anyway; who only completes has not

    return {name: tuple(verb.words(session)) for name, verb in VERBS.items()}


def split_last(text: str) -> tuple[str, str]:
    """What stands before the last word, and the last word ("" behind a blank)."""
    begun = "" if not text or text[-1].isspace() else text.split()[-1]
    return text[: len(text) - len(begun)], begun


def candidates(words: Vocabulary, text: str) -> list[str]:
    """Words that begin as the last word of *text* does."""
    head, begun = split_last(text)
    return sorted({word for word in _fitting(words, head) if word.startswith(begun) and word != begun})


def _fitting(words: Vocabulary, head: str) -> Iterable[str]:
    before = head.split()
    if before[:1] == ["bg"]:
        before = before[2:]
    return words.get(before[0], ()) if before else words


def complete(words: Vocabulary, text: str) -> tuple[str, list[str]]:
    """*text* with as much more as is certain, and the words to choose from if there are several.

    Where nothing begins so, the nearest valid word takes the place of the last one.
    """
    head, begun = split_last(text)
    found = candidates(words, text)
    if not found:
        near = get_close_matches(begun, list(_fitting(words, head)), 1) if begun else []
        return (f"{head}{near[0]} " if near else text), []
    if len(found) == 1:
        word = found[0]
        return head + word + ("" if word.endswith("=") else " "), []
    common = os.path.commonprefix(found)  # noqa: RUF071 - letters are what is meant
    return (head + common if len(common) > len(begun) else text), found


def suggestion(words: Vocabulary, history: Sequence[str], text: str) -> str | None:
    """The whole line that *text* may become: the newest of *history* (newest last), or the only word that fits."""
    if not text.strip():
        return None
    line = next((line for line in reversed(history) if line.startswith(text) and line != text), None)
    if line is not None:
        return line
    head, begun = split_last(text)
    found = candidates(words, text) if begun else []
    return head + found[0] if len(found) == 1 else None
