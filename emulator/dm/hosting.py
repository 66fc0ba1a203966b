"""What a target may ask of its md: devices, timers, events, the work queues (emulator.dm.targets.base.Host).

Runs in the md's process.  A work item of a later kernel runs a moment after it was queued, so that what happens at one
instant is one event; 2.6.31 here runs it as soon as the chain that queued it lets go.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from emulator.dm import queued, requeue
from emulator.dm.flags import NOFLUSH_SUSPENDING
from emulator.dm.lower import Lower
from emulator.dm.targets.base import TableError
from emulator.dm.way import StraightWays
from emulator.machine import WaitQueue
from emulator.messages import ACTIVATE_PATH, EVENT, SUPERVISOR
from emulator.plan import Era, Limits, MdSpec

if TYPE_CHECKING:
    from emulator.dm.bio_based.core import BioBased
    from emulator.dm.md import MappedDevice
    from emulator.dm.table import TableType

NUMBERS = re.compile(r"([0-9]{1,10}):([0-9]{1,10})")
"""As dm_get_device reads them with sscanf."""
WORK_US = 10
"""From queueing a work item of a later kernel to its start."""


class Hosting(StraightWays):
    """The part of a mapped device that its targets see."""

    spec: MdSpec
    era: Era
    dev: str
    flags: int
    lower_by_name: dict[str, Lower]
    lower_by_word: dict[str, Lower]
    md_type: TableType | Literal[""]
    """"" until a table has made it bio-based or request-based."""
    bio_based: BioBased | None

    def _prepare_host(self) -> None:
        self.md_type = ""
        self.bio_based = None
        self.nopath_timeout_us = self.spec.queue_if_no_path_timeout_secs * 1_000_000
        self.event_nr = 0
        self.called = (self.name, "")
        """Name and uuid of the device, as its uevents say them."""
        self.listener = ""
        """multipathd, once it has asked for the lines: it hears of every event."""
        self.uevent_list: list[dict[str, Any]] = []
        """Path uevents of the next table event, the newest first."""
        self.uevent_seq = 0
        self.pg_init_wait = WaitQueue("m->pg_init_wait")
        self.activations: dict[int, tuple[str, Callable[[str], None]]] = {}
        """Activations under way: device, and whom to tell the result."""
        self._activation = 0
        self._trigger_timer: int | None = None

    def forget_events(self) -> None:
        """The device is destroyed; the next one counts from 0."""
        self.flush_trigger_event()
        self.event_nr = self.uevent_seq = 0
        self.uevent_list = []

    def get_device(self, word: str) -> Lower:
        """dm_get_device by major:minor or /dev/name (2.6.31 here also by bare name, as scenarios write it)."""
        bare = word.removeprefix("/dev/")
        lower = self.lower_by_word.get(bare)
        number = NUMBERS.fullmatch(word)
        if number and lower is None:
            word = f"{int(number[1])}:{int(number[2])}"
            lower = self.lower_by_word.get(word)
        if lower is None and word == self.dev:
            # The kernel lets a device stand in its own table (and not be resumed with it: emulator.dm.loading).
            lower = Lower(self.name, self.dev, Limits(), self.md.capacity, is_md=True)
        gone = lower is not None and not lower.up and not (number and self._holds(lower))
        if lower is None or gone or (self.era == "modern" and not number and bare == word):
            known = errno.ENXIO if number or self.era == "2.6.31" else errno.ENODEV
            raise TableError(known, "multipath: error getting device", hint=f"found {word!r}")
        return lower

    def peer_absent(self, now_us: int, peer: str) -> None:
        """A device that is dead when this md is made: no table can name it."""
        self.now_us = now_us
        if (lower := self.lower_by_name.get(peer)) is not None:
            lower.forget()

    def _holds(self, lower: Lower) -> bool:
        """dm_get_table_device: later kernels open no device a second time that a table of this md has open."""
        tables = (self.md.table, self.md.inactive) if self.era == "modern" else ()
        return any(lower in table.devices() for table in tables if table is not None)

    def event(self, kind: str, **details: Any) -> None:
        """One line for the log."""
        if self.trace is not None:
            self.trace.append((self.now_us, "event", "", 0, kind, details))
        self.send(SUPERVISOR, (EVENT, self.now_us, kind, {"md": self.name, **details}))

    def log(self, text: str) -> None:
        """One line of the kernel log."""
        self.event("kernel_log", text=text)

    def path_event(self, action: str, path: str, nr_valid_paths: int) -> None:
        """dm_path_uevent: on the list of the md, sent with the next table event."""
        self.uevent_seq += 1
        details = {"DM_TARGET": "multipath", "DM_ACTION": action, "DM_SEQNUM": self.uevent_seq, "DM_PATH": path}
        self.uevent_list.insert(0, details | {"DM_NR_VALID_PATHS": nr_valid_paths})

    def trigger_event(self) -> None:
        """schedule_work(&m->trigger_event): changes before the work runs are counted together."""
        if self.era == "modern":
            if self._trigger_timer is None:
                self._trigger_timer = self.arm(self.now_us + WORK_US, self._trigger)
            return
        self._trigger_at_once()

    def _trigger_at_once(self) -> None:
        context = self.context("C7:trigger_event")
        if context.current is None:
            self.call(context, queued.trigger_event(self.md))

    def _trigger(self) -> None:
        self._trigger_timer = None
        self._trigger_at_once()

    def flush_trigger_event(self) -> None:
        """The work runs before whoever asked for it comes back."""
        if self._trigger_timer is not None:
            self.disarm(self._trigger_timer)
            self._trigger()

    @property
    def md(self) -> MappedDevice:
        """This, as the functions of emulator.dm take it."""
        return self  # type: ignore[return-value]

    def kick_queued_ios(self) -> None:
        """queue_work(kmultipathd, &m->process_queued_ios), or later: dm_mq_kick_requeue_list."""
        if self.bio_based is not None:
            self.bio_based.kick()
            return
        if self.era == "modern":
            requeue.kick_requeue_list(self.md, 0)
            return
        context = self.context("C7:kmpathd")
        if not context.line:
            self.call(context, queued.process_queued_ios(self.md, context))

    def noflush_suspending(self) -> bool:
        """dm_noflush_suspending."""
        return bool(self.flags & NOFLUSH_SUSPENDING)

    def activate(self, lower: Lower, done: Callable[[str], None]) -> None:
        """scsi_dh_activate."""
        self._activation += 1
        self.activations[self._activation] = (lower.name, done)
        if lower.up:
            self.send(lower.name, (ACTIVATE_PATH, self._activation, lower.handler))
        else:
            activation = self._activation
            self.arm(self.now_us, lambda: self.activated(activation, "DEV_OFFLINED"))

    def activated(self, activation: int, result: str) -> None:
        """pg_init_done for one activation."""
        found = self.activations.pop(activation, None)
        if found is not None:
            found[1](result)

    def activations_lost(self, device: str) -> None:
        """The device vanished: nobody else will answer."""
        for activation in [key for key, (name, _) in self.activations.items() if name == device]:
            self.activated(activation, "DEV_OFFLINED")

    def pg_init_done(self) -> None:
        """wake_up(&m->pg_init_wait)."""
        self.wake(self.pg_init_wait)
