"""What each recorded function says to a reader, in the kernel's words (whoever shows a life runs this)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.block.bio import op_of
from emulator.block.errors import errno_name
from emulator.dm import codes
from emulator.trace.events import TraceEvent
from emulator.trace.life import Life, Tone
from emulator.trace.noting import LONG_US

MAPIO = {
    codes.DM_MAPIO_SUBMITTED: "DM_MAPIO_SUBMITTED",
    codes.DM_MAPIO_REMAPPED: "DM_MAPIO_REMAPPED",
    codes.DM_MAPIO_REQUEUE: "DM_MAPIO_REQUEUE",
    codes.DM_MAPIO_DELAY_REQUEUE: "DM_MAPIO_DELAY_REQUEUE",
}
ENDIO = {
    codes.DM_ENDIO_INCOMPLETE: "DM_ENDIO_INCOMPLETE",
    codes.DM_ENDIO_REQUEUE: "DM_ENDIO_REQUEUE",
    codes.DM_ENDIO_DELAY_REQUEUE: "DM_ENDIO_DELAY_REQUEUE",
}
PREP = {codes.BLKPREP_OK: "BLKPREP_OK", codes.BLKPREP_KILL: "BLKPREP_KILL", codes.BLKPREP_DEFER: "BLKPREP_DEFER"}

KEPT_SELDOM = (
    f"while very many pass, what is in flight is recorded, from the first key, order or error on, and of what ended "
    f"what was looked at, what took {LONG_US // 1000} ms or more, and what was in trouble; in slow motion all is"
)
"""Why a sparse recorder does not have something."""

Words = tuple[str, Tone]


def mapio(verdict: int) -> str:
    """DM_MAPIO_* or the errno's name."""
    return MAPIO[verdict] if verdict in MAPIO else f"-{errno_name(verdict)}"


def endio(verdict: int) -> str:
    """What rq_end_io said: DM_ENDIO_*, ok, or the errno's name."""
    return "ok" if verdict == 0 else ENDIO[verdict] if verdict in ENDIO else f"-{errno_name(verdict)}"


def extent(sector: int, sectors: int) -> str:
    """``8+16``."""
    return f"{sector}+{sectors}"


def deed(where: tuple[int, int, int]) -> str:
    """``read 8+16``."""
    sector, sectors, flags = where
    return f"{op_of(flags)} {extent(sector, sectors)}"


def plural(count: int, word: str) -> str:
    """``1 bio``, ``2 bios``."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def span(us: float) -> str:
    """A length of time in microseconds with its unit: ``4.1µs``, ``320µs``, ``1.25ms``, ``2.10s``."""
    if us < 1_000:
        return f"{us:.0f}µs" if us >= 100 or us == round(us) else f"{us:.1f}µs"
    value, unit = (us / 1e3, "ms") if us < 1_000_000 else (us / 1e6, "s")
    return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f}{unit}"


def _outcome(number: int) -> str:
    return errno_name(number) if number else "ok"


def _submit(of: Mapping[str, Any]) -> Words:
    return f"bio {of['bio']}: {deed(of['where'])} to {of['md']}", ""


def _ended_above(of: Mapping[str, Any]) -> Words:
    what = f"bio {of['bio']} ended: {_outcome(of['errno'])}, {span(of['took_us'])} after it was submitted"
    return what, "error" if of["errno"] else "good"


def _insert(of: Mapping[str, Any]) -> Words:
    bio = f"bio {of['bio']} of {of['owner']} ({deed(of['where'])})"
    if of["how"] == "new":
        return f"{bio} -> request {of['request']}, allocated; INSERT_SORT into the elevator", ""
    return f"{bio}: {of['how']} into request {of['request']}", "mark"


def _prep(of: Mapping[str, Any]) -> Words:
    if of["verdict"] != codes.BLKPREP_OK:
        return f"{PREP[of['verdict']]}: no memory for the clone; it stays at the front", "wait"
    return f"clone {of['clone']} with {plural(of['bios'], 'bio')}: BLKPREP_OK", ""


def _map(of: Mapping[str, Any]) -> Words:
    verdict, why = of["verdict"], of["why"]
    because = f" ({why})" if why else ""
    if verdict == codes.DM_MAPIO_REMAPPED:
        return f"clone {of['clone']} -> {of['device']}: DM_MAPIO_REMAPPED{because}", ""
    tone: Tone = "error" if verdict < 0 else "wait" if verdict == codes.DM_MAPIO_SUBMITTED else "requeue"
    held = "; the target holds the clone" if verdict == codes.DM_MAPIO_SUBMITTED else ""
    return f"clone {of['clone']}: {mapio(verdict)}{because}{held}", tone


def _end_clone_bio(of: Mapping[str, Any]) -> Words:
    bios = plural(of["bios"], "clone bio")
    if of["errno"]:
        return f"{bios} of clone {of['clone']}: {errno_name(of['errno'])}, kept; the original bios do not end", "error"
    return f"{bios} of clone {of['clone']}: ok, the original bios end at once", "good"


def _bio_endio(of: Mapping[str, Any]) -> Words:
    names = ", ".join(str(bio) for bio in of["bios"][:6]) + (" ..." if len(of["bios"]) > 6 else "")
    which = "" if set(of["bios"]) == {0} else f" {names}"
    return f"bio{which} of the original: {_outcome(of['errno'])}", "error" if of["errno"] else "good"


def _softirq_done(of: Mapping[str, Any]) -> Words:
    return _judged("rq_end_io", of)


def _split(of: Mapping[str, Any]) -> Words:
    return f"bio {of['bio']} of {of['owner']} ({deed(of['where'])}) -> bio {of['request']}, no request is made", ""


def _clone_endio(of: Mapping[str, Any]) -> Words:
    return _judged("end_io", of)


def _judged(function: str, of: Mapping[str, Any]) -> Words:
    """What the target's *function* said of the end of a clone, and why."""
    text = f"clone {of['clone']}: {function}({_outcome(of['errno'])})"
    if of["why"] and of["errno"]:
        text += f": {of['why']}"
    hidden = of["verdict"] in ENDIO
    return f"{text} -> {endio(of['verdict'])}", "requeue" if hidden else "error" if of["verdict"] else "good"


