"""What a face can tell the emulator to do: the same objects from a key, a scenario and, later, a console line.

Each is answered by one :class:`Outcome`.  ``target`` names a machine; ``Runtime`` commands go to the runtime itself.
A machine receives the command as ``(COMMAND, serial, verb, arguments)`` with the arguments in field order.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

from emulator.plan import FaultSpec


@dataclass(frozen=True, slots=True)
class Command:
    """Base of all commands; ``verb`` is the word on the wire."""

    verb: ClassVar[str] = ""
    target: str

    def arguments(self) -> tuple[Any, ...]:
        """The fields behind ``target``, as msgpack carries them."""
        return tuple(
            dataclasses.astuple(value) if isinstance(value, FaultSpec) else value
            for field in dataclasses.fields(self)[1:]
            for value in [getattr(self, field.name)]
        )


@dataclass(frozen=True, slots=True)
class InjectFault(Command):
    """Put a fault in force.  EEXIST if one of that name is in force there."""

    verb = "inject"
    fault: FaultSpec


@dataclass(frozen=True, slots=True)
class ClearFault(Command):
    """Take a fault away by name ("" = all of the target).  ENOENT if there is none of that name."""

    verb = "clear"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Release(Command):
    """Let held or hung requests of a device go on: those of one fault ("" = all)."""

    verb = "release"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Message(Command):
    """dmsetup message: e.g. ``fail_path 8:16``.  Errors as the target's message function gives them."""

    verb = "message"
    text: str
    sector: int = 0


@dataclass(frozen=True, slots=True)
class Suspend(Command):
    """dmsetup suspend: answered when the device is suspended.  EINVAL, EBUSY, EINTR as dm_suspend."""

    verb = "suspend"
    noflush: bool = False
    lockfs: bool = True


@dataclass(frozen=True, slots=True)
class InterruptSuspend(Command):
    """A signal for the task that waits in dm_suspend: it returns EINTR.  ESRCH if none waits."""

    verb = "interrupt_suspend"


@dataclass(frozen=True, slots=True)
class Resume(Command):
    """dmsetup resume: swaps in the inactive table if there is one, suspending first if need be."""

    verb = "resume"
    noflush: bool = False
    """The suspend before a swap leaves what is queued in the queue."""
    lockfs: bool = True


@dataclass(frozen=True, slots=True)
class LoadTable(Command):
    """dmsetup load: the line becomes the inactive table.  EINVAL with the target's own error text."""

    verb = "load"
    table: str
    below: tuple[tuple[str, int, tuple[int, ...], str], ...] = ()
    """What it names, as it is now: major:minor, sectors (-1: as known), emulator.plan.Limits, attached handler."""
    types: tuple[tuple[str, bool], ...] = ()
    """Mapped devices that it names: major:minor, and whether it is request-based now."""


@dataclass(frozen=True, slots=True)
class NopathTimeout(Command):
    """Module parameter queue_if_no_path_timeout_secs, from now on (0 = no timeout)."""

    verb = "nopath_timeout"
    secs: int


@dataclass(frozen=True, slots=True)
class ClearTable(Command):
    """dmsetup clear: drops the inactive table."""

    verb = "clear_table"


@dataclass(frozen=True, slots=True)
class BreakDeadlock(Command):
    """Take the lock from its stuck holder (as if it had unlocked); completion goes through the softirq from now on."""

    verb = "break_deadlock"


@dataclass(frozen=True, slots=True)
class StartLoad(Command):
    """A submitter starts (again)."""

    verb = "start"


@dataclass(frozen=True, slots=True)
class StopLoad(Command):
    """A submitter submits no more; what is outstanding ends."""

    verb = "stop"


@dataclass(frozen=True, slots=True)
class Kill(Command):
    """SIGKILL the process that plays the target (simulation: the machine vanishes)."""

    verb = "kill"


@dataclass(frozen=True, slots=True)
class Revive(Command):
    """Start a new process for a device that vanished."""

    verb = "revive"


