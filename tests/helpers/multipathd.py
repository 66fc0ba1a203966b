"""multipathd alone on a bench: the test plays the mds and the devices, and says what a check finds."""

from __future__ import annotations

import errno
from typing import Any

from emulator.commands import Command, Kill
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
from emulator.multipathd.daemon import Multipathd
from emulator.plan import Era, MapSettings, MultipathdSpec
from emulator.snapshot import CheckedMapView, CheckedPathView

MS = 1_000
NAMES = {"8:0": "sda", "8:16": "sdb", "8:32": "sdc", "8:48": "sdd"}
DEVS = {name: dev for dev, name in NAMES.items()}


class Kernel:
    """One md ``mp`` as the kernel would have it: groups of paths, and what messages do to it."""

    def __init__(self, groups: tuple[tuple[str, ...], ...], features: str) -> None:
        self.groups = groups
        self.active = {path: True for group in groups for path in group}
        self.disabled: set[int] = set()
        self.nextpg = 1
        self.queueing = "queue_if_no_path" in features
        self.refuses = 0
        """Errno with which messages are refused, 0 = none is."""
        self.there = True

    def lines(self) -> tuple[str, str]:
        """Status and table line."""
        if not self.there:
            return "", ""
        status = [f"0 2048 multipath 2 0 0 0 {len(self.groups)} {self.nextpg}"]
        feature = "1 queue_if_no_path" if self.queueing else "0"
        table = [f"0 2048 multipath {feature} 0 {len(self.groups)} {self.nextpg}"]
        for number, group in enumerate(self.groups, 1):
            letter = "D" if number in self.disabled else "E"
            status.append(f"{letter} 0 {len(group)} 0")
            table.append(f"round-robin 0 {len(group)} 1")
            status += [f"{DEVS[path]} {'A' if self.active[path] else 'F'} 0" for path in group]
            table += [f"{DEVS[path]} 1" for path in group]
        return " ".join(status) + " ", " ".join(table) + " "

    def message(self, text: str) -> int:
        """dmsetup message."""
        if self.refuses:
            return self.refuses
        verb, *words = text.split()
        match verb:
            case "fail_path" | "reinstate_path":
                self.active[NAMES[words[0]]] = verb == "reinstate_path"
            case "switch_group":
                self.nextpg = int(words[0])
            case "enable_group":
                self.disabled.discard(int(words[0]))
            case "queue_if_no_path" | "fail_if_no_path":
                self.queueing = verb == "queue_if_no_path"
            case _:
                return errno.EINVAL
        return 0


class MultipathdBench:
    """Drives one Multipathd over ``mp``; ``found`` says what a check of each path finds, None = no answer."""

    def __init__(
        self, *groups: tuple[str, ...], era: Era = "modern", features: str = "", polling: int = 100 * MS,
        timeout: int = 300 * MS, **settings: Any,
    ) -> None:
        self.kernel = Kernel(groups or (("sda", "sdb"),), features)
        spec = MultipathdSpec(
            polling_interval=polling, max_polling_interval=4 * polling, checker_timeout=timeout,
            defaults=MapSettings(**settings),
        )
        self.daemon = Multipathd(spec, NAMES, {"mp": era})
        self.now = 0
        self.found: dict[str, str | None] = dict.fromkeys(self.kernel.active, "up")
        self.access: dict[str, str] = dict.fromkeys(self.kernel.active, "active/optimized")
        self.preferred: set[str] = set()
        self.tpgs = "none"
        self.bad_reads = 0
        """Of each batch of sample reads."""
        self.messages: list[str] = []
        self.checked: list[tuple[int, str]] = []
        """(time, path) of each check."""
        self.syslog: list[str] = []
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.replies: list[tuple[int, str]] = []
        self.unanswered: list[tuple[str, tuple[Any, ...]]] = []
        self.run()

    def run(self, us: int = 0) -> None:
        """Let so much time pass."""
        end = self.now + us
        while True:
            self._deliver()
            due = self.daemon.deadline_us()
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            self.daemon.advance(self.now)
        self.now = end
        self.daemon.now_us = end

    def _deliver(self) -> None:
        while out := self.daemon.take_output():
            for to, messages in out.items():
                for message in messages:
                    self._take(to, message)

    def _take(self, to: str, message: tuple[Any, ...]) -> None:
        match message[0]:
            case _ if to == SUPERVISOR and message[0] == EVENT:
                self.events.append((message[2], message[3]))
                if message[2] == "multipathd":
                    self.syslog.append(message[3]["text"])
            case _ if to == SUPERVISOR:
                assert message[0] == REPLY
                self.replies.append((message[2], message[3]))
            case tag if tag == DM_READ:
                self.receive(to, DM_MAP, *self.kernel.lines())
            case tag if tag == DM_MESSAGE:
                self.messages.append(message[2])
                self.receive(to, DM_MESSAGE_DONE, message[1], self.kernel.message(message[2]))
                self.event()
            case tag if tag == CHECK_PATH:
                self.checked.append((self.now, to))
                if self.found[to] is None:
                    self.unanswered.append((to, message))
                else:
                    self.answer(to, message)
            case tag if tag == SAMPLE_PATH:
                self.receive(to, PATH_SAMPLED, message[1], message[2], message[3], self.bad_reads)

    def answer(self, path: str, check: tuple[Any, ...]) -> None:
        """The device answers a check."""
        state, preferred = self.found[path], path in self.preferred
        self.receive(path, CHECK_DONE, check[1], check[2], state, self.access[path], preferred, self.tpgs)

    def receive(self, source: str, *message: Any) -> None:
        """Give multipathd a message."""
        self.daemon.receive(self.now, source, message)

    def event(self) -> None:
        """The event number of the md grew."""
        self.receive("mp", DM_EVENT, 1)
        self._deliver()

    def io_fails(self, path: str) -> None:
        """The kernel fails a path."""
        self.kernel.active[path] = False
        self.event()

    def command(self, command: Command | None = None) -> None:
        """Give it a command."""
        given = command or Kill("multipathd")
        self.receive(SUPERVISOR, COMMAND, 1, given.verb, given.arguments())
        self._deliver()

    def path(self, name: str) -> CheckedPathView:
        """The view of one path."""
        return next(path for path in self.daemon.snapshot(64).paths if path.name == name)

    @property
    def map(self) -> CheckedMapView:
        """The view of the map."""
        return self.daemon.snapshot(64).maps[0]

    def since(self, mark: int) -> list[str]:
        """Lines of the syslog from number *mark* on."""
        return self.syslog[mark:]