def _io_complete(of: Mapping[str, Any]) -> Words:
    return f"bio {of['bios'][0]} ends: {_outcome(of['errno'])}", "error" if of["errno"] else "good"


def _requeue(of: Mapping[str, Any]) -> Words:
    return f"requeue #{of['retries']}: clone freed, front of the md queue ({of['reason']})", "requeue"


def _requeue_later(of: Mapping[str, Any]) -> Words:
    return f"requeue #{of['retries']}: clone freed, onto the requeue list ({of['reason']})", "requeue"


def _end_request(of: Mapping[str, Any]) -> Words:
    what = f"clone {of['clone']} freed; the original ends: {_outcome(of['errno'])}"
    return what, "error" if of["errno"] else "good"


def _scsi(of: Mapping[str, Any]) -> Words:
    fault = f"; fault {of['fault']}" if of["fault"] else ""
    return f"clone {of['clone']} started, command {of['command']}{fault}", "error" if of["fault"] else ""


def _scsi_done(of: Mapping[str, Any]) -> Words:
    good = f"{of['good']} sectors good, then {errno_name(of['errno'])}" if of["good"] else errno_name(of["errno"])
    return f"clone {of['clone']}: {good if of['errno'] else 'served'}", "error" if of["errno"] else "good"


def _update(of: Mapping[str, Any]) -> Words:
    sectors = "all sectors" if of["sectors"] < 0 else f"{of['sectors']} sectors"
    what = f"clone {of['clone']}: {sectors} {_outcome(of['errno'])}"
    return f"{what}, ends {plural(of['bios'], 'clone bio')}", "error" if of["errno"] else ""


def _end_clone_request(of: Mapping[str, Any]) -> Words:
    return f"clone {of['clone']} ended on the device: {_outcome(of['errno'])}", "error" if of["errno"] else ""


def _raised(of: Mapping[str, Any]) -> Words:
    source = f", raised by {of['source']}" if of["source"] else ""
    backlog = f"; {of['backlog']} on it" if of["backlog"] >= 0 else ""
    return f"clone {of['clone']} on the done list{source}{backlog}", ""


def _lock(of: Mapping[str, Any]) -> Words:
    if of["waited_ns"]:
        return f"got {of['lock']} after {span(of['waited_ns'] / 1000)}", "wait"
    return f"took {of['lock']}", ""


