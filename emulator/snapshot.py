"""What a face sees of each machine: frozen views, cut to the visible part of each list.

``emulator.positional`` turns any of them into nested tuples and back (as msgpack carries them).
Times are emulated microseconds unless a name ends in ``_ns`` (real nanoseconds spent in the process), sizes are
sectors of 512 bytes.  Counters only grow.

Who makes one takes lists into its tuples, ``tuple([... for ...])``: CPython keeps up to 2,000 of each length of those
that a generator grew, and a process that is asked often would grow for an hour.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request, or one clone on a device."""

    id: int
    op: str
    """"R" read, "W" write, "M" the suspend marker."""
    sector: int
    sectors: int
    bios: int
    """Bios it still has."""
    age: int
    """Since the request was made (on a device: since the clone was inserted)."""
    state: str
    """Reference 20.1 (SORTED LISTED PREPPED HELD ISSUED DONE_PENDING REQUEUED); on a device QUEUED STARTED MEDIUM HUNG
    HELD DONE ENDING."""
    flags: str = ""
    """Letters: S STARTED, P DONTPREP, B SOFTBARRIER, N NOMERGE, F FAILED."""
    retries: int = 0
    path: str = ""
    """The device that its clone was sent to ("" = none yet)."""
    owner: str = ""
    """Submitter of its first bio; on a device the md."""


@dataclass(frozen=True, slots=True)
class LockView:
    """A queue lock (times measured in its process)."""

    name: str
    holder: str
    """Context, "" = free."""
    waiters: tuple[str, ...]
    acquired: int
    contended: int
    held_ns: int
    held_ns_max: int
    waited_ns: int
    waited_ns_max: int
    waiters_max: int
    at_ns: int
    """The process's clock at this view: the share of time held is the growth of held_ns over that of at_ns."""
    holds: tuple[int, ...] = ()
    """Times it was held: bucket i counts those below 2**i ns."""
    waits: tuple[int, ...] = ()
    """Times somebody waited for it, likewise."""


@dataclass(frozen=True, slots=True)
class QueueView:
    """A request queue of an md."""

    elevator: str
    sorted: tuple[RequestView, ...]
    """Inside the elevator, in the order it would dispatch them as far as that can be said."""
    nr_sorted: int
    dispatch: tuple[RequestView, ...]
    """queue_head, front first; the marker is one of them."""
    nr_dispatch: int
    in_flight: tuple[int, int]
    """Async, sync."""
    plugged: bool
    stopped: bool
    nr_requests: int
    allocated: tuple[int, int]
    """request_list count: async, sync."""
    full: tuple[bool, bool]
    sleepers: tuple[int, int]
    """Submitters waiting for a request."""
    merged_back: int
    merged_front: int
    merged_requests: int


@dataclass(frozen=True, slots=True)
class PathView:
    """A path of a priority group."""

    name: str
    dev: str
    active: bool
    fail_count: int
    in_flight: int
    """Clones mapped to it whose rq_end_io has not run."""
    bytes: int
    """Their bytes."""
    busy: bool
    """What blk_lld_busy would say now."""
    current: bool


@dataclass(frozen=True, slots=True)
class GroupView:
    """A priority group."""

    number: int
    state: str
    """D, A or E as in the status line."""
    selector: str
    paths: tuple[PathView, ...]


@dataclass(frozen=True, slots=True)
class TargetView:
    """The target of the live table."""

    type: str
    groups: tuple[GroupView, ...]
    queue_if_no_path: bool
    saved_queue_if_no_path: bool
    queue_io: bool
    queued: int
    """Clones held inside the target."""
    nr_valid_paths: int
    table: str
    status: str


@dataclass(frozen=True, slots=True)
class MdCounters:
    """Since the md was made."""

    bios: int = 0
    bios_completed: int = 0
    bios_failed: int = 0
    requests: int = 0
    dispatched: int = 0
    requeued: int = 0
    completed: int = 0
    busy_stops: int = 0
    """Times that dm_request_fn stopped because the target said busy."""
    deferred: int = 0
    """Times that dm_prep_fn said BLKPREP_DEFER."""
    errors_hidden: int = 0
    """Failed clones whose original was requeued instead of ended."""
    clone_errors: int = 0
    """Clones that ended with an error, on whatever device, one that is gone as well, or on none (``killed``)."""
    killed: int = 0
    """Requests that map_rq refused: dm_kill_unmapped_request ended them, rq_end_io was not asked."""


