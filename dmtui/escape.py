"""Escape followed at once by another key: the terminal's bytes as keys, without waiting for more (driver's thread).

Textual's parser takes what follows Escape for the rest of a sequence it does not know: it waits, and hands on Alt and
the letter, "^", or what Option and a digit write on a Mac.  Only ``[`` and ``O`` can begin a sequence of a key.
What the pair means is decided where the focus is known (dmtui.inorder).
"""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver, web_driver

ESCAPE = "\x1b"
_SEQUENCES = "[O" + ESCAPE
"""What stands behind Escape where more follows; of terminals' answers only those are asked for that begin so."""
_BACK_TAB = ESCAPE + "\t"
"""Shift and Tab on the Linux console."""


class Parser(XTermParser):
    """Textual's, but Escape and a character are read at once, as Alt and its key with the character."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if len(sequence) == 2 and sequence[0] == ESCAPE and sequence[1] not in _SEQUENCES and sequence != _BACK_TAB:
            sequence, alt = sequence[1], True
        elif not alt:
            yield from super()._sequence_to_key_events(sequence)
            return
        for key in super()._sequence_to_key_events(sequence):
            yield events.Key(f"alt+{key.key}", key.character or sequence)


def read_at_once() -> None:
    """Let Textual's drivers use it: they ask their modules for it."""
    for driver in (linux_driver, web_driver):
        setattr(driver, "XTermParser", Parser)  # noqa: B010  (a name that the module imported, which types do not know)
