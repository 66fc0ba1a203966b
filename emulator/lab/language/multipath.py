"""``multipath -l``, ``-ll`` and ``-f``, in the layout of multipath-tools.

What the checker says of a path comes from multipathd where it runs; else ``-ll`` checks every path itself, as multipath
does, and ``-l`` none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from emulator.commands import CheckPath, DevStatus
from emulator.lab.language.base import Verb, Words, split_options
from emulator.lab.language.dmsetup_base import dev_status, open_count
from emulator.lab.language.dmsetup_end import gone
from emulator.lab.names import Named
from emulator.lab.results import Result
from emulator.lab.session import Session, Wait
from emulator.plan import DeviceSpec, Plan
from emulator.scenario.errors import nearest
from emulator.snapshot import GroupView, MdView, MultipathdView, PathView, TargetView, View

_GROUP_STATES = {"A": "active", "E": "enabled", "D": "disabled"}
_CHECKER_STATES = {
    "up": "ready", "down": "faulty", "ghost": "ghost", "shaky": "shaky", "delayed": "delayed", "timeout": "i/o timeout",
    "unchecked": "undef", "offline": "faulty",
}
"""What multipath -ll calls what a checker found."""
States = dict[str, str]
"""What the checker found, by major:minor of the path; of a path that it did not look at, nothing."""


def lun_wwid(lun: str) -> str:
    """NAA identifier of an emulated LUN: the vendor part that Linux targets use, the rest from its name."""
    return "36001405" + hashlib.sha256(lun.encode()).hexdigest()[:25]


def _size(sectors: int) -> str:
    """As snprint_size: K, M, G, T, P; one digit behind the point below ten."""
    size = sectors / 2
    for unit in "KMGTP":
        if size < 1024 or unit == "P":
            return f"{size:.1f}{unit}" if size < 10 else f"{size:.0f}{unit}"
        size /= 1024
    raise AssertionError("the loop ends with P")


def map_wwid(plan: Plan, cell: Named, view: View | None) -> str:
    """The WWID of a map: of its uuid, of its LUN, or its name."""
    lun = _lun(plan, view.target) if isinstance(view, MdView) else ""
    given = next((each.wwid for each in plan.luns if each.name == lun), "")
    return cell.uuid.removeprefix("mpath-") or given or (lun_wwid(lun) if lun else cell.name)


def _lun(plan: Plan, target: TargetView | None) -> str:
    """The LUN of the first path that leads to one; "" if none does."""
    luns = {device.name: device.lun for device in plan.devices}
    paths = [path.name for group in target.groups for path in group.paths] if target is not None else []
    return next((luns[name] for name in paths if name in luns), "")


def topology_lines(
    plan: Plan, cell: Named, view: MdView, size: int, states: States, checker: MultipathdView | None = None
) -> list[str]:
    """The block of one map; *checker*: multipathd, whose priorities these are, where it runs."""
    target = view.target
    if target is None or target.type != "multipath":
        return []
    devices = {device.name: device for device in plan.devices}
    lun = _lun(plan, target)
    spec = next((each for each in plan.luns if each.name == lun), None)
    wwid = map_wwid(plan, cell, view)
    alias = cell.name if cell.name == wwid else f"{cell.name} ({wwid})"
    vendor = f"{spec.vendor or 'LIO-ORG'},{spec.product or lun}" if spec is not None else "##,##"
    features, handler = _features(target.table.split())
    lines = [
        f"{alias} dm-{cell.minor} {vendor}",
        f"size={_size(size)} features='{features}' hwhandler='{handler}' wp=rw",
    ]
    prios = next((each.priorities for each in checker.maps if each.name == cell.machine), ()) if checker else ()
    rows = [
        [_columns(path, devices.get(path.name), states.get(path.dev, "unchecked")) for path in group.paths]
        for group in target.groups
    ]
    widths = [max((len(row[i]) for group in rows for row in group), default=0) for i in range(6)]
    for number, (group, paths) in enumerate(zip(target.groups, rows, strict=True)):
        last = number == len(target.groups) - 1
        prio = prios[number] if number < len(prios) else None
        lines.append(f"{'`' if last else '|'}-+- {_group_words(group, prio, states)}")
        for index, row in enumerate(paths):
            branch = "`-" if index == len(paths) - 1 else "|-"
            text = " ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
            lines.append(f"{' ' if last else '|'} {branch} {text}")
    return lines


def _features(words: list[str]) -> tuple[str, str]:
    """Feature words and hardware handler words of a target's own table line."""
    rest = words[int(words[0]) + 1 :]
    return " ".join(words[: int(words[0]) + 1]), " ".join(rest[: int(rest[0]) + 1])


def _group_words(group: GroupView, prio: int | None, states: States) -> str:
    state = _GROUP_STATES.get(group.state, "undef")
    if prio is None:
        prio = 1 if any(states.get(path.dev) in ("up", "ghost") for path in group.paths) else 0
    return f"policy='{group.selector} 0' prio={prio} status={state}"


def _columns(path: PathView, device: DeviceSpec | None, state: str) -> list[str]:
    host = device.host if device is not None else "#:#:#:#"
    dm_state = "active" if path.active else "failed"
    disk = "offline" if state == "offline" else "running"
    return [host, path.name, path.dev, dm_state, _CHECKER_STATES[state], disk]


