"""The fork server's own life: it has imported what every machine is made of, and forks a child for whoever asks.

One clean process of a runtime, with one thread and nothing of a face in it (emulator.runtime.launch starts it).  A
child that is forked has its imports already: a start costs milliseconds instead of a quarter of a second, and the pages
with the code are shared.  Whoever asked hears of a child by a pipe of its own: first its pid, then its exit status.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import struct
import sys
import traceback
from contextlib import suppress
from typing import Any, NoReturn

from multiprocess.connection import Connection
from setproctitle import setproctitle

from emulator.runtime.child import Start, die_with, load_factory, main
from emulator.runtime.control import Channel, ChannelClosed

FORK = 1
"""(tag, name, kind, factory, plan, profile, words file, input peers, output peers); the descriptors came before, in
the order status, supervisor's life, control, inputs, outputs."""
FDS = 2
"""(tag, count): descriptors of the FORK that follows; a message carries so many at most."""
FOLDER = 3
"""(tag, path): the file for what this process itself says on stderr."""

ANSWER = struct.Struct("<q")
"""A pid, then an exit status (negative: the signal), each written at once into the child's status pipe."""


def serve(control: int, life: int, factory: str) -> None:
    """Entry of the fork server (two descriptors): import *factory* with all its needs, fork until the channel ends."""
    setproctitle("dmtui: fork server")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(life)
    # Whatever is wrong with it every child says itself, where somebody reads it.
    with suppress(Exception):
        load_factory(factory)
    server = _Server(Channel(Connection(control)))
    gc.collect()
    gc.freeze()
    try:
        server.run()
    except ChannelClosed:
        return


class _Server:
    """Forks and reaps; one loop."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(self._writing, False)
        self._status: dict[int, int] = {}
        """pid -> status pipe."""
        self._fds: list[int] = []
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)

    def run(self) -> None:
        """Until the channel ends.  Raises ChannelClosed then."""
        while True:
            ready, _, _ = select.select([self._channel.fd, self._reading], (), ())
            if self._reading in ready:
                self._reap()
            if self._channel.fd in ready:
                for message in self._channel.receive():
                    self._obey(message)

    def _obey(self, message: tuple[Any, ...]) -> None:
        if message[0] == FDS:
            self._fds += [self._channel.take_fd() for _ in range(message[1])]
        elif message[0] == FOLDER:
            _say_into(message[1])
        else:
            fds, self._fds = self._fds, []
            self._fork(message[1:], fds)

    def _fork(self, what: tuple[Any, ...], fds: list[int]) -> None:
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            _become(what, fds)
        for fd in fds[1:]:
            os.close(fd)
        self._status[pid] = fds[0]
        _tell(fds[0], pid)

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._reading, 4096)
        while self._status:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            fd = self._status.pop(pid)
            _tell(fd, os.waitstatus_to_exitcode(status))
            os.close(fd)


def _tell(fd: int, number: int) -> None:
    # Who asked may be gone: then this process is about to end too.
    with suppress(BrokenPipeError):
        os.write(fd, ANSWER.pack(number))


def _say_into(path: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    os.close(fd)


def _close_all_but(fds: list[int]) -> None:
    low = 3
    for fd in (*sorted(fds), os.sysconf("SC_OPEN_MAX")):
        os.closerange(low, fd)
        low = fd + 1


def _become(what: tuple[Any, ...], fds: list[int]) -> NoReturn:
    """The whole life of a child; it never returns into what was copied."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _close_all_but(fds)
        os.setsid()
        name, kind, factory, plan, profile, absent, words, inputs, outputs = what
        _say_into(words)
        # The status pipe stays open: its end before a status is the end of the server, and of this process.
        _, life, control, *links = fds
        reads = {peer: Connection(fd, writable=False) for peer, fd in zip(inputs, links, strict=False)}
        writes = {peer: Connection(fd, readable=False) for peer, fd in zip(outputs, links[len(inputs) :], strict=True)}
        main(Start(name, kind, factory, plan, profile, tuple(absent)), Connection(control), reads, writes, life)
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 - the words of whatever it was are all that will be known of it
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stderr.flush()
        os._exit(code)
