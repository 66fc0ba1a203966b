"""What the matchers of a fault would hit: of the requests that are seen now, and of the last second's (pure).

Counted as emulator.faultset counts: operation and sectors decide who matches, the other matchers on which match it
fires.  Only what the views show is counted; what they leave out is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dmtui.model.state import Model
from emulator.device.faults import FAULTS
from emulator.faultset import acts_on_activation
from emulator.plan import FaultSpec
from emulator.snapshot import DeviceView, MdView, RequestView

LATELY_US = 1_000_000
"""How far back "lately" goes, emulated."""
_OPS = {"R": "read", "W": "write", "F": "flush", "D": "discard"}


@dataclass(frozen=True, slots=True)
class Count:
    """Requests that match, of those that were seen, of those that there were."""

    matched: int
    seen: int
    total: int

    @property
    def text(self) -> str:
        """``3 of 7``; with what is out of sight."""
        more = f" seen of {self.total:,}" if self.total > self.seen else ""
        return f"{self.matched:,} of {self.seen:,}{more}"


def matches(spec: FaultSpec, request: RequestView) -> bool:
    """Whether *spec* matches a request: its operation and its sectors."""
    if spec.op not in ("any", _OPS.get(request.op)):
        return False
    if not spec.sectors:
        return True
    return request.sector < spec.sector + spec.sectors and request.sector + request.sectors > spec.sector


def fires(spec: FaultSpec, matched: int) -> float:
    """On how many of so many matches it fires (with a probability: how many are to be expected)."""
    each = spec.every or 1
    count = matched // each * spec.probability
    if spec.nth:
        count = (matched >= spec.nth and spec.nth % each == 0) * spec.probability
    return min(count, spec.times) if spec.times else count


def preview(model: Model, specs: Sequence[FaultSpec]) -> list[str]:
    """What *specs*, all alike but for their target, would hit, in a few lines."""
    first = specs[0]
    kind = FAULTS[first.type]
    where = first.target if len(specs) == 1 else f"{len(specs)} devices"
    if acts_on_activation(kind):
        return [f"acts when the hardware handler activates {where}, on no request"]
    targets = {spec.target for spec in specs}
    if kind.standing:
        return [f"acts on all of {where} while in force, {_busy_with(model, targets)}"]
    md = model.find_md(first.target)
    if md is not None:
        now = _count(first, [*md.queue.sorted, *md.queue.dispatch], md.queue.nr_sorted + md.queue.nr_dispatch)
        return [f"now    {now.text} in {md.name}'s queue"]
    return [_now(model, first, targets, where), _lately(model, first, targets, where)]


def _busy_with(model: Model, targets: set[str]) -> str:
    there = sum(device.nr_queued + device.nr_service for device in model.devices if device.name in targets)
    worker = sum(view.backlog for view in model.softirqs if view.name in targets)
    return f"whatever they do: {there + worker:,} now"


def _count(spec: FaultSpec, requests: Iterable[RequestView], total: int) -> Count:
    found = list(requests)
    return Count(sum(matches(spec, each) for each in found), len(found), max(total, len(found)))


def _now(model: Model, spec: FaultSpec, targets: set[str], where: str) -> str:
    there = [device for device in model.devices if device.name in targets]
    now = _count(spec, _requests(there), sum(device.nr_queued + device.nr_service for device in there))
    text = f"now    {now.text} on {where}"
    for md in _above(model, targets):
        queue = md.queue
        above = _count(spec, [*queue.sorted, *queue.dispatch], queue.nr_sorted + queue.nr_dispatch)
        text += f", {above.text} in {md.name}'s queue"
    return text


def _above(model: Model, targets: set[str]) -> list[MdView]:
    return [
        md for md in model.mds
        if md.target and any(path.name in targets for group in md.target.groups for path in group.paths)
    ]


def _requests(devices: Iterable[DeviceView]) -> Iterable[RequestView]:
    for device in devices:
        yield from device.queue
        yield from device.service


def _lately(model: Model, spec: FaultSpec, targets: set[str], where: str) -> str:
    seen: dict[tuple[str, str, int], RequestView] = {}
    since, first_us = model.now_us - LATELY_US, model.now_us
    began: dict[str, int] = {}
    for at_us, devices in model.recent:
        if at_us < since:
            continue
        first_us = min(first_us, at_us)
        for device in devices:
            if device.name in targets:
                began.setdefault(device.name, device.inserted)
                for each in (*device.queue, *device.service):
                    seen.setdefault((device.name, each.owner, each.id), each)
    took = sum(device.inserted - began.get(device.name, device.inserted) for device in model.devices)
    count = _count(spec, seen.values(), took)
    span = (model.now_us - first_us) / 1e6
    fired = fires(spec, count.matched)
    often = f"{fired:,.0f}" if fired == int(fired) else f"about {fired:,.1f}"
    return f"lately {count.text} on {where} in {span:.2f}s: fires on {often}"
