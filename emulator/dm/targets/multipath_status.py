"""Table line, status line and view of a multipath target (multipath_status, reference 18.11).  Every word has a blank
behind it.  Runs in the md's process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.dm.targets.selectors import Path
from emulator.snapshot import GroupView, PathView, TargetView

if TYPE_CHECKING:
    from emulator.dm.targets.multipath import Multipath


def table_line(m: Multipath) -> str:
    """Features, handler, groups with their paths."""
    words = m.features.words(m.queue_if_no_path)
    line = [str(len(words)), *words, *(("1", m.handler) if m.handler else ("0",)), *_groups(m)]
    for group in m.groups:
        selector = group.selector
        line += [selector.name, selector.own_words(), str(len(group.paths)), str(selector.most_args)]
        for path in group.paths:
            line += [path.lower.dev, *selector.table_args(path)]
    return " ".join(line) + " "


def status_line(m: Multipath) -> str:
    """Queue size (later kernels: queue_io), pg_init count, groups with their paths."""
    first = int(m.pg_init.queue_io) if m.modern else len(m.queued)
    line = ["2", str(first), str(m.pg_init.count), "0", *_groups(m)]
    for group in m.groups:
        selector = group.selector
        line += [m.choice.letter(group), selector.own_words(), str(len(group.paths)), str(selector.info_args)]
        for path in group.paths:
            line += [path.lower.dev, "A" if path.active else "F", str(path.fail_count), *selector.info(path)]
    return " ".join(line) + " "


def _groups(m: Multipath) -> list[str]:
    return [str(len(m.groups)), str(m.choice.shown_group())]


def target_view(m: Multipath) -> TargetView:
    """Groups and paths, for a face."""
    return TargetView(
        type=m.type,
        groups=tuple([
            GroupView(
                group.number,
                m.choice.letter(group),
                group.selector.name,
                tuple([_path_view(m, path) for path in group.paths]),
            )
            for group in m.groups
        ]),
        queue_if_no_path=m.queue_if_no_path,
        saved_queue_if_no_path=m.saved_queue_if_no_path,
        queue_io=m.pg_init.queue_io,
        queued=len(m.queued),
        nr_valid_paths=m.choice.nr_valid_paths,
        table=table_line(m),
        status=status_line(m),
    )


def _path_view(m: Multipath, path: Path) -> PathView:
    lower = path.lower
    return PathView(
        name=lower.name,
        dev=lower.dev,
        active=path.active,
        fail_count=path.fail_count,
        in_flight=path.in_flight,
        bytes=path.bytes,
        busy=lower.busy(),
        current=path is (m.choice.chosen if m.choice.current_path is not None else None),
    )
