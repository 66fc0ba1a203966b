"""The children of the process runtime: started, watched, stopped (the face's process runs it, in one thread).

                       supervisor (owner thread, no thread of its own)
              control ||        || control        || control        (socket pair each)
                  +-------+  +------+  +---------+
                  |  md   |==| sda  |==| lun     |   links: one pipe for each ordered pair that exchanges messages,
                  +-------+  +------+  +---------+   held by its two ends only
                     ||         |
                  +-----------+ |
                  | softirq   |<+
                  +-----------+

- The supervisor makes all pipes, gives each child its ends at its start (which the fork server passes on, see
  emulator.runtime.forks), and closes its own copies: the end of a child is the end of file at its peers.  It reads the
  control channels (frames of emulator.wire) and the sentinels.
- A child reads its links and its control channel, and leaves when the latter ends.
- A child that comes back gets new pipes; its peers get their ends over the control channels.  A mapped device that is
  made or removed at run time is a child that comes or goes in the same way.
- Stopping is a ladder: EXIT, half a second, SIGTERM, half a second, SIGKILL, reap.
"""

from __future__ import annotations

import os
import selectors
import signal
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Literal

from multiprocess import get_context

from emulator.runtime import control as word
from emulator.runtime.api import MachineKind
from emulator.runtime.child import Start
from emulator.runtime.control import OUTBOX_BYTES_MAX, Channel, ChannelClosed
from emulator.runtime.forks import ForkedProcess, ForkServer
from emulator.runtime.links import widen
from emulator.wire import Message, WireError

STOP_WAIT_S = 0.5
"""Time on each rung of the ladder."""

REAP_WAIT_S = 5.0
"""Time for the kernel to end what got SIGKILL."""

HELLO_WAIT_S = 20.0
"""A child that has not built its machine by then never will."""

STARTS_MAX = 5
"""Most starts of one machine within STARTS_WINDOW_S; beyond it is flapping and not started again."""

STARTS_WINDOW_S = 10.0

WORDS_BYTES = 4096
"""Read from the end of a dead child's stderr."""

State = Literal["STARTING", "RUNNING", "EXITED", "KILLED"]
LIVE: frozenset[State] = frozenset({"STARTING", "RUNNING"})

Link = tuple[str, str]


@dataclass(slots=True)
class Child:
    """One machine's process, the present or the last one."""

    name: str
    kind: MachineKind
    words_file: Path
    state: State = "EXITED"
    process: ForkedProcess | None = None
    channel: Channel | None = None
    pid: int = 0
    status: int | None = None
    words: str = ""
    told: str = ""
    """Last words that came over the control channel."""
    killed: bool = False
    """Whether its death was asked for."""
    removed_s: float | None = None
    """Real time at which its machine was removed; the process is about to end."""
    starts: deque[float] = field(default_factory=lambda: deque(maxlen=STARTS_MAX))

    @property
    def live(self) -> bool:
        """Whether a process plays the machine."""
        return self.state in LIVE


@dataclass(frozen=True, slots=True)
class Exited:
    """A child has ended and was reaped."""

    child: Child
    pid: int
    status: int
    words: str
    removed: bool = False
    """It was told to go: its machine is no more."""


def check_links(kinds: Mapping[str, MachineKind], links: Iterable[Link]) -> None:
    """Raises ValueError for a link from or to a machine that there is not."""
    for source, destination in sorted(links):
        if source not in kinds or destination not in kinds:
            raise ValueError(f"link {source} -> {destination}: no such machine")


