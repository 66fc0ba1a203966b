"""Between two frames that are read only the picture moves; it tells the truth of its moment, and the rest stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dmtui.model.frame import Frame
from dmtui.model.state import Model
from tests.ui import build
from tests.ui.pilot import opened, text

PICTURES = {
    "overview": ("queue", "clones", "devices"), "queue": ("queue",), "teaching": ("flow",),
}


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


@pytest.mark.parametrize("layout", PICTURES)
async def test_the_picture_moves_as_a_whole_drawing_would_show_it(layout: str) -> None:
    async with opened([build.frame(tick) for tick in range(1, 9)]) as (app, source, pilot):
        app.show_layout(layout)
        await pilot.pause()
        app.draw_frame()
        source.frames = [glimpse(12)]
        assert app.draw_frame() > 0
        moved = {name: [line for line in app.dashboard.panel(name)._lines if line.again] for name in PICTURES[layout]}
        moved |= {name: app.dashboard.panel(name)._lines for name in ("flow",) if name in moved}
        with app.model.as_in(glimpse(12)):
            app.dashboard.draw_panels()
        for name, lines in moved.items():
            drawn = app.dashboard.panel(name)._lines
            assert lines and [line for line in drawn if line.again or name == "flow"] == lines


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
