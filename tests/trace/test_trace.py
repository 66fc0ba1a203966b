"""The trace of an md: each function with its fields, and a retried request's whole way."""

from __future__ import annotations

from helpers.md import table
from helpers.stage import Stage, plan

from emulator.commands import InjectFault
from emulator.dm.codes import DM_ENDIO_REQUEUE, DM_MAPIO_REMAPPED
from emulator.plan import FaultSpec
from emulator.trace.events import FIELDS, way_of
from emulator.trace.recorder import Recorder, Wanted
from emulator.trace.unfold import unfold
from emulator.trace.words import _WORDS


def test_a_failed_request_can_be_followed_to_the_other_path() -> None:
    stage = Stage(plan(table("sda", "sdb")))
    md = stage.sim.machines["md"]
    recorder = Recorder(md)
    stage.sim.submit(InjectFault("sda", FaultSpec("cut", "error", "sda")))
    stage.read(0, unplug=True)
    stage.play(20_000)
    way = way_of(1, unfold(recorder.answer(Wanted()).read()))
    attempt = ["dm_prep_fn", "blk_start_request", "map_request", "end_clone_bio"]
    assert [event.function for event in way] == [
        "__make_request", *attempt, "dm_softirq_done", "dm_requeue_unmapped_request",
        *attempt, "bio_endio", "dm_softirq_done", "dm_end_request", "rq_completed",
    ]
    assert way[0].fields["where"][:2] == (0, 8)
    assert [event.fields["device"] for event in way if event.function == "map_request"] == ["sda", "sdb"]
    assert [event.fields["verdict"] for event in way if event.function == "dm_softirq_done"] == [DM_ENDIO_REQUEUE, 0]
    assert {event.fields["verdict"] for event in way if event.function == "map_request"} == {DM_MAPIO_REMAPPED}
    assert way[4].context == "C3:sda" and way[5].context.startswith("C4:")
    assert [event.at_us for event in way] == sorted(event.at_us for event in way)


def test_tracing_off_keeps_nothing() -> None:
    stage = Stage(plan(table("sda", "sdb")))
    stage.read(0, unplug=True)
    stage.play(20_000)
    assert stage.sim.machines["md"].trace is None


def test_every_function_has_words() -> None:
    assert set(_WORDS) == set(FIELDS)
