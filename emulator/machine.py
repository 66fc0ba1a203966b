"""What every machine of the emulator is made of: contexts, locks, timers and an outbox.

A *machine* is one part of the block layer (the mapped device, an underlying device, the softirq
worker, a LUN, a submitter) as a plain state machine.  It opens no pipe, reads no clock and sleeps
never: a runtime hands it messages and the time, and takes messages out of it.

A kernel function that takes or drops a lock is written as a *generator* that reads like the kernel
function.  It yields

- a :class:`QueueLock` to take it (it goes on once the lock is its own),
- a :class:`WaitQueue` to sleep on it (it goes on once somebody woke it),
- ``OTHER_CPU`` where another CPU could come between.

A :class:`Context` is one CPU's or task's chain of calls (reference: contexts C1..C8).  It has a name that
travels with its messages, and one *line* of calls that are done strictly one after another.  Contexts that
can go on stand in ``Machine.ready``; which of them goes next is the one question that the live runtime answers
by arrival and the simulation by its seed.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from random import Random
from typing import Any

from emulator.locks import OTHER_CPU, Context, QueueLock, Steps, WaitQueue
from emulator.messages import name_message
from emulator.plan import MdSpec
from emulator.telling import tone_of
from emulator.trace.noting import Noting

Message = tuple[Any, ...]
"""A tagged tuple of the words in :mod:`emulator.messages`; survives msgpack unchanged."""

OTHER_CPU_EVERY = 512
"""By arrival, a context that got a lock goes on with it, and every so many times another CPU comes between instead, as
often as it costs little; drawn by a seed, another may come every time."""


class Machine(Noting):
    """A state machine with named contexts.  Subclasses register a handler for each message tag.

    The runtime's contract: ``receive`` for each message, ``run`` until ``ready`` is empty, ``advance`` when
    ``deadline_us`` has come, then send what ``take_output`` returns.  All times are emulated microseconds.
    """

    kind = "machine"
    strides: str = ""
    """Its counter of what a longer step waits for: dispatches of an md, passes of a softirq worker."""

    def __init__(self, name: str, clock_ns: Callable[[], int] = lambda: 0) -> None:
        super().__init__()
        self.name = name
        self.clock_ns = clock_ns
        self.contexts: dict[str, Context] = {}
        self.ready: deque[Context] = deque()
        self.out: dict[str, list[Message]] = {}
        """Messages waiting to be carried, by destination; emptied by the runtime after every run."""
        self.handlers: dict[int, Callable[[str, Message], None]] = {}
        self._timers: list[tuple[int, int, int, Callable[[], None]]] = []
        self._timer_serial = 0
        self._other_cpu_every = self._until_other_cpu = OTHER_CPU_EVERY
        self._cancelled: set[int] = set()

    # -- the runtime's side ----------------------------------------------------------------------------

    def receive(self, now_us: int, source: str, message: Message) -> None:
        """Take one message from *source*.  Raises KeyError for a tag that this machine does not know."""
        self.now_us = now_us
        self.handlers[message[0]](source, message)

    def run(self, now_us: int, pick: Random | None = None, most: int | None = None) -> int:
        """Let ready contexts go on until none is ready (or *most* steps were taken); returns the steps.

        With *pick* the next context is drawn from all ready ones, else it is the longest ready one.
        """
        self.now_us = now_us
        if now_us >= self.keep_until_us:
            self.close_window()
        ready = self.ready
        steps = 0
        if pick is not None:
            self._other_cpu_every = self._until_other_cpu = 1
        while ready and (most is None or steps < most):
            if pick is not None and len(ready) > 1:
                ready.rotate(-pick.randrange(len(ready)))
            self._resume(ready.popleft())
            steps += 1
        return steps

    def deadline_us(self) -> int | None:
        """When the earliest armed timer is due, or None."""
        timers = self._timers
        while timers and timers[0][2] in self._cancelled:
            self._cancelled.discard(heapq.heappop(timers)[2])
        return timers[0][0] if timers else None

    def advance(self, now_us: int) -> None:
        """Fire every timer that is due at *now_us*, in order of its time."""
        self.now_us = now_us
        while (due := self.deadline_us()) is not None and due <= now_us:
            heapq.heappop(self._timers)[3]()

    def advance_one(self, now_us: int) -> None:
        """Fire the earliest timer that is due at *now_us*, if there is one."""
        self.now_us = now_us
        due = self.deadline_us()
        if due is not None and due <= now_us:
            heapq.heappop(self._timers)[3]()

    def take_output(self) -> dict[str, list[Message]]:
        """All messages to carry, by destination; the machine forgets them."""
        out, self.out = self.out, {}
        if self.detail and self.trace is not None:
            for destination, batch in out.items():
                told = [(*name_message(each), tone_of(each)) for each in batch]
                self.trace.append((self.now_us, "send", "", 0, destination, told))
        return out

    def unfinished(self) -> set[int]:
        """Numbers of the requests (clones, bios) that are in it now: what is recorded of those is kept longest."""
        return set()

    def peer_gone(self, now_us: int, peer: str) -> None:
        """The process behind *peer* is gone (end of file on its pipe).  Default: nothing to do."""
        self.now_us = now_us

    def peer_absent(self, now_us: int, peer: str) -> None:
        """There has been no process behind *peer* since before this machine began.  Default: as if it had gone."""
        self.peer_gone(now_us, peer)

    def peer_back(self, now_us: int, peer: str) -> None:
        """A new process plays *peer* again, from its initial state.  Default: nothing to do."""
        self.now_us = now_us

    def peer_added(self, now_us: int, spec: MdSpec) -> None:
        """A mapped device was made that may exchange messages with this machine.  Default: nothing to do."""
        self.now_us = now_us

    def peer_removed(self, now_us: int, peer: str) -> None:
        """The mapped device *peer* was removed, idle; nothing may be sent to it any more.  Default: nothing to do."""
        self.now_us = now_us

    def snapshot(self, most: int) -> Any:
        """What a face shows of this machine, with at most *most* entries of each list (emulator.snapshot)."""
        raise TypeError(f"{type(self).__name__} has no snapshot")

    # -- the machine's side ----------------------------------------------------------------------------

    def send(self, destination: str, message: Message) -> None:
        """Put *message* into the outbox for *destination*."""
        box = self.out.get(destination)
        if box is None:
            self.out[destination] = [message]
        else:
            box.append(message)

    def context(self, name: str) -> Context:
        """The context of that name, made when first asked for."""
        context = self.contexts.get(name)
        if context is None:
            context = self.contexts[name] = Context(name)
        return context

    def chain(self, name: str, carried: tuple[str, ...] = ()) -> Context:
        """The context *name* for a call that carries locks of its chain.

        If that chain already waits here, the call belongs on top of it and not behind it: it gets a context of its own.
        """
        context = self.context(name)
        while carried and context.current is not None:
            name += "+"
            context = self.context(name)
        return context

    def call(self, context: Context, steps: Steps, carried: tuple[str, ...] = ()) -> None:
        """Append a call to the line of *context*; it starts when those before it have returned."""
        if context.current is None:
            context.current = steps
            context.carried = carried
            self.ready.append(context)
        else:
            context.line.append((steps, carried))

    def unlock(self, lock: QueueLock, holder: Context | None = None) -> None:
        """Drop *lock*; the first waiter gets it and becomes ready.

        With *holder* given nothing happens if the lock is not its own any more (a deadlock was broken meanwhile).
        """
        if holder is not None and lock.holder is not holder:
            return
        owner = lock.holder
        now = lock.clock()
        held = now - lock.since_ns
        lock.held_ns += held
        if held > lock.held_ns_max:
            lock.held_ns_max = held
        lock.holds[held.bit_length()] += 1
        if owner is not None:
            owner.held.remove(lock)
            if self.detail and self.trace is not None:
                self.trace.append((self.now_us, "unlock", owner.name, 0, lock.name, held))
        if lock.waiters:
            since = lock.waiters[0][1]
            context = lock.hand_over(now)
            if context.waits_for is not None:
                context.waits_for = None
            elif self.trace is not None:
                self.trace.append((self.now_us, "lock", context.name, 0, lock.name, now - since))
            self.ready.append(context)
        else:
            lock.holder = None

    def passes(self, lock: QueueLock) -> bool:
        """Drop *lock* for those who would take it before we have it back; False if nobody would: it stays ours.

        For ``if machine.passes(lock): yield lock`` where the kernel drops a lock and takes it again at once.
        """
        if lock.waiters or (self.ready and self._other_cpu_every == 1):
            self.unlock(lock)
            return True
        lock.acquired += 1
        return False

    def wake(self, queue: WaitQueue, most: int | None = None) -> None:
        """Make the first *most* sleepers of *queue* (all of them by default) ready."""
        sleepers = queue.sleepers
        count = len(sleepers) if most is None else min(most, len(sleepers))
        for _ in range(count):
            context = sleepers.popleft()
            self.ready.append(context)

    def arm(self, at_us: int, fire: Callable[[], None]) -> int:
        """Call *fire* at *at_us*; returns a handle for :meth:`disarm`.  Equal times fire in arming order."""
        self._timer_serial += 1
        heapq.heappush(self._timers, (at_us, 0, self._timer_serial, fire))
        return self._timer_serial

    def disarm(self, handle: int) -> None:
        """Forget an armed timer.  Must not be called for one that has fired."""
        self._cancelled.add(handle)

    def _resume(self, context: Context) -> None:
        steps = context.current
        while steps is not None:
            try:
                want = next(steps)
            except StopIteration:
                if context.line:
                    steps, context.carried = context.line.popleft()
                else:
                    steps, context.carried = None, ()
                context.current = steps
                continue
            if want.__class__ is QueueLock:
                if want.holder is None and not want.waiters and want.name not in context.carried:
                    # As QueueLock.take, without a call: several times in each request's life.
                    want.holder = context
                    want.acquired += 1
                    want.since_ns = want.clock()
                    context.held.append(want)
                    if self.detail and self.trace is not None:
                        self.trace.append((self.now_us, "lock", context.name, 0, want.name, 0))
                    # Another CPU may come now and find the lock taken: that is what makes waiters real.
                    self._until_other_cpu -= 1
                    if self._until_other_cpu <= 0 and self.ready:
                        self._until_other_cpu = self._other_cpu_every
                        self.ready.append(context)
                        return
                    continue
                if self.keeps and self.trace is not None:
                    holder = want.holder.name if want.holder else ""
                    self.trace.append((self.now_us, "lock_wait", context.name, 0, want.name, holder))
                elif self.trace is not None:
                    context.waits_for, context.waits_us = want, self.now_us
                want.wait(context)
                return
            if want is OTHER_CPU:
                if self.ready:
                    self.ready.append(context)
                    return
                continue
            want.sleepers.append(context)
            return


def first(items: Iterable[Any], most: int) -> list[Any]:
    """The first *most* of *items*, without walking the rest."""
    return list(islice(items, most))


__all__ = [
    "OTHER_CPU", "OTHER_CPU_EVERY", "Context", "Machine", "Message", "QueueLock", "Steps", "WaitQueue", "first",
]
