"""Between two frames that are read only the picture moves; it tells the truth of its moment, and the rest stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dmtui.model.frame import Frame
from dmtui.model.state import Model
from tests.ui import build
from tests.ui.pilot import opened, text

PICTURES = {
    ("teaching", (160, 50)): ("flow",), ("overview", (80, 24)): ("pipeline",), ("overview", (120, 40)): (),
}
"""What moves, by layout and size."""
LISTING = ("queue", "clones", "devices")


def glimpse(tick: int) -> Frame:
    """A frame that moves the picture."""
    return build.frame(tick, whole=False)


def test_a_glimpse_changes_nothing_that_is_read() -> None:
    model = Model()
    for tick in range(1, 5):
        model.apply(build.frame(tick))

    def read() -> tuple[object, ...]:
        return model.version, model.mds, model.devices, model.submitters, model.iops, model.sight, len(model.columns)

    before = read()
    model.glimpse(glimpse(5))
    assert (model.now_us, model.glimpses) == (250_000, 1) and model.glimpsed == glimpse(5)
    assert read() == before
    model.apply(build.frame(6))
    assert model.glimpsed is None and read() != before


@pytest.mark.parametrize(("layout", "size"), PICTURES)
async def test_the_picture_moves_as_a_whole_drawing_would_show_it(layout: str, size: tuple[int, int]) -> None:
    async with opened([build.frame(tick) for tick in range(1, 9)], size) as (app, source, pilot):
        app.show_layout(layout)
        await pilot.pause()
        app.draw_frame()
        before = {name: text(app, name) for name in PICTURES[layout, size]}
        source.frames = [glimpse(12)]
        assert app.draw_frame() > 0
        moved = {name: app.dashboard.panel(name)._lines for name in before}
        assert all(text(app, name) != before[name] for name in before)
        with app.model.as_in(glimpse(12)):
            app.dashboard.draw_panels()
        assert {name: app.dashboard.panel(name)._lines for name in before} == moved


@pytest.mark.parametrize("empty", [False, True])
async def test_what_counts_rows_stands_as_long_as_the_rows_do(empty: bool) -> None:
    """A head that says 0 out above four rows, or 8 above none, would be of two moments."""
    seen = build.views(12)
    none = build.with_md(seen, in_flight=(), nr_in_flight=0)
    none = build.with_device(none, "sda", service=(), nr_service=0, queue=(), nr_queued=0)
    shown, next_ = (none, seen) if empty else (seen, none)
    async with opened([build.frame(12, shown)], (160, 50)) as (app, source, _):
        before = {name: text(app, name) for name in LISTING}
        source.frames = [replace(build.frame(13, next_), whole=False)]
        app.draw_frame()
        assert {name: text(app, name) for name in LISTING} == before
        source.frames = [build.frame(14, next_)]
        app.draw_frame()
        assert text(app, "clones") != before["clones"] and text(app, "devices") != before["devices"]


async def test_what_is_read_stands_meanwhile() -> None:
    async with opened([build.frame(tick) for tick in range(1, 9)]) as (app, source, _):
        still = ("submitters", "lock", "softirq", "completions", "log", "why", "keys")
        before = {name: text(app, name) for name in still}
        clones = app.dashboard.panel("clones")
        table = [line for line in clones._lines if line.key and line.key.kind == "request"]
        source.frames = [glimpse(12)]
        app.draw_frame()
        assert {name: text(app, name) for name in still} == before and table
        assert [line for line in clones._lines if line.key and line.key.kind == "request"] == table
        assert "0.600s" in text(app, "header")
        source.frames = [build.frame(13)]
        app.draw_frame()
        assert text(app, "submitters") != before["submitters"]


async def test_a_machine_that_is_gone_leaves_its_lines_to_the_next_frame() -> None:
    async with opened([build.frame(tick) for tick in range(1, 9)]) as (app, source, _):
        before = text(app, "clones")
        views = {name: view for name, view in build.views(9).items() if name != "mpatha"}
        source.frames = [replace(glimpse(9), views=views)]
        app.draw_frame()
        assert text(app, "clones") == before


async def test_what_came_behind_a_frozen_view_is_shown_whole() -> None:
    async with opened([build.frame(tick) for tick in range(1, 9)]) as (app, source, pilot):
        await pilot.press("v")
        source.frames = [build.frame(12), glimpse(13)]
        app.draw_frame()
        assert "0.400s" in text(app, "header")
        await pilot.press("v")
        assert app.model.glimpsed is None and "0.650s" in text(app, "header")
        assert app.model.submitters[0].at == build.views(13)[app.model.submitters[0].name].at


async def test_of_very_many_the_blocks_move_and_their_count() -> None:
    """The rows below are a sample of them."""
    def crowd(out: int) -> Frame:
        views = build.with_md(build.views(12), nr_in_flight=out)
        return build.frame(12, build.with_device(views, "sda", nr_service=out))

    async with opened([crowd(60)], (160, 50)) as (app, source, _):
        source.frames = [replace(crowd(62), whole=False)]
        app.draw_frame()
        assert "62 out" in text(app, "clones") and "62/" in text(app, "devices")
