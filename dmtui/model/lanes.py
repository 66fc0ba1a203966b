"""The sequence diagram as data: arrows between lanes, what waits to go next, and what a face wants of both (pure).

Made by the reader thread (dmtui.watching), drawn by the UI thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from emulator.plan import Plan
from emulator.runtime.waiting import Waiting
from emulator.snapshot import MdView, View

SLOW_MOST = 0.1
"""Speed up to which every message is shown: with more there would be too many to be read."""
ROWS_MOST = 400
"""Rows kept.  Policy: the oldest are forgotten."""


@dataclass(frozen=True, slots=True)
class Interest:
    """What the screen shows now, and so wants; nothing else is asked for."""

    waiting: bool = False
    """What waits while the clock stands."""
    lanes: str = ""
    """The md whose messages are shown; "" = the panel is not visible."""
    follow: int = 0
    """The request that a person follows; 0 = the newest."""
    whole_way: bool = False
    """Whether the picture that moves has every stage on it, not md queue, clones and devices alone."""
    frozen: bool = False
    """Nothing, for now: the view stands."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A message between two lanes."""

    at_us: int
    source: str
    destination: str
    word: str
    """emulator.messages' name of it."""
    number: int
    tone: str
    """emulator.telling.Tone."""
    waits: bool = False
    """It is under way: nobody has received it yet."""
    count: int = 1
    """How many of the same kind were sent at once; the number is that of the first."""


@dataclass(frozen=True, slots=True)
class Note:
    """A line across all lanes: here another request begins, or messages are missing."""

    at_us: int
    text: str


Row = Arrow | Note


@dataclass(frozen=True, slots=True)
class LanesView:
    """What the panel draws."""

    lanes: tuple[str, ...]
    """Processes in the order of the way."""
    rows: tuple[Row, ...]
    """Oldest first."""
    every: bool
    """Whether all messages are shown, or those of one request after another."""
    says: str
    """What is shown, in one line."""
    following: int = 0
    """The request that is followed now; 0 = none."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What waits while the clock stands, the next first."""

    items: tuple[Waiting, ...] = ()
    more: int = 0
    """Those that machines did not list."""


Spot = Literal["submitter", "md", "device", "lun", "softirq"]


def lanes_of(plan: Plan, console: bool = True) -> tuple[str, ...]:
    """The machines of *plan* in the order of a bio's way: submitters, mds from above, devices, LUNs, softirq worker."""
    names = [spec.name for spec in plan.submitters] + ([plan.console] if console and plan.console else [])
    names += [md.name for md in reversed(plan.mds)]
    names += [device.name for device in plan.devices] + [lun.name for lun in plan.luns]
    return (*names, plan.softirq)


def requests_of(view: View | None) -> list[int]:
    """Numbers of the requests that an md shows, the newest first."""
    if not isinstance(view, MdView):
        return []
    shown = (*view.queue.sorted, *view.queue.dispatch, *view.in_flight)
    return sorted({each.id for each in shown if each.op != "M"}, reverse=True)


def newest(views: Mapping[str, View], md: str) -> int:
    """The newest request of *md* that is not over, 0 if there is none."""
    return next(iter(requests_of(views.get(md))), 0)


def folded(rows: Iterable[Row]) -> list[Row]:
    """*rows* with those of one kind that were sent at once as one."""
    found: list[Row] = []
    for row in rows:
        last = found[-1] if found else None
        if isinstance(row, Arrow) and isinstance(last, Arrow) and _alike(row, last):
            found[-1] = replace(last, count=last.count + 1)
        else:
            found.append(row)
    return found


def _alike(one: Arrow, other: Arrow) -> bool:
    return (one.at_us, one.source, one.destination, one.word, one.tone) == (
        other.at_us, other.source, other.destination, other.word, other.tone)


def without(rows: Sequence[Row], under_way: Sequence[Waiting]) -> list[Row]:
    """*rows* but for the arrows of messages that have not arrived: those are shown as waiting."""
    left = {(item.source, item.machine, item.word, item.number) for item in under_way if item.kind == "message"}
    return [
        row for row in rows
        if isinstance(row, Note) or (row.source, row.destination, row.word, row.number) not in left
    ]
