"""What a runtime answers about its machines' flight recorders: of processes by way of the collector, or at once.

Mixed into the two runtimes; both run in the face's process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emulator.machine import Machine
from emulator.runtime.collector import Collector
from emulator.trace.recorder import ASKS_MAX, NOT_RECORDING, Notes, Recorded, Recorder, Wanted


class ProcessRecords:
    """See :class:`emulator.runtime.api.Runtime`; the machines are asked through their control channels."""

    _collector: Collector

    def record(self, on: bool, detail: bool = False, notes: Notes = Notes.ALL) -> None:
        """Let every machine keep its newest trace events (with *detail* also lock holds, messages), or forget them."""
        self._collector.record(on, detail, notes)

    def keep(self, span_us: int, after_us: int = 0, most: int = 0) -> None:
        """Open a window of all sparse recorders, and look through it *after_us* later."""
        self._collector.keep(span_us, after_us, most)

    def ask_recorded(self, wanted: Mapping[str, Wanted]) -> int:
        """Ask machines for what they recorded; returns the serial of the ask."""
        return self._collector.ask_recorded(wanted)

    def recorded(self, serial: int) -> Mapping[str, Recorded] | None:
        """The answers to an ask, handed out once; None while one is still to come."""
        return self._collector.recorded(serial)


class SimulationRecords:
    """The same where all machines are in this process."""

    machines: dict[str, Machine]
    now_us: Callable[[], int]

    def __init__(self) -> None:
        self._recording = self._detail = False
        self._notes = Notes.ALL
        self._recorders: dict[str, Recorder] = {}
        self._asks = 0
        self._records: dict[int, Mapping[str, Recorded]] = {}

    def record(self, on: bool, detail: bool = False, notes: Notes = Notes.ALL) -> None:
        """Every machine keeps its newest trace events, or none."""
        begins = on and not self._recording
        self._recording, self._detail, self._notes = on, detail and on, notes
        self._awake()
        for machine in self.machines.values() if begins else ():
            self._record_of(machine)
        for recorder in self._recorders.values():
            if on:
                recorder.change(self._detail, self._notes)
            else:
                recorder.end()
        if not on:
            self._recorders.clear()

    def keep(self, span_us: int, after_us: int = 0, most: int = 0) -> None:
        """Open a window of all sparse recorders.  Whoever plays this clock looks by :meth:`ask` when it is time."""
        self._awake()
        for machine in self.machines.values():
            machine.keep_for(span_us)

    def _awake(self) -> None:
        """One that had nothing to do learns how late it is."""
        for machine in self.machines.values():
            machine.now_us = max(machine.now_us, self.now_us())

    def _record_of(self, machine: Machine) -> None:
        """A machine is new."""
        self._recorders.pop(machine.name, None)
        if self._recording:
            self._recorders[machine.name] = Recorder(machine, self._detail, self._notes)

    def _turn_record(self, machine: Machine) -> None:
        """A machine has traced much."""
        if machine.name in self._recorders:
            self._recorders[machine.name].turn()

    def ask_recorded(self, wanted: Mapping[str, Wanted]) -> int:
        """Answered at once."""
        self._awake()
        self._asks += 1
        self._records[self._asks] = {
            name: self._recorders[name].answer(each) if name in self._recorders else Recorded(name, (), NOT_RECORDING)
            for name, each in wanted.items()
            if name in self.machines
        }
        if len(self._records) > ASKS_MAX:
            del self._records[next(iter(self._records))]
        return self._asks

    def recorded(self, serial: int) -> Mapping[str, Recorded] | None:
        """The answers to an ask, once."""
        return self._records.pop(serial)
