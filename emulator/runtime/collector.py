"""What the children show of themselves: the newest view of each machine, and trace events (supervisor's side).

Both are pulled: a child is asked again only when it has answered, and what nobody takes is bounded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from emulator.runtime import control as word
from emulator.runtime.api import MachineKind
from emulator.runtime.supervisor import Child, Supervisor
from emulator.snapshot import DeviceView, LunView, MdView, SoftirqView, SubmitterView, View, from_wire
from emulator.wire import Message

TRACE_EVENTS_MAX = 262_144
"""Trace events that nobody took.  Policy: the oldest are dropped and counted."""

TraceEvent = tuple[Any, ...]

_VIEWS: Mapping[MachineKind, type[View]] = {
    "md": MdView, "device": DeviceView, "softirq": SoftirqView, "lun": LunView, "submitter": SubmitterView,
}


class Collector:
    """Views and trace events by machine."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._asked: set[str] = set()
        self._wires: dict[str, Any] = {}
        self._views: dict[str, View] = {}
        self._trace: deque[tuple[str, TraceEvent]] = deque(maxlen=TRACE_EVENTS_MAX)
        self._dropped = 0

    def ask(self, most: int) -> None:
        """Ask every machine that has answered the last time."""
        for child in self._supervisor.children.values():
            wanted = child.state == "RUNNING" and child.name not in self._asked
            if wanted and self._supervisor.send(child, (word.ASK, most)):
                self._asked.add(child.name)

    def view_came(self, child: Child, message: Message) -> bool:
        """Take a VIEW; whether it was the last one awaited.  It is read only when somebody wants it."""
        self._wires[child.name] = message[1]
        self._asked.discard(child.name)
        return not self._asked

    def gone(self, child: Child) -> None:
        """*child* will not answer any more."""
        self._asked.discard(child.name)

    def forget(self, name: str) -> None:
        """Machine *name* is no more: it has no view."""
        self._asked.discard(name)
        self._wires.pop(name, None)
        self._views.pop(name, None)

    def views(self) -> Mapping[str, View]:
        """The newest view of each machine; a dead one's last view stays."""
        for name, wire in self._wires.items():
            self._views[name] = from_wire(_VIEWS[self._supervisor.children[name].kind], wire)
        self._wires.clear()
        return dict(self._views)

    def trace_came(self, child: Child, message: Message) -> None:
        """Take a TRACE."""
        _, dropped, events = message
        self._dropped += dropped + max(0, len(self._trace) + len(events) - TRACE_EVENTS_MAX)
        self._trace.extend((child.name, event) for event in events)

    def take_trace(self) -> tuple[int, list[tuple[str, TraceEvent]]]:
        """How many events were dropped, and those that came since the last call: (machine, event)."""
        dropped, events = self._dropped, list(self._trace)
        self._dropped = 0
        self._trace.clear()
        return dropped, events
