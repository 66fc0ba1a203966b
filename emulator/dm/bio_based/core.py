"""The way of a bio through a bio-based md: dm_submit_bio (2.6.31: _dm_request), split, clone, map, clone_endio.

Runs in the md's process; nothing here takes a queue lock or yields.  What must wait - while the md is suspended, or
because a target pushed it back - stands on ``deferred``, which kdmflush (dm_wq_work) empties after a resume.  Both
``ios`` and ``deferred`` are bounded by what submitters and mds above have outstanding.
"""

from __future__ import annotations

import errno
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

from emulator.block.bio import AHEAD, BARRIER, DISCARD, FLUSH, FUA, SECTOR, WRITE, Bio
from emulator.dm.bio_based.clone import BioClone, BioIo
from emulator.dm.codes import DM_ENDIO_INCOMPLETE, DM_ENDIO_REQUEUE, DM_MAPIO_REMAPPED, DM_MAPIO_REQUEUE
from emulator.dm.flags import BLOCK_IO_FOR_SUSPEND
from emulator.dm.kernel_log import bio_error
from emulator.dm.lower import Lower
from emulator.machine import OTHER_CPU, Steps
from emulator.messages import BIO_ENDIO, BLK_UNPLUG, END_CLONE_BIO, SUBMIT_BIO, UNPLUG
from emulator.snapshot import RequestView

if TYPE_CHECKING:
    from emulator.dm.md import MappedDevice

WORK_US = 10
"""From queueing process_queued_bios to its start: behind everything of the same instant."""
KDMFLUSH = "C7:kdmflush"
KMPATHD = "C7:kmpathd"


