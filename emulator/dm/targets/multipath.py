"""The multipath target (drivers/md/dm-mpath.c, reference 18): choosing a path, holding I/O, judging errors.

Runs in the md's process; ``m->lock`` is implied, since nothing here yields.  2.6.31 holds clones in the target
(``queued``) for want of a path or during pg_init; later kernels put the original back on M and try again.
"""

from __future__ import annotations

import errno

from emulator.block.bio import SECTOR
from emulator.block.errors import NOT_PATH_ERRORS, blk_errno, errno_name
from emulator.dm.clone import Tio
from emulator.dm.codes import (
    DM_ENDIO_DELAY_REQUEUE,
    DM_ENDIO_REQUEUE,
    DM_MAPIO_DELAY_REQUEUE,
    DM_MAPIO_REMAPPED,
    DM_MAPIO_REQUEUE,
    DM_MAPIO_SUBMITTED,
)
from emulator.dm.lower import Lower
from emulator.dm.targets import multipath_ioctl, multipath_messages, multipath_status
from emulator.dm.targets.base import Host
from emulator.dm.targets.groups import Choice, Group
from emulator.dm.targets.multipath_table import Context, read_multipath
from emulator.dm.targets.pg_init import PgInit
from emulator.dm.targets.selectors import Path
from emulator.snapshot import TargetView


class Mpio:
    """struct dm_mpath_io: the path a clone was sent to, its bytes at mapping time, and when that was."""

    __slots__ = ("path", "nr_bytes", "start_ns")

    def __init__(self, path: Path | None, nr_bytes: int, start_ns: int = 0) -> None:
        self.path = path
        self.nr_bytes = nr_bytes
        self.start_ns = start_ns


