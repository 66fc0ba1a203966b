"""What becomes of a scenario: numbers, tables, specs and commands."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from scenario_fake import BASE

from emulator import commands
from emulator.device.faults import FAULTS
from emulator.plan import Distribution, FaultSpec, Limits
from emulator.positional import from_wire, to_wire
from emulator.scenario import units
from emulator.scenario.faultkeys import extend_schema
from emulator.scenario.loader import Anchor, load_text


def test_numbers_are_given_in_order_around_those_that_are_taken() -> None:
    text = BASE.replace("{name: sda, lun", "{name: sda, dev: '8:16', lun").replace(
        "  - {name: sdb, lun: lun0}\n",
        "".join(f"  - {{name: sd{letter}, lun: lun0}}\n" for letter in "bcdefghijklmnopqrst"),
    )
    plan = load_text(text + "  - {name: log, target: mpatha}\n").plan
    numbers = [device.dev for device in plan.devices]
    assert numbers[:4] == ["8:16", "8:0", "8:32", "8:48"]
    assert numbers[15:18] == ["8:240", "65:0", "65:16"]
    assert len(set(numbers)) == len(numbers)
    assert plan.mds[0].dev == "253:0"
    assert dict(plan.labels)["8:0"] == "sdb" and dict(plan.labels)["253:0"] == "mpatha"


def test_tables_get_numbers_where_names_stood_and_nowhere_else() -> None:
    text = BASE.replace("sda sdb", "sda 8:16")
    assert load_text(text).plan.mds[0].table == "0 2097152 multipath 0 0 1 1 round-robin 0 2 0 8:0 8:16"


def test_a_plan_survives_the_wire() -> None:
    text = BASE + (
        "faults:\n  - {name: f, type: latency, target: sda, add: {lognormal: {median: 2ms, sigma: 0.5}}, op: read,"
        " range: {sector: 8, sectors: 16}, nth: 2, every: 3, probability: 0.5, times: 4, for: 20ms}\n"
    )
    plan = load_text(text).plan
    assert plan.faults == (
        FaultSpec("f", "latency", "sda", "read", 8, 16, 2, 3, 0.5, 4, 20_000, (("add", "lognormal 2000.0 0.5"),)),
    )
    assert from_wire(type(plan), json.loads(json.dumps(to_wire(plan)))) == plan


def test_every_key_of_a_device_an_md_and_a_submitter_arrives() -> None:
    text = """\
name: all
about: x
seed: 9
era: modern
duration: 2s
drain: 3s
speed: 0.5
luns: [{name: lun0, size: 1MiB}]
devices:
  - {name: sda, lun: lun0, dev: "8:64", queue_depth: 3, service: {uniform: [1ms, 2ms]}, out_of_order: true, partial: -1,
     partial_gap: 10us, limits: {max_sectors: 64, max_segments: 8}, host: "1:0:0:7"}
mds:
  - {name: m, dev: "253:9", table: 0 2048 error, era: 2.6.31, completion: inline, elevator: noop, nr_requests: 16,
     unplug_thresh: 2, unplug_delay: 5ms, limits: {max_sectors: 128}, read_expire: 1ms, write_expire: 2ms,
     writes_starved: 1, fifo_batch: 3, front_merges: false}
  - {name: idle}
softirq: {name: worker}
submitters:
  - {name: s, target: m, depth: 2, rate: 10, pattern: strided, stride: 8KiB, theta: 2, reads: 0.25, jobs: 3,
     offset: 4KiB, size: 512KiB, block_sizes: [{size: 4KiB, weight: 3}, {size: 64KiB}], verify: false,
     sync: true, unplug: false, ios: 7, start: 1ms, stop: 1s}
