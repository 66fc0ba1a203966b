"""Makes a scenario of what was read: YAML text that loads, plays at once, and says where to begin rehearsing."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from emulator.scenario.errors import ScenarioErrors, nearest, one_of
from emulator.scenario.importing.dmsetup_table import looks_like_table, read_tables
from emulator.scenario.importing.merge import merged
from emulator.scenario.importing.multipath_ll import looks_like_multipath, read_multipath_ll
from emulator.scenario.importing.naming import Names, disk_name
from emulator.scenario.importing.parts import GroupRead, ImportProblem, MapRead, OtherRead, PathRead, SystemRead
from emulator.scenario.loader import load_text

MDS_MOST, DEVICES_MOST = 16, 64
"""A scenario has at most so many."""
PREFERRED_PRIO = 80
"""What the alua prioritizer adds for a preferred port group."""
_ACCESS = {50: "active/optimized", 10: "active/non-optimized", 5: "active/non-optimized", 1: "standby"}
_HANDLERS = ("alua", "rdac", "emc", "hp_sw")
LOAD_MOST = "64MiB"
LOAD_SECTORS = 131_072


@dataclass(frozen=True, slots=True)
class Imported:
    """A scenario's text, and what a person should know of it."""

    text: str
    notes: tuple[str, ...]


def import_text(
    table: str, multipath: str, mixed: str, name: str, wanted: Collection[str] = ()
) -> Imported:
    """The scenario *name* of these texts (*mixed* may hold both); only the maps *wanted*, if any are named.

    Raises ImportProblem with the first thing that is wrong.
    """
    tables, listed = _read(table, multipath, mixed)
    read = merged(tables, listed)
    if not read.maps:
        named = f" {next(iter(wanted))!r}, nor any other" if wanted else ""
        said = f"found no multipath device{named}, expected what dmsetup table or multipath -ll print"
        raise ImportProblem("import", 0, said)
    for each in wanted:
        if each not in read.maps:
            said = f"found no multipath device {each!r}, expected {one_of(read.maps)}{nearest(each, read.maps)}"
            raise ImportProblem("import", 0, said)
    if wanted:
        read.maps = {key: value for key, value in read.maps.items() if key in wanted}
    return _Builder(read, name).imported()


def _read(table: str, multipath: str, mixed: str) -> tuple[SystemRead, SystemRead]:
    rows = mixed.splitlines()
    if any(row.strip() for row in rows):
        if not any(looks_like_table(row) or looks_like_multipath(row) for row in rows):
            first = next(number for number, row in enumerate(rows, 1) if row.strip())
            said = f"found {rows[first - 1].strip()[:60]!r}, expected what dmsetup table or multipath -ll print"
            raise ImportProblem("<stdin>", first, said)
        # Lines keep their numbers: those of the other text are blank.
        table_rows = [row if looks_like_table(row) else "" for row in rows]
        other_rows = ["" if looks_like_table(row) else row for row in rows]
        if not any(looks_like_multipath(row) for row in other_rows):
            table_rows, other_rows = rows, []
        return (
            read_tables("\n".join(table_rows), "<stdin>"),
            read_multipath_ll("\n".join(other_rows), "<stdin>"),
        )
    return read_tables(table, "--table"), read_multipath_ll(multipath, "--multipath")


