"""Commands as console lines, and console lines as actions of a timeline where one says the same.

What keys and dialogs do is shown in the words of the console, and what is typed is saved in the words of a scenario.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from emulator.commands import (
    BreakDeadlock,
    ClearFault,
    ClearTable,
    Command,
    InjectFault,
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
from emulator.lab import language
from emulator.plan import FaultSpec
from emulator.scenario.saying import Action, Declared, fault_entry

_LOOKING = frozenset(
    (
        "help", "now", "jobs", "events", "dmesg", "life", "record", "run", "wait", "pause", "go", "step", "cat", "ls",
        "log", "held",
    )
)
"""Verbs that change nothing in emulated time."""
_LOOKING_DMSETUP = frozenset(("status", "table", "info", "ls", "deps", "targets", "version", "help", "wait"))


def line_of(command: Command, name: str = "") -> str | None:
    """The console line that does what *command* does, None if there is none; *name*: what its md is called now."""
    target = name or command.target
    match command:
        case InjectFault():
            return fault_line(command.fault, target)
        case ClearFault() | Release():
            return _words(command.verb, target, command.name)
        case Kill() | Revive() | StartLoad() | StopLoad() | BreakDeadlock():
            return _words(command.verb, target)
        case SetSpeed():
            return f"speed {command.speed:g}"
        case Message():
            return _words("dmsetup", "message", target, str(command.sector), *command.text.split())
        case Suspend():
            options = ["--noflush"] * command.noflush + ["--nolockfs"] * (not command.lockfs)
            return _words("dmsetup", "suspend", *options, target)
        case Resume():
            options = ["--noflush"] * command.noflush + ["--nolockfs"] * (not command.lockfs)
            return _words("dmsetup", "resume", *options, target)
        case LoadTable():
            return _words("dmsetup", "load", target, "--table", command.table)
        case ClearTable():
            return _words("dmsetup", "clear", target)
    return None


def fault_line(spec: FaultSpec, target: str = "") -> str:
    """``fault sda error name=cut errno=EIO range=0+8``."""
    entry = fault_entry(spec)
    words = ["fault", target or entry.pop("target"), entry.pop("type")]
    entry.pop("target", None)
    return _words(*words, *(f"{key}={_plain(value)}" for key, value in entry.items()))


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        if value.keys() == {"sector", "sectors"}:
            return f"{value['sector']}+{value['sectors']}"
        return "{" + ", ".join(f"{key}: {_plain(part)}" for key, part in value.items()) + "}"
    return "[" + ", ".join(map(_plain, value)) + "]" if isinstance(value, list) else str(value)


def _words(*words: str) -> str:
    return " ".join(shlex.quote(word) for word in words if word)


def only_looks(line: str) -> bool:
    """Whether *line* changes nothing: it need not be done again.  Raises LineError for a line that is none."""
    words, _ = language.split(line)
    if not words or words[0] in _LOOKING or words == ["speed"]:
        return True
    if words[0] == "dmsetup":
        plain = [word for word in words[1:] if not word.startswith("-")]
        return not plain or plain[0] in _LOOKING_DMSETUP
    return words[0] == "multipath" and any(word in ("-l", "-ll") for word in words)


def action_of_line(line: str, known: Declared) -> Action | None:
    """The action that says what *line* does, None where only the line itself does.  Raises LineError."""
    words, background = language.split(line)
    if background is not None or words.stdin is not None:
        return None
    match list(words):
        case ["kill" | "revive" | "start" | "stop" | "break_deadlock" as verb, name]:
            kinds = {"kill": known.killed, "revive": known.revived, "break_deadlock": known.machines}
            return {verb: name} if name in kinds.get(verb, known.loads) else None
        case ["speed", number]:
            return {"speed": float(number)}
        case ["clear", target] if target in known.machines:
            return {"clear": {"target": target}}
        case ["clear", target, fault] if target in known.machines and fault in known.faults:
            return {"clear": {"target": target, "name": fault}}
        case ["dmsetup", "message", md, "0", "fail_path" | "reinstate_path" as verb, path] if md in known.mds:
            name = known.paths.get(path, path)
            return {verb: {"md": md, "path": name}} if name in known.paths.values() else None
        case ["dmsetup", "message", md, "0", *text] if md in known.mds and not {*known.paths.values()} & {*text}:
            # A scenario's message may say names for numbers, a console line may not.
            return {"message": {"md": md, "text": " ".join(text)}}
        case ["fault", target, type, *keys] if target in known.machines:
            return _inject(target, type, keys, known)
    return None


def _inject(target: str, type: str, words: list[str], known: Declared) -> Action | None:
    keys = dict(word.split("=", 1) for word in words)
    if not keys.get("name") or any(value.startswith("{") for value in keys.values()):
        return None
    entry: dict[str, Any] = {"name": keys.pop("name"), "type": type, "target": target}
    known.faults.add(entry["name"])
    for key, value in keys.items():
        if key == "range":
            sector, _, sectors = value.partition("+")
            entry[key] = {"sector": int(sector), "sectors": int(sectors)}
        else:
            entry[key] = int(value) if value.isdigit() else float(value) if key == "probability" else value
    return {"inject": entry}