expect: [every bio completes within 2s, not every bio completes within 30ms]
"""
    scenario = load_text(text)
    plan = scenario.plan
    assert (plan.seed, plan.duration, plan.speed, plan.softirq, scenario.drain_us) == (
        9, 2_000_000, 0.5, "worker", 3_000_000
    )
    device, md, idle, load = plan.devices[0], plan.mds[0], plan.mds[1], plan.submitters[0]
    assert (device.dev, device.queue_depth, device.out_of_order, device.partial) == ("8:64", 3, True, -1)
    assert (device.service, device.partial_gap) == (Distribution("uniform", 1000, 2000), Distribution("fixed", 10))
    assert (device.limits, device.host) == (Limits(64, 8), "1:0:0:7")
    assert (md.dev, md.table, md.era, md.completion, md.elevator) == (
        "253:9", "0 2048 error", "2.6.31", "inline", "noop"
    )
    assert (md.nr_requests, md.unplug_thresh, md.unplug_delay, md.limits) == (16, 2, 5000, Limits(128, 128))
    assert (md.read_expire, md.write_expire, md.writes_starved, md.fifo_batch, md.front_merges) == (
        1000, 2000, 1, 3, False
    )
    assert (idle.table, idle.era, idle.dev) == ("", "modern", "253:0")
    assert (load.depth, load.rate, load.pattern, load.stride, load.theta, load.read_share) == (
        2, 10, "strided", 16, 2, 0.25
    )
    assert (load.block_sizes, load.jobs, load.offset, load.size) == (((8, 3.0), (128, 1.0)), 3, 8, 1024)
    assert (load.verify, load.sync, load.unplug, load.ios, load.start, load.stop) == (
        False, True, False, 7, 1000, 1_000_000
    )
    assert load.wait_limit == 30_000
    assert scenario.with_seed(3).plan.seed == 3 and scenario.with_speed(2).plan.speed == 2


@pytest.mark.parametrize("entry, command, text", [
    ("inject: {name: f, type: error, target: sda, errno: EIO}",
     commands.InjectFault("sda", FaultSpec("f", "error", "sda", params=(("errno", 5),))), "inject error on sda (f)"),
    ("clear: {target: sda}", commands.ClearFault("sda"), "clear sda"),
    ("release: {target: sda}", commands.Release("sda"), "release sda"),
    ("fail_path: {md: mpatha, path: sdb}", commands.Message("mpatha", "fail_path 8:16"), "fail_path mpatha sdb"),
    ("reinstate_path: {md: mpatha, path: sda}", commands.Message("mpatha", "reinstate_path 8:0"),
     "reinstate_path mpatha sda"),
    ("message: {md: mpatha, text: fail_path  sda}", commands.Message("mpatha", "fail_path 8:0"),
     "message mpatha fail_path  sda"),
    ("suspend: {md: mpatha, noflush: true, lockfs: false}", commands.Suspend("mpatha", True, False),
     "suspend mpatha noflush no lockfs"),
    ("interrupt_suspend: {md: mpatha}", commands.InterruptSuspend("mpatha"), "interrupt_suspend mpatha"),
    ("resume: {md: mpatha}", commands.Resume("mpatha"), "resume mpatha"),
    ("resume: {md: mpatha, noflush: true}", commands.Resume("mpatha", True), "resume mpatha noflush"),
    ("load: {md: mpatha, table: 0 8 error}", commands.LoadTable("mpatha", "0 8 error"), "load mpatha 0 8 error"),
    ("clear_table: {md: mpatha}", commands.ClearTable("mpatha"), "clear_table mpatha"),
    ("kill: sda", commands.Kill("sda"), "kill sda"), ("revive: sda", commands.Revive("sda"), "revive sda"),
    ("start: app", commands.StartLoad("app"), "start app"), ("stop: app", commands.StopLoad("app"), "stop app"),
    ("break_deadlock: mpatha", commands.BreakDeadlock("mpatha"), "break_deadlock mpatha"),
])
def test_actions_become_commands(entry: str, command: commands.Command, text: str) -> None:
    step = load_text(f"{BASE}timeline:\n  - at: 1ms\n    {entry}\n").timeline[0]
    assert (step.command, step.text, step.at_us, step.after) == (command, text, 1000, None)


def test_a_refused_table_may_be_loaded_where_the_refusal_is_expected() -> None:
    entry = "timeline:\n  - {at: 1ms, load: {md: mpatha, table: 0 8 linear sda 0}, answer: EINVAL}\n"
    assert load_text(BASE + entry).timeline[0].command == commands.LoadTable("mpatha", "0 8 linear 8:0 0")


def test_anchors_keep_their_filters() -> None:
    entry = "timeline:\n  - {after: {event: path_failed, path: sda, plus: 20ms, nth: 2}, speed: 0.1}\n"
    step = load_text(BASE + entry).timeline[0]
    assert step.after == Anchor("path_failed", 20_000, 2, "", ("sda",))
    assert (step.command, step.text) == (commands.SetSpeed(speed=0.1), "speed 0.1")


@pytest.mark.parametrize("text, us", [
    ("250ns", 0.25), ("40us", 40), ("40µs", 40), ("1.5ms", 1500), ("3s", 3e6), ("2min", 1.2e8), ("3 s", 3e6), (0, 0),
])
def test_times(text: object, us: float) -> None:
    assert units.time_us(text) == us


@pytest.mark.parametrize("text", ["", "3", 3, "3 h", "-1s", "1e3s", "s", None, True, False, [], "٣s", "1s1s"])
def test_no_times(text: object) -> None:
    with pytest.raises(ValueError, match="a time with a unit"):
        units.time_us(text)


@pytest.mark.parametrize("text, sectors", [
    ("4KiB", 8), ("512B", 1), ("1GiB", 2097152), ("8 sectors", 8), ("1 sector", 1), ("0.5KiB", 1), (0, 0),
])
def test_sizes(text: object, sectors: int) -> None:
    assert units.size_sectors(text) == sectors


@pytest.mark.parametrize("us, text", [(0.5, "0.5us"), (999, "999us"), (1500, "1.5ms"), (2_000_000, "2s")])
def test_times_for_people(us: float, text: str) -> None:
    assert units.time_text(us) == text


def test_every_type_of_fault_can_be_written_with_its_defaults_and_stands_in_the_schema() -> None:
    targets = {"device": "sda", "softirq": "softirq", "md": "mpatha"}
    for fault in FAULTS.values():
        for target in fault.targets:
            entry = f"faults:\n  - {{name: f, type: {fault.name}, target: {targets[target]}}}\n"
            assert load_text(BASE + entry).plan.faults == (FaultSpec("f", fault.name, targets[target]),)
    part: dict[str, Any] = {"properties": {}}
    extend_schema(part)
    types = part["properties"]["type"]["oneOf"]
    assert [one["const"] for one in types] == sorted(FAULTS) and all(one["description"] for one in types)


def test_reading_scenarios_needs_no_face() -> None:
    code = (
        "import sys, emulator.scenario\n"
        "assert not {'textual', 'rich', 'click', 'dmtui'} & set(sys.modules)\n"
        "import emulator.build\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_machines_and_their_processes_need_no_yaml() -> None:
    code = (
        "import sys, emulator.build, emulator.runtime.child\n"
        "heavy = {'textual', 'rich', 'click', 'pydantic', 'ruamel', 'dmtui'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize(("era", "requests"), [("2.6.31", 128), ("modern", 256)])
def test_a_queue_has_as_many_requests_as_in_the_kernel_of_its_era(era: str, requests: int) -> None:
    assert load_text(f"era: {era}\n" + BASE).plan.mds[0].nr_requests == requests