class _Builder:
    def __init__(self, read: SystemRead, name: str) -> None:
        self.read = read
        self.name = name
        self.names = Names()
        self.notes = list(read.notes)
        self.disks: dict[str, str] = {}
        """major:minor -> name of the device in the scenario."""
        self.luns = CommentedSeq()
        self.devices = CommentedSeq()
        self.mds = CommentedSeq()
        self.loads = CommentedSeq()
        self.faults = CommentedSeq()
        self.timeline = CommentedSeq()
        self.first_path = ""

    def imported(self) -> Imported:
        """Everything.  Raises ImportProblem."""
        self._check_sizes()
        numbers: dict[str, str] = {}
        for each in self.read.maps.values():
            md = self._map(each)
            if each.minor is not None:
                numbers[f"253:{each.minor}"] = md
        for other in self.read.others.values():
            self._other(other, numbers)
        for old, new in self.names.changed:
            self.notes.append(f"{old}: is {new!r} in the scenario, whose names have letters, digits, _ and -")
        text = self._text()
        try:
            load_text(text, f"{self.name}.yaml")
        except ScenarioErrors as errors:
            raise ImportProblem("import", 0, f"the topology cannot be played: {errors.errors[0].text}") from None
        return Imported(text, tuple(self.notes))

    def _check_sizes(self) -> None:
        maps = self.read.maps
        if not any(each.paths() for each in maps.values()):
            raise ImportProblem("import", 0, f"found no path in {', '.join(maps)}, expected at least one")
        paths = len({path.dev for each in maps.values() for path in each.paths()})
        if len(maps) > MDS_MOST or paths > DEVICES_MOST:
            said = (
                f"found {len(maps)} multipath devices with {paths} paths, expected at most {MDS_MOST} with "
                f"{DEVICES_MOST}: choose with --map, such as --map {next(iter(maps))}"
            )
            raise ImportProblem("import", 0, said)

    # -- one map -------------------------------------------------------------------------------------------

    def _map(self, each: MapRead) -> str:
        md = self.names.give(each.name, "mpath")
        lun = self.names.give(f"lun-{md}"[:32], "lun")
        entry: dict[str, Any] = {"name": lun, "size": _size(each.sectors)}
        if each.wwid:
            entry["wwid"] = each.wwid
        entry |= {key: value for key, value in (("vendor", each.vendor), ("product", each.product)) if value}
        self.luns.append(_flow(entry))
        for number, group in enumerate(each.groups, 1):
            for path in group.paths:
                self._device(each, lun, number, group, path)
        entry = {"name": md}
        if each.minor is not None:
            entry["dev"] = f"253:{each.minor}"
        entry["table"] = self._table(each)
        self.mds.append(CommentedMap(entry))
        ready = [path for path in each.paths() if not path.failed]
        for path in each.paths():
            if path.failed:
                self._failed(md, path)
        if ready:
            self._load(md, each)
        else:
            self.notes.append(f"{each.name}: no load on it, all its paths are failed")
        return md

    def _device(self, each: MapRead, lun: str, number: int, group: GroupRead, path: PathRead) -> None:
        if path.dev in self.disks:
            self.notes.append(f"{each.name}: the path {path.dev} is an earlier map's, too, and leads to its LUN here")
            return
        name = self.names.give(path.name or disk_name(path.dev), "dev")
        self.disks[path.dev] = name
        self.first_path = self.first_path or ("" if path.failed else name)
        entry: dict[str, Any] = {"name": name, "lun": lun, "dev": path.dev}
        if path.host:
            entry["host"] = path.host
        handler = each.handler[0] if each.handler else ""
        if handler in _HANDLERS:
            entry |= {"handlers": [handler], "attached": handler}
            access = _access(handler, group, path)
            if access != "active/optimized":
                entry["access"] = access
            if handler == "alua":
                entry["group"] = number
                if (group.prio or 0) > PREFERRED_PRIO:
                    entry["preferred"] = True
        self.devices.append(_flow(entry))

    def _failed(self, md: str, path: PathRead) -> None:
        device = self.disks[path.dev]
        self.faults.append(_flow({"name": f"down-{device}"[:32], "type": "gone", "target": device}))
        self.timeline.append(_flow({"at": "1ms", "fail_path": _flow({"md": md, "path": device})}))

    def _load(self, md: str, each: MapRead) -> None:
        entry: dict[str, Any] = {"name": self.names.give(f"app-{md}"[:32], "app"), "target": md}
        entry |= {"depth": 4, "rate": 100, "reads": 0.7, "block_size": "4KiB"}
        entry["size"] = LOAD_MOST if each.sectors >= LOAD_SECTORS else _size(each.sectors)
        self.loads.append(_flow(entry))

    def _table(self, each: MapRead) -> str:
        words = ["0", str(each.sectors), "multipath", str(len(each.features)), *each.features]
        words += [str(len(each.handler)), *each.handler, str(len(each.groups)), str(each.initial)]
        for group in each.groups:
            selector = group.selector
            if selector == "io-affinity":
                self.notes.append(f"{each.name}: round-robin stands for io-affinity, which is not emulated")
                selector = "round-robin"
                group.selector_args = ()
                for path in group.paths:
                    path.args = ("1",)
            nr_args = len(group.paths[0].args) if group.paths else 0
            words += [selector, str(len(group.selector_args)), *group.selector_args]
            words += [str(len(group.paths)), str(nr_args)]
            for path in group.paths:
                words += [self.disks[path.dev], *path.args]
        return " ".join(words)

    # -- the rest ------------------------------------------------------------------------------------------

    def _other(self, other: OtherRead, numbers: Mapping[str, str]) -> None:
        """A linear device over the maps is kept, anything else is named in a note."""
        above = [numbers[dev] for dev in other.devices if dev in numbers]
        what = ", ".join(other.types)
        if other.types != ("linear",) or len(self.mds) >= MDS_MOST:
            over = f", above {', '.join(dict.fromkeys(above))}" if above else ""
            self.notes.append(f"{other.name}: left out ({what}{over})")
        elif not above or len(above) != len(other.devices):
            unknown = ", ".join(dev for dev in other.devices if dev not in numbers) or "no device"
            self.notes.append(f"{other.name}: left out ({what} over {unknown}, which is no map that was read)")
        else:
            lines = [" ".join(numbers.get(word, word) for word in line.split()) for line in other.lines]
            self.mds.append(CommentedMap({"name": self.names.give(other.name, "dm"), "table": "\n".join(lines)}))

    def _text(self) -> str:
        down = f"{len(self.faults)} of them down" if self.faults else "nothing fails yet"
        about = (
            f"The multipath devices of a system as dmsetup and multipath say them, {len(self.devices)} paths, {down}, "
            "under a light load. Cut a path and watch what the applications see."
        )
        whole = CommentedMap({"name": self.name, "about": about, "seed": 1, "era": "modern", "duration": "3s"})
        whole |= {"luns": self.luns, "devices": self.devices, "mds": self.mds, "submitters": self.loads}
        if self.faults:
            whole |= {"faults": self.faults, "timeline": self.timeline}
        expected = ["bios.failed == 0", "bios.lost == 0", "bios.outstanding == 0", "corruption == 0"]
        whole["expect"] = CommentedSeq(expected)
        whole.yaml_set_start_comment("\n".join(self._where_to_begin()))
        yaml = YAML()
        yaml.width = 100_000
        yaml.indent(mapping=2, sequence=4, offset=2)
        out = io.StringIO()
        yaml.dump(whole, out)
        return out.getvalue()

    def _where_to_begin(self) -> list[str]:
        path = self.first_path or next(iter(self.disks.values()), "sda")
        lines = [
            "Where to begin:",
            f"  dmtui {self.name}.yaml            the dashboard: select {path}, press e, and look at 'bios failed'",
            f"  dmtui console {self.name}.yaml    then: fault {path} error errno=ETIMEDOUT; multipath -ll",
        ]
        if not self.timeline:
            lines += [
                "or let it happen by itself, every time the same (dmtui run):",
                "  timeline:",
                f"    - {{at: 500ms, inject: {{name: cable, type: gone, target: {path}, for: 1s}}}}",
            ]
        lines += [
            "Service times are 200us on every path until 'service' says otherwise; nobody checks paths until there is:",
            "  multipathd: {polling_interval: 1s, failback: immediate}",
        ]
        return lines


def _access(handler: str, group: GroupRead, path: PathRead) -> str:
    if path.ghost:
        return "standby"
    if handler != "alua" or group.prio is None:
        return "active/optimized"
    return _ACCESS.get(group.prio % PREFERRED_PRIO, "active/optimized")


def _size(sectors: int) -> str:
    """With the largest unit that says it exactly."""
    for unit, each in (("TiB", 1 << 31), ("GiB", 1 << 21), ("MiB", 1 << 11), ("KiB", 2)):
        if sectors % each == 0:
            return f"{sectors // each}{unit}"
    return f"{sectors * 512}B"


def _flow(entry: Mapping[str, Any]) -> CommentedMap:
    """On one line."""
    one = CommentedMap(entry)
    one.fa.set_flow_style()
    for key, value in entry.items():
        if isinstance(value, list):
            one[key] = CommentedSeq(value)
            one[key].fa.set_flow_style()
    return one
