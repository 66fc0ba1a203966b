"""The grammar of a multipath table line (multipath_ctr, reference 18.1): words in, groups or the kernel's error out.

Devices and handlers are looked up while the words are read, as the kernel does it, so that its first error is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emulator.dm.lower import Lower
from emulator.dm.targets.arguments import Words
from emulator.dm.targets.features import Features, read_features
from emulator.dm.targets.groups import Group
from emulator.dm.targets.handlers import Handler, read_handler
from emulator.dm.targets.selectors import Path, Selector, selectors_of
from emulator.plan import Era


@dataclass(frozen=True, slots=True)
class MultipathLine:
    """A whole multipath table line behind the word ``multipath``."""

    features: Features
    handler: Handler
    initial_group: int
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """What a table is read for."""

    era: Era
    get_device: Callable[[str], Lower]
    log: Callable[[str], None]


def read_multipath(words: list[str], context: Context) -> MultipathLine:
    """Read the words behind ``multipath``.  Raises TableError with the target's error text."""
    args = Words(words)
    least = 1 if context.era == "2.6.31" else 0
    features = read_features(args, context.era)
    handler = read_handler(args, context.era)
    if features.bio and handler.name:
        context.log("device-mapper: multipath: bio-based multipath doesn't allow hardware handler args")
        handler = Handler("", [])
    nr_groups = args.number(least, 1024, "invalid number of priority groups")
    initial = args.number(least, 1024, "invalid initial priority group number")
    if (nr_groups == 0) != (initial == 0):
        raise args.bad("invalid initial priority group")
    groups: list[Group] = []
    while args.left():
        groups.append(_Reader(args, context, features, handler).group(len(groups) + 1))
    if len(groups) != nr_groups:
        raise args.bad("priority group count mismatch")
    return MultipathLine(features, handler, initial, tuple(groups))


class _Reader:
    """Reads one priority group."""

    def __init__(self, args: Words, context: Context, features: Features, handler: Handler) -> None:
        self.args = args
        self.context = context
        self.features = features
        self.handler = handler

    def group(self, number: int) -> Group:
        """parse_priority_group."""
        args = self.args
        if args.left() < 2:
            raise args.bad("not enough priority group arguments")
        known = selectors_of(self.context.era)
        name = args.shift()
        if name not in known:
            raise args.bad("unknown path selector type", hint=f"found {name!r}, known: {', '.join(known)}")
        count = args.group(0, 1024, "invalid number of path selector args")
        selector = known[name](self.context.era, args.take(count))
        nr_paths = args.number(1, 1024, "invalid number of paths")
        nr_args = args.number(0, 1024, "invalid number of selector args")
        return Group(number, selector, [self._path(selector, nr_args) for _ in range(nr_paths)])

    def _path(self, selector: Selector, nr_args: int) -> Path:
        args = self.args
        if args.left() < 1 + nr_args:
            raise args.bad("not enough path parameters")
        path = Path(self.context.get_device(args.shift()), selector)
        self.handler.attach(args, path.lower, self.features.retain_attached_hw_handler, self.context.log)
        selector.add(path, args.take(nr_args), self.context.log)
        return path


def device_words(words: list[str], era: Era) -> tuple[str, ...]:
    """The words that name devices, of a line whose devices are not known yet.  Raises TableError."""
    found: list[str] = []

    def note(word: str) -> Lower:
        found.append(word)
        return Lower.unknown(word)

    read_multipath(words, Context(era, note, lambda text: None))
    return tuple(found)
