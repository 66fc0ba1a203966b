"""Keys as a person writes them: which names there are, which actions would share one, and the table with them in it."""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Iterator, Mapping

from textual.keys import KEY_ALIASES, REPLACED_KEYS, Keys
from textual.keys import _character_to_key as _name_of

from dmtui.keymap import HINTS, KeyHint
from emulator.scenario.errors import nearest

_NAMES = frozenset(str(key.value) for key in Keys if not str(key.value).startswith("<")) | {
    name for names in KEY_ALIASES.values() for name in names
} | frozenset(REPLACED_KEYS) | {_name_of(character) for character in string.punctuation} | {"space", "enter"}
_MODIFIERS = ("ctrl", "shift", "alt", "super", "meta", "hyper")
KEY_WORDS = "one character or a key's name, such as e, E, f2, ctrl+e, space, plus"


def unknown_key(word: str) -> str | None:
    """None for a key that there is; for another word which key is nearest, if one is."""
    *modifiers, name = word.split("+") if len(word) > 1 else [word]
    if all(modifier in _MODIFIERS for modifier in modifiers) and (
        (len(name) == 1 and name.isprintable() and not name.isspace()) or (name and name in _NAMES)
    ):
        return None
    return nearest(word, _NAMES) if word not in _NAMES else None


def _normal(word: str) -> str:
    """A key as Textual names it: ``?`` is ``question_mark``."""
    word = word.strip()
    return _name_of(word) if len(word) == 1 else word


def keymap_of(keys: Mapping[str, str]) -> dict[str, str]:
    """*keys* for App.set_keymap."""
    return {action: ",".join(_normal(word) for word in words.split(",")) for action, words in keys.items()}


def clashes(keys: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Each key that *keys* would give to two actions: the remapped one, the key, the other."""
    new = keymap_of(keys)
    owner: dict[str, str] = {}
    for hint in sorted(HINTS, key=lambda hint: hint.id in new):
        for key in new.get(hint.id, hint.keys).split(","):
            if key in owner and hint.id in new and owner[key] != hint.id:
                yield hint.id, key, owner[key]
            owner.setdefault(key, hint.id)


def remapped(keys: Mapping[str, str]) -> tuple[KeyHint, ...]:
    """The key table with a person's keys, as key line, help and palette show it."""
    new = keymap_of(keys)
    return tuple(
        dataclasses.replace(hint, keys=new[hint.id], shown=_shown(new[hint.id])) if hint.id in new else hint
        for hint in HINTS
    )


def _shown(keys: str) -> str:
    """How the first of *keys* is written on the key line: short."""
    first = keys.split(",")[0]
    for long, short in (("ctrl+", "^"), ("space", "spc")):
        first = first.replace(long, short)
    return {name: character for character in "?+-=/.,;:!#%&*()<>[]{}|\\'\"@~_" for name in [_normal(character)]}.get(
        first, first
    )


__all__ = ["KEY_WORDS", "clashes", "keymap_of", "remapped", "unknown_key"]
