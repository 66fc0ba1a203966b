"""The start of a fork server: a fresh interpreter off the terminal (supervisor's side).

It needs next to nothing imported, so that a face can start one before anything else and have its imports done beside
its own.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress
from typing import NamedTuple

DEFAULT_FACTORY = "emulator.build:build_machine"
"""Makes the machines; its module's ``topology`` and ``links`` say which there are and who talks to whom."""

_CHANNEL, _LIFE = 3, 4


class Launched(NamedTuple):
    """A server that was started; emulator.runtime.forks talks to it."""

    factory: str
    pid: int
    channel: socket.socket
    life: int
    """While this end is open the supervisor lives."""

    def end(self) -> None:
        """Close both: it ends by itself, or by the signal that its life's end is."""
        self.channel.close()
        os.close(self.life)
        with suppress(ChildProcessError):  # somebody else in this program waits for every child
            os.waitpid(self.pid, 0)


def launch(factory: str) -> Launched:
    """Start one that imports *factory* ("module:function").  Raises OSError."""
    ours, theirs = socket.socketpair()
    life, end = os.pipe()
    # Isolated and without site: what it may import is what we may, in the same order.
    code = f"import sys; sys.path[:] = {sys.path!r}; from emulator.runtime.forkserver import serve; "
    code += f"serve({_CHANNEL}, {_LIFE}, {factory!r})"
    inherited = ["-B"] if sys.dont_write_bytecode else []
    inherited += ["-X", f"pycache_prefix={sys.pycache_prefix}"] if sys.pycache_prefix else []
    command = [sys.executable, "-I", "-S", *inherited, "-c", code]
    # First to places that are no goal of the second move; what is not named is closed on exec.
    moves = [(os.POSIX_SPAWN_DUP2, theirs.fileno(), 100), (os.POSIX_SPAWN_DUP2, life, 101)]
    moves += [(os.POSIX_SPAWN_DUP2, 100, _CHANNEL), (os.POSIX_SPAWN_DUP2, 101, _LIFE)]
    try:
        pid = os.posix_spawn(
            sys.executable, command, os.environ, setsid=True, setsigmask=(),
            setsigdef=(signal.SIGTERM, signal.SIGIO, signal.SIGHUP, signal.SIGCHLD),
            file_actions=[
                *moves,
                (os.POSIX_SPAWN_CLOSE, 100), (os.POSIX_SPAWN_CLOSE, 101),
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
        )
    except BaseException:
        ours.close()
        os.close(end)
        raise
    finally:
        theirs.close()
        os.close(life)
    return Launched(factory, pid, ours, end)


_ahead: list[Launched] = []


def launch_ahead() -> None:
    """Start the server of the next runtime now.  Raises OSError."""
    if not _ahead:
        _ahead.append(launch(DEFAULT_FACTORY))


def drop_ahead() -> None:
    """There will be no runtime after all."""
    while _ahead:
        _ahead.pop().end()


def launched(factory: str) -> Launched:
    """The one that was started ahead if it is of that factory, or a new one.  Raises OSError."""
    return _ahead.pop() if _ahead and _ahead[0].factory == factory else launch(factory)
