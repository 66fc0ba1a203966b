"""What the reader thread hands to the screen: one immutable frame at the screen's pace (made there, read by the UI)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dmtui.model.lanes import LanesView, Pending
from dmtui.model.talk import Ended, Said
from emulator.commands import Outcome
from emulator.events import Event
from emulator.plan import FaultSpec, Plan
from emulator.runtime.api import ProcessInfo
from emulator.snapshot import View


@dataclass(frozen=True, slots=True)
class Story:
    """The scenario that a frame belongs to."""

    name: str
    about: str
    plan: Plan
    serial: int = 0
    """Grows with every scenario opened: the model starts afresh when it changes."""
    expects: int = 0
    """How many expectations it has."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that a person gave, and how it ended."""

    ticket: int
    text: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scenario's expectations came to when its time was over."""

    held: int
    broken: tuple[str, ...]
    open: int = 0
    """Those that could not be told."""


@dataclass(frozen=True, slots=True)
class Coming:
    """How far the start of a scenario's processes is."""

    up: int
    """Processes that have built their machine."""
    missing: tuple[str, ...]
    """Machines of those that have not."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The state of everything at one moment, and what happened since the frame before."""

    story: Story
    now_us: int
    real_s: float
    """The reader's monotonic clock."""
    views: Mapping[str, View]
    events: tuple[Event, ...] = ()
    done: tuple[Done, ...] = ()
    processes: Mapping[str, ProcessInfo] = field(default_factory=dict)
    paused: bool = False
    speed: float = 1.0
    failed: str = ""
    verdict: Verdict | None = None
    dropped: int = 0
    """Events that the reader had to drop so far because the screen did not keep up."""
    said: tuple[Said, ...] = ()
    """What the console said since the frame before."""
    ended: tuple[Ended, ...] = ()
    """Console lines that have ended since then."""
    injected: Mapping[str, FaultSpec] = field(default_factory=dict)
    """By ``target/name``, the faults that scenario, timeline or console put in force, whether they still are or not."""
    waiting: tuple[str, ...] = ()
    """Console lines that wait, the newest last."""
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Each verb of the console with the words that may follow it."""
    pending: Pending | None = None
    """What waits to go next while the clock stands, if somebody looks."""
    lanes: LanesView | None = None
    """The messages, if somebody looks."""
    whole: bool = True
    """Whether it is there to be read; else it only moves the picture, and brings no event and no word."""
