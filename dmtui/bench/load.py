"""The load that the runtimes are measured with: completed I/Os by the views of the submitter, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import monotonic, process_time
from types import TracebackType

from emulator.plan import DeviceSpec, Distribution, LunSpec, MdSpec, Plan, SubmitterSpec
from emulator.runtime.api import ProcessInfo
from emulator.runtime.process import ProcessRuntime
from emulator.runtime.simulation import Simulation
from emulator.snapshot import SubmitterView

DEPTH = 32
SECTORS = 2_097_152
SUBMITTER = "app"

WAIT_S = 30.0
"""An answer that takes longer is an error of the runtime."""

SETTLE_S = 0.2
"""Left out at the start of each window as a rule: caches and queues fill."""

SIMULATED_US = 1_000
"""Emulated service time of the simulation's load: with none at all its virtual clock would never move."""


class BenchError(RuntimeError):
    """The emulation failed while it was measured."""


def plan(paths: int, service_us: float = 0.0) -> Plan:
    """4 KiB random reads, checked, at queue depth 32 on a multipath device with so many paths."""
    devices = tuple(
        DeviceSpec(f"sd{chr(97 + i)}", "lun0", f"8:{16 * i}", queue_depth=64, service=Distribution("fixed", service_us))
        for i in range(paths)
    )
    table = f"0 {SECTORS} multipath 0 0 1 1 round-robin 0 {paths} 1 " + " ".join(f"{d.dev} 1" for d in devices)
    return Plan(
        "bench",
        luns=(LunSpec("lun0", SECTORS),),
        devices=devices,
        mds=(MdSpec("mpatha", "253:0", table),),
        submitters=(SubmitterSpec(SUBMITTER, "mpatha", depth=DEPTH),),
        labels=tuple((d.dev, d.name) for d in devices),
    )


@dataclass(frozen=True, slots=True)
class Window:
    """I/Os completed in a stretch of emulated time (which is real time at speed 1)."""

    completed: int
    seconds: float

    @property
    def iops(self) -> float:
        """Completed per second."""
        return self.completed / self.seconds


class Emulation:
    """The process runtime under the bench's load; paused except while it is measured.  Use as a context manager."""

    def __init__(self, paths: int) -> None:
        self.runtime = ProcessRuntime(plan(paths))
        try:
            self._until(lambda: self.runtime.now_us() > 0)
            self.runtime.pause()
        except BaseException:
            self.runtime.close()
            raise

    def _until(self, condition: Callable[[], bool]) -> None:
        limit = monotonic() + WAIT_S
        while not condition():
            if self.runtime.failed:
                raise BenchError(self.runtime.failed)
            if monotonic() > limit:
                raise BenchError(f"no answer within {WAIT_S:g} s")
            self.runtime.advance(0.01)

    def _view(self) -> SubmitterView:
        """A view of the submitter taken after now."""
        since = self.runtime.now_us()
        found: list[SubmitterView] = []

        def came() -> bool:
            view = self.runtime.views().get(SUBMITTER)
            if isinstance(view, SubmitterView) and view.at >= since:
                found.append(view)
            else:
                self.runtime.ask(0)
            return bool(found)

        self._until(came)
        return found[-1]

    def measure(self, seconds: float, settle_s: float = SETTLE_S) -> Window:
        """Let it run for *seconds*, and for *settle_s* before that do not count."""
        self.runtime.go()
        self._wait(settle_s)
        before = self._view()
        self._wait(seconds)
        after = self._view()
        self.runtime.pause()
        if after.failed:
            raise BenchError(f"{after.failed} bios failed")
        return Window(after.completed - before.completed, (after.at - before.at) / 1e6)

    def _wait(self, seconds: float) -> None:
        until = self.runtime.now_us() + round(seconds * 1e6)
        while self.runtime.now_us() < until and not self.runtime.failed:
            self.runtime.advance_until(until, WAIT_S)

    def processes(self) -> dict[str, ProcessInfo]:
        """Its processes."""
        return dict(self.runtime.processes())

    def __enter__(self) -> Emulation:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.runtime.close()


def measure_simulation(cpu_s: float) -> Window:
    """I/Os per second of processor time of the simulation runtime, two paths, until *cpu_s* seconds are used."""
    simulation: AbstractContextManager[Simulation] = Simulation(plan(2, SIMULATED_US))
    with simulation as runtime:
        start = process_time()
        while (used := process_time() - start) < cpu_s:
            runtime.advance(0.02)
            if runtime.failed:
                raise BenchError(runtime.failed)
        runtime.ask(0)
        view = runtime.views()[SUBMITTER]
        if not isinstance(view, SubmitterView) or view.failed:
            raise BenchError("bios failed in the simulation")
        return Window(view.completed, used)