class BioBased:
    """What struct mapped_device has for bios only."""

    def __init__(self, md: MappedDevice) -> None:
        self.md = md
        self.ios: dict[int, BioIo] = {}
        """In flight (md->pending), oldest first."""
        self.clones: dict[int, BioClone] = {}
        self.deferred: deque[Bio] = deque()
        self.to_thread = False
        """DMF_QUEUE_IO_TO_THREAD of 2.6.31: until ``deferred`` is empty, new bios go behind it."""
        self._work: int | None = None
        self.handlers = {
            SUBMIT_BIO: self._submit_bio,
            BIO_ENDIO: lambda source, message: self._bi_end_io(message[1], message[2], message[3]),
            END_CLONE_BIO: lambda source, message: self._bi_end_io(message[2], message[4], message[5]),
            UNPLUG: lambda source, message: self._unplug(message[1]),
            BLK_UNPLUG: lambda source, message: self._unplug(message[1]),
        }

    # -- in ------------------------------------------------------------------------------------------------

    def _submit_bio(self, source: str, message: tuple[Any, ...]) -> None:
        """generic_make_request's checks, then dm_submit_bio."""
        _tag, name, id, sector, sectors, flags, data = message
        md = self.md
        md.bios += 1
        if flags & BARRIER or (md.era == "2.6.31" and flags & (FLUSH | FUA | DISCARD)):
            md.refuse(source, id, sector, errno.EOPNOTSUPP, "barriers, flushes and discards are not supported")
        elif sector + sectors > md.capacity:
            md.refuse(source, id, sector, errno.EIO, "beyond the end")
        elif md.era == "2.6.31" and sectors > md.queue.limits.max_sectors:
            md.refuse(source, id, sector, errno.EIO, "longer than max_sectors")
        elif flags & (FLUSH | FUA) and not md.queue.limits.write_back and not sectors:
            # No volatile write cache: submit_bio_noacct takes the flags off, and nothing is left of a flush.
            md.bios_completed += 1
            md.send(source, (BIO_ENDIO, id, 0, None))
        else:
            if not md.queue.limits.write_back:
                flags &= ~(FLUSH | FUA)
            self._dm_submit_bio(name, Bio(id, source, sector, sectors, flags, data))

    def _dm_submit_bio(self, context: str, bio: Bio) -> None:
        md = self.md
        if md.flags & BLOCK_IO_FOR_SUSPEND or md.table is None or self.to_thread:
            if bio.flags & AHEAD:
                md.refuse(bio.owner, bio.id, bio.sector, errno.EIO, "read ahead of a suspended device")
            else:
                self.deferred.append(bio)
            return
        self._split_and_process(context, bio)

    def _split_and_process(self, context: str, bio: Bio) -> None:
        """__split_and_process_bio: one clone for each piece that lies in one target and fits the queue below."""
        md = self.md
        assert md.table is not None, "without one it would have been deferred"
        md.serial += 1
        io = BioIo(md.serial, bio, md.now_us, bool(bio.flags & FLUSH and bio.sectors))
        self.ios[io.number] = io
        if md.trace is not None:
            where = (bio.sector, bio.sectors, bio.flags)
            md.trace.append((md.now_us, "__split_and_process_bio", context, io.number, bio.owner, bio.id, where))
        if bio.flags & FLUSH:
            for line, target in md.table.parts:
                for _ in range(target.num_flush_bios):
                    self._clone_and_map(context, io, line.start, target, line.start, 0, bio.flags & ~FUA, None)
        elif md.table.end < bio.sector + bio.sectors:
            io.error = errno.EIO  # the table has shrunk since it was checked
        else:
            self._clones_of(context, io)
        self._dec_pending(io)

    def _clones_of(self, context: str, io: BioIo) -> None:
        bio, table = io.bio, self.md.table
        assert table is not None
        most = bio.sectors if bio.flags & DISCARD else self.md.queue.limits.max_sectors
        at = bio.sector
        for line, target in table.parts:
            end = min(line.start + target.length, bio.sector + bio.sectors)
            while line.start <= at < end:
                sectors = min(end - at, most)
                offset = (at - bio.sector) * SECTOR
                data = None if bio.data is None else bio.data[offset : offset + sectors * SECTOR]
                self._clone_and_map(context, io, line.start, target, at, sectors, bio.flags, data)
                at += sectors

    def _clone_and_map(
        self, context: str, io: BioIo, begin: int, target: Any, sector: int, sectors: int, flags: int,
        data: bytes | None,
    ) -> None:
        """alloc_tio, clone_bio, __map_bio."""
        self.md.serial += 1
        clone = BioClone(self.md.serial, io, context, target, begin, sector, sectors, flags, data)
        self.clones[clone.number] = clone
        io.left += 1
        self.act(clone, target.map_bio(clone))

    def act(self, clone: BioClone, r: int) -> None:
        """What the target's map function said of *clone*."""
        self.md.dispatched += 1
        self._tell(clone, "__map_bio", clone.context, clone.lower if r == DM_MAPIO_REMAPPED else None, r)
        clone.held = False
        if r == DM_MAPIO_REMAPPED:
            self._submit_clone(clone)
        elif r == DM_MAPIO_REQUEUE:
            self._end_clone(clone, 0, requeue=True)
        elif r < 0:
            self._end_clone(clone, -r)
        else:
            clone.held = True

    def _submit_clone(self, clone: BioClone) -> None:
        lower = clone.lower
        assert lower is not None, "a remapped clone has its device"
        if not lower.up:
            self._clone_endio(clone, errno.EIO, None)
            return
        bio = (clone.number, clone.sector, clone.sectors, clone.flags, clone.data)
        self.md.send(lower.name, (SUBMIT_BIO, clone.context, *bio))

    # -- out -----------------------------------------------------------------------------------------------

    def _bi_end_io(self, number: int, error: int, data: bytes | None) -> None:
        clone = self.clones.get(number)
        if clone is not None and clone.lower is not None:
            if error and not clone.lower.is_md:
                bio_error(self.md, clone, error)
            self._clone_endio(clone, error, data)

    def _clone_endio(self, clone: BioClone, error: int, data: bytes | None) -> None:
        """clone_endio: the target's end_io judges, then the io has one clone less."""
        if not error and not clone.flags & WRITE:
            clone.io.parts[clone.first] = data
        if error:
            self.md.clone_errors += 1
        lower = clone.lower
        r = clone.target.end_io_bio(clone, -error)
        self._tell(clone, "clone_endio", "", lower, error, r)
        if r == DM_ENDIO_INCOMPLETE:
            clone.held = True
            if error:
                self.md.errors_hidden += 1
        elif r == DM_ENDIO_REQUEUE:
            self._end_clone(clone, 0, requeue=True)
        else:
            self._end_clone(clone, -r)

    def _end_clone(self, clone: BioClone, error: int, requeue: bool = False) -> None:
        del self.clones[clone.number]
        io = clone.io
        if requeue:
            io.requeue = True
        elif error:
            io.error = error
        self._dec_pending(io)

    def _dec_pending(self, io: BioIo) -> None:
        """dm_io_dec_pending, dm_io_complete."""
        io.left -= 1
        if io.left:
            return
        md, bio = self.md, io.bio
        del self.ios[io.number]
        md.stat.ended(bio.flags, 0 if io.error else bio.sectors, md.now_us - io.start_us)
        back = io.requeue and md.noflush_suspending()
        if not self.ios:
            md.wake(md.wait)
        if back:
            md.requeued += 1
            self.deferred.appendleft(bio)
            return
        if io.requeue:
            io.error = errno.EIO  # a suspend that was interrupted: nobody would take it off the list
        if io.flush_first and not io.error:
            bio.flags &= ~FLUSH
            self.deferred.append(bio)
            self.run_deferred()
            return
        md.completed += 1
        if md.trace is not None:
            md.trace.append((md.now_us, "dm_io_complete", "", io.number, (bio.id,), io.error))
        if io.error:
            md.bios_failed += 1
            md.event("io_error", bio=bio.id, sector=bio.sector, errno=io.error, why="")
        else:
            md.bios_completed += 1
        md.send(bio.owner, (BIO_ENDIO, bio.id, io.error, None if io.error else _joined(io)))

    def _tell(self, clone: BioClone, function: str, context: str, lower: Lower | None, *verdict: int) -> None:
        """What the target's map or end_io function said of *clone*, for the recorder."""
        md = self.md
        if md.trace is not None:
            rest = (*verdict, lower.name if lower is not None else "", getattr(clone.target, "why", ""))
            md.trace.append((md.now_us, function, context, clone.io.number, clone.number, *rest))

    # -- workers -------------------------------------------------------------------------------------------

    def run_deferred(self) -> None:
        """queue_work(md->wq, &md->work)."""
        md = self.md
        context = md.context(KDMFLUSH)
        if context.current is None:
            md.call(context, self._dm_wq_work())

    def _dm_wq_work(self) -> Steps:
        """dm_wq_work: submit what was deferred, oldest first, until the md is suspended again."""
        yield OTHER_CPU
        while self.deferred and not self.md.flags & BLOCK_IO_FOR_SUSPEND and self.md.table is not None:
            self._split_and_process(KDMFLUSH, self.deferred.popleft())
        if not self.deferred:
            self.to_thread = False
        self._unplug(KDMFLUSH)

    def kick(self) -> None:
        """queue_work(kmultipathd, &m->process_queued_bios)."""
        if self._work is None:
            self._work = self.md.arm(self.md.now_us + WORK_US, self._process_queued_bios)

    def _process_queued_bios(self) -> None:
        """process_queued_bios: what the target has queued is mapped again."""
        self._work = None
        table = self.md.table
        for clone in table.parts[0][1].take_queued_bios() if table else ():
            clone.context = KMPATHD
            self.act(clone, clone.target.map_bio(clone))
        self._unplug(KMPATHD)

    def _unplug(self, context: str) -> None:
        """dm_unplug_all: only an md below can be plugged."""
        for lower in self.md.table.devices() if self.md.table else ():
            if lower.is_md:
                self.md.send(lower.name, (BLK_UNPLUG, context))

    def rows(self, most: int) -> tuple[RequestView, ...]:
        """What is in flight, oldest first, for a face."""
        clones: dict[int, list[BioClone]] = {}
        for clone in self.clones.values():
            clones.setdefault(clone.io.number, []).append(clone)
        return tuple([io.view(self.md.now_us, clones.get(io.number, [])) for io in islice(self.ios.values(), most)])

    # -- devices that vanish -------------------------------------------------------------------------------

    def device_gone(self, lower: Lower) -> None:
        """*lower* vanished: what it had ends with -EIO."""
        for clone in [clone for clone in self.clones.values() if clone.lower is lower and not clone.held]:
            self._clone_endio(clone, errno.EIO, None)


def _joined(io: BioIo) -> bytes | None:
    """The data of a read, None if every part is zero pages (or it is no read)."""
    if io.bio.flags & WRITE or not any(part is not None for part in io.parts.values()):
        return None
    if len(io.parts) == 1:
        return next(iter(io.parts.values()))
    starts = sorted(io.parts)
    ends = [*starts[1:], io.bio.sector + io.bio.sectors]
    pieces: list[bytes] = []
    for start, end in zip(starts, ends, strict=True):
        part = io.parts[start]
        pieces.append(bytes((end - start) * SECTOR) if part is None else part)
    return b"".join(pieces)
