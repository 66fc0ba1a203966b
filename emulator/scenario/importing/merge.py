"""``dmsetup table`` and ``multipath -ll`` of the same system fill each other.

The table says sizes to the sector, all features and selector words; multipath -ll says names, WWIDs, priorities and
states.  Where they differ the table counts, for it is what the kernel has, and a note says so.
"""

from __future__ import annotations

from emulator.scenario.importing.parts import GroupRead, MapRead, PathRead, SystemRead


def merged(tables: SystemRead, listed: SystemRead) -> SystemRead:
    """Both in one."""
    found = SystemRead(dict(tables.maps), dict(tables.others), [*tables.notes, *listed.notes])
    for name, said in listed.maps.items():
        mine = found.maps.get(name) or _same_wwid(found, said)
        if mine is None:
            found.maps[name] = said
            if tables.maps or tables.others:
                found.notes.append(f"{name}: not in the tables, taken from multipath -ll alone")
        else:
            _fill(mine, said, found.notes)
    return found


def _same_wwid(found: SystemRead, said: MapRead) -> MapRead | None:
    """A table that came without its name, when there is but one."""
    return found.maps.get(said.wwid)


def _fill(mine: MapRead, said: MapRead, notes: list[str]) -> None:
    mine.minor, mine.wwid, mine.vendor, mine.product = said.minor, said.wwid, said.vendor, said.product
    told: dict[str, tuple[PathRead, GroupRead]] = {
        path.dev: (path, group) for group in said.groups for path in group.paths
    }
    for group in mine.groups:
        for path in group.paths:
            if path.dev not in told:
                notes.append(f"{mine.name}: multipath -ll does not know the path {path.dev}")
                continue
            other, from_group = told.pop(path.dev)
            path.name, path.host = other.name, other.host
            path.failed, path.ghost = other.failed, other.ghost
            group.prio, group.active = from_group.prio, from_group.active
    if told:
        notes.append(f"{mine.name}: left out {', '.join(told)}, which the table does not have")
