"""``dmsetup``: its commands by their names, with its own arguments, output and exit status."""

from __future__ import annotations

from emulator.lab.language import dmsetup_life, dmsetup_show, dmsetup_tables
from emulator.lab.language.base import Run, Verb, Words, pick
from emulator.lab.results import Result
from emulator.lab.session import Session, Wait

COMMANDS: dict[str, Run] = {**dmsetup_life.COMMANDS, **dmsetup_tables.COMMANDS, **dmsetup_show.COMMANDS}
"""Every dmsetup command that there is here."""

_USAGE = (
    "dmsetup create NAME [-u UUID] [-n | --notable | --table TABLE]",
    "dmsetup load|reload NAME --table TABLE",
    "dmsetup clear NAME",
    "dmsetup suspend [--noflush] [--nolockfs] NAME...",
    "dmsetup resume [--noflush] NAME...",
    "dmsetup remove [-f] NAME...",
    "dmsetup rename NAME NEW",
    "dmsetup message NAME SECTOR MESSAGE...",
    "dmsetup wait NAME [EVENT_NR]",
    "dmsetup table [--inactive] [--target TYPE] [NAME...]",
    "dmsetup status [--target TYPE] [NAME...]",
    "dmsetup info [-c [--noheadings] [--separator S] [-o FIELD,...]] [NAME...]",
    "dmsetup ls [--tree | --target TYPE]",
    "dmsetup deps [NAME...]",
    "dmsetup targets",
    "dmsetup version",
)


def _check(words: Words) -> None:
    if not words:
        raise words.error("expected a command: dmsetup status ('help dmsetup' lists them)")
    pick(words, words[0], COMMANDS, "a dmsetup command")


def _dmsetup(session: Session, words: Words) -> Wait[Result]:
    _check(words)
    return (yield from COMMANDS[words[0]](session, words.tail(1)))


VERBS = (
    Verb(
        "dmsetup", _USAGE,
        "Do what dmsetup does. In a table a path is major:minor or /dev/NAME, as the kernel takes it.\n"
        "NAME may also be -u UUID, /dev/mapper/NAME or /dev/dm-N. A command that waits (suspend, wait) and is blocked "
        "goes on in the background; 'jobs' says how it stands.",
        _dmsetup,
        lambda session: [*COMMANDS, *(cell.name for cell in session.names.all()), "--noflush", "--table", "--columns"],
        _check,
    ),
)
