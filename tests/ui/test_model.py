"""Frames in, what is drawn out."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from dmtui.model import deeds
from dmtui.model.frame import Done, Verdict
from dmtui.model.log import why_not
from dmtui.model.selection import STAGES, Key, Selection
from dmtui.model.state import Model
from dmtui.panels.queue import state_cells
from emulator.commands import Outcome, Revive
from emulator.runtime.api import ProcessInfo
from emulator.snapshot import MdView
from tests.ui import build, scenes


def fed(name: str) -> Model:
    """A model that has seen a whole scene."""
    model = Model()
    for frame in scenes.SCENES[name]():
        model.apply(frame)
    return model


def test_the_version_grows_with_each_frame_and_touch() -> None:
    model = Model()
    seen = [model.version]
    model.apply(build.frame(1))
    seen.append(model.version)
    model.touch()
    seen.append(model.version)
    assert seen == sorted(set(seen))


def test_iops_are_those_of_all_submitters() -> None:
    model = fed("normal")
    each = [meter.iops.value for meter in model.submitter_meters.values()]
    assert len(each) == 2 and model.iops == sum(each) > 8000


def test_things_stand_in_the_order_of_the_plan() -> None:
    model = Model()
    seen = build.views(1)
    model.apply(build.frame(1, dict(sorted(seen.items(), reverse=True))))
    assert [device.name for device in model.devices] == ["sda", "sdb"]
    assert [view.name for view in model.submitters] == ["db", "backup"]


def test_stacked_mds_stand_in_the_order_of_a_bio() -> None:
    model = fed("crowd")
    assert [md.name for md in model.mds] == ["mpathb", "mpatha"] and model.selection.name("md") == "mpathb"


def test_clone_errors_stay_counted_when_their_device_and_the_md_are_killed() -> None:
    seen = build.views(60)
    view = seen["mpatha"]
    assert isinstance(view, MdView)
    counters = replace(view.counters, clone_errors=10, errors_hidden=10, requeued=10)
    seen = build.with_md(build.with_device(seen, "sda", gone=True, errors=0), counters=counters)
    model = Model()
    disk, md = (ProcessInfo(name, "md", 7, "KILLED", -9, "", 0) for name in ("sda", "mpatha"))
    model.apply(build.frame(60, seen, processes={"sda": disk, "mpatha": md}))
    assert (model.sight.clone_errors, model.sight.hidden, model.sight.requeued) == (10, 10, 10)


def test_a_failed_path_is_seen_and_the_application_sees_nothing() -> None:
    sight = fed("failed-path").sight
    assert (sight.clone_errors, sight.hidden, sight.failed) == (17, 17, 0)
    assert sight.failed_paths == ("sda",) and sight.valid_paths == ("sdb",)
    assert sight.headline == "why the application noticed nothing"
    assert "the retries went to sdb" in sight.sentence() and "sda → sdb" in sight.brief()


def test_busy_paths_and_hanging_requests_are_explained() -> None:
    busy = fed("busy").sight
    assert busy.busy == ("mpatha",) and "99 requests stay on the md queue" in busy.sentence()
    assert "all paths busy" in busy.brief()
    model = fed("normal")
    hung = build.request(Random(1), 7, "HUNG")
    model.apply(build.frame(60, build.with_device(build.views(60), "sdb", service=(hung,))))
    assert "Requests hang on sdb" in model.sight.sentence() and "hang on sdb" in model.sight.brief()


def test_after_the_end_nothing_has_a_rate() -> None:
    model = fed("normal")
    assert model.iops and model.lock_meter("mpatha").held.value
    model.apply(build.frame(60, failed="softirq was killed by SIGKILL"))
    meters = (*model.md_meters.values(), *model.device_meters.values(), *model.submitter_meters.values())
    assert model.iops == 0 and not any(meter.iops.value for meter in meters)
    assert not any(worker.handled.value for worker in model.softirq_meters.values())
    assert model.lock_meter("mpatha").held.value == 0


@pytest.mark.parametrize(
    ("change", "full", "brief"),
    [
        ({"state": "SUSPENDED"}, "mpatha SUSPENDED: the md queue is stopped and keeps 16 requests", "for the resume"),
        ({"state": "SUSPENDING"}, "waits for 8 requests in flight and for all before the marker", "8 in flight"),
        ({"state": "SUSPENDING", "noflush": True}, "waits for 8 requests in flight. The", "8 in flight"),
    ],
)
def test_a_suspend_wins_over_errors_that_were_counted_before(change: dict[str, Any], full: str, brief: str) -> None:
    model = fed("failed-bios")
    assert model.sight.noticed
    model.apply(build.frame(60, build.with_md(build.views(60), **change)))
    assert full in model.sight.sentence() and brief in model.sight.brief()
    assert model.sight.headline == "what holds the application up"


def test_a_deadlock_that_stands_wins_until_it_is_broken() -> None:
    model = fed("deadlock")
    assert "the holder of sda waits for itself" in model.sight.sentence() and "Deadlock on sda" in model.sight.brief()
    model.apply(build.frame(61, events=(build.event(3_000_000, "sda", "deadlock_broken"),)))
    assert "eadlock" not in model.sight.sentence() + model.sight.brief()


@pytest.mark.parametrize("how", ["busy", "slow", "healthy"])
def test_one_path_that_holds_all_that_is_outstanding(how: str) -> None:
    model = fed("failed-path")
    seen = build.views(60)
    view = seen["mpatha"]
    assert isinstance(view, MdView) and view.target is not None
    group = view.target.groups[0]
    first, second = group.paths
    paths = (replace(first, in_flight=8, busy=how == "busy"), replace(second, in_flight=0))
    counters = replace(view.counters, clone_errors=17)
    seen = build.with_md(seen, target=replace(view.target, groups=(replace(group, paths=paths),)), counters=counters)
    seen = build.with_device(seen, "sda", errors=17, faults=(build.fault("sda", "latency"),) if how == "slow" else ())
    model.apply(build.frame(60, seen))
    told = model.sight.sentence()
    if how == "healthy":
        assert "outstanding" not in told and "end_clone_bio" in told
    else:
        assert f"8 requests are outstanding on sda, which is {how}, while sdb idles" in told
        assert told.startswith("round-robin sends to each path in turn")
        assert model.sight.brief() == "All 8 outstanding on sda; sdb idles."


@pytest.mark.parametrize(
    "scene", ["normal", "busy", "failed-path", "failed-bios", "suspending", "suspended", "deadlock"]
)
def test_after_the_end_what_is_said_of_the_application_is_past(scene: str) -> None:
    model = fed(scene)
    before = model.sight
    model.apply(replace(scenes.SCENES[scene]()[-1], failed="mpatha was killed by SIGKILL", events=(), done=()))
    sight = model.sight
    words = set(re.findall(r"[a-z']+", f"{sight.headline} {sight.sentence()} {sight.brief()}"))
    present = {"is", "sees", "wait", "waits", "says", "stops", "stay", "keeps", "holds", "hang", "moves", "make", "try"}
    assert not words & present, words & present
    assert "{" not in sight.sentence() + sight.brief(), "no key changes anything any more"
    assert scene.startswith("failed-") or sight.sentence() != before.sentence()


def test_failed_bios_change_the_headline() -> None:
    sight = fed("failed-bios").sight
    assert sight.noticed and sight.headline == "what the application noticed"
    assert "queue_if_no_path was off" in sight.sentence()


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        ("normal", []), ("failed-path", []), ("suspending", ["mpatha SUSPENDING (flush"]),
        ("suspended", ["mpatha SUSPENDED", "PAUSED"]), ("deadlock", ["DEADLOCK: irq:sda waits for sda"]),
        ("ended", ["EMULATION ENDED: md mpatha"]), ("failed-bios", ["mpatha: NO VALID PATH"]),
        ("crowd", ["softirq STALLED: 45", "DEVICE GONE: sdc"]),
    ],
)
def test_alerts(scene: str, words: list[str]) -> None:
    alerts = [alert.text for alert in fed(scene).alerts]
    assert len(alerts) == len(words)
    assert all(text.startswith(word) for text, word in zip(alerts, words, strict=True))


def test_a_deadlock_is_told_with_its_whole_cycle_until_it_is_broken() -> None:
    model = fed("deadlock")
    assert len(model.alerts[0].more) == 4 and model.deadlocked is not None
    broken = build.event(9_000_000, "mpatha", "deadlock_broken", lock="sda", context="irq:sda")
    model.apply(build.frame(50, events=(broken,)))
    assert model.deadlocked is None and not model.alerts


def test_corruption_invariants_and_late_bios_are_alerts() -> None:
    model = Model()
    seen = build.views(1) | {"db": build.submitter(1, corruption=2, overdue=3, oldest=2_000_000)}
    model.apply(build.frame(1, seen, events=(build.event(1, "mpatha", "invariant", id="I06", text="ended twice"),)))
    texts = " ".join(alert.text for alert in model.alerts)
    assert "CORRUPTION: 2" in texts and "INVARIANT I06 broken: ended twice" in texts and "BIOS LATE at db" in texts


def test_bios_that_were_late_once_are_no_alert_any_more() -> None:
    model = Model()
    story = build.story()
    spec = replace(story.plan.submitters[0], wait_limit=2_000_000)
    story = replace(story, plan=replace(story.plan, submitters=(spec,)))
    for oldest, late in ((2_500_000, True), (900, False)):
        seen = build.views(1) | {"db": build.submitter(1, overdue=4, oldest=oldest)}
        model.apply(build.frame(1, seen, story=story))
        assert any(alert.text.startswith("BIOS LATE") for alert in model.alerts) is late


def test_the_lock_share_stands_while_the_clock_stands() -> None:
    model = fed("normal")
    share = model.lock_meter("mpatha").held.value
    for tick in range(60, 70):
        model.apply(build.frame(59, real_s=tick * 0.05, paused=True))
    assert model.lock_meter("mpatha").held.value == share > 0


def test_another_scenario_starts_afresh_but_the_log_stays() -> None:
    model = fed("failed-path")
    lines = len(model.log)
    model.apply(build.frame(1, story=replace(build.story(2), name="busy")))
    assert model.sight.clone_errors == 0 and len(model.iops_history) == 1
    assert model.log.tail(1)[0].text == "scenario busy" and len(model.log) == lines + 1


def test_the_verdict_is_told_once() -> None:
    model = Model()
    for _ in range(3):
        model.apply(build.frame(1, verdict=Verdict(2, ("bios.failed == 0: was 1",), 1)))
    texts = [line.text for line in model.log if line.kind == "verdict"]
    assert len(texts) == 2 and texts[0].startswith("scenario's time is over: 2 of 4 expectations held, 1 could not")
    assert texts[1] == "did not hold: bios.failed == 0: was 1"


def test_a_run_that_ended_early_is_not_called_over() -> None:
    model = Model()
    model.apply(build.frame(1, failed="mpatha (md) is gone", verdict=Verdict(1, (), 10)))
    (line,) = (line for line in model.log if line.kind == "verdict")
    assert line.text == "the emulation ended early: 1 of 11 expectations held, 10 could not be judged"
    assert line.tone == "warn"


def test_outcomes_come_into_the_log() -> None:
    model = Model()
    model.apply(build.frame(1, done=(Done(1, "resume mpatha", Outcome(22, "not suspended", 5)),)))
    assert model.log.tail(1)[0].text == "resume mpatha: EINVAL: not suspended"
    said = Outcome(4, "suspend mpatha: interrupted (EINTR)", 5)
    assert why_not(Done(1, "suspend mpatha", said)) == "interrupted (EINTR)", "each of it once"


def test_selection_follows_identity() -> None:
    model = Model()
    model.apply(build.frame(1, build.views(1, devices=4), story=build.story(devices=4)))
    model.selection.pick(Key("device", "sdc"))
    seen = build.views(2, devices=4)
    del seen["sda"]
    model.apply(build.frame(2, seen, story=build.story(devices=4)))
    assert model.device is not None and model.device.name == "sdc"
    del seen["sdc"]
    model.apply(build.frame(3, seen, story=build.story(devices=4)))
    assert model.device is not None and model.device.name == "sdb"


def test_selection_moves_and_stops_at_the_ends() -> None:
    selection = Selection()
    selection.offer("device", ["sda", "sdb"])
    assert selection.key == Key("device", "sda")
    assert [selection.move(1) and selection.name("device") for _ in range(2)] == ["sdb", "sdb"]
    selection.move_stage(-99)
    assert selection.stage == STAGES[0]
    selection.cycle_stage(-1)
    assert selection.stage == STAGES[-1] and selection.key is None and not selection.move(1)
    selection.pick(Key("device", "nobody"))
    assert selection.name("device") == "sdb"


def test_a_device_whose_process_is_gone_is_gone_whatever_its_last_view_says() -> None:
    model = fed("normal")
    dead = ProcessInfo("sda", "device", 7, "KILLED", -9, "", 0)
    model.apply(build.frame(60, processes={"sda": dead}))
    device = model.device
    assert device is not None and device.gone and device.nr_service == 0 and not device.service
    assert [alert.text for alert in model.alerts] == ["DEVICE GONE: sda"]
    assert model.device_meters["sda"].iops.value == 0
    alive = ProcessInfo("sda", "device", 8, "RUNNING", None, "", 0)
    model.apply(build.frame(61, processes={"sda": alive}))
    assert not model.alerts


def test_paths_are_found_through_the_mds() -> None:
    model = fed("crowd")
    assert [(md.name, path.name) for md, _, _, path in model.paths_to("sdb")] == [("mpatha", "sdb")]
    assert [(md.name, path.name) for md, _, _, path in model.paths_to("mpatha")] == [("mpathb", "mpatha")]
    assert {fault.name for fault in model.faults()} == {"latency", "hang"}


def test_a_lun_that_is_gone_is_named_as_the_cause_and_can_be_revived() -> None:
    model = fed("normal")
    with pytest.raises(deeds.CannotDo, match="no LUN is gone"):
        deeds.revive(model)
    dead = ProcessInfo("lun0", "lun", 7, "KILLED", -9, "", 0)
    view = build.views(60)["mpatha"]
    assert isinstance(view, MdView) and view.target is not None
    groups = tuple(
        replace(group, paths=tuple(replace(path, active=False) for path in group.paths)) for group in view.target.groups
    )
    target = replace(view.target, groups=groups, nr_valid_paths=0)
    model.apply(build.frame(60, build.with_md(build.views(60), target=target), processes={"lun0": dead}))
    told = [(alert.text.partition(":")[0], alert.hint) for alert in model.alerts]
    assert told == [("LUN GONE", "{process.revive} revive"), ("mpatha", "")]
    assert model.sight.sentence().startswith("lun0 is gone:") and model.sight.brief().startswith("lun0 is gone:")
    assert deeds.revive(model).orders == (Revive("lun0"),)
    alive = ProcessInfo("lun0", "lun", 8, "RUNNING", None, "", 0)
    model.apply(build.frame(61, processes={"lun0": alive}))
    assert not model.alerts


def test_after_the_end_no_md_is_said_to_run_and_a_dead_helper_waits_for_nothing() -> None:
    model = fed("normal")
    assert model.md is not None and state_cells(model, model.md) == ("● RUNNING", "ok")
    seen = build.views(60) | {"console": build.submitter(60, "console", outstanding=3, overdue=2, oldest=9_000_000)}
    dead = ProcessInfo("console", "submitter", 7, "KILLED", -9, "", 0)
    model.apply(build.frame(60, seen, processes={"console": dead}))
    assert not model.alerts and {view.name: view.outstanding for view in model.submitters}["console"] == 0
    model.apply(build.frame(61, failed="softirq: nobody completes requests any more"))
    assert model.md is not None and state_cells(model, model.md) == ("× was RUNNING", "dim")
