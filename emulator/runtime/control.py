"""The words between the supervisor and its children, and the channel that carries them (both sides run it).

The channel is one socket pair a child: frames of :mod:`emulator.wire` both ways, and descriptors of new pipes beside
them when a peer comes back.  Words of machines (COMMAND, REPLY, EVENT) travel here too; the ones below are the
runtime's own and never reach a machine.
"""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic_ns
from typing import Any

from emulator.wire import Decoder, Encoder, Message

# child -> supervisor --------------------------------------------------------------------------------------
HELLO = 100
"""(tag, version, kind, pid): the machine is built; VERSION of emulator.messages."""
VIEW = 101
"""(tag, wire): answer to ASK, as emulator.snapshot.to_wire made it."""
RECORDED = 102
"""(tag, serial, whole_since_us, events, sparse): answer to RECORD_ASK (emulator.trace.recorder.Recorded)."""
WAITING = 103
"""(tag, serial, stamp_ns, deadline_us): answer to STEP_ASK: since when something waits (None: nothing), next timer."""
STEPPED = 104
"""(tag, serial, done): answer to STEP and PICK: (kind, source, word, number, what, strides); None = nothing was."""
LISTED = 106
"""(tag, serial, items, more): answer to LIST_ASK, as emulator.runtime.standing makes them."""
LAST_WORDS = 105
"""(tag, text): why the process is about to end by itself."""

# supervisor -> child --------------------------------------------------------------------------------------
ASK = 120
"""(tag, most): take a snapshot with at most so many entries of each list."""
CLOCK = 121
"""(tag, at_ns, base_us, speed): a new piece of the clock (emulator.runtime.clock)."""
STEP_ASK = 122
"""(tag, serial): once the clock stands, say what waits."""
STEP = 123
"""(tag, serial): do one step."""
LIST_ASK = 131
"""(tag, serial): once the clock stands, list what waits."""
PICK = 132
"""(tag, serial, kind, source, which): do this one of what waits, if nothing of its line stands before it; which one is
told by a timer's deadline, by the serial of anything else."""
RECORD = 124
"""(tag, on, detail, notes): keep trace events, so many (emulator.trace.recorder.Notes), with detail those of lock holds
and messages too; or forget them."""
KEEP = 133
"""(tag, span_us, after_us, most): keep all of what goes through in the next so many emulated microseconds, though
sparse; with *most* answer *after_us* later as to ASK."""
RECORD_ASK = 130
"""(tag, serial, wanted): hand out what the recorder has of that (emulator.trace.recorder.Wanted)."""
PEER_DOWN = 125
"""(tag, peer): for those who would not see it at the end of a pipe."""
PEER_UP = 126
"""(tag, peer, reads, writes): a new process plays *peer*; the new pipe ends come with it, the reading one first."""
EXIT = 127
"""(tag,): leave."""
PEER_NEW = 128
"""(tag, peer, reads, writes, spec): a mapped device (an MdSpec, as to_wire made it) was made; pipe ends as PEER_UP."""
PEER_LEFT = 129
"""(tag, peer): the mapped device *peer* was removed."""

OUTBOX_BYTES_MAX = 8 << 20
"""Most bytes that wait for the other side.  Policy: a child stops its machine until there is room again (see
``Channel.full``), so that nothing a person should read is lost; the supervisor gives the child up."""

READS_MAX = 32
"""Reads of a channel at a time: more than the socket holds, so that a dead child is always heard to its end."""

_READ_BYTES = 1 << 16
DESCRIPTORS_MAX = 16
"""Of one message."""


class ChannelClosed(Exception):
    """The other side is gone."""


class Channel:
    """One end of the control socket: never blocks, keeps what does not fit in its outbox."""

    __slots__ = ("_socket", "_decoder", "_encoder", "outbox", "_fds_in", "fd")

    def __init__(self, connection: Any) -> None:
        # The Connection's own framing is of no use without blocking: take the socket out of it.
        self._socket = socket.socket(fileno=os.dup(connection.fileno()))
        connection.close()
        self._socket.setblocking(False)
        self._decoder = Decoder()
        self._encoder = Encoder()
        self.outbox: deque[tuple[bytes, tuple[int, ...]]] = deque()
        """Bytes and descriptors that wait for room: not empty = watch the descriptor for writing."""
        self._fds_in: deque[int] = deque()
        self.fd = self._socket.fileno()

    @property
    def pending(self) -> int:
        """Bytes in the outbox."""
        return sum(len(data) for data, _ in self.outbox)

    @property
    def full(self) -> bool:
        """Whether the outbox has reached its limit."""
        return bool(self.outbox) and self.pending > OUTBOX_BYTES_MAX

    def send(self, *messages: Message) -> None:
        """Send *messages* in one frame, or keep what does not fit.  Raises ChannelClosed."""
        self.send_all(messages)

    def send_all(self, messages: Sequence[Message], fds: Sequence[int] = ()) -> None:
        """Like :meth:`send`; *fds* are duplicated to the other side and stay open here until they are sent.

        A caller that passes *fds* gives them up: they are closed here once they were sent."""
        self.outbox.append((self._encoder.frame(monotonic_ns(), messages), tuple(fds)))
        self.flush()

    def flush(self) -> None:
        """Write what the socket takes.  Raises ChannelClosed."""
        while self.outbox:
            data, fds = self.outbox[0]
            try:
                count = socket.send_fds(self._socket, [data], fds) if fds else self._socket.send(data)
            except BlockingIOError:
                return
            except (BrokenPipeError, ConnectionResetError) as error:
                raise ChannelClosed from error
            for fd in fds:
                os.close(fd)
            if count == len(data):
                self.outbox.popleft()
            else:
                self.outbox[0] = (data[count:], ())

    def receive(self) -> list[Message]:
        """The messages that have come.  Raises ChannelClosed at the end, WireError for garbage.

        Not all of them if the other side says more than READS_MAX reads take: nobody is to be held here by a talker.
        """
        found: list[Message] = []
        for _ in range(READS_MAX):
            try:
                data, fds, _, _ = socket.recv_fds(self._socket, _READ_BYTES, DESCRIPTORS_MAX)
            except BlockingIOError:
                return found
            except ConnectionResetError as error:
                raise ChannelClosed from error
            self._fds_in.extend(fds)
            if not data:
                if found:
                    return found  # the end is found again by the next call
                raise ChannelClosed
            for _, messages in self._decoder.take(data):
                found.extend(messages)
            if len(data) < _READ_BYTES and not fds:
                break  # that was all: only descriptors end a read before the socket is empty
        return found

    def take_fd(self) -> int:
        """The oldest descriptor that has come with a message."""
        return self._fds_in.popleft()

    def finish(self) -> None:
        """Say that nothing more will come: the other side finds the end."""
        with suppress(OSError):  # it is gone already
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the socket and every descriptor that waits in it."""
        for fd in self._fds_in:
            os.close(fd)
        self._fds_in.clear()
        for _, fds in self.outbox:
            for fd in fds:
                os.close(fd)
        self.outbox.clear()
        self._socket.close()
