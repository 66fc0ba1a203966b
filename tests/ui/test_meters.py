"""Rates out of counters."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from dmtui.model.meters import MEDIAN_LEAST, Buckets, DeviceMeter, History, LockMeter, Rate, Share, SubmitterMeter
from dmtui.panels.lock import fours
from tests.ui import build


def test_rate_is_growth_over_its_own_clock() -> None:
    rate = Rate()
    assert rate.value == 0
    for tick in range(5):
        rate.feed(100_000 * tick, 50 * tick)
    assert rate.value == 500


def test_rate_forgets_what_is_older_than_its_window() -> None:
    rate = Rate(window=3)
    for at, counter in ((0, 0), (1_000_000, 1_000_000), (2_000_000, 1_000_010), (3_000_000, 1_000_020)):
        rate.feed(at, counter)
    assert rate.value == 10


def test_rate_covers_enough_of_its_own_clock_in_slow_motion() -> None:
    rate = Rate(window=3)
    for view in range(60):  # 1.25 ms each; two end in every fifth
        rate.feed(1_250 * view, 2 * (view // 5))
        assert view < 15 or 250 <= rate.value <= 400
    for view in range(1, 4):
        rate.feed(1_250 * 59 + 250_000 * view, 22 + 1_000 * view)
    assert rate.value == pytest.approx(4_000), "back at full speed three views are enough"


def test_of_few_that_ended_there_is_no_median() -> None:
    meter = DeviceMeter()
    view = build.device(Random(1), 0, "sda", 0)
    meter.feed(replace(view, at=1, latency=(0, 0, 0)), standing=False)
    meter.feed(replace(view, at=2, latency=(0, MEDIAN_LEAST - 1, 0)), standing=False)
    assert meter.median_us is None
    meter.feed(replace(view, at=3, latency=(0, MEDIAN_LEAST, 0)), standing=False)
    assert meter.median_us == 2


def test_rate_starts_afresh_when_a_counter_steps_back() -> None:
    rate = Rate()
    rate.feed(0, 1000)
    rate.feed(1_000_000, 2000)
    rate.feed(2_000_000, 5)
    assert rate.value == 0
    rate.feed(3_000_000, 15)
    assert rate.value == 10


def test_views_that_a_key_brought_early_make_no_peak() -> None:
    rate = Rate()
    for tick in range(1, 5):
        rate.feed(250_000 * tick, 500 * tick)
    for n in range(1, 4):
        rate.feed(1_000_000 + 20 * n, 2000 + 8 * n)
        assert 1900 < rate.value < 2200
    rate.feed(1_250_000, 2500)
    rate.feed(1_500_000, 3000)
    assert rate.value == 2000


def test_rate_takes_two_views_of_one_moment_as_one() -> None:
    rate = Rate()
    rate.feed(0, 0)
    rate.feed(1_000_000, 5)
    rate.feed(1_000_000, 7)
    assert rate.value == 7


def test_share_never_exceeds_one() -> None:
    share = Share()
    share.feed(0, 0)
    share.feed(100, 150)
    assert share.value == 1


def test_history_is_bounded() -> None:
    history = History(3)
    for value in range(10):
        history.feed(value)
    assert history.last(10) == [7, 8, 9]
    assert history.last(2) == [8, 9]


def test_buckets_tell_what_was_gained() -> None:
    buckets = Buckets()
    assert buckets.gained == ()
    buckets.feed((5, 5))
    assert buckets.gained == (5, 5)
    buckets.feed((6, 9, 1))
    assert buckets.gained == (1, 4, 1)
    buckets.feed((1, 0))
    assert buckets.gained == (1, 0)


def test_lock_share_and_its_standstill() -> None:
    meter = LockMeter()
    for tick in range(4):
        meter.feed(build.lock("mpatha", tick), standing=False)
    assert round(meter.held.value, 3) == 0.2
    before = meter.held.value, len(meter.history)
    meter.feed(build.lock("mpatha", 9, held_ns=0), standing=True)
    assert (meter.held.value, len(meter.history)) == before


def test_device_meter() -> None:
    meter = DeviceMeter()
    for tick in range(1, 5):
        meter.feed(build.device(Random(1), tick, "sda", 0), standing=False)
    assert (meter.iops.value, meter.busy.value) == (3000, 0.8)


def test_a_bio_that_ended_with_an_error_is_no_io_done() -> None:
    meter = SubmitterMeter()
    for tick in range(1, 5):
        meter.feed(build.submitter(tick, completed=100 * tick, failed=100 * tick), standing=False)
    assert meter.iops.value == 0


def test_holds_by_powers_of_four_keep_every_count_below_their_bound() -> None:
    for length in range(40):
        counts = [7 * i % 5 for i in range(length)]
        found = fours(counts)
        wanted = [0] * (length // 2 + 1)
        for bucket, number in enumerate(counts):
            wanted[next(i for i in range(64) if 2**bucket <= 4 ** (i + 1))] += number
        assert found == wanted
