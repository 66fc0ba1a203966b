"""The sequence diagram: which lanes fit, what an arrow looks like, what is said of what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dmtui.model.lanes import Arrow, LanesView, Note, folded, lanes_of, without
from dmtui.panels.lanes import LANE_LEAST, arrange, draw_lanes, fitted
from dmtui.panels.line import Line
from emulator.plan import DeviceSpec, LunSpec, MdSpec, Plan, SubmitterSpec
from emulator.runtime.waiting import Waiting
from tests.ui import build
from tests.ui.pilot import SIZES, opened, text

DEVICES = tuple(f"sd{letter}" for letter in "abcdefgh")


def shown(lines: list[Line]) -> list[str]:
    """Without styles."""
    return ["".join(cell for cell, _ in line.cells) for line in lines]


def arrow(source: str = "app", destination: str = "mpatha", word: str = "SUBMIT_BIO", tone: str = "read",
          number: int = 7, waits: bool = False) -> Arrow:
    """One at 1.5 ms."""
    return Arrow(1_500, source, destination, word, number, tone, waits)


def view(*rows: Arrow | Note, devices: int = 2, every: bool = True) -> LanesView:
    """A diagram of so many paths."""
    return LanesView(("app", "mpatha", *DEVICES[:devices], "lun0", "softirq"), rows, every, "every message")


def test_lanes_stand_in_the_order_of_the_way() -> None:
    plan = Plan(
        "p", luns=(LunSpec("lun0", 8),), devices=tuple(DeviceSpec(name, "lun0", "8:0") for name in DEVICES[:2]),
        mds=(MdSpec("mpatha", "253:0", ""), MdSpec("lin", "253:1", "")), submitters=(SubmitterSpec("app", "lin"),),
        console="console",
    )
    assert lanes_of(plan) == ("app", "console", "lin", "mpatha", "sda", "sdb", "lun0", plan.softirq)


def test_an_arrow_goes_from_lane_to_lane_with_the_kernels_word() -> None:
    there, back = shown(draw_lanes(view(arrow(), arrow("mpatha", "app", "BIO_ENDIO", "fault")), 120, 20))[2:4]
    assert "0.001500" in there and "├" in there and "▶" in there and "R generic_make_request bio 7" in there
    assert there.index("├") < there.index("▶") and back.index("◀") < back.index("┤")
    assert "× bi_end_io bio 7" in back, "an outcome is told without its colour too"


def test_a_function_is_cut_behind_a_part_of_its_name() -> None:
    assert fitted("blk_insert_cloned_request", 30) == "blk_insert_cloned_request"
    assert fitted("blk_insert_cloned_request", 24) == "blk_insert_cloned…"
    assert fitted("blk_insert_cloned_request", 8) == "blk…"
    assert fitted("queuecommand", 5) == "queu…" and fitted("queuecommand", 0) == "…"


def test_what_waits_is_dashed_and_says_so() -> None:
    (line,) = shown(draw_lanes(view(arrow(waits=True)), 120, 20))[2:]
    assert "╌" in line and "▷" in line and "waits" in line and "─" not in line


def test_the_newest_stand_at_the_bottom_and_the_oldest_give_way() -> None:
    rows = [arrow(number=number) for number in range(1, 41)]
    lines = shown(draw_lanes(view(*rows), 120, 12))
    assert len(lines) == 12 and "bio 40" in lines[-1] and "bio 31" in lines[2]


@pytest.mark.parametrize(("width", "height"), [(58, 8), (78, 12), (104, 26), (158, 40), (238, 60)])
@pytest.mark.parametrize("devices", range(1, 9))
def test_one_to_eight_paths_fit_every_size(devices: int, width: int, height: int) -> None:
    rows = [arrow(), *(arrow("mpatha", name, "INSERT_CLONE", number=1234567) for name in DEVICES[:devices])]
    lines = draw_lanes(view(*rows, Note(9, "request 5 of mpatha"), devices=devices), width, height)
    assert len(lines) <= height
    assert all(len(line) <= width for line in shown(lines))
    said = "\n".join(shown(lines))
    assert "1234567" in said, "the number is there at every size"
    names = " ".join(shown(lines)[1:4])
    assert "app" in names and "mpatha" in names and "softirq" in names


@pytest.mark.parametrize("width", [58, 78])
def test_two_paths_on_a_small_screen_have_their_names_and_the_functions_whole(width: int) -> None:
    names = ("db", "backup", "mpatha", "sda", "sdb", "lun0", "softirq")
    rows = (arrow("db", number=1071), arrow("mpatha", "sda", "INSERT_CLONE", number=2071),
            arrow("sdb", "softirq", "RAISE_SOFTIRQ", number=2071), arrow("sdb", "mpatha", "END_CLONE_BIO", number=2071))
    lines = shown(draw_lanes(LanesView(names, rows, True, "every message"), width, 10))
    heads = lines[1:3]
    assert set(" ".join(heads).split()) == set(names), "staggered, not cut"
    said = lines[3:]
    assert len(said) == 4 and "generic_make_request" in said[0] and "1071" in said[0]
    assert ("blk_insert_cloned_request clone 2071" if width == 78 else "blk_insert_cloned… 2071") in said[1]
    assert "blk_complete_request" in said[2] and "2071" in said[2]
    lane = said[0].index("├")
    db = next(line for line in heads if " db " in line)
    assert db.index("db") <= lane < db.index("db") + 3, "a name stands over its lane"


def test_names_stand_on_one_row_where_they_fit() -> None:
    lines = shown(draw_lanes(view(arrow()), 150, 10))
    assert "app" in lines[1] and "softirq" in lines[1] and "├" in lines[2]


def test_what_does_not_fit_shares_a_lane() -> None:
    names = ("app", "mpatha", *DEVICES, "lun0", "softirq")
    rows = [arrow(), arrow("mpatha", "sdc", "INSERT_CLONE"), arrow("softirq", "mpatha", "SOFTIRQ_DONE")]
    lanes = arrange(names, rows, 6 * LANE_LEAST)
    assert any(name.startswith("…") for name in lanes.names)
    assert {"app", "mpatha", "sdc", "softirq"} <= set(lanes.names)
    assert set(lanes.place) == set(names)
    assert lanes.at("sdh") == lanes.at("lun0"), "both are in the lane of the others"


@given(st.integers(0, 8), st.integers(1, 240))
def test_every_machine_has_a_lane_within_the_room(devices: int, room: int) -> None:
    names = ("app", "mpatha", *DEVICES[:devices], "lun0", "softirq")
    lanes = arrange(names, [], max(room, 2 * LANE_LEAST))
    assert set(lanes.place) == set(names)
    assert len(lanes.names) * lanes.width <= max(room, 2 * LANE_LEAST)
    assert max(lanes.at(name) for name in names) < len(lanes.names) * lanes.width


def test_alike_at_once_are_one_row_that_says_how_many() -> None:
    rows = folded([arrow(number=number) for number in (4, 5, 6)] + [arrow(tone="write")])
    assert [row.count for row in rows if isinstance(row, Arrow)] == [3, 1]
    assert "bio 4 +2" in shown(draw_lanes(view(*rows), 120, 20))[2]


def test_what_has_not_arrived_is_not_shown_as_if_it_had() -> None:
    waiting = Waiting("mpatha", "message", "app", 1, "SUBMIT_BIO", 7, "", 0)
    note = Note(0, "before")
    assert without([note, arrow(), arrow(number=8)], [waiting]) == [note, arrow(number=8)]


def test_without_rows_it_says_which_key_fills_it() -> None:
    assert ". lets one event happen" in shown(draw_lanes(view(), 120, 20))[-1]
    assert "p starts the load" in shown(draw_lanes(view(every=False), 120, 20))[-1]


@pytest.mark.parametrize("size", SIZES)
async def test_the_panel_is_in_the_teaching_layout(size: tuple[int, int]) -> None:
    async with opened("normal", size) as (app, source, pilot):
        asked = any(each.lanes for each in source.wanted)
        assert asked == (size == (240, 70)), "asked for only where there is room for it in the overview, too"
        app.show_layout("teaching")
        app.model.selection.stage = "lanes"
        app.draw_frame()
        await pilot.pause()
        app.draw_frame()
        assert source.wanted[-1].lanes == "mpatha"
        assert "waiting for the first message" in text(app, "lanes")
        source.frames = [build.frame(90, lanes=view(arrow()))]
        app.draw_frame()
        assert "bio 7" in text(app, "lanes")
        app.show_layout("queue")
        app.draw_frame()
        await pilot.pause()
        app.draw_frame()
        assert source.wanted[-1].lanes == "", "it is hidden: nobody looks any more"


async def test_f_follows_the_request_that_is_shown_then_older_ones_then_the_newest() -> None:
    async with opened("normal") as (app, source, pilot):
        app.show_layout("teaching")
        await pilot.pause()
        app.draw_frame()
        md = app.model.md
        assert md is not None
        there = sorted({each.id for each in (*md.queue.sorted, *md.queue.dispatch, *md.in_flight)}, reverse=True)
        shown_now = LanesView(("app", "mpatha"), (), False, "a sample", there[0])
        app.model.lanes = shown_now
        followed = []
        for _ in range(len(there) + 1):
            await pilot.press("F")
            followed.append(source.wanted[-1].follow)
        assert followed == [*there, 0]


async def test_f_follows_the_request_that_is_selected_elsewhere_and_brings_the_messages_up() -> None:
    async with opened("normal") as (app, source, pilot):
        await pilot.press("2", "j", "j")
        chosen = app.model.lists.chosen
        assert chosen is not None
        await pilot.press("F")
        await pilot.pause()
        app.draw_frame()
        assert app.dashboard.layout_name == "teaching"
        assert (source.wanted[-1].lanes, source.wanted[-1].follow) == ("mpatha", chosen.number)
        app.model.lanes = LanesView(("app", "mpatha"), (), False, "follows", chosen.number)
        await pilot.press("F")
        assert source.wanted[-1].follow != chosen.number, "the next F goes on to older ones"


async def test_without_messages_and_without_a_selected_request_f_says_what_to_do() -> None:
    async with opened("normal") as (app, _, pilot):
        await pilot.press("F")
        assert app.dashboard.layout_name == "overview" and "no request is selected" in text(app, "keys")


async def test_the_messages_scroll_back_and_stand_until_they_follow_again() -> None:
    async with opened("normal") as (app, source, pilot):
        app.show_layout("teaching")
        app.model.selection.stage = "lanes"
        source.frames = [build.frame(90, lanes=view(*(arrow(number=each) for each in range(200, 300))))]
        app.draw_frame()
        await pilot.pause()
        app.draw_frame()
        assert "bio 299" in text(app, "lanes") and "bio 200" not in text(app, "lanes")
        await pilot.press("k", "k")
        back = text(app, "lanes")
        assert "bio 297" in back and "bio 298" not in back and "2 newer lines" in back
        source.frames = [build.frame(91, lanes=view(*(arrow(number=each) for each in range(300, 400))))]
        app.draw_frame()
        assert text(app, "lanes") == back, "it stands while one reads"
        await pilot.press("g")
        assert "bio 200" in text(app, "lanes")
        await pilot.press("G")
        assert "bio 399" in text(app, "lanes") and "newer lines" not in text(app, "lanes")
        await pilot.press("k", "escape")
        assert "bio 399" in text(app, "lanes")


def test_the_time_is_the_clock_of_the_header_and_the_log() -> None:
    lines = shown(draw_lanes(view(replace(arrow(), at_us=89_290_001), Note(89_290_002, "request 5")), 120, 20))
    assert [line.split()[0] for line in lines[2:]] == ["1:29.290001", "1:29.290002"]
    narrow = shown(draw_lanes(view(replace(arrow(), at_us=89_290_001)), 80, 20))
    assert any(line.startswith(".290001 ") for line in narrow), "without the seconds where there is little room"
