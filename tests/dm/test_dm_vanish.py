"""A device whose process is gone: what it had ends with -EIO once nothing of it is under way, and no clone is lost."""

from __future__ import annotations

import errno
from itertools import permutations

import pytest
from helpers.md import PLUG_US, Bench, table
from helpers.stage import Stage, ok, plan

from emulator.commands import Kill, Message, Revive
from emulator.messages import DONE_LIST_DRAINED, OPEN_PATH


def sent(bench: Bench, count: int = 2) -> None:
    for at in range(count):
        bench.submit(100 + at * 100)
    bench.unplug()
    assert len(bench.inserted()) == count


def link_end(bench: Bench) -> None:
    bench.md.peer_gone(bench.now, "sda")
    bench.settle()


def drained(bench: Bench) -> None:
    bench.receive("softirq", DONE_LIST_DRAINED, "sda")


def test_nothing_is_ended_before_both_have_run_dry() -> None:
    bench = Bench(table("sda"))
    sent(bench)
    link_end(bench)
    assert bench.raised == [], "a completion of it may still be on the done list"
    drained(bench)
    assert [error for _, error, _ in bench.raised] == [errno.EIO, errno.EIO]
    bench.softirq_pass()
    assert bench.ended == [(1, errno.EIO), (2, errno.EIO)]


def test_a_clone_sent_between_the_workers_mark_and_our_end_of_file_is_not_lost() -> None:
    bench = Bench(table("sda"))
    sent(bench, 1)
    drained(bench)
    bench.submit(900, unplug=True)
    assert len(bench.inserted()) == 1, "we do not know yet"
    link_end(bench)
    assert len(bench.raised) == 2
    bench.softirq_pass()
    assert bench.ended == [(1, errno.EIO), (2, errno.EIO)]


def test_what_had_been_raised_keeps_its_own_result() -> None:
    bench = Bench(table("sda"))
    bench.submit(100)
    bench.submit(300)
    bench.unplug()
    first, _second = bench.inserted()
    bench.end_bios(first, 1)
    link_end(bench)
    bench.softirq(first.id, 0, 1)
    drained(bench)
    bench.softirq_pass()
    assert bench.ended == [(1, 0), (2, errno.EIO)]


def test_half_ended_requests_are_retried_for_the_rest_only() -> None:
    bench = Bench()
    for at in (100, 108, 116):
        bench.submit(at)
    bench.unplug()
    (clone,) = bench.inserted()
    bench.end_bios(clone, 2)
    link_end(bench)
    drained(bench)
    bench.softirq_pass()
    bench.wait(PLUG_US)
    (again,) = bench.inserted()
    assert (again.device, again.sizes) == ("sdb", (8,)) and bench.ended == [(1, 0), (2, 0)]


def test_new_clones_of_the_revived_device_are_left_alone() -> None:
    bench = Bench(table("sda"))
    sent(bench, 1)
    link_end(bench)
    bench.md.peer_back(0, "sda")
    bench.settle()
    assert bench.take(OPEN_PATH)[-1] == ("sda", (OPEN_PATH, False)), "opened again"
    bench.submit(900, unplug=True)
    (new,) = bench.inserted()
    drained(bench)
    assert len(bench.raised) == 1 and bench.raised[0][0] != new.id


ORDERS = [order for order in permutations(["link", "drained", "back"]) if order.index("link") < order.index("back")]
"""A device is back only after its link ended."""


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_every_order_ends_everything(order: tuple[str, ...]) -> None:
    bench = Bench(table("sda"))
    sent(bench)
    for what in order:
        if what == "link":
            link_end(bench)
        elif what == "drained":
            drained(bench)
        else:
            bench.md.peer_back(0, "sda")
            bench.settle()
    bench.softirq_pass()
    assert len(bench.ended) == 2 and sum(bench.md.queue.in_flight) == 0


@pytest.mark.parametrize("seed", range(30))
def test_a_device_killed_under_load_loses_no_bio(seed: int) -> None:
    stage = Stage(plan(table("sda", "sdb"), devices={"*": {"queue_depth": 4, "partial": -1}}), seed=seed)
    for at in range(40):
        stage.write(at // 4 * 1000 + at % 4 * 8)
    stage.play(150 + 20 * seed)
    stage.do(Kill("sda"))
    stage.play(100_000)
    assert sorted(stage.bios()) == ok(range(1, 41)), "the other path took over"
    stage.do(Revive("sda"))
    stage.do(Message("md", "reinstate_path sda"))
    stage.do(Message("md", "fail_path sdb"))
    for at in range(10):
        stage.write(50_000 + at * 100)
    stage.play(100_000)
    assert sorted(stage.bios()) == ok(range(1, 51))


@pytest.mark.parametrize("seed", range(10))
def test_killed_revived_and_killed_again(seed: int) -> None:
    stage = Stage(plan(table("sda", "sdb")), seed=seed)
    for at in range(60):
        stage.write(at * 100)
        if at % 10 == 0:
            stage.do(Kill("sda"))
        if at % 10 == 5:
            stage.do(Revive("sda"))
            stage.do(Message("md", "reinstate_path sda"))
        stage.play(30 * seed)
    stage.play(200_000)
    assert sorted(stage.bios()) == ok(range(1, 61))
