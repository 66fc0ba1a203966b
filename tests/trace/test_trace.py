"""The trace of an md: each function with its fields, and a retried request's whole way."""

from __future__ import annotations

from helpers.md import table
from helpers.stage import Stage, plan

from emulator.commands import InjectFault
from emulator.dm.codes import DM_ENDIO_REQUEUE, DM_MAPIO_REMAPPED
from emulator.plan import FaultSpec
from emulator.trace.events import read_trace, way_of


def test_a_failed_request_can_be_followed_to_the_other_path() -> None:
    stage = Stage(plan(table("sda", "sdb")))
    md = stage.sim.machines["md"]
    md.trace = []
    stage.sim.submit(InjectFault("sda", FaultSpec("cut", "error", "sda")))
    stage.read(0, unplug=True)
    stage.play(20_000)
    events = read_trace("md", md.trace)
    assert events[0].function == "dm_make_request" and events[0].fields["sector"] == 0
    way = way_of(events[1].fields["request"], events)
    assert [event.function for event in way] == [
        "dm_prep_fn", "map_request", "end_clone_bio", "dm_softirq_done", "dm_requeue_unmapped_request",
        "dm_prep_fn", "map_request", "end_clone_bio", "dm_softirq_done",
    ]
    assert [event.fields["device"] for event in way if event.function == "map_request"] == ["sda", "sdb"]
    assert [event.fields["verdict"] for event in way if event.function == "dm_softirq_done"] == [DM_ENDIO_REQUEUE, 0]
    assert {event.fields["verdict"] for event in way if event.function == "map_request"} == {DM_MAPIO_REMAPPED}
    assert way[2].context == "C3:sda" and way[3].context.startswith("C4:")
    assert [event.at_us for event in way] == sorted(event.at_us for event in way)


def test_tracing_off_keeps_nothing() -> None:
    stage = Stage(plan(table("sda", "sdb")))
    stage.read(0, unplug=True)
    stage.play(20_000)
    assert stage.sim.machines["md"].trace is None
