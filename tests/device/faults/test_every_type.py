"""What all fault types share: matchers, counters, duration; and that each type has its test."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from helpers.device import DeviceBench

from emulator.device.faults import FAULTS


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_each_type_has_its_own_test_and_words(name: str) -> None:
    assert (Path(__file__).parent / f"test_{name}.py").is_file()
    fault = FAULTS[name]
    assert fault.name == name and fault.about and fault.targets
    assert all(param.about for param in fault.params.values())
    assert fault.text({key: param.default for key, param in fault.params.items()})


def fired(count: int = 10, **spec: object) -> list[int]:
    """Which of *count* reads (numbered from 1, sector = 100 * number) ended with an error."""
    bench = DeviceBench()
    assert bench.inject("error", **spec) == 0
    for number in range(1, count + 1):
        bench.insert(100 * number)
        bench.wait(100)
    return [clone for clone, error in bench.done() if error]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ({"times": 3}, [1, 2, 3]),
        ({"nth": 4}, [4]),
        ({"every": 3}, [3, 6, 9]),
        ({"every": 3, "times": 2}, [3, 6]),
        ({"op": "read"}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ({"op": "write"}, []),
        ({"sector": 300, "sectors": 1}, [3]),
        ({"sector": 307, "sectors": 1}, [3]),
        ({"sector": 308, "sectors": 92}, []),
        ({"sector": 308, "sectors": 93}, [4]),
        ({"sector": 200, "sectors": 400, "nth": 2}, [3]),
        ({"probability": 0.0}, []),
    ],
    ids=str,
)
def test_matchers(spec: dict[str, object], expected: list[int]) -> None:
    assert fired(**spec) == expected


def test_probability() -> None:
    hits = len(fired(count=300, probability=0.3))
    assert 50 < hits < 130
    assert fired(count=50, probability=0.3) == fired(count=50, probability=0.3), "by the seed"


def test_counters_and_log() -> None:
    bench = DeviceBench()
    bench.inject("noop", sector=0, sectors=100, every=2)
    for at in (0, 10, 20, 500, 30):
        bench.insert(at)
    (view,) = bench.view.faults
    assert (view.armed, view.fired, view.type, view.target) == (4, 2, "noop", "sda")
    for word in ("count only", "sectors 0+100", "every 2"):
        assert word in view.text
    assert bench.kinds().count("fault_fired") == 1, "told the first time"
    assert bench.clear("f") == 0
    assert bench.view.faults == ()
    assert dict(bench.events)["fault_cleared"] == {
        "device": "sda",
        "target": "sda",
        "fault": "f",
        "armed": 4,
        "fired": 2,
    }


def test_a_duration_ends_it() -> None:
    bench = DeviceBench()
    bench.inject("error", duration=1000)
    assert bench.view.faults[0].until == 1000
    first = bench.insert(0)
    bench.wait(1001)
    second = bench.insert(8)
    bench.wait(100)
    assert bench.done() == [(first, errno.EIO), (second, 0)] and "fault_cleared" in bench.kinds()


def test_clearing_before_the_duration_is_over() -> None:
    bench = DeviceBench()
    bench.inject("error", duration=1000)
    bench.clear()
    bench.wait(2000)
    assert bench.kinds().count("fault_cleared") == 1


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda bench: bench.inject("noop"), errno.EEXIST),
        (lambda bench: bench.inject("nosuch", name="g"), errno.EINVAL),
        (lambda bench: bench.inject("softirq_slow", name="g"), errno.EINVAL),
        (lambda bench: bench.clear("nosuch"), errno.ENOENT),
        (lambda bench: bench.clear(), 0),
        (lambda bench: bench.inject("error", name="g"), 0),
    ],
    ids=["same name", "unknown type", "wrong kind of target", "clear unknown", "clear all", "another"],
)
def test_errors(act: object, expected: int) -> None:
    bench = DeviceBench()
    bench.inject("noop")
    assert act(bench) == expected  # type: ignore[operator]


def test_several_faults_act_together() -> None:
    bench = DeviceBench()
    bench.inject("latency", name="slow", params=(("add", "fixed 300"),))
    bench.inject("error", name="bad")
    clone = bench.insert(0)
    bench.wait(399)
    assert bench.done() == []
    bench.wait(1)
    assert bench.done() == [(clone, errno.EIO)]
