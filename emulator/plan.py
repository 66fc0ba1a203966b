"""What is to be built: the plain, checked description from which a runtime makes its machines.

A scenario (emulator.scenario) is what a person writes; a plan is what is left of it when every name is resolved
and every value checked.  It is made of primitives only, so that a child process needs neither YAML nor schemas.
Times are microseconds, sizes are sectors of 512 bytes unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

Era = Literal["2.6.31", "modern"]
AccessState = Literal[
    "active/optimized", "active/non-optimized", "standby", "unavailable", "offline", "transitioning"
]
ACCESS_STATES: tuple[str, ...] = get_args(AccessState)
"""States of a path as ALUA names them; standby is also the passive side of an array without ALUA."""
ACTIVE_STATES = frozenset(ACCESS_STATES[:2])
"""Those in which I/O is served."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """Times drawn from the machine's seeded generator.

    fixed: a us.  uniform: a..b us.  exponential: mean a us.  lognormal: median a us, sigma b (of the logarithm).
    """

    kind: Literal["fixed", "uniform", "exponential", "lognormal"] = "fixed"
    a: float = 0.0
    b: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Queue limits: sectors and segments of one request (4 KiB of a bio is one segment), and what the medium is."""

    max_sectors: int = 1024
    max_segments: int = 128
    logical_block_size: int = 512
    """Bytes: smallest unit that can be addressed."""
    physical_block_size: int = 512
    """Bytes: smallest unit that is written without reading first."""
    write_back: bool = True
    """A volatile write cache: flushes are sent to it."""
    rotational: bool = False
    max_hw_sectors: int = 0
    """What max_sectors can be raised to; 0 = not beyond what it is."""


@dataclass(frozen=True, slots=True)
class LunSpec:
    """A logical unit: the store that all its paths share."""

    name: str
    sectors: int
    seed: int = 0
    """Unwritten sectors hold the data of this seed (emulator.sectors); 0 = zeroes."""
    wwid: str = ""
    """As multipath -ll shows it; "" = made from the name."""
    vendor: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """An underlying device: one path to a LUN."""

    name: str
    lun: str
    dev: str
    """major:minor."""
    queue_depth: int = 32
    service: Distribution = Distribution()
    out_of_order: bool = False
    partial: int = 0
    """Sectors reported per partial completion; 0 = whole requests, -1 = bio by bio."""
    partial_gap: Distribution = Distribution()
    """Time between two partial completions of one request."""
    limits: Limits = Limits()
    host: str = "0:0:0:0"
    """host:channel:id:lun, as multipath -ll shows it."""
    handlers: tuple[str, ...] = ()
    """Hardware handlers that the disk is fit for: alua, rdac, emc, hp_sw."""
    attached: str = ""
    """The one attached to it before any table asks."""
    access: AccessState = "active/optimized"
    explicit: bool = True
    """Whether activating a path that is not active makes it active."""
    pg_init_time: Distribution = Distribution()
    """Time that an activation takes."""
    group: int = 0
    """Target port group (ALUA) of the LUN; its ports have one access state.  0 = a group of its own."""
    preferred: bool = False
    """PREF bit of its port group."""
    transition_timeout: int = 60_000_000
    """ALUA_FAILOVER_TIMEOUT: a transition that takes longer is taken for standby."""
    stackable: bool = True
    """Whether clones of requests can be inserted into its queue: not into a partition, a ram disk or another device
    whose driver takes bios."""


NR_REQUESTS: dict[Era, int] = {"2.6.31": 128, "modern": 256}
"""Requests of an md's queue: for each class (BLKDEV_MAX_RQ), in all (blk-mq with a scheduler)."""


@dataclass(frozen=True, slots=True)
class MdSpec:
    """A mapped device."""

    name: str
    dev: str
    table: str
    """A dmsetup table line, devices as major:minor; "" = no table yet."""
    era: Era = "2.6.31"
    completion: Literal["softirq", "inline"] = "softirq"
    elevator: Literal["noop", "deadline"] = "deadline"
    nr_requests: int = 128
    unplug_thresh: int = 4
    unplug_delay: int = 3000
    limits: Limits | None = None
    """None: stacked from the paths (and 255 sectors at most in era 2.6.31)."""
    read_expire: int = 500_000
    write_expire: int = 5_000_000
    writes_starved: int = 2
    fifo_batch: int = 16
    front_merges: bool = True
    queue_if_no_path_timeout_secs: int = 0
    """Module parameter of later kernels: so long after the last path is gone, queueing ends; 0 = never."""


