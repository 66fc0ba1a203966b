"""How numbers are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dmtui.model import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (6412, "6,412"), (99_999, "99,999"), (100_000, "100k"), (1_234_567, "1.23M"), (99_990_000, "100M"),
     (-5, "-5"), (2.5e9, "2.50G"), (7.1e12, "7.10T")],
)
def test_count(value: float, text: str) -> None:
    assert numbers.count(value) == text


@given(st.integers(0, 10**14))
def test_count_is_short(value: int) -> None:
    assert len(numbers.count(value)) <= 7


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0µs"), (320, "320µs"), (1_250, "1.25ms"), (45_600, "45.6ms"), (456_000, "456ms"), (2_100_000, "2.10s"),
     (45_000_000, "45.0s"), (450_000_000, "450s")],
)
def test_micros(value: float, text: str) -> None:
    assert numbers.micros(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0µs"), (999, "999µs"), (8_370, "8.4ms"), (12_345, "12ms"), (999_900, "1.0s"), (2_100_000, "2.1s"),
     (1e12, ">999s")],
)
def test_micros_short(value: float, text: str) -> None:
    assert numbers.micros_short(value) == text


@pytest.mark.parametrize(
    ("sectors", "text"),
    [(0, "0"), (1, "512"), (3, "1.5K"), (8, "4K"), (1024, "512K"), (2048, "1M"), (3072, "1.5M"), (1 << 22, "2.0G")],
)
def test_size(sectors: int, text: str) -> None:
    assert numbers.size(sectors) == text


@pytest.mark.parametrize(
    ("at_us", "text"), [(0, "0.000s"), (12_345_678, "12.346s"), (63_500_000, "1:03.50"), (3_723_400_000, "1:02:03.4")]
)
def test_clock(at_us: int, text: str) -> None:
    assert numbers.clock(at_us) == text


@pytest.mark.parametrize(
    ("at_us", "text"), [(0, "0.000000s"), (12_345_678, "12.345678s"), (123_450_001, "2:03.450001"),
                        (60_000_000, "1:00.000000")]
)
def test_a_clock_that_is_fine_tells_microseconds(at_us: int, text: str) -> None:
    assert numbers.clock(at_us, True) == text


@pytest.mark.parametrize(("share", "text"), [(0, "0%"), (0.004, "<1%"), (0.5, "50%"), (1, "100%")])
def test_percent(share: float, text: str) -> None:
    assert numbers.percent(share) == text


@pytest.mark.parametrize(("octets", "text"), [(0, "0B"), (2048, "2.0KiB"), (3 << 30, "3.0GiB"), (5 << 40, "5120.0GiB")])
def test_volume(octets: float, text: str) -> None:
    assert numbers.volume(octets) == text


def test_errno_name() -> None:
    assert (numbers.errno_name(5), numbers.errno_name(-16), numbers.errno_name(9999)) == ("EIO", "EBUSY", "9999")


@given(st.lists(st.floats(0, 1e9)), st.integers(1, 80))
def test_sparkline_has_its_width(values: list[float], width: int) -> None:
    assert len(numbers.sparkline(values, width)) == width


def test_sparkline_scales_from_zero() -> None:
    assert numbers.sparkline([0, 50, 100], 3) == " ▄█"
    assert numbers.sparkline([50], 3, top=100) == "  ▄"


@given(st.floats(0, 1), st.integers(1, 60))
def test_bar_has_its_width_and_shows_what_is_not_zero(share: float, width: int) -> None:
    bar = numbers.bar(share, width)
    assert len(bar) == width
    assert (bar.strip() != "") == (share > 0)
