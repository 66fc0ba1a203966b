"""Single steps of the simulation while its clock stands: which of all that waits is the earliest, and that one alone.

The twin of emulator.runtime.stepper.  In virtual time no message outlives the instant at which it was sent: what waits
since the same instant goes in the order in which the channels filled.
"""

from __future__ import annotations

from collections.abc import Callable

from emulator.machine import Machine, Message
from emulator.messages import NAMES

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

    def step(self, name: str, now_us: int) -> tuple[str, int]:
        """One step of *name* ("": of anybody): what it was, "" if nothing is to do, and the time then."""
        machines = [machine for machine in self._machines.values() if name in ("", machine.name)]
        ready = next((machine for machine in machines if machine.ready), None)
        if ready is not None:
            text = f"{ready.name}: {ready.ready[0].name} goes on"
            ready.run(now_us, most=1)
            self._moved(ready)
            return text, now_us
        pair = next((pair for pair in self._channels if name in ("", pair[1])), None)
        return (self._message(pair, now_us), now_us) if pair is not None else self._timer(machines, now_us)

    def _message(self, pair: tuple[str, str], now_us: int) -> str:
        waiting, (source, destination) = self._channels[pair], pair
        message = waiting.pop(0)
        if not waiting:
            del self._channels[pair]
            self._order.remove(pair)
        machine = self._machines.get(destination)
        if machine is None:
            return f"{destination}: nobody hears {source}"
        if message is GONE:
            machine.peer_gone(now_us, source)
        else:
            machine.receive(now_us, source, message)
        machine.run(now_us, most=0)
        self._moved(machine)
        what = f"{source} is gone" if message is GONE else f"{NAMES.get(message[0], message[0])} from {source}"
        return f"{destination}: {what}"

    def _timer(self, machines: list[Machine], now_us: int) -> tuple[str, int]:
        due, name = min(((self._deadlines[each.name], each.name) for each in machines), default=(NEVER, ""))
        if due == NEVER:
            return "", now_us
        now_us = max(now_us, due)
        machine = self._machines[name]
        machine.advance_one(now_us)
        machine.run(now_us, most=0)
        self._moved(machine)
        return f"{name}: timer", now_us
