"""From a file to a checked scenario, or to every error in it at once.  Used by every face before anything starts."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from emulator.commands import (
    BreakDeadlock,
    ClearFault,
    ClearTable,
    Command,
    InjectFault,
    InterruptSuspend,
    Kill,
    LoadTable,
    Message,
    Release,
    Resume,
    Revive,
    SetSpeed,
    StartLoad,
    StopLoad,
    Suspend,
)
from emulator.dm.table import TableError
from emulator.plan import NR_REQUESTS, DeviceSpec, Era, Limits, LunSpec, MdSpec, Plan, SubmitterSpec
from emulator.scenario.check import Checker, Draft, draft_from, draft_of, number_devices
from emulator.scenario.document import Document, parse_document, read_document
from emulator.scenario.errors import ScenarioError, ScenarioErrors
from emulator.scenario.expect import Expression, limits_us
from emulator.scenario.faultkeys import extend_schema, fault_spec
from emulator.scenario.invalid import explain
from emulator.scenario.model import AnchorPart, ScenarioPart, TimelinePart
from emulator.scenario.multipathd import multipathd_spec
from emulator.scenario.steps import LineStep, line_step
from emulator.scenario.tables import refusal, with_numbers
from emulator.scenario.topology import DevicePart, LimitsPart, MdPart, SubmitterPart


@dataclass(frozen=True, slots=True)
class Anchor:
    """An event that an action waits for: the *nth* of its kind that fits all filters ("" = any)."""

    kind: str
    plus_us: int
    nth: int
    machine: str
    names: tuple[str, ...]
    """Names that must all stand in the event's details (md, path)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the timeline."""

    text: str
    """What it does, for people."""
    at_us: int | None
    after: Anchor | None
    command: Command | None
    """None: it is a line."""
    answer: str
    """ok, an errno name, none or any."""
    line: str = ""
    """A console line."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation, parsed."""

    text: str
    always: bool
    expression: Expression


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario of which everything was checked; made of plain values."""

    name: str
    about: str
    file: str
    plan: Plan
    drain_us: int
    timeline: tuple[Step, ...]
    expectations: tuple[Expectation, ...]
    steps: tuple[LineStep, ...] = ()
    source: str = field(default="", repr=False, compare=False)
    """The text that it was made of."""

    def with_seed(self, seed: int) -> Scenario:
        """The same story with other random choices."""
        return dataclasses.replace(self, plan=dataclasses.replace(self.plan, seed=seed))

    def with_speed(self, speed: float) -> Scenario:
        """The same story at another speed."""
        return dataclasses.replace(self, plan=dataclasses.replace(self.plan, speed=speed))


def load_file(path: Path, shown_as: str | None = None) -> Scenario:
    """The scenario in *path*.  Raises ScenarioErrors with everything that is wrong."""
    return _load(read_document(path, shown_as))


def load_text(text: str | bytes, name: str = "<text>") -> Scenario:
    """The scenario in *text*.  Raises ScenarioErrors with everything that is wrong."""
    return _load(parse_document(text.encode() if isinstance(text, str) else text, name))


def scenario_schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file, for editors."""
    schema = ScenarioPart.model_json_schema(by_alias=True)
    extend_schema(schema["$defs"]["FaultPart"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "dmtui scenario",
    }


def _load(document: Document) -> Scenario:
    errors = list(document.errors)
    part: ScenarioPart | None = None
    try:
        part = ScenarioPart.model_validate(document.data)
    except ValidationError as error:
        errors.extend(explain(document, error))
    draft = draft_of(document.data) if part is None else draft_from(part)
    checker = Checker(document, draft)
    checker.check()
    errors.extend(checker.errors)
    if errors or part is None:
        raise ScenarioErrors(errors)
    scenario = _Compiler(part, draft, checker).scenario(document)
    if refused := _refused(document, scenario.plan):
        raise ScenarioErrors(refused)
    return scenario


def _refused(document: Document, plan: Plan) -> list[ScenarioError]:
    """What the mds themselves say of their tables, over their devices: nothing may start that ends at once."""
    from emulator.build import build_machine

    errors = []
    for index, md in enumerate(plan.mds):
        try:
            build_machine(plan, md.name, plan.seed)
        except TableError as error:
            errors.append(document.error(("mds", index, "table"), refusal(error)))
    return errors


class _Compiler:
    """Makes plain values of a scenario in which nothing is wrong."""

    def __init__(self, part: ScenarioPart, draft: Draft, checker: Checker) -> None:
        self.part = part
        self.devices, self.mds = number_devices(draft)
        self.numbers = self.devices | self.mds
        self.checker = checker
        limits = [limit for _, expression in checker.expressions for limit in limits_us(expression)]
        self.wait_limit = min(limits, default=0)

    def scenario(self, document: Document) -> Scenario:
        part = self.part
        return Scenario(
            name=part.name,
            about=part.about.strip(),
            file=document.file,
            source=document.text,
            plan=self.plan(),
            drain_us=part.drain,
            timeline=tuple(self.step(entry) for entry in part.timeline),
            expectations=tuple(
                Expectation(entry.always or entry.at_end or "", entry.always is not None, expression)
                for entry, expression in self.checker.expressions
            ),
            steps=tuple(line_step(step) for step in part.steps),
        )

    def plan(self) -> Plan:
        part = self.part
        return Plan(
            name=part.name,
            seed=part.seed,
            duration=part.duration,
            luns=tuple(
                LunSpec(lun.name, lun.size, 0, lun.wwid or "", lun.vendor or "", lun.product or "") for lun in part.luns
            ),
            devices=tuple(self.device(index, device) for index, device in enumerate(part.devices)),
            mds=tuple(self.md(md) for md in part.mds),
            softirq=part.softirq.name,
            submitters=tuple(self.submitter(submitter) for submitter in part.submitters),
            faults=tuple(fault_spec(fault) for fault in part.faults),
            speed=part.speed,
            multipathd=None if part.multipathd is None else multipathd_spec(part.multipathd),
            labels=tuple((dev, name) for name, dev in self.numbers.items()),
        )

    def device(self, index: int, part: DevicePart) -> DeviceSpec:
        lun = next(number for number, lun in enumerate(self.part.luns) if lun.name == part.lun)
        return DeviceSpec(
            name=part.name,
            lun=part.lun,
            dev=self.devices[part.name],
            queue_depth=part.queue_depth,
            service=part.service,
            out_of_order=part.out_of_order,
            partial=part.partial,
            partial_gap=part.partial_gap,
            limits=_limits(part.limits),
            host=part.host or f"{index}:0:0:{lun}",
            handlers=part.handlers,
            attached=part.attached,
            access=part.access,
            explicit=part.explicit,
            pg_init_time=part.pg_init_time,
            group=part.group,
            preferred=part.preferred,
            transition_timeout=part.transition_timeout,
            stackable=part.stackable,
        )

    def era(self, md: str) -> Era:
        """The kernel of *md*."""
        return next((part.era for part in self.part.mds if part.name == md and part.era), self.part.era)

    def md(self, part: MdPart) -> MdSpec:
        era = self.era(part.name)
        return MdSpec(
            name=part.name,
            dev=self.mds[part.name],
            table=with_numbers(part.table, self.numbers, era),
            era=era,
            completion=part.completion,
            elevator=part.elevator,
            nr_requests=NR_REQUESTS[era] if part.nr_requests is None else part.nr_requests,
            unplug_thresh=part.unplug_thresh,
            unplug_delay=part.unplug_delay,
            limits=None if part.limits is None else _limits(part.limits),
            read_expire=part.read_expire,
            write_expire=part.write_expire,
            writes_starved=part.writes_starved,
            fifo_batch=part.fifo_batch,
            front_merges=part.front_merges,
            queue_if_no_path_timeout_secs=part.queue_if_no_path_timeout_secs,
        )

    def submitter(self, part: SubmitterPart) -> SubmitterSpec:
        sizes: tuple[tuple[int, float], ...] = ((part.block_size or 8, 1.0),)
        if part.block_sizes is not None:
            sizes = tuple((size.size, size.weight) for size in part.block_sizes)
        return SubmitterSpec(
            name=part.name,
            target=part.target,
            depth=part.depth,
            rate=part.rate,
            pattern=part.pattern,
            stride=part.stride,
            theta=part.theta,
            read_share=part.reads,
            block_sizes=sizes,
            jobs=part.jobs,
            offset=part.offset,
            size=part.size,
            verify=part.verify,
            sync=part.sync,
            unplug=part.unplug,
            ios=part.ios,
            start=part.start,
            stop=part.stop,
            wait_limit=self.wait_limit,
        )

    def step(self, entry: TimelinePart) -> Step:
        verb, value = entry.action()
        return Step(
            text=_text(verb, value),
            at_us=entry.at,
            after=None if entry.after is None else _anchor(entry.after),
            command=None if verb == "line" else self.command(verb, value),
            answer=entry.answer,
            line=value if verb == "line" else "",
        )

    def command(self, verb: str, value: Any) -> Command:
        """The command of one action.  Raises LookupError for a verb that the model does not know."""
        match verb:
            case "inject":
                return InjectFault(value.target, fault_spec(value))
            case "clear":
                return ClearFault(value.target, value.name or "")
            case "release":
                return Release(value.target, value.name or "")
            case "fail_path" | "reinstate_path":
                return Message(value.md, f"{verb} {self.numbers[value.path]}")
            case "message":
                return Message(value.md, " ".join(self.numbers.get(word, word) for word in value.text.split()))
            case "suspend":
                return Suspend(value.md, value.noflush, value.lockfs)
            case "load":
                return LoadTable(value.md, with_numbers(value.table, self.numbers, self.era(value.md)))
            case "resume":
                return Resume(value.md, value.noflush)
            case "interrupt_suspend" | "clear_table":
                return _MD_ONLY[verb](value.md)
            case "kill" | "revive" | "start" | "stop" | "break_deadlock":
                return _NAME_ONLY[verb](value)
            case "speed":
                return SetSpeed(speed=value)
        raise LookupError(verb)


_MD_ONLY: dict[str, type[Command]] = {
    "interrupt_suspend": InterruptSuspend, "clear_table": ClearTable,
}
_NAME_ONLY: dict[str, type[Command]] = {
    "kill": Kill, "revive": Revive, "start": StartLoad, "stop": StopLoad, "break_deadlock": BreakDeadlock,
}


def _limits(part: LimitsPart) -> Limits:
    physical = part.physical_block_size or part.logical_block_size
    back = part.write_cache == "write back"
    return Limits(part.max_sectors, part.max_segments, part.logical_block_size, physical, back, part.rotational)


def _anchor(part: AnchorPart) -> Anchor:
    names = tuple(name for name in (part.md, part.path) if name is not None)
    return Anchor(part.event, part.plus, part.nth, part.machine or "", names)


def _text(verb: str, value: Any) -> str:
    """An action in one line: ``suspend mpatha noflush``."""
    if verb == "line":
        return str(value).strip().partition("\n")[0]
    if isinstance(value, str | float | int):
        return f"{verb} {value}"
    if verb == "inject":
        return f"inject {value.type} on {value.target} ({value.name})"
    words = [verb]
    for key, part in value.model_dump(exclude_defaults=True).items():
        words.append(key if part is True else f"no {key}" if part is False else str(part))
    return " ".join(words)