@dataclass(frozen=True, slots=True)
class SubmitterSpec:
    """A synthetic load."""

    name: str
    target: str
    """The md (or device) that it submits to."""
    depth: int = 8
    """Closed loop: outstanding bios of each job.  Open loop: most outstanding bios of each job."""
    rate: float = 0.0
    """Open loop: bios per emulated second of each job; 0 = closed loop."""
    pattern: Literal["sequential", "random", "strided", "zipf"] = "random"
    stride: int = 0
    """Strided: sectors from one start to the next."""
    theta: float = 1.1
    """Zipf: exponent."""
    read_share: float = 1.0
    """0.0 = only writes, 1.0 = only reads."""
    block_sizes: tuple[tuple[int, float], ...] = ((8, 1.0),)
    """(sectors, weight)."""
    jobs: int = 1
    offset: int = 0
    size: int = 0
    """Sectors of the region used from offset; 0 = the rest of the target."""
    verify: bool = True
    sync: bool = False
    """Bios carry the SYNCIO and UNPLUG bits (as O_DIRECT writes do)."""
    unplug: bool = True
    """The task unplugs the queue before it waits (as aio does)."""
    ios: int = 0
    """Stop after so many bios of each job; 0 = no limit."""
    start: int = 0
    """Emulated time at which it starts."""
    stop: int = 0
    """Emulated time at which it submits no more; 0 = when the run ends."""
    error_pause: int = 1000
    """A job that sees an error submits its next bio in that place only after so long."""
    wait_limit: int = 0
    """"every bio completes within": 0 = not watched."""


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """A named fault on a device, the softirq worker or an md.  Types and their parameters: emulator.device.faults."""

    name: str
    type: str
    target: str
    op: Literal["any", "read", "write", "flush", "discard"] = "any"
    sector: int = 0
    sectors: int = 0
    """Length of the sector range; 0 = the whole device."""
    nth: int = 0
    """Fires on the n-th matching request only; 0 = not used."""
    every: int = 0
    """Fires on every n-th matching request; 0 = not used."""
    probability: float = 1.0
    times: int = 0
    """Fires at most so often; 0 = no limit."""
    duration: int = 0
    """Cleared after so long; 0 = until cleared."""
    params: tuple[tuple[str, int | float | str], ...] = ()
    """Parameters of the type, by name."""


NO_PATH_RETRY_UNDEF, NO_PATH_RETRY_FAIL, NO_PATH_RETRY_QUEUE = 0, -1, -2
"""no_path_retry left out, fail and queue, as multipathd numbers them."""
FAILBACK_MANUAL, FAILBACK_IMMEDIATE, FAILBACK_FOLLOWOVER = 0, -1, -2
"""failback as words; a time is more than 0."""


@dataclass(frozen=True, slots=True)
class MapSettings:
    """Settings of one map as multipath.conf names them; times that it writes in seconds are microseconds here."""

    path_checker: Literal["tur", "directio"] = "tur"
    no_path_retry: int = NO_PATH_RETRY_UNDEF
    """Polling intervals for which I/O is queued when all paths are lost, or one of NO_PATH_RETRY_*."""
    failback: int = FAILBACK_MANUAL
    """Microseconds, or one of FAILBACK_*."""
    prio: Literal["detect", "const", "alua"] = "detect"
    """detect (detect_prio): alua on a disk that is fit for the alua handler, else const."""
    reinstate_checks: int = 1
    """Good checks in a row before a failed path is reinstated (multipath.conf has no such key)."""
    delay_watch_checks: int = 0
    delay_wait_checks: int = 0
    san_path_err_threshold: int = 0
    san_path_err_forget_rate: int = 0
    san_path_err_recovery_time: int = 0
    marginal_path_double_failed_time: int = 0
    marginal_path_err_sample_time: int = 0
    marginal_path_err_rate_threshold: int = -1
    """Errors of a thousand sample reads; -1 = off."""
    marginal_path_err_recheck_gap_time: int = 0


@dataclass(frozen=True, slots=True)
class MultipathdSpec:
    """The path checker daemon (emulator.multipathd)."""

    name: str = "multipathd"
    polling_interval: int = 5_000_000
    max_polling_interval: int = 20_000_000
    checker_timeout: int = 30_000_000
    maps: tuple[tuple[str, MapSettings], ...] = ()
    """Settings of each md by its name; one that is not there has those of ``defaults``."""
    defaults: MapSettings = MapSettings()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a runtime builds, and for how long it runs."""

    name: str
    seed: int = 1
    duration: int = 1_000_000
    luns: tuple[LunSpec, ...] = ()
    devices: tuple[DeviceSpec, ...] = ()
    mds: tuple[MdSpec, ...] = ()
    softirq: str = "softirq"
    submitters: tuple[SubmitterSpec, ...] = ()
    faults: tuple[FaultSpec, ...] = ()
    """In force from the start."""
    speed: float = 1.0
    labels: tuple[tuple[str, str], ...] = field(default=())
    """(major:minor, name) of every device and md: table lines speak numbers, people names."""
    console: str = ""
    """Name of the machine that does the reads and writes that a person asks for; "" = there is none."""
    multipathd: MultipathdSpec | None = None
    """The path checker, None = nobody checks paths."""