@dataclass(frozen=True, slots=True)
class TakeLog(Command):
    """What a device has answered since this was last asked: ``r 0+8 ok;w 8+8 EIO`` (emulator.device.iolog)."""

    verb = "log"


@dataclass(frozen=True, slots=True)
class Io(Command):
    """I/O by the console machine *target*: answered when all have ended (emulator.submitter.console).

    *op* is read, write, flush or discard; *count* of them of *sectors* sectors on *md*, the first at *sector*, each
    *stride* sectors behind the one before, *depth* at a time; *seed* is a write's data, *verify* (-1: not) the seed of
    what a read should find.  With *batch* a
    task submits *depth* of them and then waits; else each is one task's, which waits for it.  With *dsync* each write
    is on stable storage when it ends (O_DSYNC).  *may_lack*: a discard or a flush that is not supported has
    succeeded, as blkdev_issue_discard and blkdev_fsync of later kernels say.
    """

    verb = "io"
    md: str
    op: str
    sector: int
    sectors: int
    count: int = 1
    stride: int = 0
    depth: int = 1
    seed: int = 1
    verify: int = -1
    batch: bool = False
    dsync: bool = False
    may_lack: bool = False
    bio_sectors: int = 0
    """Sectors of one bio at most; 0 = as many as a device of 2.6.31 takes."""


@dataclass(frozen=True, slots=True)
class TableStatus(Command):
    """The table (or status) line of an md, "" without a table: ``what``: table, status, inactive, inactive_status."""

    verb = "table_status"
    what: str = "status"


@dataclass(frozen=True, slots=True)
class DevStatus(Command):
    """State of an md as key=value words: state, live, inactive, targets, event, devices (major:minor,...)."""

    verb = "dev_status"


@dataclass(frozen=True, slots=True)
class WaitEvent(Command):
    """dmsetup wait: answered when the event number is not *event_nr*, or when the device is removed."""

    verb = "wait_event"
    event_nr: int


@dataclass(frozen=True, slots=True)
class SetName(Command):
    """What the device is called from now on: its uevents say it."""

    verb = "set_name"
    name: str
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class TableEvent(Command):
    """dm_table_event from outside the target (a rename): the event number of a live table's md grows by one."""

    verb = "table_event"


@dataclass(frozen=True, slots=True)
class Destroy(Command):
    """dm_destroy: the md is as it was before any table.  EBUSY with requests in it."""

    verb = "destroy"


@dataclass(frozen=True, slots=True)
class ClockCommand(Command):
    """Base of those to the emulated clock itself: they have no machine as their target."""

    target: str = ""


@dataclass(frozen=True, slots=True)
class Pause(ClockCommand):
    """Stop the emulated clock: every machine stands between two steps."""

    verb = "pause"


@dataclass(frozen=True, slots=True)
class Go(ClockCommand):
    """Let the emulated clock run on."""

    verb = "go"


@dataclass(frozen=True, slots=True)
class SetSpeed(ClockCommand):
    """Change the emulated seconds per real second.  EINVAL unless 0.001 <= speed <= 100."""

    verb = "speed"
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class SgIo(Command):
    """An ioctl of a program on an md, TEST UNIT READY by SG_IO: answered when the path has, with its errno."""

    verb = "sg_io"


@dataclass(frozen=True, slots=True)
class CheckPath(Command):
    """A path check of a device, as multipath makes it: answered by up, down, ghost, offline, after 30 s by timeout."""

    verb = "check"
    checker: str = "tur"


@dataclass(frozen=True, slots=True)
class Attributes(Command):
    """The files of /sys/block/X of an md or a device: a line ``queue/rotational=0`` each."""

    verb = "attributes"


@dataclass(frozen=True, slots=True)
class SetAttribute(Command):
    """A write to one of them.  EACCES for one that cannot be written, EINVAL for a wrong value."""

    verb = "set_attribute"
    name: str
    value: str


RUNTIME_VERBS = frozenset({Kill.verb, Revive.verb})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended: errno 0 and a text for people, or a positive errno and the reason."""

    errno: int
    text: str
    at_us: int = 0

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.errno == 0
