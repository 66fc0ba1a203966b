"""Verbs about faults and processes: what a person does to paths and workers."""

from __future__ import annotations

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from emulator.block.errors import errno_name
from emulator.commands import (
    BreakDeadlock,
    ClearFault,
    Command,
    InjectFault,
    Kill,
    Release,
    Revive,
    StartLoad,
    StopLoad,
)
from emulator.device.faults import FAULTS
from emulator.lab.language.base import Verb, Words, key_values, pick
from emulator.lab.results import Result
from emulator.lab.session import Session, Wait
from emulator.scenario.faultkeys import check_fault, fault_spec, own_keys
from emulator.scenario.model import FaultPart

HOLD = "hold"
"""Name of the fault that ``hold`` makes and ``release`` takes away."""


def machines(session: Session) -> list[str]:
    """Every machine that can have a fault: devices, softirq worker, mds by their names."""
    names = [device.name for device in session.plan.devices] + [session.plan.softirq]
    return names + [cell.name for cell in session.names.all()]


def _machine(session: Session, words: Words, word: str) -> str:
    """The machine called *word* (mds by their present names, devices also by number)."""
    cell = session.names.find(word)
    if cell is not None:
        return cell.machine
    plain = word.removeprefix("/dev/")
    by_number = {device.dev: device.name for device in session.plan.devices}
    return by_number.get(plain) or pick(words, plain, machines(session), "a machine")


def _do(session: Session, words: Words, command: Command) -> Wait[Result]:
    outcome = yield from session.ask(command)
    if outcome.ok:
        return words.result([outcome.text])
    return words.failure(f"{outcome.text} ({errno_name(outcome.errno)})")


def inject(session: Session, words: Words, machine: str, type: str, given: dict[str, str]) -> Wait[Result]:
    """Put a fault in force whose keys are those of a scenario's fault entry."""
    data: dict[str, object] = {"type": type, "target": machine, "name": given.pop("name", "")}
    data["name"] = data["name"] or session.fault_name(type)
    if "range" in given:
        first, plus, count = given.pop("range").partition("+")
        if not plus or not first.isdigit() or not count.isdigit():
            raise words.error("expected range=SECTOR+COUNT", "range=")
        data["range"] = {"sector": int(first), "sectors": int(count)}
    data |= {key: _plain(value) for key, value in given.items()}
    try:
        part = FaultPart.model_validate(data)
    except ValidationError as error:
        first_wrong = error.errors(include_url=False)[0]
        key = str(first_wrong["loc"][0]) if first_wrong["loc"] else "fault"
        raise words.error(f"found {key}={given.get(key, '')!r}: {first_wrong['msg']}", f"{key}=") from None
    wrong = check_fault(part, _kind(session, machine))
    if wrong:
        raise words.error(wrong[0][1], wrong[0][0] if wrong[0][0] != "type" else type)
    spec = fault_spec(part)
    result = yield from _do(session, words, InjectFault(machine, spec))
    if result.rc == 0:
        session.director.injected[f"{machine}/{spec.name}"] = spec
    return result


def _kind(session: Session, machine: str) -> str:
    if machine == session.plan.softirq:
        return "softirq"
    return "device" if any(machine == device.name for device in session.plan.devices) else "md"


def _plain(value: str) -> object:
    """A number or a mapping where a scenario would have one."""
    if value.isdigit():
        return int(value)
    if value.startswith("{"):
        try:
            return YAML(typ="safe", pure=True).load(value)
        except YAMLError:
            return value
    try:
        return float(value) if "." in value else value
    except ValueError:
        return value


def _fault(session: Session, words: Words) -> Wait[Result]:
    if len(words) < 2:
        raise words.error("expected 'fault MACHINE TYPE [key=value...]', such as fault sda error errno=EIO times=1")
    machine = _machine(session, words, words[0])
    type = pick(words, words[1], sorted(FAULTS), "a type of fault")
    known = [*FAULTS[type].params, *(key for key in own_keys() if key not in ("type", "target"))]
    return (yield from inject(session, words, machine, type, key_values(words.tail(2), known)))


