"""``dmsetup create``, ``suspend``, ``resume``, ``rename``, ``wait``: a device from its begin on."""

from __future__ import annotations

import errno

from emulator.commands import Resume, SetName, Suspend, TableEvent, WaitEvent
from emulator.lab.language.base import Run, Words, whole
from emulator.lab.language.dmsetup_base import (
    FAILED,
    absent,
    dev_status,
    ioctl_failed,
    one_device,
    options,
    signalled,
)
from emulator.lab.language.dmsetup_concise import Concise, read_concise
from emulator.lab.language.dmsetup_end import gone
from emulator.lab.language.dmsetup_names import bad_name, mangled
from emulator.lab.language.dmsetup_text import Source, TableRefused, checked, load, swapped, table_text, why_refused
from emulator.lab.names import UUID_MOST, NameTaken
from emulator.lab.results import Result
from emulator.lab.session import Session, Wait


def _create(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid", "notable", "table", "readonly", "minor", "concise=")
    if "concise" in given or (not plain and words.stdin is not None):
        return (yield from _create_concise(session, words, given.get("concise") or words.stdin or ""))
    if not plain:
        raise words.error("expected 'dmsetup create NAME --table TABLE'")
    if len(plain) > 2:
        raise words.error(f"Incorrect number of arguments: found {plain[2]!r}, expected a name and a file", plain[2])
    name = plain.pop(0)
    try:
        text = "" if "notable" in given else table_text(session, words, plain, given)
    except TableRefused as refused:
        return words.failure(str(refused), FAILED)
    if plain:
        raise words.error(f"found {plain[0]!r}, expected nothing more behind the name and the table", plain[0])
    return (yield from _made(session, words, name, text, given))


def _create_concise(session: Session, words: Words, text: str) -> Wait[Result]:
    try:
        devices = read_concise(text)
        tables = [checked(session, Source("\n".join(device.tables), "")) for device in devices]
    except (ValueError, TableRefused) as error:
        return words.failure(str(error), FAILED)
    for device, table in zip(devices, tables, strict=True):
        result = yield from _made(session, words, device.name, table, _given(device))
        if not result.ok:
            return result
    return words.result()


def _given(device: Concise) -> dict[str, str]:
    given = {"uuid": device.uuid, "minor": device.minor, "readonly": "yes" if device.read_only else ""}
    return {key: value for key, value in given.items() if value}


def _made(session: Session, words: Words, name: str, text: str, given: dict[str, str]) -> Wait[Result]:
    """Create, and with a table load and resume; what fails takes the device away again."""
    uuid = given.get("uuid", "")
    if complaint := bad_name(name) or (f'UUID "{uuid}" too long.' if len(uuid) > UUID_MOST else ""):
        return words.failure(complaint, FAILED)
    if not name:
        hint = "name not supplied when creating device"
        return ioctl_failed(words, "create", name, errno.EINVAL, uuid=uuid, hint=hint)
    name = mangled(session, name)
    minor = whole(words, "the minor number", given["minor"]) if "minor" in given else None
    try:
        cell = session.create(name, uuid, minor)
    except NameTaken:
        return ioctl_failed(words, "create", name, errno.EBUSY, uuid=uuid)
    yield from session.ask(SetName(cell.machine, name, uuid))
    if not text:
        return words.result()
    outcome = yield from load(session, cell, text, "readonly" in given)
    if not outcome.ok:
        yield from gone(session, cell)
        hint = why_refused(session, outcome)
        return ioctl_failed(words, "reload", name, outcome.errno, dev=cell.dev, hint=hint)
    outcome = yield from session.answer(Resume(cell.machine))
    if not outcome.ok:
        yield from gone(session, cell)
        return ioctl_failed(words, "resume", name, outcome.errno, dev=cell.dev)
    swapped(session, cell)
    return words.result()


def _suspend(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid", "noflush", "nolockfs")
    while True:
        name, cell = one_device(session, words, plain, given)
        if cell is None:
            return absent(words, "suspend", name, given)
        # The ioctl leaves a device alone that is suspended already, and succeeds.
        if (yield from dev_status(session, cell))["state"] != "SUSPENDED":
            command = Suspend(cell.machine, "noflush" in given, "nolockfs" not in given)
            outcome = yield from signalled(session, command)
            if not outcome.ok:
                return ioctl_failed(words, "suspend", name, outcome.errno)
        if not plain:
            return words.result()


def _resume(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid", "noflush", "nolockfs")
    while True:
        name, cell = one_device(session, words, plain, given)
        if cell is None:
            return absent(words, "resume", name, given)
        state = yield from dev_status(session, cell)
        if state["inactive"] == "1" or state["state"] == "SUSPENDED":
            outcome = yield from signalled(session, Resume(cell.machine, "noflush" in given, "nolockfs" not in given))
            if not outcome.ok:
                return ioctl_failed(words, "resume", name, outcome.errno)
            if state["inactive"] == "1":
                swapped(session, cell)
        if not plain:
            return words.result()


def _rename(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid", "setuuid")
    name, cell = one_device(session, words, plain, given)
    if len(plain) != 1:
        raise words.error("expected 'dmsetup rename NAME NEW' or 'dmsetup rename NAME --setuuid UUID'")
    new = plain[0]
    if "setuuid" not in given:
        if complaint := bad_name(new) or ("" if new else "Non empty new name is required."):
            return words.failure(complaint, FAILED)
        new = mangled(session, new)
    if cell is None:
        return absent(words, "rename", name, given)
    if "setuuid" in given and cell.uuid:
        hint = f"{name} has the uuid {cell.uuid!r}, and a device has one for good"
        return ioctl_failed(words, "rename", name, errno.EINVAL, hint=hint)
    try:
        named = session.names.set_uuid(cell, new) if "setuuid" in given else session.names.rename(cell, new)
    except NameTaken:
        return ioctl_failed(words, "rename", name, errno.EBUSY)
    yield from session.ask(SetName(named.machine, named.name, named.uuid))
    yield from session.ask(TableEvent(cell.machine))
    return words.result()


def _wait(session: Session, words: Words) -> Wait[Result]:
    plain, given = options(words, "uuid", "noflush")
    name, cell = one_device(session, words, plain, given)
    if cell is None:
        return absent(words, "waitevent", name, given)
    number = whole(words, "EVENT_NR", plain[0]) if plain else 0
    outcome = yield from session.answer(WaitEvent(cell.machine, number))
    # The removal of the device ends it too, and is a success.
    return words.result((), int(outcome.text) if outcome.ok else None)


COMMANDS: dict[str, Run] = {
    "create": _create, "suspend": _suspend, "resume": _resume, "rename": _rename, "wait": _wait,
}
"""By the word behind dmsetup."""
