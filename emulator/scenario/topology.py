"""The standing parts of a scenario file: LUNs, devices, mapped devices, softirq worker, submitters.  See model.py."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from emulator.plan import AccessState, Era
from emulator.scenario.fields import Dev, Duration, Length, Name, Part, Size, Time, Times, expected, written

Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Positive = Annotated[int, Field(ge=1, le=1_000_000)]


class LimitsPart(Part):
    """Limits of a request queue."""

    max_sectors: int = Field(default=1024, ge=8, le=65536)
    """Most sectors of one request."""
    max_segments: int = Field(default=128, ge=1, le=65536)
    """Most segments of one request (each 4 KiB of a bio is one)."""
    logical_block_size: Literal[512, 1024, 2048, 4096] = 512
    """Bytes that can be addressed at least."""
    physical_block_size: Literal[512, 1024, 2048, 4096] | None = None
    """Bytes that are written without reading first; the logical block size when left out."""
    write_cache: Literal["write back", "write through"] = "write back"
    """Whether it has a volatile write cache, which flushes are sent to."""
    rotational: bool = False
    """Whether it spins."""


class LunPart(Part):
    """A logical unit: the store that all its paths share."""

    name: Name
    """How paths refer to it."""
    size: Length
    """Its size, e.g. 1GiB."""
    wwid: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,127}$")] | None = None
    """Its WWID as multipath -ll shows it; made from the name when left out."""
    vendor: Annotated[str, Field(pattern=r"^[^\s,][^,\n]{0,31}$")] | None = None
    """Vendor as multipath -ll shows it."""
    product: Annotated[str, Field(pattern=r"^[^\s,][^,\n]{0,31}$")] | None = None
    """Product as multipath -ll shows it."""


class DevicePart(Part):
    """An underlying device: one path to a LUN, played by a process of its own."""

    name: Name
    """e.g. sda."""
    lun: Name
    """The LUN that it leads to."""
    dev: Dev | None = None
    """major:minor; given in order (8:0, 8:16, 8:32 ...) when left out."""
    queue_depth: int = Field(default=32, ge=1, le=4096)
    """Requests that it serves at once."""
    service: Times = Field(default=written("200us"))
    """Time that one request takes."""
    out_of_order: bool = False
    """Whether a later request may complete before an earlier one."""
    partial: Annotated[int, Field(ge=-1, le=65536)] = 0
    """Sectors reported by each partial completion; 0 = whole requests, -1 = bio by bio."""
    partial_gap: Times = Field(default=written("0us"))
    """Time between two partial completions of one request."""
    limits: LimitsPart = LimitsPart()
    """Limits of its queue."""
    host: Annotated[str, Field(pattern=r"^[0-9]+:[0-9]+:[0-9]+:[0-9]+$")] | None = None
    """host:channel:id:lun as multipath -ll shows it."""
    handlers: Annotated[tuple[Literal["alua", "rdac", "emc", "hp_sw"], ...], Field(strict=False)] = ()
    """Hardware handlers that the disk is fit for."""
    attached: Literal["", "alua", "rdac", "emc", "hp_sw"] = ""
    """The hardware handler attached to it before any table asks."""
    access: AccessState = "active/optimized"
    """Access state of the path (ALUA); standby is also the passive side of an array without ALUA."""
    explicit: bool = True
    """Whether activating a path that is not active makes it active."""
    pg_init_time: Times = Field(default=written("0us"))
    """Time that an activation takes."""
    group: int = Field(default=0, ge=0, le=65535)
    """Target port group (ALUA): ports of one group of a LUN have one access state; 0 = a group of its own."""
    preferred: bool = False
    """Whether its port group is the preferred one (PREF): failback by priority goes there."""
    transition_timeout: Duration = Field(default=written("60s"))
    """Time after which a transition is taken for standby, as scsi_dh_alua does."""
    stackable: bool = True
    """Whether a request-based md may sit on it; not so a partition or a ram disk."""


class MdPart(Part):
    """A mapped device."""

    name: Name
    """e.g. mpatha."""
    dev: Dev | None = None
    """major:minor; given in order (253:0, 253:1 ...) when left out."""
    table: str = ""
    """A dmsetup table line; names of devices may stand where the kernel wants major:minor.  Empty = no table yet."""
    era: Era | None = None
    """Kernel whose behaviour it has; the scenario's when left out."""
    completion: Literal["softirq", "inline"] = "softirq"
    """softirq as the kernel does it; inline is the wrong design that deadlocks."""
    elevator: Literal["noop", "deadline"] = "deadline"
    """I/O scheduler."""
    nr_requests: int | None = Field(default=None, ge=4, le=1_000_000)
    """Requests that may be allocated for each class; left out: 128 in 2.6.31, 256 in later kernels."""
    unplug_thresh: Positive = 4
    """Requests that end the plugging."""
    unplug_delay: Duration = Field(default=written("3ms"))
    """Time after which the plug timer ends the plugging."""
    limits: LimitsPart | None = None
    """Limits of its queue; stacked from its paths when left out."""
    read_expire: Duration = Field(default=written("500ms"))
    """deadline: a read expires after so long."""
    write_expire: Duration = Field(default=written("5s"))
    """deadline: a write expires after so long."""
    writes_starved: Count = 2
    """deadline: read batches before a write batch."""
    fifo_batch: Positive = 16
    """deadline: requests of one batch."""
    front_merges: bool = True
    """deadline: whether a bio may merge at the front of a request."""
    queue_if_no_path_timeout_secs: int = Field(default=0, ge=0, le=1_000_000)
    """Module parameter of later kernels: seconds after the last path is gone at which queueing ends; 0 = never."""