@dataclass(frozen=True, slots=True)
class MdView:
    """A mapped device."""

    name: str
    dev: str
    at: int
    era: str
    state: str
    """NEW RUNNING SUSPENDING SUSPENDED (reference 20.4)."""
    noflush: bool
    inactive_table: str
    completion: str
    queue: QueueView
    lock: LockView
    in_flight: tuple[RequestView, ...]
    """Originals whose clone is out: MAPPING HELD ISSUED DONE_PENDING."""
    nr_in_flight: int
    target: TargetView | None
    event_nr: int
    counters: MdCounters
    waiting: tuple[str, ...]
    """Who sleeps on md->wait."""
    faults: tuple[FaultView, ...] = ()
    type: str = "request"
    """bio or request, "" before the first table."""
    waiting_bios: int = 0
    """Bio-based: bios on the deferred list (md->deferred)."""
    opens: tuple[str, ...] = ()
    """Devices and mds that its tables, the inactive one too, have open."""


@dataclass(frozen=True, slots=True)
class FaultView:
    """A fault in force."""

    name: str
    type: str
    target: str
    text: str
    """What it does, to whom: one line for people."""
    armed: int
    """Requests that matched it."""
    fired: int
    since: int
    until: int
    """0 = until cleared."""


@dataclass(frozen=True, slots=True)
class DeviceView:
    """An underlying device (one path)."""

    name: str
    dev: str
    lun: str
    at: int
    gone: bool
    queue: tuple[RequestView, ...]
    """queue_head, front first."""
    nr_queued: int
    service: tuple[RequestView, ...]
    nr_service: int
    depth: int
    busy: bool
    busy_why: str
    lock: LockView
    faults: tuple[FaultView, ...]
    completed: int
    errors: int
    bytes: int
    busy_time: int
    """Time during which at least one request was in service."""
    inserted: int
    latency: tuple[int, ...]
    """Finished clones by time from insertion to end: bucket i counts those below 2**i us."""


@dataclass(frozen=True, slots=True)
class SoftirqView:
    """The softirq worker."""

    name: str
    at: int
    done: tuple[str, ...]
    """Its done list, oldest first: "md#request"."""
    backlog: int
    backlog_max: int
    passes: int
    restarts: int
    """Passes that followed directly on another (at most 10 in a row)."""
    ksoftirqd: int
    """Times that the rest was left to ksoftirqd."""
    handled: int
    raised: int
    stalled: bool
    delay: int
    """Added to each item."""
    faults: tuple[FaultView, ...]


@dataclass(frozen=True, slots=True)
class SubmitterView:
    """A submitter."""

    name: str
    target: str
    at: int
    running: bool
    outstanding: int
    oldest: int
    """Age of the oldest outstanding bio."""
    submitted: int
    completed: int
    failed: int
    reads: int
    writes: int
    bytes: int
    verified: int
    """Sectors read and compared."""
    corruption: int
    overdue: int
    p50: int
    p95: int
    p99: int
    latency_max: int
    latency: tuple[int, ...]
    """Completed bios by latency: bucket i counts those below 2**i us."""
    times: tuple[tuple[int, int], ...] = ()
    """(time in us, bios): completed bios by latency to 3 %, each time the longest of its step, ascending: what the
    percentiles of several submitters together are told from."""


@dataclass(frozen=True, slots=True)
class LunView:
    """A LUN."""

    name: str
    at: int
    sectors: int
    written: int
    """Sectors that were written at least once."""
    reads: int
    writes: int


@dataclass(frozen=True, slots=True)
class CheckedPathView:
    """A path of a map, as multipathd has it."""

    md: str
    name: str
    dev: str
    group: int
    state: str
    """unchecked up down ghost shaky timeout delayed."""
    dm_active: bool
    """What the kernel's status line said last."""
    prio: int
    interval: int
    """Time to the next check."""
    pending: int
    """Age of the check under way, 0 = none is."""
    checks: int
    failures: int
    reinstated: int
    wait_checks: int
    """Good checks that it still needs."""
    marginal: bool
    """Whether it is kept out because its I/O fails now and then."""


@dataclass(frozen=True, slots=True)
class CheckedMapView:
    """A map, as multipathd has it."""

    name: str
    mode: str
    """normal; recovery: queueing until no_path_retry is over; off: it is over; queue: no_path_retry queue."""
    until: int
    """When recovery ends, 0 = it is not in recovery."""
    active: int
    nextpg: int
    bestpg: int
    failbacks: int
    failback_due: int
    """When the deferred failback comes, 0 = none is."""
    priorities: tuple[int, ...]
    """Of each group."""


@dataclass(frozen=True, slots=True)
class MultipathdView:
    """The path checker."""

    name: str
    at: int
    checks: int
    maps: tuple[CheckedMapView, ...]
    paths: tuple[CheckedPathView, ...]


View = MdView | DeviceView | SoftirqView | SubmitterView | LunView | MultipathdView
