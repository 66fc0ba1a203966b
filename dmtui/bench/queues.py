"""What one insertion, merge and dispatch of an md costs with 1,000 and with 100,000 requests on its queue.

The md's machine is spoken to in the words of its neighbours: bios come in, the paths say busy until a dispatch is
wanted and then take some clones, the clones are completed.  So the costs are those of a whole step as a bio meets it -
context, queue lock, request - not of a list operation alone.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from statistics import median
from time import perf_counter
from typing import Any, Literal

from emulator.build import build_machine
from emulator.messages import END_CLONE_BIO, INSERT_CLONE, LLD_BUSY, SOFTIRQ_DONE, SUBMIT_BIO, UNPLUG
from emulator.plan import DeviceSpec, LunSpec, MdSpec, Plan, SubmitterSpec
from emulator.runtime.child import calm_collector

SMALL, LARGE = 1_000, 100_000

OPERATIONS = 200
"""Operations timed at a time: a fifth of the small queue."""

ROUNDS = 15

SPACING = 64
"""Sectors between two places for a request: far enough that only a bio meant for a request merges with it."""

BIO_SECTORS = 8
ElevatorName = Literal["deadline", "noop"]
ELEVATORS: tuple[ElevatorName, ...] = ("deadline", "noop")
OPERATION_NAMES = ("insert", "merge", "dispatch")
PATHS = ("sda", "sdb")

Costs = dict[str, float]
"""By name of the operation."""


@dataclass(frozen=True, slots=True)
class QueueCosts:
    """Of one elevator: microseconds of one operation on the small and on the large queue."""

    elevator: str
    small_us: Costs
    large_us: Costs

    def ratio(self, operation: str) -> float:
        """How many times dearer *operation* is on the large queue."""
        return self.large_us[operation] / self.small_us[operation]


class _LongQueue:
    """An md with so many requests on its queue; each round leaves as many as it found."""

    def __init__(self, elevator: ElevatorName, length: int) -> None:
        self._md = build_machine(_plan(elevator, 2 * length * SPACING), "mpatha", 1)
        self._draw = Random(length)
        self._places = list(range(2 * length))
        self._draw.shuffle(self._places)
        self._bios = 0
        self._sent = dict.fromkeys(PATHS, 0)
        self._say_busy(True)
        self._submit(self._take_places(length))

    def _take_places(self, count: int) -> list[int]:
        taken, self._places = self._places[:count], self._places[count:]
        return [place * SPACING for place in taken]

    def _say_busy(self, busy: bool) -> None:
        for path, sent in self._sent.items():
            self._md.receive(0, path, (LLD_BUSY, busy, OPERATIONS // len(PATHS), 0, sent))

    def _submit(self, sectors: list[int]) -> None:
        for sector in sectors:
            self._bios += 1
            self._md.receive(0, "app", (SUBMIT_BIO, "app.0", self._bios, sector, BIO_SECTORS, 0, None))
        self._md.run(0)

    def _unplug(self) -> None:
        self._md.receive(0, "app", (UNPLUG, "app.0"))
        self._md.run(0)

    def round(self) -> Costs:
        """Seconds of one insertion, of one merge into what was inserted, of one dispatch."""
        sectors = self._take_places(OPERATIONS)
        follow = [sector + BIO_SECTORS for sector in self._draw.sample(sectors, len(sectors))]
        insert = _time(lambda: self._submit(sectors))
        merge = _time(lambda: self._submit(follow))
        self._md.take_output()
        self._say_busy(False)
        dispatch = _time(self._unplug)
        clones = [
            (path, message) for path in PATHS for message in self._md.out.get(path, ()) if message[0] == INSERT_CLONE
        ]
        self._complete(clones)
        return {
            "insert": insert / OPERATIONS, "merge": merge / OPERATIONS, "dispatch": dispatch / max(1, len(clones)),
        }

    def _complete(self, clones: list[tuple[str, tuple[Any, ...]]]) -> None:
        for path, _ in clones:
            self._sent[path] += 1
        self._say_busy(True)
        for path, message in clones:
            clone, sector, sizes = message[3], message[5], message[6]
            bios = len(sizes)
            self._md.receive(0, path, (END_CLONE_BIO, f"{path}.irq", clone, bios, 0, None))
            self._md.receive(0, "softirq", (SOFTIRQ_DONE, "softirq", clone, 0, bios))
            self._places.append(sector // SPACING)
        self._md.run(0)
        self._md.take_output()


def _plan(elevator: ElevatorName, sectors: int) -> Plan:
    devices = tuple(DeviceSpec(name, "lun0", f"8:{16 * i}") for i, name in enumerate(PATHS))
    table = f"0 {sectors} multipath 0 0 1 1 round-robin 0 2 1 " + " ".join(f"{d.dev} 1" for d in devices)
    # The queue is run when this bench says so, and no submitter ever sleeps for a request.
    md = MdSpec("mpatha", "253:0", table, elevator=elevator, nr_requests=1 << 20, unplug_thresh=1 << 30)
    return Plan(
        "long queue",
        luns=(LunSpec("lun0", sectors),),
        devices=devices,
        mds=(md,),
        submitters=(SubmitterSpec("app", "mpatha"),),
        labels=tuple((d.dev, d.name) for d in devices),
    )


def _time(work: Callable[[], None]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def measure_queues() -> list[QueueCosts]:
    """The costs with every elevator."""
    before = gc.get_threshold()
    try:
        return [_measure(elevator) for elevator in ELEVATORS]
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def _measure(elevator: ElevatorName) -> QueueCosts:
    """Small and large queue take turns; the median of all rounds counts."""
    small, large = _LongQueue(elevator, SMALL), _LongQueue(elevator, LARGE)
    calm_collector()  # as in the md's own process
    rounds = [(small.round(), large.round()) for _ in range(ROUNDS)]
    medians = [
        {name: median(costs[which][name] for costs in rounds) * 1e6 for name in OPERATION_NAMES} for which in (0, 1)
    ]
    return QueueCosts(elevator, *medians)
