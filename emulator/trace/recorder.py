"""The flight recorder of one machine: the newest trace events, in a bounded memory (each child runs one).

The machine appends to ``machine.trace``, a plain list, since that is what costs least; now and then, when it has grown
long, the recorder turns it over: the list becomes a generation and a new one begins.  (So does that of a window when it
is over, packed: see :mod:`emulator.trace.ways`.)  Of a generation that is forgotten it keeps what belongs to requests
that are still in the machine, and the rare events, with all of the requests that were in trouble: one that hangs keeps
its beginning, and one that was requeued is told whole, however busy the others are.  What goes straight through does
not even do that: the request itself is kept, with the times noted on it, and read when a face asks.  Nothing leaves
the process unless one does.

A *sparse* recorder is for machines through which very many pass: keeping costs, since memory not used again at once
is slow.  It has all that is in flight, and of what has ended what was in trouble, what took long (LONG_US), and what
began in a window that a face opened since it was about to look (``Noting.keep_for``).  Of the rest it has nothing, not
even a part.

Noting the times costs a few in the hundred even if nothing is kept.  Where nobody is at the keys and nothing is wrong,
a recorder can *rest*: outside those windows it notes nothing, until it is told to, or its machine sees an error.
"""

from __future__ import annotations

import marshal
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from emulator.trace.events import CHANGES, LATE, OF_BIOS, RARE, TROUBLE, Raw, Serial, TraceEvent, read_event

if TYPE_CHECKING:
    from emulator.machine import Machine

EVENTS_MAX = 4_096
"""Events of one generation, and of those behind the oldest that is kept.  Policy: that one is forgotten, and until when
is said."""

GENERATIONS_MAX = 256
"""Generations: windows in which little was noted are many before EVENTS_MAX is reached.  Policy: as of EVENTS_MAX."""

KEPT_MAX = 4_096
"""Older events of unfinished requests.  Policy: the oldest are forgotten."""

RARE_MAX = 2_048
"""Older rare events, and those of requests that were in trouble.  Policy: the oldest are forgotten."""

CHANGES_MAX = 512
"""Older changes of the state of a path, a device or an md.  Policy: the oldest are forgotten."""

ANSWER_MAX = 4_096
"""Most events of one answer."""

ASKS_MAX = 16
"""Asks whose answers nobody took.  Policy: the oldest are forgotten."""

_NUMBER, _FUNCTION = itemgetter(3), itemgetter(1)

_KIND = 4
"""Index of the kind of an event."""
_ERRNO = 5
"""Index of the errno in a clone_endio."""
NOT_RECORDING = -1
"""In place of the time since which a machine's record is whole."""


class Notes(IntEnum):
    """How much a recorder notes and keeps."""

    ALL = 0
    SPARSE = 1
    """All of it is noted; kept is what the module's text says."""
    WINDOWS = 2
    """Outside windows it rests."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events a face asks a machine for; what is empty does not narrow.  Survives msgpack as a tuple."""

    numbers: tuple[int, ...] = ()
    functions: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    """(first, last) times."""
    match: tuple[tuple[int, tuple[Any, ...]], ...] = ()
    """(index in the raw event, values) of fields that must have one of the values."""
    newest: int = ANSWER_MAX
    """At most so many, the newest."""

    def wire(self) -> tuple[Any, ...]:
        """As msgpack carries it."""
        return (self.numbers, self.functions, self.spans, self.match, self.newest)


@dataclass(frozen=True, slots=True)
class _Generation:
    """Events that a machine noted one after another."""

    serial: int
    """Of the first."""
    count: int
    since_us: int
    troubles: frozenset[int]
    """Requests whose trouble they tell."""
    _events: list[Raw] | bytes
    """As they are, or marshalled."""

    def packed(self) -> _Generation:
        """The same, in one piece of memory."""
        if isinstance(self._events, bytes):
            return self
        return replace(self, _events=marshal.dumps(self._events))

    def read(self) -> list[Raw]:
        """Its events, oldest first."""
        events: list[Raw] = marshal.loads(self._events) if isinstance(self._events, bytes) else self._events
        return events


