"""``io read|write|discard|flush``: the I/O of one application on a mapped device, with its outcome."""

from __future__ import annotations

import re

from emulator.block.errors import errno_name
from emulator.commands import Io
from emulator.lab.language.base import Verb, Words, key_values, pick, whole
from emulator.lab.language.dmsetup_end import reap
from emulator.lab.names import Named
from emulator.lab.results import Result, io_result
from emulator.lab.session import Session, Wait

_RANGE = re.compile(r"(\d{1,15})\+(\d{1,9})")
_KEYS = ("n", "stride", "depth", "seed", "verify", "md")
_FLAGS = ("batch", "dsync")
MODERN_BIO_SECTORS = 2048
_OPS = ("read", "write", "discard", "flush")


def _parse(words: Words) -> tuple[str, int, list[str], dict[str, str]]:
    """Operation, where the range stands, flags and keys.  Raises LineError."""
    if not words or (len(words) < 2 and words[0] != "flush"):
        raise words.error("expected 'io read|write|discard [MD] SECTOR+COUNT' or 'io flush [MD]', such as io read 0+8")
    op = pick(words, words[0], _OPS, "an operation")
    if op == "flush":
        return _parse_flush(words)
    at = next((index for index, word in enumerate(words) if _RANGE.fullmatch(word)), None)
    if at is None or at not in (1, 2):
        raise words.error(f"found no SECTOR+COUNT in {words.line!r}, expected it behind {op!r}: io {op} 0+8", words[1])
    flags = [word for word in words[at + 1 :] if word in _FLAGS]
    rest = Words([word for word in words[at + 1 :] if word not in _FLAGS], words.line)
    given = key_values(rest, (*_KEYS, *_FLAGS))
    if "dsync" in flags and op != "write":
        raise words.error(f"found dsync behind {op!r}, expected it behind 'write'", "dsync")
    if at == 2 and "md" in given:
        raise words.error(f"found md={given['md']}, expected only one: {words[1]!r} stands there already", "md=")
    for key in given.keys() - {"md"}:
        whole(words, key, given[key], 0 if key in ("seed", "verify") else 1)
    return op, at, flags, given


def _parse_flush(words: Words) -> tuple[str, int, list[str], dict[str, str]]:
    at = 1 if len(words) > 1 and "=" not in words[1] else 0
    given = key_values(words.tail(at + 1), ("n", "depth", "md"))
    if at and "md" in given:
        raise words.error(f"found md={given['md']}, expected only one: {words[1]!r} stands there already", "md=")
    for key in given.keys() - {"md"}:
        whole(words, key, given[key], 1)
    return "flush", at, [], given


def _check(words: Words) -> None:
    _parse(words)


def _io(session: Session, words: Words) -> Wait[Result]:
    op, at, flags, given = _parse(words)
    match = _RANGE.fullmatch(words[at])
    named = at == 2 or (op == "flush" and at == 1)
    cell = _md(session, words, words[1] if named else given.get("md", ""))
    sector, sectors = (int(match[1]), int(match[2])) if match is not None else (0, 0)
    modern = _era(session, cell.machine) == "modern"
    command = Io(
        session.plan.console, cell.machine, op, sector, sectors,
        count=whole(words, "n", given.get("n", "1"), 1),
        stride=whole(words, "stride", given.get("stride", str(sectors))),
        depth=whole(words, "depth", given.get("depth", "1"), 1),
        seed=whole(words, "seed", given.get("seed", "1")),
        verify=whole(words, "verify", given["verify"]) if "verify" in given else -1,
        batch="batch" in flags,
        dsync="dsync" in flags,
        may_lack=modern,
        # A bio of later kernels holds 256 pages; one with FUA must not be split on its way.
        bio_sectors=MODERN_BIO_SECTORS if modern and "dsync" not in flags else 0,
    )
    if op in ("write", "discard") and cell.machine in session.read_only:
        text = f"{op} ok=0 err={command.count} EPERM={command.count} bytes=0 crc32=00000000"
        return Result(words.line, 1, (text,), (), io_result(text), hint=f"{cell.name} is read-only")
    opens = session.opens
    opens[cell.machine] = opens.get(cell.machine, 0) + 1
    try:
        # Who waits for I/O hears no signal (TASK_UNINTERRUPTIBLE).
        outcome = yield from session.answer(command, lambda: None)
    finally:
        opens[cell.machine] -= 1
    if cell.machine in session.deferred:
        # dm_blk_close: the last one to close it takes it away.
        yield from reap(session)
    if " ok=" not in outcome.text:
        return words.failure(f"io: {outcome.text} ({errno_name(outcome.errno)})")
    value = io_result(outcome.text)
    good = not value.failed and value.verified is not False
    return Result(words.line, 0 if good else 1, (outcome.text,), (), value)


def _era(session: Session, machine: str) -> str:
    return next((md.era for md in session.plan.mds if md.name == machine), "modern")


def _md(session: Session, words: Words, word: str) -> Named:
    names = [cell.name for cell in session.names.all()]
    if word:
        cell = session.names.find(word)
        if cell is None:
            pick(words, word, names, "a mapped device")
    else:
        cell = session.names.find(names[0]) if len(names) == 1 else None
    if cell is None:
        raise words.error(f"expected the mapped device ({', '.join(names) or 'there is none'}) before SECTOR+COUNT")
    return cell


VERBS = (
    Verb(
        "io",
        (
            "io read|write|discard [MD] SECTOR+COUNT [n=N] [stride=SECTORS] [depth=N] [seed=S] [verify=S] [batch] "
            "[dsync]",
            "io flush [MD] [n=N]",
        ),
        "Read, write, discard or flush, and say how it ended. COUNT sectors, N times, each STRIDE sectors behind the "
        "one before, DEPTH at a time; it says how many succeeded, the errors by name, bytes and a CRC-32 of the data "
        "in sector order; short counts those that the end of the device cut. "
        "seed: what a write writes. verify: the seed of what a read should find. The data of a seed depend on the "
        "sector as MD numbers it: read below a linear target they are other data, and verify says BAD though nothing "
        "was damaged; compare the CRC-32 there.\n"
        "dsync: a write as with O_DSYNC, which a flush follows.\n"
        "batch: one task submits DEPTH of them, then waits (as aio does); else each waits for its own.\n"
        "A line whose I/O is blocked goes on in the background; 'jobs' says how it stands.",
        _io,
        lambda session: [*_OPS, *(cell.name for cell in session.names.all()), *(f"{key}=" for key in _KEYS)],
        _check,
    ),
)
