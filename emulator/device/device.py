"""An underlying device: one path to a LUN, one machine, one process (a SCSI disk as reference 10.2 models it).

Clones enter through blk_insert_cloned_request, are served first come first served up to the queue depth, and complete
in the interrupt (C3): clone bios first and without a lock, then the clone under the queue lock, which only raises
the softirq (or, ``completion: inline``, calls the md and waits).
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from emulator.block.bio import DISCARD, PAGE_SECTORS, SECTOR, segments_of
from emulator.block.iostat import IoStat
from emulator.device import attributes, bios, control, ending, scsi
from emulator.device.access import Access
from emulator.device.checks import Checks
from emulator.device.clone import DeviceClone
from emulator.device.iolog import IoLog
from emulator.device.view import device_view
from emulator.device.way import StraightWays
from emulator.faultset import FaultSet, FaultType
from emulator.machine import QueueLock, Steps, WaitQueue
from emulator.messages import (
    ACTIVATE_PATH,
    ATTACH_HANDLER,
    CHECK_PATH,
    COMMAND,
    EVENT,
    INSERT_CLONE,
    INSERTED,
    LLD_BUSY,
    LUN_DONE,
    LUN_IO,
    OPEN_PATH,
    PORT_GROUP,
    RAISE_SOFTIRQ,
    RETURNED,
    SAMPLE_PATH,
    SG_IO,
    STEAL_LOCK,
    SUBMIT_BIO,
    SUPERVISOR,
)
from emulator.plan import DeviceSpec, MdSpec
from emulator.snapshot import DeviceView
from emulator.times import draw


class Device(StraightWays):
    """Its queue is bounded by what the mds above can have in flight (nr_requests)."""

    kind = "device"

    def __init__(
        self,
        spec: DeviceSpec,
        softirq: str,
        rng: Random,
        fault_types: Mapping[str, FaultType],
        clock_ns: Callable[[], int] = lambda: 0,
    ) -> None:
        super().__init__(spec.name, clock_ns)
        self.spec = spec
        self.softirq = softirq
        self.rng = rng
        self.lock = QueueLock(f"{self.name}.queue_lock", clock_ns)
        self.queue_head: deque[DeviceClone] = deque()
        self.service: dict[int, DeviceClone] = {}
        """Started and not finished, oldest first, by command number."""
        self.interrupt = self.context(f"C3:{self.name}")
        self.returned = WaitQueue("returned")
        self.inline: dict[str, bool] = {}
        """mds that opened this path -> whether what they send ends without the softirq (inline, or it is bios)."""
        self.seen: dict[str, int] = {}
        self._told: dict[str, tuple[bool, int, int]] = {}
        self.lun_up = True
        self.commands = 0
        self.inserted = self.completed = self.errors = self.bytes = 0
        self.busy_us = 0
        self.busy_since = 0
        self.latency = [0] * ending.LATENCY_BUCKETS
        self.faults = FaultSet(self, "device", fault_types, rng)
        self.faults.event = self.event
        self.access = Access(self)
        self.checks = Checks(self)
        self.faults.changed = self._faults_changed
        self.log = IoLog()
        self.stat = IoStat()
        self.limits = spec.limits
        self.disk = scsi.Disk(spec)
        self.mds: set[str] = set()
        """mds that may have this one as a path."""
        self._busy_told = ""
        self._gone_told = False
        self.held = ""
        """Fault that holds the clone at the front of the queue."""
        self.handlers = {
            SUBMIT_BIO: lambda source, message: bios.submit(self, source, message),
            INSERT_CLONE: self._insert_clone,
            LUN_DONE: self._lun_done,
            OPEN_PATH: self._open_path,
            RETURNED: lambda source, message: self.wake(self.returned),
            STEAL_LOCK: self._steal_lock,
            ACTIVATE_PATH: self.access.activate,
            SG_IO: lambda source, message: scsi.sg_io(self, source, message),
            ATTACH_HANDLER: lambda source, message: scsi.attach_handler(self, source, message),
            PORT_GROUP: self.access.port_group,
            CHECK_PATH: self.checks.check,
            SAMPLE_PATH: self.checks.sample,
            COMMAND: lambda source, message: control.command(self, message),
        }

    def event(self, kind: str, **details: Any) -> None:
        """One line for the log."""
        if self.trace is not None:
            self.trace.append((self.now_us, "event", "", 0, kind, details))
        self.send(SUPERVISOR, (EVENT, self.now_us, kind, {"device": self.name, **details}))

    # -- insertion (reference 10.1) ------------------------------------------------------------------------

    def _insert_clone(self, source: str, message: tuple[Any, ...]) -> None:
        _tag, name, carried, clone, flags, sector, sizes, data = message
        self.seen[source] = self.seen.get(source, 0) + 1
        self.inserted += 1
        rq = DeviceClone(clone, source, flags, sector, sizes, data, self.now_us)
        context = self.chain(name, carried)
        self.call(context, self._blk_insert_cloned_request(rq, name if carried else ""), carried)

    def _blk_insert_cloned_request(self, rq: DeviceClone, asker: str) -> Steps:
        """Limits, then to the tail of queue_head, and run U."""
        limits = self.limits
        over = rq.sectors > limits.max_sectors or (
            # Seldom so near to the limit that they must be counted.
            rq.sectors // PAGE_SECTORS + len(rq.sizes) > limits.max_segments
            and sum(map(segments_of, rq.sizes)) > limits.max_segments
        )
        if over and not rq.flags & DISCARD:
            self.errors += 1
            if rq.sectors > limits.max_sectors:
                why = f"over max size limit. ({rq.sectors} > {limits.max_sectors})"
                self.event("kernel_log", text=f"blk_insert_cloned_request: {why}")
            self.send(self.softirq, (RAISE_SOFTIRQ, rq.md, rq.id, errno.EIO, 0))
        else:
            yield self.lock
            self.insert(rq)
            self.unlock(self.lock)
        if asker:
            self.send(rq.md, (INSERTED, asker))

    def insert(self, rq: DeviceClone) -> None:
        """To the tail of queue_head, and run U; queue lock held."""
        self.queue_head.append(rq)
        self.request_fn()
        if self.trace is not None and not rq.command:
            self.trace.append((self.now_us, "blk_insert_cloned_request", "", rq.id, rq.md, rq.id, rq.first, rq.sizes))

    # -- service (reference 10.2) --------------------------------------------------------------------------

    def request_fn(self) -> None:
        """request_fn of U, queue lock held: start what the queue depth allows."""
        standing = self.faults.standing
        queue = self.queue_head
        while queue and not self.held and len(self.service) < self.spec.queue_depth:
            if (standing.busy_why or self.access.waits()) and not standing.gone:
                return
            rq = queue[0]
            if self.faults and not rq.released:
                rq.verdict = self.faults.judge(rq.flags, rq.sector, rq.sectors, rq.id)
                if rq.verdict is not None and rq.verdict.hold and not standing.gone:
                    if rq.verdict.refused:
                        scsi.give_back(self, rq)
                    else:
                        rq.state = "HELD"
                        self.held = rq.verdict.by
                    return
            queue.popleft()
            self._start(rq)

    def _start(self, rq: DeviceClone) -> None:
        """blk_start_request: into service; when that is over, :meth:`_serviced`."""
        if not self.service:
            self.busy_since = self.now_us
        self.commands += 1
        rq.command = self.commands
        self.service[rq.command] = rq
        rq.state = "STARTED"
        if self.trace is not None:
            rq.started_us = self.now_us
            if self.keeps:
                rq.started_at = self.traced + len(self.trace)
        standing = self.faults.standing
        if standing.gone or not self.lun_up:
            if standing.offline:
                scsi.reject(self, rq)
            else:
                self.finish(rq, standing.error or errno.EIO)
            return
        if refused := self.access.refuses():
            self.finish(rq, refused)
            return
        verdict = rq.verdict
        if verdict is not None and (verdict.hang or verdict.stall):
            rq.state = "HUNG" if verdict.hang else "STALLED"
            if verdict.lost:
                scsi.lose(self, rq)
            return
        time = draw(self.spec.service, self.rng)
        if verdict is not None:
            time += verdict.delay_us
        if time < 1:
            self.serviced(rq)
        else:
            command = rq.command
            self.arm(self.now_us + round(time), lambda: self._service_over(command))

    def _service_over(self, command: int) -> None:
        rq = self.service.get(command)
        if rq is not None and rq.state == "STARTED":
            self.serviced(rq)

    def serviced(self, rq: DeviceClone) -> None:
        """The service time is over: the command reaches the medium, or fails before."""
        verdict = rq.verdict
        sectors = rq.sectors
        if verdict is not None and verdict.error:
            if not 0 < verdict.partial_sectors < rq.sectors:
                self.finish(rq, verdict.error)
                return
            sectors = verdict.partial_sectors
        if not self.lun_up:
            self.finish(rq, errno.EIO)
            return
        if verdict is not None and verdict.dropped and rq.write:
            self.finish(rq, 0, rq.sectors)
            return
        if not rq.sectors:
            # A flush: what was written is in the LUN already.
            self.finish(rq, 0)
            return
        rq.state = "MEDIUM"
        data = rq.data
        if data is not None and sectors < rq.sectors:
            data = data[: sectors * SECTOR]
        self.send(self.spec.lun, (LUN_IO, rq.command, rq.flags, rq.sector, sectors, data))

    def _lun_done(self, source: str, message: tuple[Any, ...]) -> None:
        _tag, command, error, data = message
        rq = self.service.get(command)
        if rq is None or rq.state != "MEDIUM":
            return
        if not rq.write:
            rq.data = data
        verdict = rq.verdict
        if error:
            self.finish(rq, error)
        elif verdict is not None and verdict.error:
            self.finish(rq, verdict.error, verdict.partial_sectors)
        else:
            self.finish(rq, 0, rq.sectors)

    def finish(self, rq: DeviceClone, error: int, good: int = 0) -> None:
        """The outcome is known: *good* sectors, then *error*.  In-order devices report it in their turn."""
        rq.error = error
        rq.good = good
        rq.ready = True
        if self.trace is not None:
            if good == rq.sectors and not self.keeps:
                rq.done_us = self.now_us  # whether it waits for its turn then shows by its end
            elif error or not next(iter(self.service.values())).ready:
                if error or good != rq.sectors:
                    self.trace.append((self.now_us, "scsi_done", "", rq.id, rq.md, good, error))
                else:
                    rq.done_us = self.now_us
                    rq.done_at = self.traced + len(self.trace)
        rq.state = "DONE"
        if self.spec.out_of_order:
            self.call(self.interrupt, ending.blk_end_request(self, rq))
        else:
            ending.end_in_turn(self)

    # -- what mds above see ------------------------------------------------------------------------------------

    def run(self, now_us: int, pick: Random | None = None, most: int | None = None) -> int:
        """As every machine; then the mds that opened this path get the hint behind blk_lld_busy."""
        steps = super().run(now_us, pick, most)
        if not self.ready:
            self._tell_busy()
        return steps

    def _tell_busy(self) -> None:
        standing = self.faults.standing
        blocked = bool(standing.busy_why) and not standing.gone
        outstanding = len(self.service) + len(self.queue_head)
        for md, seen in self.seen.items():
            hint = (blocked, outstanding, seen)
            if self._told.get(md) != hint:
                self._told[md] = hint
                self.send(md, (LLD_BUSY, blocked, self.spec.queue_depth, outstanding, seen))

    def _open_path(self, source: str, message: tuple[Any, ...]) -> None:
        self.inline[source] = message[1]
        self.seen.setdefault(source, 0)
        self._told.pop(source, None)

    def _steal_lock(self, source: str, message: tuple[Any, ...]) -> None:
        """A deadlock is broken: the lock is no longer its stuck holder's."""
        if self.lock.holder is not None and message[1] == self.lock.name:
            self.unlock(self.lock)

    def peer_gone(self, now_us: int, peer: str) -> None:
        """The LUN, or an md, is gone: what was on the medium fails; a gone md waits for nothing."""
        super().peer_gone(now_us, peer)
        if peer == self.spec.lun:
            self.lun_up = False
            for rq in list(self.service.values()):
                if rq.state == "MEDIUM":
                    self.finish(rq, errno.EIO)

    def peer_added(self, now_us: int, spec: MdSpec) -> None:
        """A new md learns what has changed since the plan was made."""
        super().peer_added(now_us, spec)
        self.mds.add(spec.name)
        attributes.tell(self)

    def peer_removed(self, now_us: int, peer: str) -> None:
        """dm_put_device by an md that was removed."""
        super().peer_removed(now_us, peer)
        self.mds.discard(peer)
        for known in (self.inline, self.seen, self._told):
            known.pop(peer, None)

    def peer_back(self, now_us: int, peer: str) -> None:
        """The LUN is there again, empty."""
        super().peer_back(now_us, peer)
        if peer == self.spec.lun:
            self.lun_up = True

    # -- faults and commands -------------------------------------------------------------------------------------

    def _faults_changed(self) -> None:
        standing = self.faults.standing
        self.access.changed()
        busy = "" if standing.gone else standing.busy_why
        if busy != self._busy_told:
            self._busy_told = busy
            self.event("device_busy" if busy else "device_ready", reason=busy)
        if standing.gone != self._gone_told:
            self._gone_told = standing.gone
            away = "device_offline" if standing.offline else "device_gone"
            self.event(away if standing.gone else "device_back", in_flight=len(self.service))
        if not standing.offline:
            self.disk.offline_already = False
        if standing.gone and not standing.offline:
            for rq in list(self.service.values()):
                if not rq.ready:
                    self.finish(rq, standing.error)
        for rq in list(self.service.values()):
            if rq.state == "STALLED" and rq.verdict is not None and rq.verdict.by not in self.faults.active:
                self.serviced(rq)
        if self.held and (standing.gone or self.held not in self.faults.active):
            self.let_go()
        self.checks.again()
        self.run_queue()

    def let_go(self) -> None:
        """The clone at the front is held no more."""
        self.held = ""
        if self.queue_head:
            self.queue_head[0].released = True
            self.queue_head[0].state = "QUEUED"
        self.run_queue()

    def run_queue(self) -> None:
        """blk_run_queue from the driver's own work (C5)."""
        context = self.context("C5:kblockd")
        if not context.line:
            self.call(context, self._run_queue_work())

    def _run_queue_work(self) -> Steps:
        yield self.lock
        self.request_fn()
        self.unlock(self.lock)

    def unfinished(self) -> set[int]:
        """Clones on it."""
        return {rq.id for rq in self.queue_head} | {rq.id for rq in self.service.values()}

    def snapshot(self, most: int) -> DeviceView:
        """What a face shows."""
        return device_view(self, most)
