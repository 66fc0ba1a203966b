"""What the tour can notice things by: the model, what happened since the step began, and what was counted then (pure).

Counts are totals of the whole emulator; they only grow, so that a step's own share is a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dmtui.model.numbers import many as many
from dmtui.model.state import Model
from emulator.events import Event
from emulator.snapshot import DeviceView, MdView, PathView, SoftirqView, SubmitterView


@dataclass(frozen=True, slots=True)
class Totals:
    """Counters at one moment."""

    bios: int = 0
    """Bios that were submitted to the mds."""
    requests: int = 0
    merged: int = 0
    """Bios merged into a request that was there."""
    dispatched: int = 0
    requeued: int = 0
    hidden: int = 0
    """Failed clones whose original was requeued instead of ended."""
    busy_stops: int = 0
    clone_errors: int = 0
    answered: int = 0
    """Bios that came back to the applications."""
    failed: int = 0
    """Those of them with an error."""
    handled: int = 0
    """Clones that the softirq workers took off their done lists."""
    passes: int = 0
    kept: int = 0
    """Requests on the md queues at that moment (no counter)."""
    inserted: Mapping[str, int] = field(default_factory=dict)
    """Clones inserted into each device's queue."""


def totals(model: Model) -> Totals:
    """What *model* counts now."""
    mds = model.mds
    return Totals(
        bios=sum(md.counters.bios for md in mds),
        requests=sum(md.counters.requests for md in mds),
        merged=sum(md.queue.merged_back + md.queue.merged_front for md in mds),
        dispatched=sum(md.counters.dispatched for md in mds),
        requeued=sum(md.counters.requeued for md in mds),
        hidden=sum(md.counters.errors_hidden for md in mds),
        busy_stops=sum(md.counters.busy_stops for md in mds),
        clone_errors=sum(device.errors for device in model.devices),
        answered=sum(view.completed for view in model.submitters),
        failed=sum(view.failed for view in model.submitters),
        handled=sum(worker.handled for worker in model.softirqs),
        passes=sum(worker.passes for worker in model.softirqs),
        kept=sum(md.queue.nr_sorted + md.queue.nr_dispatch for md in mds),
        inserted={device.name: device.inserted for device in model.devices},
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, as a step sees it.  Chapters have one md, ``mpatha``."""

    model: Model
    events: Sequence[Event]
    """Since the step began."""
    past: Sequence[Event]
    """Since the chapter began, as far as they are kept."""
    start: Totals
    """When the step began."""
    now: Totals
    layout: str = "overview"
    screen: str = ""
    """Class of the dialog that is open, "" = none."""
    screens: frozenset[str] = frozenset()
    """Classes of the dialogs that were opened since the step began."""

    @property
    def md(self) -> MdView | None:
        """The chapter's md."""
        return self.model.mds[0] if self.model.mds else None

    @property
    def worker(self) -> SoftirqView | None:
        """The softirq worker."""
        return self.model.softirqs[0] if self.model.softirqs else None

    @property
    def state(self) -> str:
        """The md's."""
        return self.md.state if self.md else ""

    @property
    def valid(self) -> int:
        """The target's nr_valid_paths."""
        return self.md.target.nr_valid_paths if self.md and self.md.target else 0

    @property
    def in_flight(self) -> int:
        """Originals whose clone is out."""
        return self.md.nr_in_flight if self.md else 0

    def device(self, name: str) -> DeviceView | None:
        """A device by its name."""
        return next((view for view in self.model.devices if view.name == name), None)

    def submitter(self, name: str) -> SubmitterView | None:
        """A submitter by its name."""
        return next((view for view in self.model.submitters if view.name == name), None)

    def path(self, name: str) -> PathView | None:
        """A path of the md."""
        return next((path for _, _, _, path in self.model.paths_to(name)), None)

    def is_valid(self, name: str) -> bool:
        """Whether a path is A."""
        path = self.path(name)
        return path is not None and path.active

    def is_busy(self, name: str) -> bool:
        """Whether a device says busy."""
        device = self.device(name)
        return device is not None and device.busy

    def faulty(self, of_type: str = "") -> list[str]:
        """Targets of the faults in force, of one type or of all."""
        return [fault.target for fault in self.model.faults() if of_type in ("", fault.type)]

    def gone_to(self, device: str) -> int:
        """Clones that were inserted into a device's queue since the step began."""
        return self.now.inserted.get(device, 0) - self.start.inserted.get(device, 0)


def newest(events: Iterable[Event], kind: str, **details: object) -> Event | None:
    """The newest event of a kind with those details."""
    found = [
        event for event in events
        if event.kind == kind and all(event.details.get(name) == value for name, value in details.items())
    ]
    return found[-1] if found else None


def since_suspend(events: Sequence[Event]) -> Sequence[Event]:
    """The events from the last ``suspend_started`` on; none if there was no suspend."""
    at = max((i for i, event in enumerate(events) if event.kind == "suspend_started"), default=len(events))
    return events[at:]
