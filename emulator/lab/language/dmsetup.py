"""``dmsetup``: its commands by their names, with its own arguments, output and exit status."""

from __future__ import annotations

from emulator.lab.language import dmsetup_end, dmsetup_life, dmsetup_show, dmsetup_tables
from emulator.lab.language.base import Run, Verb, Words, pick
from emulator.lab.language.dmsetup_base import VALUED
from emulator.lab.language.dmsetup_columns import FIELDS
from emulator.lab.results import Result
from emulator.lab.session import Session, Wait

COMMANDS: dict[str, Run] = {
    **dmsetup_life.COMMANDS, **dmsetup_end.COMMANDS, **dmsetup_tables.COMMANDS, **dmsetup_show.COMMANDS,
}
"""Every dmsetup command that there is here."""

USAGE = (
    "dmsetup create NAME [-u UUID] [-m MINOR] [-r] [-n | --notable | --table TABLE | FILE | <<EOF]",
    "dmsetup create --concise 'NAME,UUID,MINOR,FLAGS,TABLE[,TABLE...][;...]'",
    "dmsetup load|reload NAME [-r] [--table TABLE | FILE | <<EOF]",
    "dmsetup clear NAME",
    "dmsetup suspend [--noflush] [--nolockfs] NAME...",
    "dmsetup resume [--noflush] [--nolockfs] NAME...",
    "dmsetup remove [-f|--force] [--retry] [--deferred] NAME...",
    "dmsetup remove_all [-f|--force] [--deferred]",
    "dmsetup wipe_table [--noflush] [--nolockfs] NAME...",
    "dmsetup rename NAME NEW | NAME --setuuid UUID",
    "dmsetup message NAME SECTOR MESSAGE...",
    "dmsetup wait NAME [EVENT_NR]",
    "dmsetup table [--inactive] [--target TYPE] [--concise] [NAME...]",
    "dmsetup status [--target TYPE] [--noflush] [NAME...]",
    "dmsetup info [-c [-o FIELD,...] [--sort FIELD,...] [--noheadings] [--separator S] [--nameprefixes]] [NAME...]",
    "dmsetup ls [--target TYPE] [-o devno|blkdevname|devname] [--tree [-o OPTION,...]]",
    "dmsetup deps [-o devno|blkdevname|devname] [NAME...]",
    "dmsetup targets",
    "dmsetup version|--version",
)
EXAMPLES = (
    "dmsetup create mpathb --table '0 131072 multipath 0 0 1 1 service-time 0 2 2 /dev/sda 1 1 8:16 1 1'",
    "dmsetup message mpathb 0 fail_path 8:0",
    "dmsetup info -c -o name,attr,open,events",
    "bg W dmsetup wait mpathb 1",
    "dmsetup suspend --noflush mpathb",
)


def _command(words: Words) -> tuple[str, Words]:
    """The command's name and all other words: options may stand before it.  Raises LineError."""
    index = 0
    if words[:1] == ["--version"]:
        return "version", words.tail(1)
    while index < len(words) and words[index].startswith("-"):
        index += 2 if words[index] in VALUED else 1
    if index >= len(words):
        raise words.error("expected a command: dmsetup status ('help dmsetup' lists them)")
    rest = words.tail(index + 1)
    rest[:0] = words[:index]
    return words[index], rest


def _check(words: Words) -> None:
    name, _rest = _command(words)
    if name != "help":
        pick(words, name, COMMANDS, "a dmsetup command")


def _dmsetup(session: Session, words: Words) -> Wait[Result]:
    _check(words)
    name, rest = _command(words)
    if name == "help":
        return words.result(USAGE)
    if session.deferred:
        yield from dmsetup_end.reap(session)
    return (yield from COMMANDS[name](session, rest))


def _words(session: Session) -> list[str]:
    options = ("--noflush", "--nolockfs", "--table", "--target", "--columns", "--noheadings", "--force", "--tree")
    return [*COMMANDS, *(cell.name for cell in session.names.all()), *options]


VERBS = (
    Verb(
        "dmsetup", USAGE,
        "Do what dmsetup does. In a table a path is major:minor or /dev/NAME, as the kernel takes it; lines of a table "
        "are parted by a newline, \\n or ';', or come from a file, or behind <<EOF up to a line EOF.\n"
        "NAME may also be -u UUID, -m MINOR, /dev/mapper/NAME or /dev/dm-N. A command that waits (suspend, wait) and "
        "is blocked goes on in the background; 'jobs' says how it stands.\n"
        f"Fields of info -c: {', '.join(FIELDS)}.",
        _dmsetup, _words, _check, examples=EXAMPLES,
    ),
)
