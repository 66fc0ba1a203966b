"""The bare ring that the process runtime is measured against: as many processes, the same kind of pipes, no emulation.

Each process takes one msgpack message with ``recv_bytes``, unpacks it, packs it and passes it on with ``send_bytes``.
A *round* is a message carried through as many hops as one I/O makes messages in the emulation.  The first process
counts and keeps the time; the parent only says for how long.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any

import msgpack
from multiprocess import get_context

from emulator.runtime.spawn import ChildProcess

HOPS = 8
"""Messages of one read through a softirq-completed path: SUBMIT_BIO, INSERT_CLONE, LUN_IO, LUN_DONE, END_CLONE_BIO,
RAISE_SOFTIRQ, SOFTIRQ_DONE, BIO_ENDIO."""

DEPTH = 32

MESSAGE = (10, "app.0", (), 1, 0, 2048, (8,), None)
"""As long as an INSERT_CLONE."""

STOP_WAIT_S = 2.0


@dataclass(frozen=True, slots=True)
class RingRun:
    """One measurement."""

    hops: int
    seconds: float

    @property
    def rounds_per_s(self) -> float:
        """Messages carried through all their hops, per second."""
        return self.hops / HOPS / self.seconds


def node(source: Any, destination: Any) -> None:
    """Entry of every process but the first: pass messages on until the ring is cut."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    unpack, pack = msgpack.unpackb, msgpack.packb
    try:
        while True:
            destination.send_bytes(pack(unpack(source.recv_bytes(), use_list=False)))
    except (EOFError, BrokenPipeError):
        return


def first(control: Any, source: Any, destination: Any, processes: int) -> None:
    """Entry of the first process: when the parent says so, put DEPTH messages in, time them, take them out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    unpack, pack = msgpack.unpackb, msgpack.packb
    try:
        while True:
            (seconds,) = msgpack.unpackb(control.recv_bytes())
            start = perf_counter()
            laps, until = 0, start + seconds
            for _ in range(DEPTH):
                destination.send_bytes(pack(MESSAGE))
            while perf_counter() < until:
                for _ in range(DEPTH):  # the clock is read once a lap of all, not once a message
                    destination.send_bytes(pack(unpack(source.recv_bytes(), use_list=False)))
                laps += DEPTH
            for _ in range(DEPTH):
                source.recv_bytes()
            laps += DEPTH
            control.send_bytes(msgpack.packb((laps * processes, perf_counter() - start)))
    except (EOFError, BrokenPipeError):
        return


class Ring:
    """So many processes in a ring; ``measure`` lets messages go round.  Use as a context manager."""

    def __init__(self, processes: int, folder: Path) -> None:
        context = get_context("spawn")
        pipes = [context.Pipe(duplex=False) for _ in range(processes)]
        self._control, theirs = context.Pipe()
        self._children = []
        try:
            for i in range(processes):
                source, destination = pipes[i - 1][0], pipes[i][1]
                arguments = (source, destination) if i else (theirs, source, destination, processes)
                child = ChildProcess(f"ring-{i}", folder / f"ring{i}.stderr", node if i else first, arguments)
                child.start()
                self._children.append(child)
        except BaseException:
            self.close()
            raise
        finally:
            theirs.close()
            for ends in pipes:
                for end in ends:
                    end.close()

    def measure(self, seconds: float) -> RingRun:
        """Let messages go round for *seconds*.  Raises EOFError if a process of the ring has died."""
        self._control.send_bytes(msgpack.packb((seconds,)))
        hops, took = msgpack.unpackb(self._control.recv_bytes())
        return RingRun(hops, took)

    def close(self) -> None:
        """Cut the ring and wait for its processes."""
        self._control.close()
        for child in self._children:
            child.join(STOP_WAIT_S)
            if child.is_alive():
                child.kill()
                child.join()
            child.close()
        self._children.clear()

    def __enter__(self) -> Ring:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()
