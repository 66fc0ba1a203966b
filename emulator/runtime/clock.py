"""The emulated clock, the same in every process: CLOCK_MONOTONIC cut into pieces of constant speed (each child and the
supervisor run one).

A *piece* says: from the real instant ``at_ns`` on, the emulated time is ``base_us`` plus the real time since then times
``speed``; speed 0 is a clock that stands.  The supervisor announces a piece for an instant a little ahead, so that all
processes change over at the same one; whoever hears of it too late changes over at once, and its time never goes back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic_ns

LEAD_NS = 3_000_000
"""How far ahead a change is announced: longer than a message to a busy process takes as a rule."""

SPEED_MIN = 0.001
SPEED_MAX = 100.0

PAST_MAX = 64
"""Pieces that are remembered.  Policy: the oldest is forgotten, and its time is taken for the beginning of the next."""

_NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of constant speed (emulated seconds per real second; 0 = the clock stands)."""

    at_ns: int
    base_us: int
    speed: float

    def us(self, real_ns: int) -> int:
        """The emulated time at *real_ns*."""
        return self.base_us + int((real_ns - self.at_ns) * self.speed / 1000)


class Clock:
    """Emulated microseconds now.  It stands at 0 until the first piece is announced."""

    __slots__ = (
        "_real", "_piece", "_coming", "_next_ns", "_last_us", "_rate", "_start_ns", "_base_us", "_halted_ns",
        "_stood_ns", "standing", "_past",
    )

    def __init__(self, real_ns: Callable[[], int] = monotonic_ns) -> None:
        self._real = real_ns
        self._coming: deque[Piece] = deque()
        self._past: deque[Piece] = deque(maxlen=PAST_MAX)
        self._next_ns = _NEVER
        self._last_us = 0
        self._stood_ns = 0
        self._halted_ns = real_ns()
        self.standing = True
        """Whether the clock stood when it was last read."""
        self._set(Piece(self._halted_ns, 0, 0.0))

    def _set(self, piece: Piece) -> None:
        self._piece = piece
        self._past.append(piece)
        self._start_ns, self._base_us, self._rate = piece.at_ns, piece.base_us, piece.speed / 1000

    def announce(self, piece: Piece) -> None:
        """Take over *piece* when its instant has come.  Pieces must be announced in the order of their instants."""
        self._coming.append(piece)
        self._next_ns = self._coming[0].at_ns

    def pieces(self) -> list[Piece]:
        """The present piece and those to come: what a process that starts in the middle has to announce."""
        self.now_us()
        return [self._piece, *self._coming]

    def plan(self, speed: float, base_us: int | None = None, lead_ns: int = LEAD_NS) -> Piece:
        """The piece that changes the speed *lead_ns* from now (not before any announced one), for all to announce."""
        self.now_us()
        last = self._coming[-1] if self._coming else self._piece
        at_ns = max(self._real() + lead_ns, last.at_ns)
        return Piece(at_ns, last.us(at_ns) if base_us is None else base_us, speed)

    def now_us(self) -> int:
        """The emulated time; never less than it was."""
        real = self._real()
        if real >= self._next_ns:
            self._change(real)
        now = self._base_us + int((real - self._start_ns) * self._rate)
        if now < self._last_us:
            return self._last_us
        self._last_us = now
        return now

    def at(self, real_ns: int) -> int:
        """The emulated time that it was at *real_ns*, as far back as the last pieces reach."""
        self.now_us()
        found = self._past[0]
        for piece in self._past:
            if piece.at_ns > real_ns:
                break
            found = piece
        return max(0, min(self._last_us, found.us(max(real_ns, found.at_ns))))

    def _change(self, real_ns: int) -> None:
        while self._coming and self._coming[0].at_ns <= real_ns:
            self._set(self._coming.popleft())
        self._next_ns = self._coming[0].at_ns if self._coming else _NEVER
        standing = self._piece.speed == 0.0
        # Measured from when this process noticed, not from at_ns: running_ns must never go back.
        if standing and not self.standing:
            self._halted_ns = real_ns
        elif self.standing and not standing:
            self._stood_ns += real_ns - self._halted_ns
        self.standing = standing

    def wait_s(self, deadline_us: int | None) -> float | None:
        """Real seconds until *deadline_us* or the next change of speed, whichever comes first; None = neither comes."""
        if deadline_us is None and not self._coming:
            return None
        stood = self.standing
        now = self.now_us()
        if self.standing != stood:
            # The change came with this very look: whoever decided by the old state must look again, not sleep.
            return 0.0
        waits = []
        if self._coming:
            waits.append((self._next_ns - self._real()) / 1e9)
        if deadline_us is not None and not self.standing:
            waits.append((deadline_us - now) / (self._rate * 1e9))
        return max(0.0, min(waits)) if waits else None

    def running_ns(self) -> int:
        """Real nanoseconds, without those for which the clock stood: what a lock's hold time is measured with."""
        if self.standing:
            return self._halted_ns - self._stood_ns
        return self._real() - self._stood_ns

    @property
    def since_ns(self) -> int:
        """The real instant at which the present piece began."""
        return self._start_ns
