"""``dmsetup remove``, ``remove_all``, ``wipe_table``: a device's end."""

from __future__ import annotations

import errno

from emulator.commands import ClearTable, Destroy, LoadTable, Resume
from emulator.lab.language.base import Run, Words
from emulator.lab.language.dmsetup_base import (
    FAILED,
    absent,
    dev_status,
    ioctl_failed,
    one_device,
    open_count,
    options,
    signalled,
)
from emulator.lab.language.dmsetup_text import swapped
from emulator.lab.names import Named
from emulator.lab.results import Result
from emulator.lab.session import Session, Wait

RETRIES = 25
RETRY_US = 200_000
"""``--retry``: so often, and so long between two, as libdevmapper does."""


def gone(session: Session, cell: Named) -> Wait[int]:
    """dm_destroy; the errno if it cannot go."""
    outcome = yield from session.ask(Destroy(cell.machine))
    if outcome.ok:
        session.remove(cell)
    return outcome.errno


def _try(session: Session, cell: Named) -> Wait[int]:
    busy = yield from open_count(session, cell)
    return errno.EBUSY if busy else (yield from gone(session, cell))


def reap(session: Session) -> Wait[None]:
    """Devices whose removal was deferred go once nobody has them open."""
    for cell in session.names.all():
        if cell.machine in session.deferred:
            yield from _try(session, cell)


def _too_new(session: Session, words: Words, given: dict[str, str]) -> Result | None:
    """What the dmsetup of 2.6.31 (1.02.33) says to an option that came with 1.02.79 and kernel 3.13."""
    if session.era == "2.6.31" and "deferred" in given:
        said = "dmsetup: unrecognized option '--deferred'"
        return words.failure(said, "Couldn't process command line.", hint="deferred removal came with kernel 3.13")
    return None


def _remove(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid", "force", "retry", "deferred")
    if unknown := _too_new(session, words, given):
        return unknown
    while True:
        name, cell = one_device(session, words, plain, given)
        if cell is None:
            return absent(words, "remove", name, given)
        if "force" in given:
            yield from _wipe(session, cell)
        number = yield from _try(session, cell)
        for _ in range(RETRIES if "retry" in given and "deferred" not in given else 0):
            if number != errno.EBUSY:
                break
            yield from session.sleep(RETRY_US)
            number = yield from _try(session, cell)
        if number == errno.EBUSY and "deferred" in given:
            session.deferred.add(cell.machine)
        elif number:
            return ioctl_failed(words, "remove", name, number)
        if not plain:
            return words.result()


def _remove_all(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "force", "deferred")
    if plain:
        raise words.error(f"found {plain[0]!r}, expected nothing: remove_all takes no name", plain[0])
    if unknown := _too_new(session, words, given):
        return unknown
    yield from _remove_closed(session)
    if "force" in given and session.names.all():
        for cell in session.names.all():
            yield from _wipe(session, cell)
        yield from _remove_closed(session)
        if left := len(session.names.all()):
            return Result(words.line, 0, (), (f"Unable to remove {left} device(s).",))
    if "deferred" in given:
        session.deferred.update(cell.machine for cell in session.names.all())
    return words.result()


def _remove_closed(session: Session) -> Wait[None]:
    """dm_hash_remove_all: again and again, as what lies below becomes free."""
    removed = True
    while removed:
        removed = False
        for cell in reversed(session.names.all()):
            removed |= not (yield from _try(session, cell))


def _wipe(session: Session, cell: Named, noflush: bool = True, lockfs: bool = False) -> Wait[tuple[str, int]]:
    """An error table takes the place of the live one, so that all I/O ends; the ioctl that failed and its errno."""
    size = (yield from dev_status(session, cell))["size"]
    if size == "0":
        return "", 0
    loaded = yield from session.ask(LoadTable(cell.machine, f"0 {size} error"))
    if not loaded.ok:
        return "reload", loaded.errno
    outcome = yield from signalled(session, Resume(cell.machine, noflush, lockfs))
    if not outcome.ok:
        if outcome.errno != errno.EINTR:
            yield from session.ask(ClearTable(cell.machine))
        return "resume", outcome.errno
    swapped(session, cell)
    return "", 0


def _wipe_table(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid", "force", "noflush", "nolockfs")
    while True:
        name, cell = one_device(session, words, plain, given)
        if cell is None:
            return words.failure(f"Failed to get device size of {name}: no such device.", FAILED)
        noflush, lockfs = bool({"force", "noflush"} & given.keys()), not {"force", "nolockfs"} & given.keys()
        failed, number = yield from _wipe(session, cell, noflush, lockfs)
        if failed:
            return ioctl_failed(words, failed, name, number)
        if not plain:
            return words.result()


COMMANDS: dict[str, Run] = {
    "remove": _remove, "remove_all": _remove_all, "wipe_table": _wipe_table, "error": _wipe_table,
}
"""By the word behind dmsetup."""
