"""pg_init: activating the paths of a group through their hardware handler, with retries and delay (reference 18.6).

Runs in the md's process.  While ``queue_io`` is set no clone goes to a path.  2.6.31 lets them go at the first success
and activates failed paths too; later kernels wait until every activation has ended and skip failed paths.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.dm.targets.selectors import Path

if TYPE_CHECKING:
    from emulator.dm.targets.multipath import Multipath

OK = "OK"
DEV_OFFLINED = "DEV_OFFLINED"
RETRIED = frozenset({"RETRY", "IMM_RETRY", "RES_TEMP_UNAVAIL"})
RESULTS = (OK, "RETRY", "IMM_RETRY", "RES_TEMP_UNAVAIL", "DEV_TEMP_BUSY", DEV_OFFLINED, "DEV_FAILED", "IO", "TIMED_OUT",
           "NOSYS")
"""SCSI_DH_* results that a device may give."""
NUMBERS = {OK: 0, "DEV_FAILED": 1, "DEV_TEMP_BUSY": 2, "IO": 8, "RETRY": 10, "IMM_RETRY": 11, "TIMED_OUT": 12,
           "RES_TEMP_UNAVAIL": 13, DEV_OFFLINED: 14, "NOSYS": 16}
"""Their numbers, as the kernel log shows them."""
DEFAULT_DELAY_MS = 2000


class PgInit:
    """The activation of the current group's paths."""

    def __init__(self, m: Multipath, retries: int, delay_ms: int | None) -> None:
        self.m = m
        self.modern = m.host.era == "modern"
        self.retries = retries
        self.delay_us = (DEFAULT_DELAY_MS if delay_ms is None else delay_ms) * 1000
        self.required = False
        self.queue_io = True
        """Until the first group is chosen, and while its paths are being activated."""
        self.count = 0
        """Rounds since the last group switch."""
        self.in_progress = 0
        self.delay_retry = False
        self.disabled = False
        """While a suspend waits: no further round."""

    def switched(self) -> None:
        """__switch_pg: the new group has to be activated first if there is a handler."""
        self.required = self.queue_io = bool(self.m.handler)
        self.count = 0

    def start(self) -> bool:
        """__pg_init_all_paths: a round for the paths of the current group; whether any activation is under way."""
        if self.in_progress or self.disabled:
            return False
        self.count += 1
        self.required = False
        group = self.m.choice.current_group
        if group is None:
            return False
        delay = self.delay_us if self.delay_retry else 0
        for path in group.paths:
            if path.active or not self.modern:
                self._queue(path, delay)
        return self.in_progress > 0

    def _queue(self, path: Path, delay_us: int) -> None:
        self.in_progress += 1
        host = self.m.host
        host.arm(host.now_us + delay_us, lambda: self._activate(path))

    def reinstated(self, path: Path) -> None:
        """A path of the current group came back: it alone is activated."""
        self._queue(path, 0)

    def _activate(self, path: Path) -> None:
        """activate_path, on kmpath_handlerd."""
        if path.active or not self.modern:
            self.m.host.activate(path.lower, lambda result: self.done(path, result))
        else:
            self.done(path, DEV_OFFLINED)

    def done(self, path: Path, result: str) -> None:
        """pg_init_done."""
        m = self.m
        group = m.choice.group_of(path)
        failed = result != OK
        delay = False
        if result in RETRIED:
            delay = result == "RETRY"
            if self.count <= self.retries and not self.disabled:
                self.required = True
            else:
                m.fail_path(path, f"pg_init: {result}")
            failed = False
        elif result == "DEV_TEMP_BUSY":
            m.bypass(group, True)
        elif result == "NOSYS" and not m.handler:
            failed = False
        elif failed:
            if result == "NOSYS":
                self._complain(f"Could not failover the device: Handler scsi_dh_{m.handler} Error {NUMBERS[result]}.")
            m.fail_path(path, f"pg_init: {result}")
        if failed:
            if path is m.choice.current_path:
                self._complain(f"Could not failover device. Error {NUMBERS[result]}.")
                m.choice.drop()
        elif not self.required:
            group.bypassed = False
            if not self.modern:
                self.queue_io = False
        self.in_progress -= 1
        if not self.in_progress:
            self._all_ended(delay)

    def _all_ended(self, delay: bool) -> None:
        m = self.m
        if not self.modern:
            m.host.kick_queued_ios()
            m.host.pg_init_done()
            return
        if self.required:
            self.delay_retry = delay
            if self.start():
                return
        self.queue_io = False
        m.host.kick_queued_ios()
        m.host.pg_init_done()

    def _complain(self, text: str) -> None:
        self.m.host.log(f"device-mapper: multipath: {text}")
