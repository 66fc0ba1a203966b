"""An md alone on a bench: the test plays the submitter, the devices and the softirq worker."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from random import Random
from typing import Any

from emulator.block.bio import SYNCIO, UNPLUG, WRITE
from emulator.checks.invariants import broken_invariants
from emulator.commands import Command
from emulator.device.faults import FAULTS
from emulator.dm.lower import Lower
from emulator.dm.md import MappedDevice
from emulator.dm.table import make_table
from emulator.messages import (
    ATTACH_HANDLER,
    BIO_ENDIO,
    COMMAND,
    END_CLONE_BIO,
    EVENT,
    INSERT_CLONE,
    LLD_BUSY,
    QUEUE_LIMITS,
    RAISE_SOFTIRQ,
    REPLY,
    SOFTIRQ_DONE,
    SUBMIT_BIO,
    SUPERVISOR,
)
from emulator.messages import UNPLUG as UNPLUG_MESSAGE
from emulator.plan import Limits, MdSpec

SECTORS = 1 << 21
DEVS = {"sda": "8:0", "sdb": "8:16", "sdc": "8:32", "lower": "253:9"}
PLUG_US = 3000


def table(*paths: str, features: str = "0", repeat: int = 1, length: int = SECTORS) -> str:
    """A multipath table line with one round-robin group."""
    words = " ".join(f"{DEVS[path]} {repeat}" for path in paths)
    return f"0 {length} multipath {features} 0 1 1 round-robin 0 {len(paths)} 1 {words}"


QUEUE_IF_NO_PATH = "1 queue_if_no_path"


@dataclass(frozen=True)
class Inserted:
    """A clone as it arrived at a device."""

    device: str
    id: int
    context: str
    carried: tuple[str, ...]
    flags: int
    sector: int
    sizes: tuple[int, ...]
    data: bytes | None


class Bench:
    """Drives one MappedDevice; after every step the invariants are checked."""

    def __init__(
        self, line: str | None = None, *, is_md: tuple[str, ...] = (), limits: Limits | None = None, **spec: Any
    ) -> None:
        line = table("sda", "sdb") if line is None else line
        lowers = [Lower(name, dev, limits or Limits(), SECTORS, name in is_md) for name, dev in DEVS.items()]
        self.spec = MdSpec("md", "253:0", line, **spec)
        self.md = MappedDevice(self.spec, "softirq", lowers, Random(1), FAULTS)
        if line:
            self.md.bind(make_table(self.md, line))
            self.md.queue.stopped = self.md.md_type == "bio"
        self.md.send = self._sort  # type: ignore[method-assign]
        self.now = 0
        self.bio = 0
        self.serial = 0
        self.sent: list[tuple[str, tuple[Any, ...]]] = []
        """Everything sent and not yet looked at, in order."""
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.ended: list[tuple[int, int]] = []
        """(bio, errno) of every bi_end_io, in order."""
        self.replies: dict[int, tuple[int, str]] = {}
        self.raised: list[tuple[int, int, int]] = []
        """(clone, errno, ended) raised by the md itself and not yet handled."""
        for destination, messages in self.md.take_output().items():
            self.sent += [(destination, message) for message in messages]
        self.settle()

    # -- running -----------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Let every context go on as far as it can, disks answer scsi_dh_attach; check the invariants."""
        self.md.run(self.now)
        for disk, message in self.take(ATTACH_HANDLER):
            limits = astuple(self.md.lower_by_name[disk].limits)
            self.md.receive(self.now, disk, (QUEUE_LIMITS, limits, message[1]))
            self.md.run(self.now)
        assert broken_invariants(self.md) == []

    def _sort(self, destination: str, message: tuple[Any, ...]) -> None:
        match message[0]:
            case tag if tag == EVENT:
                self.events.append((message[2], message[3]))
            case tag if tag == REPLY:
                self.replies[message[1]] = (message[2], message[3])
            case tag if tag == BIO_ENDIO:
                self.ended.append((message[1], message[2]))
            case tag if tag == RAISE_SOFTIRQ and message[1] == self.md.name:
                self.raised.append(message[2:])
            case _:
                self.sent.append((destination, message))

    def receive(self, source: str, *message: Any) -> None:
        """Hand the md a message and let it settle."""
        self.md.receive(self.now, source, message)
        self.settle()

    def wait(self, us: int) -> None:
        """Let time pass, timer by timer."""
        until = self.now + us
        while (due := self.md.deadline_us()) is not None and due <= until:
            self.now = due
            self.md.advance(due)
            self.settle()
        self.now = until

    # -- the submitter -----------------------------------------------------------------------------------

    def submit(
        self,
        sector: int,
        sectors: int = 8,
        *,
        write: bool = False,
        sync: bool = False,
        unplug: bool = False,
        task: str = "C1:app",
        flags: int = 0,
        data: bytes | None = None,
    ) -> int:
        """Submit a bio; returns its number."""
        self.bio += 1
        flags |= (WRITE if write else 0) | (SYNCIO if sync else 0) | (UNPLUG if unplug else 0)
        self.receive("app", SUBMIT_BIO, task, self.bio, sector, sectors, flags, data)
        return self.bio

    def unplug(self) -> None:
        """The task is about to wait."""
        self.receive("app", UNPLUG_MESSAGE, "C1:app")

    # -- devices and the softirq ---------------------------------------------------------------------------

    def take(self, tag: int) -> list[tuple[str, tuple[Any, ...]]]:
        """Messages with *tag* that were sent since the last look."""
        taken = [(to, message) for to, message in self.sent if message[0] == tag]
        self.sent = [(to, message) for to, message in self.sent if message[0] != tag]
        return taken

    def inserted(self) -> list[Inserted]:
        """Clones that were inserted since the last look."""
        return [
            Inserted(to, clone, context, carried, flags, sector, sizes, data)
            for to, (_tag, context, carried, clone, flags, sector, sizes, data) in self.take(INSERT_CLONE)
        ]

    def end_bios(self, clone: Inserted, bios: int, error: int = 0, data: bytes | None = None) -> None:
        """The device's interrupt ends the next *bios* clone bios."""
        self.receive(clone.device, END_CLONE_BIO, f"C3:{clone.device}", clone.id, bios, error, data)

    def softirq(self, clone: int, error: int = 0, ended: int = 0) -> None:
        """dm_softirq_done for one clone."""
        self.receive("softirq", SOFTIRQ_DONE, "C4:softirq", clone, error, ended)

    def softirq_pass(self) -> None:
        """Handle everything that the md itself raised."""
        raised, self.raised = self.raised, []
        for item in raised:
            self.softirq(*item)

    def finish(self, clone: Inserted, error: int = 0, good: int | None = None) -> None:
        """The device ends the whole clone: *good* bios (all; none on error) succeed, the rest ends with *error*."""
        good = (0 if error else len(clone.sizes)) if good is None else good
        if good:
            self.end_bios(clone, good)
        if good < len(clone.sizes):
            self.end_bios(clone, len(clone.sizes) - good, error)
        self.softirq(clone.id, error, len(clone.sizes))

    def busy(self, *devices: str, busy: bool = True) -> None:
        """These devices answer busy to blk_lld_busy (or no more)."""
        for device in devices:
            lower = self.md.lower_by_name[device]
            self.receive(device, LLD_BUSY, busy, 1 << 20, 0, lower.sent)

    # -- commands and looking --------------------------------------------------------------------------------

    def do(self, command: Command) -> int:
        """Send a command; returns its serial (the reply is in ``replies`` once it came)."""
        self.serial += 1
        self.receive(SUPERVISOR, COMMAND, self.serial, command.verb, command.arguments())
        return self.serial

    def errno(self, command: Command) -> int:
        """Send a command that answers at once; returns the errno of its reply."""
        return self.replies.pop(self.do(command))[0]

    def kinds(self) -> list[str]:
        """Kinds of all events so far."""
        return [kind for kind, _ in self.events]

    def head(self) -> list[int]:
        """Start sectors on queue_head, front first; -1 is the marker."""
        return [-1 if rq.marker else rq.sector for rq in self.md.queue.queue_head]
