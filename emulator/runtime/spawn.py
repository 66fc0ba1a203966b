"""Starting a child off the terminal: ``multiprocess`` with the spawn method and our own launcher.

For processes that stand for nothing but themselves (the ring of ``dmtui bench``); machines are forked, see
:mod:`emulator.runtime.forks`.

The stock launcher hands the child the terminal while it imports, leaves it in our process group (so that Ctrl-C hits it
there), imports our ``__main__`` again and starts a resource tracker process that outlives it.  This one gives
the child /dev/null, a file and a session of its own before its first instruction, and nothing to import but our entry.
"""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from multiprocess import process, reduction, spawn, util
from multiprocess.context import set_spawning_popen
from multiprocess.popen_fork import Popen as _ForkPopen


class _Popen(_ForkPopen):  # type: ignore[misc]
    """What ``multiprocess.popen_spawn_posix`` does, with the child's surroundings given in the spawn itself."""

    method = "spawn"
    DupFd = staticmethod(lambda fd: _Inherited(fd))

    def __init__(self, child: ChildProcess) -> None:
        self._fds: list[int] = []
        super().__init__(child)

    def duplicate_for_child(self, fd: int) -> int:
        """Let the child inherit *fd* under the same number (called while its arguments are pickled)."""
        self._fds.append(fd)
        return fd

    def _launch(self, child: ChildProcess) -> None:
        start = io.BytesIO()
        set_spawning_popen(self)
        try:
            reduction.dump(_preparation(child.name), start)
            reduction.dump(child, start)
        finally:
            set_spawning_popen(None)
        parent_r, child_w = os.pipe()
        child_r, parent_w = os.pipe()
        try:
            command = [os.fsencode(part) for part in spawn.get_command_line(tracker_fd=None, pipe_handle=child_r)]
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            actions: list[tuple[Any, ...]] = [
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.fspath(child.words_file), flags, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ]
            # A duplicate onto itself is how posix_spawn is told to let a descriptor through the exec.
            actions += [(os.POSIX_SPAWN_DUP2, fd, fd) for fd in (*self._fds, child_r, child_w)]
            self.pid = os.posix_spawn(
                command[0], command, os.environ, file_actions=actions, setsid=True, setsigmask=(),
                setsigdef=(signal.SIGTERM, signal.SIGIO, signal.SIGHUP),
            )
            self.sentinel = parent_r
            # A child that is dead already is found by its sentinel.
            with suppress(BrokenPipeError), open(parent_w, "wb", closefd=False) as pipe:
                pipe.write(start.getbuffer())
        finally:
            self.finalizer = util.Finalize(self, util.close_fds, (parent_r, parent_w))
            os.close(child_r)
            os.close(child_w)


class _Inherited:
    """A descriptor that the child has under the same number."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def detach(self) -> int:
        """The number."""
        return self.fd


def _preparation(name: str) -> dict[str, Any]:
    """What the child sets up before it unpickles; no ``__main__`` among it, so that it stays small and quick."""
    data: dict[str, Any] = spawn.get_preparation_data(name)
    data.pop("init_main_from_name", None)
    data.pop("init_main_from_path", None)
    return data


class ChildProcess(process.BaseProcess):  # type: ignore[misc]
    """A process of ours.  *words_file* takes its stdout and stderr; a daemon: leaving Python ends it in any case."""

    _start_method = "spawn"

    def __init__(self, name: str, words_file: Path, target: Callable[..., None], args: tuple[Any, ...]) -> None:
        super().__init__(name=name, target=target, args=args, daemon=True)
        self.words_file = words_file

    @staticmethod
    def _after_fork() -> None:
        """Nothing was inherited that would have to be forgotten."""

    @staticmethod
    def _Popen(child: ChildProcess) -> _Popen:
        return _Popen(child)
