"""Lists as a person wants them: filters, order, a request that stays selected, jumps, copies and files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dmtui.model.filters import FilterError, parse
from dmtui.model.frame import Frame
from dmtui.model.lanes import Arrow, LanesView, Note
from dmtui.model.log import LogLine
from dmtui.model.selection import TITLES, Stage
from dmtui.model.table import as_csv, as_json, rows_of
from dmtui.screens.life import LifeScreen
from emulator.snapshot import MdView, RequestView
from tests.ui import build
from tests.ui.pilot import opened, orders, text
from tests.ui.scenes import SCENES
from tests.ui.test_model import fed

REQUEST = RequestView(
    id=71, op="W", sector=2048, sectors=128, bios=16, age=6_000, state="ISSUED", retries=1, path="sda", owner="db"
)
LINE = LogLine(2_001_000, "▼", "bad", "mpatha", "path_failed", "fail_path sda: 1 valid left")


@pytest.mark.parametrize(
    ("words", "passes"),
    [
        ("", True), ("path:sda", True), ("path:sdb", False), ("op:W age>5ms", True), ("op:w age>7ms", False),
        ("size>=64k", True), ("size<64K", False), ("id=71", True), ("id:7", False), ("sda issued", True),
        ("sector>2k", True), ("retries:1 state:issu", True), ("age<", True), ("nowhere", False), ("owner:db", True),
    ],
)
def test_a_filter_over_requests(words: str, passes: bool) -> None:
    assert parse(words, of_log=False).request(REQUEST) is passes


@pytest.mark.parametrize(
    ("words", "passes"),
    [("path:sda", True), ("SDA valid", True), ("time>2s", True), ("time<2s", False), ("machine:mpatha kind:path", True),
     ("kind:requeued", False)],
)
def test_a_filter_over_lines(words: str, passes: bool) -> None:
    assert parse(words, of_log=True).line(LINE) is passes


@pytest.mark.parametrize(
    ("words", "why"),
    [("pth:sda", "no field 'pth'"), ("age>5m", "age is a number"), ("age:old", "age is a number, such as 5ms"),
     ("path>sda", "write path:sda")],
)
def test_a_filter_that_says_nothing_says_what_would_be_right(words: str, why: str) -> None:
    if words == "age>5m":
        assert not parse(words, of_log=False).request(REQUEST), "m is a size of 2048 sectors"
        return
    with pytest.raises(FilterError, match=why):
        parse(words, of_log=False)


async def test_filtering_the_queue_shows_it_in_the_title_and_escape_takes_it_away() -> None:
    async with opened("busy") as (app, _, pilot):
        await pilot.press("2", "slash", *"op:w")
        await pilot.pause()
        panel = app.dashboard.panel("queue")
        assert panel.headed[0].endswith("/op:w") and "found" in panel.text
        assert not any(line.lstrip(" ▌").startswith("R  ") for line in panel.text.splitlines() if "SORTED" in line)
        await pilot.press("enter", "n")
        assert app.model.lists.chosen is not None and app.dashboard.lines_wanted > 400
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert "/op:w" not in panel.headed[0] and app.model.lists.chosen is None


async def test_a_wrong_term_is_told_and_the_others_filter() -> None:
    async with opened("failed-path") as (app, _, pilot):
        await pilot.press("8", "slash", *"sda", *" pth:x")
        await pilot.pause()
        panel = app.dashboard.panel("log")
        assert "no field 'pth'" in panel.headed[1] and "sda" in panel.headed[0]
        assert "fail_path sda" in panel.text and "load began" not in panel.text
        await pilot.press("enter")
        await pilot.pause()
        assert "filter event log: not filtered by it: no field 'pth'" in text(app, "keys"), "Enter says it once more"


async def test_sorting_goes_through_the_columns_and_back() -> None:
    async with opened("busy") as (app, _, pilot):
        await pilot.press("2")
        own = text(app, "queue")
        await pilot.press("comma")
        await pilot.pause()
        listing = app.model.lists.get("queue")
        md = app.model.mds[0]
        ages = [request.age for request in listing.requests(md.queue.sorted)]
        assert ages == sorted(ages, reverse=True) and "by age ▼" in app.dashboard.panel("queue").headed[0]
        await pilot.press("semicolon")
        assert [r.age for r in listing.requests(md.queue.sorted)] == sorted(ages)
        while listing.column:
            await pilot.press("comma")
        await pilot.pause()
        assert text(app, "queue") == own


async def test_submitters_are_sorted_too_and_selected_in_that_order() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("1", "comma")
        names = sorted(view.name for view in app.model.submitters)
        assert text(app, "submitters").index(names[0]) < text(app, "submitters").index(names[-1])


def _with_queue(tick: int, dispatch: tuple[RequestView, ...], flying: tuple[RequestView, ...]) -> Frame:
    seen = build.views(tick)
    md = seen["mpatha"]
    assert isinstance(md, MdView)
    queue = replace(md.queue, sorted=(), nr_sorted=0, dispatch=dispatch, nr_dispatch=len(dispatch))
    return build.frame(tick, build.with_md(seen, queue=queue, in_flight=flying, nr_in_flight=len(flying)))


async def test_a_request_stays_selected_while_it_moves_and_is_told_gone() -> None:
    others = tuple(replace(REQUEST, id=i, state="LISTED", path="") for i in (80, 81))
    mine = replace(REQUEST, state="LISTED", path="")
    async with opened([_with_queue(1, (others[0], mine, others[1]), ())]) as (app, source, pilot):
        await pilot.press("2", "j", "j")
        panel = app.dashboard.panel("queue")
        assert app.model.lists.chosen is not None and app.model.lists.chosen.number == 71
        for frame, where in (
            (_with_queue(2, (mine, *others), ()), "on the dispatch list"),
            (_with_queue(3, others, (REQUEST,)), "in flight → sda"),
            (_with_queue(4, others, ()), "request 71 ended"),
        ):
            source.frames = [frame]
            app.draw_frame()
            assert where in panel.headed[1]
        await pilot.press("j")
        assert app.model.lists.chosen.number in (80, 81), "the next is sought where it stood"


async def test_enter_and_a_double_click_open_the_life_of_the_selected_request() -> None:
    async with opened() as (app, _, pilot):
        await pilot.press("2", "j", "j", "enter")
        await pilot.pause()
        chosen = app.model.lists.chosen
        assert chosen is not None and isinstance(app.screen, LifeScreen)
        assert app.screen.subjects[0].words == f"mpatha {chosen.number}"
        await pilot.press("escape")
        clones = app.dashboard.panel("clones")
        row = next(y for y, key in clones.things if key.kind == "request")
        await pilot.click(clones, offset=(5, row + 1), times=2)
        await pilot.pause()
        assert isinstance(app.screen, LifeScreen) and app.model.selection.stage == "clones"


async def test_a_clone_whose_bios_have_ended_is_done_not_issued() -> None:
    over = replace(REQUEST, sector=128, sectors=16, bios=0)
    async with opened([_with_queue(1, (), (over,))]) as (app, _, _pilot):
        (row,) = [line for line in text(app, "clones").splitlines() if " 128 " in line]
        assert "◑" in row and "8K" in row and "0b" not in row and "●" not in row


async def test_the_log_shows_the_line_under_its_cursor_whole() -> None:
    long = "table " + " ".join(f"sd{i} 1" for i in range(60))
    events = (build.event(5, "mpatha", "table_loaded", table=long), build.event(6, "sda", "released", requests=3))
    async with opened([build.frame(1, events=events)], (80, 24)) as (app, _, pilot):
        await pilot.press("8")
        assert "sd59" not in text(app, "log")
        await pilot.press("k", "k")
        assert "sd59 1" in text(app, "log").replace("\n", " ")
        await pilot.press("y")
        assert app.clipboard.endswith("sd59 1\n")
        await pilot.press("G")
        assert app.dashboard.log_panel.cursor is None


async def test_jumping_goes_to_panels_and_things_and_any_other_key_goes_nowhere() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("apostrophe")
        targets = dict(app.dashboard.jump.targets)
        letter = next(each for each, target in targets.items() if target.key and target.key.name == "sdb")
        await pilot.press(letter)
        await pilot.pause()
        assert app.model.selection.name("device") == "sdb" and not app.dashboard.jump.targets
        log = next(each for each, target in targets.items() if target.stage == "log" and target.row is None)
        await pilot.press("apostrophe", log)
        await pilot.pause()
        assert app.model.selection.stage == "log"
        await pilot.press("apostrophe", "space")
        await pilot.pause()
        assert not source.orders and app.model.selection.stage == "log"


async def test_rows_and_pictures_are_written_under_names_that_are_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened("busy") as (app, _, pilot):
        for key in ("E", "E", "J", "P"):
            await pilot.press("2", key)
            await app.workers.wait_for_complete()
            await pilot.pause()
    stem = "dmtui-one-path-fails"
    assert {file.name for file in tmp_path.iterdir()} == {
        f"{stem}-queue.csv", f"{stem}-queue-1.csv", f"{stem}-queue.json", f"{stem}-screen.svg"
    }
    rows = json.loads((tmp_path / f"{stem}-queue.json").read_text(encoding="utf-8"))
    lines = (tmp_path / f"{stem}-queue.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("machine,list,id,op,sector,bytes") and len(lines) == len(rows) + 1


LANES = LanesView(
    ("app", "mpatha"), (Note(1_000, "request 7"), Arrow(1_002, "app", "mpatha", "submit", 7, "read")), True, "all"
)


@pytest.mark.parametrize("stage", TITLES)
def test_every_panel_has_a_table(stage: Stage) -> None:
    model = fed("failed-path")
    last = SCENES["failed-path"]()[-1]
    seen = build.with_md(dict(last.views), lock=build.lock("mpatha", 60, held_ns_max=10**9))
    model.apply(replace(last, views=seen, now_us=last.now_us + 1, lanes=LANES))
    rows = rows_of(model, stage)
    assert rows and as_csv(rows).count("\n") == len(rows) + 1
    assert rows == json.loads(as_json(rows))
    assert stage != "charts" or len(rows) == len(model.columns)


async def test_a_panel_without_rows_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened() as (app, _, pilot):
        app.show_stage("faults")
        await pilot.press("E")
        await pilot.pause()
        assert "active faults: no row to write, there is nothing in it now" in text(app, "keys")
        await pilot.press("2", "slash", *"id=999999", "enter", "J")
        await pilot.pause()
        assert "md queue: no row to write, the filter lets none through" in text(app, "keys")
    assert not [*tmp_path.iterdir()]


async def test_the_palette_finds_layouts_panels_faults_and_scenarios() -> None:
    async with opened() as (app, source, _):
        commands = {command.title: command.callback for command in app.get_system_commands(app.screen)}
        commands["Layout paths"]()
        assert app.dashboard.layout_name == "paths"
        commands["Fault stall on sda"]()
        commands["Open stacked"]()
        commands["Panel event log"]()
        assert len(source.orders) == 1 and source.opened == ["stacked"] and app.model.selection.stage == "log"
        assert "Theme safe" in commands


async def test_a_filter_typed_anywhere_is_a_filter_and_no_key() -> None:
    places: list[tuple[str, Stage]] = [
        ("overview", "softirq"), ("overview", "why"), ("queue", "charts"), ("latency", "heatmap"),
        ("teaching", "lanes"), ("paths", "multipath"),
    ]
    async with opened() as (app, source, pilot):
        for layout, stage in places:
            app.show_layout(layout)
            app.show_stage(stage)
            await pilot.press("slash", *"sdbeH")
            await pilot.pause()
            assert not orders(source), "letters are letters"
            assert app.model.lists.get("log").words == ("/sdbeH",)
            assert app.model.selection.stage == "log" and app.dashboard.log_panel.display, "its lines are seen"
            assert f"{TITLES[stage]} has no filter, this is for the event log:" in text(app, "keys")
            await pilot.press("escape")
            assert app.model.lists.get("log").filter is None


async def test_a_filter_may_be_typed_before_there_is_anything() -> None:
    async with opened(()) as (app, source, pilot):
        await pilot.press("slash", *"eb")
        source.frames = SCENES["normal"]()
        app.draw_frame()
        await pilot.press("d")
        assert not orders(source) and app.dashboard.entry.value == "ebd"


async def test_a_filter_may_be_typed_where_the_screen_is_too_small() -> None:
    async with opened(size=(30, 8)) as (app, source, pilot):
        await pilot.press("slash", *"e")
        await pilot.pause()
        assert not orders(source) and app.dashboard.entry.value == "e"
