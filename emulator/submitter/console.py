"""The I/O that a person asks for one by one: ``io read 0+8``.  One machine, one process.

Each command is one application: it reads, writes, flushes or discards, waits, and says how many were good, which errors
there were, how many bytes and their CRC-32 in the order of the sectors.  Its answer is text in ``key=value`` words, for
people and for :mod:`emulator.lab.results`.
"""

from __future__ import annotations

import errno
import zlib
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from emulator.block.bio import DISCARD, FLUSH, FUA, PAGE_SECTORS, SECTOR, SYNCIO, WRITE
from emulator.block.bio import UNPLUG as UNPLUG_FLAG
from emulator.block.errors import errno_name
from emulator.machine import Machine
from emulator.messages import BDEV_OPENED, BIO_ENDIO, COMMAND, OPEN_BDEV, REPLY, SUBMIT_BIO, SUPERVISOR, UNPLUG
from emulator.sectors import seeded
from emulator.snapshot import SubmitterView

RUNS_MOST = 64
"""Commands that may be under way at a time."""
SECTORS_MOST = 131_072
"""Sectors of one command: 64 MiB, which its answer's checksum may have to keep."""
BIO_SECTORS_MOST = 248
"""Sectors of one bio: whole pages within the 255 that a dm device of 2.6.31 takes."""
LATENCY_BUCKETS = 32


class _Io:
    """One I/O of a command, in as many bios as the limits want."""

    __slots__ = ("index", "left", "parts", "error", "sector", "flush", "short")

    def __init__(self, index: int, sector: int) -> None:
        self.index = index
        self.sector = sector
        self.left = 0
        self.parts: dict[int, bytes | None] = {}
        self.error = 0
        self.short = False
        """The device ended before it did."""
        self.flush = False
        """The flush that follows it (generic_write_sync) was submitted."""


class _Run:
    """One command."""

    def __init__(self, serial: int, slot: int, arguments: tuple[Any, ...]) -> None:
        self.serial = serial
        self.slot = slot
        """Small number of its task, free again when it has ended."""
        self.md: str
        (
            self.md, self.op, self.sector, self.sectors, self.count, self.stride, self.depth, self.seed, self.verify,
            self.batch, self.dsync, self.may_lack, self.bio_sectors,
        ) = arguments
        self.size = 0
        """Sectors of the device, as it was opened."""
        self.next = 0
        self.flying = 0
        self.short = 0
        self.ok = 0
        self.errors: Counter[int] = Counter()
        self.crc = 0
        self.good = True
        self.ended: dict[int, _Io] = {}
        """Ended out of order: their data wait for those before them."""
        self.summed = 0
        """I/Os whose data are in the checksum."""

    def take(self, io: _Io) -> None:
        """*io* has ended: count it; put into the checksum what is in order."""
        self.flying -= 1
        if io.error:
            self.errors[io.error] += 1
        elif io.short:
            self.short += 1
        else:
            self.ok += 1
        self.ended[io.index] = io
        while (first := self.ended.pop(self.summed, None)) is not None:
            self.summed += 1
            if not first.error and not first.short:
                self._sum(first)

    def _sum(self, io: _Io) -> None:
        if self.op in ("flush", "discard"):
            return
        if self.op == "write":
            data = seeded(self.seed, io.sector, self.sectors)
        else:
            data = b"".join(part or b"" for _, part in sorted(io.parts.items()))
            if self.verify >= 0 and data != seeded(self.verify, io.sector, self.sectors):
                self.good = False
        self.crc = zlib.crc32(data, self.crc)

    def answer(self) -> tuple[int, str]:
        """errno of the first kind of error, and the whole outcome as text."""
        failed = sum(self.errors.values())
        words = [f"{self.op} ok={self.ok} err={failed}"]
        words += [f"{errno_name(number)}={count}" for number, count in self.errors.items()]
        words += [f"short={self.short}"] if self.short else []
        words.append(f"bytes={self.ok * self.sectors * SECTOR} crc32={self.crc:08x}")
        if self.op == "read" and self.verify >= 0 and self.ok:
            words.append(f"verify={'good' if self.good else 'BAD'}")
        elif self.op == "read" and self.verify >= 0:
            words.append("verify=good")
        return next(iter(self.errors), 0), " ".join(words)


