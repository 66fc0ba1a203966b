"""Presets, and what a fault would hit: pure, and in the dialog with Pilot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from textual.widgets import Input, Static

from dmtui.model import faultform, hits
from dmtui.model.presets import EVERY, PRESETS, Preset, keep_own, read_own
from dmtui.model.state import Model
from dmtui.screens.fault_dialog import FaultDialog
from emulator import commands
from emulator.faultset import FaultSet
from emulator.machine import Machine
from emulator.plan import FaultSpec
from emulator.snapshot import RequestView
from tests.ui import build
from tests.ui.pilot import SIZES, opened, orders


def rq(number: int, op: str, sector: int, sectors: int = 8) -> RequestView:
    """A request on a device."""
    return build.request(Random(1), number, "QUEUED", op=op, sector=sector, sectors=sectors, owner="mpatha")


THREE = (rq(1, "R", 0), rq(2, "W", 8), rq(3, "W", 100, 16))
MATCHES = [
    ({}, [True, True, True]),
    ({"op": "write"}, [False, True, True]),
    ({"op": "flush"}, [False, False, False]),
    ({"sector": 8, "sectors": 1}, [False, True, False]),
    ({"sector": 15, "sectors": 86}, [False, True, True]),
    ({"op": "read", "sector": 8, "sectors": 8}, [False, False, False]),
]


@pytest.mark.parametrize(("keys", "wanted"), MATCHES)
def test_who_matches(keys: dict[str, object], wanted: list[bool]) -> None:
    spec = FaultSpec("f", "error", "sda", **keys)  # type: ignore[arg-type]
    assert [hits.matches(spec, each) for each in THREE] == wanted


@pytest.mark.parametrize("nth", [0, 2, 3])
@pytest.mark.parametrize("every", [0, 1, 2, 3])
@pytest.mark.parametrize("times", [0, 1, 2])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 7])
def test_it_fires_as_often_as_the_emulator_says(nth: int, every: int, times: int, count: int) -> None:
    from emulator.device.faults import FAULTS

    spec = FaultSpec("f", "error", "sda", nth=nth, every=every, times=times)
    faults = FaultSet(Machine("sda", 1), "device", FAULTS, Random(1))
    faults.inject(spec)
    fired = sum(faults.judge(0, 0, 8, number) is not None for number in range(count))
    assert hits.fires(spec, count) == fired


def model_of(*devices: tuple[RequestView, ...]) -> Model:
    """A model whose sda had those queues, a frame for each."""
    model = Model()
    for tick, queue in enumerate(devices, 1):
        seen = build.with_device(
            build.views(tick), "sda", queue=queue, nr_queued=len(queue) + 2, service=(), nr_service=0,
            inserted=10 * tick,
        )
        model.apply(build.frame(tick, seen))
    return model


def test_now_and_lately_say_what_was_seen() -> None:
    model = model_of(THREE[:2], THREE[1:], (rq(4, "W", 300),))
    now, lately = hits.preview(model, [FaultSpec("f", "error", "sda", op="write", every=2)])
    assert now.startswith("now    1 of 1 seen of 3 on sda, ") and "in mpatha's queue" in now
    assert lately == "lately 3 of 4 seen of 20 on sda in 0.10s: fires on 1"


def test_what_hits_no_single_request_says_so() -> None:
    model = model_of(THREE)
    assert "all of sda while in force" in hits.preview(model, [FaultSpec("f", "busy", "sda")])[0]
    assert "activates sda" in hits.preview(model, [FaultSpec("f", "pg_init", "sda")])[0]
    assert "mpatha's queue" in hits.preview(model, [FaultSpec("f", "clone_alloc", "mpatha")])[0]
    both = [FaultSpec("f", "busy", name) for name in ("sda", "sdb")]
    assert "all of 2 devices" in hits.preview(model, both)[0]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_is_a_fault_that_fits(preset: Preset) -> None:
    texts = {each.key: each.default for each in faultform.FIELDS} | dict(preset.texts)
    assert isinstance(faultform.read(texts, preset.type, "x", preset.kind), FaultSpec)
    assert preset.type in faultform.types_for(preset.kind)


async def test_a_preset_fills_the_dialog_and_hits_every_path() -> None:
    async with opened() as (app, source, pilot):
        await pilot.press("i")
        await pilot.pause()
        dialog = app.screen
        assert isinstance(dialog, FaultDialog)
        dialog.query_one("#preset").value = "medium error"  # type: ignore[attr-defined]
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert dialog.target == EVERY
        said = str(dialog.query_one("#preview", Static).content)
        assert "on 2 devices" in said
        assert ": fault sda error name=scratch op=read range=4096+2048 errno=ENODATA  (and 1 more)" in said
        assert "inject: {name: scratch" in said
        await pilot.press("ctrl+s")
        await pilot.pause()
        given = orders(source)
        assert [order.target for order in given] == ["sda", "sdb"]
        assert all(isinstance(order, commands.InjectFault) and order.fault.sector == 4096 for order in given)
        source.orders.clear()
        await pilot.press("u")
        await pilot.pause()
        assert orders(source) == [commands.ClearFault("sda", "scratch"), commands.ClearFault("sdb", "scratch")]


@pytest.mark.parametrize("preset", [PRESETS[0], PRESETS[5], PRESETS[10], PRESETS[12]], ids=lambda preset: preset.name)
async def test_the_dialog_may_begin_with_a_preset(preset: Preset) -> None:
    async with opened() as (app, _, pilot):
        app.action_fault_dialog(preset.name)
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        dialog = app.screen
        assert isinstance(dialog, FaultDialog)
        assert (dialog.type_name, dialog.kind) == (preset.type, preset.kind)
        assert dialog.spec is not None and dialog.spec.name == preset.texts["name"]


async def test_the_preview_lives_while_one_types() -> None:
    async with opened("busy") as (app, _, pilot):
        await pilot.press("i")
        await pilot.pause()
        dialog = app.screen
        preview = dialog.query_one("#preview", Static)
        before = str(preview.content)
        dialog.query_one("#field-op", Input).value = "flush"
        await pilot.pause()
        assert "now    0 of" in str(preview.content) != before
        dialog.query_one("#field-op", Input).value = "flsuh"
        await pilot.pause()
        assert "expected" in str(preview.content) and preview.has_class("problem")


async def test_a_name_that_is_taken_is_said_before() -> None:
    async with opened("failed-path") as (app, _, pilot):
        await pilot.press("i")
        await pilot.pause()
        preview = app.screen.query_one("#preview", Static)
        assert "error is in force on sda: it will be refused (EEXIST)" in str(preview.content)
        app.screen.query_one("#field-name", Input).value = "another"
        await pilot.pause()
        assert "EEXIST" not in str(preview.content)


async def test_a_fault_is_kept_as_a_preset_of_ones_own(tmp_path: Path) -> None:
    async with opened() as (app, _, pilot):
        app.state_file = tmp_path / "state" / "state.json"
        await pilot.press("i")
        await pilot.pause()
        app.screen.query_one("#field-name", Input).value = "odd-writes"
        app.screen.query_one("#field-op", Input).value = "write"
        await pilot.pause()
        await pilot.press("ctrl+o")
        await pilot.pause()
        assert "kept as preset odd-writes" in str(app.screen.query_one(".box").border_title)
        await pilot.press("escape", "i")
        await pilot.pause()
        app.screen.query_one("#preset").value = "odd-writes"  # type: ignore[attr-defined]
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.screen.query_one("#field-op", Input).value == "write"


def test_own_presets_that_cannot_be_read_are_said_and_left(tmp_path: Path) -> None:
    path = tmp_path / "presets.json"
    assert read_own(path) == ([], "") == read_own(None)
    path.write_text('{"a": 1}')
    kept, complaint = read_own(path)
    assert not kept and "not a list of presets" in complaint
    assert keep_own(path, PRESETS[0]) == complaint and path.read_text() == '{"a": 1}'
    path.unlink()
    assert keep_own(path, PRESETS[0]) == "" == keep_own(path, replace(PRESETS[0], type="hang"))
    kept, _ = read_own(path)
    assert [(each.name, each.type) for each in kept] == [(PRESETS[0].name, "hang")]


@pytest.mark.parametrize("size", SIZES)
async def test_the_dialog_shows_fields_and_preview_at_every_size(size: tuple[int, int]) -> None:
    async with opened(size=size) as (app, _, pilot):
        await pilot.press("i")
        await pilot.pause()
        box = app.screen.query_one(".box").region
        assert box.y >= 0 and box.bottom <= size[1] and box.right <= size[0]
        assert app.screen.query_one("#form").region.height >= 4
        assert app.screen.query_one("#preview").region.bottom <= app.screen.query_one("#buttons").region.y
        assert app.screen.query_one("#buttons").region.bottom < box.bottom
