"""The worked timelines of reference 21, T1 to T7, played from the application's bio to the medium and back."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from helpers.md import QUEUE_IF_NO_PATH, table
from helpers.stage import Stage, fixed, ok, plan, stamped

from emulator.commands import InjectFault, InterruptSuspend, LoadTable, Message, Resume, Suspend
from emulator.machine import Machine
from emulator.messages import BIO_ENDIO, END_CLONE_BIO, RAISE_SOFTIRQ
from emulator.plan import FaultSpec

SEEDS = pytest.mark.parametrize("seed", range(5))


class Watch:
    """Notes what each machine has sent, in order, as words."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def listen(self, machine: Machine) -> None:
        """Hear *machine*'s messages from now on."""
        send = machine.send

        def heard(to: str, message: tuple[Any, ...]) -> None:
            if message[0] == BIO_ENDIO:
                self.words.append(f"bio {message[1]}")
            elif message[0] == END_CLONE_BIO:
                self.words += ["clone bio"] * message[3]
            elif message[0] == RAISE_SOFTIRQ:
                self.words.append("clone")
            send(to, message)

        machine.send = heard  # type: ignore[method-assign]


@SEEDS
def test_t1_merge(seed: int) -> None:
    stage = Stage(plan(table("sda"), devices={"sda": {"partial": 8, "partial_gap": fixed(50)}}), seed=seed)
    above, below = Watch(), Watch()
    above.listen(stage.md)
    below.listen(stage.device("sda"))
    for at in (0, 8, 16):
        stage.write(at)
    stage.play(100)
    (rq,) = stage.md.queue.elevator
    assert (rq.sector, rq.sectors, len(rq.bios)) == (0, 24, 3) and stage.md.queue.plugged
    assert stage.play_until(lambda: stage.md.dispatched == 1) == 3000
    assert len(stage.md.clones) == 1 and next(iter(stage.md.clones.values())).sizes == (8, 8, 8)
    stage.play_until(lambda: bool(below.words[-1:] == ["clone"]))
    assert below.words == ["clone bio"] * 3 + ["clone"] and stage.md.completed == 0
    stage.play_until(lambda: stage.md.completed == 1)
    assert above.words == ["bio 1", "bio 2", "bio 3"], "then the original, which only the softirq finishes"
    stage.play(10)
    assert [at for at, _bio, _error in stage.app.ended] == [3100, 3150, 3200]


@SEEDS
def test_t2_failover(seed: int) -> None:
    stage = Stage(plan(table("sda", "sdb", repeat=1000)), seed=seed)
    stage.do(InjectFault("sda", FaultSpec("dead", "error", "sda")))
    bios = [stage.write(at, data=stamped(at, 8)) for at in (0, 1000, 2000)]
    stage.unplug()
    stage.play_until(lambda: stage.md.requeued == 3)
    assert [rq.sector for rq in stage.md.queue.queue_head] == [2000, 1000, 0], "C, B, A"
    assert stage.bios() == [] and stage.kinds().count("path_failed") == 1
    stage.play(10_000)
    assert [bio for _at, bio, _error in stage.app.ended] == bios[::-1] and {error for *_, error in stage.app.ended} == {
        0
    }
    assert stage.device("sdb").completed == 3


@SEEDS
def test_t3_noflush_without_a_path_and_another_table(seed: int) -> None:
    stage = Stage(plan(table("sda", features=QUEUE_IF_NO_PATH)), seed=seed)
    stage.do(Message("md", "fail_path sda"))
    for at in (0, 1000, 2000):
        stage.write(at)
    stage.play(5000)
    assert sum(stage.md.queue.in_flight) == 3, "clones sit in queued_ios"
    serial = stage.do(Suspend("md", noflush=True))
    stage.play(5000)
    outcome = stage.outcome(serial)
    assert outcome is not None and outcome.ok
    assert stage.md.queue.stopped and sum(stage.md.queue.in_flight) == 0 and stage.bios() == []
    assert len(stage.md.queue.queue_head) == 3
    stage.do(LoadTable("md", table("sdb", features=QUEUE_IF_NO_PATH)))
    stage.do(Resume("md"))
    stage.play(5000)
    assert sorted(stage.bios()) == ok([1, 2, 3]) and stage.device("sdb").completed == 3