class Console(Machine):
    """Outstanding bios are bounded by RUNS_MOST and the depth of each command."""

    kind = "submitter"

    def __init__(self, name: str, max_sectors: int, clock_ns: Callable[[], int] = lambda: 0) -> None:
        super().__init__(name, clock_ns)
        most = min(max_sectors, BIO_SECTORS_MOST)
        self.bio_sectors = most // PAGE_SECTORS * PAGE_SECTORS or most
        self.runs: dict[int, _Run] = {}
        self.outstanding: dict[int, tuple[_Run, _Io, int, int, int]] = {}
        """bio -> command, its read or write, sector, sectors, time of submission; oldest first."""
        self.bio = 0
        self.completed = self.failed = self.reads = self.writes = self.bytes = self.latency_max = 0
        self.latency = [0] * LATENCY_BUCKETS
        self._hungry: dict[int, _Run] = {}
        self.handlers = {BIO_ENDIO: self._bio_endio, BDEV_OPENED: self._opened, COMMAND: self._command}

    def _command(self, source: str, message: tuple[Any, ...]) -> None:
        _tag, serial, verb, arguments = message
        wrong = self._wrong(verb, arguments)
        if wrong:
            self.send(SUPERVISOR, (REPLY, serial, errno.EINVAL, wrong))
        elif len(self.runs) >= RUNS_MOST:
            self.send(SUPERVISOR, (REPLY, serial, errno.EAGAIN, f"{RUNS_MOST} commands are under way already"))
        else:
            taken = {run.slot for run in self.runs.values()}
            slot = next(slot for slot in range(RUNS_MOST) if slot not in taken)
            self.runs[serial] = run = _Run(serial, slot, arguments)
            self.send(run.md, (OPEN_BDEV, serial))

    def _opened(self, source: str, message: tuple[Any, ...]) -> None:
        """open() has returned."""
        _tag, serial, sectors, most = message
        if sectors < 0:
            del self.runs[serial]
            self.send(SUPERVISOR, (REPLY, serial, errno.ENXIO, "the device cannot be opened: it has no table"))
            return
        run = self._hungry[serial] = self.runs[serial]
        run.size = sectors
        if most:
            run.bio_sectors = min(run.bio_sectors or self.bio_sectors, most)

    def _wrong(self, verb: str, arguments: tuple[Any, ...]) -> str:
        if verb != "io":
            return f"the console does not know the command {verb!r}"
        sectors, count, depth = arguments[3], arguments[4], arguments[6]
        if (sectors < 1 and arguments[1] != "flush") or count < 1 or depth < 1:
            return "an I/O has at least one sector, one repetition and a depth of one"
        if sectors * count > SECTORS_MOST:
            return f"{sectors * count} sectors in one command: at most {SECTORS_MOST}"
        return ""

    # -- submitting --------------------------------------------------------------------------------------------

    def run(self, now_us: int, pick: Random | None = None, most: int | None = None) -> int:
        """As every machine; then fill up every command that may submit."""
        super().run(now_us)
        hungry, self._hungry = self._hungry, {}
        for run in hungry.values():
            self._fill(run)
        return len(hungry)

    def _fill(self, run: _Run) -> None:
        if run.batch and run.flying:
            return
        task = f"C1:{self.name}.{run.slot}"
        while run.next < run.count and run.flying < run.depth:
            # Without a batch each of the depth is a task of its own that waits for its one I/O.
            own = task if run.batch or run.depth == 1 else f"{task}.{run.next % run.depth}"
            self._submit(run, own)
        if run.batch:
            self.send(run.md, (UNPLUG, task))

    def _submit(self, run: _Run, task: str) -> None:
        io = _Io(run.next, run.sector + run.next * (run.stride or run.sectors))
        run.next += 1
        run.flying += 1
        if run.op in ("flush", "discard"):
            io.flush = run.op == "flush"
            flags = SYNCIO | WRITE | (FLUSH if io.flush else DISCARD)
            self._bio(run, io, task, io.sector, run.sectors, flags | (0 if run.batch else UNPLUG_FLAG))
            return
        flags = WRITE | SYNCIO | (FUA if run.dsync else 0) if run.op == "write" else SYNCIO
        # The file layer cuts what crosses the end of the device; beyond it a read has 0 bytes, a write no space.
        at, left = io.sector, min(run.sectors, max(0, run.size - io.sector))
        io.short = left < run.sectors
        if not left:
            io.error = errno.ENOSPC if run.op == "write" else 0
            self._ended(run, io)
        while left:
            size = min(left, run.bio_sectors or self.bio_sectors)
            left -= size
            last = UNPLUG_FLAG if not left and not run.batch else 0
            self._bio(run, io, task, at, size, flags | last)
            at += size

    def _bio(self, run: _Run, io: _Io, task: str, sector: int, sectors: int, flags: int) -> None:
        data = seeded(run.seed, sector, sectors) if run.op == "write" and sectors else None
        self.bio += 1
        io.left += 1
        self.outstanding[self.bio] = (run, io, sector, sectors, self.now_us)
        self.send(run.md, (SUBMIT_BIO, task, self.bio, sector, sectors, flags, data))

    # -- completion --------------------------------------------------------------------------------------------

    def _bio_endio(self, source: str, message: tuple[Any, ...]) -> None:
        """bi_end_io."""
        _tag, bio, error, data = message
        run, io, sector, sectors, since = self.outstanding.pop(bio)
        self._count(run, error, sectors, self.now_us - since)
        io.left -= 1
        if error == errno.EOPNOTSUPP and run.may_lack and (run.op == "discard" or not sectors):
            error = 0
        if error:
            io.error = io.error or error
        elif run.op == "read":
            io.parts[sector] = bytes(sectors * SECTOR) if data is None else data
        if io.left:
            return
        if run.dsync and not io.error and not io.flush:
            io.flush = True
            self._bio(run, io, f"C1:{self.name}.{run.slot}", 0, 0, WRITE | FLUSH | SYNCIO | UNPLUG_FLAG)
            return
        self._ended(run, io)

    def _ended(self, run: _Run, io: _Io) -> None:
        run.take(io)
        if run.summed == run.count:
            del self.runs[run.serial]
            self.send(SUPERVISOR, (REPLY, run.serial, *run.answer()))
        else:
            self._hungry[run.serial] = run

    def _count(self, run: _Run, error: int, sectors: int, took: int) -> None:
        self.completed += 1
        self.latency[min(took.bit_length(), LATENCY_BUCKETS - 1)] += 1
        self.latency_max = max(self.latency_max, took)
        if error:
            self.failed += 1
            return
        self.bytes += sectors * SECTOR
        if run.op == "read":
            self.reads += 1
        elif run.op == "write" and sectors:
            self.writes += 1

    def _percentile(self, share: float) -> int:
        """The bound below which so many bios stayed (a power of two, at most the longest)."""
        count = 0
        for exponent, size in enumerate(self.latency):
            count += size
            if count and count >= share * self.completed:
                return min(1 << exponent, self.latency_max)
        return 0

    def snapshot(self, most: int) -> SubmitterView:
        """What a face shows; its percentiles are bounds by powers of two."""
        oldest = next(iter(self.outstanding.values()))[4] if self.outstanding else self.now_us
        return SubmitterView(
            name=self.name, target="", at=self.now_us, running=bool(self.runs), outstanding=len(self.outstanding),
            oldest=self.now_us - oldest, submitted=self.bio, completed=self.completed, failed=self.failed,
            reads=self.reads, writes=self.writes, bytes=self.bytes, verified=0, corruption=0, overdue=0,
            p50=self._percentile(0.5), p95=self._percentile(0.95), p99=self._percentile(0.99),
            latency_max=self.latency_max, latency=tuple(self.latency),
        )
