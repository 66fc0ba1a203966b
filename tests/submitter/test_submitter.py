"""Submitters: closed and open loop, mix, patterns of addresses, verification, limits, pauses after errors."""

from __future__ import annotations

import errno
from collections import Counter
from random import Random
from typing import Any

import pytest

from emulator.block.bio import SYNCIO, WRITE
from emulator.block.bio import UNPLUG as UNPLUG_FLAG
from emulator.commands import StartLoad, StopLoad
from emulator.messages import BIO_ENDIO, COMMAND, EVENT, SUBMIT_BIO, SUPERVISOR, UNPLUG
from emulator.plan import SubmitterSpec
from emulator.submitter.submitter import Submitter

SIZE = 4096


class Load:
    """A submitter; the test plays the md."""

    def __init__(self, **spec: Any) -> None:
        spec.setdefault("size", SIZE)
        self.machine = Submitter(SubmitterSpec("fio", "md", **spec), 1, 1 << 20, Random(5))
        self.now = 0
        self.bios: list[tuple[Any, ...]] = []
        """Every SUBMIT_BIO, in order."""
        self.unplugs = 0
        self.events: list[str] = []
        self.store: dict[int, bytes] = {}

    def settle(self) -> None:
        self.machine.run(self.now)
        for to, messages in self.machine.take_output().items():
            for message in messages:
                if message[0] == SUBMIT_BIO:
                    self.bios.append(message)
                elif message[0] == UNPLUG:
                    self.unplugs += 1
                elif to == SUPERVISOR and message[0] == EVENT:
                    self.events.append(message[2])

    def wait(self, us: int) -> None:
        until = self.now + us
        while (due := self.machine.deadline_us()) is not None and due <= until:
            self.now = due
            self.machine.advance(due)
            self.settle()
        self.now = until

    def end(self, bio: tuple[Any, ...], error: int = 0, lose: bool = False) -> None:
        """The md ends one bio; *lose*: it says that a write is done and did not do it."""
        _tag, _task, number, sector, sectors, flags, data = bio
        found: bytes | None = None
        if flags & WRITE:
            if not error and not lose:
                for at in range(sectors):
                    self.store[sector + at] = data[at * 512 : (at + 1) * 512]
        elif not error:
            found = b"".join(self.store.get(sector + at, bytes(512)) for at in range(sectors))
        self.machine.receive(self.now, "md", (BIO_ENDIO, number, error, found))
        self.settle()

    def serve(self, count: int) -> None:
        """End *count* bios, oldest first."""
        for at in range(count):
            self.end(self.bios[at])


@pytest.mark.parametrize(("depth", "jobs"), [(1, 1), (8, 1), (4, 3)])
def test_closed_loop(depth: int, jobs: int) -> None:
    load = Load(depth=depth, jobs=jobs)
    load.wait(0)
    assert len(load.bios) == depth * jobs and load.machine.snapshot(1).outstanding == depth * jobs
    assert Counter(bio[1] for bio in load.bios) == Counter(
        {f"C1:fio.{job}" if jobs > 1 else "C1:fio": depth for job in range(jobs)}
    )
    load.serve(5)
    assert len(load.bios) == depth * jobs + 5
    assert load.unplugs >= jobs


def test_open_loop() -> None:
    load = Load(rate=1000.0, depth=50)
    load.wait(10_500)
    assert len(load.bios) == 11
    load.wait(89_500)
    assert len(load.bios) == 50, "never more outstanding than its depth"


def test_open_loop_catches_up() -> None:
    load = Load(rate=1000.0, depth=2)
    load.wait(10_000)
    assert len(load.bios) == 2
    load.serve(2)
    load.wait(0)
    load.end(load.bios[2])
    assert len(load.bios) >= 4, "what was due meanwhile follows as bios end"


@pytest.mark.parametrize(("share", "low", "high"), [(1.0, 500, 500), (0.0, 0, 0), (0.7, 300, 400)])
def test_the_mix(share: float, low: int, high: int) -> None:
    load = Load(read_share=share, depth=500, size=1 << 19)
    load.wait(0)
    assert low <= sum(not bio[5] & WRITE for bio in load.bios) <= high


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"pattern": "sequential"}, [0, 8, 16, 24, 32, 40]),
        ({"pattern": "sequential", "size": 32}, [0, 8, 16, 24]),
        ({"pattern": "sequential", "offset": 100}, [100, 108, 116, 124, 132, 140]),
        ({"pattern": "strided", "stride": 64}, [0, 64, 128, 192, 256, 320]),
    ],
    ids=str,
)
def test_addresses(spec: dict[str, Any], expected: list[int]) -> None:
    load = Load(depth=6, **spec)
    load.wait(0)
    assert [bio[3] for bio in load.bios][: len(expected)] == expected


