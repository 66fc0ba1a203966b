"""What a run was like: the numbers, what was expected, and the verdict.  Made by the director, written by the faces."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal

from emulator.scenario.loader import Scenario
from emulator.scenario.names import VOCABULARY, World, path_state
from emulator.snapshot import DeviceView, MdView

Verdict = Literal["held", "violated", "unknown"]


@dataclass(frozen=True, slots=True)
class Held:
    """One expectation and how it ended."""

    text: str
    held: bool | None
    """None: it could not be told."""
    why: str


@dataclass(frozen=True, slots=True)
class Acted:
    """One action of the timeline and its answer."""

    at_us: int | None
    """None: it never came."""
    text: str
    errno: int | None
    """None: no answer before the end."""
    answer: str


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run.  Numbers that could not be told are None.

    ``latency_us`` of several submitters are upper bounds (within 3 %, at most the maximum).
    """

    scenario: str
    seed: int
    runtime: str
    verdict: Verdict
    bios: dict[str, int | None]
    """submitted, completed, failed, lost, outstanding."""
    requests: dict[str, int | None]
    """created, merged_bios, dispatched, requeued, completed: of the request-based mds that no other has as a path."""
    latency_us: dict[str, int | None]
    """p50, p95, p99, max."""
    iops: float | None
    duration_s: float
    """Emulated time of the load, without draining."""
    devices: dict[str, dict[str, int | float]]
    """completed, errors, busy_s of each, over all its processes."""
    paths: dict[str, str]
    """active or failed; ``MD/PATH`` where two mds see one path differently."""
    expectations: tuple[Held, ...]
    corruption: int | None
    failed: str = ""
    """Why the emulation ended early, or ""."""
    drained_s: float = 0.0
    """Emulated time that outstanding bios took after the load."""
    actions: tuple[Acted, ...] = ()
    events: dict[str, int] = field(default_factory=dict)
    """How often each kind of event happened."""

    def to_json(self) -> dict[str, Any]:
        """Plain values for :func:`json.dumps`."""
        return dataclasses.asdict(self)


def _numbers(world: World, names: dict[str, str]) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for key, name in names.items():
        value = VOCABULARY[name].read(world, ())
        found[key] = int(value) if isinstance(value, int | float) else None
    return found


def _paths(world: World) -> dict[str, str]:
    seen: dict[str, dict[str, str]] = {}
    for view in world.of(MdView):
        for group in view.target.groups if view.target else ():
            for path in group.paths:
                seen.setdefault(path.name, {})[view.name] = path_state(path)
    paths: dict[str, str] = {}
    for name, states in sorted(seen.items()):
        if len(set(states.values())) == 1:
            paths[name] = next(iter(states.values()))
        else:
            paths |= {f"{md}/{name}": state for md, state in sorted(states.items())}
    return paths


def verdict_of(expectations: tuple[Held, ...], failed: str) -> Verdict:
    """violated if something did not hold, unknown if something could not be told, else held."""
    if any(one.held is False for one in expectations):
        return "violated"
    return "unknown" if failed or any(one.held is None for one in expectations) else "held"


def make_report(
    scenario: Scenario, runtime: str, world: World, expectations: tuple[Held, ...], actions: tuple[Acted, ...],
    failed: str, drained_us: int,
) -> Report:
    """The report of what *world* shows now."""
    iops = VOCABULARY["iops"].read(world, ())
    bios = ("submitted", "completed", "failed", "lost", "outstanding")
    requests = ("created", "merged_bios", "dispatched", "requeued", "completed")
    return Report(
        scenario=scenario.name,
        seed=scenario.plan.seed,
        runtime=runtime,
        verdict=verdict_of(expectations, failed),
        bios=_numbers(world, {key: f"bios.{key}" for key in bios}),
        requests=_numbers(world, {key: f"requests.{key}" for key in requests}),
        latency_us=_numbers(world, {key: f"latency.{key}" for key in ("p50", "p95", "p99", "max")}),
        iops=round(iops, 1) if isinstance(iops, int | float) else None,
        duration_s=world.duration_us / 1e6,
        devices={
            view.name: {
                "completed": world.device_total(view, "completed"), "errors": world.device_total(view, "errors"),
                "busy_s": world.device_total(view, "busy_time") / 1e6,
            }
            for view in world.of(DeviceView)
        },
        paths=_paths(world),
        expectations=expectations,
        corruption=world.total("corruption"),
        failed=failed,
        drained_s=drained_us / 1e6,
        actions=actions,
        events={kind: count for (kind, name), count in sorted(world.events.items()) if not name},
    )
