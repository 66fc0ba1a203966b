"""What a path check meets on a device, and how the ports of a target port group move together."""

from __future__ import annotations

import errno
from random import Random
from typing import Any

import pytest
from helpers.device import DeviceBench

from emulator.device.device import Device
from emulator.device.faults import FAULTS
from emulator.lun import Lun
from emulator.messages import (
    ACTIVATE_PATH,
    CHECK_DONE,
    CHECK_PATH,
    PATH_SAMPLED,
    PG_INIT_DONE,
    PORT_GROUP,
    SAMPLE_PATH,
    SET_PORT_GROUP,
)
from emulator.plan import DeviceSpec, LunSpec


class Bench(DeviceBench):
    """A device that the test checks as multipathd does."""

    number = 0

    def check(self, checker: str = "tur", wait: int = 1000) -> str | None:
        """State that a check finds, None while it waits."""
        self.number += 1
        self.receive("multipathd", CHECK_PATH, "md 8:0", self.number, checker)
        self.wait(wait)
        return self.answered()

    def answered(self) -> str | None:
        """What the last check was answered."""
        answers = [message for to, message in self.sent if to == "multipathd" and message[0] == CHECK_DONE]
        return next((answer[3] for answer in answers if answer[2] == self.number), None)


def test_a_healthy_path_is_up_and_nothing_counts_it() -> None:
    bench = Bench()
    assert bench.check() == "up" and bench.check("directio") == "up"
    view = bench.view
    assert (view.completed, view.errors, view.inserted, view.bytes, bench.lun.reads) == (0, 0, 0, 0, 0)
    assert bench.device.log.take() == ""


@pytest.mark.parametrize("fault, spec, tur, directio", [
    ("error", {"params": (("errno", errno.EIO),)}, "down", "down"),
    ("error", {"params": (("errno", errno.ENOLINK),), "op": "read"}, "down", "down"),
    ("error", {"params": (("errno", errno.EIO),), "op": "write"}, "up", "up"),
    ("error", {"params": (("errno", errno.EBADE),)}, "up", "down"),
    ("error", {"params": (("errno", errno.ENODATA),), "sector": 0, "sectors": 8}, "up", "down"),
    ("error", {"params": (("errno", errno.EIO),), "sector": 64, "sectors": 8}, "up", "up"),
    ("error", {"params": (("errno", errno.EIO),), "times": 1}, "up", "up"),
    ("error", {"params": (("errno", errno.EIO),), "nth": 1}, "up", "up"),
    ("gone", {}, "offline", "offline"), ("busy", {}, None, None), ("hang", {}, None, None), ("stall", {}, None, None),
    ("hold", {}, None, None), ("alua", {"params": (("state", "standby"),)}, "ghost", "down"),
    ("alua", {"params": (("state", "unavailable"),)}, "down", "down"),
    ("alua", {"params": (("state", "transitioning"),)}, None, None),
    ("alua", {"params": (("state", "active/non-optimized"),)}, "up", "up"), ("noop", {}, "up", "up"),
])
def test_what_a_check_finds_under_each_fault(
    fault: str, spec: dict[str, Any], tur: str | None, directio: str | None
) -> None:
    bench = Bench()
    assert bench.inject(fault, **spec) == 0
    assert (bench.check(), bench.check("directio")) == (tur, directio)
    counted = [view for view in bench.view.faults if FAULTS[view.type].standing is False]
    assert all(view.armed == view.fired == 0 for view in counted), "a check is no request"
    bench.clear()
    bench.wait(1000)
    assert bench.answered() == (directio or "up"), "what waits is answered when the fault is gone"


def test_latency_makes_a_check_slow() -> None:
    bench = Bench()
    bench.inject("latency", params=(("add", "fixed 5000"),))
    assert bench.check(wait=4000) is None
    bench.wait(1200)
    assert bench.answered() == "up"


def test_a_check_that_was_given_up_is_forgotten_for_the_next_one() -> None:
    bench = Bench()
    bench.inject("hang")
    for _ in range(50):
        bench.check()
    assert len(bench.device.checks.waiting) == 1
    bench.clear()
    bench.wait(1000)
    answers = [message[2] for to, message in bench.sent if to == "multipathd"]
    assert answers == [bench.number]


def test_faults_by_chance_hit_requests_as_if_nobody_checked() -> None:
    outcomes = []
    for checked in (False, True):
        bench = Bench(seed=5)
        bench.inject("error", params=(("errno", errno.EIO),), probability=0.5)
        for _ in range(40):
            if checked:
                bench.check()
            bench.insert(0)
            bench.wait(2000)
        outcomes.append([error for _, error in bench.done()])
    assert outcomes[0] == outcomes[1] and 0 < sum(map(bool, outcomes[0])) < 40


