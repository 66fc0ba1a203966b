"""``dmtui bench``: what the emulator can carry, measured against a bare ring of processes on the same machine.

Ring and emulation take turns (A B A B), since a machine is never quiet; the medians count.
"""

from __future__ import annotations

import json as _json
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from dmtui.out import Progress, complain, say

if TYPE_CHECKING:
    from dmtui.bench.result import BenchResult

TURNS = 4
TURN_S = 1.0
PATHS = (1, 2, 4, 8)
SIMULATION_S = 2.0
STARTS = 3

__all__ = ["main", "main_screen", "measure"]


def main(json: bool = False) -> int:
    """Measure everything and print it; exit status 0, or 3 if it could not be measured."""
    from dmtui.bench.load import BenchError

    progress = Progress()
    try:
        with _let_go_on_sigterm():
            result = measure(progress)
    except (BenchError, EOFError, OSError, subprocess.SubprocessError) as error:
        complain(f"dmtui bench: could not measure: {error}")
        return 3
    finally:
        progress.clear()
    if json:
        say(_json.dumps(result.to_json(), indent=2))
    else:
        for line in result.lines():
            say(line)
    return 0


def main_screen(minutes: float, json: bool = False) -> int:
    """Measure the dashboard and print it; exit status 0 every target met, 1 one missed, 3 could not be measured."""
    import psutil

    from dmtui.bench.load import BenchError
    from dmtui.bench.screen import measure_screen
    from dmtui.bench.terminal import ScreenError

    progress = Progress()
    try:
        with _let_go_on_sigterm():
            result = measure_screen(minutes, progress)
    except (BenchError, ScreenError, EOFError, OSError, psutil.Error) as error:
        progress.clear()
        complain(f"dmtui bench: could not measure: {error}")
        return 3
    progress.clear()
    if json:
        say(_json.dumps(result.to_json(), indent=2))
    else:
        for line in result.lines():
            say(line)
    return 0 if all(met for *_, met in result.rows()) else 1


@contextmanager
def _let_go_on_sigterm() -> Iterator[None]:
    """SIGTERM is Ctrl-C: what was started ends, and its folders go."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def measure(progress: Progress) -> BenchResult:
    """All quantities, in about half a minute.  Raises BenchError, OSError, SubprocessError."""
    from dmtui.bench.load import Emulation, measure_simulation
    from dmtui.bench.queues import measure_queues
    from dmtui.bench.result import BenchResult
    from dmtui.bench.startup import measure_startup

    result = BenchResult()
    progress.show("bench: first completion")
    result.first_completion_s = median(measure_startup() for _ in range(STARTS))
    progress.show("bench: ring and process runtime")
    _take_turns(result)
    for paths in PATHS:
        progress.show(f"bench: {paths} paths")
        with Emulation(paths) as emulation:
            result.iops_by_paths[paths] = emulation.measure(TURN_S).iops
    progress.show("bench: simulation")
    result.simulation_iops = measure_simulation(SIMULATION_S).iops
    progress.show("bench: long queues")
    result.queue_costs = measure_queues()
    return result


def _take_turns(result: BenchResult) -> None:
    from dmtui.bench.load import Emulation
    from dmtui.bench.ring import Ring

    with Emulation(2) as emulation, tempfile.TemporaryDirectory(prefix="dmtui-bench-") as folder:
        with Ring(len(emulation.processes()), Path(folder)) as ring:
            turns = [(ring.measure(TURN_S), emulation.measure(TURN_S)) for _ in range(TURNS)]
        result.ring_messages_per_s = median(run.rounds_per_s for run, _ in turns)
        result.ring_hops_per_s = median(run.hops / run.seconds for run, _ in turns)
        result.process_iops = median(window.iops for _, window in turns)
        result.rss_mb = {name: info.rss_bytes / 1e6 for name, info in emulation.processes().items()}
