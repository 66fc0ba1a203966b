"""The process runtime: a plan played by one operating-system process per machine on the scaled wall clock.

The face's process holds it and calls it from one thread; it has no thread of its own.  Everything that the children say
is read inside ``advance``, ``step`` and ``close``.
"""

from __future__ import annotations

import atexit
import importlib
import os
import weakref
from collections.abc import Collection, Mapping
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any

import msgpack
import psutil

from emulator import messages
from emulator.commands import ClockCommand, Command, Outcome
from emulator.events import Event
from emulator.plan import MdSpec, Plan
from emulator.positional import to_wire
from emulator.runtime import control as word
from emulator.runtime.api import MachineKind, ProcessInfo, turn_clock
from emulator.runtime.clock import SPEED_MAX, SPEED_MIN, Clock, Piece
from emulator.runtime.collector import Collector
from emulator.runtime.desk import CommandDesk
from emulator.runtime.endings import is_needed, why_it_ends
from emulator.runtime.folder import RunFolder
from emulator.runtime.launch import DEFAULT_FACTORY
from emulator.runtime.population import with_md, without_md
from emulator.runtime.records import ProcessRecords
from emulator.runtime.stepper import ProcessSteps, Stepper
from emulator.runtime.supervisor import Child, Exited, Link, Supervisor, check_links
from emulator.snapshot import View

PROFILE_SWITCH = "DMTUI_PROFILE"
"""Environment: set it to profile every child with cProfile into the run folder, which is then kept."""

MEMORY_S = 1.0
"""A process's memory is looked at again after so long."""


