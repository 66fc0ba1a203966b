"""What every machine notes for its flight recorder, and how much of it (mixed into all machines).

Off costs one test a point; how much is noted and kept is :class:`emulator.trace.recorder.Notes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from emulator.trace.events import Raw, Serial, unstamp
from emulator.trace.ways import Ways

WAYS_MAX = 2_048
"""Requests of which it is kept what they passed on the straight way.  Policy: the oldest are forgotten."""

TROUBLED_MAX = 256
"""Of requests that failed, were requeued or held.  Policy: the oldest are forgotten."""

LONG_US = 8_000
"""What takes so long is kept by a sparse recorder too."""

SKEW_US = 2_000
"""From the opening of a window until a request that begins is kept: by then the other machines have theirs open."""

NEVER_US = 1 << 62


class Noting:
    """The trace of one machine, its windows, and what has ended and is kept."""

    def __init__(self) -> None:
        self.now_us = 0
        self.trace: list[Raw] | None = None
        """Trace events (see emulator.trace.events) while somebody records, else None: off costs one test a point.
        Kept short by :class:`emulator.trace.recorder.Recorder`."""
        self.traced = 0
        """Trace events that were taken out of ``trace`` again."""
        self.keeps = False
        """Whether what goes straight through now is kept: while somebody records; if sparsely, in windows."""
        self.kept_since_us = -1
        """Requests that began before are kept only if there is another reason."""
        self.keep_until_us = NEVER_US
        """When the window ends."""
        self.rests = False
        """Whether between windows nothing is noted at all: ``trace`` is None then."""
        self._laid: list[Raw] | None = None
        """``trace`` while it is laid aside."""
        self.window_over: Callable[[], None] | None = None
        """What the recorder wants to be told."""
        self.ways = Ways(self, WAYS_MAX)
        """While somebody records: what has ended and is kept, with the times of its straight way (:meth:`way`)."""
        self.troubled = Ways(self, TROUBLED_MAX)
        """Those of them that were in trouble: kept longer."""
        self.detail = False
        """Whether every hold of a lock and every message is traced too: dear, for whoever watches just that."""

    def keep_all(self) -> None:
        """For a recorder: keep what goes straight through."""
        self.stir()
        self.keeps, self.kept_since_us, self.keep_until_us = True, -1, NEVER_US
        self.ways.pack(False)
        self.troubled.pack(False)

    def keep_seldom(self, rests: bool = False) -> None:
        """For a sparse recorder, or none: keep it in windows only; one that *rests* notes nothing between them."""
        self.ways.pack(True)
        self.troubled.pack(True)
        if rests:
            self.rests = True
        else:
            self.stir()
        self.close_window()

    def stir(self) -> None:
        """A recorder that rests does so no longer: somebody needs it, or, as the machine itself saw, something is
        wrong."""
        if self.rests:
            self.rests = False
            self._take_up()

    @property
    def noted(self) -> list[Raw]:
        """The trace events, while they are laid aside too."""
        return (self._laid if self.trace is None else self.trace) or []

    def close_window(self) -> None:
        """It is over, or there was none."""
        self.keeps, self.keep_until_us = False, NEVER_US
        if self.rests:
            self._lay_aside()
        if self.window_over is not None:
            self.window_over()

    def take_noted(self) -> list[Raw]:
        """Hand the trace events over: they are the recorder's now."""
        events = self.noted
        self.traced += len(events)
        if self.trace is not None:
            self.trace = []
        else:
            self._laid = []
        return events

    def _lay_aside(self) -> None:
        if self.trace is not None:
            self._laid, self.trace = self.trace, None

    def _take_up(self) -> None:
        """Note again; of what is under way nothing is told if a part of its way is not known."""
        if self._laid is not None:
            self.trace, self._laid = self._laid, None
            for passed in self.under_way():
                if not self.noted_wholly(passed):
                    unstamp(passed)

    def note_no_more(self) -> None:
        """Recording is over: forget what was noted."""
        self.traced += len(self.noted)
        self.trace, self._laid, self.detail, self.rests = None, None, False, False
        self.window_over = None
        self.ways.clear()
        self.troubled.clear()
        self.keep_seldom()

    def keep_for(self, span_us: int) -> None:
        """Open the window of a sparse recorder for so long from now; of one that is open already the longer holds."""
        self._take_up()
        if self.trace is None or (self.keeps and self.keep_until_us == NEVER_US):
            return
        until_us = self.now_us + span_us
        if not self.keeps:
            self.keeps, self.kept_since_us, self.keep_until_us = True, self.now_us + SKEW_US, until_us
        elif until_us > self.keep_until_us:
            self.keep_until_us = until_us

    way_functions: frozenset[str] = frozenset()
    """Functions of the events that :meth:`way` makes."""

    def under_way(self) -> Iterable[Any]:
        """What is in it now and has passed something on the straight way, oldest first."""
        return ()

    def way_number(self, passed: Any) -> int:
        """The number of the events of *passed*, one of ``ways`` or of :meth:`under_way`."""
        raise TypeError(f"{type(self).__name__} has no ways")

    def way(self, passed: Any) -> Iterable[tuple[Serial, Raw]]:
        """The trace events that *passed* stands for, in the order of their times."""
        raise TypeError(f"{type(self).__name__} has no ways")

    def noted_wholly(self, passed: Any) -> bool:
        """Whether all that *passed*, one of :meth:`under_way`, came by until now was noted on it."""
        raise TypeError(f"{type(self).__name__} has no ways")
