"""``dmtui bench --screen``: what the dashboard costs, and how quick it is, beside an emulator that is never idle.

The dashboard runs on a pseudo-terminal as a person starts it; nothing in it knows that it is measured.  Its share of
the processor is that of its own process; what its snapshots cost the emulator shows in the throughput, which is
compared with the same emulator without a dashboard, in turns (A B A B), since a machine is never quiet.  Each turn
starts both anew: where the kernel puts the processes of an emulator makes it a tenth faster or slower, often for as
long as it lives.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from random import Random
from statistics import fmean
from time import monotonic

from dmtui.bench.load import DEPTH, SECTORS, Emulation
from dmtui.bench.screen_result import ScreenResult
from dmtui.bench.terminal import WAIT_S, MeasuringTerminal, ScreenError
from dmtui.out import Progress

STARTS = 5
TURNS = 12
"""Starts with a dashboard, and as many without, whose throughput is compared."""
TURN_S = 2.5
KEYS = 60
"""Samples of the time from a key to the changed screen."""
FRAME_S = 0.05
"""Keys are pressed at any point of a frame: within so much at random."""
IDLE_S = 10.0
STEADY_S = 10.0
"""For frames and processor when memory is not measured at all."""
SETTLE_S = 3.0
SEED = 1

_PAINTED = r"submitters"
"""The first frame with content has the panels' titles."""
_COUNTED = r"completed [1-9]"
_IOPS = re.compile(r" IOPS ([\d,]+) +bios")
_FAULT = r"LATENCY"
"""What the panel of a device says about the fault of the key d."""
_SCENARIO = f"""\
name: bench
about: Two paths at depth {DEPTH} that serve at once. Measured by dmtui bench --screen.
duration: 86400s
luns: [{{name: lun0, size: {SECTORS // 2048}MiB}}]
devices:
  - {{name: sda, lun: lun0, queue_depth: 64, service: {{fixed: 0us}}}}
  - {{name: sdb, lun: lun0, queue_depth: 64, service: {{fixed: 0us}}}}
mds: [{{name: mpatha, table: 0 {SECTORS} multipath 0 0 1 1 round-robin 0 2 1 sda 1 sdb 1}}]
submitters: [{{name: app, target: mpatha, depth: {DEPTH}, reads: 1, block_size: 4KiB}}]
"""


def measure_screen(minutes: float, progress: Progress) -> ScreenResult:
    """All quantities, in *minutes* for memory and about two minutes more.

    Raises ScreenError, BenchError, EOFError, OSError or psutil.Error when it cannot be measured.
    """
    result = ScreenResult(minutes=minutes)
    with tempfile.TemporaryDirectory(prefix="dmtui-bench-") as folder:
        scenario = Path(folder) / "bench.yaml"
        scenario.write_text(_SCENARIO, encoding="utf-8")
        compiled = Path(folder) / "compiled"
        progress.show("bench: compiling")
        _start(scenario, compiled, ScreenResult())
        for turn in range(STARTS):
            progress.show(f"bench: first paint {turn + 1}/{STARTS}")
            _start(scenario, compiled, result)
        _throughput(scenario, compiled, result, progress)
        with MeasuringTerminal(str(scenario), compiled=compiled) as terminal:
            terminal.until(_COUNTED)
            _steady(terminal, result, progress)
            _keys(terminal, result, progress)
            progress.show("bench: frozen")
            _frozen(terminal, result)
            progress.show("bench: idle")
            _idle(terminal, result)
            terminal.leave()
    return result


def _start(scenario: Path, compiled: Path, result: ScreenResult) -> None:
    """The first of them compiles what an installed program has compiled long since: it does not count."""
    with MeasuringTerminal(str(scenario), compiled=compiled) as terminal:
        result.first_paints_s.append(terminal.until(_PAINTED) - terminal.started)
        result.first_counts_s.append(terminal.until(_COUNTED) - terminal.started)
        terminal.leave()


