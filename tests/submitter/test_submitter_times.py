"""The times of a submitter's bios against HdrHistogram, whose numbers they are to be."""

from __future__ import annotations

from itertools import pairwise

from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from emulator.submitter.times import LONGEST_US, Times

PERCENTS = (50, 95, 99)
TOOK = st.one_of(st.integers(0, 3_000), st.integers(0, 2_000_000), st.integers(0, 2 * LONGEST_US))


@given(st.lists(TOOK, max_size=200))
def test_percentiles_are_those_of_hdrhistogram(took: list[int]) -> None:
    times, reference = Times(), HdrHistogram(1, LONGEST_US, 3)
    for each in took:
        times.add(each)
        reference.record_value(min(max(each, 1), LONGEST_US))
    steps = times.steps()
    assert times.percentiles(steps, PERCENTS) == [reference.get_value_at_percentile(percent) for percent in PERCENTS]
    assert times.longest == reference.get_max_value()
    assert sum(count for _, count in steps) == times.count == len(took)
    assert list(steps) == sorted(steps)


def test_steps_are_three_percent_wide_at_the_most() -> None:
    times = Times()
    for took in range(1, 20_000):
        times.add(took)
    bounds = [longest for longest, _ in times.steps()]
    assert bounds[:40] == list(range(1, 41))
    assert all(after - before <= max(1, before / 31) for before, after in pairwise(bounds))
