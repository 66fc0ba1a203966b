"""``cat``, ``echo``, ``ls`` of files below /sys/block, and ``blockdev``: queue attributes and the state of disks."""

from __future__ import annotations

import errno
import os

from emulator.lab import sysfs
from emulator.lab.language.base import Verb, Words, pick
from emulator.lab.language.dmsetup_base import dev_status
from emulator.lab.results import Result
from emulator.lab.session import Session, Wait
from emulator.lab.sysfs import NoFile

_BLOCKDEV = ("--getsize64", "--getsz", "--getss", "--getpbsz", "--getro", "--flushbufs")


def _cat(session: Session, words: Words) -> Wait[Result]:
    if len(words) != 1:
        raise words.error("expected one file: cat /sys/block/dm-0/inflight")
    try:
        text = yield from sysfs.read(session, words[0])
    except NoFile as error:
        return words.failure(f"cat: {words[0]}: {os.strerror(error.errno)}")
    return words.result([text], text)


def _echo_parts(words: Words) -> tuple[str, str]:
    """Value and file.  Raises LineError."""
    joined = " ".join(words)
    value, arrow, path = joined.partition(">")
    if not arrow or not path.strip() or " " in path.strip():
        raise words.error("expected 'echo VALUE > FILE', such as echo offline > /sys/block/sda/device/state")
    return value.strip(), path.strip()


def _echo_check(words: Words) -> None:
    _echo_parts(words)


def _echo(session: Session, words: Words) -> Wait[Result]:
    value, path = _echo_parts(words)
    try:
        yield from sysfs.write(session, path, value)
    except NoFile as error:
        if error.errno in (errno.ENOENT, errno.EACCES):
            return words.failure(f"sh: can't create {path}: {os.strerror(error.errno)}")
        return words.failure(f"sh: write error: {os.strerror(error.errno)}")
    return words.result()


def _ls(session: Session, words: Words) -> Wait[Result]:
    if len(words) != 1:
        raise words.error("expected one directory: ls /sys/block/dm-0/slaves")
    try:
        names = yield from sysfs.listing(session, words[0])
    except NoFile as error:
        return words.failure(f"ls: cannot access '{words[0]}': {os.strerror(error.errno)}", rc=2)
    return words.result(names, tuple(names))


def _blockdev(session: Session, words: Words) -> Wait[Result]:
    if len(words) != 2:
        raise words.error("expected 'blockdev --getsize64 DEVICE'")
    what = pick(words, words[0], _BLOCKDEV, "a question")
    cell = session.names.find(words[1])
    name = f"dm-{cell.minor}" if cell is not None else words[1].removeprefix("/dev/")
    disk = next((disk for disk in sysfs.disks(session) if disk.name == name), None)
    if disk is None:
        return words.failure(f"blockdev: can't open '{words[1]}': {os.strerror(errno.ENOENT)}")
    if cell is not None:
        state = yield from dev_status(session, cell)
        if state["live"] == state["inactive"] == "0":
            return words.failure(f"blockdev: can't open '{words[1]}': {os.strerror(errno.ENXIO)}")
    found = yield from sysfs.files(session, disk)
    if what == "--flushbufs":
        return words.result()
    if what == "--getsize64":
        return words.result([str(int(found["size"]) * 512)])
    file = {"--getsz": "size", "--getss": "queue/logical_block_size", "--getpbsz": "queue/physical_block_size",
            "--getro": "ro"}[what]
    return words.result([found[file]])


def _paths(session: Session) -> list[str]:
    return [f"{sysfs.BLOCK}{disk.name}/" for disk in sysfs.disks(session)] + [sysfs.TIMEOUT]


_WRITTEN = (
    "Files that can be written: queue/max_sectors_kb, queue/rotational, queue/write_cache, of dm-N also "
    "queue/scheduler and queue/nomerges, of sdX also device/state (offline, running), device/delete, device/timeout, "
    f"device/eh_timeout; and {sysfs.TIMEOUT}.\n"
    "queue/logical_block_size of a device can be written too, which the kernel does not allow: it stands for setting "
    "the disk up anew."
)

VERBS = (
    Verb(
        "cat", ("cat /sys/block/DEVICE/FILE",),
        "Read an attribute: queue/*, inflight, stat, size of dm-N and of devices, dm/* of dm-N, device/* of sdX.",
        _cat, _paths,
    ),
    Verb("echo", ("echo VALUE > /sys/block/DEVICE/FILE",), f"Write an attribute.\n{_WRITTEN}", _echo, _paths,
         _echo_check),
    Verb("ls", ("ls /sys/block/DEVICE[/DIR]",), "Names in a directory of /sys/block, such as slaves and queue.",
         _ls, _paths),
    Verb(
        "blockdev", ("blockdev --getsize64|--getsz|--getss|--getpbsz|--getro|--flushbufs DEVICE",),
        "Ask what the block layer says of a device: bytes, sectors, block sizes. The emulator has no buffer cache: "
        "--flushbufs has nothing to do.", _blockdev,
        lambda session: [*_BLOCKDEV, *(f"/dev/mapper/{cell.name}" for cell in session.names.all())],
    ),
)
