"""Lists of requests and submitters as a person wants them: filtered, sorted, one selected by identity (pure).

The selected request stays selected while it moves from list to list; when it is gone, that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from dmtui.model.filters import Filter
from dmtui.model.selection import Stage
from emulator.snapshot import MdView, RequestView, SubmitterView

if TYPE_CHECKING:
    from dmtui.model.state import Model

FILTERED: frozenset[Stage] = frozenset({"log", "queue", "clones", "devices"})
SORTED: frozenset[Stage] = frozenset({"queue", "clones", "devices", "submitters"})

_COLUMNS: Mapping[str, Callable[[RequestView], Any]] = {
    "age": lambda r: -r.age, "sector": lambda r: r.sector, "size": lambda r: -r.sectors, "bios": lambda r: -r.bios,
    "op": lambda r: r.op, "state": lambda r: r.state, "path": lambda r: r.path, "retries": lambda r: -r.retries,
    "owner": lambda r: r.owner, "id": lambda r: r.id,
}
"""What a request can be sorted by; what is worth looking at comes first."""
_SUBMITTER: Mapping[str, Callable[[SubmitterView], Any]] = {
    "name": lambda s: s.name, "out": lambda s: -s.outstanding, "oldest": lambda s: -s.oldest, "p50": lambda s: -s.p50,
    "p99": lambda s: -s.p99, "failed": lambda s: -s.failed, "completed": lambda s: -s.completed,
}


class RequestKey(NamedTuple):
    """Who a request is: its queue's machine, and its number there."""

    machine: str
    number: int

    @property
    def name(self) -> str:
        """In one word, as a click carries it."""
        return f"{self.machine}#{self.number}"


@dataclass(slots=True)
class Listing:
    """How one panel's list is shown."""

    filter: Filter | None = None
    column: str = ""
    """"" = its own order."""
    reverse: bool = False

    def requests(self, found: Sequence[RequestView]) -> Sequence[RequestView]:
        """Those that pass, in order; *found* itself where nothing is asked."""
        if self.filter is not None:
            passes = self.filter.request
            found = [request for request in found if passes(request)]
        if self.column:
            found = sorted(found, key=_COLUMNS[self.column], reverse=self.reverse)
        elif self.reverse:
            found = found[::-1]
        return found

    @property
    def plain(self) -> bool:
        """Whether it is as without any wish."""
        return self.filter is None and not self.column and not self.reverse

    @property
    def words(self) -> tuple[str, ...]:
        """For the panel's title: what is asked, shorter and shorter; none where nothing is."""
        found = f"/{self.filter.text}" if self.filter is not None else ""
        if not self.column and not self.reverse:
            return (found,) if found else ()
        by = f"by {self.column or 'order'} {self.arrow}"
        return f"{found} {by}".lstrip(), f"{found} {self.column}{self.arrow}".lstrip(), f"{found} {self.arrow}".lstrip()

    @property
    def arrow(self) -> str:
        """Which way round."""
        return "▲" if self.reverse else "▼"


