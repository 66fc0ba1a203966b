"""What has ended and is kept for a face, with the times of its straight way (one machine has two of these).

An object that is kept keeps its place in memory, and those that come and go then lie between such: with some hundred
kept ones an md took some 7 % longer for each request.  So a sparse recorder lets only the newest stay as they are; what
is told of the others lies packed in one piece, which no living object shares memory with.
"""

from __future__ import annotations

import marshal
from collections import deque
from collections.abc import Collection, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from emulator.trace.events import Raw, Serial

if TYPE_CHECKING:
    from emulator.trace.noting import Noting

LOOSE_MAX = 16
"""Of a sparse recorder, as objects: more than can be between their verdict and their end, when all has been noted."""
PACKED_TIMES = 4
"""So many times as many are kept when they are packed: of very many, what a person selected is to be there still."""
_NUMBER_BYTES = 8


class Ways:
    """The newest of what *machine* was given to keep: *most*, or, packed, some times as many.

    Policy: the oldest are forgotten.
    """

    def __init__(self, machine: Noting, most: int) -> None:
        self.most = most
        self._packs = False
        """Whether only the newest stay as they are."""
        self._machine = machine
        self._loose: deque[Any] = deque()
        self._packed: deque[bytes] = deque()
        """The older ones: number, then the marshalled events."""

    def append(self, passed: Any) -> None:
        """Keep one that has ended (see :meth:`emulator.trace.noting.Noting.way`)."""
        self._loose.append(passed)
        self._shrink()

    def pack(self, packs: bool) -> None:
        """Let all stay as they are, or only the newest.

        Those that are there are packed at once, which takes an md 10 ms: while they lie about they cost it more.
        """
        self._packs = packs
        self._shrink()

    def _shrink(self) -> None:
        loose, packed = self._loose, self._packed
        while self._packs and len(loose) > LOOSE_MAX:
            packed.append(self._pack(loose.popleft()))
        while len(loose) + len(packed) > (self.most * PACKED_TIMES if self._packs else self.most):
            (packed or loose).popleft()

    def _pack(self, passed: Any) -> bytes:
        machine = self._machine
        number = machine.way_number(passed).to_bytes(_NUMBER_BYTES, "little")
        return number + marshal.dumps(list(machine.way(passed)))

    def clear(self) -> None:
        """Forget all."""
        self._loose.clear()
        self._packed.clear()

    def __len__(self) -> int:
        return len(self._loose) + len(self._packed)

    @property
    def full(self) -> bool:
        """Whether some may have been forgotten."""
        return len(self) >= self.most

    def oldest(self) -> list[tuple[Serial, Raw]]:
        """The events of the oldest.  Raises IndexError if there is none."""
        return _unpack(self._packed[0]) if self._packed else list(self._machine.way(self._loose[0]))

    def backwards(self, numbers: Collection[int] = ()) -> Iterator[tuple[Serial, Raw]]:
        """The events of those with one of *numbers* (of all by default), what ended last first."""
        machine = self._machine
        for passed in reversed(self._loose):
            if not numbers or machine.way_number(passed) in numbers:
                yield from machine.way(passed)
        for packed in reversed(self._packed):
            if not numbers or _number(packed) in numbers:
                yield from _unpack(packed)

    def numbers(self) -> Iterator[int]:
        """Of all that are kept."""
        return chain(map(self._machine.way_number, self._loose), map(_number, self._packed))


def _number(packed: bytes) -> int:
    return int.from_bytes(packed[:_NUMBER_BYTES], "little")


def _unpack(packed: bytes) -> list[tuple[Serial, Raw]]:
    events: list[tuple[Serial, Raw]] = marshal.loads(packed[_NUMBER_BYTES:])
    return events
