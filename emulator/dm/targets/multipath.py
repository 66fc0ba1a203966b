"""The multipath target (drivers/md/dm-mpath.c, reference 18): choosing a path, holding I/O, judging errors.

Runs in the md's process; ``m->lock`` is implied, since nothing here yields.  There is no hardware handler and no
pg_init: ``queue_io`` is cleared by the first group switch, as it is without a handler.
"""

from __future__ import annotations

import errno

from emulator.block.bio import SECTOR
from emulator.block.errors import NOT_PATH_ERRORS, errno_name
from emulator.dm.clone import Tio
from emulator.dm.codes import DM_ENDIO_REQUEUE, DM_MAPIO_REMAPPED, DM_MAPIO_REQUEUE, DM_MAPIO_SUBMITTED
from emulator.dm.lower import Lower
from emulator.dm.targets.base import TARGETS, Host, TableError
from emulator.dm.targets.multipath_table import GroupLine, parse_multipath
from emulator.dm.targets.selectors import SELECTORS, Path
from emulator.snapshot import GroupView, PathView, TargetView


class Group:
    """struct priority_group."""

    __slots__ = ("number", "selector", "paths", "bypassed")

    def __init__(self, host: Host, number: int, line: GroupLine) -> None:
        self.number = number
        repeat_one = host.era == "modern"
        # From 4.x on repeat counts above 1 are stored as 1.
        self.paths = [
            Path(host.get_device(path.device), list(path.args), min(path.repeat, 1) if repeat_one else path.repeat)
            for path in line.paths
        ]
        self.selector = SELECTORS[line.selector](self.paths)
        self.bypassed = False


class Mpio:
    """struct dm_mpath_io: the path a clone was sent to, and its bytes at mapping time."""

    __slots__ = ("path", "nr_bytes")

    def __init__(self, path: Path | None, nr_bytes: int) -> None:
        self.path = path
        self.nr_bytes = nr_bytes