def _states(session: Session, view: MdView, checker: MultipathdView | None) -> Wait[States]:
    """What multipathd found of the paths of a map, or what a check finds now."""
    if checker is not None:
        return {path.dev: path.state for path in checker.paths if path.md == view.name}
    disks = {device.name for device in session.plan.devices}
    states: States = {}
    for group in view.target.groups if view.target is not None else ():
        for path in group.paths:
            if path.name not in disks:
                states[path.dev] = "up" if path.active else "down"
            elif session.runtime.processes()[path.name].state != "RUNNING":
                states[path.dev] = "offline"
            else:
                states[path.dev] = (yield from session.answer(CheckPath(path.name))).text
    return states


def _multipath(session: Session, words: Words) -> Wait[Result]:
    flags = {"-ll": "list", "-l": "quick", "-f": "flush", "-F": "all"}
    plain, given = split_options(words, flags | {f"-v{level}": f"v{level}" for level in range(5)}, {"-v": "level"})
    if "flush" in given:
        if len(plain) != 1:
            raise words.error("expected the map: multipath -f mpatha")
        return (yield from _flush(session, words, plain[0]))
    if "all" in given:
        return (yield from _flush_all(session, words))
    if not {"list", "quick"} & given.keys():
        raise words.error("expected 'multipath -ll|-l [MAP]', 'multipath -f MAP' or 'multipath -F'")
    views = yield from session.look()
    chosen, unknown = _listed(session, plain, views)
    if unknown:
        near = nearest(unknown, [cell.name for cell in session.names.all()])
        return words.failure(hint=f"found {unknown!r}, expected the name, wwid or dm-N of a map{near}")
    if "v1" in given or given.get("level") == "1":
        names: list[str] = []
        for cell in chosen:
            names += [cell.name] if (yield from _is_multipath(session, cell)) else []
        return words.result(names)
    checker = _checker(session, views) if "list" in given else None
    lines: list[str] = []
    for cell in chosen:
        view = views.get(cell.machine)
        if isinstance(view, MdView):
            status = yield from session.ask(DevStatus(cell.machine))
            size = int(status.text.partition(" size=")[2].split()[0])
            states = (yield from _states(session, view, checker)) if "list" in given else {}
            lines += topology_lines(session.plan, cell, view, size, states, checker)
    return words.result(lines)


def _listed(session: Session, plain: Words, views: Mapping[str, View]) -> tuple[list[Named], str]:
    """The devices that *plain* names (all of them), and the first word that names none."""
    if not plain:
        return session.names.all(), ""
    chosen: list[Named] = []
    for word in plain:
        cell = _map(session, word, views)
        if cell is None:
            return [], word
        chosen.append(cell)
    return chosen, ""


def _map(session: Session, word: str, views: Mapping[str, View]) -> Named | None:
    """The map of that name, dm-N or WWID."""
    found = session.names.find(word) or session.names.find(f"/dev/{word}")
    wwids = {map_wwid(session.plan, cell, views.get(cell.machine)): cell for cell in session.names.all()}
    return found or wwids.get(word)


def _checker(session: Session, views: Mapping[str, View]) -> MultipathdView | None:
    """What multipathd says of its paths; None where it does not run."""
    spec = session.plan.multipathd
    if spec is None or session.runtime.processes()[spec.name].state != "RUNNING":
        return None
    view = views.get(spec.name)
    return view if isinstance(view, MultipathdView) else None


def _is_multipath(session: Session, cell: Named) -> Wait[bool]:
    return (yield from dev_status(session, cell))["type"] == "multipath"


def _flush(session: Session, words: Words, name: str) -> Wait[Result]:
    cell = _map(session, name, (yield from session.look()))
    if cell is None or not (yield from _is_multipath(session, cell)):
        return words.failure(f"{name} is not a multipath device")
    if (yield from open_count(session, cell)) or (yield from gone(session, cell)):
        return words.failure(f"{name}: map in use", f"failed to remove multipath map {name}")
    return words.result()


def _flush_all(session: Session, words: Words) -> Wait[Result]:
    """Every map that nobody uses."""
    err: list[str] = []
    for cell in session.names.all():
        if (yield from _is_multipath(session, cell)):
            err += (yield from _flush(session, words, cell.name)).err
    return Result(words.line, 1 if err else 0, (), tuple(err))


VERBS = (
    Verb(
        "multipath", ("multipath -ll|-l [-v1] [MAP...]", "multipath -f MAP", "multipath -F"),
        "Show the maps with their groups and paths as multipath-tools does, or remove one (-F: every one) that nobody "
        "uses.\n"
        "Vendor and wwid are those of the emulated LUN; priorities and 'ready', 'faulty', 'ghost' ... "
        "are multipathd's where it runs; else -ll checks each path itself (tur), which a path that answers nothing "
        "keeps waiting for 30 s. -l checks nothing: undef.",
        _multipath, lambda session: ["-ll", "-l", "-f", "-F", *(cell.name for cell in session.names.all())],
    ),
)
