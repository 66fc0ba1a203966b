"""What a scenario file may say: the pydantic model, from which the JSON Schema comes.  Read by the loader only.

Every key has its text here once: the schema shows it in an editor.  What one part says about another (names, tables) is
checked in emulator.scenario.check.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from emulator.plan import Era
from emulator.scenario.fields import Duration, Name, Part, Time, expected, written
from emulator.scenario.multipathd import MultipathdPart
from emulator.scenario.steps import StepPart
from emulator.scenario.topology import Count, DevicePart, LunPart, MdPart, Positive, SoftirqPart, SubmitterPart


class RangePart(Part):
    """Sectors of a device."""

    sector: Count = 0
    """The first."""
    sectors: Annotated[int, Field(ge=1, le=1 << 40)]
    """How many."""


class FaultPart(Part):
    """A named fault; parameters of its type stand beside these keys (emulator.device.faults says which)."""

    model_config = ConfigDict(extra="allow")

    name: Name
    """How clear, release and the report refer to it."""
    type: str
    """Type of fault."""
    target: Name
    """The device, softirq worker or mapped device that has it."""
    op: Literal["any", "read", "write", "flush", "discard"] = "any"
    """Matches requests of this kind."""
    range: RangePart | None = None
    """Matches requests that touch these sectors; the whole device when left out."""
    nth: Count = 0
    """Fires on the n-th matching request only; 0 = not used."""
    every: Count = 0
    """Fires on every n-th matching request; 0 = not used."""
    probability: float = Field(default=1.0, ge=0, le=1)
    """Fires with this probability."""
    times: Count = 0
    """Fires at most so often; 0 = no limit."""
    lasts: Time = Field(default=0, alias="for")
    """Cleared after so long; 0 = until cleared."""


class AnchorPart(Part):
    """An event that an action waits for."""

    event: str
    """Kind of event."""
    plus: Time = Field(default=0)
    """Time from the event to the action."""
    machine: Name | None = None
    """Only events of this machine."""
    md: Name | None = None
    """Only events about this mapped device."""
    path: Name | None = None
    """Only events about this path or device."""
    nth: Positive = 1
    """The n-th such event."""


class MdOnly(Part):
    """Names a mapped device."""

    md: Name
    """The mapped device."""


class MdPathPart(MdOnly):
    """A path of a mapped device."""

    path: Name
    """The path."""


class MessagePart(MdOnly):
    """dmsetup message."""

    text: Annotated[str, Field(min_length=1)]
    """e.g. fail_if_no_path."""


class SuspendPart(MdOnly):
    """dmsetup suspend."""

    noflush: bool = False
    """Leave what is queued in the queue."""
    lockfs: bool = True
    """Freeze a file system first."""


class ResumePart(MdOnly):
    """dmsetup resume."""

    noflush: bool = False
    """Later kernels: the suspend before a swap of the table leaves what is queued in the queue."""


class LoadPart(MdOnly):
    """dmsetup load."""

    table: str
    """The line that becomes the inactive table."""


class TargetPart(Part):
    """A fault of a machine."""

    target: Name
    """The machine."""
    name: Name | None = None
    """The fault; all of the machine when left out."""


ACTIONS = (
    "inject", "clear", "release", "fail_path", "reinstate_path", "message", "suspend", "resume", "interrupt_suspend",
    "load", "clear_table", "kill", "revive", "start", "stop", "break_deadlock", "speed", "line",
)
"""Keys of a timeline entry of which exactly one is there."""


class TimelinePart(Part):
    """One action, at a time or after an event."""

    at: Time | None = None
    """When, from the start."""
    after: AnchorPart | None = None
    """Instead of at: after an event."""
    answer: str = "ok"
    """What the action must answer: ok, an errno name such as EBUSY, none (no answer before the end) or any.  Of a line,
    ok is the exit status 0, and no errno name can be said."""
    inject: FaultPart | None = None
    """Puts a fault in force."""
    clear: TargetPart | None = None
    """Takes a fault away."""
    release: TargetPart | None = None
    """Lets held or hung requests go on."""
    fail_path: MdPathPart | None = None
    """The message fail_path."""
    reinstate_path: MdPathPart | None = None
    """The message reinstate_path."""
    message: MessagePart | None = None
    """Any message to the target."""
    suspend: SuspendPart | None = None
    """dmsetup suspend."""
    resume: ResumePart | None = None
    """dmsetup resume."""
    interrupt_suspend: MdOnly | None = None
    """A signal for the task that waits in dm_suspend."""
    load: LoadPart | None = None
    """dmsetup load."""
    clear_table: MdOnly | None = None
    """dmsetup clear."""
    kill: Name | None = None
    """SIGKILL for the process that plays this machine."""
    revive: Name | None = None
    """A new process for a device that vanished, or for multipathd."""
    start: Name | None = None
    """A submitter starts."""
    stop: Name | None = None
    """A submitter submits no more."""
    break_deadlock: Name | None = None
    """Takes the lock of this machine away from its stuck holder."""
    speed: Annotated[float, Field(ge=0.001, le=100)] | None = None
    """Emulated seconds per real second from now on."""
    line: Annotated[str, Field(min_length=1)] | None = None
    """Any line of dmtui console; the timeline does not wait for its end."""

    @model_validator(mode="after")
    def _one_action(self) -> TimelinePart:
        if len(self.actions()) != 1:
            raise expected(f"exactly one action of {', '.join(ACTIONS)}")
        if (self.at is None) == (self.after is None):
            raise expected("either 'at' (a time) or 'after' (an event)")
        return self

    def action(self) -> tuple[str, Any]:
        """The one action that is there, and its value."""
        return self.actions()[0]

    def actions(self) -> list[tuple[str, Any]]:
        """Every action that is there: one, unless the entry is wrong."""
        return [(name, value) for name in ACTIONS if (value := getattr(self, name)) is not None]


class ExpectPart(Part):
    """An expectation: judged at the end, or at all times."""

    always: str | None = None
    """Holds whenever it is looked at."""
    at_end: str | None = Field(default=None, alias="finally")
    """Holds when everything has ended."""

    @model_validator(mode="after")
    def _one_time(self) -> ExpectPart:
        if (self.always is None) == (self.at_end is None):
            raise expected("a text, {finally: text} or {always: text}")
        return self


def _expectation(value: Any) -> Any:
    if isinstance(value, str):
        return {"finally": value}
    if not isinstance(value, dict):
        raise expected("a text, {finally: text} or {always: text}")
    return value


_EXPECT_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object", "additionalProperties": False, "minProperties": 1, "maxProperties": 1,
            "properties": {
                "always": {"type": "string", "description": "Holds whenever it is looked at."},
                "finally": {"type": "string", "description": "Holds when everything has ended."},
            },
        },
    ]
}
Expectation = Annotated[ExpectPart, BeforeValidator(_expectation), WithJsonSchema(_EXPECT_SCHEMA)]


class ScenarioPart(Part):
    """A whole scenario file."""

    name: Name
    """Name of the story; the file's name without .yaml."""
    about: str
    """Two sentences that tell a student what to watch."""
    seed: int = Field(default=1, ge=0, le=2**63 - 1)
    """Seed of every random choice."""
    era: Era = "2.6.31"
    """Kernel whose behaviour the mapped devices have."""
    duration: Duration = Field(default=written("2s"))
    """How long it runs, emulated."""
    drain: Duration = Field(default=written("2s"))
    """How long outstanding bios may take to end after that, emulated."""
    speed: float = Field(default=1.0, ge=0.001, le=100)
    """Emulated seconds per real second."""
    luns: tuple[LunPart, ...] = Field(strict=False, min_length=1, max_length=64)
    """Logical units."""
    devices: tuple[DevicePart, ...] = Field(strict=False, min_length=1, max_length=64)
    """Underlying devices."""
    mds: tuple[MdPart, ...] = Field(strict=False, min_length=1, max_length=16)
    """Mapped devices."""
    softirq: SoftirqPart = SoftirqPart()
    """The softirq worker."""
    multipathd: MultipathdPart | None = None
    """The path checker; nobody checks paths when left out."""
    submitters: tuple[SubmitterPart, ...] = Field(default=(), strict=False, max_length=32)
    """Synthetic loads."""
    faults: tuple[FaultPart, ...] = Field(default=(), strict=False, max_length=256)
    """Faults in force from the start."""
    timeline: tuple[TimelinePart, ...] = Field(default=(), strict=False, max_length=1000)
    """What happens, and when."""
    steps: tuple[StepPart, ...] = Field(default=(), strict=False, max_length=1000)
    """Console lines, one after another, each with what is expected of it; they are played before the run ends."""
    expect: tuple[Expectation, ...] = Field(default=(), strict=False, max_length=256)
    """What must be true (see emulator.scenario.names for what can be said)."""