class Multipath:
    """struct multipath."""

    type = "multipath"

    def __init__(self, host: Host, length: int, words: list[str]) -> None:
        line = read_multipath(words, Context(host.era, host.get_device, host.log))
        self.host = host
        self.length = length
        self.modern = host.era == "modern"
        self.features = line.features
        self.handler = line.handler.name
        """hw_handler_name, "" = none."""
        self.choice = Choice(list(line.groups), line.initial_group, each_time=self.modern)
        self.groups = self.choice.groups
        self.pg_init = PgInit(self, line.features.pg_init_retries, line.features.pg_init_delay_msecs)
        self.queue_if_no_path = line.features.queue_if_no_path
        self.saved_queue_if_no_path = self.queue_if_no_path and not self.modern
        self.queued: list[Tio] = []
        """queued_ios of 2.6.31: clones held here, oldest first."""
        self._nopath_timer: int | None = None
        self.why = ""
        """Why the last mapping or verdict was what it was, in a few words; whoever records reads it at once."""

    @property
    def nr_valid_paths(self) -> int:
        """Paths that are not failed."""
        return self.choice.nr_valid_paths

    @property
    def current_path(self) -> Path | None:
        """current_pgpath."""
        return self.choice.current_path

    @property
    def current_group(self) -> Group | None:
        """current_pg."""
        return self.choice.current_group

    @property
    def queue_io(self) -> bool:
        """Whether no clone may go to a path now."""
        return self.pg_init.queue_io

    def devices(self) -> list[Lower]:
        """Each path's device once."""
        return list({path.lower.dev: path.lower for group in self.groups for path in group.paths}.values())

    def areas(self) -> list[tuple[Lower, int]]:
        """Each device from its begin on."""
        return [(lower, 0) for lower in self.devices()]

    # -- mapping (18.3, 18.4) ---------------------------------------------------------------------------

    def map_rq(self, tio: Tio) -> int:
        """multipath_map, multipath_clone_and_map."""
        return self._clone_and_map(tio) if self.modern else self._map_io(tio)

    def map_queued(self, tio: Tio) -> int:
        """map_io with was_queued."""
        return self._map_io(tio)

    def choose(self, nr_bytes: int) -> Path | None:
        """choose_pgpath; activation of a new group is due afterwards."""
        choice, pg_init = self.choice, self.pg_init
        if self.modern and not choice.nr_valid_paths:
            pg_init.queue_io = False
        path = choice.choose(nr_bytes, self.host.now_us * 1000)
        if choice.switched:
            self.why = f"switch to group {choice.current_group.number}" if choice.current_group else ""
            pg_init.switched()
        if choice.by_bypassed:
            pg_init.delay_retry = True
        return path

    def _clone_and_map(self, tio: Tio) -> int:
        """Later kernels: nothing is held here; what cannot go on goes back to M for 100 ms."""
        self.why = ""
        nr_bytes = sum(tio.sizes) * SECTOR
        path = self.choice.current_path
        if path is None or not self.pg_init.queue_io:
            path = self.choose(nr_bytes)
        if path is None:
            self.why = self._why_no_path()
            return DM_MAPIO_DELAY_REQUEUE if self._must_push_back() else -errno.EIO
        if self.pg_init.queue_io or self.pg_init.required:
            self.why = "pg_init first"
            self.pg_init.start()
            return DM_MAPIO_DELAY_REQUEUE
        return self._remapped(tio, path, nr_bytes)

    def _map_io(self, tio: Tio) -> int:
        """2.6.31: map_io."""
        self.why = ""
        nr_bytes = sum(tio.sizes) * SECTOR
        pg_init = self.pg_init
        if self.choice.current_path is None or (not pg_init.queue_io and self.choice.turn_is_over()):
            self.choose(nr_bytes)
        path = self.choice.current_path
        if (path is not None and pg_init.queue_io) or (path is None and self.queue_if_no_path):
            self.queued.append(tio)
            self.why = "no path, queue_if_no_path" if path is None else "pg_init first"
            tio.info = Mpio(None, nr_bytes)
            wanted = pg_init.required and not pg_init.in_progress
            if wanted or (path is None and not pg_init.queue_io):
                self.host.kick_queued_ios()
            return DM_MAPIO_SUBMITTED
        if path is not None:
            return self._remapped(tio, path, nr_bytes)
        self.why = self._why_no_path()
        return DM_MAPIO_REQUEUE if self._must_push_back() else -errno.EIO

    def _remapped(self, tio: Tio, path: Path, nr_bytes: int) -> int:
        tio.info = Mpio(path, nr_bytes, self.host.now_us * 1000)
        tio.device = path.lower.name
        path.in_flight += 1
        path.bytes += nr_bytes
        return DM_MAPIO_REMAPPED

    def _why_no_path(self) -> str:
        if self.queue_if_no_path:
            return "no path, queue_if_no_path"
        return "no path, noflush suspend" if self.host.noflush_suspending() else "no path"

    def _must_push_back(self) -> bool:
        noflush = self.host.noflush_suspending()
        if self.modern:
            return self.queue_if_no_path or noflush
        return self.queue_if_no_path != self.saved_queue_if_no_path and noflush

    def take_queued(self) -> list[Tio]:
        """process_queued_ios (18.5): the held clones, unless they must wait on; pg_init starts here."""
        if not self.queued:
            return []
        if self.choice.current_path is None:
            self.choose(0)
        path, pg_init = self.choice.current_path, self.pg_init
        go_on = (path is not None and not pg_init.queue_io) or (path is None and not self.queue_if_no_path)
        if path is not None and pg_init.required:
            pg_init.start()
        if not go_on:
            return []
        taken, self.queued = self.queued, []
        return taken

    # -- verdicts (18.8) ---------------------------------------------------------------------------------

    def rq_end_io(self, tio: Tio, error: int) -> int:
        """multipath_end_io."""
        mpio: Mpio = tio.info
        path = mpio.path
        verdict = (self._judge_modern if self.modern else self._judge)(path, error) if error else 0
        if path is not None:
            path.selector.ended(path, mpio.start_ns, self.host.now_us * 1000)
            path.in_flight -= 1
            path.bytes -= mpio.nr_bytes
        return verdict

    def _judge(self, path: Path | None, error: int) -> int:
        """do_end_io of 2.6.31."""
        self.why = "not the path's fault"
        if error == -errno.EOPNOTSUPP:
            return error
        if path is not None:
            self._blame(path, error)
        if not self.nr_valid_paths and not self.queue_if_no_path and not self._must_push_back():
            return -errno.EIO
        return DM_ENDIO_REQUEUE

    def _blame(self, path: Path, error: int) -> None:
        """A path error: the path fails, if it has not yet."""
        name = path.lower.name
        self.why = f"path error -> fail_path {name}" if path.active else f"path error, {name} has failed already"
        self.fail_path(path, errno_name(error))

    def _judge_modern(self, path: Path | None, error: int) -> int:
        """blk_path_error says whether the path is to blame; the last path's own error goes up."""
        self.why = "not the path's fault"
        error = -blk_errno(-error)
        if -error in NOT_PATH_ERRORS:
            return error
        if path is not None:
            self._blame(path, error)
        if not self.nr_valid_paths and not self._must_push_back():
            return error
        return DM_ENDIO_DELAY_REQUEUE if error == -errno.ENOMEM else DM_ENDIO_REQUEUE

    # -- paths and groups (18.7) -------------------------------------------------------------------------

    def fail_path(self, path: Path, reason: str) -> None:
        """fail_path: nothing if it is failed already."""
        if not path.active:
            return
        choice, host = self.choice, self.host
        host.log(f"device-mapper: multipath: {self._table_dev()}Failing path {path.lower.dev}.")
        path.selector.fail(path)
        path.active = False
        path.fail_count += 1
        choice.nr_valid_paths -= 1
        if choice.current_path is path:
            choice.current_path = None
        host.event("path_failed", path=path.lower.name, nr_valid_paths=choice.nr_valid_paths, reason=reason)
        if not choice.nr_valid_paths:
            host.event("no_path_left", queue_if_no_path=self.queue_if_no_path)
        host.path_event("PATH_FAILED", path.lower.dev, choice.nr_valid_paths)
        host.trigger_event()
        self._enable_nopath_timeout()

    def reinstate_path(self, path: Path) -> None:
        """reinstate_path: nothing if it is active already."""
        if path.active:
            return
        choice, host = self.choice, self.host
        if self.modern:
            host.log(f"device-mapper: multipath: {host.dev}: Reinstating path {path.lower.dev}.")
        group = choice.group_of(path)
        path.selector.reinstate(path)
        path.active = True
        choice.nr_valid_paths += 1
        if choice.nr_valid_paths == 1 and (self.modern or self.queued):
            choice.current_path = None
            host.kick_queued_ios()
        elif self.handler and choice.current_group is group:
            self.pg_init.reinstated(path)
        host.event("path_reinstated", path=path.lower.name, nr_valid_paths=choice.nr_valid_paths)
        host.path_event("PATH_REINSTATED", path.lower.dev, choice.nr_valid_paths)
        host.trigger_event()
        self._disable_nopath_timeout()

    def _table_dev(self) -> str:
        return f"{self.host.dev}: " if self.modern else ""

    def bypass(self, group: Group, bypassed: bool) -> None:
        """bypass_pg."""
        self.choice.bypass(group, bypassed)
        self.host.trigger_event()

    def busy(self) -> bool:
        """multipath_busy (15): busy only if the group that mapping would use has active paths and all are busy."""
        if self.modern:
            if self.pg_init.in_progress:
                return True
            if not self.nr_valid_paths:
                return False
        group = self.choice.likely_group()
        if group is None:
            return False
        some = False
        for path in group.paths:
            if path.active:
                if not path.lower.busy():
                    return False
                some = True
        return some

    # -- suspend, queue_if_no_path and messages (18.9, 18.10) ----------------------------------------------

    def presuspend(self) -> None:
        """queue_if_no_path(0, save); later kernels leave it as it is under noflush."""
        if not self.modern or not self.host.noflush_suspending():
            self._queue_if_no_path(False, save=True)

    def postsuspend(self) -> None:
        """Activations go on to their end (see pg_init_pending), no new round begins."""
        self.pg_init.disabled = self.modern and bool(self.handler)

    def pg_init_pending(self) -> bool:
        """flush_multipath_work: from 2.6.33 on a suspend waits for activations."""
        if self.modern and self.pg_init.in_progress:
            return True
        self.pg_init.disabled = False
        return False

    def resume(self) -> None:
        """The saved queue_if_no_path is in force again."""
        if not self.modern:
            self.queue_if_no_path = self.saved_queue_if_no_path
        elif self.saved_queue_if_no_path:
            self.queue_if_no_path, self.saved_queue_if_no_path = True, False

    def set_queue_if_no_path(self, value: bool) -> None:
        """The message."""
        self._queue_if_no_path(value, save=False)
        if value:
            self._enable_nopath_timeout()
        else:
            self._disable_nopath_timeout()

    def _queue_if_no_path(self, value: bool, save: bool) -> None:
        now = self.queue_if_no_path
        if not self.modern:
            self.saved_queue_if_no_path = now if save else value
        elif save and not now and self.saved_queue_if_no_path:
            # A suspend was interrupted, which does not undo its presuspend; saving again would lose it (553ec94cb4b4).
            said = "QIFNP disabled but saved as enabled, saving again loses state, not saving!"
            self.host.log(f"device-mapper: multipath: {self.host.dev}: {said}")
        elif save:
            self.saved_queue_if_no_path = now
        elif not value:
            self.saved_queue_if_no_path = False
        self.queue_if_no_path = value
        if not value and (self.modern or self.queued):
            self.host.kick_queued_ios()

    def _enable_nopath_timeout(self) -> None:
        timeout = self.host.nopath_timeout_us
        if not self.modern or not timeout or self.nr_valid_paths or not self.queue_if_no_path:
            return
        self._disable_nopath_timeout()
        self._nopath_timer = self.host.arm(self.host.now_us + timeout, self._nopath_timeout)

    def _disable_nopath_timeout(self) -> None:
        if self._nopath_timer is not None:
            self.host.disarm(self._nopath_timer)
            self._nopath_timer = None

    def _nopath_timeout(self) -> None:
        """queue_if_no_path_timeout_work."""
        self._nopath_timer = None
        text = f"queue_if_no_path timeout on {self.host.dev}, failing queued IO"
        self.host.log(f"device-mapper: multipath: {text}")
        self._queue_if_no_path(False, save=False)

    def destroy(self) -> None:
        """multipath_dtr."""
        self._disable_nopath_timeout()

    def prepare_ioctl(self) -> tuple[Lower | None, int]:
        """multipath_prepare_ioctl."""
        return multipath_ioctl.prepare_ioctl(self)

    def message(self, words: list[str]) -> None:
        """multipath_message; raises TableError."""
        multipath_messages.message(self, words)

    # -- status (18.11) ----------------------------------------------------------------------------------

    def table_line(self) -> str:
        """STATUSTYPE_TABLE."""
        return multipath_status.table_line(self)

    def status_line(self) -> str:
        """STATUSTYPE_INFO."""
        return multipath_status.status_line(self)

    def view(self) -> TargetView:
        """Groups and paths."""
        return multipath_status.target_view(self)
