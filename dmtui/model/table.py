"""The rows behind each panel as plain tables, for CSV and JSON and for the clipboard (pure, UI thread).

Times in microseconds of emulated time, sizes in bytes, unless a column's name says otherwise.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict

from dmtui.keymap import with_names
from dmtui.model.columns import COLUMNS, SERIES
from dmtui.model.lanes import Note
from dmtui.model.listing import oldest_first, submitters
from dmtui.model.selection import Stage
from dmtui.model.state import Model
from emulator.snapshot import RequestView
from emulator.trace.life import Life
from emulator.trace.words import life_lines

Cell = str | int | float | bool
Table = list[dict[str, Cell]]


def rows_of(model: Model, stage: Stage) -> Table:
    """The rows of a panel, filtered and sorted as it shows them; every panel has some, as soon as it shows any."""
    return _TABLES[stage](model)


def as_csv(rows: Table) -> str:
    """With a header line; a column that a row lacks is empty."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_json(rows: Table) -> str:
    """An array of objects."""
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def life_csv(life: Life) -> str:
    """The steps of a life; times count from the start of the emulation."""
    return as_csv([
        {
            "at_us": step.at_us, "since_start_us": step.at_us - life.since_us, "machine": step.machine,
            "context": step.context, "locks": " ".join(step.locks), "function": step.function, "text": step.text,
            "life": step.about,
        }
        for step in life.steps
    ])


def life_json(life: Life) -> str:
    """All of a life: reasons, steps, bios, clones, waits, messages."""
    return json.dumps(asdict(life), indent=1, ensure_ascii=False) + "\n"


def life_text(life: Life) -> str:
    """As the console's ``life`` prints it."""
    return "".join(f"{line}\n" for line in life_lines(life))


def _requests(machine: str, where: str, found: Iterable[RequestView]) -> Table:
    return [
        {
            "machine": machine, "list": where, "id": r.id, "op": r.op, "sector": r.sector, "bytes": r.sectors * 512,
            "bios": r.bios, "age_us": r.age, "state": r.state, "flags": r.flags, "retries": r.retries, "path": r.path,
            "owner": r.owner,
        }
        for r in found
    ]


def _queue(model: Model) -> Table:
    asked = model.lists.get("queue").requests
    rows: Table = []
    for md in model.mds:
        rows += _requests(md.name, "elevator", asked(md.queue.sorted))
        rows += _requests(md.name, "dispatch", asked(md.queue.dispatch))
    return rows


def _clones(model: Model) -> Table:
    asked = model.lists.get("clones").requests
    return [row for md in model.mds for row in _requests(md.name, "in flight", asked(oldest_first(md.in_flight)))]


def _devices(model: Model) -> Table:
    rows: Table = []
    for device in model.devices:
        meter = model.device_meters.get(device.name)
        places = model.paths_to(device.name)
        rows.append({
            "device": device.name, "dev": device.dev, "lun": device.lun, "gone": device.gone, "busy": device.busy,
            "path": ("active" if all(p.active for *_, p in places) else "failed") if places else "",
            "queued": device.nr_queued, "in_service": device.nr_service, "depth": device.depth,
            "errors": device.errors, "faults": " ".join(fault.name for fault in device.faults),
            "iops": round(meter.iops.value, 1) if meter else "",
        })
    return rows


def _multipath(model: Model) -> Table:
    return [
        {
            "map": md.name, "group": group.number, "group_state": group.state, "path": path.name, "dev": path.dev,
            "active": path.active, "busy": path.busy, "in_flight": path.in_flight, "fail_count": path.fail_count,
            "checker": model.checked.get(path.name, ""),
        }
        for md in model.mds if md.target for group in md.target.groups for path in group.paths
    ]


def _submitters(model: Model) -> Table:
    return [
        {
            "submitter": view.name, "target": view.target, "running": view.running, "outstanding": view.outstanding,
            "completed": view.completed, "failed": view.failed, "corrupt": view.corruption, "oldest_us": view.oldest,
            "p50_us": view.p50, "p95_us": view.p95, "p99_us": view.p99, "max_us": view.latency_max,
        }
        for view in submitters(model)
    ]


def _locks(model: Model) -> Table:
    return [
        {
            "lock": f"{md.name}.queue_lock", "holder": md.lock.holder, "waiters": " ".join(md.lock.waiters),
            "held_ns_max": md.lock.held_ns_max, "held_share": round(model.lock_meter(md.name).held.value, 4),
        }
        for md in model.mds
    ]


def _softirqs(model: Model) -> Table:
    return [
        {"worker": view.name, "backlog": view.backlog, "done": " ".join(view.done)} for view in model.softirqs
    ]


def _faults(model: Model) -> Table:
    return [
        {
            "target": f.target, "fault": f.name, "type": f.type, "armed": f.armed, "fired": f.fired, "what": f.text,
            "until_us": f.until,
        }
        for f in model.faults()
    ]


def _warnings(model: Model) -> Table:
    return [
        {
            "kind": w.kind, "about": w.key.name, "text": w.text, "since_us": w.since_us, "last_us": w.last_us,
            "over": w.over,
        }
        for w in model.watch.all
    ]


def _log(model: Model) -> Table:
    wanted = model.lists.get("log").filter
    return [asdict(line) for line in model.log if wanted is None or wanted.line(line)]


def _latency(model: Model) -> Table:
    rows: Table = []
    for device in model.devices:
        meter = model.device_meters.get(device.name)
        gained = meter.latency.gained if meter else ()
        rows += [
            {"path": device.name, "below_us": 1 << bucket, "clones_last_second": number}
            for bucket, number in enumerate(gained) if number
        ]
    return rows


def _charts(model: Model) -> Table:
    """A row for each quarter of a second, the newest minute."""
    return [
        {
            "from_us": column.began_us, "to_us": column.ended_us,
            **{_SERIES.get(name, name): round(column.values.get(name, 0.0), 3) for name in SERIES},
        }
        for column in model.columns.last(COLUMNS)
    ]


_SERIES: Mapping[str, str] = {
    "reads": "reads_per_s", "writes": "writes_per_s", "bytes": "bytes_per_s", "requeued": "requeued_per_s",
    "queue": "md_queue", "clones": "clones_in_flight", "backlog": "softirq_backlog", "lock": "lock_held_share",
}
"""Names of columns that say more than those of the series."""


def _messages(model: Model) -> Table:
    rows: Table = []
    for row in model.lanes.rows if model.lanes is not None else ():
        if isinstance(row, Note):
            rows.append({"at_us": row.at_us, "note": row.text})
        else:
            rows.append({
                "at_us": row.at_us, "from": row.source, "to": row.destination, "message": row.word,
                "number": row.number, "count": row.count, "waits": row.waits,
            })
    return rows


def _sight(model: Model) -> Table:
    sight = model.sight
    return [{
        "completed": sight.completed, "clone_errors": sight.clone_errors, "hidden": sight.hidden,
        "requeued": sight.requeued, "failed": sight.failed, "said": with_names(sight.sentence(), model.keys),
    }]


_TABLES: Mapping[Stage, Callable[[Model], Table]] = {
    "queue": _queue, "clones": _clones, "devices": _devices, "multipath": _multipath, "submitters": _submitters,
    "completions": _submitters, "lock": _locks, "softirq": _softirqs, "faults": _faults, "warnings": _warnings,
    "log": _log, "heatmap": _latency, "charts": _charts, "lanes": _messages, "why": _sight,
}