def test_a_sample_counts_errors_and_reads_that_are_never_answered() -> None:
    bench = Bench()
    bench.receive("multipathd", SAMPLE_PATH, "md 8:0", 1, 32)
    bench.inject("hang")
    bench.receive("multipathd", SAMPLE_PATH, "md 8:0", 2, 32)
    bench.wait(1000)
    sampled = [message[2:] for _, message in bench.sent if message[0] == PATH_SAMPLED]
    assert sorted(sampled) == [(1, 32, 0), (2, 32, 32)]


def test_an_answer_says_the_access_state_and_what_the_array_can() -> None:
    bench = Bench(handlers=("alua",), access="standby", preferred=True, explicit=False)
    assert bench.check() == "ghost"
    assert bench.sent[-1][1][4:] == ("standby", True, "implicit")


# -- target port groups ----------------------------------------------------------------------------------------


def array(*groups: tuple[int, str]) -> tuple[Lun, list[Device]]:
    """A LUN and its ports sda, sdb ..., each (group, access)."""
    names = [f"sd{letter}" for letter in "abcd"[: len(groups)]]
    ports = dict(zip(names, groups, strict=True))
    devices = [
        Device(
            DeviceSpec(name, "lun", f"8:{16 * index}", group=group, access=access, handlers=("alua",)),  # type: ignore[arg-type]
            "softirq", Random(1), FAULTS,
        )
        for index, (name, (group, access)) in enumerate(ports.items())
    ]
    return Lun(LunSpec("lun", 4096), ports=ports), devices


def settle(lun: Lun, devices: list[Device], now: int) -> list[tuple[Any, ...]]:
    """Carry what LUN and ports send each other; what others got."""
    others: list[tuple[Any, ...]] = []
    busy = True
    while busy:
        busy = False
        for machine in (lun, *devices):
            machine.advance(now)
            machine.run(now)
            for to, messages in machine.take_output().items():
                receivers = {each.name: each for each in (lun, *devices)}
                for message in messages:
                    if to in receivers:
                        busy = True
                        receivers[to].receive(now, machine.name, message)
                    elif to == "md":
                        others.append(message)
    return others


def states(devices: list[Device]) -> list[str]:
    return [device.access.state for device in devices]


def test_activating_one_port_moves_its_group_and_the_one_that_had_the_lun() -> None:
    lun, devices = array((1, "active/optimized"), (1, "active/optimized"), (2, "standby"), (2, "standby"))
    settle(lun, devices, 0)
    devices[2].receive(10, "md", (ACTIVATE_PATH, 1, "alua"))
    assert settle(lun, devices, 10) == [(PG_INIT_DONE, 1, "OK")]
    assert states(devices) == ["standby", "standby", "active/optimized", "active/optimized"]
    devices[3].receive(20, "md", (ACTIVATE_PATH, 2, "alua"))
    settle(lun, devices, 20)
    assert states(devices) == ["standby", "standby", "active/optimized", "active/optimized"]
    devices[0].receive(30, "md", (ACTIVATE_PATH, 3, "alua"))
    settle(lun, devices, 30)
    assert states(devices) == ["active/optimized", "active/optimized", "standby", "standby"]


def test_a_device_without_a_group_moves_alone() -> None:
    lun, devices = array((0, "active/optimized"), (0, "standby"))
    lun.ports.group_of.clear()
    devices[1].receive(0, "md", (ACTIVATE_PATH, 1, "alua"))
    settle(lun, devices, 0)
    assert states(devices) == ["active/optimized", "active/optimized"]


def test_a_new_process_for_a_port_learns_the_state_of_its_group() -> None:
    lun, _ = array((1, "active/optimized"), (2, "standby"))
    lun.receive(0, "sdb", (SET_PORT_GROUP, 2))
    lun.take_output()
    lun.peer_back(5, "sda")
    assert lun.take_output() == {"sda": [(PORT_GROUP, "standby")]}


def test_a_transition_that_takes_too_long_is_taken_for_standby() -> None:
    bench = Bench(transition_timeout=5_000, handlers=("alua",))
    bench.inject("alua", params=(("state", "transitioning"),))
    waiting = bench.insert(0)
    bench.wait(4_900)
    assert bench.done() == [] and bench.device.access.state == "transitioning"
    bench.wait(200)
    assert bench.done() == [(waiting, errno.EIO)] and bench.device.access.state == "standby"
    told = [(details["state"], details["was"]) for kind, details in bench.events if kind == "access_state"]
    assert told == [("transitioning", "active/optimized"), ("standby", "transitioning")]
    bench.receive("md", ACTIVATE_PATH, 7, "alua")
    bench.wait(10)
    assert (PG_INIT_DONE, 7, "IO") in [message for _, message in bench.sent]
    bench.clear()
    served = bench.insert(8)
    bench.wait(200)
    assert bench.done()[-1] == (served, 0)
