"""A submitter: a synthetic load that keeps what it wrote in mind.  One machine, one process.

Closed loop: each job keeps *depth* bios outstanding.  Open loop: each job submits at its rate, with at most *depth*
outstanding; what was due meanwhile follows as bios end.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from emulator.block.bio import SECTOR, SYNCIO, WRITE
from emulator.block.bio import UNPLUG as UNPLUG_FLAG
from emulator.machine import Machine
from emulator.messages import BIO_ENDIO, COMMAND, EVENT, REPLY, SUBMIT_BIO, SUPERVISOR, UNPLUG
from emulator.plan import MdSpec, SubmitterSpec
from emulator.snapshot import SubmitterView
from emulator.submitter.job import Job
from emulator.submitter.pattern import Memory, pattern
from emulator.submitter.times import Times
from emulator.trace.events import Raw, Serial
from emulator.trace.noting import LONG_US

LATENCY_BUCKETS = 32
DRAWS_MOST = 8
"""Addresses tried for one bio before it waits for another to end."""


class Submitter(Machine):
    """Outstanding bios are bounded by jobs * depth."""

    kind = "submitter"

    def __init__(
        self, spec: SubmitterSpec, writer: int, capacity: int, rng: Random, clock_ns: Callable[[], int] = lambda: 0
    ) -> None:
        super().__init__(spec.name, clock_ns)
        self.spec = spec
        self.writer = writer
        """Number that its patterns carry; unique among the submitters of a plan."""
        region = min(spec.size or capacity, capacity - spec.offset)
        share = region // spec.jobs
        self.jobs = [
            Job(spec, index, spec.offset + index * share, share, Random(rng.random())) for index in range(spec.jobs)
        ]
        granule = self.jobs[0].granule
        self.memory = Memory(writer, granule)
        self.granule = granule
        self._flags = SYNCIO | UNPLUG_FLAG if spec.sync else 0
        self.running = False
        self.bio = 0
        self.version = 0
        self.outstanding: dict[int, tuple[Job, int, int, bool, int, int]] = {}
        """bio -> job, sector, sectors, write, version, time of submission; oldest first."""
        self._occupied: set[int] = set()
        """Granules of outstanding bios (when verifying): two bios in flight never overlap."""
        self._hungry: dict[Job, None] = {}
        """Jobs that may submit, in order."""
        self._constant = pattern(writer, 0, max(self.jobs[0].sizes), 0)
        """What unverified writes carry."""
        self.submitted = self.completed = self.failed = 0
        self.reads = self.writes = self.bytes = self.verified = self.corruption = self.overdue = 0
        self._overdue: set[int] = set()
        self.latency = [0] * LATENCY_BUCKETS
        self._times = Times()
        self._target_removed = False
        self.handlers = {BIO_ENDIO: self._bio_endio, COMMAND: self._command}
        self._start_timer: int | None = self.arm(spec.start, self._begin)
        if spec.stop:
            self.arm(spec.stop, self._stop)

    def event(self, kind: str, **details: Any) -> None:
        """One line for the log."""
        self.send(SUPERVISOR, (EVENT, self.now_us, kind, {"submitter": self.name, **details}))

    def peer_added(self, now_us: int, spec: MdSpec) -> None:
        """Its target is there (again)."""
        super().peer_added(now_us, spec)
        self._target_removed = False

    def peer_removed(self, now_us: int, peer: str) -> None:
        """Its target is no more: it cannot start."""
        super().peer_removed(now_us, peer)
        self._target_removed = True

    def _begin(self) -> None:
        """Its time has come."""
        self._start_timer = None
        self._start()

    def _start(self) -> None:
        if self.running or self._target_removed:
            return
        self.running = True
        self.event("load_started")
        for job in self.jobs:
            job.due_us = self.now_us
            self._hungry[job] = None
        if self.spec.wait_limit:
            self._watch()
        if self.spec.rate:
            self._tick()

    def _stop(self) -> None:
        if self.running:
            self.running = False
            self.event("load_stopped")

    def _tick(self) -> None:
        """Open loop: wake at the next due time."""
        if not self.running:
            return
        for job in self.jobs:
            if job.due_us <= self.now_us:
                self._hungry[job] = None
        if (soonest := min(job.due_us for job in self.jobs)) <= self.now_us:
            soonest = self.now_us + 1_000_000 / self.spec.rate
        self.arm(max(self.now_us + 1, round(soonest)), self._tick)

    # -- submitting ------------------------------------------------------------------------------------------

    def run(self, now_us: int, pick: Random | None = None, most: int | None = None) -> int:
        """As every machine; then fill up every job that may submit, then unplug: the task is about to wait."""
        super().run(now_us)
        if not self._hungry:
            return 0
        hungry, self._hungry = self._hungry, {}
        if not self.running:
            return 0
        for job in hungry:
            if self._fill(job) and self.spec.unplug and not self.spec.sync:
                self.send(self.spec.target, (UNPLUG, job.task))
        return len(hungry)

    def _fill(self, job: Job) -> int:
        count = 0
        rate = self.spec.rate
        while job.outstanding < self.spec.depth and not job.finished():
            if rate:
                if job.due_us > self.now_us:
                    break
                job.due_us += 1_000_000 / rate
            if not self._submit(job):
                break
            count += 1
        return count

    def _submit(self, job: Job) -> bool:
        sectors = job.draw_size()
        sector = job.draw_sector(sectors)
        verify = self.spec.verify
        if verify:
            tries = 1
            while self._is_occupied(sector, sectors):
                if tries == DRAWS_MOST:
                    return False
                sector = job.draw_sector(sectors)
                tries += 1
            self._occupied.update(range(sector, sector + sectors, self.granule))
        write = job.draw_write()
        data: bytes | None = None
        version = 0
        if write:
            if verify:
                self.version = version = self.version + 1
                data = pattern(self.writer, sector, sectors, version)
            else:
                data = self._constant[: sectors * SECTOR]
        self.bio = bio = self.bio + 1
        self.outstanding[bio] = (job, sector, sectors, write, version, self.now_us)
        job.outstanding += 1
        job.submitted += 1
        self.submitted += 1
        flags = self._flags | WRITE if write else self._flags
        self.send(self.spec.target, (SUBMIT_BIO, job.task, bio, sector, sectors, flags, data))
        return True

    def _is_occupied(self, sector: int, sectors: int) -> bool:
        return not self._occupied.isdisjoint(range(sector, sector + sectors, self.granule))

    # -- completion --------------------------------------------------------------------------------------------

    def _bio_endio(self, source: str, message: tuple[Any, ...]) -> None:
        """bi_end_io."""
        _tag, bio, error, data = message
        entry = self.outstanding.pop(bio)
        job, sector, sectors, write, version, since = entry
        if error and self.spec.error_pause:
            # An application takes a breath before it tries again; without it errors would come back at once, for ever.
            self.arm(self.now_us + self.spec.error_pause, lambda: self._one_less(job))
        else:
            self._one_less(job)
        took = self.now_us - since
        if error:
            self.stir()
        if self.trace is not None and (self.keeps or error or took >= LONG_US):
            self.ways.append((self.now_us, bio, source, error, entry))
        self.latency[min(took.bit_length(), LATENCY_BUCKETS - 1)] += 1
        self._times.add(took)
        self.completed += 1
        if error:
            self.failed += 1
        elif write:
            self.writes += 1
            self.bytes += sectors * SECTOR
        else:
            self.reads += 1
            self.bytes += sectors * SECTOR
        if self.spec.verify:
            self._occupied.difference_update(range(sector, sector + sectors, self.granule))
            if write:
                self.memory.wrote(sector, sectors, version, certain=not error)
            elif not error:
                self._verify(sector, sectors, data)

    def _one_less(self, job: Job) -> None:
        job.outstanding -= 1
        self._hungry[job] = None

    def _verify(self, sector: int, sectors: int, data: bytes | None) -> None:
        self.verified += sectors
        wrong = self.memory.check(sector, sectors, data)
        if wrong is not None:
            self.corruption += 1
            at, found, expected = wrong
            self.event("corruption", sector=at, found=found, expected=expected)

    def _watch(self) -> None:
        """Bios that are older than the limit, told once each."""
        limit = self.spec.wait_limit
        for bio, (_job, sector, _sectors, _write, _version, since) in self.outstanding.items():
            if self.now_us - since < limit:
                break
            if bio not in self._overdue:
                self._overdue.add(bio)
                self.overdue += 1
                self.event("bio_overdue", bio=bio, sector=sector, age_us=self.now_us - since)
        self._overdue.intersection_update(self.outstanding)
        if self.running or self.outstanding:
            self.arm(self.now_us + max(1, limit // 4), self._watch)

    def _command(self, source: str, message: tuple[Any, ...]) -> None:
        _tag, serial, verb, _arguments = message
        error, text = 0, f"{self.name}: {verb}"
        if verb == "start" and self._target_removed:
            error, text = errno.ENODEV, f"{self.name}: there is no {self.spec.target} any more"
        elif verb == "start":
            self._start()
        elif verb == "stop":
            if self._start_timer is not None:
                # Stopped before it began: it does not begin later either.
                self.disarm(self._start_timer)
                self._start_timer = None
            self._stop()
        else:
            error, text = errno.EINVAL, f"a submitter does not know the command {verb!r}"
        self.send(SUPERVISOR, (REPLY, serial, error, text))

    way_functions = frozenset({"bi_end_io"})

    def way_number(self, passed: tuple[Any, ...]) -> int:
        """The bio's."""
        number: int = passed[1]
        return number

    def way(self, passed: tuple[Any, ...]) -> Iterator[tuple[Serial, Raw]]:
        """Its end, which says when it was submitted."""
        at_us, bio, source, error, (job, sector, sectors, write, _version, since) = passed
        where = (sector, sectors, WRITE if write else 0)
        yield (0, bio, 0), (at_us, "bi_end_io", job.task, bio, source, error, at_us - since, where)

    def unfinished(self) -> set[int]:
        """Outstanding bios."""
        return set(self.outstanding)

    def snapshot(self, most: int) -> SubmitterView:
        """What a face shows."""
        steps = self._times.steps()
        p50, p95, p99 = self._times.percentiles(steps, (50, 95, 99))
        oldest = next(iter(self.outstanding.values()))[5] if self.outstanding else self.now_us
        return SubmitterView(
            name=self.name,
            target=self.spec.target,
            at=self.now_us,
            # It has its target open from the instant of its start, though the timer may still have to fire.
            running=self.running or (self._start_timer is not None and self.spec.start <= self.now_us),
            outstanding=len(self.outstanding),
            oldest=self.now_us - oldest,
            submitted=self.submitted,
            completed=self.completed,
            failed=self.failed,
            reads=self.reads,
            writes=self.writes,
            bytes=self.bytes,
            verified=self.verified,
            corruption=self.corruption,
            overdue=self.overdue,
            p50=p50,
            p95=p95,
            p99=p99,
            latency_max=self._times.longest,
            latency=tuple(self.latency),
            times=steps,
        )
