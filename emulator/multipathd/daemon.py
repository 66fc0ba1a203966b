"""multipathd: checks every path of every map and keeps the kernel's idea of it up to date.  One machine, one process.

    multipathd --CHECK_PATH--> device            the check reaches the device itself, not through the md
               --DM_READ-----> md --DM_MAP-->    status and table, as dmsetup shows them
               --DM_MESSAGE--> md                fail_path, reinstate_path, switch_group, queue_if_no_path ...
    md         --DM_EVENT----> multipathd        the event number grew: look at the map

It changes a map by messages only.  When it is killed nobody checks any more and I/O goes on as the kernel decides; a
new process begins from what the kernel's lines say. """

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from typing import Any

from emulator.machine import Machine
from emulator.messages import (
    CHECK_DONE,
    CHECK_PATH,
    COMMAND,
    DM_EVENT,
    DM_MAP,
    DM_MESSAGE,
    DM_MESSAGE_DONE,
    DM_READ,
    EVENT,
    PATH_SAMPLED,
    REPLY,
    SAMPLE_PATH,
    SUPERVISOR,
)
from emulator.multipathd import marginal
from emulator.multipathd.checker import check_path
from emulator.multipathd.lines import read_map
from emulator.multipathd.maps import Map
from emulator.multipathd.path import Answer, CheckedPath
from emulator.multipathd.words import timed_out
from emulator.plan import Era, MapSettings, MdSpec, MultipathdSpec
from emulator.snapshot import MultipathdView