class Supervisor:
    """All children of one run.  ``poll`` is the only method that waits, ``stop`` at most for the ladder."""

    def __init__(
        self,
        plan: bytes,
        factory: str,
        kinds: Mapping[str, MachineKind],
        links: Iterable[Link],
        folder: Path,
        profile: bool,
    ) -> None:
        self._plan = plan
        self._factory = factory
        self._links = sorted(links)
        self._folder = folder
        self._profile = profile
        self._context = get_context("spawn")
        self._selector = selectors.DefaultSelector()
        self.woken = False
        """Whether :meth:`poll` has read what :meth:`wake_by` named; whoever heeds it takes it back."""
        self.leaving: list[Child] = []
        """Removed machines whose process has not ended yet."""
        self._server = ForkServer(factory)
        self.children = {name: Child(name, kind, folder / f"{name}.stderr") for name, kind in kinds.items()}

    # -- starting --------------------------------------------------------------------------------------

    def start_all(self) -> None:
        """Start every machine's process."""
        self._server.say_into(self._folder / "fork-server.stderr")
        pipes = {link: self._pipe() for link in self._links}
        try:
            for child in self.children.values():
                inputs = {source: pipes[source, to][0] for source, to in self._links if to == child.name}
                outputs = {to: pipes[source, to][1] for source, to in self._links if source == child.name}
                self._start(child, inputs, outputs)
        finally:
            for ends in pipes.values():
                for end in ends:
                    end.close()

    def start_again(self, child: Child) -> None:
        """Start a new process for a dead child and give its peers the new pipe ends."""
        self._start_beside(child, word.PEER_UP)

    def _start_beside(self, child: Child, tag: int, *more: Any) -> None:
        name = child.name
        pipes = {link: self._pipe() for link in self._links if name in link and self._peer(link, name).live}
        inputs = {source: ends[0] for (source, to), ends in pipes.items() if to == name}
        outputs = {to: ends[1] for (source, to), ends in pipes.items() if source == name}
        try:
            self._start(child, inputs, outputs)
            for peer in sorted({self._peer(link, name).name for link in pipes}):
                reads, writes = pipes.get((name, peer)), pipes.get((peer, name))
                ends = [*((reads[0],) if reads else ()), *((writes[1],) if writes else ())]
                fds = [os.dup(end.fileno()) for end in ends]
                self.send(self.children[peer], (tag, name, bool(reads), bool(writes), *more), fds)
        finally:
            for ends in pipes.values():
                for end in ends:
                    end.close()

    def add(self, name: str, kind: MachineKind, plan: bytes, links: Iterable[Link], spec: Any) -> Child:
        """Start a machine that was not there; its peers (by *links*) get their ends with *spec*.  Raises OSError."""
        child = Child(name, kind, self._folder / f"{name}.stderr")
        before = self._plan, self._links
        self._plan, self._links = plan, sorted({*self._links, *links})
        self.children[name] = child
        try:
            self._start_beside(child, word.PEER_NEW, spec)
        except OSError:
            del self.children[name]
            self._plan, self._links = before
            raise
        return child

    def remove(self, child: Child, plan: bytes) -> None:
        """Let a machine that is idle go: its peers forget it first, then its process ends."""
        name = child.name
        peers = {self._peer(link, name).name for link in self._links if name in link}
        for peer in sorted(peers):
            self.send(self.children[peer], (word.PEER_LEFT, name))
        self._plan = plan
        self._links = [link for link in self._links if name not in link]
        del self.children[name]
        self.leaving.append(child)
        child.removed_s = monotonic()
        self._ask_to_leave(child)

    def _peer(self, link: Link, name: str) -> Child:
        return self.children[link[0] if link[1] == name else link[1]]

    def _pipe(self) -> Any:
        ends = self._context.Pipe(duplex=False)
        widen(ends[1].fileno())
        return ends

    def _start(self, child: Child, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
        ours, theirs = self._context.Pipe()
        profile = str(self._folder / f"{child.name}.prof") if self._profile else ""
        peers = {self._peer(link, child.name).name for link in self._links if child.name in link}
        absent = tuple(name for name in sorted(peers) if self.children[name].starts and not self.children[name].live)
        start = Start(child.name, child.kind, self._factory, self._plan, profile, absent)
        try:
            process = self._server.fork(start, child.words_file, theirs, inputs, outputs)
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        child.process, child.channel = process, Channel(ours)
        child.state, child.pid, child.status = "STARTING", process.pid, None
        child.words = child.told = ""
        child.killed = False
        child.starts.append(monotonic())
        self._selector.register(child.channel.fd, selectors.EVENT_READ, child)
        self._selector.register(process.sentinel, selectors.EVENT_READ, child)

    def flapping(self, child: Child) -> bool:
        """Whether *child* was started too often within the window to be started again."""
        return len(child.starts) == STARTS_MAX and monotonic() - child.starts[0] < STARTS_WINDOW_S

    # -- talking ---------------------------------------------------------------------------------------

    def send(self, child: Child, message: Message, fds: list[int] | None = None) -> bool:
        """Send *message* (and *fds*, which are given up); False if the child is gone or hears nothing any more."""
        channel = child.channel
        if channel is None or not child.live:
            for fd in fds or ():
                os.close(fd)
            return False
        try:
            channel.send_all([message], fds or ())
        except ChannelClosed:
            return False
        if channel.pending > OUTBOX_BYTES_MAX:
            child.told = "does not read its control channel"
            self.kill(child)
            return False
        self._watch(child, channel)
        return True

    def send_all(self, message: Message) -> None:
        """Send *message* to every live child."""
        for child in self.children.values():
            if child.live:
                self.send(child, message)

    def _watch(self, child: Child, channel: Channel) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if channel.outbox else 0)
        if self._selector.get_key(channel.fd).events != events:
            self._selector.modify(channel.fd, events, child)

    def wake_by(self, fd: int) -> None:
        """Let :meth:`poll` return when the eventfd *fd* can be read."""
        self._selector.register(fd, selectors.EVENT_READ, None)

    def poll(self, timeout_s: float | None) -> list[tuple[Child, Message] | Exited]:
        """Wait for news at most so long; what children said, and which ended (after the last they said)."""
        news: list[tuple[Child, Message] | Exited] = []
        for key, events in self._selector.select(timeout_s):
            child: Child | None = key.data
            if child is None:
                self.woken = True
                os.eventfd_read(key.fd)
                continue
            channel, process = child.channel, child.process
            if channel is None or process is None:
                continue  # it was buried by an earlier entry of this very list
            if key.fd == process.sentinel:
                self._hear(child, channel, news)
                news.append(self._bury(child, process, channel))
            elif events & selectors.EVENT_WRITE:
                with suppress(ChannelClosed):  # its sentinel tells
                    channel.flush()
                self._watch(child, channel)
            else:
                self._hear(child, channel, news)
        return news

    def _hear(self, child: Child, channel: Channel, news: list[tuple[Child, Message] | Exited]) -> None:
        try:
            news += ((child, message) for message in channel.receive())
        except ChannelClosed:
            if channel.fd in self._selector.get_map():
                self._selector.unregister(channel.fd)
        except WireError as error:
            child.told = f"sent garbage: {error}"
            self.kill(child)

    def overdue(self) -> list[Child]:
        """Children that should have said HELLO long ago; removed ones that do not go are killed."""
        for child in self.leaving:
            if child.removed_s is not None and child.removed_s < monotonic() - STOP_WAIT_S:
                child.removed_s = None
                self.kill(child)
        limit = monotonic() - HELLO_WAIT_S
        return [child for child in self.children.values() if child.state == "STARTING" and child.starts[-1] < limit]

    # -- ending ----------------------------------------------------------------------------------------

    def kill(self, child: Child) -> None:
        """SIGKILL the process; :meth:`poll` reports its end."""
        if child.process is not None and child.live:
            child.process.kill()

    def _bury(self, child: Child, process: ForkedProcess, channel: Channel) -> Exited:
        status = process.join()
        for fd in (channel.fd, process.sentinel):
            if fd in self._selector.get_map():
                self._selector.unregister(fd)
        channel.close()
        process.close()
        child.process = child.channel = None
        child.state = "KILLED" if status == -signal.SIGKILL else "EXITED"
        child.status = status
        child.words = child.told or _last_words(child.words_file)
        if child in self.leaving:
            self.leaving.remove(child)
            return Exited(child, child.pid, status, child.words, removed=True)
        for link in self._links:
            if link[0] != child.name and link[1] == child.name and (link[1], link[0]) not in self._links:
                # It only listened to this one, who has no end of file to see.
                self.send(self._peer(link, child.name), (word.PEER_DOWN, child.name))
        return Exited(child, child.pid, status, child.words)

    def stop(self) -> list[Exited]:
        """Stop every child by the ladder; returns those that ended now.  May be called twice."""
        ended: list[Exited] = []
        for rung in (self._ask_to_leave, _terminate, _kill):
            live = [child for child in (*self.children.values(), *self.leaving) if child.live]
            if not live:
                break
            for child in live:
                rung(child)
            limit = monotonic() + (REAP_WAIT_S if rung is _kill else STOP_WAIT_S)
            while any(child.live for child in live) and monotonic() < limit:
                ended += (item for item in self.poll(max(0.0, limit - monotonic())) if isinstance(item, Exited))
        self._server.close()
        self._selector.close()
        return ended

    def _ask_to_leave(self, child: Child) -> None:
        self.send(child, (word.EXIT,))


def _terminate(child: Child) -> None:
    if child.process is not None:
        child.process.terminate()


def _kill(child: Child) -> None:
    if child.process is not None:
        child.process.kill()


def _last_words(path: Path) -> str:
    """The last line that a process wrote, "" if none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - WORDS_BYTES))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