def _pause(terminal: MeasuringTerminal) -> None:
    terminal.press(" ")
    terminal.until("PAUSED")


def _go_on(terminal: MeasuringTerminal) -> None:
    terminal.press(" ")
    terminal.until("running")


def _throughput(scenario: Path, compiled: Path, result: ScreenResult, progress: Progress) -> None:
    for turn in range(TURNS):
        progress.show(f"bench: with and without a dashboard {turn + 1}/{TURNS}")
        with Emulation(2) as emulation:
            result.alone_iops.append(emulation.measure(TURN_S, settle_s=SETTLE_S).iops)
        with MeasuringTerminal(str(scenario), compiled=compiled) as terminal:
            terminal.until(_COUNTED)
            result.watched_iops.append(_iops(terminal, TURN_S))
            terminal.leave()


def _iops(terminal: MeasuringTerminal, seconds: float) -> float:
    """The mean of what the headline says, once it says nothing of the time before any more."""
    terminal.pump(SETTLE_S)
    found: list[float] = []
    until = monotonic() + seconds
    while (now := monotonic()) < until or (not found and now < until + WAIT_S):
        terminal.forget()
        terminal.pump(0.25)
        found += [float(number.replace(",", "")) for number in _IOPS.findall(terminal.drawn)[-1:]]
    if not found:
        raise ScreenError("the headline says no IOPS")
    return fmean(found)


def _steady(terminal: MeasuringTerminal, result: ScreenResult, progress: Progress) -> None:
    """Frames, processor and memory of a long while."""
    terminal.pump(SETTLE_S)
    began, cpu_s, ui_cpu_s = monotonic(), terminal.cpu_s(), terminal.ui_cpu_s()  # the part within the whole
    frames, written = terminal.frame_count, terminal.byte_count
    length = max(result.minutes * 60, STEADY_S)
    while (passed := monotonic() - began) < length:
        progress.show(f"bench: saturated, {length - passed:.0f} s to go")
        own, children = terminal.memory_mb()
        result.memory_mb.append((passed, own, children))
        terminal.pump(1.0)
    seconds, ui_cpu = monotonic() - began, terminal.ui_cpu_s() - ui_cpu_s
    result.fps = (terminal.frame_count - frames) / seconds
    result.cpu = (terminal.cpu_s() - cpu_s) / seconds
    # The kernel counts both in hundredths of a second, each for itself.
    result.ui_cpu = min(result.cpu, ui_cpu / seconds)
    result.written = (terminal.byte_count - written) / seconds


def _keys(terminal: MeasuringTerminal, result: ScreenResult, progress: Progress) -> None:
    """From a key that injects a fault to the line about the fault."""
    random = Random(SEED)
    for sample in range(KEYS):
        progress.show(f"bench: keys {sample + 1}/{KEYS}")
        terminal.pump(random.uniform(0, FRAME_S))
        began = monotonic()
        terminal.press("d")
        result.key_s.append(terminal.until(_FAULT) - began)
        terminal.pump(random.uniform(0, FRAME_S))
        terminal.press("d")
        terminal.quiet(_FAULT, 6 * FRAME_S)


def _frozen(terminal: MeasuringTerminal, result: ScreenResult) -> None:
    """The view stands, the emulator goes on as before."""
    terminal.press("v")
    terminal.until("VIEW FROZEN")
    result.frozen_cpu = _resting(terminal)
    terminal.press("v")
    terminal.until("running")


def _idle(terminal: MeasuringTerminal, result: ScreenResult) -> None:
    """The emulated clock stands."""
    _pause(terminal)
    result.idle_cpu = _resting(terminal)


def _resting(terminal: MeasuringTerminal) -> float:
    """Share of one core while nobody does anything."""
    terminal.pump(SETTLE_S)
    began, cpu_s = monotonic(), terminal.cpu_s()
    terminal.pump(IDLE_S)
    return (terminal.cpu_s() - cpu_s) / (monotonic() - began)


__all__ = ["measure_screen"]
