"""The mapped device: one machine, played by its own process.

It owns M (its request queue and queue lock), the live table, and every original in flight.  What reaches it:

- from submitters: bios (C1) and unplugs,
- from devices, or from an md below: end_clone_bio (C3), busy hints, and the completions of ``completion: inline``,
- from the softirq worker: dm_softirq_done (C4),
- from an md above, when this one is its path: cloned requests (:mod:`emulator.dm.stacking`),
- from a face: commands (C6, :mod:`emulator.dm.control`).
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from itertools import chain
from random import Random
from typing import Any

from emulator.block.bio import Bio
from emulator.block.iostat import IoStat
from emulator.block.queue import RequestQueue
from emulator.block.request import Request
from emulator.block.submit import make_request
from emulator.checks.invariants import broken_invariants
from emulator.dm import control, inline, limits, listener, loading, sg_io, split, stacking
from emulator.dm.clone import Tio
from emulator.dm.completion import dm_softirq_done, end_clone_bios
from emulator.dm.dispatch import complete_request, dm_request_fn
from emulator.dm.flush import UNUSUAL, FlushQueue, submit_unusual
from emulator.dm.hosting import Hosting
from emulator.dm.kernel_log import RateLimit
from emulator.dm.lower import Lower
from emulator.dm.suspend import IDLE
from emulator.dm.table import Table
from emulator.dm.view import md_view
from emulator.faultset import FaultSet, FaultType
from emulator.machine import Context, Message, QueueLock, WaitQueue
from emulator.messages import (
    BDEV_OPENED,
    BIO_ENDIO,
    BLK_UNPLUG,
    CHAIN_WAITS,
    COMMAND,
    DM_MESSAGE,
    DM_READ,
    DONE_LIST_DRAINED,
    END_CLONE_BIO,
    END_CLONE_REQUEST_INLINE,
    INSERT_CLONE,
    INSERTED,
    LLD_BUSY,
    OPEN_BDEV,
    OPEN_PATH,
    PG_INIT_DONE,
    QUEUE_LIMITS,
    RETURNED,
    SG_DONE,
    SG_IO,
    SOFTIRQ_DONE,
    STEAL_LOCK,
    SUBMIT_BIO,
    UNPLUG,
)
from emulator.plan import Limits, MdSpec
from emulator.snapshot import MdView


class MappedDevice(Hosting):
    """struct mapped_device of a request-based md."""

    kind = "md"
    strides = "dispatched"

    def __init__(
        self,
        spec: MdSpec,
        softirq: str,
        lowers: list[Lower],
        rng: Random,
        fault_types: Mapping[str, FaultType],
        clock_ns: Callable[[], int] = lambda: 0,
    ) -> None:
        super().__init__(spec.name, clock_ns)
        self.spec = spec
        self.dev = spec.dev
        self.era = spec.era
        self.completion: str = spec.completion
        self.softirq = softirq
        self.lower_by_name = {lower.name: lower for lower in lowers}
        self.lower_by_word = self.lower_by_name | {lower.dev: lower for lower in lowers}
        tunables: dict[str, Any] = {}
        self.elevator_tunables = tunables
        if spec.elevator == "deadline":
            tunables = {
                "read_expire": spec.read_expire,
                "write_expire": spec.write_expire,
                "writes_starved": spec.writes_starved,
                "fifo_batch": spec.fifo_batch,
                "front_merges": spec.front_merges,
            }
        self.queue = RequestQueue(
            self,
            spec.elevator,
            spec.limits or Limits(),
            tunables,
            spec.nr_requests,
            spec.unplug_thresh,
            spec.unplug_delay,
        )
        self.queue.request_fn = lambda context: dm_request_fn(self, context)
        self.queue.unplug_fn = lambda context: stacking.dm_unplug_all(self, context)
        self.queue.stopped = True
        self.flushes = FlushQueue()
        self.suspend_lock = QueueLock(f"{self.name}.suspend_lock", clock_ns, spins=False)
        self.wait = WaitQueue("md->wait")
        self.flags = 0
        self.suspending = ""
        self.suspender: Context | None = None
        """Who sleeps in dm_wait_for_completion."""
        self.signalled = False
        self.marker: Request | None = None
        self.marker_state = IDLE
        self.marker_told = False
        self.table: Table | None = None
        self.inactive: Table | None = None
        self.inactive_text = ""
        self.incoming: Table | None = None
        """No longer inactive and not yet live: a resume waits for what is in flight."""
        self._prepare_host()
        self.eventq = WaitQueue("md->eventq")
        self.life = 0
        """Grows when the device is destroyed and its md may serve another."""
        self.serial = 0
        """Last id given to a request or clone."""
        self.clones: dict[int, Tio] = {}
        """Every tio, by its clone's id."""
        self.ended_above: dict[int, int] = {}
        """Clone bios of an md above that were ended, by our request that carries them."""
        self.uppers: dict[str, bool] = {}
        """mds that have this one as a path -> whether they complete inline."""
        self.upper_seen: dict[str, int] = {}
        self.upper_told: bool | None = None
        self.answers: dict[str, WaitQueue] = {}
        self.foreign_chains: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {}
        """(md, context) of chains of other mds that wait -> the locks they hold, the lock they ask for."""
        self.insertions: dict[str, tuple[Context, Lower]] = {}
        """Chains that hold locks elsewhere and wait for an insertion to return."""
        self.told_deadlocks: set[str] = set()
        self.gone: dict[str, tuple[int, set[str]]] = {}
        """Vanished devices: last clone id at that time, and which of {link, softirq} has run dry since."""
        self.bios = self.bios_completed = self.bios_failed = 0
        self.dispatched = self.requeued = self.completed = 0
        self.busy_stops = self.deferred = self.errors_hidden = self.clone_errors = self.killed = 0
        self._requeue_burst_at = -1
        self.requeue_timer: int | None = None
        """Until the requeue list of a later kernel is kicked."""
        self.passing = sg_io.Passing()
        self.attach_wait = WaitQueue("scsi_dh_attach")
        self.splits = split.Splits()
        self.stat = IoStat()
        self.stat.merges = self.queue.merges
        self.rate_limits: dict[str, RateLimit] = {}
        self._told_broken: set[str] = set()
        self.faults = FaultSet(self, "md", fault_types, rng)
        self.faults.event = self.event
        self.handlers = {
            SUBMIT_BIO: self._submit_bio,
            UNPLUG: self._unplug,
            END_CLONE_BIO: self._end_clone_bio,
            LLD_BUSY: self._lld_busy,
            SOFTIRQ_DONE: self._softirq_done,
            DONE_LIST_DRAINED: lambda source, message: self._run_dry(message[1], "softirq"),
            INSERTED: lambda source, message: self._answered(message[1]),
            RETURNED: lambda source, message: self._answered(message[1]),
            QUEUE_LIMITS: lambda source, message: limits.renew(self, source, message[1], message[2]),
            SG_IO: lambda source, message: sg_io.from_above(self, source, message[1]),
            SG_DONE: lambda source, message: sg_io.returned(self, message[1], message[2]),
            PG_INIT_DONE: lambda source, message: self.activated(message[1], message[2]),
            END_CLONE_REQUEST_INLINE: lambda source, message: inline.end_clone_request(self, source, message),
            INSERT_CLONE: lambda source, message: stacking.insert_clone(self, source, message),
            BLK_UNPLUG: self._unplug,
            OPEN_PATH: lambda source, message: stacking.open_path(self, source, message),
            CHAIN_WAITS: lambda source, message: inline.chain_waits(self, source, message),
            STEAL_LOCK: lambda source, message: inline.steal_lock(self, message[1]),
            DM_READ: lambda source, message: listener.dm_read(self, source),
            DM_MESSAGE: lambda source, message: listener.dm_message(self, source, message),
            OPEN_BDEV: self._open_bdev,
            COMMAND: lambda source, message: control.command(self, message),
        }
        self.request_handlers = dict(self.handlers)

    # -- messages ----------------------------------------------------------------------------------------

    def _open_bdev(self, source: str, message: tuple[Any, ...]) -> None:
        """i_size of the block device: 0 with an inactive table only, -1 (it cannot be opened) without any."""
        sectors = self.capacity if self.table or self.inactive else -1
        most = self.queue.bio_most if self.era == "2.6.31" else 0
        self.send(source, (BDEV_OPENED, message[1], sectors, most))

    def _submit_bio(self, source: str, message: tuple[Any, ...]) -> None:
        """generic_make_request -> dm_request -> dm_make_request."""
        _tag, name, id, sector, sectors, flags, data = message
        self.bios += 1
        if flags & UNUSUAL:
            submit_unusual(self, source, message)
            return
        q = self.queue
        if sector + sectors > self.capacity or sectors > q.bio_most or (sector | sectors) & q.block_mask:
            split.submit_odd(self, source, message)
            return
        self.serial += 1
        context = self.context(name)
        bio = Bio(id, source, sector, sectors, flags, data)
        self.call(context, make_request(q, context, bio, self.serial))

    def refuse(self, source: str, bio: int, sector: int, error: int, why: str) -> None:
        """bio_endio before anything was queued."""
        self.bios_failed += 1
        self.event("io_error", bio=bio, sector=sector, errno=error, why=why)
        self.send(source, (BIO_ENDIO, bio, error, None))

    def _unplug(self, source: str, message: tuple[Any, ...]) -> None:
        context = self.context(message[1])
        self.call(context, stacking.dm_unplug_all(self, context))

    def _end_clone_bio(self, source: str, message: tuple[Any, ...]) -> None:
        _tag, context, clone, bios, error, data = message
        tio = self.clones.get(clone)
        if tio is not None:
            end_clone_bios(self, tio, bios, error, data, context)

    def _lld_busy(self, source: str, message: tuple[Any, ...]) -> None:
        self.lower_by_name[source].told(message[1], message[2], message[3], message[4])

    def _softirq_done(self, source: str, message: tuple[Any, ...]) -> None:
        _tag, name, clone, error, ended = message
        tio = self.clones.get(clone)
        if tio is None or tio.done:
            return
        tio.done = True
        context = self.context(name)
        self.call(context, dm_softirq_done(self, context, tio, error, ended))

    def _answered(self, name: str) -> None:
        self.wake(self.answers[name])

    def answer(self, context: Context) -> WaitQueue:
        """Where *context* sleeps until the process that it called has answered."""
        queue = self.answers.get(context.name)
        if queue is None:
            queue = self.answers[context.name] = WaitQueue("answer")
        return queue

    def inserting(self, context: Context, lower: Lower) -> None:
        """*context* now waits for its insertion into *lower* to return."""
        inline.inserting(self, context, lower)

    def inserted(self, context: Context) -> None:
        """It has returned."""
        inline.inserted(self, context)

    def run(self, now_us: int, pick: Random | None = None, most: int | None = None) -> int:
        """As every machine; then the mds above are told whether this one is busy."""
        steps = super().run(now_us, pick, most)
        if self.uppers:
            stacking.tell_uppers(self)
        return steps

    # -- vanished devices --------------------------------------------------------------------------------

    def peer_gone(self, now_us: int, peer: str) -> None:
        """A device vanished: what it had in flight ends with -EIO by the softirq, once nothing of it is under way."""
        super().peer_gone(now_us, peer)
        lower = self.lower_by_name.get(peer)
        if lower is None:
            return
        self.stir()
        lower.forget()
        on_it = sum(1 for tio in self.clones.values() if tio.device == peer and not tio.done)
        self.event("device_gone", device=peer, in_flight=on_it)
        for name, (_context, waited_for) in list(self.insertions.items()):
            if waited_for is lower:
                self._answered(name)
        self.activations_lost(peer)
        sg_io.lost(self, peer)
        self.wake(self.attach_wait)
        if self.bio_based is not None:
            self.bio_based.device_gone(lower)
        self._run_dry(peer, "link")

    def peer_back(self, now_us: int, peer: str) -> None:
        """A device is there again."""
        super().peer_back(now_us, peer)
        lower = self.lower_by_name.get(peer)
        if lower is not None:
            lower.up = True
            self.event("device_back", device=peer)
            if lower.opened:
                self.send(peer, (OPEN_PATH, self.completion == "inline"))

    def peer_added(self, now_us: int, spec: MdSpec) -> None:
        """A new md: a table may name it from now on."""
        super().peer_added(now_us, spec)
        lower = Lower(spec.name, spec.dev, spec.limits or Limits(), 0, is_md=True)
        self.lower_by_name[lower.name] = self.lower_by_word[lower.name] = self.lower_by_word[lower.dev] = lower

    def peer_removed(self, now_us: int, peer: str) -> None:
        """No table of ours has it open, and it has none of ours."""
        super().peer_removed(now_us, peer)
        lower = self.lower_by_name.pop(peer)
        for word in (lower.name, lower.dev):
            self.lower_by_word.pop(word, None)
        self.uppers.pop(peer, None)
        self.upper_seen.pop(peer, None)

    def _run_dry(self, peer: str, what: str) -> None:
        serial, dry = self.gone.get(peer, (0, set()))
        if what == "link":
            # Until its link ended, clones were still sent to it; the softirq worker may have seen its end before us.
            serial = self.serial
        dry.add(what)
        self.gone[peer] = (serial, dry)
        if len(dry) < 2:
            return
        del self.gone[peer]
        for tio in list(self.clones.values()):
            if tio.device == peer and tio.id <= serial and not tio.done and tio.orig.state == "ISSUED":
                complete_request(self, tio, errno.EIO)

    # -- what targets and kernel functions ask of their md -------------------------------------------------

    @property
    def capacity(self) -> int:
        """Sectors of the device: the length of the live table."""
        return self.table.end if self.table else 0

    def clone_alloc_succeeds(self, rq: Request) -> bool:
        """Whether no fault denies the memory for the clone of *rq*."""
        verdict = self.faults.judge(rq.cmd, rq.sector, rq.sectors, rq.id)
        return verdict is None or not verdict.no_memory

    def bind(self, table: Table) -> None:
        """__bind: the table is live; M's limits are those of its paths."""
        loading.bind(self, table)
        listener.tell_listener(self)

    def marker_blocking(self) -> None:
        """The marker is at the front with requests in flight."""
        if not self.marker_told:
            self.marker_told = True
            self.event("marker_blocking", in_flight=sum(self.queue.in_flight))

    def marker_completed(self) -> None:
        """The marker ended at the front with nothing in flight; M is stopped."""
        self.marker = None
        self.marker_state = IDLE
        self.event("marker_completed")
        self.wake(self.wait)

    def marker_killed(self) -> None:
        """An invalidated marker was seen at the front and ended quietly."""
        self.marker = None
        self.marker_state = IDLE

    def io_error(self, rq: Request, sector: int, bios: int, error: int) -> None:
        """Bios of *rq* from *sector* on ended with an error that the submitter sees."""
        self.event("io_error", request=rq.id, sector=sector, bios=bios, errno=error)

    def requeued_one(self, rq: Request, reason: str, context: Context) -> None:
        """Count a requeue; the log gets the first of a burst (until something completes)."""
        self.requeued += 1
        if self.trace is not None:
            modern = self.era == "modern"
            function = "dm_requeue_original_request" if modern else "dm_requeue_unmapped_request"
            self.trace.append((self.now_us, function, context.name, rq.id, reason, rq.retries))
        if self._requeue_burst_at != self.completed:
            self._requeue_burst_at = self.completed
            self.event("requeued", request=rq.id, sector=rq.sector, reason=reason)

    def unfinished(self) -> set[int]:
        """Originals that are queued or in flight (bio-based: bios)."""
        queue, bios = self.queue, self.bio_based.ios if self.bio_based else ()
        rest = chain(queue.elevator, queue.queue_head, queue.requeue_list)
        return {rq.id for rq in rest} | {tio.orig.id for tio in self.clones.values()} | set(bios)

    def take_output(self) -> dict[str, list[Message]]:
        """As every machine; what the md said to itself are ends of pieces of split bios."""
        out = super().take_output()
        if self.splits and (own := out.pop(self.name, None)) is not None:
            self.splits.ended(out, own)
        return out

    def snapshot(self, most: int) -> MdView:
        """What a face shows.  Invariants are checked on the way; a broken one goes to the log once."""
        for number, text in broken_invariants(self):
            if number not in self._told_broken:
                self._told_broken.add(number)
                self.event("invariant", id=number, text=text)
        return md_view(self, most)
