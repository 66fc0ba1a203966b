"""Every arrangement fits its screen, without overlap."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dmtui.model.layout import FURTHER, NOTHING, Holds, arrange
from dmtui.model.selection import STAGES

SIZES = [(160, 50), (80, 24), (60, 20), (240, 70), (120, 40), (140, 34), (100, 30), (76, 22)]


def _check(
    width: int, height: int, stage: str, banner: int, mds: int, console: bool = False, holds: Holds = NOTHING
) -> None:
    places = arrange(width, height, stage, banner, mds, console, holds)  # type: ignore[arg-type]
    assert console == ("console" in places)
    for name, place in places.items():
        assert place.width > 0 and place.height > 0, name
        assert place.x >= 0 and place.x + place.width <= width, name
        assert place.y >= 0 and place.y + place.height <= height, name
    for (one, a), (other, b) in itertools.combinations(places.items(), 2):
        apart = a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
        assert apart, f"{one} and {other} overlap"
    assert sum(place.width * place.height for place in places.values()) == width * height


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("stage", STAGES)
def test_usual_sizes(size: tuple[int, int], stage: str) -> None:
    for banner, mds, console in itertools.product((0, 1, 5), (1, 2), (False, True)):
        _check(*size, stage, banner, mds, console)


@given(
    st.integers(60, 300), st.integers(20, 90), st.sampled_from(STAGES), st.integers(0, 9), st.integers(1, 4),
    st.booleans(), st.builds(Holds, st.integers(0, 6), st.integers(0, 16), st.integers(0, 40)),
)
def test_any_size(width: int, height: int, stage: str, banner: int, mds: int, console: bool, holds: Holds) -> None:
    _check(width, height, stage, banner, mds, console, holds)


@pytest.mark.parametrize("stage", STAGES)
def test_the_current_stage_is_always_on_the_screen(stage: str) -> None:
    for width, height in SIZES:
        for console in (False, True):
            assert stage in arrange(width, height, stage, 0, 1, console)  # type: ignore[arg-type]


def test_the_wide_screen_goes_left_to_right_as_a_bio_does() -> None:
    places = arrange(160, 50, "devices", 0)
    way = ["submitters", "queue", "clones", "devices", "softirq"]
    assert [places[name].x for name in way] == sorted(places[name].x for name in way)


def test_a_vast_screen_has_further_panels_in_the_overview() -> None:
    assert set(FURTHER) <= set(arrange(240, 70, "devices", 0, 1, False, Holds(1, 2, 5)))
    linear = arrange(240, 70, "devices", 0, 1, False, Holds(1, 2, 0))
    assert "multipath" not in linear, "no map has a multipath table"
    assert "heatmap" in linear and "lanes" in linear
    assert "lanes" not in arrange(240, 70, "devices", 0, 1, True, Holds(1, 2, 5)), "the console has its place"


def test_a_wide_screen_has_charts_and_multipath_where_columns_would_be_empty() -> None:
    places = arrange(160, 50, "devices", 0, 1, False, Holds(2, 2, 5))
    assert places["multipath"].height == 5 + 2 and places["multipath"].width > 60
    assert places["charts"].y == places["submitters"].y + places["submitters"].height
    many = arrange(160, 50, "devices", 0, 1, False, Holds(5, 16, 20))
    assert "charts" not in many and "multipath" not in many, "submitters and devices need their columns"