@dataclass
class Lists:
    """The listings of all panels, and the selected request."""

    of: dict[Stage, Listing] = field(default_factory=dict)
    chosen: RequestKey | None = None
    _at: int = 0
    """The row it had last: the next one is sought from there when it is gone."""

    def get(self, stage: Stage) -> Listing:
        """The listing of a panel."""
        return self.of.setdefault(stage, Listing())

    @property
    def wanted(self) -> bool:
        """Whether any list is filtered or sorted: then more than fits is worth having."""
        return any(not listing.plain for listing in self.of.values())

    def sort(self, stage: Stage, step: int) -> None:
        """The next column, its own order after the last."""
        columns = ["", *(_SUBMITTER if stage == "submitters" else _COLUMNS)]
        listing = self.get(stage)
        listing.column = columns[(columns.index(listing.column) + step) % len(columns)]
        listing.reverse = False

    def sort_by(self, stage: Stage, column: str) -> None:
        """By that column; if it is that one already, the other way round."""
        listing = self.get(stage)
        if listing.column == column:
            listing.reverse = not listing.reverse
        else:
            listing.column, listing.reverse = column, False

    def move(self, model: Model, step: int) -> bool:
        """Select another request of the current list; False where there is no list of requests."""
        rows = [key for _, key in rows_of(model)]
        if not rows:
            return False
        current = self.chosen.name if self.chosen is not None else model.selection.name("md")
        names = [key.name if isinstance(key, RequestKey) else key for key in rows]
        gone = current not in names
        at = min(self._at, len(rows) - 1) if gone else names.index(current)
        to = at if gone else max(0, min(len(rows) - 1, at + step))
        self._at = to
        self.pick(model, rows[to])
        return True

    def pick(self, model: Model, key: RequestKey | str) -> None:
        """Select a request, or the md itself; the md goes along."""
        if isinstance(key, RequestKey):
            self.chosen = key
            if key.machine in model.selection.names("md"):
                model.selection.chosen["md"] = key.machine
            elif key.machine in model.selection.names("device"):
                model.selection.chosen["device"] = key.machine
        else:
            self.chosen = None
            model.selection.chosen["md"] = key

    def is_chosen(self, machine: str, number: int) -> bool:
        """Whether it is the selected request."""
        return self.chosen is not None and self.chosen.number == number and self.chosen.machine == machine


def key_of(name: str) -> RequestKey:
    """The key behind a name; raises ValueError for a word that is none."""
    machine, _, number = name.rpartition("#")
    return RequestKey(machine, int(number))


def rows_of(model: Model) -> list[tuple[RequestView | None, RequestKey | str]]:
    """What up and down go through in the current panel, in screen order: each md, then its requests."""
    stage = model.selection.stage
    if stage not in ("queue", "clones"):
        return []
    rows: list[tuple[RequestView | None, RequestKey | str]] = []
    for md in model.mds:
        rows.append((None, md.name))
        rows += [(request, RequestKey(md.name, request.id)) for request in shown(model, md, stage)]
    return rows


def shown(model: Model, md: MdView, stage: Stage) -> Iterator[RequestView]:
    """The requests of an md in a panel, in its order: elevator, then dispatch list; or those in flight."""
    listing = model.lists.get(stage)
    if stage == "clones":
        yield from listing.requests(oldest_first(md.in_flight))
    else:
        yield from listing.requests(md.queue.sorted)
        yield from listing.requests(md.queue.dispatch)


def oldest_first(requests: Iterable[RequestView]) -> list[RequestView]:
    """What waits longest first."""
    return sorted(requests, key=lambda request: (-request.age, request.id))


def submitters(model: Model) -> list[SubmitterView]:
    """In the order that is asked for."""
    listing = model.lists.get("submitters")
    if not listing.column:
        return model.submitters[::-1] if listing.reverse else model.submitters
    return sorted(model.submitters, key=_SUBMITTER[listing.column], reverse=listing.reverse)


def whereabouts(model: Model) -> str:
    """Where the selected request is now, in words for a panel's frame; "" = none is selected."""
    key = model.lists.chosen
    if key is None:
        return ""
    name = f"request {key.number}"
    for device in model.devices:
        if device.name == key.machine:
            where = next((w for w, those in (("queued", device.queue), ("in service", device.service))
                          if any(r.id == key.number for r in those)), "")
            return f"clone {key.number} {where} on {device.name}" if where else f"clone {key.number} left {device.name}"
    md = model.find_md(key.machine)
    if md is None:
        return f"{name}: {key.machine} is gone"
    for where, those in (("in the elevator", md.queue.sorted), ("on the dispatch list", md.queue.dispatch)):
        if any(r.id == key.number for r in those):
            return f"{name} {where}"
    flying = next((r for r in md.in_flight if r.id == key.number), None)
    if flying is not None:
        return f"{name} in flight{f' → {flying.path}' if flying.path else ''}"
    cut = md.queue.nr_sorted > len(md.queue.sorted) or md.queue.nr_dispatch > len(md.queue.dispatch)
    return f"{name} is further back than is shown" if cut or md.nr_in_flight > len(md.in_flight) else f"{name} ended"
