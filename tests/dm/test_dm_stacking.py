"""An md as the path of another md, two levels and three (reference 15)."""

from __future__ import annotations

import errno

import pytest
from helpers.md import SECTORS, Bench, table
from helpers.stage import Stage, ok, plan, stamped

from emulator.block.bio import WRITE
from emulator.commands import ClearFault, InjectFault, Message, Resume, Suspend
from emulator.messages import BLK_UNPLUG, END_CLONE_BIO, INSERT_CLONE, LLD_BUSY, OPEN_PATH, RAISE_SOFTIRQ
from emulator.plan import FaultSpec, MdSpec

UPPER = f"0 {SECTORS} multipath 0 0 1 1 round-robin 0 1 1 253:9 1"
LOWER = MdSpec("lower", "253:9", table("sda", "sdb"))


def stacked(**md: object) -> Stage:
    return Stage(plan(UPPER, mds=(LOWER,), **md))  # type: ignore[arg-type]


def lower_bench() -> Bench:
    """The lower md alone; the test plays the md above it."""
    bench = Bench()
    bench.receive("upper", OPEN_PATH, False)
    return bench


def insert(
    bench: Bench, clone: int, sector: int, sizes: tuple[int, ...], flags: int = 0, data: bytes | None = None
) -> None:
    bench.receive("upper", INSERT_CLONE, "C2:upper", (), clone, flags, sector, sizes, data)


def test_data_written_through_both_is_read_back() -> None:
    stage = stacked()
    data = stamped(64, 16)
    stage.write(64, 16, data=data, unplug=True)
    stage.play(20_000)
    bio = stage.read(64, 16, unplug=True)
    stage.play(20_000)
    assert stage.bios() == ok([1, 2]) and stage.app.data[bio] == data


def test_a_clone_goes_to_the_tail_unmergeable_and_drains_the_elevator() -> None:
    bench = lower_bench()
    bench.busy("sda", "sdb")
    bench.submit(500)
    insert(bench, 7, 100, (8, 8))
    assert bench.head() == [500, 100] and len(bench.md.queue.elevator) == 0
    bench.submit(116)
    assert [rq.sectors for rq in bench.md.queue.elevator] == [8], "nothing merges into a clone"
    assert bench.md.queue.alloc.count == [0, 2], "a clone is not of M's own pool"


def test_a_clone_is_cloned_again_and_ends_bio_by_bio() -> None:
    bench = lower_bench()
    insert(bench, 7, 100, (8, 16, 8), flags=WRITE, data=bytes(32 * 512))
    (clone,) = bench.inserted()
    assert clone.sizes == (8, 16, 8) and clone.sector == 100
    bench.take(LLD_BUSY)
    bench.end_bios(clone, 1)
    assert bench.take(END_CLONE_BIO) == [("upper", (END_CLONE_BIO, "C3:sda", 7, 1, 0, None))]
    bench.end_bios(clone, 2)
    bench.softirq(clone.id, 0, 3)
    assert bench.take(RAISE_SOFTIRQ) == [("softirq", (RAISE_SOFTIRQ, "upper", 7, 0, 3))]
    assert bench.ended == []


def test_a_clone_that_is_too_long_never_enters() -> None:
    bench = lower_bench()
    insert(bench, 7, 0, (256,))
    assert bench.take(RAISE_SOFTIRQ) == [("softirq", (RAISE_SOFTIRQ, "upper", 7, errno.EIO, 0))]
    insert(bench, 8, SECTORS - 4, (8,))
    assert bench.take(RAISE_SOFTIRQ) == [("softirq", (RAISE_SOFTIRQ, "upper", 8, errno.EIO, 0))]
    assert bench.md.queue.empty()


def test_a_hidden_error_below_is_unknown_above() -> None:
    bench = lower_bench()
    insert(bench, 7, 100, (8, 8))
    (clone,) = bench.inserted()
    bench.take(END_CLONE_BIO)
    bench.finish(clone, errno.EIO, good=1)
    assert [message[3:5] for _, message in bench.take(END_CLONE_BIO)] == [(1, 0)]
    assert bench.take(RAISE_SOFTIRQ) == []
    bench.wait(3000)
    (again,) = bench.inserted()
    assert again.sizes == (8,)
    bench.finish(again)
    assert bench.take(RAISE_SOFTIRQ) == [("softirq", (RAISE_SOFTIRQ, "upper", 7, 0, 2))], "both bios, from two clones"


