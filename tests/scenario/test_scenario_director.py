"""The director against a scripted runtime: times, anchors, answers, phases, verdicts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from scenario_fake import BASE, FakeRuntime, Script, device, fault, md, path, request, submitter

from emulator.commands import ClearFault, InjectFault, Kill, Message, Outcome, Resume, StopLoad, Suspend
from emulator.events import Event
from emulator.scenario.accounting import lost_bios
from emulator.scenario.director import LOOK_US, Director, Phase
from emulator.scenario.loader import Scenario, load_text
from emulator.scenario.report import Report
from emulator.snapshot import MdCounters, View


def scenario(text: str = "") -> Scenario:
    return load_text(BASE + text, "f")


def healthy(now: int) -> Mapping[str, View]:
    return {
        "app": submitter(now), "mpatha": md(now, paths=(path("sda"), path("sdb"))),
        "sda": device(now), "sdb": device(now, name="sdb"),
    }


def play(director: Director, most: int = 2000) -> list[Event]:
    events: list[Event] = []
    for _ in range(most):
        if director.finished:
            return events
        events += director.step(0.1)
    raise AssertionError(f"still {director.phase}")


def run(text: str, script: Script | None = None, **how: object) -> tuple[Report, FakeRuntime, list[Event]]:
    story = scenario(text)
    look = how.pop("look", healthy)
    runtime = FakeRuntime(story.plan, look, script, **how)  # type: ignore[arg-type]
    director = Director(story, runtime, kind="fake")
    events = play(director)
    return director.report(), runtime, events


def acted(runtime: FakeRuntime) -> list[tuple[int, object]]:
    return [(at, command) for at, command in runtime.submitted if not isinstance(command, StopLoad)]


def test_actions_come_at_their_times_in_order_and_are_told() -> None:
    report, runtime, events = run(
        "timeline:\n"
        "  - {at: 700ms, clear: {target: sda}}\n"
        "  - {at: 250ms, inject: {name: cut, type: error, target: sda, errno: TRANSPORT}}\n"
        "  - {at: 250ms, kill: sdb}\n"
    )
    first, second, third = acted(runtime)
    assert [at for at, _ in (first, second, third)] == [250_000, 250_000, 700_000]
    assert isinstance(first[1], InjectFault) and first[1].fault.params == (("errno", 67),)
    assert second[1] == Kill("sdb") and third[1] == ClearFault("sda", "")
    told = [event.details["text"] for event in events if event.kind == "action"]
    assert told == ["inject error on sda (cut)", "kill sdb", "clear sda"]
    assert [(act.at_us, act.errno) for act in report.actions] == [(700_000, 0), (250_000, 0), (250_000, 0)]


def test_an_anchor_waits_for_the_nth_event_that_fits_all_its_filters() -> None:
    script: Script = [
        (100_000, "mpatha", "path_failed", {"md": "mpatha", "path": "sdb"}),
        (200_000, "mpatha", "path_failed", {"md": "mpatha", "path": "8:0"}),
        (300_000, "sda", "path_failed", {"md": "mpatha", "path": "sda"}),
        (400_000, "mpatha", "path_failed", {"md": "mpatha", "path": "sda"}),
        (500_000, "mpatha", "path_failed", {"md": "mpatha", "path": "sda"}),
    ]
    _, runtime, _ = run(
        "timeline:\n"
        "  - after: {event: path_failed, path: sda, md: mpatha, machine: mpatha, nth: 2, plus: 20ms}\n"
        "    reinstate_path: {md: mpatha, path: sda}\n", script,
    )
    assert acted(runtime) == [(420_000, Message("mpatha", "reinstate_path 8:0"))]


def test_deeds_are_to_come_while_one_waits_for_its_time_or_its_event() -> None:
    story = scenario(
        "timeline:\n"
        "  - {at: 100ms, fail_path: {md: mpatha, path: sda}}\n"
        "  - {after: {event: path_failed}, reinstate_path: {md: mpatha, path: sda}}\n"
    )
    script: Script = [(300_000, "mpatha", "path_failed", {"md": "mpatha", "path": "sda"})]
    runtime = FakeRuntime(story.plan, healthy, script)
    director = Director(story, runtime, kind="fake")
    while director.deeds_to_come:
        director.step(0.1)
    assert [at for at, _ in acted(runtime)] == [100_000, 300_000]
    assert not Director(scenario(), FakeRuntime(scenario().plan, healthy), kind="fake").deeds_to_come


def test_it_rests_until_its_next_deed_unless_it_waits_for_an_event_or_an_answer() -> None:
    story = scenario("timeline: [{at: 600ms, fail_path: {md: mpatha, path: sda}}]\n")
    answers: dict[str, Outcome | None] = {"message": None}
    runtime = FakeRuntime(story.plan, healthy, answers=answers)
    director = Director(story, runtime, kind="fake")
    director.asks = False
    assert director.rest_s(0.05) == 0.05 and director.rest_s(10.0) == pytest.approx(0.6)
    runtime.speed = 2.0
    assert director.rest_s(10.0) == pytest.approx(0.3)
    while not runtime.submitted:
        director.step(0.1)
    assert director.rest_s(10.0) == 0.0  # the answer is to come

    story = scenario("timeline: [{after: {event: path_failed}, reinstate_path: {md: mpatha, path: sda}}]\n")
    script: Script = [(300_000, "mpatha", "path_failed", {"md": "mpatha", "path": "sda"})]
    runtime = FakeRuntime(story.plan, healthy, script)
    director = Director(story, runtime, kind="fake")
    director.asks = False
    while not runtime.submitted:
        assert director.rest_s(10.0) == 0.0
        director.step(0.1)
    director.step(0.01)
    assert director.rest_s(0.05) == 0.05
    play(director)
    assert director.rest_s(10.0) == 10.0


def test_a_chain_of_anchors_may_reach_into_the_drain() -> None:
    script: Script = [(990_000, "mpatha", "suspended", {"md": "mpatha"})]
    busy = [True]

    def look(now: int) -> Mapping[str, View]:
        busy[0] = now < 1_200_000
        return {**healthy(now), "app": submitter(now, outstanding=int(busy[0]), completed=99 + (not busy[0]))}

    report, runtime, _ = run(
        "timeline:\n  - {at: 980ms, suspend: {md: mpatha, noflush: true, lockfs: false}}\n"
        "  - {after: {event: suspended, plus: 100ms}, resume: {md: mpatha}}\n", script, look=look,
    )
    assert acted(runtime) == [(980_000, Suspend("mpatha", True, False)), (1_090_000, Resume("mpatha"))]
    assert report.verdict == "held" and report.drained_s >= 0.2 and report.duration_s == 1.0


def test_an_event_that_never_came_is_a_violation() -> None:
    report, runtime, _ = run("timeline:\n  - {after: {event: deadlock}, break_deadlock: mpatha}\n")
    assert acted(runtime) == []
    assert report.verdict == "violated"
    assert report.expectations[-1].why == "its event never happened"


@pytest.mark.parametrize("answer, outcome, held", [
    ("ok", Outcome(0, "suspended"), True), ("ok", Outcome(16, "marker in use"), False),
    ("EBUSY", Outcome(16, "marker in use"), True), ("EBUSY", Outcome(0, "suspended"), False),
    ("EINTR", Outcome(16, "marker in use"), False), ("any", Outcome(16, "marker in use"), True),
    ("ok", None, False), ("none", None, True), ("none", Outcome(0, "suspended"), False), ("any", None, True),
])
def test_an_action_must_answer_as_the_scenario_says(answer: str, outcome: Outcome | None, held: bool) -> None:
    report, _, events = run(
        f"timeline:\n  - {{at: 1ms, suspend: {{md: mpatha}}, answer: {answer}}}\n", answers={"suspend": outcome}
    )
    assert (report.verdict == "held") is held
    refused = [event for event in events if event.kind == "action" and event.details["errno"]]
    assert bool(refused) is (outcome is not None and not outcome.ok)


def test_always_is_judged_on_the_way_and_finally_at_the_end() -> None:
    def look(now: int) -> Mapping[str, View]:
        state = "SUSPENDED" if 300_000 < now < 500_000 else "RUNNING"
        return {**healthy(now), "mpatha": md(now, state=state, paths=(path("sda", active=now > 600_000),))}

    report, _, _ = run(
        "expect:\n  - md.mpatha.state == RUNNING\n  - always: md.mpatha.state == RUNNING\n"
        "  - always: bios.failed == 0\n  - {finally: paths.sda == active}\n", look=look,
    )
    assert [row.held for row in report.expectations] == [True, False, True, True]
    assert "md.mpatha.state is SUSPENDED at 0." in report.expectations[1].why
    assert report.expectations[1].text == "always: md.mpatha.state == RUNNING"
    assert report.verdict == "violated"


def test_what_was_never_seen_is_unknown() -> None:
    report, _, _ = run("expect: [softirq.backlog == 0]\n")
    assert (report.verdict, report.expectations[0].held) == ("unknown", None)


def test_a_runtime_that_fails_ends_the_run_and_nothing_can_be_told() -> None:
    story = scenario("expect: [bios.failed == 0, {always: bios.failed == 3}]\n")
    runtime = FakeRuntime(story.plan, healthy)
    runtime.dies_at = (400_000, "mpatha (md) was ended by signal 9")
    director = Director(story, runtime)
    play(director)
    report = director.report()
    assert [row.held for row in report.expectations] == [None, False]
    assert report.verdict == "violated" and "signal 9" in report.failed and report.bios["lost"] is None
    assert report.duration_s < 1


def test_an_aborted_run_is_unknown() -> None:
    story = scenario("expect: [bios.failed == 0]\n")
    director = Director(story, FakeRuntime(story.plan, healthy))
    director.step(0.1)
    director.abort("interrupted by SIGINT")
    assert director.finished
    assert director.report().verdict == "unknown" and director.report().failed == "interrupted by SIGINT"


def test_submitters_are_stopped_at_the_end_and_drain_has_a_limit() -> None:
    def look(now: int) -> Mapping[str, View]:
        held = {"nr_queued": 1, "nr_service": 0}
        flight = (request(7, "ISSUED", "sda", bios=3),)
        return {
            **healthy(now), "sda": device(now, **held), "app": submitter(now, outstanding=3),
            "mpatha": md(now, in_flight=flight, nr_in_flight=1, counters=MdCounters(bios=103, bios_completed=100)),
        }

    report, runtime, _ = run(
        "drain: 500ms\nexpect: [bios.lost == 0, bios.outstanding == 3, every bio completes within 2s]\n", look=look
    )
    assert (1_000_000, StopLoad("app")) in runtime.submitted
    assert [row.held for row in report.expectations] == [True, True, None]
    assert report.drained_s == 0.5 and report.bios["outstanding"] == 3 and report.bios["lost"] == 0


def test_a_bio_that_nothing_holds_is_lost() -> None:
    def look(now: int) -> Mapping[str, View]:
        flight = (request(7, "ISSUED", "sda", bios=3),)
        return {
            **healthy(now), "app": submitter(now, outstanding=3),
            "mpatha": md(now, in_flight=flight, nr_in_flight=1, counters=MdCounters(bios=103, bios_completed=100)),
        }

    report, _, _ = run("expect: [bios.lost == 0]\n", look=look)
    assert report.bios["lost"] == 3 and report.verdict == "violated"


def test_a_loss_that_the_second_look_does_not_see_is_none() -> None:
    looks: list[int] = []

    def look(now: int) -> Mapping[str, View]:
        looks.append(now)
        moving = now < 3_100_000
        return {
            **healthy(now),
            "app": submitter(now, outstanding=1),
            "mpatha": md(now, counters=MdCounters(bios=100 + (not moving), bios_completed=100)),
        }

    report, runtime, _ = run("expect: [bios.lost == 0]\n", look=look)
    assert report.verdict == "held" and runtime.asked[-1] > 1000


def test_faults_are_counted_while_in_force_and_after() -> None:
    def look(now: int) -> Mapping[str, View]:
        faults = (fault("cut", 4, 2),) if now < 500_000 else ()
        return {**healthy(now), "sda": device(now, faults=faults)}

    script: Script = [(500_000, "sda", "fault_cleared", {"target": "sda", "fault": "cut", "armed": 9, "fired": 6})]
    report, _, _ = run(
        "faults:\n  - {name: cut, type: error, target: sda}\n  - {name: idle, type: error, target: sdb}\n"
        "expect: [faults.cut.armed == 9, faults.cut.fired == 6, faults.idle.fired == 0]\n", script, look=look,
    )
    assert report.verdict == "held"


def test_events_are_counted_by_kind_and_by_name() -> None:
    script: Script = [
        (10_000, "mpatha", "path_failed", {"path": "8:0"}), (20_000, "mpatha", "path_failed", {"path": "sdb"}),
    ]
    report, _, _ = run(
        "expect: [events.path_failed == 2, event path_failed sda happened, event path_failed mpatha happened,"
        " event requeued never happened]\n", script,
    )
    assert report.verdict == "held" and report.events["path_failed"] == 2


def test_speed_is_an_action() -> None:
    report, runtime, _ = run("timeline:\n  - {at: 10ms, speed: 0.5}\n")
    assert runtime.speed == 0.5 and report.actions[0].errno == 0


def test_an_endless_run_goes_on_and_reports_until_now() -> None:
    story = scenario("expect: [bios.failed == 0]\n")
    runtime = FakeRuntime(story.plan, healthy)
    director = Director(story, runtime, endless=True)
    for _ in range(60):
        director.step(0.1)
    assert director.phase is Phase.PLAYING and runtime.now_us() > 2_000_000
    assert director.report().verdict == "held"
    assert not any(isinstance(command, StopLoad) for _, command in runtime.submitted)


def test_a_finished_run_lets_the_runtime_go_on() -> None:
    story = scenario()
    runtime = FakeRuntime(story.plan, healthy)
    director = Director(story, runtime)
    play(director)
    before = runtime.now_us()
    director.step(0.1)
    assert runtime.now_us() == before + 100_000


def test_looks_are_paced() -> None:
    _, runtime, _ = run("")
    assert len([most for most in runtime.asked if most < 1000]) <= 2 * 1_000_000 // LOOK_US + 4


def test_the_report_has_the_keys_that_programs_rely_on() -> None:
    value = run("expect: [bios.failed == 0]\n")[0].to_json()
    assert value | {
        "scenario": "story", "seed": 1, "runtime": "fake", "verdict": "held", "corruption": 0, "iops": 100.0,
        "duration_s": 1.0, "paths": {"sda": "active", "sdb": "active"},
    } == value
    assert value["bios"] == {"submitted": 100, "completed": 100, "failed": 0, "lost": 0, "outstanding": 0}
    assert set(value["requests"]) == {"created", "merged_bios", "dispatched", "requeued", "completed"}
    assert value["latency_us"] == {"p50": 200, "p95": 300, "p99": 400, "max": 500}
    assert value["devices"]["sda"] == {"completed": 50, "errors": 2, "busy_s": 0.0015}
    assert value["expectations"] == ({"text": "bios.failed == 0", "held": True, "why": "bios.failed is 0"},)


# -- accounting ----------------------------------------------------------------------------------------------

ALIVE = {"app", "mpatha", "sda", "sdb", "softirq"}


@pytest.mark.parametrize("views, lost", [
    ({"app": submitter(outstanding=2)}, None),
    ({"app": submitter(outstanding=2), "mpatha": md(counters=MdCounters(bios=102, bios_completed=100))}, 0),
    ({"app": submitter(outstanding=2), "mpatha": md(counters=MdCounters(bios=101, bios_completed=100))}, 1),
    ({"app": submitter(), "mpatha": md(in_flight=(request(1, "HELD"),))}, 0),
    ({"app": submitter(), "mpatha": md(in_flight=(request(1, "ISSUED", "sda", 2),)), "sda": device()}, 2),
    ({"mpatha": md(in_flight=(request(1, "ISSUED", "sda"),)), "sda": device(nr_service=1)}, 0),
    ({"mpatha": md(in_flight=(request(1, "ISSUED", "sda"), request(2, "ISSUED", "sda"))),
      "sda": device(nr_service=1)}, 1),
    ({"mpatha": md(in_flight=(request(1, "DONE_PENDING", "sda", 4),))}, 4),
])
def test_where_bios_are(views: dict[str, View], lost: int | None) -> None:
    assert lost_bios(views, ALIVE) == lost


def test_the_oldest_of_several_requests_are_the_lost_ones() -> None:
    flight = (request(1, "ISSUED", "sda", 5, age=10), request(2, "ISSUED", "sda", 7, age=99))
    assert lost_bios({"mpatha": md(in_flight=flight), "sda": device(nr_service=1)}, ALIVE) == 7


def test_what_a_dead_submitter_waited_for_is_nobodys_loss() -> None:
    assert lost_bios({"app": submitter(outstanding=9), "mpatha": md()}, ALIVE - {"app"}) == 0


def test_a_revived_device_goes_on_from_what_its_earlier_process_had_told() -> None:
    def look(now: int) -> Mapping[str, View]:
        sda = device(min(now, 300_000), completed=40, errors=3, busy_time=2_000_000)
        if now >= 600_000:
            sda = device(now, completed=5, errors=1, busy_time=500_000)
        return {**healthy(now), "sda": sda}

    # The second new process tells nothing before the third.
    new = {"machine": "sda", "pid": 0}
    script: Script = [(400_000, "sda", "process_started", new), (450_000, "sda", "process_started", new)]
    report, _, _ = run("expect: [devices.sda.completed == 45, devices.sda.errors == 4]\n", script, look=look)
    assert report.devices["sda"] == {"completed": 45, "errors": 4, "busy_s": 2.5}
    assert report.verdict == "held"


def test_requests_of_stacked_mds_are_counted_at_the_top_only() -> None:
    def look(now: int) -> Mapping[str, View]:
        counters = MdCounters(requests=10, dispatched=12, requeued=2, completed=10)
        lower = MdCounters(dispatched=12, requeued=1, completed=12)
        return {**healthy(now), "mpatha": md(now, name="mpatha", counters=counters),
                "lower": md(now, name="lower", counters=lower)}

    story = load_text(BASE.replace(
        "  - name: mpatha\n    table: 0 2097152 multipath 0 0 1 1 round-robin 0 2 0 sda sdb\n",
        "  - name: mpatha\n    table: 0 2097152 multipath 0 0 1 1 round-robin 0 1 0 lower\n"
        "  - name: lower\n    table: 0 2097152 multipath 0 0 1 1 round-robin 0 2 0 sda sdb\n",
    ), "f")
    director = Director(story, FakeRuntime(story.plan, look, []), kind="fake")
    play(director)
    requests = director.report().requests
    assert (requests["created"], requests["dispatched"], requests["requeued"], requests["completed"]) == (10, 12, 2, 10)
