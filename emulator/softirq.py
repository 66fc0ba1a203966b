"""The softirq worker: one CPU's done list and BLOCK_SOFTIRQ (block/blk-softirq.c, reference 11.3), one process.

A device that finished a clone only raises the softirq (under its queue lock).  Here, later and with no queue lock held,
a pass steals the whole done list and hands each item to the softirq_done_fn of its md, oldest first.  What is raised
meanwhile is another pass; after ten in a row the rest is left to ksoftirqd.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

from emulator.faultset import FaultSet, FaultType
from emulator.machine import OTHER_CPU, Machine, Steps, first
from emulator.messages import COMMAND, DONE_LIST_DRAINED, EVENT, RAISE_SOFTIRQ, REPLY, SOFTIRQ_DONE, SUPERVISOR
from emulator.plan import FaultSpec, MdSpec
from emulator.snapshot import SoftirqView
from emulator.trace.events import Raw, Serial

MAX_SOFTIRQ_RESTART = 10
RETRY_US = 20_000
"""After an error a sparse recorder keeps everything for so long: a request that is tried again comes by once more."""


class SoftirqWorker(Machine):
    """Its list is bounded by what can be in flight: an original is on it at most once (REQ_ATOM_COMPLETE)."""

    kind = "softirq"
    strides = "nr_passes"

    def __init__(
        self,
        name: str,
        mds: tuple[str, ...],
        rng: Random,
        fault_types: Mapping[str, FaultType],
        clock_ns: Callable[[], int] = lambda: 0,
    ) -> None:
        super().__init__(name, clock_ns)
        self.mds = mds
        self.done: deque[tuple[Any, ...]] = deque()
        """(md, clone, errno, ended), or (device,) behind everything that a vanished device had raised."""
        self._listed: set[tuple[str, int]] = set()
        self.raised = self.handled = self.nr_passes = self.restarts = self.ksoftirqd = 0
        self.backlog_max = 0
        self._timer: int | None = None
        self.c4 = self.context(f"C4:{name}")
        self.faults = FaultSet(self, "softirq", fault_types, rng)
        self.faults.event = self.event
        self.faults.changed = self._faults_changed
        self._stalled = False
        self.handlers = {RAISE_SOFTIRQ: self._raise, COMMAND: self._command}

    def event(self, kind: str, **details: Any) -> None:
        """One line for the log."""
        self.send(SUPERVISOR, (EVENT, self.now_us, kind, details))

    def _raise(self, source: str, message: tuple[Any, ...]) -> None:
        """blk_complete_request: link on the done list; raise the softirq if the list was empty."""
        _tag, md, clone, error, ended = message
        if (md, clone) in self._listed:
            return
        self._listed.add((md, clone))
        self.raised += 1
        if error:
            self.stir()
            self.keep_for(RETRY_US)
        if self.trace is not None and (self._stalled or self.faults.standing.item_delay_us):
            self.trace.append((self.now_us, "blk_complete_request", "", clone, md, source, error, len(self.done)))
        self.done.append((md, clone, error, ended))
        if len(self.done) > self.backlog_max:
            self.backlog_max = len(self.done)
        self._raise_softirq()

    def _raise_softirq(self) -> None:
        if self.c4.current is None and self._timer is None and not self._stalled:
            self.call(self.c4, self._blk_done_softirq())

    def _blk_done_softirq(self) -> Steps:
        """Passes over the done list until it is empty, or ksoftirqd has to take over."""
        restarts = 0
        while self.done and not self._stalled:
            self.nr_passes += 1
            if restarts:
                self.restarts += 1
            if self.faults.standing.item_delay_us:
                self._slowly()
                return
            for _ in range(len(self.done)):
                self._hand_over(self.done.popleft())
            yield OTHER_CPU
            restarts += 1
            if restarts > MAX_SOFTIRQ_RESTART and self.done:
                self.ksoftirqd += 1
                restarts = 0

    def _slowly(self) -> None:
        """A slow worker: one item now, the next after its delay."""
        self._timer = self.arm(self.now_us + self.faults.standing.item_delay_us, self._slow_item)

    def _slow_item(self) -> None:
        self._timer = None
        if self._stalled:
            return
        if self.done:
            self._hand_over(self.done.popleft())
        if self.done:
            self._raise_softirq()

    def _hand_over(self, item: tuple[Any, ...]) -> None:
        if len(item) == 1:
            for md in self.mds:
                self.send(md, (DONE_LIST_DRAINED, item[0]))
            return
        md, clone, error, ended = item
        self._listed.discard((md, clone))
        self.handled += 1
        if self.keeps and self.trace is not None:
            self.ways.append((self.now_us, self.traced + len(self.trace), self.handled, len(self.done), item))
        self.send(md, (SOFTIRQ_DONE, self.c4.name, clone, error, ended))

    def peer_gone(self, now_us: int, peer: str) -> None:
        """A device vanished: its mds hear when everything it had raised has been passed on."""
        super().peer_gone(now_us, peer)
        self.done.append((peer,))
        self._raise_softirq()

    def peer_added(self, now_us: int, spec: MdSpec) -> None:
        """A new md hears of drained lists too."""
        super().peer_added(now_us, spec)
        self.mds = (*self.mds, spec.name)

    def peer_removed(self, now_us: int, peer: str) -> None:
        """The md had nothing on the list."""
        super().peer_removed(now_us, peer)
        self.mds = tuple(md for md in self.mds if md != peer)

    def _faults_changed(self) -> None:
        stalled = self.faults.standing.stalled
        if stalled != self._stalled:
            self._stalled = stalled
            self.event("softirq_stalled" if stalled else "softirq_running", worker=self.name)
        if self.done:
            self._raise_softirq()

    def _command(self, source: str, message: tuple[Any, ...]) -> None:
        _tag, serial, verb, arguments = message
        if verb == "inject":
            error, text = self.faults.inject(FaultSpec(*arguments[0]))
        elif verb == "clear":
            error, text = self.faults.clear(arguments[0])
        else:
            error, text = errno.EINVAL, f"the softirq worker does not know the command {verb!r}"
        self.send(SUPERVISOR, (REPLY, serial, error, text))

    way_functions = frozenset({"blk_done_softirq"})

    def way_number(self, passed: tuple[Any, ...]) -> int:
        """The clone's."""
        number: int = passed[4][1]
        return number

    def way(self, passed: tuple[Any, ...]) -> Iterator[tuple[Serial, Raw]]:
        """That it was handed over."""
        at_us, at, handled, backlog, (md, clone, _error, _ended) = passed
        yield (at, handled, 0), (at_us, "blk_done_softirq", self.c4.name, clone, md, backlog)

    def unfinished(self) -> set[int]:
        """Clones on the done list."""
        return {clone for _md, clone in self._listed}

    def snapshot(self, most: int) -> SoftirqView:
        """What a face shows."""
        return SoftirqView(
            name=self.name,
            at=self.now_us,
            done=tuple([f"{item[0]}#{item[1]}" for item in first(self.done, most) if len(item) > 1]),
            backlog=len(self.done),
            backlog_max=self.backlog_max,
            passes=self.nr_passes,
            restarts=self.restarts,
            ksoftirqd=self.ksoftirqd,
            handled=self.handled,
            raised=self.raised,
            stalled=self._stalled,
            delay=self.faults.standing.item_delay_us,
            faults=self.faults.views(),
        )