@pytest.mark.parametrize(
    ("paths_busy", "suspended", "answer"),
    [((), False, False), (("sda",), False, False), (("sda", "sdb"), False, True), ((), True, True)],
    ids=["free", "one path busy", "all paths busy", "suspended"],
)
def test_dm_lld_busy(paths_busy: tuple[str, ...], suspended: bool, answer: bool) -> None:
    bench = lower_bench()
    assert bench.take(LLD_BUSY)[-1][1][1] is False
    bench.busy(*paths_busy)
    if suspended:
        bench.do(Suspend("md"))
    told = bench.take(LLD_BUSY)
    assert [message[1] for _, message in told] == ([True] if answer else []), "told when it changes"
    if suspended:
        bench.do(Resume("md"))
        assert bench.take(LLD_BUSY)[-1][1][1] is False


def test_an_md_without_a_table_is_busy() -> None:
    bench = Bench("")
    bench.receive("upper", OPEN_PATH, False)
    assert bench.take(LLD_BUSY)[-1][1][1] is True


def test_a_suspended_lower_md_holds_requests_on_the_upper_one() -> None:
    stage = stacked()
    stage.read(0, unplug=True)
    stage.play(20_000)
    stage.do(Suspend("lower"))
    stage.play(20_000)
    stage.read(1000, unplug=True)
    stage.play(50_000)
    assert stage.bios() == ok([1]) and stage.md.busy_stops > 0
    assert len(stage.md.queue.queue_head) == 1 and stage.md_named("lower").queue.empty()
    stage.do(Resume("lower"))
    stage.play(20_000)
    assert stage.bios() == ok([1, 2])


def test_one_path_below_fails_and_the_upper_path_does_not() -> None:
    stage = stacked()
    stage.do(InjectFault("sda", FaultSpec("bad", "error", "sda")))
    for at in range(20):
        stage.write(at * 100)
    stage.play(100_000)
    assert sorted(stage.bios()) == ok(range(1, 21))
    failed = [(event.machine, event.details["path"]) for event in stage.of_kind("path_failed")]
    assert failed == [("lower", "sda")]


def test_all_paths_below_fail_and_the_error_goes_through_both() -> None:
    stage = stacked()
    for path in ("sda", "sdb"):
        stage.do(InjectFault(path, FaultSpec("bad", "error", path)))
    stage.write(0, unplug=True)
    stage.play(100_000)
    assert stage.bios() == [(1, errno.EIO)]
    assert {event.details["path"] for event in stage.of_kind("path_failed")} == {"sda", "sdb", "lower"}
    for path in ("sda", "sdb"):
        stage.do(ClearFault(path))
        stage.do(Message("lower", f"reinstate_path {path}"))
    stage.do(Message("md", "reinstate_path 253:9"))
    stage.write(0, unplug=True)
    stage.play(100_000)
    assert stage.bios()[-1] == (2, 0)


@pytest.mark.parametrize("which", ["md", "lower"])
@pytest.mark.parametrize("noflush", [False, True])
def test_suspend_of_either_level_under_load(which: str, noflush: bool) -> None:
    stage = stacked()
    for at in range(30):
        stage.write(at * 100)
    serial = stage.do(Suspend(which, noflush=noflush))
    stage.play(200_000)
    outcome = stage.outcome(serial)
    assert outcome is not None and outcome.ok
    stage.do(Resume(which))
    stage.play(200_000)
    assert sorted(stage.bios()) == ok(range(1, 31))


def test_three_levels() -> None:
    middle = MdSpec("middle", "253:5", UPPER)
    top = f"0 {SECTORS} multipath 0 0 1 1 round-robin 0 1 1 253:5 1"
    stage = Stage(plan(top, mds=(LOWER, middle)))
    for at in range(10):
        stage.write(at * 100, data=stamped(at * 100, 8))
    stage.play(100_000)
    bio = stage.read(300, unplug=True)
    stage.play(100_000)
    assert sorted(stage.bios()) == ok(range(1, 12)) and stage.app.data[bio] == stamped(300, 8)


def test_unplugging_the_upper_unplugs_the_lower() -> None:
    bench = Bench(UPPER, is_md=("lower",))
    bench.submit(100)
    bench.unplug()
    assert bench.take(BLK_UNPLUG) == [("lower", (BLK_UNPLUG, "C1:app"))]
    bench.submit(300)
    bench.wait(3000)
    assert bench.take(BLK_UNPLUG) == [("lower", (BLK_UNPLUG, "C5:kblockd"))], "dm_unplug_all is M's unplug_fn"
    bench.do(Suspend("md", noflush=True))
    assert len(bench.take(BLK_UNPLUG)) == 1, "dm_wait_for_completion unplugs everything once"
