"""``sg_turs``: TEST UNIT READY by SG_IO, the ioctl that multipath passes through to a path."""

from __future__ import annotations

import os

from emulator.commands import SgIo
from emulator.lab.language.base import Verb, Words, pick, split_options
from emulator.lab.results import Result
from emulator.lab.session import Session, Wait

SG_LIB_OS_BASE_ERR = 50
"""sg3_utils: exit status of an errno is this and the errno."""
CDB = "    test unit ready cdb: [00 00 00 00 00 00]"


def _sg_turs(session: Session, words: Words) -> Wait[Result]:
    plain, given = split_options(words, {"-v": "verbose", "--verbose": "verbose"}, {})
    if len(plain) != 1:
        raise words.error("expected 'sg_turs [-v] MD'")
    cell = session.names.find(plain[0])
    if cell is None:
        names = [cell.name for cell in session.names.all()]
        pick(words, plain[0].removeprefix("/dev/mapper/"), names, "a mapped device")
        raise words.error(f"found {plain[0]!r}, expected a mapped device")
    opens = session.opens
    opens[cell.machine] = opens.get(cell.machine, 0) + 1
    try:
        outcome = yield from session.answer(SgIo(cell.machine))
    finally:
        opens[cell.machine] -= 1
    said = [CDB] if "verbose" in given else []
    if outcome.ok:
        return Result(words.line, 0, tuple(said), (), 0)
    why = os.strerror(outcome.errno)
    said += [f"test unit ready: pass-through os error: {why}", f"{'OS error: ' if said else ''}{why}"]
    return Result(words.line, SG_LIB_OS_BASE_ERR + outcome.errno, (), tuple(said), outcome.errno)


VERBS = (
    Verb(
        "sg_turs", ("sg_turs [-v] MD",),
        "TEST UNIT READY by SG_IO on a mapped device. It goes to a path of the current group (and makes that group "
        "current), and never fails the path. Without a path: EIO, or it waits while queue_if_no_path is on; a "
        "suspended device: EAGAIN. The exit status is 50 and the errno, as of sg3_utils.",
        _sg_turs, lambda session: [cell.name for cell in session.names.all()],
    ),
)
