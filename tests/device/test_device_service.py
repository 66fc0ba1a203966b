"""An underlying device: insertion, queue depth, service, order, partial completion, busy hints (reference 10, 11.2)."""

from __future__ import annotations

import errno
from random import Random

import pytest
from helpers.device import DeviceBench
from helpers.stage import stamped

from emulator.device.clone import DeviceClone
from emulator.messages import END_CLONE_REQUEST_INLINE, INSERTED, RETURNED, STEAL_LOCK
from emulator.plan import Distribution, Limits
from emulator.times import draw, parse_distribution


def test_a_clone_ends_bios_first_then_itself() -> None:
    bench = DeviceBench()
    clone = bench.insert(0, 8, 16, 8)
    bench.wait(99)
    assert bench.log == []
    bench.wait(1)
    assert bench.log == [("bios", clone, 3, 0), ("done", clone, 0, 3)]


@pytest.mark.parametrize("depth", [1, 2, 32])
def test_first_come_first_served_up_to_the_queue_depth(depth: int) -> None:
    bench = DeviceBench(queue_depth=depth)
    clones = [bench.insert(1000 - at * 8) for at in range(6)]
    assert (len(bench.view.service), len(bench.view.queue)) == (min(depth, 6), max(0, 6 - depth))
    bench.wait(1000)
    assert bench.done() == [(clone, 0) for clone in clones], "neither sorted nor merged"
    assert [bench.at[clone] for clone in clones] == [100 * (1 + at // depth) for at in range(6)]


@pytest.mark.parametrize(
    ("sizes", "limits", "error"),
    [
        ((8, 8), Limits(16, 2), 0),
        ((8, 9), Limits(16, 8), errno.EIO),
        ((8, 8), Limits(16, 1), errno.EIO),
        ((4, 4), Limits(16, 2), 0),
        ((4, 4), Limits(16, 1), errno.EIO),
        ((24,), Limits(1024, 2), errno.EIO),
    ],
)
def test_limits_are_checked_at_insertion(sizes: tuple[int, ...], limits: Limits, error: int) -> None:
    bench = DeviceBench(limits=limits)
    clone = bench.insert(0, *sizes)
    if error:
        assert bench.log == [("done", clone, error, 0)], "refused: its clone bios were never ended"
    bench.wait(100)
    assert bench.done() == [(clone, error)]


def test_a_chain_with_locks_gets_an_answer() -> None:
    bench = DeviceBench()
    bench.insert(0, carried=("sdb.queue_lock",))
    assert bench.sent == [("md", (INSERTED, "C2:md"))]
    bench.sent.clear()
    bench.insert(8)
    assert bench.sent == []


@pytest.mark.parametrize("out_of_order", [False, True])
def test_order_of_completion(out_of_order: bool) -> None:
    bench = DeviceBench(out_of_order=out_of_order)
    bench.inject("latency", times=1, params=(("add", "fixed 500"),))
    slow, quick = bench.insert(0), bench.insert(8)
    bench.wait(1000)
    assert bench.done() == [(quick, 0), (slow, 0)] if out_of_order else [(slow, 0), (quick, 0)]
    assert bench.at[quick] == (100 if out_of_order else 600)


@pytest.mark.parametrize(
    ("partial", "sizes", "expected"),
    [
        (0, (8, 8, 8), [3]),
        (-1, (8, 8, 8), [1, 1, 1]),
        (-1, (4, 16), [1, 1]),
        (8, (8, 8, 8), [1, 1, 1]),
        (16, (8, 8, 8), [2, 1]),
        (3, (8, 8), [1, 1]),
        (12, (8, 8, 8), [1, 2]),
        (100, (8, 8), [2]),
    ],
    ids=str,
)
def test_partial_completion(partial: int, sizes: tuple[int, ...], expected: list[int]) -> None:
    bench = DeviceBench(partial=partial, partial_gap=Distribution("fixed", 10))
    data = stamped(0, sum(sizes))
    bench.insert(0, *sizes, write=True, data=data)
    bench.wait(1000)
    assert [entry[2] for entry in bench.log if entry[0] == "bios"] == expected, "a bio is reported as a whole"
    assert bench.log[-1] == ("done", 1, 0, len(sizes))
    assert bench.view.bytes == sum(sizes) * 512
    read = bench.insert(0, *sizes)
    bench.wait(1000)
    assert b"".join(part for part in bench.data[read] if part is not None) == data, "each bio gets its own data"


def test_the_gap_between_partial_completions() -> None:
    bench = DeviceBench(partial=-1, partial_gap=Distribution("fixed", 50))
    bench.insert(0, 8, 8, 8)
    seen = []
    for _ in range(5):
        bench.wait(50)
        seen.append(sum(entry[2] for entry in bench.log if entry[0] == "bios"))
    assert seen == [0, 1, 2, 3, 3]


def test_in_order_means_that_nothing_overtakes_a_request_in_pieces() -> None:
    bench = DeviceBench(partial=-1, partial_gap=Distribution("fixed", 50))
    first, second = bench.insert(0, 8, 8, 8), bench.insert(100, 8)
    bench.wait(1000)
    assert bench.done() == [(first, 0), (second, 0)]
    bench = DeviceBench(partial=-1, partial_gap=Distribution("fixed", 50), out_of_order=True)
    first, second = bench.insert(0, 8, 8, 8), bench.insert(100, 8)
    bench.wait(1000)
    assert bench.done() == [(second, 0), (first, 0)]


def test_beyond_the_end_of_the_lun() -> None:
    bench = DeviceBench()
    clone = bench.insert((1 << 20) - 4, 8)
    bench.wait(100)
    assert bench.done() == [(clone, errno.EIO)] and bench.view.errors == 1


def test_data_written_is_data_read() -> None:
    bench = DeviceBench()
    bench.insert(64, 8, 8, write=True, data=stamped(64, 16))
    bench.wait(100)
    read = bench.insert(72, 8)
    zero = bench.insert(500, 8)
    bench.wait(100)
    assert bench.data[read] == [stamped(72, 8)] and bench.data[zero] == [None]


# -- what the mds above are told ---------------------------------------------------------------------------


def test_the_hint_says_depth_outstanding_and_what_was_seen() -> None:
    bench = DeviceBench(queue_depth=2)
    for at in range(3):
        bench.insert(at * 8)
    assert bench.hints[-1] == (False, 2, 3, 3)
    bench.wait(200)
    assert bench.hints[-1] == (False, 2, 0, 3)


def test_a_hint_is_sent_only_when_it_changed() -> None:
    bench = DeviceBench()
    count = len(bench.hints)
    for _ in range(5):
        bench.settle()
    assert len(bench.hints) == count


# -- locks and the inline completion -----------------------------------------------------------------------


def test_the_queue_lock_is_held_while_an_inline_completion_runs() -> None:
    bench = DeviceBench(inline=True)
    clone = bench.insert(0)
    bench.insert(8)
    bench.wait(100)
    (sent,) = [message for to, message in bench.sent if message[0] == END_CLONE_REQUEST_INLINE]
    assert sent == (END_CLONE_REQUEST_INLINE, "C3:sda", ("sda.queue_lock",), clone, 0, 1)
    assert bench.device.lock.view().holder == "C3:sda" and bench.done() == []
    bench.insert(16)
    assert "C2:md" in bench.device.lock.view().waiters, "who inserts now waits"
    bench.receive("md", RETURNED, "C3:sda")
    assert bench.device.lock.view().holder == "C3:sda", "the second clone's turn"
    bench.receive("md", RETURNED, "C3:sda")
    assert bench.device.lock.holder is None
    assert len(bench.view.service) == 1


def test_a_stolen_lock_goes_to_the_next_waiter() -> None:
    bench = DeviceBench(inline=True)
    bench.insert(0)
    bench.wait(100)
    late = bench.insert(8, carried=("sda.queue_lock",))
    assert late not in [view.id for view in (*bench.view.queue, *bench.view.service)]
    bench.receive("md", STEAL_LOCK, "sda.queue_lock")
    assert late in [view.id for view in (*bench.view.queue, *bench.view.service)]
    bench.receive("md", RETURNED, "C3:sda")
    assert bench.device.lock.holder is None, "the former holder drops nothing that is not its own"


def test_only_its_own_lock_is_stolen() -> None:
    bench = DeviceBench(inline=True)
    bench.insert(0)
    bench.wait(100)
    bench.receive("md", STEAL_LOCK, "sdb.queue_lock")
    assert bench.device.lock.holder is not None


# -- the LUN vanishes ------------------------------------------------------------------------------------------


def test_a_lun_that_is_gone_fails_what_is_on_it_and_what_comes() -> None:
    bench = DeviceBench()
    bench.lun_holds = True
    on_it = bench.insert(0)
    bench.wait(100)
    bench.device.peer_gone(bench.now, "lun")
    bench.settle()
    after = bench.insert(8)
    assert bench.done() == [(on_it, errno.EIO), (after, errno.EIO)]
    bench.waiting.clear()
    bench.lun_holds = False
    bench.device.peer_back(bench.now, "lun")
    back = bench.insert(16)
    bench.wait(100)
    assert bench.done()[-1] == (back, 0)


# -- numbers -----------------------------------------------------------------------------------------------------


def test_counters_of_the_view() -> None:
    bench = DeviceBench()
    bench.inject("error", op="write")
    bench.insert(0, 8)
    bench.insert(8, 8, write=True)
    bench.wait(300)
    view = bench.view
    assert (view.inserted, view.completed, view.errors, view.bytes, view.busy_time) == (2, 1, 1, 4096, 100)
    assert sum(view.latency) == 2 and view.latency[(100).bit_length()] == 2


def test_a_clone_of_which_nothing_is_left_is_shown_where_it_was() -> None:
    clone = DeviceClone(1, "md", 0, 64, (8, 8), None, 0)
    clone.update(8)
    assert (clone.view(0).sector, clone.view(0).sectors) == (72, 8)
    clone.update(8)
    assert (clone.view(0).sector, clone.view(0).sectors, clone.view(0).bios) == (64, 16, 0)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("fixed 5", 5, 5),
        ("uniform 10 20", 10, 20),
        ("exponential 50", 0, 5000),
        ("lognormal 100 0.5", 1, 2000),
        ("exponential 0", 0, 0),
    ],
)
def test_distributions(text: str, low: float, high: float) -> None:
    rng = Random(3)
    drawn = [draw(parse_distribution(text), rng) for _ in range(500)]
    assert low <= min(drawn) and max(drawn) <= high
    assert (len(set(drawn)) > 1) is (low != high)


@pytest.mark.parametrize("text", ["", "fixed", "fixed 1 2", "uniform 1", "normal 1 2", "fixed x"])
def test_distributions_that_are_none(text: str) -> None:
    with pytest.raises(ValueError):
        parse_distribution(text)
