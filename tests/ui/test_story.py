"""Panel 9: what holds the application up now beats what was counted, and failed bios get their cause."""

from __future__ import annotations

import errno
from dataclasses import replace
from typing import Any

import pytest

from dmtui.model.state import Model
from dmtui.panels.warnings import standing
from emulator.snapshot import MdCounters, MdView, View
from tests.ui import build, scenes
from tests.ui.pilot import opened, text


def healthy(counters: MdCounters | None = None) -> Model:
    """A run that has met errors which it hid."""
    model = Model()
    for frame in scenes.SCENES["failed-path"]():
        model.apply(frame)
    return model


def held(seen: dict[str, View], **changes: Any) -> dict[str, View]:
    """The same with no path left."""
    md = seen["mpatha"]
    assert isinstance(md, MdView) and md.target is not None
    group = md.target.groups[0]
    paths = tuple(replace(path, active=False, in_flight=0) for path in group.paths)
    target = replace(md.target, groups=(replace(group, paths=paths),), nr_valid_paths=0, **changes)
    counters = replace(md.counters, clone_errors=4, errors_hidden=4, requeued=40)
    return build.with_md(seen, target=target, counters=counters, in_flight=(), nr_in_flight=0)


def test_a_stalled_softirq_beats_the_errors_that_were_hidden_before() -> None:
    model = healthy()
    assert model.sight.headline == "why the application noticed nothing"
    seen = scenes._failed_path(build.views(60), 60) | {"softirq": build.softirq(60, stalled=True, backlog=8)}
    model.apply(build.frame(60, seen))
    assert model.sight.headline == "what holds the application up"
    assert "softirq handles nothing: 8 finished clones" in model.sight.sentence()
    assert "softirq" in model.sight.brief()


@pytest.mark.parametrize("queued", [0, 3])
def test_no_valid_path_beats_them_whether_the_target_holds_clones_or_the_md_queue_requests(queued: int) -> None:
    model = healthy()
    model.apply(build.frame(60, held(build.views(60), queue_if_no_path=True, queued=queued)))
    assert model.sight.headline == "what holds the application up"
    told = model.sight.sentence()
    assert "No valid path" in told and "queue_if_no_path" in told
    assert ("3 clones inside the target" in told) is bool(queued)
    assert ("back to the md queue" in told) is not queued
    assert "No valid path" in model.sight.brief()


def test_an_application_that_waits_for_seconds_is_held_up_by_the_path_that_has_it_all() -> None:
    model = healthy()
    seen = build.views(60)
    md = seen["mpatha"]
    assert isinstance(md, MdView) and md.target is not None
    group = md.target.groups[0]
    full = replace(group.paths[0], in_flight=32, busy=True)
    target = replace(md.target, groups=(replace(group, paths=(full, replace(group.paths[1], in_flight=0))),))
    for oldest, headline in ((900_000, "what the application sees"), (4_270_000, "what holds the application up")):
        late = build.with_md(seen, target=target) | {"db": build.submitter(60, oldest=oldest, outstanding=56)}
        model.apply(build.frame(60, late))
        assert model.sight.headline == headline
    told = model.sight.sentence()
    assert "32 requests are outstanding on sda" in told and "4.27s" in told and "latency, no error" not in told


def test_hanging_requests_hold_the_application_up() -> None:
    model = healthy()
    hung = replace(build.views(60)["sdb"].service[0], state="HUNG")  # type: ignore[union-attr]
    model.apply(build.frame(60, build.with_device(build.views(60), "sdb", service=(hung,), nr_service=1)))
    assert model.sight.headline == "what holds the application up" and "hang on sdb" in model.sight.brief()
    assert "({fault.list} lists what holds them)" in model.sight.sentence()


def _kept_by(*types: str) -> str:
    """What is said of a request that hangs on sdb with faults of these types."""
    model = healthy()
    hung = replace(build.views(60)["sdb"].service[0], state="HUNG", age=12_300_000)  # type: ignore[union-attr]
    faults = tuple(build.fault("sdb", type) for type in types)
    model.apply(build.frame(60, build.with_device(build.views(60), "sdb", service=(hung,), faults=faults)))
    assert model.sight.held_up and model.sight.brief()
    return model.sight.sentence()


def test_a_lost_command_is_not_said_to_hang_for_ever() -> None:
    told = _kept_by("lost")
    assert "lost, the oldest for 12.3s" in told and "sets it offline" in told and "{fault.hang}" not in told
    assert "({fault.hang} again releases them)" in _kept_by("hang")
    assert "({fault.hang} again releases them)" in _kept_by("hang", "lost")


