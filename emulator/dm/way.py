"""What a request passes on an md's straight way, made of the times noted on it and on its clones.

Runs in the md's process, when a face asks its recorder.  A request that was put back keeps what its earlier clones
passed; those clones are gone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain

from emulator.block.queue import RequestQueue
from emulator.block.request import Request
from emulator.dm.clone import Tio
from emulator.dm.codes import DM_MAPIO_REMAPPED
from emulator.machine import Machine
from emulator.trace.events import Raw, Serial, stamp, unstamp

FORMER_MOST = 192
"""Events of a request's earlier clones: some sixty of them.  Policy: the oldest are forgotten."""

_MADE, _MAPPED, _BIOS, _COMPLETED = range(4)


class StraightWays(Machine):
    """The part of a mapped device that tells them."""

    queue: RequestQueue
    clones: dict[int, Tio]
    way_functions = frozenset({"__make_request", "map_request", "end_clone_bio", "rq_completed"})

    def under_way(self) -> Iterable[Tio | Request]:
        """What has a clone, and what waits without one."""
        queue = self.queue
        waiting = chain(queue.elevator, queue.queue_head, queue.requeue_list)
        return [*self.clones.values(), *(rq for rq in waiting if rq.special is None)]

    def way_number(self, passed: Tio | Request) -> int:
        """The original's."""
        return passed.orig.id if isinstance(passed, Tio) else passed.id

    def noted_wholly(self, passed: Tio | Request) -> bool:
        """Of a clone: that its original was allocated, that it was mapped, that its bios ended."""
        if isinstance(passed, Request):
            return True
        whole = hasattr(passed.orig, "made_us") and (not passed.device or hasattr(passed, "mapped_us"))
        whole = whole and (not passed.ended or hasattr(passed, "bios_us"))
        if not whole:
            unstamp(passed.orig)
        return whole

    def way(self, passed: Tio | Request) -> Iterator[tuple[Serial, Raw]]:
        """Of the original, and of this and its earlier clones."""
        if isinstance(passed, Tio):
            yield from _of_request(passed.orig)
            yield from _of_clone(passed)
        else:
            yield from _of_request(passed)


def put_back(tio: Tio) -> None:
    """The original of *tio* is requeued and *tio* freed: what it passed stays with the original."""
    orig = tio.orig
    if not hasattr(orig, "former"):
        orig.former = deque(maxlen=FORMER_MOST)
    orig.former.extend(_of_clone(tio))


def _of_request(rq: Request) -> Iterator[tuple[Serial, Raw]]:
    if hasattr(rq, "made_us"):
        bio = rq.made_of
        where = (bio.sector, bio.sectors, bio.flags)
        name = rq.made_in.name
        serial = (stamp(rq, "made_at"), rq.id, _MADE)
        yield serial, (rq.made_us, "__make_request", name, rq.id, bio.owner, bio.id, "new", where)
    if hasattr(rq, "former"):
        yield from rq.former


def _of_clone(tio: Tio) -> Iterator[tuple[Serial, Raw]]:
    number, clone, bios = tio.orig.id, tio.id, len(tio.sizes)
    if hasattr(tio, "mapped_us"):
        serial, name = (stamp(tio, "mapped_at"), clone, _MAPPED), tio.mapped_in.name
        yield serial, (
            tio.mapped_us, "map_request", name, number, clone, DM_MAPIO_REMAPPED, tio.device, "", bios
        )
    if hasattr(tio, "bios_us"):
        serial = (stamp(tio, "bios_at"), clone, _BIOS)
        yield serial, (tio.bios_us, "end_clone_bio", tio.bios_in, number, clone, bios, 0, tio.bio_ids)
    if hasattr(tio, "completed_us"):
        serial, name = (tio.completed_at, clone, _COMPLETED), tio.completed_in.name
        yield serial, (
            tio.completed_us, "rq_completed", name, number, clone, tio.device, tio.judged_us, tio.verdict
        )
