"""What a child does while the emulated clock stands: it says what waits and does single steps (each child runs it).

What waits in the pipes is taken out of them and held, in order; when the clock runs again that comes first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from time import monotonic_ns
from typing import Any

from emulator.machine import Machine, Message
from emulator.messages import NAMES, name_message
from emulator.runtime import control as word
from emulator.runtime.clock import Clock
from emulator.runtime.control import Channel
from emulator.runtime.links import InLink
from emulator.runtime.waiting import LISTED_MAX, holding, strides_of
from emulator.telling import gist, tone_of

Held = tuple[int, str, int, Message | None]
"""When it was sent (real ns), by whom, its serial, the message; None = the peer's end of file."""


class Standing:
    """The part of the actor that steps.  ``_held`` is empty while the clock runs."""

    _machine: Machine
    _clock: Clock
    _channel: Channel
    _inputs: dict[int, InLink]
    _ended: list[InLink]
    _downs: list[str]
    _ups: list[Any]

    def __init__(self) -> None:
        self._held: deque[Held] = deque()
        """What was taken out of the pipes, oldest first."""
        self._held_serial = 0
        self._asks: list[tuple[int, int]] = []
        """Questions what waits, to be answered once the clock stands: word and serial."""

    def _change_peers(self, now: int) -> None:
        raise AssertionError("an actor has peers")

    def _send_out(self) -> None:
        raise AssertionError("an actor has links")

    def _rewatch(self) -> None:
        raise AssertionError("an actor watches")

    # -- saying what waits -----------------------------------------------------------------------------

    def _answer_asks(self) -> None:
        asks, self._asks = self._asks, []
        for tag, serial in asks:
            self._gather()
            if tag == word.STEP_ASK:
                answer: Message = (word.WAITING, serial, self._waiting_since(), self._machine.deadline_us())
            else:
                items = list(self._items())
                answer = (word.LISTED, serial, items[:LISTED_MAX], max(0, len(items) - LISTED_MAX))
            self._channel.send(answer)

    def _gather(self) -> None:
        found: list[tuple[int, str, Message | None]] = []
        for link in [link for link in self._inputs.values() if not link.ended]:
            for stamp, batch in link.drain():
                found += ((stamp, link.peer, message) for message in batch)
            if link.ended:
                found.append((monotonic_ns(), link.peer, None))
        found.sort(key=lambda item: item[0])  # stable: the order within a link stays
        for stamp, peer, message in found:
            self._held_serial += 1
            self._held.append((stamp, peer, self._held_serial, message))
        self._rewatch()

    def _timer_first(self) -> bool:
        """Whether a timer is due, and has been for longer than the oldest message waits."""
        deadline = self._machine.deadline_us()
        due = deadline is not None and deadline <= self._clock.now_us()
        # The instant has come with the piece on which the clock stands.
        return due and not (self._held and self._held[0][0] < self._clock.since_ns)

    def _waiting_since(self) -> int | None:
        """The real time since which the oldest thing waits that a step could do."""
        if self._machine.ready:
            return 0
        if self._timer_first():
            return self._clock.since_ns
        if self._held:
            return self._held[0][0]
        return self._clock.since_ns if self._downs or self._ups else None

    def _items(self) -> Iterator[tuple[Any, ...]]:
        """(kind, source, serial, word, number, what, real stamp, deadline, tone) of all, the next one first."""
        machine, since_ns = self._machine, self._clock.since_ns
        for context in machine.ready:
            yield "context", context.name, 0, "", 0, holding(context.locks()), 0, 0, ""
        deadline = machine.deadline_us()
        timer = ("timer", "", 0, "", 0, "", since_ns, deadline, "")
        first = self._timer_first()
        if first:
            yield timer
        for stamp, peer, serial, message in self._held:
            if message is None:
                yield "gone", peer, serial, "", 0, "", stamp, 0, ""
            else:
                tag, number = name_message(message)[:2]
                said = NAMES.get(tag, str(tag))
                yield "message", peer, serial, said, number, gist(message), stamp, 0, tone_of(message)
        if not self._held:
            for peer in dict.fromkeys([*self._downs, *(up[0] for up in self._ups)]):
                yield "peer", peer, 0, "", 0, "", since_ns, 0, ""
        if deadline is not None and not first:
            yield timer

    # -- stepping --------------------------------------------------------------------------------------

    def _step(self, serial: int) -> None:
        """Do the next one."""
        machine = self._machine
        if machine.ready:
            done = self._go_on(0)
        elif self._timer_first():
            done = self._fire()
        elif self._held:
            done = self._take(0)
        elif self._downs or self._ups:
            done = self._peers()
        else:
            done = None
        self._stepped(serial, done)

    def _pick(self, serial: int, kind: str, source: str, which: int) -> None:
        """Do the one that a person chose, if it is there and nothing of its line stands before it."""
        self._gather()
        done: tuple[Any, ...] | None = None
        if kind == "context":
            at = next((i for i, each in enumerate(self._machine.ready) if each.name == source), None)
            done = None if at is None else self._go_on(at)
        elif kind == "timer":
            deadline = self._machine.deadline_us()
            # Another may be late, too: which one was meant is told by when it was due.
            done = self._fire() if deadline == which and deadline <= self._clock.now_us() else None
        elif kind == "peer":
            done = self._peers() if not self._held and (self._downs or self._ups) else None
        else:
            at = next((i for i, each in enumerate(self._held) if each[1] == source), None)
            done = self._take(at) if at is not None and self._held[at][2] == which else None
        self._stepped(serial, done)

    def _stepped(self, serial: int, done: tuple[Any, ...] | None) -> None:
        self._send_out()
        self._channel.send((word.STEPPED, serial, done))

    def _go_on(self, at: int) -> tuple[Any, ...]:
        ready = self._machine.ready
        context = ready[at]
        locks = context.locks()
        del ready[at]
        ready.appendleft(context)
        strides = self._run(most=1)
        return "context", context.name, "", 0, holding(locks), "", strides

    def _fire(self) -> tuple[Any, ...]:
        self._machine.advance_one(self._clock.now_us())
        return "timer", "", "", 0, "", "", self._run(most=0)

    def _peers(self) -> tuple[Any, ...]:
        source = ", ".join(dict.fromkeys([*self._downs, *(up[0] for up in self._ups)]))
        self._change_peers(self._clock.now_us())
        return "peer", source, "", 0, "", "", 0

    def _take(self, at: int) -> tuple[Any, ...]:
        _, peer, _, message = self._held[at]
        del self._held[at]
        if message is None:
            self._ended += [link for link in self._inputs.values() if link.peer == peer and link.ended]
            self._change_peers(self._clock.now_us())
            return "gone", peer, "", 0, "", "", 0
        tag, number = name_message(message)[:2]
        what, tone = gist(message), tone_of(message)
        self._machine.receive(self._clock.now_us(), peer, message)
        # Without a step of a context: only what a machine does at the end of a run.
        return "message", peer, NAMES.get(tag, str(tag)), number, what, tone, self._run(most=0)

    def _run(self, most: int) -> int:
        """Run, and count the strides that were made."""
        before = strides_of(self._machine)
        self._machine.run(self._clock.now_us(), most=most)
        return strides_of(self._machine) - before

    def _release_held(self, now: int) -> None:
        """The clock runs again: what stepping took out of the pipes comes first."""
        while self._held:
            _, peer, _, message = self._held.popleft()
            if message is None:
                self._ended += [link for link in self._inputs.values() if link.peer == peer and link.ended]
            else:
                self._machine.receive(now, peer, message)