class Multipath:
    """struct multipath."""

    type = "multipath"

    def __init__(self, host: Host, length: int, words: list[str]) -> None:
        line = parse_multipath(words)
        self.host = host
        self.length = length
        self.groups = [Group(host, number, group) for number, group in enumerate(line.groups, 1)]
        for lower in self.devices():
            if length > lower.sectors:
                raise TableError(
                    errno.EINVAL,
                    f"{lower.dev} too small for target: start=0, len={length}, dev_size={lower.sectors}",
                )
        self.pg_init_retries = line.pg_init_retries
        self.pg_init_count = 0
        self.nr_valid_paths = sum(len(group.paths) for group in self.groups)
        self.current_path: Path | None = None
        self.current_group: Group | None = None
        self.next_group: Group | None = (
            self.groups[line.initial_group - 1] if 0 < line.initial_group <= len(self.groups) else None
        )
        self.repeat_count = 0
        self.queue_io = True
        self.queue_if_no_path = self.saved_queue_if_no_path = line.queue_if_no_path
        self.queued: list[Tio] = []
        """queued_ios: clones held here, oldest first."""

    def devices(self) -> list[Lower]:
        """Each path's device once."""
        return list({path.lower.dev: path.lower for group in self.groups for path in group.paths}.values())

    # -- mapping (18.3, 18.4) ---------------------------------------------------------------------------

    def map_rq(self, tio: Tio) -> int:
        """multipath_map."""
        return self._map_io(tio, was_queued=False)

    def map_queued(self, tio: Tio) -> int:
        """map_io with was_queued."""
        return self._map_io(tio, was_queued=True)

    def _map_io(self, tio: Tio, was_queued: bool) -> int:
        nr_bytes = sum(tio.sizes) * SECTOR
        if self.current_path is None or (not self.queue_io and self._turn_is_over()):
            self._choose_path(nr_bytes)
        path = self.current_path
        if (path is not None and self.queue_io) or (path is None and self.queue_if_no_path):
            self.queued.append(tio)
            tio.info = Mpio(None, nr_bytes)
            if not self.queue_io:
                self.host.kick_queued_ios()
            return DM_MAPIO_SUBMITTED
        if path is not None:
            tio.info = Mpio(path, nr_bytes)
            tio.device = path.lower.name
            path.in_flight += 1
            path.bytes += nr_bytes
            return DM_MAPIO_REMAPPED
        return DM_MAPIO_REQUEUE if self._must_push_back() else -errno.EIO

    def _turn_is_over(self) -> bool:
        if not self.repeat_count:
            return False
        self.repeat_count -= 1
        return self.repeat_count == 0

    def _choose_path(self, nr_bytes: int) -> None:
        """__choose_pgpath."""
        if self.nr_valid_paths:
            if self.next_group is not None:
                group, self.next_group = self.next_group, None
                if self._choose_in(group, nr_bytes):
                    return
            if self.current_group is not None and self._choose_in(self.current_group, nr_bytes):
                return
            for bypassed in (False, True):
                for group in self.groups:
                    if group.bypassed == bypassed and self._choose_in(group, nr_bytes):
                        return
        self.current_path = None
        self.current_group = None

    def _choose_in(self, group: Group, nr_bytes: int) -> bool:
        path = group.selector.select(nr_bytes)
        if path is None:
            return False
        self.repeat_count = path.repeat
        self.current_path = path
        if self.current_group is not group:
            self.current_group = group
            self.pg_init_count = 0
            self.queue_io = False
        return True

    def _must_push_back(self) -> bool:
        return self.queue_if_no_path != self.saved_queue_if_no_path and self.host.noflush_suspending()

    def take_queued(self) -> list[Tio]:
        """process_queued_ios (18.5): the held clones, unless they must wait on."""
        if not self.queued:
            return []
        if self.current_path is None:
            self._choose_path(0)
        path = self.current_path
        if (path is not None and not self.queue_io) or (path is None and not self.queue_if_no_path):
            taken, self.queued = self.queued, []
            return taken
        return []

    # -- verdicts (18.8) ---------------------------------------------------------------------------------

    def rq_end_io(self, tio: Tio, error: int) -> int:
        """multipath_end_io -> do_end_io."""
        mpio: Mpio = tio.info
        verdict = self._judge(mpio, error)
        if mpio.path is not None:
            mpio.path.in_flight -= 1
            mpio.path.bytes -= mpio.nr_bytes
        return verdict

    def _judge(self, mpio: Mpio, error: int) -> int:
        if error == 0:
            return 0
        if self.host.era == "modern":
            if -error in NOT_PATH_ERRORS:
                return error
        elif error == -errno.EOPNOTSUPP:
            return error
        if mpio.path is not None:
            self._fail_path(mpio.path, errno_name(error))
        if not self.nr_valid_paths and not self.queue_if_no_path and not self._must_push_back():
            return error if self.host.era == "modern" else -errno.EIO
        return DM_ENDIO_REQUEUE

    # -- paths and groups (18.7) -------------------------------------------------------------------------

    def _fail_path(self, path: Path, reason: str) -> None:
        if not path.active:
            return
        self._group_of(path).selector.fail(path)
        path.active = False
        path.fail_count += 1
        self.nr_valid_paths -= 1
        if self.current_path is path:
            self.current_path = None
        host = self.host
        host.event("path_failed", path=path.lower.name, nr_valid_paths=self.nr_valid_paths, reason=reason)
        if not self.nr_valid_paths:
            host.event("no_path_left", queue_if_no_path=self.queue_if_no_path)
        host.trigger_event()

    def _reinstate_path(self, path: Path) -> None:
        if path.active:
            return
        self._group_of(path).selector.reinstate(path)
        path.active = True
        self.nr_valid_paths += 1
        if self.nr_valid_paths == 1 and self.queued:
            self.current_path = None
            self.host.kick_queued_ios()
        self.host.event("path_reinstated", path=path.lower.name, nr_valid_paths=self.nr_valid_paths)
        self.host.trigger_event()

    def _group_of(self, path: Path) -> Group:
        return next(group for group in self.groups if path in group.paths)

    def busy(self) -> bool:
        """multipath_busy (15): busy only if the group that mapping would use has active paths and all are busy."""
        group = self.next_group if self.current_path is None and self.next_group is not None else self.current_group
        if group is None:
            return False
        has_active = False
        for path in group.paths:
            if path.active:
                has_active = True
                if not path.lower.busy():
                    return False
        return has_active

    # -- suspend and messages (18.9, 18.10) --------------------------------------------------------------

    def presuspend(self) -> None:
        """queue_if_no_path(0, save): held I/O is failed, or pushed back under noflush."""
        self._set_queue_if_no_path(False, save=True)

    def postsuspend(self) -> None:
        """Nothing waits here without pg_init."""

    def resume(self) -> None:
        """The saved queue_if_no_path is in force again."""
        self.queue_if_no_path = self.saved_queue_if_no_path

    def _set_queue_if_no_path(self, value: bool, save: bool) -> None:
        self.saved_queue_if_no_path = self.queue_if_no_path if save else value
        self.queue_if_no_path = value
        if not value and self.queued:
            self.host.kick_queued_ios()

    def message(self, words: list[str]) -> None:
        """multipath_message; raises TableError(EINVAL) for what it does not know."""
        verb = words[0].lower() if words else ""
        if len(words) == 1 and verb in ("queue_if_no_path", "fail_if_no_path"):
            self._set_queue_if_no_path(verb == "queue_if_no_path", save=False)
            return
        if len(words) == 2 and verb in ("fail_path", "reinstate_path"):
            self._path_message(verb, words[1])
            return
        if len(words) == 2 and verb in ("disable_group", "enable_group", "switch_group"):
            self._group_message(verb, words[1])
            return
        raise TableError(errno.EINVAL, f"multipath: Unrecognised multipath message received: {' '.join(words)}")

    def _path_message(self, verb: str, device: str) -> None:
        try:
            lower = self.host.get_device(device)
        except TableError as error:
            number = errno.EINVAL if self.host.era == "2.6.31" else error.errno
            raise TableError(number, f"multipath: message: error getting device {device}") from None
        found = [path for group in self.groups for path in group.paths if path.lower is lower]
        if not found and self.host.era == "modern":
            raise TableError(errno.EINVAL, f"multipath: {device} is no path of {self.host.name}")
        for path in found:
            if verb == "fail_path":
                self._fail_path(path, "message fail_path")
            else:
                self._reinstate_path(path)

    def _group_message(self, verb: str, word: str) -> None:
        if not word.isdigit() or not 1 <= int(word) <= len(self.groups):
            raise TableError(errno.EINVAL, f"multipath: invalid PG number supplied to {verb}: {word}")
        group = self.groups[int(word) - 1]
        if verb == "switch_group":
            for each in self.groups:
                each.bypassed = False
            self.next_group = group
        else:
            group.bypassed = verb == "disable_group"
        self.current_path = None
        self.current_group = None
        self.host.trigger_event()

    # -- status (18.11) ----------------------------------------------------------------------------------

    def _shown_group(self) -> int:
        group = self.next_group or self.current_group
        return group.number if group else 1 if self.groups else 0

    def _letter(self, group: Group) -> str:
        return "D" if group.bypassed else "A" if group is self.current_group else "E"

    def table_line(self) -> str:
        """Features, handler, groups with their paths."""
        words = ["queue_if_no_path"] if self.queue_if_no_path else []
        if self.pg_init_retries:
            words += ["pg_init_retries", str(self.pg_init_retries)]
        line = [str(len(words)), *words, "0", str(len(self.groups)), str(self._shown_group())]
        for group in self.groups:
            line += [group.selector.name, "0", str(len(group.paths)), "1"]
            for path in group.paths:
                line += [path.lower.dev, group.selector.table_args(path)]
        return " ".join(line) + " "

    def status_line(self) -> str:
        """Queue size (modern: queue_io), pg_init count, groups with their paths."""
        first = int(self.queue_io) if self.host.era == "modern" else len(self.queued)
        line = ["2", str(first), str(self.pg_init_count), "0", str(len(self.groups)), str(self._shown_group())]
        for group in self.groups:
            line += [self._letter(group), "0", str(len(group.paths)), "0"]
            for path in group.paths:
                line += [path.lower.dev, "A" if path.active else "F", str(path.fail_count)]
        return " ".join(line) + " "

    def view(self) -> TargetView:
        """Groups and paths."""
        return TargetView(
            type=self.type,
            groups=tuple(
                GroupView(
                    group.number,
                    self._letter(group),
                    group.selector.name,
                    tuple(self._path_view(path) for path in group.paths),
                )
                for group in self.groups
            ),
            queue_if_no_path=self.queue_if_no_path,
            saved_queue_if_no_path=self.saved_queue_if_no_path,
            queue_io=self.queue_io,
            queued=len(self.queued),
            nr_valid_paths=self.nr_valid_paths,
            table=self.table_line(),
            status=self.status_line(),
        )

    def _path_view(self, path: Path) -> PathView:
        lower = path.lower
        return PathView(
            name=lower.name,
            dev=lower.dev,
            active=path.active,
            fail_count=path.fail_count,
            in_flight=path.in_flight,
            bytes=path.bytes,
            busy=lower.busy(),
            current=path is self.current_path,
        )


TARGETS["multipath"] = Multipath
