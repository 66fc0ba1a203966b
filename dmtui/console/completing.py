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
"""Each verb with the words that may follow it, and places within lines (emulator.lab.language.places) with theirs."""


def vocabulary(session: Session) -> Vocabulary:
    """What can be said in *session* now."""
    from emulator.lab.language import VERBS  # whoever has a session has it anyway; who only completes has not
    from emulator.lab.language.places import places

    return {name: tuple(verb.words(session)) for name, verb in VERBS.items()} | places(session)


def split_last(text: str) -> tuple[str, str]:
    """What stands before the last word, and the last word ("" behind a blank)."""
    begun = "" if not text or text[-1].isspace() else text.split()[-1]
    return text[: len(text) - len(begun)], begun


def candidates(words: Vocabulary, text: str) -> list[str]:
    """Words that begin as the last word of *text* does."""
    head, begun = split_last(text)
    valid = list(_fitting(words, head))
    if begun[:1] != "-" and not all(word[:1] == "-" for word in valid):
        valid = [word for word in valid if word[:1] != "-"]
    return sorted({_step(word, begun) for word in valid if word.startswith(begun)} - {begun})


def _step(word: str, begun: str) -> str:
    """As much of *word* as one step completes: a key up to its ``=``, a path up to its next ``/``."""
    ends = {at for at in (word.find("=", len(begun)), word.find("/", len(begun))) if word[0] == "/" or word[at] == "="}
    end = min((at for at in ends if at >= 0), default=len(word))
    return word[: end + 1]


def _fitting(words: Vocabulary, head: str) -> Iterable[str]:
    before = head.split()
    if before[:1] == ["bg"]:
        before = before[2:]
    if not before:
        return (key for key in words if " " not in key)
    found = _placed({key: valid for key, valid in words.items() if key.partition(" ")[0] == before[0]}, before)
    return words.get(before[0], ()) if found is None else found


def _placed(known: Vocabulary, before: Sequence[str]) -> Sequence[str] | None:
    """What may stand behind the words *before*, by the place that says most of them; None where none is known."""
    best: tuple[int, int, bool] | None = None
    words: Sequence[str] | None = None
    for key, valid in known.items():
        parts = key.split()
        rank = (sum(part not in ("*", "...") for part in parts), len(parts), "..." not in parts)
        if _matches(parts, before) and (best is None or rank > best):
            best, words = rank, valid
    return words


def _matches(parts: Sequence[str], before: Sequence[str]) -> bool:
    if "..." not in parts:
        return len(parts) == len(before) and _alike(parts, before)
    at = parts.index("...")
    head, tail = parts[:at], parts[at + 1 :]
    if len(before) < len(head) + len(tail):
        return False
    return _alike(head, before[: len(head)]) and _alike(tail, before[len(before) - len(tail) :])


def _alike(parts: Sequence[str], words: Sequence[str]) -> bool:
    return all(part in ("*", word) for part, word in zip(parts, words, strict=True))


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
        return head + word + ("" if word[-1] in "=/" else " "), []
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
