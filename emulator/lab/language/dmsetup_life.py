"""``dmsetup create``, ``suspend``, ``resume``, ``remove``, ``rename``, ``wait``: a device from its begin to its end."""

from __future__ import annotations

import errno

from emulator.commands import Destroy, InterruptSuspend, LoadTable, Outcome, Resume, Suspend, TableEvent, WaitEvent
from emulator.lab.language.base import Run, Words, whole
from emulator.lab.language.dmsetup_base import FAILED, dev_status, ioctl_failed, one_device, open_count, options
from emulator.lab.language.dmsetup_tables import bad_format, load, table_text
from emulator.lab.names import NAME_MOST, Named, NameTaken
from emulator.lab.results import Result
from emulator.lab.session import Session, Wait


def _bad_name(name: str) -> str:
    if "/" in name:
        return f'Name "{name}" invalid. It contains "/".'
    return f'Name "{name}" too long.' if len(name) > NAME_MOST else ""


def _create(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid", "notable", "table")
    if len(plain) != 1:
        raise words.error("expected 'dmsetup create NAME --table TABLE'")
    name, uuid = plain[0], given.get("uuid", "")
    text = "" if "notable" in given else table_text(session, words, given)
    complaint = _bad_name(name) or ("" if "notable" in given else bad_format(text))
    if complaint:
        return words.failure(complaint, FAILED)
    try:
        cell = session.create(name, uuid)
    except NameTaken:
        return ioctl_failed(words, "create", name, errno.EBUSY, uuid=uuid)
    if "notable" in given:
        return words.result()
    outcome = yield from load(session, cell, text)
    if not outcome.ok:
        yield from _gone(session, cell)
        return ioctl_failed(words, "reload", name, outcome.errno, dev=cell.dev)
    outcome = yield from session.answer(Resume(cell.machine))
    if not outcome.ok:
        yield from _gone(session, cell)
        return ioctl_failed(words, "resume", name, outcome.errno, dev=cell.dev)
    return words.result()


def _gone(session: Session, cell: Named) -> Wait[int]:
    """dm_destroy; the errno if it cannot go."""
    outcome = yield from session.ask(Destroy(cell.machine))
    if outcome.ok:
        session.remove(cell)
    return outcome.errno


def _suspend(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid", "noflush", "nolockfs")
    while True:
        name, cell = one_device(session, words, plain, given)
        if cell is None:
            return ioctl_failed(words, "suspend", name, errno.ENXIO)
        # The ioctl leaves a device alone that is suspended already, and succeeds.
        if (yield from dev_status(session, cell))["state"] != "SUSPENDED":
            command = Suspend(cell.machine, "noflush" in given, "nolockfs" not in given)
            outcome = yield from _suspending(session, command)
            if not outcome.ok:
                return ioctl_failed(words, "suspend", name, outcome.errno)
        if not plain:
            return words.result()


def _suspending(session: Session, command: Suspend) -> Wait[Outcome]:
    """dm_suspend; a signal for who waits there makes it return EINTR."""
    interrupt = InterruptSuspend(command.target)
    return (yield from session.answer(command, lambda: session.enter(session.answer(interrupt))))


def _resume(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid", "noflush", "nolockfs")
    while True:
        name, cell = one_device(session, words, plain, given)
        if cell is None:
            return ioctl_failed(words, "resume", name, errno.ENXIO)
        state = yield from dev_status(session, cell)
        suspended = state["state"] == "SUSPENDED"
        if state["inactive"] == "1" and state["live"] == "1" and not suspended and "noflush" in given:
            # do_resume suspends with the flags that it was given before it swaps the tables.
            command = Suspend(cell.machine, noflush=True, lockfs="nolockfs" not in given)
            outcome = yield from _suspending(session, command)
            if outcome.errno == errno.EINTR:
                # do_resume does not look at what dm_suspend returned; dm_swap_table refuses what is not suspended.
                return ioctl_failed(words, "resume", name, errno.EINVAL)
        if state["inactive"] == "1" or suspended:
            outcome = yield from session.answer(Resume(cell.machine))
            if not outcome.ok:
                return ioctl_failed(words, "resume", name, outcome.errno)
        if not plain:
            return words.result()


def _remove(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid", "force")
    while True:
        name, cell = one_device(session, words, plain, given)
        if cell is None:
            return ioctl_failed(words, "remove", name, errno.ENXIO)
        if "force" in given:
            yield from _wipe(session, cell)
        busy = yield from open_count(session, cell)
        number = errno.EBUSY if busy else (yield from _gone(session, cell))
        if number:
            return ioctl_failed(words, "remove", name, number)
        if not plain:
            return words.result()


def _wipe(session: Session, cell: Named) -> Wait[None]:
    """``--force``: an error table takes the place of the live one, so that all I/O ends."""
    size = (yield from dev_status(session, cell))["size"]
    if size != "0":
        loaded = yield from session.ask(LoadTable(cell.machine, f"0 {size} error"))
        if loaded.ok:
            yield from session.answer(Suspend(cell.machine, noflush=True, lockfs=False))
            yield from session.answer(Resume(cell.machine))


def _rename(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid")
    name, cell = one_device(session, words, plain, given)
    if len(plain) != 1:
        raise words.error("expected 'dmsetup rename NAME NEW'")
    if complaint := _bad_name(plain[0]):
        return words.failure(complaint, FAILED)
    if cell is None:
        return ioctl_failed(words, "rename", name, errno.ENXIO)
    try:
        session.names.rename(cell, plain[0])
    except NameTaken:
        return ioctl_failed(words, "rename", name, errno.EBUSY)
    yield from session.ask(TableEvent(cell.machine))
    return words.result()


def _wait(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid")
    name, cell = one_device(session, words, plain, given)
    if cell is None:
        return ioctl_failed(words, "waitevent", name, errno.ENXIO)
    number = whole(words, "EVENT_NR", plain[0]) if plain else 0
    outcome = yield from session.answer(WaitEvent(cell.machine, number))
    # The removal of the device ends it too, and is a success.
    return words.result((), int(outcome.text) if outcome.ok else None)


COMMANDS: dict[str, Run] = {
    "create": _create, "suspend": _suspend, "resume": _resume, "remove": _remove, "rename": _rename, "wait": _wait,
}
"""By the word behind dmsetup."""
