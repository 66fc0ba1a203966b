"""What waits while the clock stands, and picking one of it: nothing is lost, nothing overtakes on a pipe."""

from __future__ import annotations

from collections.abc import Iterable

import runtime_toys as toys
from hypothesis import given, settings
from hypothesis import strategies as st
from runtime_run import Make, Run
from test_process_time import ONE_BIO, simulated, standing

from emulator.commands import Message
from emulator.runtime.api import Runtime
from emulator.runtime.clock import Clock, Piece
from emulator.runtime.waiting import Waiting, mark_lines


def listed(runtime: Runtime) -> list[Waiting]:
    """What waits; every machine has answered."""
    found, more = runtime.waiting(20.0)
    assert not more
    return found


def do_first(runtime: Runtime) -> str:
    """Pick what a step would have done."""
    found = listed(runtime)
    if not found:
        return ""
    step = runtime.pick(found[0], 20.0)
    assert step is not None and step.text == found[0].text
    return step.text


def all_of(runtime: Runtime) -> list[str]:
    """Pick the first until nothing waits."""
    done: list[str] = []
    while (text := do_first(runtime)) and len(done) < 60:
        done.append(text)
    return done


def test_the_first_that_waits_is_what_a_step_would_do(make: Make) -> None:
    assert all_of(simulated(ios=1)) == ONE_BIO
    assert all_of(standing(make(toys.plan(ios=1))).runtime) == ONE_BIO


def _check_lines(items: Iterable[Waiting]) -> None:
    heads: set[tuple[str, str]] = set()
    for item in items:
        if item.kind == "message":
            assert bool(item.blocked) == ((item.source, item.machine) in heads), item
            heads.add((item.source, item.machine))


def _overtaking(runtime: Runtime) -> None:
    """Four bios wait on one pipe: only the first may go, and a pick of another changes nothing."""
    assert runtime.step("app", 20.0) is not None
    items = listed(runtime)
    _check_lines(items)
    waiting = [item for item in items if item.kind == "message"]
    assert [item.number for item in waiting] == [1, 2, 3, 4]
    assert [item.blocked for item in waiting] == ["", *["behind another from app"] * 3]
    assert runtime.pick(waiting[2], 20.0) is None
    first = runtime.pick(waiting[0], 20.0)
    assert first is not None and first.number == 1
    assert runtime.pick(waiting[0], 20.0) is None, "it has gone"
    second = runtime.step("mpatha", 20.0)
    assert second is not None and second.number == 2


def test_nothing_overtakes_on_a_pipe(make: Make) -> None:
    _overtaking(simulated(ios=4))
    _overtaking(standing(make(toys.plan(ios=4))).runtime)


def _later_device_first(runtime: Runtime) -> None:
    """What another device has waits no longer than a person wants: its clone goes before the older one's."""
    for machine in ("app", "mpatha", "mpatha"):
        assert runtime.step(machine, 20.0) is not None
    to = {item.machine: item for item in listed(runtime) if item.word == "INSERT_CLONE"}
    assert set(to) == {"sda", "sdb"} and to["sdb"].number == 1
    picked = runtime.pick(to["sda"], 20.0)
    assert picked is not None and (picked.machine, picked.number) == ("sda", 2)
    assert [item.number for item in listed(runtime) if item.word == "INSERT_CLONE"] == [1]


def test_a_person_decides_which_pipe_goes_next(make: Make) -> None:
    _later_device_first(simulated(ios=2))
    _later_device_first(standing(make(toys.plan(ios=2))).runtime)


def test_a_timer_may_be_picked_and_takes_the_time_to_it(make: Make) -> None:
    for runtime in (simulated(ios=1, start=77_000), standing(make(toys.plan(ios=1, start=77_000))).runtime):
        (timer,) = listed(runtime)
        assert (timer.kind, timer.machine, timer.since_us, timer.blocked) == ("timer", "app", 77_000, "")
        step = runtime.pick(timer, 20.0)
        assert step is not None and step.at_us == runtime.now_us() == 77_000
        assert runtime.pick(timer, 20.0) is None


def test_a_timer_that_went_is_not_picked_again_though_the_next_is_late_too(make: Make) -> None:
    for runtime in (simulated(ios=1, start=77_000), standing(make(toys.plan(ios=1, start=77_000))).runtime):
        assert runtime.step(timeout_s=20.0) is not None
        runtime.submit(Message("softirq", "overdue"))
        first = next(item for item in listed(runtime) if item.machine == "softirq")
        assert (first.kind, first.since_us) == ("timer", 10)
        assert runtime.pick(first, 20.0) is not None
        assert runtime.pick(first, 20.0) is None
        second = next(item for item in listed(runtime) if item.machine == "softirq")
        assert second.since_us == 20 and runtime.pick(second, 20.0) is not None


def test_of_timers_only_the_earliest_may_go() -> None:
    early, late = (Waiting(name, "timer", "", 0, "", 0, "", us) for name, us in (("a", 10), ("b", 20)))
    assert [item.blocked for item in mark_lines([early, late], 5)] == ["", "the timer of a comes before"]
    assert [item.blocked for item in mark_lines([early, late], 30)] == ["", ""], "both are late"


@given(st.integers(0, 5), st.lists(st.integers(0, 1 << 30), min_size=1, max_size=120))
@settings(max_examples=40, deadline=None)
def test_whatever_is_picked_every_bio_ends_and_pipes_keep_their_order(depth: int, choices: list[int]) -> None:
    simulation = simulated(ios=12, depth=depth + 1)
    order: dict[tuple[str, str], list[int]] = {}
    for choice in choices:
        items = listed(simulation)
        _check_lines(items)
        free = [item for item in items if not item.blocked]
        if not free:
            break
        chosen = free[choice % len(free)]
        step = simulation.pick(chosen)
        assert step is not None and step.text == chosen.text
        if step.kind == "message" and step.word == "SUBMIT_BIO":
            order.setdefault((step.source, step.machine), []).append(step.number)
    assert all(numbers == sorted(numbers) for numbers in order.values())
    simulation.go()
    for _ in range(20):
        simulation.advance(0.1)
    simulation.ask()
    assert simulation.views()["app"].completed == 12  # type: ignore[union-attr]


def test_picks_of_the_simulation_are_the_same_every_time() -> None:
    runs = [all_of(simulated(ios=3)) for _ in range(2)]
    assert runs[0] == runs[1] and len(runs[0]) > 20


def test_after_picks_the_processes_go_on_with_nothing_lost(make: Make) -> None:
    run: Run = standing(make(toys.plan(ios=400)))
    for _ in range(30):
        free = [item for item in listed(run.runtime) if not item.blocked]
        assert run.runtime.pick(free[-1], 20.0) is not None
    run.runtime.go()
    run.until(lambda: run.view("app").completed == 400, "every bio")


def test_the_clock_knows_what_time_it_was() -> None:
    now = [0]
    clock = Clock(lambda: now[0])
    clock.announce(Piece(1_000_000, 0, 1.0))
    clock.announce(Piece(3_000_000, 2_000, 0.0))
    now[0] = 5_000_000
    assert [clock.at(at) for at in (0, 1_000_000, 2_500_000, 4_000_000)] == [0, 0, 1_500, 2_000]