@SEEDS
def test_t4_flush_without_a_path(seed: int) -> None:
    stage = Stage(plan(table("sda", features=QUEUE_IF_NO_PATH)), seed=seed)
    stage.do(Message("md", "fail_path sda"))
    for at in (0, 1000, 2000):
        stage.write(at)
    stage.play(5000)
    serial = stage.do(Suspend("md"))
    stage.play(5000)
    outcome = stage.outcome(serial)
    assert outcome is not None and outcome.ok
    assert sorted(stage.bios()) == [(1, errno.EIO), (2, errno.EIO), (3, errno.EIO)]
    assert stage.md.queue.stopped and stage.kinds().index("marker_completed") < stage.kinds().index("suspended")


@SEEDS
def test_t5_interrupted_flush(seed: int) -> None:
    stage = Stage(plan(table("sda"), devices={"sda": {"service": fixed(5000)}}), seed=seed)
    stage.write(0, unplug=True)
    stage.play(100)
    errnos = []
    for serial in (stage.do(Suspend("md")), stage.do(InterruptSuspend("md")), stage.do(Suspend("md"))):
        stage.play(50)
        outcome = stage.outcome(serial)
        errnos.append(None if outcome is None else outcome.errno)
    assert errnos == [errno.EINTR, 0, errno.EBUSY]
    assert stage.md.marker_state == "INVALID"
    stage.play_until(lambda: stage.md.marker_state == "IDLE")
    third = stage.do(Suspend("md"))
    stage.play(10_000)
    outcome = stage.outcome(third)
    assert outcome is not None and outcome.ok and stage.bios() == ok([1])


@SEEDS
def test_t6_partial_then_error(seed: int) -> None:
    stage = Stage(plan(table("sda", "sdb")), seed=seed)
    stage.do(InjectFault("sda", FaultSpec("half", "partial", "sda", times=1, params=(("sectors", 16),))))
    for at in (0, 8, 16, 24):
        stage.write(at, data=stamped(at, 8))
    stage.play_until(lambda: stage.md.requeued == 1)
    stage.play_until(lambda: len(stage.bios()) == 2)
    assert stage.bios() == ok([1, 2])
    (rq,) = stage.md.queue.queue_head
    assert (rq.reported, rq.sectors, rq.size_at_peek) == (16, 16, 32)
    stage.play(10_000)
    assert stage.bios() == ok([1, 2, 3, 4]) and stage.device("sdb").inserted == 1
    bio = stage.read(0, 32, unplug=True)
    stage.play(1000)
    assert stage.app.data[bio] == stamped(0, 32)


@SEEDS
def test_t7_busy(seed: int) -> None:
    stage = Stage(plan(table("sda"), devices={"sda": {"queue_depth": 1, "service": fixed(20_000)}}), seed=seed)
    stage.write(50_000, unplug=True)
    stage.play(10)
    stage.write(0, unplug=True)
    stage.play(10)
    stage.write(1000)
    stage.write(1016)
    stage.play(10)
    (head,) = stage.md.queue.queue_head
    assert (head.sector, head.state) == (0, "PREPPED") and len(stage.md.queue.elevator) == 2
    stage.write(8)
    stage.write(1008)
    stage.play(10)
    assert head.sectors == 8, "never into the head"
    assert [(rq.sector, rq.sectors) for rq in stage.md.queue.elevator] == [(8, 8), (1000, 24)]
    assert stage.md.queue.merged_requests == 1
    stage.play(200_000)
    assert sorted(stage.bios()) == ok(range(1, 7))
