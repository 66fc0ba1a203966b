"""What the children show of themselves: the newest view of each machine, and what they recorded (supervisor's side).

Both are pulled: a child is asked again only when it has answered, and what nobody takes is bounded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from emulator.positional import from_wire
from emulator.runtime import control as word
from emulator.runtime.api import MachineKind
from emulator.runtime.supervisor import Child, Supervisor
from emulator.snapshot import DeviceView, LunView, MdView, MultipathdView, SoftirqView, SubmitterView, View
from emulator.trace.recorder import ASKS_MAX, Notes, Recorded, Wanted
from emulator.wire import Message

_VIEWS: Mapping[MachineKind, type[View]] = {
    "md": MdView, "device": DeviceView, "softirq": SoftirqView, "lun": LunView, "submitter": SubmitterView,
    "multipathd": MultipathdView,
}


class Collector:
    """Views and trace events by machine."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._asked: set[str] = set()
        self._wires: dict[str, Any] = {}
        self._views: dict[str, View] = {}
        self._recording = (False, False, Notes.ALL)
        """Whether the machines record, whether in detail, how much."""
        self._serial = 0
        self._awaited: dict[int, set[str]] = {}
        """Machines whose answer is still to come, by ask."""
        self._records: dict[int, dict[str, Recorded]] = {}

    def ask(self, most: int, machines: Collection[str] | None = None) -> None:
        """Ask every machine (or those of *machines* only) that has answered the last time."""
        for child in self._supervisor.children.values():
            if (machines is None or child.name in machines) and self._may_ask(child):
                self._ask(child, (word.ASK, most))

    def _may_ask(self, child: Child) -> bool:
        return child.state == "RUNNING" and child.name not in self._asked

    def _ask(self, child: Child, message: Message) -> None:
        if self._supervisor.send(child, message):
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

    def record(self, on: bool, detail: bool, notes: Notes) -> None:
        """Switch the recorders of all machines on (or off, forgetting what they have)."""
        self._recording = (on, detail and on, notes)
        self._supervisor.send_all((word.RECORD, *self._recording))

    def keep(self, span_us: int, after_us: int, most: int) -> None:
        """Open a window of all recorders that are sparse; with *most* ask for what is there *after_us* later."""
        for child in self._supervisor.children.values():
            if most and self._may_ask(child):
                self._ask(child, (word.KEEP, span_us, after_us, most))
            else:
                self._supervisor.send(child, (word.KEEP, span_us, 0, 0))

    def came_up(self, child: Child) -> None:
        """A new process knows its clock: it records if the others do."""
        if self._recording[0]:
            self._supervisor.send(child, (word.RECORD, *self._recording))

    def ask_recorded(self, wanted: Mapping[str, Wanted]) -> int:
        """Ask these machines for events; returns the serial of the ask."""
        self._serial += 1
        awaited = set()
        for name, each in wanted.items():
            child = self._supervisor.children.get(name)
            if child is not None and self._supervisor.send(child, (word.RECORD_ASK, self._serial, each.wire())):
                awaited.add(name)
        self._awaited[self._serial] = awaited
        self._records[self._serial] = {}
        if len(self._awaited) > ASKS_MAX:
            self._forget(next(iter(self._awaited)))
        return self._serial

    def record_came(self, child: Child, message: Message) -> bool:
        """Take a RECORDED; whether it was the last one awaited."""
        _, serial, since_us, events, sparse = message
        if serial not in self._awaited:
            return False
        self._records[serial][child.name] = Recorded(child.name, events, since_us, sparse)
        self._awaited[serial].discard(child.name)
        return not self._awaited[serial]

    def recorded(self, serial: int) -> Mapping[str, Recorded] | None:
        """The answers to an ask, once; None while one is still to come.  Raises KeyError for one handed out."""
        if self._awaited[serial]:
            return None
        answers = self._records[serial]
        self._forget(serial)
        return answers

    def _forget(self, serial: int) -> None:
        del self._awaited[serial], self._records[serial]
