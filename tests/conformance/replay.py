"""Replays what a real kernel did, line by line, and says what the emulator did otherwise.

A file of ``data/`` is one experiment in the words of the console: devices (all paths to one LUN whose sectors hold the
data of a seed), then steps.  A step's ``do`` are lines of which the last is judged; the other keys are those of a
scenario's steps, and

    counts   reads, writes and merges that /sys/block/X/stat counted during the step
    sizes    sectors of the requests that reached a device during the step, how many of each: 8x53 16x4
    files    what is in files of /sys/block
    held     what a device holds, in order
    favours  which of two devices had more reads since its log was last asked, "" = as many
    uevents  those of paths, since last asked, in the order sent: DM_ACTION DM_SEQNUM DM_PATH DM_NR_VALID_PATHS
    jobs_io  what an io line in the background said when it ended
    kernel   lines of the kernel log that begin with device-mapper
    answers  how many of each operation a device answered since it was last asked

``more`` are disks with a LUN of their own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emulator.lab import Lab, SyncLab
from emulator.lab.results import LabError, LineError
from emulator.lab.steps import differences, step_wait
from emulator.plan import DeviceSpec, Distribution, Limits, LunSpec, Plan
from emulator.scenario.steps import LineStep

DATA = Path(__file__).parent / "data"
SECTORS = 131_072


def experiments() -> list[str]:
    """Names of all experiments."""
    return sorted(path.stem for path in DATA.glob("*.json"))


def load(name: str) -> dict[str, Any]:
    """One experiment."""
    value: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return value


def plan_of(experiment: dict[str, Any]) -> Plan:
    """Its devices over one LUN; mapped devices are made by its steps.

    Each device takes a little longer than the one before: what ends on two of them does not end at the same instant.
    """
    more: dict[str, dict[str, Any]] = experiment.get("more", {})
    return Plan(
        name=experiment["name"],
        luns=(
            LunSpec("store", SECTORS, seed=experiment["seed"]),
            *(LunSpec(f"{name}-store", disk["sectors"], seed=disk.get("seed", 1)) for name, disk in more.items()),
        ),
        devices=tuple(
            DeviceSpec(
                name, "store", dev, queue_depth=experiment.get("queue_depth", 128),
                service=Distribution("fixed", 100.0 + 20 * nr), limits=Limits(*experiment.get("limits", ())),
                handlers=tuple(experiment.get("handlers", ())),
            )
            for nr, (name, dev) in enumerate(experiment["devices"])
        )
        + tuple(
            DeviceSpec(name, f"{name}-store", disk["dev"], stackable=disk.get("stackable", True))
            for name, disk in more.items()
        ),
        labels=tuple((dev, name) for name, dev in experiment["devices"]),
    )


def replay(name: str) -> Iterator[tuple[int, str]]:
    """(number of a step, what was otherwise), in order."""
    experiment = load(name)
    sent = 0
    with Lab.sync(plan_of(experiment), era="modern") as lab:
        for step in experiment["steps"]:
            step["sent"] = sent
            sent += len(step.get("uevents", ()))
            for text in _step(lab, step):
                yield step["number"], f"{step['do'][-1] if step['do'] else 'look'}: {text}"


def _step(lab: SyncLab, step: dict[str, Any]) -> Iterator[str]:
    seen = len(_kernel(lab))
    before = {device: _stat(lab, device) for device in step.get("counts", {})}
    for device in step.get("sizes", {}):
        lab.do(f"log {device}")
    try:
        for line in step["do"][:-1]:
            lab.do(line)
        judged = LineStep(
            step["do"][-1] if step["do"] else "now", step.get("rc", None if _background(step) else "any"),
            tuple(step["out"]) if "out" in step else None, tuple(step["err"]) if "err" in step else None,
            step.get("table", {}), step.get("status", {}), step.get("info", {}), step.get("io", {}),
            step.get("log", {}), step.get("jobs", {}),
        )
        yield from lab.finish(step_wait(lab.session, judged))
    except (LineError, LabError) as error:
        yield str(error)
    for device, wanted in step.get("counts", {}).items():
        now = _stat(lab, device)
        found = {key: now[key] - before[device][key] for key in wanted}
        if found != wanted:
            yield f"{device} had {found}, expected {wanted}"
    for device, wanted in step.get("sizes", {}).items():
        sizes = Counter(entry.sectors for entry in lab.do(f"log {device}").value)
        yield from differences(f"sizes on {device}", " ".join(f"{s}x{n}" for s, n in sorted(sizes.items())), wanted)
    for file, wanted in step.get("files", {}).items():
        yield from differences(file, lab.do(f"cat {file}").out[0], wanted)
    for device, wanted in step.get("answers", {}).items():
        ops = Counter(entry.op for entry in lab.do(f"log {device}").value)
        yield from differences(f"answers of {device}", _ops({op: ops[op] for op in wanted}), _ops(wanted))
    for device, wanted in step.get("held", {}).items():
        yield from differences(f"held by {device}", " ".join(lab.do(f"held {device}").out), wanted)
    if "favours" in step:
        yield from _favours(lab, step["favours"])
    if "uevents" in step:
        yield from differences("uevents", "; ".join(_uevents(lab)[step["sent"] :]), "; ".join(step["uevents"]))
    for id, wanted in step.get("jobs_io", {}).items():
        yield from _job_io(lab, id, wanted)
    if "kernel" in step:
        said = _kernel(lab)[seen:]
        yield from differences("kernel log", "; ".join(sorted(said)), "; ".join(sorted(step["kernel"])))


def _ops(counts: Mapping[str, int]) -> str:
    return " ".join(f"{op}={counts[op]}" for op in sorted(counts) if counts[op])


def _background(step: dict[str, Any]) -> bool:
    return bool(step["do"]) and step["do"][-1].startswith("bg ")


def _stat(lab: SyncLab, device: str) -> dict[str, int]:
    """Counters of its stat file; all 0 of a device that is not there yet."""
    keys = ("reads", "merged_reads", "", "", "writes", "merged_writes")
    result = lab.do(f"cat /sys/block/{device}/stat")
    numbers = [int(word) for word in result.value.split()] if result.rc == 0 else [0] * len(keys)
    return dict(zip(keys, numbers, strict=False))


def _job_io(lab: SyncLab, id: str, wanted: dict[str, Any]) -> Iterator[str]:
    job = lab.jobs.get(id)
    result = job.result if job is not None else None
    if result is None or result.value is None:
        yield f"[{id}] has said nothing, expected {wanted}"
        return
    value = result.value
    found = {
        "ok": value.ok, "errors": dict(value.errors), "crc32": f"{value.crc32:08x}", "bytes": value.bytes,
        "verified": value.verified,
    }
    for key, expected in wanted.items():
        if found[key] != expected:
            yield f"[{id}] {key} is {found[key]}, expected {expected}"


def _favours(lab: SyncLab, wanted: dict[str, Any]) -> Iterator[str]:
    reads = {device: len(lab.do(f"log {device}").value) for device in wanted["of"]}
    most = max(reads, key=lambda device: reads[device])
    found = "" if len(set(reads.values())) == 1 else most
    if found != wanted["more"]:
        yield f"reads were {reads}, expected more of them on {wanted['more'] or 'neither'}"


def _uevents(lab: SyncLab) -> list[str]:
    """Path uevents so far."""
    keys = ("DM_ACTION", "DM_SEQNUM", "DM_PATH", "DM_NR_VALID_PATHS")
    return [" ".join(str(event.details[key]) for key in keys) for event in lab.events if event.kind == "uevent"]


def _kernel(lab: SyncLab) -> list[str]:
    """Lines of the kernel log so far."""
    texts = [str(event.details["text"]) for event in lab.events if event.kind == "kernel_log"]
    return [text for text in texts if text.startswith("device-mapper")]
