"""Where a request spent its time: stretches between two of its steps (whoever shows a life runs this)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from emulator.dm import codes
from emulator.trace.events import TraceEvent
from emulator.trace.life import Wait


def waits_of(events: Sequence[TraceEvent], mds: Collection[str]) -> Iterator[Wait]:
    """The stretches of the request on *mds* and of its clones below, in the order of their ends; open ones last."""
    for wait in _stretches(events, mds):
        if wait.until_us != wait.since_us:
            yield wait


def _stretches(events: Sequence[TraceEvent], mds: Collection[str]) -> Iterator[Wait]:
    running: dict[tuple[str, object], Wait] = {}

    def begin(what: str, where: str, key: object, at_us: int) -> None:
        running.setdefault((what, key), Wait(what, where, at_us, -1))

    def end(what: str, key: object, at_us: int) -> Iterator[Wait]:
        wait = running.pop((what, key), None)
        if wait is not None:
            yield Wait(wait.what, wait.where, wait.since_us, at_us)

    for event in events:
        of, at_us, where = event.fields, event.at_us, event.machine
        match event.function:
            case "submit_bio":
                begin("way", of["md"], (where, of["bio"]), at_us)
            case "__make_request":
                yield from end("way", (of["owner"], of["bio"]), at_us)
                if of["how"] == "new":
                    begin("queue", where, where, at_us)
            case "__split_and_process_bio":
                yield from end("way", (of["owner"], of["bio"]), at_us)
            case "bio_endio" | "dm_io_complete":
                for bio in of["bios"]:
                    begin("way back", where, bio, at_us)
            case "bi_end_io":
                yield from end("way back", of["bio"], at_us)
            case "lock_wait":
                begin("lock", of["lock"], (where, event.context), at_us)
            case "lock":
                yield from end("lock", (where, event.context), at_us)
            case "dm_request_fn":
                begin("busy", where, where, at_us)
            case "blk_start_request":
                yield from end("queue", where, at_us)
                yield from end("busy", where, at_us)
                yield from end("requeued", where, at_us)
            case "map_request" if of["verdict"] == codes.DM_MAPIO_SUBMITTED:
                begin("held", where, of["clone"], at_us)
            case "dispatch_queued_ios" if of["verdict"] != codes.DM_MAPIO_SUBMITTED:
                yield from end("held", of["clone"], at_us)
            case "blk_insert_cloned_request" if where in mds:
                begin("queue", where, where, at_us)
            case "blk_insert_cloned_request":
                begin("device queue", where, (where, of["clone"]), at_us)
            case "scsi_request_fn":
                yield from end("device queue", (where, of["clone"]), at_us)
                begin("service", where, (where, of["clone"]), at_us)
            case "scsi_done":
                yield from end("service", (where, of["clone"]), at_us)
                begin("turn", where, (where, of["clone"]), at_us)
            case "end_clone_request":
                yield from end("turn", (where, of["clone"]), at_us)
            case "blk_complete_request":
                begin("softirq", where, (of["md"], of["clone"]), at_us)
            case "blk_done_softirq":
                yield from end("softirq", (of["md"], of["clone"]), at_us)
            case "dm_requeue_unmapped_request" | "dm_requeue_original_request":
                begin("requeued", where, where, at_us)
    yield from (wait for wait in running.values() if wait.what != "way back")
