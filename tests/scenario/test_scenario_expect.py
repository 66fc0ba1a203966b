"""The expectation language: what parses, what it says of a world, and where it is wrong."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenario_fake import device, md, path, softirq, submitter

from emulator.scenario.expect import ExpectError, limits_us, parse_expectation
from emulator.scenario.names import VOCABULARY, World, latency_of
from emulator.snapshot import MdCounters

NAMES = {
    "md": ["mpatha"], "device": ["sda", "sdb"], "path": ["mpatha", "sda", "sdb"], "lun": ["lun0"],
    "submitter": ["app"], "fault": ["dead"], "softirq": ["softirq"],
}


def world() -> World:
    views = {
        "app": submitter(submitted=120, completed=110, failed=10, outstanding=10, oldest=900),
        "mpatha": md(paths=(path("sda", active=False), path("sdb"))),
        "sda": device(), "sdb": device(name="sdb", gone=True), "softirq": softirq(),
    }
    made = World(views=views, submitters=frozenset({"app"}), duration_us=2_000_000)
    made.latency = latency_of([submitter()])
    made.events["path_failed", ""] = 1
    made.events["path_failed", "sda"] = 1
    made.faults["dead"] = (5, 3)
    return made


@pytest.mark.parametrize("text, held", [
    ("bios.failed == 10", True), ("bios.failed == 0", False), ("0 < bios.failed", True), ("bios.lost == 0", None),
    ("bios.submitted == bios.completed", False), ("bios.submitted > bios.completed", True),
    ("paths.sda == failed", True), ("paths.mpatha.sdb == active", True), ("paths.sda != failed", False),
    ("paths.mpatha == active", None), ("latency.p99 < 5ms", True), ("latency.p99 <= 400us", True),
    ("latency.max > 1ms", False), ("md.mpatha.state == RUNNING", True), ("md.mpatha.nr_valid_paths == 1", True),
    ("devices.sda.completed >= 50", True), ("devices.sdb.state == gone", True), ("devices.sda.busy_time < 2ms", True),
    ("requests.merged_bios == 10", True), ("softirq.backlog_max == 4", True), ("faults.dead.fired == 3", True),
    ("luns.lun0.writes == 0", None), ("iops == 55", True), ("duration == 2s", True), ("events.path_failed == 1", True),
    ("event path_failed happened", True), ("event path_failed sda happened", True),
    ("event path_failed sdb happened", False), ("event deadlock never happened", True),
    ("event path_failed never happened", False), ("every bio completes within 100us", False),
    ("every bio completes within 2s", None), ("not bios.failed == 0", True), ("not not bios.failed == 10", True),
    ("bios.failed == 0 or corruption == 0", True), ("bios.failed == 0 and corruption == 0", False),
    ("bios.lost == 0 and bios.failed == 0", False), ("bios.lost == 0 and bios.failed == 10", None),
    ("bios.lost == 0 or bios.failed == 10", True), ("(bios.failed == 0 or iops > 1) and not iops == 3", True),
    ("bios.failed==10", True), ("  bios.failed  ==  10  ", True),
])
def test_what_holds(text: str, held: bool | None) -> None:
    assert parse_expectation(text, NAMES).judge(world()).held is held


@pytest.mark.parametrize("upper, created", [("bio", 7), ("request", 3)])
def test_a_request_is_counted_where_it_is_made(upper: str, created: int) -> None:
    """By the uppermost md that makes any: a bio-based one passes bios on."""
    mds = {
        "mpatha": md(counters=MdCounters(requests=7)),
        "volume": md(name="volume", type=upper, counters=MdCounters(requests=3 * (upper == "request"))),
    }
    for seen in (World(views=mds, lower={"volume": frozenset({"mpatha"})}),
                 World(views=mds | {"volume": dataclasses.replace(mds["volume"], opens=("mpatha",))})):
        assert parse_expectation(f"requests.created == {created}", NAMES).judge(seen).held


def test_why_says_what_was_seen() -> None:
    def why(text: str) -> str:
        return parse_expectation(text, NAMES).judge(world()).why

    assert why("bios.failed == 0") == "bios.failed is 10"
    assert why("latency.p99 < 5us") == "latency.p99 is 400us"
    assert why("bios.lost == 0") == "bios.lost cannot be told"
    assert why("event path_failed sda happened") == "path_failed sda happened 1 times"
    assert why("every bio completes within 1us") == "one took 900us or longer"
    assert why("every bio completes within 1s") == "10 bios have not completed yet"


@pytest.mark.parametrize("text, offset, said", [
    ("", 0, "found nothing, expected an expectation such as bios.failed == 0"),
    ("bios.faild == 0", 0, "found 'bios.faild', expected a name (did you mean 'bios.failed'?)"),
    ("bios.failed == 0 and", 20, "found the end of the expectation, expected a name or a value"),
    ("bios.failed = 0", 12, "found '=', expected a value or one of == != < <= > >="),
    ("bios.failed 0", 12, "found '0', expected one of == != < <= > >="),
    ("bios.failed == 0 0", 17, "found '0', expected 'and', 'or' or the end of the expectation"),
    ("(bios.failed == 0", 17, "found the end of the expectation, expected ')'"),
    ("latency.p99 < 5", 14, "found '5', expected a time such as 5ms"),
    ("latency.p99 < 5mz", 14, "found '5mz', expected a number, or a time with ns, us, ms, s or min"),
    ("bios.failed == 5ms", 15, "found '5ms', expected a number"),
    ("paths.sda == faild", 13, "found 'faild', expected one of active, failed, mixed (did you mean 'failed'?)"),
    ("paths.sda == RUNNING", 13, "found 'RUNNING', expected one of active, failed, mixed"),
    ("paths.sda > failed", 10, "found '>', expected == or != with a state"),
    ("paths.sdc == failed", 0, "found 'paths.sdc', expected a name (did you mean 'paths.sdb'?)"),
    ("md.sda.state == RUNNING", 0, "found 'md.sda.state', expected a name (did you mean 'md.mpatha.state'?)"),
    ("3 == 3", 0, "found '3', expected a name on one side"),
    ("every bio completes in 2s", 20, "found 'in', expected 'within' (every bio completes within 2s)"),
    ("every bio completes within 2", 27, "found '2', expected a time such as 2s"),
    ("event path_faild happened", 6, "found 'path_faild', expected a kind of event (did you mean 'path_failed'?)"),
    ("event path_failed", 17, "found the end of the expectation, expected 'happened' or 'never happened'"),
    ("event path_failed sdx happened", 18,
     "found 'sdx', expected a name of the scenario, 'happened' or 'never happened' (did you mean 'sdb'?)"),
    ("(" * 30, 20, "found '(', expected at most 20 parentheses inside each other"),
    ("__import__('os').system('true') == 0", 0, "found '__import__', expected a name"),
])
def test_what_is_wrong_and_where(text: str, offset: int, said: str) -> None:
    with pytest.raises(ExpectError) as caught:
        parse_expectation(text, NAMES)
    assert caught.value.offset == offset
    assert str(caught.value).startswith(said)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(
    ["bios.failed", "paths.sda", "==", "<", "0", "5ms", "failed", "and", "or", "not", "(", ")", "event", "happened",
     "path_failed", "every", "bio", "completes", "within", "x", "="]
), max_size=12).map(" ".join))
def test_any_words_parse_or_are_refused_at_a_place_in_the_text(text: str) -> None:
    try:
        expression = parse_expectation(text, NAMES)
    except ExpectError as error:
        assert 0 <= error.offset <= len(text)
    else:
        assert expression.judge(world()).held in (True, False, None)


def test_every_name_of_the_vocabulary_can_be_written_and_read() -> None:
    for pattern, info in VOCABULARY.items():
        name = pattern
        for hole, names in NAMES.items():
            name = name.replace(f"<{hole}>", names[0])
        value = info.words[0] if info.words else "5ms" if info.kind == "time" else "0"
        assert parse_expectation(f"{name} == {value}", NAMES).judge(world()).why
        assert info.about


def test_limits_are_found_wherever_they_stand() -> None:
    text = "bios.failed == 0 and not (every bio completes within 2s or every bio completes within 30ms)"
    assert limits_us(parse_expectation(text, NAMES)) == [2_000_000, 30_000]


def test_latency_of_several_submitters_is_told_from_their_times_together() -> None:
    fast = submitter(times=((287, 60), (295, 38)), latency_max=290)
    slow = submitter(name="log", times=((3007, 2),), latency_max=3000)
    assert latency_of([fast, slow]) == {"p50": 287, "p95": 295, "p99": 3000, "max": 3000}
    assert latency_of([submitter(completed=0)]) is None
