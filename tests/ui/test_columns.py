"""What happened over time: columns of a fixed span, the heatmap's rows and shades, and warnings with their moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from dmtui.model.columns import SPAN_S, Column, Columns
from dmtui.model.meters import MdMeter, median_bucket
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.model.warnings import BUSY_US, FLAP_US, FLAPS, GROWING, LOCK_NS, QUIET_US, Watch
from dmtui.panels.heatmap import HeatmapPanel, bucket_range, rows_of, shade
from emulator.snapshot import DeviceView, MdView, SubmitterView
from tests.ui import build
from tests.ui.pilot import opened, text


def _views(tick: int, **latency: tuple[int, ...]) -> tuple[list[MdView], list[DeviceView], list[SubmitterView]]:
    seen = build.views(tick).values()
    devices = [view for view in seen if isinstance(view, DeviceView)]
    devices = [replace(view, latency=latency.get(view.name, view.latency)) for view in devices]
    submitters = [view for view in seen if isinstance(view, SubmitterView)]
    return [view for view in seen if isinstance(view, MdView)], devices, submitters


def _fed(ticks: Iterator[tuple[float, int]]) -> Columns:
    columns = Columns()
    for i, (real_s, now_us) in enumerate(ticks):
        mds, devices, submitters = _views(i + 1, sda=(0, i * 3, i))
        columns.feed(real_s, now_us, mds, devices, (), submitters, 0.5)
    return columns


def test_a_column_spans_a_quarter_of_a_second_of_real_time() -> None:
    columns = _fed((i * 0.05, i * 50_000) for i in range(41))
    assert len(columns) == int(40 * 0.05 / SPAN_S) + 1


def test_a_column_counts_what_its_span_gained_and_nothing_twice() -> None:
    columns = _fed((i * 0.05, i * 50_000) for i in range(41))
    total = [sum(column.latency.get("sda", ())[bucket] for column in columns.last(99)) for bucket in (1, 2)]
    assert total == [40 * 3, 40]


def test_rates_are_those_of_the_span() -> None:
    mds, _, submitters = _views(1)
    columns = Columns()
    for i, completed in enumerate((100, 200, 300, 800)):
        devices = _views(i + 1)[1]
        views = [replace(submitters[0], completed=completed, failed=0)]
        columns.feed(i * SPAN_S, i * 100_000, mds, devices, (), views, 0.0)
    assert columns.series("iops", 3) == pytest.approx([1000.0, 1000.0, 5000.0])


def test_frames_that_come_a_little_early_or_late_make_a_column_each() -> None:
    times = [i * SPAN_S + (i % 3 - 1) * 0.012 for i in range(1, 41)]
    columns = _fed((real_s, round(real_s * 1e6)) for real_s in times)
    assert len(columns) == 40, "no column of two spans beside those of one"
    assert all(sum(column.latency.get("sda", ())) == 4 for column in columns.last(39)), "no gap under constant load"


def test_a_column_waits_for_a_device_that_is_slow_to_tell_but_not_for_ever() -> None:
    columns = Columns()
    for i in range(1, 13):
        mds, devices, submitters = _views(i, sda=(0, i))
        slow, stale = _views(i - i % 2, sdb=(0, i - i % 2)), _views(1, sdb=(0, 1))
        shown = [devices[0], (slow if i < 9 else stale)[1][1]]
        columns.feed(i * SPAN_S, i * 250_000, mds, shown, (), submitters, 0.0)
    told = [sum(column.latency.get("sdb", ())) for column in columns.last(99)]
    assert told[1:4] == [2, 2, 2], "each column has what the device did in its span"
    assert columns.last(1)[0].ended_us == 3_000_000 and told[-1] == 0, "a device that says nothing holds up no picture"


def test_nothing_moves_while_the_emulated_clock_stands() -> None:
    columns = _fed((i * 0.05, 1_000) for i in range(41))
    assert len(columns) == 1


def test_a_pause_a_moment_after_a_column_began_makes_no_peak() -> None:
    columns = Columns()

    def feed(real_s: float, now_us: int, completed: int, standing: bool = False) -> None:
        view = build.submitter(1, completed=completed)
        columns.feed(real_s, now_us, (), (), (), [view], 0.0, standing)

    for i in range(1, 9):
        feed(i * SPAN_S, i * 250_000, i * 500)
    feed(9 * SPAN_S, 2_000_080, 4_008)
    assert 1800 < columns.series("iops", 9)[-1] < 2200
    for step in range(1, 9):
        feed((9 + step) * SPAN_S, 2_000_080 + 10 * step, 4_008 + 2 * step, standing=True)
        assert max(columns.series("iops", 20)) < 2200
    assert len(columns) == 9


def test_a_revived_device_is_counted_afresh() -> None:
    columns = Columns()
    for i, latency in enumerate(((5, 5), (6, 6), (1, 0), (2, 0))):
        mds, devices, submitters = _views(i + 1, sda=latency)
        columns.feed(i * SPAN_S, i * 1000, mds, devices, (), submitters, 0.0)
    assert [column.latency.get("sda") for column in columns.last(4)] == [None, (1, 1), None, (1, 0)]


def test_the_rows_of_a_heatmap_cover_every_bucket_once_slowest_first() -> None:
    for low in range(4):
        for high in range(low, 20):
            for rows in range(1, 12):
                found = rows_of(low, high, rows)
                assert len(found) <= rows
                assert [b for first, last in found[::-1] for b in range(first, last + 1)] == list(range(low, high + 1))


def test_a_single_slow_clone_is_seen_beside_thousands() -> None:
    assert shade(0, 9000) == 0
    assert shade(1, 9000) == 1
    assert shade(9000, 9000) == 4


def test_the_scale_is_that_of_all_paths() -> None:
    columns = [Column(0, 1, {}, {"sda": (0, 0, 4), "sdb": (0, 0, 0, 0, 1)})]
    assert bucket_range(columns) == (2, 4)
    assert bucket_range([]) == (0, -1)
    assert median_bucket((0, 3, 3)) == 1
    assert median_bucket(()) is None


def _look(watch: Watch, now_us: int, **kwargs: object) -> None:
    given: dict[str, object] = {"mds": (), "devices": (), "softirqs": (), "meters": {}, "medians": {}, "events": ()}
    watch.feed(now_us, **(given | kwargs))  # type: ignore[arg-type]


def test_a_path_that_fails_again_and_again_flaps_and_the_moment_is_its_first_failure() -> None:
    watch = Watch()
    for i in range(FLAPS):
        at = 1_000_000 + i * 1_000_000
        event = build.event(at, "mpatha", "path_failed", md="mpatha", path="sda", nr_valid_paths=1, reason="EIO")
        _look(watch, at, events=(event,))
    warning = watch.all[0]
    assert (warning.kind, warning.key, warning.since_us) == ("path flapping", Key("device", "sda"), 1_000_000)


def test_failures_far_apart_are_no_flapping() -> None:
    watch = Watch()
    for i in range(FLAPS):
        at = 1 + i * FLAP_US
        event = build.event(at, "mpatha", "path_failed", md="mpatha", path="sda", nr_valid_paths=1, reason="EIO")
        _look(watch, at, events=(event,))
    assert not watch.all


def test_a_lock_held_for_too_long_is_told_once_for_each_longer_time() -> None:
    watch = Watch()
    md = _views(1)[0][0]
    held = [replace(md, lock=replace(md.lock, held_ns_max=LOCK_NS + 1))]
    for i in range(3):
        _look(watch, i, mds=held, meters={"mpatha": MdMeter()})
    assert [(warning.kind, warning.since_us) for warning in watch.all] == [("lock held", 0)]


def test_a_warning_that_is_not_seen_again_is_over_but_stays() -> None:
    watch = Watch()
    md = _views(1)[0][0]
    _look(watch, 0, mds=[replace(md, lock=replace(md.lock, held_ns_max=LOCK_NS + 1))])
    assert watch.holding == 1
    _look(watch, QUIET_US + 1)
    assert watch.holding == 0
    assert [warning.over for warning in watch.all] == [True]


def test_a_backlog_that_only_grows_is_told() -> None:
    watch = Watch()
    for i in range(GROWING + 2):
        _look(watch, i, softirqs=[build.softirq(i + 1, backlog=40 + i)])
    assert [warning.kind for warning in watch.all] == ["backlog growing"]


def test_a_path_much_slower_than_the_others_of_its_lun_is_told() -> None:
    watch = Watch()
    devices = _views(1)[1]
    _look(watch, 5, devices=devices, medians={"sda": 8192, "sdb": 1024})
    assert [(warning.kind, warning.key.name) for warning in watch.all] == [("slow path", "sda")]


def test_a_device_that_says_busy_while_clones_wait_is_warned_of() -> None:
    model = Model()
    waiting = tuple(build.request(Random(1), number, "QUEUED") for number in (1, 2, 3))
    for tick in range(1, 8):
        busy: dict[str, Any] = {"busy": True, "busy_why": "fault busy", "queue": waiting, "nr_queued": 3}
        seen = build.with_device(build.views(tick), "sda", **busy)
        full: dict[str, Any] = {"busy": True, "busy_why": "queue depth 8", "queue": waiting, "nr_queued": 3}
        model.apply(build.frame(tick, build.with_device(seen, "sdb", **full)))
    (warning,) = [each for each in model.watch.all if each.kind == "device busy"]
    assert (warning.key, warning.since_us) == (Key("device", "sda"), 50_000), "sdb is only full"
    assert warning.text == "fault busy: nothing taken into service, 3 clones wait there"
    (alert,) = model.alerts
    assert alert.text == "sda BUSY (fault busy): nothing is taken into service, 3 clones wait there"
    assert alert.key == Key("device", "sda")


async def test_the_banner_of_a_busy_device_leads_to_it() -> None:
    async with opened("busy", (80, 24)) as (app, _, pilot):
        await pilot.press("1")
        assert "sda, sdb BUSY (fault busy)" in text(app, "banner") and "BUSY" in text(app, "pipeline")
        await pilot.click(app.dashboard.panel("banner"), offset=(5, 0))
        await pilot.pause()
        assert app.model.selection.stage == "devices" and app.model.selection.name("device") == "sda"


def test_a_busy_path_is_told_of_also_where_the_md_keeps_what_it_would_get() -> None:
    watch = Watch()
    view = build.views(1)["mpatha"]
    for at in (0, BUSY_US):
        device = replace(build.views(1)["sda"], busy=True, busy_why="fault busy", queue=(), nr_queued=0)  # type: ignore[arg-type]
        _look(watch, at, mds=[view], devices=[device])
    assert [(warning.kind, warning.text) for warning in watch.all] == [
        ("device busy", "fault busy: nothing taken into service")
    ]


async def test_rows_that_stand_for_several_buckets_say_so_and_paths_without_room_are_counted() -> None:
    async with opened("crowd", (60, 20)) as (app, _, _pilot):
        app.model.touch()
        app.draw_frame()
        lines = HeatmapPanel().draw(app.model, 58, 9)
        shown = "\n".join("".join(part for part, _ in line.cells) for line in lines)
        assert "a row ×" in shown and "+4 paths" in shown
