"""Maps, groups and paths as ``multipath -ll`` draws them, live: states, traffic and failures beside (UI thread)."""

from __future__ import annotations

from dmtui.model import numbers
from dmtui.model.selection import Key
from dmtui.model.state import Model
from dmtui.model.vanished import word
from dmtui.panels.base import LinePanel
from dmtui.panels.line import BLANK, Line, Row
from dmtui.panels.queue import state_cells
from emulator.snapshot import GroupView, MdView, PathView, TargetView

_GROUPS = {
    "A": ("▶ active", "ok"), "E": ("○ enabled", "label"), "D": ("× disabled", "fault"),
}


class MultipathPanel(LinePanel):
    """Every multipath map; a path can be selected and is then the selected device."""

    STAGE = "multipath"

    def draw(self, model: Model, width: int, height: int) -> list[Line]:
        lines: list[Line] = []
        for md in model.mds:
            if md.target is not None and md.target.type == "multipath":
                lines += _map(model, md, md.target, width)
                lines.append(BLANK)
        if not lines:
            return [Row(width).add(" no map has a multipath table", "dim").line()]
        return lines[:height]


def tree_lines(model: Model) -> int:
    """Lines that all maps take; 0 if none has a multipath table."""
    maps = [md.target for md in model.mds if md.target is not None and md.target.type == "multipath"]
    each = [2 + sum(1 + len(group.paths) for group in target.groups) + (not target.groups) for target in maps]
    return sum(each) + max(0, len(maps) - 1)


def _map(model: Model, md: MdView, target: TargetView, width: int) -> list[Line]:
    key = Key("md", md.name)
    chosen = model.selection.is_chosen("md", md.name)
    head = Row(width).add("▌" if chosen else " ", "accent").add(md.name, "head").add(f" {md.dev} ", "label")
    state, style = state_cells(model, md)
    head.add(f"{state} ", style)
    head.fits(f"event {md.event_nr} ", "label")
    total = sum(len(group.paths) for group in target.groups)
    good = target.nr_valid_paths
    head.right((f"{good} of {total} paths valid", "value" if good == total else "fault" if not good else "busy"))
    lines = [head.line(key, chosen), _features(target, width).line(key)]
    for at, group in enumerate(target.groups):
        last = at == len(target.groups) - 1
        lines.append(_group(group, width, "`-+-" if last else "|-+-").line(key))
        for index, path in enumerate(group.paths):
            branch = f"{' ' if last else '|'} {'`-' if index == len(group.paths) - 1 else '|-'}"
            lines.append(_path(model, path, branch, width))
    if not target.groups:
        lines.append(Row(width).add(" no priority group: bios end with EIO or queue", "dim").line(key))
    return lines


def _features(target: TargetView, width: int) -> Row:
    words = target.table.split()
    count = int(words[0]) if words and words[0].isdigit() else 0
    rest = words[count + 1 :]
    handler = " ".join(rest[1 : int(rest[0]) + 1]) if rest and rest[0].isdigit() else ""
    row = Row(width).add(" features ", "label").add(" ".join(words[1 : count + 1]) or "none", "")
    row.fits("  hwhandler ", "label").fits(handler or "none", "")
    if target.queued:
        row.fits(f"  ◷ {numbers.count(target.queued)} held in the target", "busy")
    if target.queue_io:
        row.fits("  queue_io", "busy")
    return row


def _group(group: GroupView, width: int, branch: str) -> Row:
    word, style = _GROUPS.get(group.state, (f"? {group.state}", "dim"))
    row = Row(width).add(f" {branch} ", "label").add(f"group {group.number} ", "value").add(word, style)
    return row.fits(f"  policy {group.selector}", "label")


def _path(model: Model, path: PathView, branch: str, width: int) -> Line:
    chosen = model.selection.is_chosen("device", path.name)
    row = Row(width).add(f" {branch} ", "label").add("▸" if path.current else " ", "accent")
    row.add(f"{path.name:<7}", "head").add(f"{path.dev:>6} ", "label")
    device = next((view for view in model.devices if view.name == path.name), None)
    if device is not None and device.gone:
        row.add(f"× {word(device):<7}", "fault")
    elif path.active:
        row.add("▲ active ", "ok")
    else:
        row.add("▼ failed ", "fault")
    checked = model.checked.get(path.name, "")
    if checked:
        row.fits(f"{checked:<12} ", "label" if checked in ("up", "ghost") else "busy")
    meter = model.device_meters.get(path.name)
    if meter is not None:
        row.fits(f"{numbers.count(meter.iops.value):>7}/s ", "value")
        row.fits(f"{path.in_flight:>3} out ", "label")
        row.fits(f"{path.fail_count:>2} fails ", "fault" if path.fail_count else "label")
    # In a place of its own: figures that come and go with it could not be compared from row to row.
    row.fits(f"{'◐ BUSY' if path.busy else '':<7}", "busy")
    if meter is not None and row.left >= 10:
        row.add(numbers.sparkline(meter.depth.last(row.left - 1), row.left - 1), "bar")
    return row.line(Key("device", path.name), chosen)

