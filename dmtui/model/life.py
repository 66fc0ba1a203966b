"""Whose life Enter opens: the requests, paths and locks that the current stage shows (UI thread, no Textual)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dmtui.model.state import Model
from emulator.snapshot import DeviceView, MdView, RequestView


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody whose life can be told."""

    words: str
    """As ``life`` of the console takes it."""
    label: str
    detail: bool = False
    """Whether each hold of a lock is wanted."""


MOST = 64
"""Subjects offered at the most."""


def subjects(model: Model) -> list[Subject]:
    """Those of the current stage; what is selected goes first, then what waits longest.

    Of a device that is its path's life, unless one of its clones is selected.  What ended last is always there.
    """
    selection = model.selection
    md = next((each for each in model.mds if each.name == selection.name("md")), None) or next(iter(model.mds), None)
    if md is None:
        return []
    found: list[Subject] = []
    match selection.stage:
        case "queue":
            found += _of_requests(md, (*md.queue.dispatch, *md.queue.sorted, *md.in_flight))
        case "lock":
            found.append(_lock(md))
            found += _of_requests(md, md.in_flight)
        case "devices" | "multipath" | "heatmap" | "faults":
            device = next((each for each in model.devices if each.name == selection.name("device")), None)
            if device is not None:
                found += [Subject(f"{name} {device.name}", f"path {device.name} of {name}")
                          for name in dict.fromkeys(_mds_over(model, device.name))]
                found += _of_clones(device)
        case "softirq":
            for worker in model.softirqs:
                found += [_clone(*each.rpartition("#")[::2]) for each in worker.done if "#" in each]
        case _:
            found += _of_requests(md, md.in_flight)
    chosen = _chosen(model)
    if chosen is not None:
        found = [chosen, *(each for each in found if each.words != chosen.words)]
    what = "bio" if md.type == "bio" else "request"
    last = Subject(f"{md.name} last", f"the {what} of {md.name} that ended last")
    extra = [] if selection.stage == "lock" or md.type == "bio" else [_lock(md)]
    return [*found[:MOST], last, *extra]


def _chosen(model: Model) -> Subject | None:
    """The request that is selected, where its panel is looked at; one that ended has its life still."""
    key, stage = model.lists.chosen, model.selection.stage
    if key is None:
        return None
    if stage in ("queue", "clones") and model.find_md(key.machine) is not None:
        return Subject(f"{key.machine} {key.number}", f"request {key.number} of {key.machine}")
    if stage != "devices" or key.machine != model.selection.name("device"):
        return None
    device = next((each for each in model.devices if each.name == key.machine), None)
    clones = (*device.service, *device.queue) if device is not None else ()
    owner = next((each.owner for each in clones if each.id == key.number), "")
    above = list(dict.fromkeys(_mds_over(model, key.machine)))
    owner = owner or (above[0] if len(above) == 1 else "")
    return _clone(owner, str(key.number)) if owner else None


def _lock(md: MdView) -> Subject:
    return Subject(f"{md.name} lock", f"{md.name}.queue_lock", detail=True)


def _mds_over(model: Model, device: str) -> Iterator[str]:
    for md in model.mds:
        if md.target is not None and any(path.name == device for group in md.target.groups for path in group.paths):
            yield md.name


def _of_requests(md: MdView, requests: Iterable[RequestView]) -> list[Subject]:
    """The oldest first."""
    what = "bio" if md.type == "bio" else "request"
    oldest = sorted((each for each in requests if each.op != "M"), key=lambda each: (-each.age, each.id))
    return [Subject(f"{md.name} {each.id}", f"{what} {each.id} of {md.name}") for each in oldest]


def _of_clones(device: DeviceView) -> Iterator[Subject]:
    clones = (*device.service, *device.queue)
    for each in sorted(clones, key=lambda clone: (-clone.age, clone.id)):
        if each.owner:
            yield _clone(each.owner, str(each.id))


def _clone(md: str, number: str) -> Subject:
    return Subject(f"{md} clone {number}", f"clone {number} of {md}")
