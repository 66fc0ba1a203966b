"""Stories: console lines, each with what is to be seen after it.  Used by the test_findings_*.py.

A story is text.  A line that begins with ``=`` says what is to be seen then; every other is done, and 10 ms pass.

    = status TEXT     dmsetup status mp, or the part of it from its first group on
    = table TEXT      a part of dmsetup table mp
    = event N         event number; = state WORD, = tables WORDS, = open N as dmsetup info has them
    = loop0 TEXT      what loop0 answered since last asked, in order, joined with ;
    = job TEXT        how job A stands: blocked, ok, or an errno name; = job B ... for another
    = rc N            exit status of the line before; = err TEXT a part of its errors, = io TEXT of its output
    = kernel TEXT     a part of the kernel log since the story began; = no kernel TEXT
"""

from __future__ import annotations

from collections.abc import Iterator

from emulator.lab import Lab, SyncLab
from emulator.lab.results import DeviceInfo, Result
from emulator.plan import DeviceSpec, Distribution, LunSpec, Plan

SECTORS = 131_072
PATHS = 4
TWO = "0 131072 multipath 0 0 1 1 round-robin 0 2 1 7:0 1 7:1 1"
"""Two paths, no queueing."""
QUEUEING = TWO.replace("multipath 0", "multipath 1 queue_if_no_path")


def paths_plan() -> Plan:
    """loop0 to loop3 over one LUN of seed 1; each takes a little longer than the one before."""
    return Plan(
        name="story",
        luns=(LunSpec("store", SECTORS, seed=1),),
        devices=tuple(
            DeviceSpec(f"loop{nr}", "store", f"7:{nr}", queue_depth=128, service=Distribution("fixed", 100.0 + 20 * nr))
            for nr in range(PATHS)
        ),
        labels=tuple((f"7:{nr}", f"loop{nr}") for nr in range(PATHS)),
    )


def tell(story: str, table: str = TWO) -> list[str]:
    """Play *story* on mp with *table*; what was otherwise than it says."""
    with Lab.sync(paths_plan(), era="modern") as lab:
        lab.do(f"dmsetup create mp --table '{table}'")
        return list(_told(lab, story))


def _told(lab: SyncLab, story: str) -> Iterator[str]:
    last = lab.do("now")
    for number, line in enumerate(story.strip().splitlines(), 1):
        line = line.strip()
        if line.startswith("="):
            what, _, wanted = line[1:].strip().partition(" ")
            wrong = _wrong(lab, last, what, wanted)
            if wrong:
                yield f"line {number}, {line!r}: {wrong}"
        elif line:
            last = lab.do(line)
            lab.do("run 10ms")


def _wrong(lab: SyncLab, last: Result, what: str, wanted: str) -> str:
    """What is otherwise than "= what wanted" says, "" = nothing."""
    if what == "no":
        _, _, text = wanted.partition(" ")
        found = _kernel(lab)
        return f"found it: {found!r}" if text in found else ""
    if what in ("kernel", "err", "io", "table"):
        found = {
            "kernel": lambda: _kernel(lab), "err": lambda: " / ".join(last.err), "io": lambda: " / ".join(last.out),
            "table": lambda: lab.do("dmsetup table mp").text,
        }[what]()
        return "" if wanted in found else f"found {found!r}"
    found = _exact(lab, last, what, wanted)
    if what == "job" and wanted.split()[0] in lab.jobs:
        wanted = wanted.partition(" ")[2]
    return "" if found == wanted or (what == "status" and found.endswith(wanted)) else f"found {found!r}"


def _exact(lab: SyncLab, last: Result, what: str, wanted: str) -> str:
    if what == "rc":
        return str(last.rc)
    if what == "status":
        return lab.do("dmsetup status mp").text.strip()
    if what == "job":
        return _job(lab, wanted.split()[0] if wanted.split()[0] in lab.jobs else "A")
    if what in ("event", "state", "tables", "open"):
        info = lab.do("dmsetup info mp").value
        assert isinstance(info, DeviceInfo), "dmsetup info says it"
        return str({"event": info.event_nr, "state": info.state, "tables": info.tables, "open": info.open_count}[what])
    return ";".join(lab.do(f"log {what}").out)


def _job(lab: SyncLab, id: str) -> str:
    result = lab.jobs[id].result
    if result is None:
        return "blocked"
    errors = getattr(result.value, "errors", None)
    return "ok" if result.rc == 0 else " ".join(errors) if errors else f"rc={result.rc}"


def _kernel(lab: SyncLab) -> str:
    return "\n".join(str(event.details["text"]) for event in lab.events if event.kind == "kernel_log")
