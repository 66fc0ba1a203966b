"""What somebody waits for in a running session, and lines in the background.  Used by the session and its faces."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from emulator.lab.results import LabError, LineError, Result

T = TypeVar("T")
Wait = Generator[int | None, None, T]
"""Yields the emulated time (us) that must not be passed before it is asked again, None = any."""


@dataclass(eq=False, slots=True)
class Entry:
    """A wait under way."""

    wait: Wait[Any]
    done: bool = False
    dropped: bool = False
    held: bool = False
    """It does not go on for now."""
    value: Any = None
    error: BaseException | None = None

    def result(self) -> Any:
        """What it returned; raises what it raised."""
        if self.error is not None:
            raise self.error
        return self.value

    def step(self, go_on: Callable[[], int | None]) -> int | None:
        """Take it one step by *go_on*; the emulated time that it names."""
        try:
            return go_on()
        except StopIteration as stop:
            self.value = stop.value
        except (LabError, LineError, TimeoutError) as error:
            self.error = error
        self.done = True
        return None


@dataclass(eq=False, slots=True)
class Job:
    """A line in the background."""

    id: str
    line: str
    entry: Entry = field(repr=False)
    told: bool = False
    """Whether its end was reported."""

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.entry.done

    @property
    def result(self) -> Result | None:
        """Its result, None while it has not ended.  Raises what the line raised."""
        value: Result | None = self.entry.result() if self.entry.done else None
        return value
