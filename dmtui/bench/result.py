"""What ``dmtui bench`` found, as JSON and as lines for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dmtui.bench.queues import QueueCosts
from dmtui.bench.ring import DEPTH, HOPS


@dataclass(slots=True)
class BenchResult:
    """All quantities; rates are per second of real time unless their description says otherwise."""

    ring_messages_per_s: float = 0.0
    """Messages carried through as many hops as an I/O makes (HOPS), round the bare ring."""
    ring_hops_per_s: float = 0.0
    process_iops: float = 0.0
    simulation_iops: float = 0.0
    """Per second of processor time, on one core."""
    iops_by_paths: dict[int, float] = field(default_factory=dict)
    queue_costs: list[QueueCosts] = field(default_factory=list)
    first_completion_s: float = 0.0
    rss_mb: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Completed I/Os per message carried round the ring."""
        return self.process_iops / self.ring_messages_per_s

    def queue_cost_ratio(self, operation: str) -> float:
        """Cost with 100,000 requests over that with 1,000, of the elevator that does worse."""
        return max(costs.ratio(operation) for costs in self.queue_costs)

    def to_json(self) -> dict[str, Any]:
        """As JSON carries it."""
        return {
            "ring_messages_per_s": round(self.ring_messages_per_s),
            "ring_hops_per_s": round(self.ring_hops_per_s),
            "ring_hops_per_message": HOPS,
            "process_iops": round(self.process_iops),
            "ratio": round(self.ratio, 3),
            "simulation_iops": round(self.simulation_iops),
            "iops_by_paths": {str(paths): round(iops) for paths, iops in self.iops_by_paths.items()},
            "queue_cost_ratio_100k_to_1k": {
                operation: round(self.queue_cost_ratio(operation), 2) for operation in ("insert", "merge", "dispatch")
            },
            "queue_cost_us": {
                costs.elevator: {
                    "1k": {name: round(us, 2) for name, us in costs.small_us.items()},
                    "100k": {name: round(us, 2) for name, us in costs.large_us.items()},
                }
                for costs in self.queue_costs
            },
            "first_completion_s": round(self.first_completion_s, 3),
            "rss_mb": {name: round(mb, 1) for name, mb in self.rss_mb.items()},
        }

    def lines(self) -> list[str]:
        """For people."""
        ring = f"through {HOPS} hops each ({self.ring_hops_per_s:,.0f} hops/s, {DEPTH} in flight)"
        found = [
            f"bare ring         {self.ring_messages_per_s:9,.0f} messages/s {ring}",
            f"process runtime   {self.process_iops:9,.0f} I/Os per second: {self.ratio:.2f} of the ring",
            f"simulation        {self.simulation_iops:9,.0f} I/Os per second of one core",
        ]
        for paths, iops in self.iops_by_paths.items():
            found.append(f"  {paths} path{'s' * (paths > 1):11}{iops:9,.0f} I/Os per second")
        for costs in self.queue_costs:
            parts = (f"{name} {us:.1f} -> {costs.large_us[name]:.1f} us" for name, us in costs.small_us.items())
            found.append(f"queue, {costs.elevator:11}1,000 -> 100,000 requests: {', '.join(parts)}")
        found.append(f"first completion  {self.first_completion_s:9.2f} s after the start of dmtui run")
        found.append("memory            " + ", ".join(f"{name} {mb:.0f} MB" for name, mb in self.rss_mb.items()))
        return found
