"""Single steps of the simulation while its clock stands: which of all that waits is the earliest, and that one alone.

The twin of emulator.runtime.stepper.  In virtual time no message outlives the instant at which it was sent, unless a
person lets a timer go before it: what waits goes in the order in which the channels filled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from emulator.machine import Machine, Message
from emulator.messages import NAMES, name_message
from emulator.runtime.waiting import LISTED_MAX, Stepped, Waiting, WaitKind, holding, mark_lines, strides_of
from emulator.telling import gist, tone_of

GONE: Message = (0,)
"""Put behind everything that a killed machine had sent: its peers see the end of file there."""
NEVER = 1 << 62


class SimStepper:
    """Works on the simulation's own tables; *moved* carries what a machine sent and notes its next deadline."""

    def __init__(
        self, machines: dict[str, Machine], channels: dict[tuple[str, str], list[Message]],
        order: list[tuple[str, str]], deadlines: dict[str, int], moved: Callable[[Machine], None],
    ) -> None:
        self._machines = machines
        self._channels = channels
        self._order = order
        self._deadlines = deadlines
        self._moved = moved
        self._taken: dict[tuple[str, str], int] = {}
        """Messages that steps took off a channel: tells those that are alike apart."""
        self._sent_us: dict[tuple[str, str], list[int]] = {}
        """When the messages of a channel were sent, as far as it was looked."""

    def stamp(self, now_us: int) -> None:
        """What is on a channel that was not there before was sent now."""
        for pair in self._sent_us.keys() - self._channels.keys():
            del self._sent_us[pair]
        for pair, waiting in self._channels.items():
            stamps = self._sent_us.setdefault(pair, [])
            del stamps[len(waiting) :]
            stamps += [now_us] * (len(waiting) - len(stamps))

    def forget(self) -> None:
        """The clock runs again."""
        self._sent_us.clear()

    def waiting(self, now_us: int) -> tuple[list[Waiting], int]:
        """All that waits, in the order of the steps, and how many more there are."""
        self.stamp(now_us)
        found: list[Waiting] = []
        more = 0
        for machine in self._machines.values():
            for context in machine.ready:
                what = holding(context.locks())
                found.append(Waiting(machine.name, "context", context.name, 0, "", 0, what, now_us))
        for pair in self._channels:
            items = list(self._items(pair))
            found += items[:LISTED_MAX]
            more += max(0, len(items) - LISTED_MAX)
        timers = sorted((due, name) for name, due in self._deadlines.items() if due != NEVER)
        found += [Waiting(name, "timer", "", 0, "", 0, "", due) for due, name in timers]
        return mark_lines(found, now_us), more

    def _items(self, pair: tuple[str, str]) -> Iterator[Waiting]:
        source, destination = pair
        taken = self._taken.get(pair, 0)
        for at, (message, since_us) in enumerate(zip(self._channels[pair], self._sent_us[pair], strict=True)):
            if message is GONE:
                yield Waiting(destination, "gone", source, taken + at, "", 0, "", since_us)
            else:
                tag, number = name_message(message)[:2]
                said = NAMES.get(tag, str(tag))
                what, tone = gist(message), tone_of(message)
                yield Waiting(destination, "message", source, taken + at, said, number, what, since_us, tone)

    def step(self, name: str, now_us: int) -> Stepped | None:
        """One step of *name* ("": of anybody); None if nothing is to do."""
        machines = [machine for machine in self._machines.values() if name in ("", machine.name)]
        ready = next((machine for machine in machines if machine.ready), None)
        if ready is not None:
            return self._go_on(ready, 0, now_us)
        pair = next((pair for pair in self._channels if name in ("", pair[1])), None)
        return self._message(pair, now_us) if pair is not None else self._timer(machines, now_us)

    def pick(self, item: Waiting, now_us: int) -> Stepped | None:
        """Do *item*; None if it is not there any more, or something of its line stands before it."""
        machine = self._machines.get(item.machine)
        pair = (item.source, item.machine)
        if item.blocked:
            return None
        if item.kind in ("message", "gone"):
            self.stamp(now_us)
            head = next(self._items(pair)) if pair in self._channels else None
            return self._message(pair, now_us) if head is not None and head == replace(item, blocked="") else None
        if machine is None:
            return None
        if item.kind == "timer":
            there = self._deadlines[item.machine] == item.since_us
            return self._timer([machine], now_us) if there else None
        at = next((i for i, each in enumerate(machine.ready) if each.name == item.source), None)
        return self._go_on(machine, at, now_us) if at is not None else None

    def _go_on(self, machine: Machine, at: int, now_us: int) -> Stepped:
        context = machine.ready[at]
        what = holding(context.locks())
        del machine.ready[at]
        machine.ready.appendleft(context)
        strides = self._run(machine, now_us, 1)
        return Stepped(now_us, machine.name, "context", context.name, "", 0, what, "", strides)

    def _message(self, pair: tuple[str, str], now_us: int) -> Stepped:
        self.stamp(now_us)
        waiting, (source, destination) = self._channels[pair], pair
        message = waiting.pop(0)
        self._sent_us[pair].pop(0)
        self._taken[pair] = self._taken.get(pair, 0) + 1
        if not waiting:
            del self._channels[pair]
            self._order.remove(pair)
        machine = self._machines.get(destination)
        gone = message is GONE
        tag, number = (0, 0) if gone else name_message(message)[:2]
        said, what, tone = ("", "", "") if gone else (NAMES.get(tag, str(tag)), gist(message), str(tone_of(message)))
        strides = 0
        if machine is not None:
            if gone:
                machine.peer_gone(now_us, source)
            else:
                machine.receive(now_us, source, message)
            strides = self._run(machine, now_us, 0)
        else:
            what = "nobody hears it"
        kind: WaitKind = "gone" if gone else "message"
        return Stepped(now_us, destination, kind, source, said, number, what, tone, strides)

    def _timer(self, machines: list[Machine], now_us: int) -> Stepped | None:
        due, name = min(((self._deadlines[each.name], each.name) for each in machines), default=(NEVER, ""))
        if due == NEVER:
            return None
        self.stamp(now_us)
        now_us = max(now_us, due)
        machine = self._machines[name]
        machine.advance_one(now_us)
        return Stepped(now_us, name, "timer", "", "", 0, "", "", self._run(machine, now_us, 0))

    def _run(self, machine: Machine, now_us: int, most: int) -> int:
        before = strides_of(machine)
        machine.run(now_us, most=most)
        self._moved(machine)
        return strides_of(machine) - before
