"""What a stranger stumbles over: sentences that are cut, rows that stand empty, words in the wrong tense."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dmtui.model.layouts import FLOW_LESS, FLOW_MOST
from dmtui.model.state import Model
from dmtui.panels.banner import banner_lines
from emulator.snapshot import MdView
from tests.ui import build
from tests.ui.pilot import SIZES, opened, text


async def test_why_tells_the_whole_sentence_rather_than_a_row_for_each_number() -> None:
    async with opened("failed-path", size=(160, 50)) as (app, _, _):
        said = " ".join(text(app, "why").split())
        assert said.startswith("× 17 clone errors ◐ 17 hidden by end_clone_bio ↺ 17 requeued ✓ 0 bios failed to")
        assert said.endswith("to be cloned again. sda failed; the retries went to sdb.")
    async with opened("failed-path", size=(240, 70)) as (app, _, _):
        said = text(app, "why")
        assert "bios failed to the application" in said and "the retries went to sdb." in " ".join(said.split())


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_elevator_says_so_in_a_line_that_is_not_cut(size: tuple[int, int]) -> None:
    seen = build.views(5)
    md = seen["mpatha"]
    assert isinstance(md, MdView)
    seen = build.with_md(seen, queue=replace(md.queue, sorted=(), nr_sorted=0))
    async with opened([build.frame(5, seen)], size=size) as (app, _, pilot):
        await pilot.press("2")
        app.draw_frame()
        await pilot.pause()
        app.draw_frame()
        line = next(line for line in text(app, "queue").splitlines() if " empty" in line)
        told = ("empty: every request went to the dispatch list", "empty: all went to the dispatch list")
        assert line.strip() in told or line.strip() == "sorted   0 empty", "in brief where there are few rows"


async def test_the_moving_picture_leaves_rows_to_the_messages_where_they_are_few() -> None:
    for size, rows in (((160, 50), FLOW_LESS), ((240, 70), FLOW_MOST)):
        async with opened("messages", size=size) as (app, _, pilot):
            app.show_layout("teaching")
            await pilot.pause()
            app.draw_frame()
            assert app.dashboard.panel("flow").size.height == rows
            assert "C1 submit db:0" in text(app, "flow"), "who holds the lock is not cut"


@pytest.mark.parametrize("width", [60, 80, 160])
def test_why_the_emulation_ended_is_told_whole(width: int) -> None:
    model = Model()
    failed = "md mpatha (pid 4242) was killed by SIGKILL: the mapped device is gone"
    model.apply(build.frame(1, failed=failed))
    lines = ["".join(cell for cell, _ in line.cells) for line in banner_lines(model, width, 8)]
    said = " ".join(" ".join(lines).split())
    assert said.startswith(f"■ EMULATION ENDED: {failed} o another scenario · q quit")
    assert len(lines) == {60: 3, 80: 2, 160: 1}[width] and max(map(len, lines)) <= width


@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
async def test_a_panel_that_a_key_brings_while_no_frame_comes_is_not_empty(size: tuple[int, int]) -> None:
    async with opened("suspended", size=size) as (app, _, pilot):
        for digit, stage in enumerate(app.model.selection.stages, 1):
            await pilot.press(f"{digit}")
            await pilot.pause()
            assert text(app, stage).strip(), f"{stage} has its size, and nothing in it"


async def test_figures_of_a_path_stand_where_they_stand_busy_or_not() -> None:
    seen = build.views(60)
    md = seen["mpatha"]
    assert isinstance(md, MdView) and md.target is not None
    group = md.target.groups[0]
    paths = (replace(group.paths[0], busy=True), *group.paths[1:])
    seen = build.with_md(seen, target=replace(md.target, groups=(replace(group, paths=paths),)))
    for size in SIZES:
        async with opened([build.frame(60, seen)], size=size) as (app, _, pilot):
            app.show_layout("paths")
            app.show_stage("multipath")
            await pilot.pause()
            rows = [line for line in text(app, "multipath").splitlines() if "active" in line and "sd" in line]
            assert len(rows) == 2
            places = {row.index(" out ") for row in rows if " out " in row} | {0}
            assert len(places) <= 2 and len({" fails" in row for row in rows}) == 1, rows