@dataclass(frozen=True, slots=True)
class Recorded:
    """A machine's answer."""

    machine: str
    events: tuple[tuple[Serial, Raw], ...]
    """(serial, event), oldest first; the serial is the order within the process."""
    whole_since_us: int
    """Of what is older only unfinished requests and rare events are there; or NOT_RECORDING."""
    sparse: bool = False
    """Whether of what ended before that only a part was kept in the first place (see Recorder)."""

    def read(self) -> list[TraceEvent]:
        """Its events as they are read.  Raises KeyError for a function that FIELDS does not know."""
        return [read_event(self.machine, raw, serial) for serial, raw in self.events]


class Recorder:
    """Keeps ``machine.trace`` short; made when recording begins."""

    def __init__(self, machine: Machine, detail: bool = False, notes: Notes = Notes.ALL) -> None:
        self._machine = machine
        self._since_us = machine.now_us
        self._old: deque[_Generation] = deque()
        """Oldest first."""
        self._old_count = 0
        """Events of them."""
        self._kept: deque[tuple[Serial, Raw]] = deque(maxlen=KEPT_MAX)
        self._rare: deque[tuple[Serial, Raw]] = deque(maxlen=RARE_MAX)
        self._changes: deque[tuple[Serial, Raw]] = deque(maxlen=CHANGES_MAX)
        self._troubles: frozenset[int] = frozenset()
        """Requests in trouble, of the generation that was forgotten last."""
        machine.trace = []
        self._sparse = self._was_sparse = False
        self.change(detail, notes)
        machine.window_over = self._put_by_window

    def change(self, detail: bool, notes: Notes) -> None:
        """Record in detail or not, so much (all, where no ways are noted)."""
        machine = self._machine
        sparse = notes is not Notes.ALL and bool(machine.way_functions)
        machine.detail = detail
        if sparse and not self._sparse:
            # What lies about in memory costs the machine some percent as long as it is there.
            self._old = deque(generation.packed() for generation in self._old)
        if not sparse:
            if self._sparse:
                self._since_us, self._was_sparse = machine.now_us, True
            machine.keep_all()
        elif notes is Notes.WINDOWS:
            machine.keep_seldom(rests=True)
        elif not self._sparse:
            machine.keep_seldom()
        else:
            machine.stir()
        self._sparse = sparse

    def turn(self) -> None:
        """Call this between two runs once ``machine.trace`` is longer than EVENTS_MAX."""
        self._put_by(packed=False)

    def _put_by_window(self) -> None:
        if self._sparse and self._machine.noted:
            self._put_by(packed=True)

    def _put_by(self, packed: bool) -> None:
        """What the machine has noted until now becomes a generation."""
        serial, young = self._machine.traced, self._machine.take_noted()
        events = marshal.dumps(young) if packed else young
        self._old.append(_Generation(serial, len(young), young[0][0], _troubled(young), events))
        self._old_count += len(young)
        while self._old_count - self._old[0].count >= EVENTS_MAX or len(self._old) > GENERATIONS_MAX:
            self._forget(self._old.popleft())

    def _forget(self, oldest: _Generation) -> None:
        """All of it but what is rare, or belongs to requests that are in the machine still or were in trouble."""
        living = self._machine.unfinished()
        troubled = oldest.troubles.union(*self._in_trouble())
        if any(event[3] not in living for _, event in self._kept):
            troubled |= _troubled([event for _, event in self._kept])
            self._rare.extend(item for item in self._kept if item[1][3] in troubled - living)
            self._kept = deque((item for item in self._kept if item[1][3] in living), KEPT_MAX)
        self._troubles = oldest.troubles
        events = oldest.read()
        # Looked over at once first: a generation without any is the rule, and there are thousands of events in it.
        wanted = living | troubled
        if not (wanted.isdisjoint(map(_NUMBER, events)) and RARE.isdisjoint(map(_FUNCTION, events))):
            for at, event in enumerate(events, oldest.serial):
                if event[1] == "event" and event[_KIND] in CHANGES:
                    self._changes.append(((at, LATE, 0), event))
                elif event[3] in living:
                    self._kept.append(((at, LATE, 0), event))
                elif event[1] in RARE or event[3] in troubled:
                    self._rare.append(((at, LATE, 0), event))
        self._old_count -= oldest.count
        self._since_us = self._old[0].since_us

    def end(self) -> None:
        """Recording is over: the machine forgets what it noted."""
        self._machine.note_no_more()

    def answer(self, wanted: Wanted) -> Recorded:
        """The newest events that *wanted* names, oldest first.

        (Newest of what was on its straight way is what ended last.)"""
        found: dict[Serial, Raw] = {}
        for source in (self._straight(wanted), self._backwards()):
            most = len(found) + wanted.newest
            for serial, event in source:
                if _fits(event, wanted):
                    found[serial] = event
                    if len(found) >= most:
                        break
        events = sorted(found.items(), key=_by_time)
        partly = self._sparse or self._was_sparse
        return Recorded(self._machine.name, tuple(events[-wanted.newest :]), self._whole_since_us(), partly)

    def _whole_since_us(self) -> int:
        """What has ended since the oldest way that is left is there whole."""
        machine = self._machine
        if self._sparse:
            return machine.now_us
        if not machine.ways.full:
            return self._since_us
        ends: list[int] = [event[0] for _, event in machine.ways.oldest()]
        return max((self._since_us, *ends))

    def _straight(self, wanted: Wanted) -> Iterator[tuple[Serial, Raw]]:
        """What was passed without an event of its own, what is under way first."""
        machine = self._machine
        if wanted.functions and machine.way_functions.isdisjoint(wanted.functions):
            return
        numbers = frozenset(wanted.numbers)
        for passed in reversed(list(machine.under_way())):
            if not numbers or machine.way_number(passed) in numbers:
                yield from machine.way(passed)
        yield from machine.ways.backwards(numbers)
        yield from machine.troubled.backwards(numbers)

    def _known(self) -> set[int]:
        """Numbers of which everything is there still."""
        machine = self._machine
        kept = chain(machine.ways.numbers(), machine.troubled.numbers())
        return machine.unfinished().union(map(machine.way_number, machine.under_way()), kept, *self._in_trouble())

    def _in_trouble(self) -> Iterator[frozenset[int]]:
        yield self._troubles
        for generation in self._old:
            yield generation.troubles

    def _waiting(self) -> Iterator[tuple[Serial, Raw]]:
        """Waits for a lock that go on and left no event, as they began while little was kept."""
        for nth, context in enumerate(list(self._machine.contexts.values())):
            lock = context.waits_for
            if lock is not None:
                holder = lock.holder.name if lock.holder else ""
                event = (context.waits_us, "lock_wait", context.name, 0, lock.name, holder)
                yield (LATE, context.waits_us, nth), event

    def _backwards(self) -> Iterator[tuple[Serial, Raw]]:
        yield from self._waiting()
        young = self._machine.noted
        at = self._machine.traced + len(young)
        whole_since_us = self._whole_since_us()
        known: set[int] | None = None
        for events in chain([young], (generation.read() for generation in reversed(self._old))):
            for event in reversed(events):
                at -= 1
                if event[0] < whole_since_us and event[3] and event[1] not in RARE and event[1] not in OF_BIOS:
                    # Of a request whose way is forgotten nothing is told, rather than a part.
                    known = self._known() if known is None else known
                    if event[3] not in known:
                        continue
                yield (at, LATE, 0), event
        older = sorted((*self._kept, *self._rare, *self._changes), key=lambda item: item[0], reverse=True)
        yield from older


def _by_time(item: tuple[Serial, Raw]) -> tuple[int, Serial]:
    serial, event = item
    return event[0], serial


def _troubled(events: list[Raw]) -> frozenset[int]:
    """The requests of which *events* tell trouble."""
    if TROUBLE.isdisjoint(map(_FUNCTION, events)):
        return frozenset()
    found = (event for event in events if event[1] in TROUBLE)
    return frozenset(event[3] for event in found if event[1] != "clone_endio" or event[_ERRNO])


def _fits(event: Raw, wanted: Wanted) -> bool:
    if wanted.numbers and event[3] not in wanted.numbers:
        return False
    if wanted.functions and event[1] not in wanted.functions:
        return False
    if wanted.spans and not any(first <= event[0] <= last for first, last in wanted.spans):
        return False
    return all(at < len(event) and event[at] in values for at, values in wanted.match)
