"""The grammar of a multipath table line (reference 18.1): words in, a description or the kernel's error out."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from emulator.dm.targets.base import TableError
from emulator.dm.targets.selectors import DEFAULT_REPEAT, MOST_PATH_ARGS, SELECTORS


@dataclass(frozen=True, slots=True)
class PathLine:
    """A path as the table gives it."""

    device: str
    repeat: int
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A priority group as the table gives it."""

    selector: str
    paths: tuple[PathLine, ...]


@dataclass(frozen=True, slots=True)
class MultipathLine:
    """A whole multipath table line behind the word ``multipath``."""

    queue_if_no_path: bool
    pg_init_retries: int
    initial_group: int
    groups: tuple[GroupLine, ...]


class _Words:
    """The argument set of dm_arg_set: words shifted off one by one."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.at = 0

    def left(self) -> int:
        return len(self.words) - self.at

    def shift(self, error: str) -> str:
        if not self.left():
            raise TableError(errno.EINVAL, error)
        self.at += 1
        return self.words[self.at - 1]

    def number(self, low: int, high: int, error: str) -> int:
        word = self.shift(error)
        if not word.isdigit() or not low <= int(word) <= high:
            raise TableError(errno.EINVAL, error)
        return int(word)


def parse_multipath(words: list[str]) -> MultipathLine:
    """Read the words behind ``multipath``.  Raises TableError with the target's error text and -EINVAL."""
    args = _Words(words)
    queue_if_no_path, retries = _features(args)
    if args.number(0, 1024, "multipath: invalid number of hardware handler args"):
        name = args.shift("multipath: not enough arguments")
        raise TableError(errno.EINVAL, f"multipath: unknown hardware handler type {name!r}: this emulator has none")
    nr_groups = args.number(0, 1024, "multipath: invalid number of priority groups")
    initial = args.number(0, 1024, "multipath: invalid initial priority group")
    if (nr_groups == 0) != (initial == 0):
        raise TableError(errno.EINVAL, "multipath: invalid initial priority group")
    groups: list[GroupLine] = []
    while args.left():
        groups.append(_group(args))
        if len(groups) > nr_groups:
            break
    if len(groups) != nr_groups:
        raise TableError(errno.EINVAL, "multipath: priority group count mismatch")
    return MultipathLine(queue_if_no_path, retries, initial, tuple(groups))


def _features(args: _Words) -> tuple[bool, int]:
    left = args.number(0, 64, "multipath: invalid number of feature args")
    queue_if_no_path, retries = False, 0
    while left:
        word = args.shift("multipath: not enough feature arguments").lower()
        left -= 1
        if word == "queue_if_no_path":
            queue_if_no_path = True
        elif word == "pg_init_retries" and left:
            retries = args.number(1, 50, "multipath: invalid number of pg_init retries")
            left -= 1
        else:
            raise TableError(errno.EINVAL, f"multipath: Unrecognised multipath feature request ({word})")
    return queue_if_no_path, retries


def _group(args: _Words) -> GroupLine:
    name = args.shift("multipath: no path selector")
    if name not in SELECTORS:
        raise TableError(errno.EINVAL, f"multipath: unknown path selector type ({name}); known: {', '.join(SELECTORS)}")
    for _ in range(args.number(0, 1024, "multipath: invalid number of path selector args")):
        args.shift("multipath: not enough path selector arguments")
    nr_paths = args.number(1, 1024, "multipath: invalid number of paths")
    nr_args = args.number(0, 1024, "multipath: invalid number of selector args")
    return GroupLine(name, tuple(_path(args, name, nr_args) for _ in range(nr_paths)))


def _path(args: _Words, selector: str, nr_args: int) -> PathLine:
    if args.left() < 1 + nr_args:
        raise TableError(errno.EINVAL, "multipath: not enough path parameters")
    device = args.shift("multipath: no device given")
    words = tuple(args.shift("multipath: not enough path parameters") for _ in range(nr_args))
    if len(words) > MOST_PATH_ARGS[selector]:
        raise TableError(errno.EINVAL, f"{selector}: incorrect number of arguments")
    if words and not words[0].isdigit():
        raise TableError(errno.EINVAL, f"{selector}: invalid repeat count")
    return PathLine(device, int(words[0]) if words else DEFAULT_REPEAT[selector], words)