@pytest.mark.parametrize("pattern", ["random", "zipf", "strided", "sequential"])
def test_they_stay_inside_their_region_and_never_overlap(pattern: str) -> None:
    load = Load(
        pattern=pattern, depth=6, jobs=3, offset=512, size=3 * 1024, block_sizes=((8, 1.0), (24, 1.0)), stride=40
    )
    load.wait(0)
    for turn in range(200):
        load.end(load.bios[turn])
    outstanding: Counter[int] = Counter()
    for bio in load.bios[200:]:
        outstanding.update(range(bio[3], bio[3] + bio[4]))
    assert set(outstanding.values()) <= {1}, "two bios in flight never overlap"
    for bio in load.bios:
        job = int(bio[1][-1])
        assert 512 + job * 1024 <= bio[3] and bio[3] + bio[4] <= 512 + (job + 1) * 1024


def test_zipf_has_favourites() -> None:
    load = Load(pattern="zipf", depth=1, size=1 << 16, verify=False)
    load.wait(0)
    for turn in range(600):
        load.end(load.bios[turn])
    counts = Counter(bio[3] for bio in load.bios).most_common()
    assert counts[0][1] > 10 * counts[-1][1]


def test_sync_bios_carry_their_bits_and_need_no_unplug() -> None:
    load = Load(sync=True, read_share=0.0)
    load.wait(0)
    assert {bio[5] for bio in load.bios} == {WRITE | SYNCIO | UNPLUG_FLAG} and load.unplugs == 0


def test_ios_is_a_limit() -> None:
    load = Load(depth=4, ios=6)
    load.wait(0)
    load.serve(6)
    assert len(load.bios) == 6 and load.machine.snapshot(1).outstanding == 0


def test_one_that_is_stopped_before_it_begins_does_not_begin_later() -> None:
    load = Load(depth=2, start=1000)
    load.machine.receive(0, SUPERVISOR, (COMMAND, 1, StopLoad.verb, ()))
    load.wait(2000)
    assert load.bios == [] and load.events == []
    load.machine.receive(load.now, SUPERVISOR, (COMMAND, 2, StartLoad.verb, ()))
    load.settle()
    assert len(load.bios) == 2, "until it is started"


def test_start_and_stop() -> None:
    load = Load(depth=2, start=1000, stop=2000)
    load.wait(999)
    assert load.bios == []
    load.wait(1)
    assert len(load.bios) == 2
    load.wait(1000)
    load.serve(2)
    assert len(load.bios) == 2 and load.events == ["load_started", "load_stopped"]
    load.machine.receive(load.now, SUPERVISOR, (COMMAND, 1, StartLoad.verb, ()))
    load.settle()
    assert len(load.bios) == 4
    load.machine.receive(load.now, SUPERVISOR, (COMMAND, 2, StopLoad.verb, ()))
    load.end(load.bios[2])
    assert len(load.bios) == 4


def test_what_was_written_is_verified() -> None:
    load = Load(depth=4, read_share=0.5, size=64)
    load.wait(0)
    load_turns = 300
    for turn in range(load_turns):
        load.end(load.bios[turn])
    view = load.machine.snapshot(1)
    assert view.verified > 100 and view.corruption == 0 and view.reads + view.writes == load_turns


def test_a_lost_write_is_found() -> None:
    load = Load(depth=1, read_share=0.5, size=8)
    load.wait(0)
    for turn in range(60):
        load.end(load.bios[turn], lose=True)
    assert load.machine.snapshot(1).corruption > 0 and "corruption" in load.events


def test_a_job_takes_a_breath_after_an_error() -> None:
    load = Load(depth=1, error_pause=1000)
    load.wait(0)
    load.end(load.bios[0], errno.EIO)
    load.wait(999)
    assert len(load.bios) == 1
    load.wait(1)
    assert len(load.bios) == 2
    view = load.machine.snapshot(1)
    assert (view.completed, view.failed) == (1, 1)


def test_overdue_bios_are_told_once() -> None:
    load = Load(depth=2, wait_limit=1000)
    load.wait(10_000)
    assert load.events.count("bio_overdue") == 2 and load.machine.snapshot(1).overdue == 2
    assert load.machine.snapshot(1).oldest == 10_000 or load.machine.snapshot(1).oldest >= 9_000


def test_latencies() -> None:
    load = Load(depth=1)
    load.wait(0)
    for turn in range(100):
        load.wait(100 if turn < 99 else 5000)
        load.end(load.bios[turn])
    view = load.machine.snapshot(1)
    assert (view.p50, view.p95, view.completed) == (100, 100, 100)
    assert 4990 <= view.latency_max <= 5010 and sum(view.latency) == 100


def test_a_bio_ends_once() -> None:
    load = Load(depth=1)
    load.wait(0)
    load.end(load.bios[0])
    with pytest.raises(KeyError):
        load.end(load.bios[0])
