"""A life: what happened to one request (or on one path, or with one lock), in order, across all processes.

Pure: the events come from the recorders (:mod:`emulator.trace.search` asks for them), the words from
:mod:`emulator.trace.words`.  Whoever shows a life runs this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Tone = Literal["", "good", "error", "requeue", "wait", "mark"]
"""What a step is to a reader: mark = the machinery (plug, suspend, path states)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One function entered."""

    at_us: int
    machine: str
    context: str
    locks: tuple[str, ...]
    """Queue locks that the context holds there, here and in other processes."""
    function: str
    text: str
    tone: Tone = ""
    about: str = ""
    """The life that it leads to, as ``life`` of the console takes it; "" = none but this one."""


@dataclass(frozen=True, slots=True)
class BioLife:
    """A bio of the request."""

    owner: str
    bio: int
    sector: int
    sectors: int
    came_us: int
    how: str
    """new, back merge, front merge."""
    ended_us: int = -1
    """-1: not yet."""
    errno: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One clone of the request."""

    clone: int
    device: str
    """"" = it was never mapped to one."""
    mapped_us: int
    ended_us: int
    """dm_softirq_done; -1: not yet."""
    errno: int
    verdict: str
    """What became of it: DM_ENDIO_REQUEUE, ok, an errno, "" = under way."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A stretch in which the request waited, or was served."""

    what: str
    """way (from the submitter into the md's queue), way back, lock, queue, busy, held, requeued, device queue, service,
    turn (behind those before it on the device), softirq."""
    where: str
    since_us: int
    until_us: int
    """-1: it goes on."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message between two machines: an arrow between two lanes."""

    word: str
    number: int
    """Of the bio, clone or command it is about; 0 = none."""
    source: str
    destination: str
    sent_us: int
    came_us: int
    """-1: under way, or of one whose arrival is not recorded."""


@dataclass(frozen=True, slots=True)
class Life:
    """Everything about one subject; times are emulated microseconds."""

    kind: Literal["request", "path", "lock"]
    title: str
    steps: tuple[Step, ...]
    since_us: int
    """What deltas count from: submission of the request, or the first step."""
    missing: tuple[str, ...] = ()
    """What is not told, and why."""
    ended: bool = False
    reason: str = ""
    """The chain of reasons in one line."""
    facts: tuple[str, ...] = ()
    bios: tuple[BioLife, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    waits: tuple[Wait, ...] = ()
    sent: tuple[Sent, ...] = field(default=())
    lanes: tuple[str, ...] = ()
    """Processes in the order of the way: submitters, md, devices, LUNs, softirq worker."""
    told_us: int = 0
    """When it was told: what goes on has lasted until then."""

    @property
    def took_us(self) -> int:
        """From the first to the last step."""
        return self.steps[-1].at_us - self.since_us if self.steps else 0


def chain(parts: Sequence[str]) -> str:
    """A chain of reasons in one line."""
    return " -> ".join(part for part in parts if part)
