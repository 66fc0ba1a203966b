"""Reads ``multipath -ll``, in the layout of multipath-tools 0.4.9 and later, and in the older one with brackets."""

from __future__ import annotations

import re

from emulator.scenario.importing.parts import GroupRead, ImportProblem, MapRead, PathRead, SystemRead

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_HEAD = re.compile(
    r"^(?:(?:reload|create|rename|reject|switchpg|resize|undef|unchanged)[^:]*: )?"
    r"(?P<alias>\S+)(?: \((?P<wwid>[^()]+)\))? +(?:dm-(?P<minor>\d+)|undef) *(?P<what>.*)$"
)
_LOG = re.compile(r"^(?:\w{3} +\d+ )?\d\d:\d\d:\d\d \| ")
"""What multipath itself says before the list, on the same terminal."""
_NVME = re.compile(r"^\S+ \[nvme\]:")
_PROPS = re.compile(
    r"^\[?size=(?P<size>[0-9.]+)(?P<unit>[KMGTP]?)B?\]? *\[?features='?(?P<features>[^'\]]*)'?\]? *"
    r"\[?hwhandler='?(?P<handler>[^'\]]*)'?\]?(?: *\[?(?:wp=)?(?P<wp>ro|rw|undef)\]?)?(?: .*)?$"
)
_GROUP = re.compile(
    r"^[|`]-\+- policy='(?P<selector>\S+) ?(?P<args>[^']*)' prio=(?P<prio>-?\d+) status=(?P<status>\w+)$"
)
_OLD_GROUP = re.compile(r"^\\_ (?P<selector>\S+) (?P<args>\d+) \[prio=(?P<prio>-?\d+)\]\[(?P<status>\w+)\]$")
_PATH = re.compile(
    r"^[| ]? *[|`]- (?P<host>\S+) (?P<name>\S+) +(?P<dev>\S+) +(?P<dm>active|failed|undef) +"
    r"(?P<checker>ready|faulty|shaky|ghost|i/o pending|i/o timeout|delayed|undef)(?: +(?P<state>\w+))?$"
)
_OLD_PATH = re.compile(
    r"^ *\\_ (?P<host>\d+:\d+:\d+:\d+) (?P<name>\S+) +(?P<dev>\S+) +\[(?P<dm>\w+)\]\[(?P<checker>[\w/ ]+)\]"
)
_UNITS = {"": 1 / 512, "K": 2, "M": 2 << 10, "G": 2 << 20, "T": 2 << 30, "P": 2 << 40}
_FAULTY = ("faulty", "i/o timeout", "shaky")


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.read = SystemRead()
        self.map: MapRead | None = None
        self.skipping = False
        """Within a map that is not device-mapper's."""

    def take(self, number: int, line: str) -> None:
        """One line.  Raises ImportProblem."""
        if _NVME.match(line):
            self.read.notes.append(f"{line.split()[0]}: left out, the nvme driver does its multipathing itself")
            self.map, self.skipping = None, True
        elif head := _HEAD.match(line):
            self.skipping = False
            self._head(number, head)
        elif self.skipping:
            return
        elif props := _PROPS.match(line):
            self._props(number, props)
        elif group := _GROUP.match(line) or _OLD_GROUP.match(line.lstrip()):
            self._current(number).groups.append(self._group(group))
        elif path := _PATH.match(line) or _OLD_PATH.match(line):
            self._path(number, path)
        else:
            raise self._wrong(number, line)

    def _head(self, number: int, found: re.Match[str]) -> None:
        alias = found["alias"]
        if alias in self.read.maps:
            raise ImportProblem(self.source, number, f"found {alias!r} a second time, expected each map once")
        vendor, _, product = found["what"].strip().partition(",")
        self.map = MapRead(
            alias, self.source, number, 0, (), (), [],
            minor=int(found["minor"]) if found["minor"] else None, wwid=found["wwid"] or alias,
            vendor=vendor.strip().strip("#"), product=product.strip().strip("#"),
        )
        self.read.maps[alias] = self.map

    def _props(self, number: int, found: re.Match[str]) -> None:
        current = self._current(number)
        current.sectors = max(8, round(float(found["size"]) * _UNITS[found["unit"]]) // 8 * 8)
        current.features = self._counted(number, found["features"], "features")
        current.handler = self._counted(number, found["handler"], "hwhandler")

    def _counted(self, number: int, text: str, key: str) -> tuple[str, ...]:
        words = text.split()
        if not words:
            return ()
        if not words[0].isdigit() or int(words[0]) != len(words) - 1:
            said = f"found {key}='{text}', expected a count and so many words, such as '1 queue_if_no_path' or '0'"
            raise ImportProblem(self.source, number, said)
        return tuple(words[1:])

    def _group(self, found: re.Match[str]) -> GroupRead:
        words = found["args"].split()
        return GroupRead(found["selector"], tuple(words[1:]), [], int(found["prio"]), found["status"] == "active")

    def _path(self, number: int, found: re.Match[str]) -> None:
        current = self._current(number)
        if not current.groups:
            raise ImportProblem(self.source, number, "found a path, expected a line with policy='...' before it")
        host, dev = found["host"], found["dev"]
        current.groups[-1].paths.append(
            PathRead(
                "" if "#" in dev else dev, (), "" if found["name"] == "-" else found["name"],
                "" if "#" in host or host.count(":") != 3 else host,
                found["dm"] == "failed" or found["checker"] in _FAULTY, found["checker"] == "ghost",
            )
        )

    def _current(self, number: int) -> MapRead:
        if self.map is None:
            said = "found a line of a map, expected its first line 'NAME (WWID) dm-N ...'"
            raise ImportProblem(self.source, number, said)
        return self.map

    def _wrong(self, number: int, line: str) -> ImportProblem:
        if self.map is None:
            right = "the first line of a map: 'mpatha (WWID) dm-0 VENDOR,PRODUCT'"
        elif not self.map.sectors:
            right = "size=... features='...' hwhandler='...' wp=rw"
        else:
            right = "a group '|-+- policy=...', a path '| `- 2:0:0:0 sda 8:0 active ready running', or the next map"
        return ImportProblem(self.source, number, f"found {line[:60]!r}, expected {right}")


def looks_like_multipath(line: str) -> bool:
    """Whether *line* can be one of ``multipath -ll``."""
    line = _ANSI.sub("", line).rstrip()
    return any(each.match(line) for each in (_LOG, _HEAD, _NVME, _PROPS, _GROUP, _PATH, _OLD_PATH, _OLD_GROUP))


def read_multipath_ll(text: str, source: str) -> SystemRead:
    """All maps of *text*.  Raises ImportProblem for a line that is not of ``multipath -ll``."""
    reader = _Reader(source)
    for number, raw in enumerate(text.splitlines(), 1):
        line = _ANSI.sub("", raw).rstrip()
        if _LOG.match(line):
            reader.read.notes.append(f"{source}:{number}: left out, a line of multipath's own log")
        elif line.strip():
            reader.take(number, line)
    for each in reader.read.maps.values():
        if not each.sectors:
            raise ImportProblem(source, each.line, f"found {each.name!r} without its size, expected size=... behind it")
    _finish(reader.read)
    return reader.read


def _finish(read: SystemRead) -> None:
    """Paths without a device number cannot be played; the first active group is the initial one."""
    for each in read.maps.values():
        for group in each.groups:
            lost = [path for path in group.paths if not path.dev]
            if lost:
                read.notes.append(f"{each.name}: {len(lost)} path{'s' * (len(lost) > 1)} left out whose device is gone")
                group.paths = [path for path in group.paths if path.dev]
            words = 2 if group.selector == "service-time" else 1
            for path in group.paths:
                path.args = ("1",) * words
        each.groups = [group for group in each.groups if group.paths]
        active = next((number for number, group in enumerate(each.groups, 1) if group.active), 1)
        each.initial = active if each.groups else 0
