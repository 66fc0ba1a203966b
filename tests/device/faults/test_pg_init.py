"""pg_init: the hardware handler's answers to an activation."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.device import DeviceBench

from emulator.device.faults.pg_init import RESULTS
from emulator.dm.targets.pg_init import NUMBERS
from emulator.messages import ACTIVATE_PATH, PG_INIT_DONE


def answers(bench: DeviceBench) -> list[tuple[int, str]]:
    return [(message[1], message[2]) for _, message in bench.sent if message[0] == PG_INIT_DONE]


def activate(bench: DeviceBench, number: int, handler: str = "alua", us: int = 0) -> None:
    bench.receive("md", ACTIVATE_PATH, number, handler)
    bench.wait(us)


@pytest.mark.parametrize("result", RESULTS)
def test_the_result_and_its_delay(result: str) -> None:
    bench = DeviceBench()
    bench.inject("pg_init", params=(("result", result), ("delay", 500)), times=1)
    activate(bench, 1, us=499)
    assert answers(bench) == []
    bench.wait(1)
    activate(bench, 2)
    assert answers(bench) == [(1, result), (2, "OK")]
    assert result in NUMBERS


def test_requests_are_not_its_business() -> None:
    bench = DeviceBench()
    bench.inject("pg_init")
    bench.insert(0)
    bench.wait(100)
    assert [error for _, error in bench.done()] == [0] and bench.view.faults[0].armed == 0
    activate(bench, 1)
    assert bench.view.faults[0].fired == 1


@pytest.mark.parametrize(
    ("spec", "handler", "result", "then"),
    [
        ({}, "alua", "OK", "active/optimized"),
        ({"access": "active/non-optimized"}, "alua", "OK", "active/non-optimized"),
        ({"access": "standby"}, "alua", "OK", "active/optimized"),
        ({"access": "standby"}, "rdac", "OK", "active/optimized"),
        ({"access": "unavailable"}, "alua", "OK", "active/optimized"),
        ({"access": "standby", "explicit": False}, "alua", "OK", "standby"),
        ({"access": "offline"}, "alua", "IO", "offline"),
        ({"access": "transitioning"}, "alua", "RETRY", "transitioning"),
        ({"access": "standby"}, "", "NOSYS", "standby"),
    ],
)
def test_the_handlers_own_answers(spec: dict[str, Any], handler: str, result: str, then: str) -> None:
    bench = DeviceBench(**spec)
    activate(bench, 1, handler)
    assert answers(bench) == [(1, result)]
    assert bench.device.access.state == then


def test_a_device_that_is_gone() -> None:
    bench = DeviceBench()
    bench.inject("gone")
    activate(bench, 1)
    assert answers(bench) == [(1, "DEV_OFFLINED")]
