"""What stands on the frames is seen whole, and what was pressed is answered in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dmtui.app import DmtuiApp
from dmtui.panels.heading import EDGES
from dmtui.screens.fault_dialog import whole_words
from tests.ui import build
from tests.ui.pilot import opened, text


def on_frame(app: DmtuiApp, name: str) -> str:
    """The upper side of a panel's frame, as it is on the screen."""
    region = app.dashboard.panel(name).region
    line = app.screen._compositor.render_strips()[region.y].text
    return line[region.x : region.right]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50), (200, 60)])
async def test_what_a_list_is_filtered_and_sorted_by_is_seen_on_its_frame(size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, _, pilot):
        await pilot.press("4", "/", *"op=R", "enter", "comma")
        app.draw_frame()
        await pilot.pause()
        title = on_frame(app, "clones")
        assert "clones" in title and "/op=R" in title and "age" in title and "▼" in title, "the panel keeps its word"
        assert "…" not in title
        assert "found" in text(app, "clones")
        await pilot.press("apostrophe")
        await pilot.pause()
        title = on_frame(app, "clones")
        assert "«" in title and "clones" in title and "/op=R" in title and "▼" in title and "…" not in title


async def test_jump_letters_stand_before_whole_titles_and_rows_wait_under_theirs() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("apostrophe")
        app.draw_frame()
        for name in ("submitters", "clones", "devices"):
            title = on_frame(app, name)
            assert "«" in title and name in title and "…" not in title
        before = text(app, "clones")
        source.frames = [build.frame(70)]
        app.draw_frame()
        assert text(app, "clones") == before, "a letter leads to what it stands before"
        await pilot.press("escape")
        await pilot.pause()
        assert text(app, "clones") != before


async def test_another_layout_is_named() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("w")
        assert f"layout {app.dashboard.layout_name}: " in app.dashboard.keys.notice[0]


async def test_a_request_on_the_medium_is_no_medium_error() -> None:
    seen = build.views(60)
    device = seen["sdb"]
    busy = replace(device.service[0], state="MEDIUM")  # type: ignore[union-attr]
    frame = build.frame(60, build.with_device(seen, "sdb", service=(busy,), nr_service=1))
    async with opened([frame]) as (app, _, pilot):
        await pilot.press("5", "z")
        app.draw_frame()
        shown = text(app, "devices")
        assert "AT LUN" in shown and "MEDIUM" not in shown


async def test_a_stall_that_is_called_as_its_type_is_named_once() -> None:
    fault = build.fault("softirq", "softirq_stalled")
    seen = build.views(60) | {"softirq": build.softirq(60, stalled=True, faults=(fault,))}
    async with opened([build.frame(60, seen)]) as (app, _, _pilot):
        assert "SOFTIRQ_STALLED" in text(app, "softirq") and "softirq_st" not in text(app, "softirq")


@pytest.mark.parametrize("size", [(60, 20), (160, 50), (240, 70)])
async def test_panels_of_what_is_say_once_it_has_ended_that_it_was_so_at_the_end(size: tuple[int, int]) -> None:
    async with opened("ended", size) as (app, _, _pilot):
        app.draw_frame()
        for name in ("clones", "devices", "queue"):
            panel = app.dashboard.panel(name)
            assert not panel.display or panel.headed[0].endswith(" at the end"), name
            assert len(panel.headed[0]) <= max(1, panel.outer_size.width) - EDGES or not panel.display
        assert "in flight" not in app.dashboard.panel("clones").headed[0] or size[0] > 160


def test_a_note_that_does_not_fit_is_cut_between_words() -> None:
    said = "how clear and the log call it"
    assert whole_words(said, 40) == said
    for room in range(8, len(said)):
        kept = whole_words(said, room)
        assert kept.endswith(" …") and said.startswith(f"{kept[:-2]} ") and len(kept) <= room
    assert whole_words("sectors it matches; 0 = whole device", 24) == "sectors it matches …"