class Multipathd(Machine):
    """*disks* are the devices that can be checked by major:minor, *mds* the eras of all mapped devices by name."""

    kind = "multipathd"

    def __init__(
        self,
        spec: MultipathdSpec,
        disks: Mapping[str, str],
        mds: Mapping[str, Era],
        clock_ns: Callable[[], int] = lambda: 0,
    ) -> None:
        super().__init__(spec.name, clock_ns)
        self.spec = spec
        self.disks = disks
        self.mds = dict(mds)
        self.maps: dict[str, Map] = {}
        self.gone: set[str] = set()
        """Devices without a process."""
        self.checks = 0
        self._serial = 0
        self._calls: dict[int, tuple[str, Callable[[int], None]]] = {}
        """Messages that are not answered: serial -> md, whom to tell."""
        self._reading: dict[str, bool] = {}
        """mds whose lines were asked for -> whether they are wanted once more."""
        self.handlers = {
            CHECK_DONE: self._check_done,
            PATH_SAMPLED: self._path_sampled,
            DM_MESSAGE_DONE: self._message_done,
            DM_MAP: self._map_came,
            DM_EVENT: lambda source, message: self.read(source),
            COMMAND: self._command,
        }
        self.arm(0, self._start)

    def _start(self) -> None:
        self.log("path checkers start up")
        for md in self.mds:
            self.read(md)

    # -- talking -------------------------------------------------------------------------------------------

    def event(self, kind: str, **details: Any) -> None:
        """One line for the log."""
        self.send(SUPERVISOR, (EVENT, self.now_us, kind, details))

    def log(self, text: str, md: str = "", path: str = "") -> None:
        """One line of its syslog."""
        self.event("multipathd", text=text, md=md, path=path)

    def disk(self, dev: str) -> str:
        """Name of the disk *dev*, or *dev* itself if it is none that could be checked."""
        return self.disks.get(dev, dev)

    def message(self, md: str, text: str, done: Callable[[int], None]) -> None:
        """dmsetup message to *md*; *done* gets the errno."""
        self._serial += 1
        self._calls[self._serial] = (md, done)
        self.send(md, (DM_MESSAGE, self._serial, text))

    def _message_done(self, source: str, message: tuple[Any, ...]) -> None:
        _tag, serial, error = message
        found = self._calls.pop(serial, None)
        if found is not None:
            if error:
                name = errno.errorcode.get(error, str(error))
                self.log(f"{found[0]}: device mapper refused the message ({name})", found[0])
            found[1](error)
            self.read(source)

    def read(self, md: str) -> None:
        """Ask for the lines of *md*; while they are under way one more time is enough."""
        if md in self._reading:
            self._reading[md] = True
            return
        self._reading[md] = False
        self.send(md, (DM_READ,))

    def _map_came(self, source: str, message: tuple[Any, ...]) -> None:
        _tag, status, table = message
        again = self._reading.pop(source, False)
        lines = read_map(status, table)
        map = self.maps.get(source)
        if lines is None:
            if map is not None:
                del self.maps[source]
                map.removed()
        else:
            if map is None:
                map = self.maps[source] = Map(self, source, self.mds[source], self._settings(source))
            for path in map.update(lines):
                self._schedule(path, self.now_us)
            self._judge(map)
        if again:
            self.read(source)

    def _settings(self, md: str) -> MapSettings:
        return dict(self.spec.maps).get(md, self.spec.defaults)

    def _judge(self, map: Map) -> None:
        """Checks that are over, now that the kernel's state of the map is known."""
        for path in map.paths:
            if path.answer is not None:
                answer, path.answer = path.answer, None
                check_path(path, answer)
                self._schedule(path, self.now_us + path.checkint)

    # -- checks --------------------------------------------------------------------------------------------

    def _schedule(self, path: CheckedPath, at_us: int) -> None:
        if path.timer is not None:
            self.disarm(path.timer)
        path.due_us = at_us
        path.timer = self.arm(at_us, lambda: self._check(path))

    def check_soon(self, path: CheckedPath) -> None:
        """The next check of *path* comes after the shortest interval at the latest."""
        soon = self.now_us + self.spec.polling_interval
        path.checkint = self.spec.polling_interval
        if path.timer is not None and path.due_us > soon:
            self._schedule(path, soon)

    def _check(self, path: CheckedPath) -> None:
        path.timer = None
        if path.dev not in self.disks:
            return
        self.checks += 1
        path.checks += 1
        path.check, path.check_us = self.checks, self.now_us
        if path.name in self.gone:
            self._over(path, Answer("down", offline=True))
            return
        path.timeout_timer = self.arm(self.now_us + self.spec.checker_timeout, lambda: self._timeout(path))
        self.send(path.name, (CHECK_PATH, _slot(path), path.check, path.settings.path_checker))

    def _check_done(self, source: str, message: tuple[Any, ...]) -> None:
        _tag, slot, check, state, access, preferred, tpgs = message
        path = self._path(slot)
        if path is None or path.check != check:
            return
        path.refresh_prio(access, preferred, tpgs)
        self._over(path, Answer("down" if state == "offline" else state, state == "offline"))

    def _timeout(self, path: CheckedPath) -> None:
        path.timeout_timer = None
        self._over(path, Answer(timed_out(path.map.era, path.settings.path_checker)))

    def _over(self, path: CheckedPath, answer: Answer) -> None:
        """The check has come to *answer*; what follows waits for the kernel's lines."""
        if path.timeout_timer is not None:
            self.disarm(path.timeout_timer)
            path.timeout_timer = None
        path.check = 0
        path.answer = answer
        self.read(path.map.name)

    def sample(self, path: CheckedPath) -> None:
        """A batch of direct reads for the error rate of *path*."""
        path.io_err.batch += 1
        self.send(path.name, (SAMPLE_PATH, _slot(path), path.io_err.batch, marginal.SAMPLE_READS))

    def _path_sampled(self, source: str, message: tuple[Any, ...]) -> None:
        _tag, slot, batch, reads, errors = message
        path = self._path(slot)
        if path is None or path.io_err.batch != batch:
            return

        def say(text: str) -> None:
            self.log(f"io error statistic: {text}", path.map.name, path.name)

        if marginal.sampled(path, reads, errors, self.now_us, path.map.active() > 0, say):
            self.arm(self.now_us + marginal.SAMPLE_GAP_US, lambda: self._sample_again(path, batch))
        elif path.timer is not None:
            self._schedule(path, self.now_us)

    def _sample_again(self, path: CheckedPath, batch: int) -> None:
        if path.io_err.batch == batch and path.io_err.stage == "checking" and path.name not in self.gone:
            self.sample(path)

    def _path(self, slot: str) -> CheckedPath | None:
        md, _, dev = slot.partition(" ")
        map = self.maps.get(md)
        return next((path for path in map.paths if path.dev == dev), None) if map else None

    def forget(self, path: CheckedPath) -> None:
        """The path is in no map any more."""
        for timer in (path.timer, path.timeout_timer):
            if timer is not None:
                self.disarm(timer)
        path.timer = path.timeout_timer = None
        path.check = 0

    # -- peers and commands --------------------------------------------------------------------------------

    def peer_gone(self, now_us: int, peer: str) -> None:
        """A device vanished: a check under way is over."""
        super().peer_gone(now_us, peer)
        self.gone.add(peer)
        for path in self._paths_of(peer):
            marginal.interrupted(path.io_err)
            if path.check:
                self._over(path, Answer("down", offline=True))

    def peer_back(self, now_us: int, peer: str) -> None:
        """A device is there again: its uevent has it checked at once."""
        super().peer_back(now_us, peer)
        self.gone.discard(peer)
        for path in self._paths_of(peer):
            if path.timer is not None:
                self._schedule(path, now_us)

    def peer_added(self, now_us: int, spec: MdSpec) -> None:
        """A mapped device was made."""
        super().peer_added(now_us, spec)
        self.mds[spec.name] = spec.era
        self.read(spec.name)

    def peer_removed(self, now_us: int, peer: str) -> None:
        """It was removed."""
        super().peer_removed(now_us, peer)
        self.mds.pop(peer, None)
        self._reading.pop(peer, None)
        map = self.maps.pop(peer, None)
        if map is not None:
            map.removed()

    def _paths_of(self, device: str) -> list[CheckedPath]:
        return [path for map in self.maps.values() for path in map.paths if path.name == device]

    def _command(self, source: str, message: tuple[Any, ...]) -> None:
        said = f"multipathd does not know the command {message[2]!r}"
        self.send(SUPERVISOR, (REPLY, message[1], errno.EINVAL, said))

    def snapshot(self, most: int) -> MultipathdView:
        """What a face shows."""
        paths = [path for map in self.maps.values() for path in map.paths]
        return MultipathdView(
            name=self.name,
            at=self.now_us,
            checks=self.checks,
            maps=tuple([map.view() for map in self.maps.values()]),
            paths=tuple([path.view(self.now_us) for path in paths[:most]]),
        )


def _slot(path: CheckedPath) -> str:
    return f"{path.map.name} {path.dev}"