def _event(of: Mapping[str, Any]) -> Words:
    details = {key: value for key, value in of["details"].items() if key not in ("md", "device")}
    words = " ".join(f"{key}={value}" for key, value in details.items() if not isinstance(value, list | tuple))
    words = "; ".join([words, *(str(line) for value in details.values() if isinstance(value, list | tuple)
                                for line in value)])
    bad = of["kind"] in ("path_failed", "no_path_left", "io_error", "deadlock", "suspend_failed")
    bad = bad or of["kind"] in ("device_gone", "device_offline")
    return words or "-", "error" if bad else "mark"


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], Words]] = {
    "submit_bio": _submit,
    "bi_end_io": _ended_above,
    "get_request_wait": lambda of: (f"no free request on the md queue: the task {of['what']}", "wait"),
    "__make_request": _insert,
    "__split_and_process_bio": _split,
    "__map_bio": _map,
    "clone_endio": _clone_endio,
    "dm_io_complete": _io_complete,
    "elv_merge_requests": lambda of: (f"request {of['other']} fused into request {of['request']}", "mark"),
    "dm_prep_fn": _prep,
    "dm_request_fn": lambda of: (
        "the target is busy: not started, the queue stops here" if of["why"] == "busy" else "no table: not started",
        "wait",
    ),
    "blk_start_request": lambda of: ("off the md queue, in flight", ""),
    "map_request": _map,
    "dispatch_queued_ios": _map,
    "end_clone_bio": _end_clone_bio,
    "bio_endio": _bio_endio,
    "blk_insert_flush": lambda of: (f"{of['op']} as request {of['request']}, for request {of['sequence']}", "mark"),
    "blk_flush_complete_seq": lambda of: (f"the sequence is over: {_outcome(of['errno'])}", "mark"),
    "dm_complete_request": lambda of: (
        f"clone {of['clone']}: {errno_name(of['errno'])} without a device; raises the softirq", "error",
    ),
    "dm_softirq_done": _softirq_done,
    "dm_requeue_unmapped_request": _requeue,
    "dm_requeue_original_request": _requeue_later,
    "dm_end_request": _end_request,
    "rq_completed": lambda of: ("the original is finished, its slot is free", ""),
    "blk_insert_cloned_request": lambda of: (
        f"clone {of['clone']} of {of['md']}: {of['sector']}+{sum(of['sizes'])}, {plural(len(of['sizes']), 'bio')}", "",
    ),
    "scsi_request_fn": _scsi,
    "scsi_done": _scsi_done,
    "blk_update_request": _update,
    "end_clone_request": _end_clone_request,
    "medium": lambda of: (f"command {of['command']} of {of['device']}: {extent(of['sector'], of['sectors'])}", ""),
    "blk_complete_request": _raised,
    "blk_done_softirq": lambda of: (f"clone {of['clone']} off the done list; {of['backlog']} left", ""),
    "lock": _lock,
    "lock_wait": lambda of: (f"waits for {of['lock']}" + (f", held by {of['holder']}" if of["holder"] else ""), "wait"),
    "unlock": lambda of: (f"dropped {of['lock']} after {span(of['held_ns'] / 1000)}", ""),
    "blk_plug_device": lambda of: ("the queue is plugged", "mark"),
    "blk_remove_plug": lambda of: ("the queue is unplugged", "mark"),
    "blk_stop_queue": lambda of: ("the queue is stopped", "mark"),
    "blk_start_queue": lambda of: ("the queue is started", "mark"),
    "blk_mq_requeue_work": lambda of: (f"{plural(of['requests'], 'request')} of the requeue list to the front", "mark"),
    "event": _event,
    "send": lambda of: (f"{plural(len(of['messages']), 'message')} to {of['to']}", ""),
}


def words(event: TraceEvent) -> Words:
    """What *event* says, and its tone.  Raises KeyError for a function without words."""
    return _WORDS[event.function](event.fields)


def life_lines(life: Life) -> list[str]:
    """A life as lines: microseconds since its first step, process, context, function, what happened."""
    lines = [life.title, *([life.reason] if life.reason else []), *life.facts, *(f"({text})" for text in life.missing)]
    for step in life.steps:
        locks = f" [{' '.join(step.locks)}]" if step.locks else ""
        at = f"{step.at_us - life.since_us:+9} {step.machine:<10}"
        lines.append(f"{at} {step.context or '-'}{locks} {step.function}: {step.text}")
    return lines
