"""The loop that plays one machine in its own process: read, receive, run, write (each child runs one).

    control ==> [ pieces of the clock, ASK, COMMAND, STEP, PEER_UP, EXIT ]
    links   --> receive each message --> timers that are due --> run --> one frame per destination --> links
                                                                              REPLY, EVENT, views ==> control

Reading never waits for writing: what a pipe does not take stays in the outbox of its link, so two machines that fill
each other's pipes both go on.  While the clock stands nothing is read from the links - the pipes hold the messages -
and only the control channel is served.  End of file on the control channel means that the supervisor is gone: leave.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from select import select
from typing import Any

from multiprocess.connection import Connection

from emulator import messages
from emulator.machine import Machine
from emulator.plan import MdSpec
from emulator.positional import from_wire, to_wire
from emulator.runtime import control as word
from emulator.runtime.affinity import Affinity
from emulator.runtime.clock import Clock, Piece
from emulator.runtime.control import Channel, ChannelClosed
from emulator.runtime.links import InLink, OutLink
from emulator.runtime.standing import Standing
from emulator.trace.recorder import EVENTS_MAX, NOT_RECORDING, Notes, Recorder, Wanted
from emulator.wire import Encoder

STEPS_MAX = 2048
"""Steps between two looks at the control channel: a machine that never comes to rest still hears EXIT."""


class Actor(Standing):
    """Plays *machine*; ``serve`` returns when it was told to leave or the supervisor is gone."""

    def __init__(
        self,
        machine: Machine,
        clock: Clock,
        channel: Channel,
        inputs: dict[str, Any],
        outputs: dict[str, Any],
        seed: int = 0,
        absent: Iterable[str] = (),
    ) -> None:
        self._machine = machine
        self._clock = clock
        self._channel = channel
        self._encoder = Encoder()
        self._blocked: set[int] = set()
        """Descriptors to watch for writing."""
        self._inputs = {link.fd: link for link in (InLink(peer, end) for peer, end in inputs.items())}
        self._outputs = {peer: OutLink(peer, end, self._encoder, self._blocked) for peer, end in outputs.items()}
        self._running_watch: list[int] = []
        self._standing_watch = [channel.fd]
        self._ended: list[InLink] = []
        self._downs: list[str] = []
        self._ups: list[tuple[str, InLink | None, OutLink | None]] = []
        self._left: set[str] = set()
        """Mapped devices that were removed, peers that had no process yet: what is sent to one is dropped."""
        for peer in absent:
            self._left.add(peer)
            machine.peer_absent(clock.now_us(), peer)
        self._asked: int | None = None
        self._ask_later: tuple[int, int] | None = None
        """When, in emulated time, a snapshot is to be taken, and with how much in each list."""
        Standing.__init__(self)
        self._recorder: Recorder | None = None
        self._draw = Random(seed)
        self._affinity = Affinity(clock.running_ns())
        self._leaving = False
        self._rewatch()

    # -- the loop --------------------------------------------------------------------------------------

    def serve(self) -> None:
        """Play until EXIT or the end of the control channel.  Raises what the machine raises."""
        try:
            while not self._leaving:
                self._cycle()
        except ChannelClosed:
            return

    def _rewatch(self) -> None:
        self._running_watch = [self._channel.fd, *(fd for fd, link in self._inputs.items() if not link.ended)]

    def _cycle(self) -> None:
        clock, machine, channel = self._clock, self._machine, self._channel
        full = bool(channel.outbox) and channel.full
        idle = clock.standing or full
        if idle:
            timeout = clock.wait_s(None)
        elif machine.ready or self._held:
            timeout = 0.0
        else:
            timeout = clock.wait_s(self._next_us())
        if channel.outbox:
            self._blocked.add(channel.fd)
        # Not epoll: select keeps the microseconds of the timeout.
        watch = self._standing_watch if idle else self._running_watch
        readable, writable, _ = select(watch, self._blocked, (), timeout)
        if writable:
            self._flush()
        if channel.fd in readable:
            self._serve_control()
            readable = [fd for fd in readable if fd in self._inputs]
        now = clock.now_us()
        if clock.standing:
            self._stand()
        elif not full:
            self._play(now, readable)

    def _next_us(self) -> int | None:
        """When this process has something to do by itself."""
        deadline = self._machine.deadline_us()
        if self._ask_later is None:
            return deadline
        return self._ask_later[0] if deadline is None else min(deadline, self._ask_later[0])

    def _play(self, now: int, readable: list[int]) -> None:
        machine = self._machine
        receive = machine.receive
        if self._held:
            self._release_held(now)
        inputs = self._inputs
        for fd in readable:
            link = inputs[fd]
            peer = link.peer
            for _, batch in link.read():
                for message in batch:
                    receive(now, peer, message)
            if link.ended:
                self._ended.append(link)
                self._rewatch()
        deadline = machine.deadline_us()
        if deadline is not None and deadline <= now:
            machine.advance(now)
        if self._ask_later is not None and now >= self._ask_later[0]:
            self._asked, self._ask_later = self._ask_later[1], None
        if self._asked is not None:
            # As if the snapshot were one more context among the ready ones: it may find locks held and waiters.
            machine.run(now, most=self._draw.randrange(2 * len(machine.ready) + 1))
            self._answer_ask()
        machine.run(now, most=STEPS_MAX)
        if (self._ended or self._downs or self._ups) and not machine.ready:
            self._change_peers(now)
        if machine.out:
            self._send_out()
        if machine.trace is not None and len(machine.trace) > EVENTS_MAX and self._recorder is not None:
            self._recorder.turn()
        if now >= self._affinity.next_us:
            self._affinity.look(now, self._clock.running_ns())

    def _send_out(self) -> None:
        outputs = self._outputs
        for destination, batch in self._machine.take_output().items():
            if (link := outputs.get(destination)) is not None:
                link.send(batch)
            elif destination == messages.SUPERVISOR:
                self._channel.send_all(batch)
            elif destination not in self._left:
                raise LookupError(f"{self._machine.name} has no link to {destination!r}")

    def _flush(self) -> None:
        for link in self._outputs.values():
            if link.fd in self._blocked:
                link.flush()
        self._blocked.discard(self._channel.fd)
        self._channel.flush()

    # -- peers that go and come ------------------------------------------------------------------------

    def _change_peers(self, now: int) -> None:
        """Tell the machine who is gone and who is back, once everything that those had written was handled."""
        machine = self._machine
        if self._ended:
            self._serve_control()  # whether one was removed is said there before its pipe ends
        for link in self._ended:
            del self._inputs[link.fd]
            link.close()
            self._downs.append(link.peer)
        self._ended.clear()
        for peer in self._downs:
            out = self._outputs.get(peer)
            if out is not None:
                out.gone = True
            machine.peer_gone(now, peer)
        self._downs.clear()
        listening = {link.peer for link in self._inputs.values()}
        for item in list(self._ups):
            peer, reads, writes = item
            if reads is not None and peer in listening:
                continue  # the end of the old link has not been seen yet
            self._ups.remove(item)
            if reads is not None:
                self._inputs[reads.fd] = reads
            if writes is not None:
                if (old := self._outputs.get(peer)) is not None:
                    old.close()
                self._outputs[peer] = writes
                self._left.discard(peer)
            machine.peer_back(now, peer)
        machine.run(now, most=STEPS_MAX)
        self._rewatch()

    def _peer_up(self, peer: str, reads: bool, writes: bool) -> None:
        self._ups.append((peer, *self._new_links(peer, reads, writes)))

    def _new_links(self, peer: str, reads: bool, writes: bool) -> tuple[InLink | None, OutLink | None]:
        take = self._channel.take_fd
        link_in = InLink(peer, Connection(take(), writable=False)) if reads else None
        link_out = OutLink(peer, Connection(take(), readable=False), self._encoder, self._blocked) if writes else None
        return link_in, link_out

    def _peer_new(self, peer: str, reads: bool, writes: bool, spec: Any) -> None:
        link_in, link_out = self._new_links(peer, reads, writes)
        if link_in is not None:
            self._inputs[link_in.fd] = link_in
        if link_out is not None:
            self._outputs[peer] = link_out
        self._left.discard(peer)
        self._rewatch()
        self._machine.peer_added(self._clock.now_us(), from_wire(MdSpec, spec))

    def _peer_left(self, peer: str) -> None:
        """Close what led to it; it was idle, so nothing that matters is under way."""
        self._machine.peer_removed(self._clock.now_us(), peer)
        self._left.add(peer)
        for link in [link for link in self._inputs.values() if link.peer == peer]:
            del self._inputs[link.fd]
            link.close()
        self._ended = [link for link in self._ended if link.peer != peer]
        if (out := self._outputs.pop(peer, None)) is not None:
            out.close()
        self._rewatch()

    # -- the control channel ---------------------------------------------------------------------------

    def _serve_control(self) -> None:
        for message in self._channel.receive():
            tag = message[0]
            if tag == messages.COMMAND:
                self._machine.receive(self._clock.now_us(), messages.SUPERVISOR, message)
            elif tag == word.ASK:
                self._asked = message[1]
            elif tag == word.CLOCK:
                self._clock.announce(Piece(*message[1:]))
            elif tag in (word.STEP_ASK, word.LIST_ASK):
                self._asks.append((tag, message[1]))
            elif tag == word.STEP:
                self._step(message[1])
            elif tag == word.PICK:
                self._pick(*message[1:])
            elif tag == word.RECORD:
                self._record(*message[1:])
            elif tag == word.KEEP:
                self._awake()
                self._machine.keep_for(message[1])
                if message[3]:
                    self._ask_later = (self._machine.now_us + message[2], message[3])
            elif tag == word.RECORD_ASK:
                self._answer_record(message[1], message[2])
            elif tag == word.PEER_DOWN:
                self._downs.append(message[1])
            elif tag == word.PEER_UP:
                self._peer_up(*message[1:])
            elif tag == word.PEER_NEW:
                self._peer_new(*message[1:])
            elif tag == word.PEER_LEFT:
                self._peer_left(message[1])
            elif tag == word.EXIT:
                self._leaving = True
            else:
                raise LookupError(f"no such word from the supervisor: {message!r:.80}")

    def _awake(self) -> None:
        """A machine that had nothing to do learns how late it is."""
        self._machine.now_us = max(self._machine.now_us, self._clock.now_us())

    def _answer_ask(self) -> None:
        if self._asked is None:
            return
        most, self._asked = self._asked, None
        self._machine.now_us = self._clock.now_us()  # ages are as of now
        self._channel.send((word.VIEW, to_wire(self._machine.snapshot(most))))

    def _record(self, on: bool, detail: bool, amount: int) -> None:
        self._awake()
        notes = Notes(amount)
        if on and self._recorder is None:
            self._recorder = Recorder(self._machine, detail, notes)
        elif on and self._recorder is not None:
            self._recorder.change(detail, notes)
        elif not on and self._recorder is not None:
            self._recorder.end()
            self._recorder = None

    def _answer_record(self, serial: int, wanted: tuple[Any, ...]) -> None:
        if self._recorder is None:
            self._channel.send((word.RECORDED, serial, NOT_RECORDING, (), False))
            return
        self._awake()
        answer = self._recorder.answer(Wanted(*wanted))
        self._channel.send((word.RECORDED, serial, answer.whole_since_us, answer.events, answer.sparse))

    # -- while the clock stands ------------------------------------------------------------------------

    def _stand(self) -> None:
        """Serve commands and snapshots; no message of a machine is handled and no timer fires."""
        if self._ask_later is not None:
            self._asked, self._ask_later = self._ask_later[1], None
        self._answer_ask()
        if self._machine.out:
            self._send_out()
        self._answer_asks()

    def close(self) -> None:
        """Close everything that the loop holds."""
        links: list[InLink | OutLink | None] = [*self._inputs.values(), *self._outputs.values()]
        links += (link for _, *ends in self._ups for link in ends)
        for link in links:
            if link is not None:
                link.close()
        self._channel.close()
