"""What a message between machines says to a reader: the kernel function that it stands for, and what it will do.

Pure; run wherever messages are shown: by a child that lists what waits in its pipes, and by the faces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from emulator import messages as m
from emulator.messages import NAMES
from emulator.naming import errno_name, op_of
from emulator.wire import Message

Tone = Literal["read", "write", "ok", "fault", "busy", ""]

KERNEL: Mapping[int, str] = {
    m.SUBMIT_BIO: "generic_make_request", m.UNPLUG: "blk_unplug", m.OPEN_BDEV: "blkdev_open", m.BIO_ENDIO: "bi_end_io",
    m.INSERT_CLONE: "blk_insert_cloned_request", m.BLK_UNPLUG: "unplug_fn", m.OPEN_PATH: "dm_get_device",
    m.ACTIVATE_PATH: "scsi_dh_activate", m.ATTACH_HANDLER: "scsi_dh_attach", m.END_CLONE_BIO: "end_clone_bio",
    m.LLD_BUSY: "blk_lld_busy", m.END_CLONE_REQUEST_INLINE: "end_clone_request", m.PG_INIT_DONE: "pg_init_done",
    m.RAISE_SOFTIRQ: "blk_complete_request", m.SOFTIRQ_DONE: "dm_softirq_done", m.LUN_IO: "queuecommand",
    m.LUN_DONE: "scsi_done", m.DM_MESSAGE: "target_message", m.DM_EVENT: "dm_table_event",
}
"""The function that runs when the message arrives; what is missing has no function of its own in the kernel."""


KERNEL_OF: Mapping[str, str] = {NAMES[tag]: function for tag, function in KERNEL.items()}
"""The same by the message's own word."""


_ERRNO_AT: Mapping[int, int] = {
    m.BIO_ENDIO: 2, m.END_CLONE_BIO: 4, m.END_CLONE_REQUEST_INLINE: 4, m.RAISE_SOFTIRQ: 3, m.SOFTIRQ_DONE: 3,
    m.LUN_DONE: 2,
}
"""Where the outcome stands in the messages of the way back."""
_FLAGS_AT: Mapping[int, int] = {m.SUBMIT_BIO: 5, m.INSERT_CLONE: 4, m.LUN_IO: 2}
"""Where the direction stands in the messages of the way there."""

SUBJECTS: Mapping[str, str] = {"SUBMIT_BIO": "bio", "BIO_ENDIO": "bio", "LUN_IO": "command", "LUN_DONE": "command"}
"""What the number of a message is of, by its word; of all others the clone."""


def tone_of(message: Message) -> Tone:
    """How a message is coloured: by direction on the way there, by outcome on the way back."""
    tag = message[0]
    if tag in _FLAGS_AT:
        return "read" if op_of(message[_FLAGS_AT[tag]]) == "read" else "write"
    if tag in _ERRNO_AT:
        return "fault" if message[_ERRNO_AT[tag]] else "ok"
    return "busy" if tag == m.LLD_BUSY and message[1] else ""


def subject(word: str, number: int) -> str:
    """``bio 7``, ``clone 12``, ``command 3``; "" for a message about none."""
    return f"{SUBJECTS.get(word, 'clone')} {number}" if number else ""


def _how(errno: int) -> str:
    return errno_name(errno) if errno else "ok"


def _submit(message: Message) -> str:
    return f"bio {message[2]}: {op_of(message[5])} {message[3]}+{message[4]}"


def _insert(message: Message) -> str:
    return f"clone {message[3]}: {op_of(message[4])} {message[5]}+{sum(message[6])}"


def _clone_bios(message: Message) -> str:
    bios = f"{message[3]} clone bio{'s' * (message[3] != 1)}"
    what = "kept, the original bios do not end" if message[4] else "the original bios end"
    return f"clone {message[2]}: {_how(message[4])}, {bios}: {what}"


def _raise(message: Message) -> str:
    return f"{message[1]}#{message[2]} {_how(message[3])}: onto the done list"


_GISTS: Mapping[int, Callable[[Message], str]] = {
    m.SUBMIT_BIO: _submit,
    m.BIO_ENDIO: lambda message: f"bio {message[1]}: {_how(message[2])}",
    m.INSERT_CLONE: _insert,
    m.END_CLONE_BIO: _clone_bios,
    m.END_CLONE_REQUEST_INLINE: lambda message: f"clone {message[3]}: {_how(message[4])}, under the queue lock",
    m.RAISE_SOFTIRQ: _raise,
    m.SOFTIRQ_DONE: lambda message: f"clone {message[2]}: {_how(message[3])}: rq_end_io judges",
    m.LUN_IO: lambda message: f"command {message[1]}: {op_of(message[2])} {message[3]}+{message[4]}",
    m.LUN_DONE: lambda message: f"command {message[1]}: {_how(message[2])}",
    m.LLD_BUSY: lambda message: f"{'busy' if message[1] else 'not busy'}, {message[3]} of {message[2]} outstanding",
    m.COMMAND: lambda message: str(message[2]),
    m.DM_MESSAGE: lambda message: str(message[2]),
    m.UNPLUG: lambda message: "the task is about to wait",
    m.BLK_UNPLUG: lambda message: "the underlying queue starts what was plugged",
}


def gist(message: Message) -> str:
    """What *message* is about, in a few words; "" where its word says it all."""
    tell = _GISTS.get(message[0])
    return tell(message) if tell is not None else ""
