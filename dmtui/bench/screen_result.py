"""What ``dmtui bench --screen`` found beside what was wanted, as JSON and as lines for people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

FPS_LEAST = 20.0
CPU_MOST = 0.35
"""Of one core, the dashboard's own process."""
KEY_P95_MOST_S = 0.150
FIRST_PAINT_MOST_S = 0.6
IDLE_CPU_MOST = 0.01
COST_MOST = 0.10
"""Part of the emulator's throughput."""
GROWTH_MOST_MB = 1.0
"""Between the middle and the last fifth of the time, the dashboard's own process: more is not flat.  Before, charts,
logs and what is remembered of drawn text fill up to their bounds."""
TOLERANCE = 0.02
"""A frame clock of 20 a second is not missed for a frame at the edge of the window."""


@dataclass(slots=True)
class ScreenResult:
    """All quantities."""

    minutes: float = 0.0
    """Length of the saturation in which frames, processor and memory were measured."""
    fps: float = 0.0
    """Updates a second that the terminal received."""
    cpu: float = 0.0
    """Share of one core of the dashboard's own process."""
    key_s: list[float] = field(default_factory=list)
    """From a key that injects a fault to the screen that shows it."""
    first_paints_s: list[float] = field(default_factory=list)
    """From the start of the program to its first frame."""
    first_counts_s: list[float] = field(default_factory=list)
    """From the start of the program to the first frame that shows a completed bio."""
    ui_cpu: float = 0.0
    """The part of ``cpu`` that the thread which draws has used; the rest reads what the emulator says, and writes."""
    written: float = 0.0
    """Bytes a second that the terminal received."""
    idle_cpu: float = 0.0
    """Share of one core while the emulator is paused."""
    frozen_cpu: float = 0.0
    """Share of one core while the view is frozen and the emulator saturated."""
    alone_iops: list[float] = field(default_factory=list)
    """I/Os per second of the emulator without a dashboard, of each start."""
    watched_iops: list[float] = field(default_factory=list)
    """With one, snapshots on."""
    memory_mb: list[tuple[float, float, float]] = field(default_factory=list)
    """Seconds since the begin, megabytes of the dashboard's process, of the emulator's processes together."""

    @property
    def cost(self) -> float:
        """Part of its throughput that the emulator loses to the dashboard, by the means of all starts."""
        return 1 - fmean(self.watched_iops) / fmean(self.alone_iops)

    def growth_mb(self, column: int) -> float:
        """By how much the last fifth's median lies above that of the middle one: column 1 dashboard, 2 emulator."""
        values = [sample[column] for sample in self.memory_mb]
        fifth = max(1, len(values) // 5)
        middle = (len(values) - fifth) // 2
        return median(values[-fifth:]) - median(values[middle : middle + fifth])

    def rows(self) -> list[tuple[str, float, float, bool]]:
        """Key, value, what is wanted, whether it is met."""
        found = [
            ("fps", self.fps, FPS_LEAST, self.fps >= FPS_LEAST * (1 - TOLERANCE)),
            *(
                (name, value, most, value <= most)
                for name, value, most in (
                    ("cpu_share", self.cpu, CPU_MOST),
                    ("key_p95_s", percentile(self.key_s, 95), KEY_P95_MOST_S),
                    ("first_paint_s", median(self.first_paints_s), FIRST_PAINT_MOST_S),
                    ("idle_cpu_share", self.idle_cpu, IDLE_CPU_MOST),
                    ("frozen_cpu_share", self.frozen_cpu, IDLE_CPU_MOST),
                    ("throughput_cost", self.cost, COST_MOST),
                )
            ),
        ]
        if self.minutes:
            grown = self.growth_mb(1)
            found.append(("memory_growth_mb", grown, GROWTH_MOST_MB, grown <= GROWTH_MOST_MB))
        return found

    def to_json(self) -> dict[str, Any]:
        """As JSON carries it: each quantity with its target, then what it was made from."""
        return {
            "targets": {
                name: {"value": round(value, 4), "target": target, "met": met}
                for name, value, target, met in self.rows()
            },
            "minutes": self.minutes,
            "cpu_parts": {"drawing": round(self.ui_cpu, 4), "reading": round(self.cpu - self.ui_cpu, 4)},
            "terminal_bytes_per_s": round(self.written),
            "key_ms": {name: round(percentile(self.key_s, p) * 1e3, 1) for name, p in _PERCENTILES},
            "key_samples": len(self.key_s),
            "first_paint_s": [round(each, 3) for each in self.first_paints_s],
            "first_completion_s": [round(each, 3) for each in self.first_counts_s],
            "iops_alone": [round(each) for each in self.alone_iops],
            "iops_with_dashboard": [round(each) for each in self.watched_iops],
            "rss_mb": {
                "dashboard": {"begin": round(self.memory_mb[0][1], 1), "end": round(self.memory_mb[-1][1], 1)},
                "emulator": {"begin": round(self.memory_mb[0][2], 1), "end": round(self.memory_mb[-1][2], 1)},
                "emulator_growth": round(self.growth_mb(2), 1),
            },
        }

    def lines(self) -> list[str]:
        """For people."""
        met = {name: "ok" if met else "MISSED" for name, *_, met in self.rows()}
        key = ", ".join(f"{name} {percentile(self.key_s, p) * 1e3:.0f} ms" for name, p in _PERCENTILES)
        own, children = self.memory_mb[-1][1:]
        lines = [
            f"frames            {self.fps:7.1f} a second                  (at least {FPS_LEAST:g}) {met['fps']}",
            f"processor         {self.cpu:7.1%} of a core, own process   (at most {CPU_MOST:.0%}) {met['cpu_share']}",
            f"  of it           {self.ui_cpu:7.1%} draws, {self.cpu - self.ui_cpu:.1%} reads and writes; "
            f"{self.cpu / max(self.fps, 1) * 1e3:.1f} ms and {self.written / max(self.fps, 1):,.0f} bytes a frame",
            f"key to screen     {key} of {len(self.key_s)} (p95 at most {KEY_P95_MOST_S * 1e3:g} ms) "
            f"{met['key_p95_s']}",
            f"first paint       {median(self.first_paints_s):7.2f} s after the start          "
            f"(at most {FIRST_PAINT_MOST_S:g} s) {met['first_paint_s']}",
            f"first completion  {median(self.first_counts_s):7.2f} s after the start, on the screen",
            f"idle              {self.idle_cpu:7.2%} of a core, paused        (at most {IDLE_CPU_MOST:.0%}) "
            f"{met['idle_cpu_share']}",
            f"frozen            {self.frozen_cpu:7.2%} of a core, view frozen   (at most {IDLE_CPU_MOST:.0%}) "
            f"{met['frozen_cpu_share']}",
            f"throughput        {fmean(self.watched_iops):7,.0f} I/Os per second, {fmean(self.alone_iops):,.0f} "
            f"without a dashboard: {self.cost:.1%} less (at most {COST_MOST:.0%}) {met['throughput_cost']}",
            f"  by start        {_span(self.watched_iops)}, {_span(self.alone_iops)} without, "
            f"{len(self.alone_iops)} starts of each",
            f"memory            {own:7.1f} MB, its emulator {children:.0f} MB",
        ]
        if self.minutes:
            lines.append(
                f"memory growth     {self.growth_mb(1):+7.1f} MB in the second half of {self.minutes:g} minutes, "
                f"its emulator {self.growth_mb(2):+.1f} MB (at most {GROWTH_MOST_MB:g} MB) {met['memory_growth_mb']}"
            )
        return lines


def _span(values: Sequence[float]) -> str:
    return f"{min(values):,.0f} to {max(values):,.0f}"


_PERCENTILES = (("p50", 50), ("p95", 95), ("max", 100))


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that *percent* of them do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]
