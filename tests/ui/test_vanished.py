"""A device that is away: by a fault, which can be cleared, or since its process is gone, which can be revived."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from dmtui.model import deeds
from dmtui.model.vanished import AWAY, fault_away, is_dead, word
from dmtui.screens.fault_dialog import gone_of
from emulator.device.faults import FAULTS
from emulator.faultset import Verdict
from tests.ui import build
from tests.ui.pilot import opened, text
from tests.ui.test_model import fed


def test_these_types_let_a_device_be_gone_and_no_others() -> None:
    gone = set()
    for name, fault in FAULTS.items():
        verdict = Verdict()
        if "device" in fault.targets:
            fault.apply(verdict, {key: param.default for key, param in fault.params.items()}, Random(1))
        if verdict.gone:
            gone.add(name)
    assert gone == set(AWAY)


@pytest.mark.parametrize("type", AWAY)
async def test_a_device_that_a_fault_keeps_away_is_not_for_reviving(type: str) -> None:
    async with opened() as (app, source, pilot):
        faults = (build.fault("sda", "latency"), build.fault("sda", type))
        source.frames = [build.frame(60, build.with_device(build.views(60), "sda", gone=True, faults=faults))]
        app.draw_frame()
        await pilot.pause()
        device = app.model.device
        assert device is not None and not is_dead(device) and word(device) == type
        assert [(alert.text.partition(" by")[0], alert.hint) for alert in app.model.alerts] == [
            (f"sda {type.upper()}", "{fault.clear} clear")
        ]
        assert f"× {type.upper()}" in text(app, "devices") and f"× {type}" in text(app, "multipath")
        assert deeds.gone_one(app.model) == "" and not gone_of(app.model)
        await pilot.press("V")
        assert not source.orders and f"sda is {type} by a fault: clear it" in text(app, "keys")


def test_one_whose_process_is_gone_is_whatever_faults_others_have() -> None:
    model = fed("crowd")
    dead = next(device for device in model.devices if device.gone)
    assert is_dead(dead) and fault_away(dead) is None and word(dead) == "gone"
    assert not is_dead(replace(dead, gone=False))
