"""What waits while the emulated clock stands, and what one step of it was: the words of both runtimes for stepping.

A machine's pipes are lines: only the message at the head of one may go, as nothing overtakes on a pipe.  Contexts that
are ready are lines of their own, and so is each machine's earliest timer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from emulator.machine import Machine
from emulator.telling import KERNEL_OF

WaitKind = Literal["context", "message", "timer", "gone", "peer"]
"""A context that goes on, a message under way, a timer, the end of a dead peer's pipe, news of peers."""

Stride = Literal["event", "dispatch", "softirq"]
"""How far a step goes: to the next event, to the next dispatch of an md, to the next pass of the softirq worker."""

LISTED_MAX = 256
"""Most that one machine lists.  Policy: those that wait longest; how many more there are is counted."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that could happen next; the first of a list is what a step would do."""

    machine: str
    """Who would do it."""
    kind: WaitKind
    source: str
    """Who sent it; of a context its name; of a timer ""."""
    serial: int
    """Tells it from others of the same line."""
    word: str
    """The message's word (emulator.messages), else ""."""
    number: int
    """Of the bio, clone or command that it is about; 0 = of none."""
    what: str
    """What it would do, in a few words."""
    since_us: int
    """Emulated time at which it was sent; when a timer is due; of a context the present."""
    tone: str = ""
    """emulator.telling.Tone of a message."""
    blocked: str = ""
    """Why it cannot be picked now; "" = it can."""

    @property
    def line(self) -> tuple[str, WaitKind, str]:
        """Whom it stands in line with."""
        return self.machine, self.kind, self.source

    @property
    def text(self) -> str:
        """``sda -> softirq: blk_complete_request mpatha#12 ok: onto the done list``."""
        return told(self.machine, self.kind, self.source, self.word, self.what)


@dataclass(frozen=True, slots=True)
class Stepped:
    """What one step was."""

    at_us: int
    machine: str
    kind: WaitKind
    source: str
    word: str
    number: int
    what: str
    tone: str = ""
    strides: int = 0
    """How many dispatches (of an md) or passes (of the softirq worker) were made in it."""

    @property
    def text(self) -> str:
        """As :attr:`Waiting.text`."""
        return told(self.machine, self.kind, self.source, self.word, self.what)


@dataclass(frozen=True, slots=True)
class StepOrder:
    """A step, or with *item* a pick, as something that is handed to another thread."""

    what: Stride = "event"
    machine: str = ""
    item: Waiting | None = None


def told(machine: str, kind: WaitKind, source: str, word: str, what: str) -> str:
    """One line on it."""
    match kind:
        case "message":
            return f"{source} -> {machine}: {KERNEL_OF.get(word, word.lower())}{' ' * bool(what)}{what}"
        case "context":
            return f"{machine}: {source} goes on{', ' * bool(what)}{what}"
        case "gone":
            return f"{machine}: {source} is gone"
        case "peer":
            return f"{machine}: {source} comes or goes"
        case "timer":
            return f"{machine}: timer"


def mark_lines(items: list[Waiting], now_us: int) -> list[Waiting]:
    """*items* in the order of their steps, those behind another of the same line and late timers marked as such."""
    seen: set[tuple[str, WaitKind, str]] = set()
    timers = [(item.since_us, item.machine) for item in items if item.kind == "timer"]
    first_us, owner = min(timers, default=(0, ""))
    marked = []
    for item in items:
        why = ""
        if item.kind == "timer" and item.since_us > max(first_us, now_us):
            why = f"the timer of {owner} comes before"
        elif item.kind in ("message", "gone") and (item.machine, "message", item.source) in seen:
            why = f"behind another from {item.source}"
        seen.add((item.machine, "message", item.source) if item.kind == "gone" else item.line)
        marked.append(replace(item, blocked=why) if why else item)
    return marked


def strides_of(machine: Machine) -> int:
    """How many it has made so far."""
    return int(getattr(machine, machine.strides)) if machine.strides else 0


def holding(locks: tuple[str, ...]) -> str:
    """Which queue locks a context that goes on has."""
    return f"holding {', '.join(locks)}" if locks else ""
