"""``dmtui run``: play scenarios without a screen, one after another, and say what held."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, Any

from dmtui.commands.validate import load_all
from dmtui.out import Progress, complain, say
from dmtui.report import ReportFile, report_lines
from emulator.scenario.loader import Scenario
from emulator.scenario.report import Report

if TYPE_CHECKING:
    from emulator.lab.run import Run

STEP_S = 0.1
"""Most time between two looks at a signal or the progress line."""
STATUS = {"held": 0, "violated": 1, "unknown": 3}
"""Exit status of each verdict."""


class Interrupt:
    """Remembers the first SIGINT or SIGTERM; a second one is an exception."""

    def __init__(self) -> None:
        self.signal = ""

    def _caught(self, number: int, frame: FrameType | None) -> None:
        if self.signal:
            raise KeyboardInterrupt
        self.signal = signal.Signals(number).name

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Catch both signals while inside."""
        before = {number: signal.signal(number, self._caught) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def run_scenarios(
    names: Sequence[str], kind: str, seed: int | None, speed: float | None, report_path: Path | None
) -> int:
    """Play every scenario of *names*; the exit status: 0 held, 1 violated, 2 bad input, 3 could not tell."""
    scenarios = load_all(names)
    if scenarios is None:
        return 2
    file: ReportFile | None = None
    if report_path is not None:
        try:
            file = ReportFile(report_path)
        except OSError as error:
            complain(f"dmtui: {report_path}: found a place that cannot be written ({error.strerror}), expected a file")
            return 2
    interrupt = Interrupt()
    reports: list[Report] = []
    try:
        with interrupt.watched():
            for scenario in scenarios:
                report = _play(_changed(scenario, seed, speed), kind, interrupt)
                reports.append(report)
                if file is None or str(file.path) != "-":
                    for line in report_lines(report):
                        say(line)
                if interrupt.signal:
                    break
        if file is not None:
            file.write(reports, len(scenarios) > 1)
    except OSError as error:
        complain(f"dmtui: {report_path}: cannot be written: {error.strerror}")
        return max([3, *(STATUS[report.verdict] for report in reports)])
    finally:
        if file is not None:
            file.discard()
    return status_of(reports, len(scenarios))


def status_of(reports: Sequence[Report], wanted: int) -> int:
    """1 if anything was violated, 3 if anything could not be told or was not played, else 0."""
    verdicts = {report.verdict for report in reports}
    if "violated" in verdicts:
        return STATUS["violated"]
    return STATUS["unknown"] if "unknown" in verdicts or len(reports) < wanted else STATUS["held"]


def _changed(scenario: Scenario, seed: int | None, speed: float | None) -> Scenario:
    if seed is not None:
        scenario = scenario.with_seed(seed)
    return scenario if speed is None else scenario.with_speed(speed)


def _play(scenario: Scenario, kind: str, interrupt: Interrupt) -> Report:
    from emulator.lab.run import Run

    progress = Progress()
    run = Run(scenario, "simulation" if kind == "simulation" else "process")
    shown_s = 0.0
    try:
        while not run.finished:
            run.turn(STEP_S)
            if interrupt.signal:
                run.abort(f"interrupted by {interrupt.signal}")
            if monotonic() - shown_s >= STEP_S:
                shown_s = monotonic()
                progress.show(_progress_line(run))
        return run.report()
    finally:
        progress.clear()
        run.close()


def _progress_line(run: Run) -> str:
    scenario, director = run.scenario, run.director
    if len(run.held) < len(scenario.steps):
        return f"{scenario.name} step {len(run.held) + 1} of {len(scenario.steps)}"
    filled = int(director.progress * 20)
    done: Any = director.world.total("completed")
    bar = "█" * filled + "░" * (20 - filled)
    count = f", {done} bios" if done is not None else ""
    return f"{scenario.name} {bar} {director.phase.value} {director.runtime.now_us() / 1e6:.1f}s{count}"
