"""What a child process does from its first line to its last: settle, build its machine, play it, say why it ended.

Every ending is told apart by the exit status: 0 told to leave or the supervisor is gone, 1 the machine or the runtime
failed (the traceback is in the process's own file, one line goes to the supervisor), a signal otherwise.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgpack
from setproctitle import setproctitle

from emulator.machine import Machine
from emulator.messages import VERSION
from emulator.plan import Plan
from emulator.positional import from_wire
from emulator.runtime import control as word
from emulator.runtime.actor import Actor
from emulator.runtime.clock import Clock
from emulator.runtime.control import Channel, ChannelClosed

MachineFactory = Callable[[Plan, str, int, Callable[[], int]], Machine]
"""``build_machine(plan, name, seed, clock_ns)``."""

F_SETSIG = 10
"""Not in the fcntl module before Python 3.13 (linux/fcntl.h)."""

GC_THRESHOLD = 50_000
"""Allocations between two looks for garbage cycles: requests and bios are freed by their counts, not by it."""

TIMER_SLACK_NS = 1_000
"""How late a timer of this process may be (the default of 50 us is a large part of a service time)."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a child is told at its start, besides its pipes."""

    name: str
    kind: str
    factory: str
    """"module:function", a MachineFactory."""
    plan: bytes
    """msgpack of to_wire(Plan): between processes only msgpack passes."""
    profile: str = ""
    """File for a cProfile dump, "" = none."""
    absent: tuple[str, ...] = ()
    """Peers without a process: there are no pipes to them yet."""


def main(start: Start, control: Any, inputs: dict[str, Any], outputs: dict[str, Any], life: int) -> None:
    """Entry of a child process; *life* is a pipe that ends with the supervisor."""
    _settle(start, life)
    channel = Channel(control)
    actor: Actor | None = None
    try:
        clock = Clock()
        plan = from_wire(Plan, msgpack.unpackb(start.plan, use_list=False))
        machine = load_factory(start.factory)(plan, start.name, plan.seed, clock.running_ns)
        actor = Actor(machine, clock, channel, inputs, outputs, plan.seed, start.absent)
        calm_collector()
        channel.send((word.HELLO, VERSION, start.kind, os.getpid()))
        if start.profile:
            _profiled(actor, start.profile)
        else:
            actor.serve()
    except ChannelClosed:
        pass  # the supervisor is gone, perhaps before it heard our HELLO: leave as if told to
    except Exception as error:  # noqa: BLE001 - whatever a machine raises ends its process, with words
        traceback.print_exc()
        with suppress(ChannelClosed):
            channel.send((word.LAST_WORDS, f"{type(error).__name__}: {error}"))
        sys.exit(1)
    finally:
        if actor is not None:
            actor.close()
        else:
            channel.close()


def calm_collector() -> None:
    """Leave what is there now out of every look for garbage cycles, and look seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 10, 10)


def load_factory(path: str) -> MachineFactory:
    """The function that "module:function" names.  Raises ImportError, AttributeError or ValueError."""
    module, colon, function = path.partition(":")
    if not colon:
        raise ValueError(f"machine factory {path!r}: expected 'module:function'")
    return cast(MachineFactory, getattr(importlib.import_module(module), function))


def _settle(start: Start, life: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    setproctitle(f"dmtui: {start.name} ({start.kind})")
    die_with(life)
    with suppress(OSError):  # not everywhere: the default slack costs a little precision
        Path("/proc/self/timerslack_ns").write_text(str(TIMER_SLACK_NS))
    with suppress(AttributeError, OSError):
        # A batch task is not put in front of a running one when it is woken: messages gather, frames grow.
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def die_with(life: int) -> None:
    """Let the kernel end this process (SIGKILL) when the supervisor's end of the pipe *life* is closed.

    The control channel's end does the same for a process that looks at it; this one also ends a machine that is in
    a long calculation, or stopped.  PR_SET_PDEATHSIG would not do: it is about the parent's *thread*.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    with suppress(OSError):  # without it the end is told by SIGIO, which does the same to all but a stopped process
        fcntl.fcntl(life, F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)


def _profiled(actor: Actor, path: str) -> None:
    import cProfile

    profile = cProfile.Profile()
    try:
        profile.runcall(actor.serve)
    finally:
        profile.dump_stats(path)
