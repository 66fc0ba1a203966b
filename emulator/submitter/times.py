"""How long a submitter's bios took, counted as HdrHistogram does with three digits (each submitter keeps one).

Its own scans every count it could have for each percentile, six milliseconds a snapshot; here only times that
came are kept, and a snapshot looks at some hundred steps.  The percentiles are the same numbers.
"""

from __future__ import annotations

LONGEST_US = 3_600_000_000
"""Times above an hour count as an hour."""
STEP_BITS = 6
"""Leading bits of a time that are told apart in a view: steps of 3 %, a few hundred of them at the most."""
DIGIT_BITS = 11
"""Leading bits that are told apart for percentiles: those of three decimal digits."""
UNSORTED_MOST = 4096
"""Different times counted before they are sorted into steps."""
PLACES_MOST = 16_384
"""Times whose step is known without looking.  Policy: all are forgotten."""


class Times:
    """Counts by time; all of them microseconds."""

    __slots__ = ("count", "longest", "_new", "_steps", "_totals", "_places")

    def __init__(self) -> None:
        self.count = 0
        """Times that were sorted in."""
        self.longest = 0
        """The longest of them, as far as it is told apart."""
        self._new: dict[int, int] = {}
        self._steps: dict[int, dict[int, int]] = {}
        """By the longest time of a step: counts by the longest time that is told apart."""
        self._totals: dict[int, int] = {}
        """By the longest time of a step: all that it counts."""
        self._places: dict[int, tuple[int, int, dict[int, int]]] = {}
        """Where times belong that came before: step, longest time told apart, counts of the step."""

    def add(self, took_us: int) -> None:
        """One more."""
        new = self._new
        new[took_us] = new.get(took_us, 0) + 1
        if len(new) >= UNSORTED_MOST:
            self._sort_in()

    def _sort_in(self) -> None:
        places, totals = self._places, self._totals
        if len(places) > PLACES_MOST:
            places.clear()
        for took, count in self._new.items():
            place = places.get(took)
            if place is None:
                place = places[took] = self._place(took)
            step, fine, counts = place
            counts[fine] = counts.get(fine, 0) + count
            totals[step] += count
            self.count += count
        if self._new:
            self.longest = max(self.longest, places[max(self._new)][1])
            self._new.clear()

    def _place(self, took: int) -> tuple[int, int, dict[int, int]]:
        step = _longest(took, STEP_BITS)
        fine = _longest(min(max(took, 1), LONGEST_US), DIGIT_BITS)
        counts = self._steps.get(step)
        if counts is None:
            counts = self._steps[step] = {}
            self._totals[step] = 0
        return step, fine, counts

    def steps(self) -> tuple[tuple[int, int], ...]:
        """(longest time, count) of each step that has any, shortest first."""
        self._sort_in()
        return tuple(sorted(self._totals.items()))

    def percentiles(self, steps: tuple[tuple[int, int], ...], percents: tuple[float, ...]) -> list[int]:
        """The shortest time that so many percent of all do not exceed, for each; 0 without any.  Rising *percents*;
        *steps* are the present ones."""
        found: list[int] = []
        below, at = 0, iter(steps)
        step, count = next(at, (0, 0))
        for percent in percents:
            wanted = max(int(percent * self.count / 100 + 0.5), 1)
            while below + count < wanted and (following := next(at, None)) is not None:
                below += count
                step, count = following
            found.append(self._within(step, wanted - below))
        return found

    def _within(self, step: int, wanted: int) -> int:
        for fine, count in sorted(self._steps.get(step, {}).items()):
            wanted -= count
            if wanted <= 0:
                return fine
        return 0


def _longest(took: int, bits: int) -> int:
    """The longest time with the same *bits* leading bits."""
    step = max(0, took.bit_length() - bits)
    return ((took >> step) + 1 << step) - 1
