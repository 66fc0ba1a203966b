"""Children of a runtime by way of its fork server (supervisor's side): started there, ended from here.

A forked child is not ours to wait for: its status pipe tells its pid and its end.  One server a runtime.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

from emulator.runtime import forkserver as word
from emulator.runtime.child import Start
from emulator.runtime.control import DESCRIPTORS_MAX, Channel, ChannelClosed
from emulator.runtime.launch import Launched, launched

FORK_WAIT_S = 20.0
"""A server that has not forked by then never will."""

LEAVE_WAIT_S = 1.0
"""For the server to end by itself."""

NOT_TOLD = 255
"""Exit status of a child whose end nobody could tell: its server had ended before it."""


class ForkedProcess:
    """A child; ``sentinel`` becomes readable at its end."""

    def __init__(self, pid: int, sentinel: int, life: int) -> None:
        self.pid = pid
        self.sentinel = sentinel
        self._life = life
        """While this end is open the supervisor lives."""
        self._exitcode: int | None = None

    def join(self) -> int:
        """Wait for the end; the exit status (negative: the signal)."""
        if self._exitcode is None:
            told = os.read(self.sentinel, word.ANSWER.size)
            self._exitcode = int(word.ANSWER.unpack(told)[0]) if told else NOT_TOLD
        return self._exitcode

    def kill(self) -> None:
        """SIGKILL."""
        self._signal(signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        if not select.select([self.sentinel], (), (), 0)[0]:  # else it was waited for: the pid may be another's
            with suppress(ProcessLookupError):  # it was waited for just now, and its end is about to be told
                os.kill(self.pid, number)

    def close(self) -> None:
        """Close what belongs to it."""
        os.close(self.sentinel)
        os.close(self._life)


class ForkServer:
    """The server's process and the channel to it.  Raises OSError when it cannot be started."""

    def __init__(self, factory: str) -> None:
        self._factory = factory
        self._begin(launched(factory))

    def _begin(self, server: Launched) -> None:
        self._pid, self._life = server.pid, server.life
        self._channel = Channel(server.channel)
        self._open = True

    def say_into(self, path: Path) -> None:
        """Where what the server itself says on stderr is to be read."""
        with suppress(ChannelClosed):  # the next fork finds it out
            self._channel.send((word.FOLDER, os.fspath(path)))

    def fork(
        self, start: Start, words: Path, control: Any, inputs: Mapping[str, Any], outputs: Mapping[str, Any]
    ) -> ForkedProcess:
        """Start a child; waits until there is one.  Raises OSError when there is none."""
        sentinel, status = os.pipe()
        life, ours = os.pipe()
        try:
            fds = [status, life, control.fileno()]
            fds += [end.fileno() for end in (*inputs.values(), *outputs.values())]
            told = (start.name, start.kind, start.factory, start.plan, start.profile, start.absent, os.fspath(words))
            pid = self._ask((word.FORK, *told, tuple(inputs), tuple(outputs)), fds, sentinel)
        except BaseException:
            os.close(sentinel)
            os.close(ours)
            raise
        finally:
            os.close(status)
            os.close(life)
        return ForkedProcess(pid, sentinel, ours)

    def _ask(self, message: tuple[Any, ...], fds: list[int], sentinel: int) -> int:
        if not self._alive():
            self.close()  # somebody ended it: what it forked lives on, a new one forks the next
            self._begin(launched(self._factory))
        channel = self._channel
        try:
            for at in range(0, len(fds), DESCRIPTORS_MAX):
                some = [os.dup(fd) for fd in fds[at : at + DESCRIPTORS_MAX]]
                channel.send_all([(word.FDS, len(some))], some)
            channel.send(message)
            limit = monotonic() + FORK_WAIT_S
            while monotonic() < limit:
                watch = [channel.fd] if channel.outbox else []
                readable, _, _ = select.select([sentinel, channel.fd], watch, (), limit - monotonic())
                if sentinel in readable:
                    return int(word.ANSWER.unpack(os.read(sentinel, word.ANSWER.size))[0])
                if readable:
                    channel.receive()  # it says nothing: this is its end
                channel.flush()
        except ChannelClosed as error:
            raise OSError("the fork server ended") from error
        raise OSError(f"the fork server did not fork within {FORK_WAIT_S:g} s")

    def _alive(self) -> bool:
        # It says nothing by this channel: what can be read is its end.
        return self._open and not select.select([self._channel.fd], (), (), 0)[0]

    def close(self) -> None:
        """Let the server end, or end it; may be called twice."""
        if not self._open:
            return
        self._open = False
        self._channel.finish()
        if not select.select([self._channel.fd], (), (), LEAVE_WAIT_S)[0]:
            os.kill(self._pid, signal.SIGKILL)
        self._channel.close()
        os.close(self._life)
        with suppress(ChildProcessError):  # somebody else in this program waits for every child
            os.waitpid(self._pid, 0)