@pytest.mark.parametrize(("sorted", "words"), [(0, "no bio merges into it"), (3, "merge into those that the elevator")])
def test_while_all_paths_are_busy_bios_merge_only_into_what_the_elevator_has(sorted: int, words: str) -> None:
    model = healthy()
    seen = build.views(60)
    md = seen["mpatha"]
    assert isinstance(md, MdView) and md.target is not None
    (group,) = md.target.groups
    groups = (replace(group, paths=tuple(replace(path, busy=True) for path in group.paths)),)
    queue = replace(md.queue, nr_sorted=sorted, nr_dispatch=1)
    seen = build.with_md(seen, queue=queue, target=replace(md.target, groups=groups))
    model.apply(build.frame(60, seen))
    assert words in model.sight.sentence() and ("merge" in model.sight.brief()) is bool(sorted)


def _noticed(error: int, era: str, valid: int = 1, *events: Any, **counted: int) -> Model:
    model = Model()
    seen = build.views(1)
    md = seen["mpatha"]
    assert isinstance(md, MdView) and md.target is not None
    counters = replace(md.counters, **counted)
    if not valid:
        seen = held(seen)
    seen = build.with_md(seen, era=era, counters=counters) | {"db": build.submitter(1, failed=24)}
    ended = build.event(1, "mpatha", "io_error", request=7, sector=8, bios=24, errno=error)
    model.apply(build.frame(1, seen, events=(*events, ended)))
    assert model.sight.headline == "what the application noticed"
    return model


@pytest.mark.parametrize(
    ("error", "words"), [(errno.ENODATA, "medium error (ENODATA)"), (errno.EBADE, "reservation conflict (EBADE)")]
)
def test_errors_that_no_path_is_to_blame_for_are_named(error: int, words: str) -> None:
    sight = _noticed(error, "modern", clone_errors=6).sight
    told = sight.sentence()
    assert words in told and "blk_path_error" in told and "no path" in told and "Disable" not in told
    assert words in sight.brief()


def test_requests_that_map_rq_refused_are_not_laid_at_the_door_of_rq_end_io() -> None:
    sight = _noticed(errno.EIO, "2.6.31", 0, clone_errors=2360, errors_hidden=2, killed=2357).sight
    told = sight.sentence()
    assert "2,357 requests" in told and "map_rq" in told and "dm_kill_unmapped_request" in told
    assert "rq_end_io was not asked" in told and "1 failed clone" in told
    assert "No valid path" in sight.brief() and "multipathd" not in told


def test_multipathd_that_disabled_queueing_is_named_also_after_the_recovery() -> None:
    gone = build.event(0, "multipathd", "recovery_mode", md="mpatha", mode="queueing_disabled")
    model = _noticed(errno.EIO, "modern", 1, gone, clone_errors=28, errors_hidden=4, killed=24)
    assert "Disable queueing" in model.sight.sentence() and "no_path_retry" in model.sight.sentence()
    assert "no_path_retry" in model.sight.brief()


def test_the_last_paths_error_is_the_targets_verdict() -> None:
    told = _noticed(errno.EIO, "2.6.31", 0, clone_errors=3, errors_hidden=2).sight.sentence()
    assert "rq_end_io" in told and "no valid path was left" in told and "map_rq" not in told


def test_counts_of_one_are_no_plural() -> None:
    model = _noticed(errno.EIO, "2.6.31", 0, clone_errors=2, errors_hidden=1, killed=1)
    assert "1 request " in model.sight.sentence() and "1 requests" not in model.sight.sentence()


def test_the_banner_of_a_lost_md_counts_what_waits_in_it() -> None:
    model = healthy()
    counters = MdCounters(bios=30, bios_completed=20, bios_failed=2)
    for queued, words in ((0, "8 bios in the md wait"), (3, "8 bios in the md wait, 3 clones held in the target")):
        seen = build.with_md(held(build.views(60), queue_if_no_path=True, queued=queued), counters=counters)
        model.apply(build.frame(60, seen))
        assert model.alerts[0].text == f"mpatha: NO VALID PATH, queue_if_no_path on: {words}"


def test_warnings_do_not_call_a_failed_path_and_a_fault_nothing() -> None:
    assert not standing(_calm())
    words = " ".join(standing(healthy()))
    assert "failed: sda" in words and "error on sda" in words


def _calm() -> Model:
    model = Model()
    model.apply(build.frame(1))
    return model


@pytest.mark.parametrize("ended", [False, True])
async def test_a_latency_picture_without_anything_says_since_when(ended: bool) -> None:
    frames = []
    for tick in range(1, 4):
        seen = build.views(tick)
        for name in ("sda", "sdb"):
            seen = build.with_device(seen, name, latency=(0, 7), completed=7 * ended)
        frames.append(build.frame(tick, seen))
    async with opened(frames) as (app, _, pilot):
        app.show_layout("latency")
        await pilot.pause()
        app.draw_frame()
        assert ("no clone has ended since 0.050s" in text(app, "heatmap")) is ended
        assert ("no clone has ended yet" in text(app, "heatmap")) is not ended
