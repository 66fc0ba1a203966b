"""The emulated clock: the same time everywhere, never backwards, standing when told to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from emulator.runtime.clock import Clock, Piece

MS = 1_000_000


class Real:
    """A real clock that a test moves."""

    def __init__(self) -> None:
        self.ns = 5_000 * MS

    def __call__(self) -> int:
        return self.ns


def test_it_stands_at_zero_until_told() -> None:
    real = Real()
    clock = Clock(real)
    real.ns += 50 * MS
    assert clock.now_us() == 0
    assert clock.standing
    assert clock.wait_s(10) is None


def test_a_piece_begins_at_its_instant_not_before() -> None:
    real = Real()
    clock = Clock(real)
    clock.announce(Piece(real.ns + 3 * MS, 0, 2.0))
    real.ns += 2 * MS
    assert (clock.now_us(), clock.standing) == (0, True)
    assert clock.wait_s(None) == 0.001
    real.ns += 2 * MS
    assert (clock.now_us(), clock.standing) == (2000, False)
    assert clock.wait_s(4000) == 0.001
    assert clock.wait_s(None) is None


def test_who_hears_late_does_not_go_back() -> None:
    real = Real()
    clock = Clock(real)
    clock.announce(Piece(real.ns, 0, 1.0))
    real.ns += 10 * MS
    assert clock.now_us() == 10_000
    clock.announce(Piece(real.ns - 4 * MS, 6_000, 0.0))
    assert clock.now_us() == 10_000
    assert clock.standing
    clock.announce(Piece(real.ns, 6_000, 1.0))
    real.ns += 3 * MS
    assert clock.now_us() == 10_000
    real.ns += 3 * MS
    assert clock.now_us() == 12_000


def test_two_processes_agree_after_pause_go_and_speed() -> None:
    real = Real()
    here, there = Clock(real), Clock(real)
    for speed in (1.0, 0.0, 4.0, 0.001, 0.0, 100.0):
        piece = here.plan(speed)
        here.announce(piece)
        there.announce(piece)
        real.ns += 7 * MS
        assert here.now_us() == there.now_us()
        assert here.standing == there.standing == (speed == 0.0)


def test_changes_in_quick_succession_keep_their_order() -> None:
    real = Real()
    clock = Clock(real)
    clock.announce(clock.plan(1.0))
    clock.announce(clock.plan(0.0))
    clock.announce(clock.plan(2.0))
    real.ns += 3 * MS
    assert clock.now_us() == 0
    real.ns += 5 * MS
    assert clock.now_us() == 10_000


def test_hold_times_do_not_grow_while_it_stands() -> None:
    real = Real()
    clock = Clock(real)
    clock.announce(clock.plan(1.0, lead_ns=0))
    clock.now_us()
    start = clock.running_ns()
    real.ns += 5 * MS
    clock.announce(clock.plan(0.0, lead_ns=0))
    clock.now_us()
    assert clock.running_ns() - start == 5 * MS
    real.ns += 900 * MS
    assert clock.running_ns() - start == 5 * MS
    clock.announce(clock.plan(1.0, lead_ns=0))
    clock.now_us()
    real.ns += 2 * MS
    assert clock.running_ns() - start == 7 * MS


def test_the_standing_clock_can_be_set_forward() -> None:
    real = Real()
    clock = Clock(real)
    clock.announce(clock.plan(0.0, 1234, 0))
    assert (clock.now_us(), clock.standing) == (1234, True)


CHANGES = st.tuples(st.sampled_from([0.0, 0.001, 0.5, 1.0, 100.0]), st.integers(0, 20), st.integers(-5, 5))


@given(st.lists(CHANGES, max_size=12))
def test_no_time_ever_goes_back(changes: list[tuple[float, int, int]]) -> None:
    real = Real()
    clock, last_us, last_ns, at_ns = Clock(real), 0, 0, real.ns
    for speed, pass_ms, late_ms in changes:
        at_ns = max(at_ns, real.ns + late_ms * MS)
        clock.announce(Piece(at_ns, clock.plan(speed).base_us, speed))
        real.ns += pass_ms * MS
        now, running = clock.now_us(), clock.running_ns()
        assert now >= last_us
        assert running >= last_ns
        last_us, last_ns = now, running


def test_a_change_that_comes_with_the_look_is_not_slept_through() -> None:
    """A child that found its clock standing, and whose clock starts while it asks how long to wait, must look again."""
    real = [1_000]
    clock = Clock(lambda: real[0])
    clock.announce(Piece(2_000, 0, 1.0))
    assert clock.standing
    real[0] = 2_000
    assert clock.wait_s(None) == 0.0
    assert not clock.standing
