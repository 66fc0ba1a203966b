"""The one face of both runtimes: what the dashboard, ``dmtui run`` and the tests hold in their hands.

The process runtime plays each machine of a plan in its own operating-system process on the wall clock; the
simulation runtime plays them all in this process on a virtual clock.  Neither knows what a request is.
"""

from __future__ import annotations

import errno
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from emulator.commands import ClockCommand, Command, Go, Outcome, Pause, SetSpeed
from emulator.events import Event
from emulator.plan import MdSpec, Plan
from emulator.runtime.waiting import Stepped, Waiting
from emulator.snapshot import View
from emulator.trace.recorder import Notes, Recorded, Wanted

MachineKind = Literal["md", "device", "softirq", "lun", "submitter", "multipathd"]


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """One machine's process, as ``ps`` would show it."""

    name: str
    kind: MachineKind
    pid: int
    """0 in the simulation."""
    state: Literal["STARTING", "RUNNING", "EXITED", "KILLED"]
    status: int | None
    """Exit status (negative: signal), None while it lives."""
    words: str
    """Last words on its stderr."""
    rss_bytes: int


class Runtime(Protocol):
    """A running plan.  All methods may be called from one thread only; none blocks longer than its *timeout*.

    Use as a context manager: leaving it stops everything and leaves nothing behind.
    """

    plan: Plan

    def now_us(self) -> int:
        """The emulated time, microseconds since the start."""
        ...

    def advance(self, timeout_s: float) -> list[Event]:
        """Let the emulator go on and return what happened since the last call, oldest first.

        Process runtime: waits at most *timeout_s* real seconds for news.  Simulation: plays at most *timeout_s*
        emulated seconds, stopping early at an event.
        """
        ...

    def advance_until(self, at_us: int, timeout_s: float) -> list[Event]:
        """Like :meth:`advance`, but not past the emulated time *at_us*."""
        ...

    def wake_by(self, fd: int) -> None:
        """Let a wait of :meth:`advance` end when another thread writes to the eventfd *fd*, which is then read here.

        It must not block, and stay open until :meth:`close`.  The simulation never waits: it takes no notice.
        """
        ...

    def submit(self, command: Command) -> int:
        """Send a command; returns its serial.  Its outcome comes from :meth:`outcome`."""
        ...

    def outcome(self, serial: int) -> Outcome | None:
        """The outcome of a command, or None while it is not known; each outcome is handed out once."""
        ...

    def add_md(self, spec: MdSpec) -> None:
        """Make a mapped device that was not in the plan; ``plan`` has it from now on.  Commands may be sent at once.

        Raises ValueError for a name or number that is taken, OSError when no process can be made.
        """
        ...

    def remove_md(self, name: str) -> None:
        """Take a mapped device away for good, with its view.  It must be idle (the command Destroy succeeded).

        Raises ValueError if there is none of that name.
        """
        ...

    def ask(self, most: int = 64, machines: Collection[str] | None = None) -> None:
        """Ask every machine (or those of *machines* only) for a snapshot with at most *most* entries of each list; does
        not wait."""
        ...

    def views(self) -> Mapping[str, View]:
        """The newest view of each machine (possibly older than the last :meth:`ask`); {} before the first."""
        ...

    def processes(self) -> Mapping[str, ProcessInfo]:
        """Every machine's process."""
        ...

    def record(self, on: bool, detail: bool = False, notes: Notes = Notes.ALL) -> None:
        """Let every machine keep its newest trace events (emulator.trace), or forget them.

        With *detail* every hold of a lock and every message is kept too, which costs several times as much.  Sparse
        *notes* cost a fraction: of requests that went straight through and have ended those of the windows are kept
        that :meth:`keep` opens.  Notes of WINDOWS alone cost nothing between those, but what goes wrong there is told
        without its beginning.
        """
        ...

    def keep(self, span_us: int, after_us: int = 0, most: int = 0) -> None:
        """Open a window of so many emulated microseconds in which sparse recorders keep everything.

        With *most*, every machine of the process runtime takes a snapshot by itself *after_us* later, as if asked then
        by :meth:`ask`: what it shows has begun within the window.  (A simulation's clock stands between two calls.)
        """
        ...

    def ask_recorded(self, wanted: Mapping[str, Wanted]) -> int:
        """Ask machines, by name, for trace events; returns the serial of the ask; does not wait."""
        ...

    def recorded(self, serial: int) -> Mapping[str, Recorded] | None:
        """The answers to an ask by machine, handed out once; None while one is still to come.

        A machine without a process does not answer.  Raises KeyError for an ask whose answers were handed out, or
        forgotten because many came after it.
        """
        ...

    def pause(self) -> None:
        """Stop the emulated clock: every machine stands between two steps."""
        ...

    def go(self) -> None:
        """Let the emulated clock run on."""
        ...

    def step(self, machine: str = "", timeout_s: float = 1.0) -> Stepped | None:
        """Let exactly one event happen somewhere while the clock stands, and say what it was.

        It is the one that has waited longest: a context that goes on, a message that is under way, or, when nothing
        waits anywhere, the next timer, to which the emulated time moves.  With *machine*: the earliest of that one.
        Returns None if there is nothing to do (or no answer within *timeout_s* real seconds).  Raises ValueError unless
        the clock stands.
        """
        ...

    def waiting(self, timeout_s: float = 1.0) -> tuple[list[Waiting], int]:
        """All that could happen next while the clock stands, the first being what :meth:`step` would do, and how many
        more there are behind what a machine lists.

        Raises ValueError unless the clock stands.
        """
        ...

    def pick(self, item: Waiting, timeout_s: float = 1.0) -> Stepped | None:
        """Let exactly that one of :meth:`waiting` go next.

        Nothing overtakes on a pipe: None if it is not the head of its line, or was done already.  To a timer the
        emulated time moves.  Raises ValueError unless the clock stands.
        """
        ...

    @property
    def paused(self) -> bool:
        """Whether the clock stands."""
        ...

    @property
    def speed(self) -> float:
        """Emulated seconds per real second."""
        ...

    def set_speed(self, speed: float) -> None:
        """Change the speed; raises ValueError unless 0.001 <= speed <= 100."""
        ...

    @property
    def failed(self) -> str:
        """Why the emulation cannot go on (md or softirq worker gone), or ""."""
        ...

    def close(self) -> None:
        """Stop every process and take everything away; may be called twice."""
        ...


def turn_clock(runtime: Runtime, command: ClockCommand) -> tuple[int, str]:
    """What both runtimes do with a command to the clock; errno and text of its outcome."""
    if isinstance(command, Pause):
        runtime.pause()
    elif isinstance(command, Go):
        runtime.go()
    elif isinstance(command, SetSpeed):
        try:
            runtime.set_speed(command.speed)
        except ValueError as error:
            return errno.EINVAL, str(error)
        return 0, f"speed {command.speed:g}"
    return 0, ""
