"""What the screen asks of the reader thread: one small message for each thing (made by the UI thread, obeyed there)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dmtui.model.lanes import Interest
from emulator.commands import Command

if TYPE_CHECKING:
    from emulator.lab.deedlog import Told
    from emulator.runtime.waiting import StepOrder


@dataclass(frozen=True, slots=True)
class Open:
    """Another scenario."""

    scenario: str


@dataclass(frozen=True, slots=True)
class Line:
    """A console line; None is Ctrl-C."""

    text: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """A life; "" = nobody looks any more."""

    subject: str
    detail: bool


@dataclass(frozen=True, slots=True)
class Deeds:
    """What was done until now; *tell* is called by the reader thread."""

    tell: Callable[[Told], None]


@dataclass(frozen=True, slots=True)
class Step:
    """A step or a pick."""

    ticket: int
    text: str
    order: StepOrder


@dataclass(frozen=True, slots=True)
class Order:
    """A command."""

    ticket: int
    text: str
    command: Command


@dataclass(frozen=True, slots=True)
class Touch:
    """Somebody is at the keys or the mouse."""


Request = Open | Line | Order | Look | Deeds | Step | Touch | Interest