class SoftirqPart(Part):
    """The softirq worker."""

    name: Name = "softirq"
    """Its name, as faults and kill use it."""


class BlockSizePart(Part):
    """One size of a mix."""

    size: Length
    """Bytes of a bio."""
    weight: float = Field(default=1.0, gt=0, le=1e6)
    """How often, relative to the others."""


class SubmitterPart(Part):
    """A synthetic load."""

    name: Name
    """e.g. app."""
    target: Name
    """The mapped device that it submits to."""
    depth: int = Field(default=8, ge=1, le=4096)
    """Most outstanding bios of each job (closed loop: always so many)."""
    rate: float = Field(default=0.0, ge=0, le=1e6)
    """Open loop: bios each second and job; 0 = closed loop."""
    pattern: Literal["sequential", "random", "strided", "zipf"] = "random"
    """Where the bios go."""
    stride: Size = Field(default=0)
    """strided: from one start to the next."""
    theta: float = Field(default=1.1, gt=0, le=10)
    """zipf: exponent."""
    reads: float = Field(default=1.0, ge=0, le=1)
    """Share of reads: 0 = only writes, 1 = only reads."""
    block_size: Length | None = None
    """Size of every bio, e.g. 4KiB (the default)."""
    block_sizes: Annotated[tuple[BlockSizePart, ...], Field(min_length=1, max_length=16, strict=False)] | None = None
    """A mix of sizes instead of block_size."""
    jobs: int = Field(default=1, ge=1, le=64)
    """Jobs, each with its own bios."""
    offset: Size = Field(default=0)
    """Begin of the region that it uses."""
    size: Size = Field(default=0)
    """Length of the region that it uses; 0 = the rest of the target."""
    verify: bool = True
    """Whether data are checked: a read that returns anything else than what was written is corruption."""
    sync: bool = False
    """Bios carry the SYNCIO and UNPLUG bits, as O_DIRECT writes do."""
    unplug: bool = True
    """Whether the task unplugs the queue before it waits, as aio does."""
    ios: Count = 0
    """Bios of each job after which it ends; 0 = no limit."""
    start: Time = Field(default=0)
    """When it begins."""
    stop: Time = Field(default=0)
    """When it submits no more; 0 = at the end."""

    @model_validator(mode="after")
    def _one_size(self) -> SubmitterPart:
        if self.block_size is not None and self.block_sizes is not None:
            raise expected("either block_size or block_sizes, not both")
        if self.pattern == "strided" and not self.stride:
            raise expected("'stride' with the pattern strided (a size such as 64KiB)")
        if self.stop and self.stop <= self.start:
            raise expected("a 'stop' later than 'start'")
        return self
