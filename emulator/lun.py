"""A LUN: the store that all paths to it share, one process.  What one path wrote, another reads."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from emulator.block.bio import DISCARD, KEPT, SECTOR, WRITE
from emulator.machine import Machine
from emulator.messages import COMMAND, LUN_DONE, LUN_IO, REPLY, SET_PORT_GROUP, SUPERVISOR
from emulator.plan import LunSpec
from emulator.ports import PortGroups
from emulator.sectors import seeded
from emulator.snapshot import LunView
from emulator.trace.events import Raw, Serial

CHUNK = 8
"""Sectors kept together."""
CHUNK_BYTES = CHUNK * SECTOR
ZEROES = bytes(CHUNK_BYTES)


class Lun(Machine):
    """Chunks of eight sectors; one that was never touched costs nothing and reads as zero, or as the seed's data."""

    kind = "lun"

    def __init__(
        self, spec: LunSpec, clock_ns: Callable[[], int] = lambda: 0, ports: Mapping[str, tuple[int, str]] | None = None
    ) -> None:
        super().__init__(spec.name, clock_ns)
        self.ports = PortGroups(self, ports or {})
        self.spec = spec
        self.chunks: dict[int, bytes] = {}
        self.written: dict[int, int] = {}
        """Bit mask of the sectors of a chunk that were written."""
        self.nr_written = 0
        self.reads = self.writes = 0
        self._noted = 0
        """Commands that came while somebody recorded."""
        self.handlers = {LUN_IO: self._io, SET_PORT_GROUP: self.ports.set_optimized, COMMAND: self._command}

    def _io(self, source: str, message: tuple[Any, ...]) -> None:
        _tag, command, flags, sector, sectors, data = message
        if self.keeps or (flags & KEPT and self.trace is not None):
            self._noted += 1
            self.ways.append((self.now_us, self._noted, source, command, sector, sectors))
        if sector + sectors > self.spec.sectors:
            self.send(source, (LUN_DONE, command, errno.EIO, None))
        elif flags & WRITE:
            if flags & DISCARD:
                self.discard(sector, sectors)
            else:
                self.writes += 1
                self.write(sector, sectors, data)
            self.send(source, (LUN_DONE, command, 0, None))
        else:
            self.reads += 1
            self.send(source, (LUN_DONE, command, 0, self.read(sector, sectors)))

    def write(self, sector: int, sectors: int, data: bytes | None) -> None:
        """Store *data* (None = zeroes) at *sector*."""
        self._seed(sector, sectors)
        if data is None:
            data = bytes(sectors * SECTOR)
        at = 0
        while at < sectors:
            chunk, offset = divmod(sector + at, CHUNK)
            count = min(CHUNK - offset, sectors - at)
            part = data[at * SECTOR : (at + count) * SECTOR]
            if count < CHUNK:
                old = self.chunks.get(chunk, ZEROES)
                part = old[: offset * SECTOR] + part + old[(offset + count) * SECTOR :]
            self.chunks[chunk] = part
            old_mask = self.written.get(chunk, 0)
            self.written[chunk] = mask = old_mask | ((1 << count) - 1) << offset
            self.nr_written += mask.bit_count() - old_mask.bit_count()
            at += count

    def discard(self, sector: int, sectors: int) -> None:
        """The sectors hold nothing any more: they read as zeroes."""
        end = sector + sectors
        for chunk in range(sector // CHUNK, (end - 1) // CHUNK + 1):
            first, last = max(sector, chunk * CHUNK), min(end, (chunk + 1) * CHUNK)
            if last - first < CHUNK:
                self.write(first, last - first, None)
                written = ((1 << (last - first)) - 1) << (first - chunk * CHUNK)
            else:
                written = (1 << CHUNK) - 1
                if self.spec.seed:
                    self.chunks[chunk] = ZEROES
                else:
                    self.chunks.pop(chunk, None)
            old = self.written.pop(chunk, 0)
            if left := old & ~written:
                self.written[chunk] = left
            self.nr_written -= old.bit_count() - left.bit_count()

    def read(self, sector: int, sectors: int) -> bytes | None:
        """The data at *sector*, None if all of it is zero pages."""
        self._seed(sector, sectors)
        first_chunk, last_chunk = sector // CHUNK, (sector + sectors - 1) // CHUNK
        if first_chunk == last_chunk:
            data = self.chunks.get(first_chunk)
            if data is None or sectors == CHUNK:
                return data
        elif all(chunk not in self.chunks for chunk in range(first_chunk, last_chunk + 1)):
            return None
        else:
            data = b"".join(self.chunks.get(chunk, ZEROES) for chunk in range(first_chunk, last_chunk + 1))
        offset = (sector - first_chunk * CHUNK) * SECTOR
        return data[offset : offset + sectors * SECTOR]

    def _seed(self, sector: int, sectors: int) -> None:
        """Make the data that fresh chunks of a seeded LUN hold."""
        if self.spec.seed:
            for chunk in range(sector // CHUNK, (sector + sectors - 1) // CHUNK + 1):
                if chunk not in self.chunks:
                    self.chunks[chunk] = seeded(self.spec.seed, chunk * CHUNK, CHUNK)

    def peer_back(self, now_us: int, peer: str) -> None:
        """A new process plays a device: it learns the state of its port group."""
        super().peer_back(now_us, peer)
        self.ports.tell(peer)

    def _command(self, source: str, message: tuple[Any, ...]) -> None:
        self.send(SUPERVISOR, (REPLY, message[1], errno.EINVAL, f"a LUN does not know the command {message[2]!r}"))

    way_functions = frozenset({"medium"})

    def way_number(self, passed: tuple[Any, ...]) -> int:
        """The device's command."""
        number: int = passed[3]
        return number

    def way(self, passed: tuple[Any, ...]) -> Iterator[tuple[Serial, Raw]]:
        """That it reached the medium."""
        at_us, nth, source, command, sector, sectors = passed
        yield (nth, command, 0), (at_us, "medium", "", command, source, sector, sectors)

    def snapshot(self, most: int) -> LunView:
        """What a face shows."""
        return LunView(self.name, self.now_us, self.spec.sectors, self.nr_written, self.reads, self.writes)
