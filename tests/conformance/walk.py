"""A random walk over a multipath device, drawn by a seed, that keeps account of what must be so.  Used by test_walk.py.

Its actions are those of the walks on the real kernel: messages, path faults, held and released requests, suspends,
resumes, table swaps, single reads and writes; and flushes, discards, signals, tables dropped and wiped.  Each read
or write has sectors of its own, so that what a later one must find is known whatever the order in which they end.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from random import Random

from emulator.lab import SyncLab
from emulator.lab.results import DeviceInfo, IoResult, Result
from emulator.sectors import seeded

PATHS = ("7:0", "7:1", "7:2", "7:3")
SELECTORS = ("round-robin", "queue-length", "service-time")
BLOCK = 8
BLOCKS = 512
SEED = 1
ERRORS = ("EIO", "ETIMEDOUT", "ENOMEM", "ENODATA", "EREMOTEIO", "EOPNOTSUPP")
PATH = re.compile(r"(\d+:\d+) ([AF]) (\d+)")


class Walk:
    """One walk: ``step`` does something and says what is not as it must be; ``end`` lets everything go."""

    def __init__(self, lab: SyncLab, rng: Random) -> None:
        self.lab = lab
        self.rng = rng
        self.jobs: dict[str, tuple[str, int]] = {}
        """Reads and writes that have not ended: operation, block."""
        self.content: dict[int, int | None] = {}
        """Block -> the seed of its data (0 = discarded); None = a write of it failed, it may be either."""
        self.changed: dict[str, list[str]] = {}
        """Since the live table came: what the kernel log said of each path."""
        self.heard = 0
        self.next = 0
        self.number = 0
        self.event = 0
        self.done: list[str] = []
        self.actions: list[Callable[[], str | None]] = [
            self._io, self._io, self._io, self._io, self._path, self._path, self._message, self._fault, self._fault,
            self._hold, self._hold, self._suspend, self._resume, self._load, self._interrupt, self._lose,
        ]
        self.do(f"dmsetup create mp --table '{self._table()}'")

    def do(self, line: str) -> Result:
        """Do *line* and remember it."""
        self.done.append(line)
        return self.lab.do(line)

    def step(self) -> Iterator[str]:
        """One action, a little time, and the look."""
        line = self.rng.choice(self.actions)()
        if line:
            self.do(line)
        self.do(f"run {self.rng.choice((1, 10, 150))}ms")
        yield from self.look()

    def end(self) -> Iterator[str]:
        """Nothing fails or is held any more and there are paths: every line comes to its end, the data are right."""
        for nr in range(len(PATHS)):
            self.do(f"clear loop{nr}")
            self.do(f"release loop{nr}")
        self.do("run 500ms")
        self.do("dmsetup resume mp")
        # The table may have been wiped.
        self.do(f"dmsetup load mp --table '{self._table()}'")
        self.do("dmsetup resume --noflush mp")
        for path in PATHS:
            self.do(f"dmsetup message mp 0 reinstate_path {path}")
        self.do("run 2s")
        yield from self.look()
        for id, job in self.lab.jobs.items():
            if not job.done:
                yield f"[{id}] {job.line} never ended"
        for block, seed in self.content.items():
            if seed is not None:
                yield from self._verify(block, seed)

    # -- actions -----------------------------------------------------------------------------------------------

    def _table(self) -> str:
        paths = self.rng.sample(PATHS, self.rng.randint(2, 4))
        cut = self.rng.randint(1, len(paths))
        groups = [group for group in (paths[:cut], paths[cut:]) if group]
        words = [f"{self.rng.choice(SELECTORS)} 0 {len(group)} 0 {' '.join(group)}" for group in groups]
        features = self.rng.choice(("0", "1 queue_if_no_path", "1 queue_if_no_path"))
        return f"0 131072 multipath {features} 0 {len(groups)} 1 {' '.join(words)}"

    def _background(self, line: str) -> str:
        self.number += 1
        return f"bg W{self.number} {line}"

    def _io(self) -> str:
        op = self.rng.choice(("read", "write", "write", "discard", "flush"))
        line = "io flush mp"
        if op != "flush":
            known = [block for block, seed in self.content.items() if seed is not None]
            if op == "read" and known:
                block = self.rng.choice(known)
            else:
                block = self.next
                self.next += 1
            line = f"io {op} mp {block * BLOCK}+{BLOCK}"
            if op == "write":
                line += f" seed={block + 2}" + self.rng.choice(("", " dsync"))
            self.jobs[f"W{self.number + 1}"] = (op, block)
        return self._background(line)

    def _path(self) -> str:
        verb = self.rng.choice(("fail_path", "reinstate_path", "reinstate_path"))
        return f"dmsetup message mp 0 {verb} {self.rng.choice(PATHS)}"

    def _message(self) -> str:
        return "dmsetup message mp 0 " + self.rng.choice((
            "switch_group 1", "switch_group 2", "disable_group 1", "enable_group 1", "disable_group 2",
            "enable_group 2", "queue_if_no_path", "fail_if_no_path", "nonsense", "fail_path 8:8",
        ))

    def _fault(self) -> str:
        nr = self.rng.randrange(len(PATHS))
        if self.rng.random() < 0.5:
            return f"clear loop{nr}"
        self.number += 1
        error, times = self.rng.choice(ERRORS), self.rng.choice(("", " times=1", " times=1", " times=2"))
        return f"fault loop{nr} error errno={error} name=f{self.number}{times}"

    def _hold(self) -> str:
        nr = self.rng.randrange(len(PATHS))
        return self.rng.choice((f"hold loop{nr}", f"release loop{nr}", f"release loop{nr}"))

    def _suspend(self) -> str:
        return self._background(f"dmsetup suspend {self.rng.choice(('', '--noflush '))}mp")

    def _resume(self) -> str:
        return self._background(f"dmsetup resume {self.rng.choice(('', '--noflush '))}mp")

    def _load(self) -> str | None:
        self.do(f"dmsetup load mp --table '{self._table()}'")
        return self._resume() if self.rng.random() < 0.7 else None

    def _interrupt(self) -> str | None:
        waiting = [id for id, job in self.lab.jobs.items() if not job.done and "dmsetup" in job.line]
        return f"interrupt {self.rng.choice(waiting)}" if waiting else None

    def _lose(self) -> str | None:
        """The inactive table, now and then the live one too."""
        if self.rng.random() < 0.7:
            return "dmsetup clear mp"
        return self._background(f"dmsetup wipe_table {self.rng.choice(('', '--force '))}mp")

    # -- what must be so ---------------------------------------------------------------------------------------

    def look(self) -> Iterator[str]:
        """Take note of what has ended; what is not as it must be."""
        yield from self._ended()
        yield from self._heard()
        info = self.lab.do("dmsetup info mp").value
        assert isinstance(info, DeviceInfo), "the device is there"
        if info.event_nr < self.event:
            yield f"the event number went from {self.event} to {info.event_nr}"
        self.event = info.event_nr
        busy = sum(1 for job in self.lab.jobs.values() if not job.done and " io " in f" {job.line}")
        if info.open_count != busy:
            yield f"open count {info.open_count}, but {busy} lines have it open"
        yield from self._status(self.lab.do("dmsetup status mp").text, self.lab.do("dmsetup table mp").text)

    def _status(self, status: str, table: str) -> Iterator[str]:
        if status.split()[2] == "error":
            return
        found = PATH.findall(status)
        if sorted(dev for dev, _, _ in found) != sorted(re.findall(r"7:\d", table)):
            yield f"status and table have other paths: {status!r}, {table!r}"
        for dev, letter, fails in found:
            said = self.changed.get(dev, [])
            if int(fails) != said.count("Failing"):
                yield f"{dev} failed {said.count('Failing')} times as the log has it, status says {fails}"
            if letter != ("F" if said and said[-1] == "Failing" else "A"):
                yield f"the log said {said} of {dev}, status says {letter}"
        letters = _groups(status)
        current = int(status.split()[8])
        if letters.count("A") > 1 or ("A" in letters and letters.index("A") + 1 != current):
            yield f"groups {letters}, current group {current}: {status!r}"

    def _heard(self) -> Iterator[str]:
        """Events since the last look: path changes as the kernel log has them, broken invariants."""
        events = list(self.lab.events)
        for event in events[self.heard :]:
            if event.kind == "table_swapped":
                self.changed.clear()
            elif event.kind == "invariant":
                yield f"invariant {event.details}"
            elif event.kind == "kernel_log":
                match = re.search(r"(Failing|Reinstating) path (\d+:\d+)\.", str(event.details["text"]))
                if match:
                    self.changed.setdefault(match[2], []).append(match[1])
        self.heard = len(events)

    def _ended(self) -> Iterator[str]:
        for id, (op, block) in list(self.jobs.items()):
            result = self.lab.jobs[id].result
            if result is None:
                continue
            del self.jobs[id]
            assert isinstance(result.value, IoResult), "it was an io line"
            good = result.rc == 0
            if op == "write":
                self.content[block] = block + 2 if good else None
            elif op == "discard":
                # One that is not supported has succeeded and done nothing.
                self.content[block] = None
            elif good:
                yield from self._right(block, result.value.crc32)

    def _right(self, block: int, crc32: int) -> Iterator[str]:
        seed = self.content.get(block, SEED)
        if seed is not None and crc32 != zlib.crc32(seeded(seed, block * BLOCK, BLOCK)):
            yield f"block {block} is not what was written with seed {seed}"

    def _verify(self, block: int, seed: int) -> Iterator[str]:
        result = self.do(f"io read mp {block * BLOCK}+{BLOCK} verify={seed}")
        if result.rc != 0:
            yield f"block {block}, written with seed {seed}: {result.text}"


def _groups(status: str) -> list[str]:
    """D, A or E of each group: ``START LEN multipath 2 Q I H G N { L 0 P S { DEV A|F FAILS info }xP }xG``."""
    words = status.split()
    letters, at = [], 9
    while at < len(words):
        letters.append(words[at])
        at += 4 + int(words[at + 2]) * (3 + int(words[at + 3]))
    return letters
