"""A map as multipathd keeps it (struct multipath): its paths, and what it tells the kernel about them.

Everything it does to the md is a dmsetup message; what the kernel makes of it comes back with the next status line.
Runs in multipathd's process. """

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from emulator.multipathd import marginal
from emulator.multipathd.failback import Failback
from emulator.multipathd.lines import GroupLine, MapLines
from emulator.multipathd.path import CheckedPath
from emulator.multipathd.retry import Retry
from emulator.multipathd.words import mark_as_failed
from emulator.plan import Era, MapSettings
from emulator.snapshot import CheckedMapView

if TYPE_CHECKING:
    from emulator.multipathd.daemon import Multipathd


class Map:
    """One map, from its first lines to the loss of its table."""

    def __init__(self, daemon: Multipathd, name: str, era: Era, settings: MapSettings) -> None:
        self.daemon = daemon
        self.name = name
        self.era: Era = era
        self.settings = settings
        self.paths: list[CheckedPath] = []
        self.groups: tuple[GroupLine, ...] = ()
        self.nextpg = 0
        self.retry = Retry(self)
        self.failback = Failback(self)

    @property
    def group_count(self) -> int:
        """Priority groups."""
        return len(self.groups)

    def log(self, text: str, path: str = "") -> None:
        """One line of multipathd's syslog."""
        self.daemon.log(text, self.name, path)

    def message(self, text: str, done: Callable[[int], None] = lambda error: None) -> None:
        """dmsetup message; *done* gets the errno (0: done)."""
        self.daemon.message(self.name, text, done)

    def active(self) -> int:
        """count_active_paths."""
        return sum(path.usable for path in self.paths)

    # -- the kernel's side -------------------------------------------------------------------------------

    def update(self, lines: MapLines) -> list[CheckedPath]:
        """update_multipath: the kernel's state of the map; returns the paths that were not known."""
        self.groups, self.nextpg = lines.groups, lines.nextpg
        known = {path.dev: path for path in self.paths}
        there = [(dev, number) for number, group in enumerate(lines.groups, 1) for dev, _ in group.paths]
        changed = [dev for dev, _ in there] != [path.dev for path in self.paths]
        fresh: list[CheckedPath] = []
        if changed:
            fresh = self._adopt(there, known)
        states = {dev: active for group in lines.groups for dev, active in group.paths}
        numbers = dict(there)
        for path in self.paths:
            path.group = numbers[path.dev]
            if not path.messages:
                path.active = states[path.dev]
                if not path.active and path.state in ("up", "ghost"):
                    self._mark_as_failed(path)
        if changed:
            self.retry.begin(lines.queueing, self.active())
        return fresh

    def _adopt(self, there: list[tuple[str, int]], known: dict[str, CheckedPath]) -> list[CheckedPath]:
        fresh = [
            CheckedPath(self, self.daemon.disk(dev), dev, number, self.daemon.spec.polling_interval)
            for dev, number in there
            if dev not in known
        ]
        if known:
            for path in fresh:
                self.log(f"{path.name} [{path.dev}]: path added to devmap {self.name}", path.name)
        for path in known.values():
            if path.dev not in dict(there):
                self.daemon.forget(path)
                self.log(f"{path.name} [{path.dev}]: path removed from map {self.name}", path.name)
        every = known | {path.dev: path for path in fresh}
        self.paths = [every[dev] for dev, _ in there]
        return fresh

    def _mark_as_failed(self, path: CheckedPath) -> None:
        """The kernel failed a path of which the checker thought well."""
        self.log(mark_as_failed(self.era, path.name, path.dev), path.name)
        self.set_state(path, "down")
        self.count_failure(path)
        self.lost_one()
        marginal.path_failed(path, self.daemon.now_us)
        self.daemon.check_soon(path)

    def removed(self) -> None:
        """There is no such table any more."""
        self.retry.stop()
        self.failback.cancel()
        for path in self.paths:
            self.daemon.forget(path)
        self.paths.clear()
        self.log(f"{self.name}: devmap removed")

    # -- what is told to the kernel ------------------------------------------------------------------------

    def fail(self, path: CheckedPath, was_active: bool) -> None:
        """fail_path."""
        self.log(f"checker failed path {path.dev} in map {self.name}", path.name)
        self._about(path, "fail_path", lambda error: None)
        if was_active:
            self.lost_one()

    def reinstate(self, path: CheckedPath) -> None:
        """reinstate_path; counted when the kernel has done it."""
        self._about(path, "reinstate_path", lambda error: self._reinstated(path, error))

    def _about(self, path: CheckedPath, verb: str, done: Callable[[int], None]) -> None:
        path.messages += 1

        def answered(error: int) -> None:
            path.messages -= 1
            if not error:
                path.active = verb == "reinstate_path"
            done(error)

        self.message(f"{verb} {path.dev}", answered)

    def _reinstated(self, path: CheckedPath, error: int) -> None:
        if error:
            self.log(f"{path.dev}: reinstate failed", path.name)
            self.set_state(path, "down")
            return
        path.reinstated += 1
        path.watch_checks = self.settings.delay_watch_checks
        self.log(f"{path.dev}: reinstated", path.name)
        self.retry.path_back()
        self._say_active()

    def enable_group(self, path: CheckedPath) -> None:
        """A group with a path that is up again is not disabled any more."""
        if self.groups[path.group - 1].state == "D":
            self.log(f"{self.name}: enable group #{path.group}")
            self.message(f"enable_group {path.group}")

    # -- counting ------------------------------------------------------------------------------------------

    def set_state(self, path: CheckedPath, state: str) -> None:
        """Note another state, and tell the log's readers."""
        if path.state != state:
            was, path.state = path.state, state  # type: ignore[assignment]
            self.daemon.event("path_state", md=self.name, path=path.name, state=state, was=was)

    def count_failure(self, path: CheckedPath) -> None:
        """The path failed: how many good checks it needs, and no failback for now."""
        path.failures += 1
        settings = self.settings
        path.wait_checks = max(0, settings.reinstate_checks - 1)
        if settings.delay_wait_checks and path.watch_checks:
            path.wait_checks = max(path.wait_checks, settings.delay_wait_checks)
        path.watch_checks = 0
        self.failback.cancel()

    def lost_one(self) -> None:
        """update_queue_mode_del_path."""
        if not self.active():
            self.retry.all_lost()
        self._say_active()

    def _say_active(self) -> None:
        self.log(f"{self.name}: remaining active paths: {self.active()}")

    def view(self) -> CheckedMapView:
        """What a face shows of it."""
        groups = range(1, self.group_count + 1)
        return CheckedMapView(
            name=self.name,
            mode=self.retry.mode,
            until=self.retry.until_us if self.retry.mode == "recovery" else 0,
            active=self.active(),
            nextpg=self.nextpg,
            bestpg=self.failback.best_group(),
            failbacks=self.failback.count,
            failback_due=self.failback.due_us,
            priorities=tuple(self.failback.priority(number) for number in groups),
        )