class ProcessRuntime(ProcessRecords, ProcessSteps):
    """Implements :class:`emulator.runtime.api.Runtime`.  The clock starts when every machine is built.

    *run_folder* takes the children's stderr (and profiles) and stays; without it a fresh temporary folder is used, and
    removed at :meth:`close` when no process failed.  *machine_factory* is "module:function"; its module also has
    ``topology(plan)`` and ``links(plan)``.  Raises OSError when processes or pipes cannot be made.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        run_folder: Path | None = None,
        machine_factory: str = DEFAULT_FACTORY,
        profile: bool | None = None,
    ) -> None:
        self.plan = plan
        if profile is None:
            profile = bool(os.environ.get(PROFILE_SWITCH))
        self._build = build = importlib.import_module(machine_factory.partition(":")[0])
        kinds: Mapping[str, MachineKind] = build.topology(plan)
        links: frozenset[Link] = build.links(plan)
        check_links(kinds, links)
        self._folder = RunFolder(run_folder)
        self._folder.keep |= profile
        self.run_folder = self._folder.path
        """Where the children's stderr is; gone after :meth:`close` unless it was given or has something to tell."""
        self._clock = Clock()
        self._speed = plan.speed
        self._paused = False
        self._started = False
        self._failed = ""
        self._crashed = False
        """Whether a process ended that should not have."""
        self._closed = False
        self._events: list[Event] = []
        self._event_serial = 0
        self._stats: dict[str, tuple[int, float, int]] = {}
        """Process id, when it was looked at, and its memory, by machine."""
        self._supervisor = Supervisor(
            msgpack.packb(to_wire(plan)), machine_factory, kinds, links, self.run_folder, profile,
        )
        self._desk = CommandDesk(self._supervisor, self._clock.now_us, self._process_started)
        self._collector = Collector(self._supervisor)
        self._stepper = Stepper(self._supervisor, self._clock, self._read, self._move)
        # Weak: a runtime that was forgotten can be collected; its children then see the end of their channels.
        self._at_exit = _closer(weakref.ref(self))
        atexit.register(self._at_exit)
        try:
            self._supervisor.start_all()
        except BaseException:
            self.close()
            raise
        for child in self._supervisor.children.values():
            self._process_started(child)

    def _process_started(self, child: Child) -> None:
        self._event("process_started", {"machine": child.name, "pid": child.pid}, child.name)

    def __enter__(self) -> ProcessRuntime:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    # -- time ------------------------------------------------------------------------------------------

    def now_us(self) -> int:
        """The emulated time, microseconds since the start."""
        return self._clock.now_us()

    @property
    def paused(self) -> bool:
        """Whether the clock stands (or is about to, within milliseconds)."""
        return self._paused

    @property
    def speed(self) -> float:
        """Emulated seconds per real second while the clock runs."""
        return self._speed

    def pause(self) -> None:
        """Stop the emulated clock in every process at one instant, a few milliseconds ahead."""
        if not self._paused:
            self._paused = True
            self._stepper.unsettle()
            self._announce(0.0)
            self._event("paused", {})

    def go(self) -> None:
        """Let the emulated clock run on."""
        if self._paused:
            self._paused = False
            self._announce(self._speed)
            self._event("running", {"speed": self._speed})

    def set_speed(self, speed: float) -> None:
        """Change the speed; raises ValueError unless 0.001 <= speed <= 100."""
        if not SPEED_MIN <= speed <= SPEED_MAX:
            raise ValueError(f"speed {speed:g}: expected {SPEED_MIN:g} to {SPEED_MAX:g}")
        if speed == self._speed:
            return
        self._speed = speed
        if not self._paused:
            self._announce(speed)
            self._event("running", {"speed": speed})

    def _announce(self, speed: float, base_us: int | None = None, *, at_once: bool = False) -> None:
        if not self._started:
            return  # _start announces what is wanted by then
        # At the end of the emulation the time stands for good, whatever is left of it.
        speed = 0.0 if self._failed else speed
        piece = self._clock.plan(speed, base_us, 0) if at_once else self._clock.plan(speed, base_us)
        self._clock.announce(piece)
        self._supervisor.send_all(_clock_word(piece))

    def _start(self) -> None:
        """Every machine is built: let the clock run."""
        self._started = True
        if not self._paused:
            self._announce(self._speed, 0)

    # -- going on --------------------------------------------------------------------------------------

    def advance(self, timeout_s: float) -> list[Event]:
        """Wait at most *timeout_s* real seconds for news; return the events, oldest first.

        News is an event, an outcome or the last view that was asked for: the list may be empty before the time is over,
        as it is when somebody wakes it (:meth:`wake_by`).
        """
        self._listen(monotonic() + timeout_s)
        return self._take_events()

    def advance_until(self, at_us: int, timeout_s: float) -> list[Event]:
        """Like :meth:`advance`, but not past the emulated time *at_us*."""
        limit = monotonic() + timeout_s
        while not self._listen(limit, at_us) and monotonic() < limit and self._clock.now_us() < at_us:
            pass
        return self._take_events()

    def wake_by(self, fd: int) -> None:
        """See :meth:`emulator.runtime.api.Runtime.wake_by`."""
        self._supervisor.wake_by(fd)

    def _listen(self, limit_s: float, at_us: int | None = None) -> bool:
        """Read what the children say until there is news or *limit_s* (or *at_us*) has come; whether there is."""
        if self._closed:
            return True
        while True:
            wait_s = 0.0 if self._events or self._supervisor.woken else max(0.0, limit_s - monotonic())
            until = self._clock.wait_s(at_us) if at_us is not None else None
            wait_s = wait_s if until is None else min(wait_s, until)
            news = False
            for item in self._supervisor.poll(wait_s):
                news |= self._exited(item) if isinstance(item, Exited) else self._heard(*item)
            self._check_hello()
            if self._supervisor.woken or news or self._events:
                self._supervisor.woken = False
                return True
            if monotonic() >= limit_s or (at_us is not None and self._clock.now_us() >= at_us):
                return False

    def _take_events(self) -> list[Event]:
        events, self._events = self._events, []
        events.sort(key=lambda event: (event.at_us, event.serial))
        return events

    def _event(
        self, kind: str, details: Mapping[str, Any], machine: str = messages.SUPERVISOR, at_us: int | None = None
    ) -> None:
        self._event_serial += 1
        at_us = self._clock.now_us() if at_us is None else at_us
        self._events.append(Event(at_us, self._event_serial, machine, kind, details))

    def _heard(self, child: Child, message: tuple[Any, ...]) -> bool:
        """Take one message of a child; whether it is news to the caller of ``advance``."""
        tag = message[0]
        if tag == messages.REPLY:
            self._desk.replied(*message[1:])
        elif self._supervisor.children.get(child.name) is not child:
            return False  # the last words of a removed machine, whose name another may have by now
        elif tag == messages.EVENT:
            self._event(message[2], message[3], child.name, message[1])
        elif tag == word.VIEW:
            return self._collector.view_came(child, message)
        elif tag == word.HELLO:
            self._hello(child, message[1])
        elif tag == word.RECORDED:
            return self._collector.record_came(child, message)
        elif tag in (word.WAITING, word.LISTED, word.STEPPED):
            self._stepper.heard(child, message)
        elif tag == word.LAST_WORDS:
            child.told = message[1]
            return False
        return True

    def _hello(self, child: Child, version: int) -> None:
        if version != messages.VERSION:
            self._fail(f"{child.name} speaks version {version} of the messages, expected {messages.VERSION}")
            return
        child.state = "RUNNING"
        if self._started:
            for piece in self._clock.pieces():
                self._supervisor.send(child, _clock_word(piece))
        elif all(other.state == "RUNNING" for other in self._supervisor.children.values()):
            self._start()
        self._collector.came_up(child)

    def _check_hello(self) -> None:
        for child in self._supervisor.overdue():
            child.told = "did not come up in time"
            self._supervisor.kill(child)

    def _exited(self, item: Exited) -> bool:
        child = item.child
        if item.removed:
            self._desk.gone(child)
            return False
        self._stats.pop(child.name, None)
        self._collector.gone(child)
        self._stepper.gone(child.name)
        if not child.killed:
            self._crashed = True
        self._event(
            "process_exited",
            {"machine": child.name, "pid": item.pid, "status": item.status, "words": item.words},
            child.name,
        )
        self._desk.gone(child)
        needed = is_needed(self.plan, child.name, child.kind)
        if needed or not self._started:
            self._fail(why_it_ends(item, needed))
        return True

    def _fail(self, why: str) -> None:
        if not self._failed:
            self._failed = why
            self._announce(0.0)

    @property
    def failed(self) -> str:
        """Why the emulation cannot go on, or ""."""
        return self._failed

    # -- commands --------------------------------------------------------------------------------------

    def submit(self, command: Command) -> int:
        """Send a command; returns its serial.  Its outcome comes from :meth:`outcome`."""
        if isinstance(command, ClockCommand):
            return self._desk.told(*turn_clock(self, command))
        return self._desk.submit(command)

    def outcome(self, serial: int) -> Outcome | None:
        """The outcome of a command, or None while it is not known; each outcome is handed out once."""
        return self._desk.outcome(serial)

    # -- mapped devices that come and go ---------------------------------------------------------------

    def add_md(self, spec: MdSpec) -> None:
        """See :meth:`emulator.runtime.api.Runtime.add_md`; its process comes up by itself."""
        plan = with_md(self.plan, spec, tuple(self._supervisor.children))
        links = frozenset(link for link in self._build.links(plan) if spec.name in link)
        kind: MachineKind = self._build.topology(plan)[spec.name]
        child = self._supervisor.add(spec.name, kind, msgpack.packb(to_wire(plan)), links, to_wire(spec))
        self.plan = plan
        self._process_started(child)

    def remove_md(self, name: str) -> None:
        """See :meth:`emulator.runtime.api.Runtime.remove_md`; its process ends by itself."""
        self.plan = without_md(self.plan, name)
        child = self._supervisor.children[name]
        self._supervisor.remove(child, msgpack.packb(to_wire(self.plan)))
        self._stats.pop(name, None)
        self._collector.forget(name)
        self._stepper.gone(name)
        self._event("md_removed", {"md": name, "pid": child.pid}, name)

    # -- looking ---------------------------------------------------------------------------------------

    def ask(self, most: int = 64, machines: Collection[str] | None = None) -> None:
        """Ask every machine (of *machines*) that has answered the last time for a snapshot; does not wait."""
        self._collector.ask(most, machines)

    def views(self) -> Mapping[str, View]:
        """The newest view of each machine; {} before the first.  The last view of a dead one stays."""
        return self._collector.views()

    def processes(self) -> Mapping[str, ProcessInfo]:
        """Every machine's process, as ``ps`` would show it."""
        return {
            child.name: ProcessInfo(
                child.name, child.kind, child.pid, child.state, child.status, child.words, self._rss(child),
            )
            for child in self._supervisor.children.values()
        }

    def _rss(self, child: Child) -> int:
        if not child.live:
            return 0
        pid, at_s, rss = self._stats.get(child.name, (0, 0.0, 0))
        if pid != child.pid or monotonic() - at_s >= MEMORY_S:
            try:
                rss = psutil.Process(child.pid).memory_info().rss
            except psutil.Error:
                return 0  # it ended just now; the next advance says so
            self._stats[child.name] = (child.pid, monotonic(), rss)
        return rss

    # -- stepping --------------------------------------------------------------------------------------

    def _move(self, at_us: int) -> None:
        """Set the standing clock forward."""
        self._announce(0.0, max(at_us, self._clock.now_us()), at_once=True)

    def _read(self, limit_s: float) -> None:
        for item in self._supervisor.poll(max(0.0, limit_s - monotonic())):
            if isinstance(item, Exited):
                self._exited(item)
            else:
                self._heard(*item)

    # -- the end ---------------------------------------------------------------------------------------

    def close(self) -> None:
        """Stop every process and take everything away; may be called twice."""
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self._at_exit)
        for item in self._supervisor.stop():
            if item.status != 0:
                self._exited(item)
        self._folder.leave(failed=self._crashed)


def _clock_word(piece: Piece) -> tuple[int, int, int, float]:
    return (word.CLOCK, piece.at_ns, piece.base_us, piece.speed)


def _closer(runtime: weakref.ref[ProcessRuntime]) -> Any:
    def close() -> None:
        it = runtime()
        if it is not None:
            it.close()

    return close


__all__ = ["DEFAULT_FACTORY", "PROFILE_SWITCH", "ProcessRuntime"]