def _short(type: str, name: str) -> object:
    def run(session: Session, words: Words) -> Wait[Result]:
        if not words:
            raise words.error(f"expected a device: {name} sda")
        machine = _machine(session, words, words[0])
        known = [*FAULTS[type].params, *(key for key in own_keys() if key not in ("type", "target"))]
        given = {"name": name, **key_values(words.tail(1), known)}
        return (yield from inject(session, words, machine, type, given))

    return run


def _clear(session: Session, words: Words) -> Wait[Result]:
    if not 1 <= len(words) <= 2:
        raise words.error("expected 'clear MACHINE [FAULT]', such as clear sda")
    machine = _machine(session, words, words[0])
    return (yield from _do(session, words, ClearFault(machine, words[1] if len(words) == 2 else "")))


def _release(session: Session, words: Words) -> Wait[Result]:
    if not 1 <= len(words) <= 2:
        raise words.error("expected 'release DEVICE [FAULT]', such as release sda")
    machine = _machine(session, words, words[0])
    name = words[1] if len(words) == 2 else HOLD
    if name == HOLD:
        # First it holds no more, so that what is let go is answered by the faults in force now.
        yield from session.ask(ClearFault(machine, HOLD))
    return (yield from _do(session, words, Release(machine, "" if len(words) == 1 else name)))


def _one(command: type[Command]) -> object:
    def run(session: Session, words: Words) -> Wait[Result]:
        if len(words) != 1:
            raise words.error(f"expected one machine: {command.verb} NAME")
        cell = session.names.find(words[0])
        target = cell.machine if cell is not None else pick(words, words[0], _everyone(session), "a machine")
        result = yield from _do(session, words, command(target))
        if result.ok and command in (Kill, Revive):
            yield from session.begun()  # the next line finds its peers knowing it
        return result

    return run


def _everyone(session: Session) -> list[str]:
    plan = session.plan
    daemon = [] if plan.multipathd is None else [plan.multipathd.name]
    return [*machines(session), *(lun.name for lun in plan.luns), *(load.name for load in plan.submitters), *daemon]


_KEYS = (
    "[name=NAME] [op=read|write|flush|discard] [range=SECTOR+COUNT] [nth=N] [every=N] [probability=P] [times=N] "
    "[for=TIME]"
)
_BUSY: object = _short("busy", "busy")
_HOLD: object = _short("hang", HOLD)


def _verb(name: str, usage: str, about: str, run: object, words: object = machines) -> Verb:
    return Verb(name, (usage,), about, run, words)  # type: ignore[arg-type]


VERBS = (
    _verb(
        "fault", "fault MACHINE TYPE [key=value...]",
        f"Put a fault in force. Keys: {_KEYS}, and those of its type.\nTypes: {', '.join(sorted(FAULTS))}.", _fault,
        lambda session: [*machines(session), *sorted(FAULTS)],
    ),
    _verb("clear", "clear MACHINE [FAULT]", "Take a fault away, all of the machine when none is named.", _clear),
    _verb("busy", "busy DEVICE [key=value...]", "The device answers busy until 'clear DEVICE busy'.", _BUSY),
    _verb(
        "hold", "hold DEVICE [op=read|write|flush|discard] [key=value...]",
        "The device takes requests and answers none until 'release DEVICE'.", _HOLD,
    ),
    _verb(
        "release", "release DEVICE [FAULT]",
        "Let held and hung requests go on, all of them, or those of one fault; 'hold' is over.\nThey are answered by "
        "the faults that are in force by now.", _release,
    ),
    _verb(
        "kill", "kill MACHINE", "SIGKILL its process: a device or a LUN vanishes; without multipathd nobody checks "
        "paths.", _one(Kill), _everyone,
    ),
    _verb(
        "revive", "revive MACHINE", "Start a new process for what vanished or was multipathd.", _one(Revive), _everyone,
    ),
    _verb("start", "start SUBMITTER", "A submitter of the scenario starts (again).", _one(StartLoad), _everyone),
    _verb("stop", "stop SUBMITTER", "A submitter of the scenario submits no more.", _one(StopLoad), _everyone),
    _verb(
        "break_deadlock", "break_deadlock MD", "Take the lock from its stuck holder.", _one(BreakDeadlock), _everyone,
    ),
)
