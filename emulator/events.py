"""Events: what a person reads in the log and what a scenario's ``after:`` can name.  Few, always on.

A machine sends ``(EVENT, now_us, kind, details)``; the runtime makes it an :class:`Event`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS: Mapping[str, str] = {
    # multipath and dm
    "path_failed": "a path went from A to F (md, path, nr_valid_paths, reason)",
    "path_reinstated": "a path went from F to A (md, path, nr_valid_paths)",
    "no_path_left": "the last valid path of an md failed (md, queue_if_no_path)",
    "requeued": "an original request went back to the front of the md queue (md, request, reason); first of a burst",
    "io_error": "a bio ended with an error (md, bio, errno)",
    "table_loaded": "an inactive table was loaded (md, table)",
    "table_swapped": "the live table was replaced (md, table)",
    "table_rejected": "a table line was refused (md, errno, error)",
    "message": "a target message was handled (md, text, errno)",
    "kernel_log": "a line of the kernel log (md or device, text)",
    "md_removed": "a mapped device was removed, and its process ends (md, pid)",
    "uevent": "a uevent of the md (md, DM_TARGET, DM_ACTION, DM_SEQNUM, DM_PATH, DM_NR_VALID_PATHS, DM_NAME, DM_UUID)",
    # suspend and resume
    "suspend_started": "dm_suspend began (md, noflush)",
    "marker_inserted": "the suspend marker went to the tail of the md queue (md)",
    "marker_blocking": "the marker is at the front and waits for in-flight requests (md, in_flight)",
    "marker_completed": "the marker was completed and the md queue stopped (md)",
    "suspended": "dm_suspend returned 0 (md, took_us)",
    "suspend_failed": "dm_suspend returned an error (md, errno)",
    "resumed": "dm_resume returned 0 (md)",
    # devices and faults
    "fault_injected": "a fault is in force (target, fault, type)",
    "fault_fired": "a fault fired for the first time (target, fault, request)",
    "fault_cleared": "a fault is no longer in force (target, fault, armed, fired)",
    "device_busy": "an underlying device began to answer busy (device, reason)",
    "device_ready": "an underlying device stopped answering busy (device)",
    "device_gone": "a device vanished (device, in_flight)",
    "device_offline": "a disk is offline: what comes is rejected, what is in flight goes on (device, in_flight)",
    "device_back": "a device is there again, or takes commands again (device)",
    "pg_init": "a hardware handler answered an activation (device, handler, result, access)",
    # multipathd
    "multipathd": "a line of multipathd's syslog (md, path, text)",
    "path_state": "the path checker has another state for a path (md, path, state, was)",
    "recovery_mode": "no_path_retry of a map (md, mode: entered, queueing_disabled, recovered)",
    "failback": "multipathd switches to the best priority group (md, group)",
    "access_state": "a path has another ALUA access state (device, state, was)",
    "released": "held requests were released (device, requests)",
    # softirq and locks
    "softirq_stalled": "the softirq worker handles nothing (worker)",
    "softirq_running": "the softirq worker handles its done list again (worker)",
    "deadlock": "a chain of calls asks for a lock it holds (cycle: list of texts, lock, context)",
    "deadlock_broken": "the lock was taken from its stuck holder (lock, context)",
    # submitters
    "load_started": "a submitter began (submitter)",
    "load_stopped": "a submitter submits no more (submitter)",
    "corruption": "a read returned something else than was written (submitter, sector, found, expected)",
    "bio_overdue": "a bio did not complete within its limit (submitter, bio, sector, age_us)",
    # the run itself (from the runtime and the director)
    "process_started": "a process plays its machine (machine, pid)",
    "process_exited": "a process is gone (machine, pid, status, words)",
    "paused": "the emulated clock stands",
    "running": "the emulated clock runs (speed)",
    "action": "the scenario's timeline acted (text, errno)",
    "step": "a step of the scenario was played (number, line, held, why)",
    "invariant": "an invariant of the reference is broken (id, text)",
}
"""Every kind of event and what its details say."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log, ordered by (at_us, serial)."""

    at_us: int
    serial: int
    machine: str
    kind: str
    details: Mapping[str, Any]
