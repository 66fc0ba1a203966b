"""Percentiles of several submitters are as fine as those of one."""

from __future__ import annotations

from helpers.md import SECTORS, table

from emulator.plan import DeviceSpec, Distribution, LunSpec, MdSpec, Plan, SubmitterSpec
from emulator.runtime.simulation import Simulation
from emulator.scenario.names import latency_of
from emulator.snapshot import SubmitterView


def test_two_alike_submitters_have_together_the_percentiles_of_each() -> None:
    service = Distribution("uniform", 600, 900)
    devices = (DeviceSpec("sda", "lun", "8:0", service=service, out_of_order=True),)
    loads = tuple(SubmitterSpec(name, "md", depth=1, offset=at, size=4096) for name, at in (("a", 0), ("b", 4096)))
    mds = (MdSpec("md", "253:0", table("sda")),)
    with Simulation(Plan("two", luns=(LunSpec("lun", SECTORS),), devices=devices, mds=mds, submitters=loads)) as sim:
        while sim.now_us() < 1_000_000:
            sim.advance_until(1_000_000, 10)
        sim.ask(1)
        views = [view for view in sim.views().values() if isinstance(view, SubmitterView)]
    together = latency_of(views)
    assert together is not None and len(views) == 2
    for name in ("p50", "p95", "p99"):
        each = [getattr(view, name) for view in views]
        assert min(each) * 0.97 <= together[name] <= max(each) * 1.04, name
    for view in views:
        assert sum(count for _, count in view.times) == view.completed
        assert [time for time, _ in view.times] == sorted({time for time, _ in view.times})
