"""One small world for every test of the Lab: two paths to one LUN whose data are known, and an md over them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.lab import SyncLab
from emulator.plan import DeviceSpec, Distribution, LunSpec, MdSpec, Plan

TABLE = "0 131072 multipath 0 0 1 1 round-robin 0 2 1 8:0 1 8:16 1"


def small_plan(**changes: object) -> Plan:
    """Two paths, one md called mp, nobody who submits; fresh sectors hold seed 1."""
    service = Distribution("fixed", 100.0)
    parts: dict[str, object] = {
        "name": "small",
        "luns": (LunSpec("lun0", 131072, seed=1),),
        "devices": (
            DeviceSpec("sda", "lun0", "8:0", service=service, host="0:0:0:0"),
            DeviceSpec("sdb", "lun0", "8:16", service=service, host="1:0:0:0"),
        ),
        "mds": (MdSpec("mp", "253:0", TABLE),),
        "labels": (("8:0", "sda"), ("8:16", "sdb"), ("253:0", "mp")),
    }
    return Plan(**(parts | changes))  # type: ignore[arg-type]


@pytest.fixture
def sim() -> Iterator[SyncLab]:
    """The small world on the simulation."""
    with SyncLab(small_plan()) as lab:
        yield lab
