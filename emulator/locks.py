"""What a kernel function takes and waits on: contexts, queue locks, wait queues (see :mod:`emulator.machine`).

Used by the machines of every process; pure, and on the way of every request.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from itertools import islice
from typing import Any

from emulator.snapshot import LockView

Steps = Generator[Any, None, Any]
"""A kernel function that takes locks or waits (:mod:`emulator.machine` says what it may yield)."""


class _OtherCpu:
    """The type of the one marker ``OTHER_CPU``."""


OTHER_CPU = _OtherCpu()
"""Yielded where the kernel lets another CPU come between without taking a lock."""


class Context:
    """One chain of calls: its name, the locks it holds, and the line of calls waiting behind the current one."""

    __slots__ = ("name", "held", "current", "line", "carried", "waits_for", "waits_us")

    def __init__(self, name: str) -> None:
        self.name = name
        self.held: list[QueueLock] = []
        self.carried: tuple[str, ...] = ()
        """Names of locks that this chain holds in other processes (it came here with a message)."""
        self.current: Steps | None = None
        self.line: deque[tuple[Steps, tuple[str, ...]]] = deque()
        self.waits_for: QueueLock | None = None
        """The lock that it has waited for since ``waits_us``, if no trace event tells that: a sparse recorder's."""
        self.waits_us = 0

    def locks(self) -> tuple[str, ...]:
        """Names of every spinlock of this chain, here and in other processes."""
        return self.carried + tuple(lock.name for lock in self.held if lock.spins)


class QueueLock:
    """A queue's spinlock: an owner, a FIFO of waiters, and what is measured about both (nanoseconds)."""

    __slots__ = (
        "name", "holder", "waiters", "clock", "acquired", "contended", "held_ns", "held_ns_max",
        "waited_ns", "waited_ns_max", "since_ns", "waiters_max", "spins", "holds", "waits",
    )

    def __init__(self, name: str, clock: Callable[[], int], spins: bool = True) -> None:
        self.name = name
        self.spins = spins
        """False: a mutex, whose holder may sleep and whom nobody else's spinning concerns."""
        self.clock = clock
        """Nanoseconds; the runtime's (constant within a step in the simulation)."""
        self.holder: Context | None = None
        self.waiters: deque[tuple[Context, int]] = deque()
        self.acquired = 0
        self.contended = 0
        self.held_ns = 0
        self.held_ns_max = 0
        self.waited_ns = 0
        self.waited_ns_max = 0
        self.waiters_max = 0
        self.since_ns = 0
        self.holds = [0] * 64
        """Times it was held: place i counts those below 2**i ns."""
        self.waits = [0] * 64
        """Times somebody waited for it, likewise."""

    def take(self, context: Context) -> None:
        """Give the free lock to *context*."""
        self.holder = context
        self.acquired += 1
        self.since_ns = self.clock()
        context.held.append(self)

    def wait(self, context: Context) -> None:
        """Put *context* at the end of the line for this lock."""
        self.contended += 1
        self.waiters.append((context, self.clock()))
        if len(self.waiters) > self.waiters_max:
            self.waiters_max = len(self.waiters)

    def hand_over(self, now_ns: int) -> Context:
        """The first waiter gets the lock that was dropped; returns it."""
        context, since = self.waiters.popleft()
        waited = now_ns - since
        self.waited_ns += waited
        if waited > self.waited_ns_max:
            self.waited_ns_max = waited
        self.waits[waited.bit_length()] += 1
        self.holder = context
        self.acquired += 1
        self.since_ns = now_ns
        context.held.append(self)
        return context

    def view(self) -> LockView:
        """What a face shows of it; a hold that goes on counts up to now."""
        now = self.clock()
        holding = now - self.since_ns if self.holder else 0
        return LockView(
            name=self.name,
            holder=self.holder.name if self.holder else "",
            waiters=tuple([context.name for context, _ in islice(self.waiters, 16)]),
            acquired=self.acquired,
            contended=self.contended,
            held_ns=self.held_ns + holding,
            held_ns_max=max(self.held_ns_max, holding),
            waited_ns=self.waited_ns,
            waited_ns_max=self.waited_ns_max,
            waiters_max=self.waiters_max,
            at_ns=now,
            holds=_used(self.holds),
            waits=_used(self.waits),
        )


def _used(counts: list[int]) -> tuple[int, ...]:
    """The counts without the zeros at the end."""
    end = len(counts)
    while end and not counts[end - 1]:
        end -= 1
    return tuple(counts[:end])


class WaitQueue:
    """Contexts that sleep until somebody wakes them, first come first served."""

    __slots__ = ("name", "sleepers")

    def __init__(self, name: str) -> None:
        self.name = name
        self.sleepers: deque[Context] = deque()
