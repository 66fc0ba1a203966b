"""``dmtui import``: a system's own words become a scenario of the same topology, which loads and plays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.lab import SyncLab
from emulator.plan import Plan
from emulator.runtime.simulation import Simulation
from emulator.scenario.director import Director
from emulator.scenario.importing import Imported, ImportProblem, import_text
from emulator.scenario.importing.naming import disk_name
from emulator.scenario.loader import Scenario, load_text
from tests.importing.samples import (
    ALUA_LL,
    ALUA_TABLE,
    NVME_LL,
    NVME_TABLE,
    OLD_LL,
    RDAC_LL,
    RDAC_TABLE,
    STACK_LL,
    STACK_TABLE,
    SYSTEMS,
    TWO_TABLE,
)

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-c", "from dmtui.cli import main; main()")


def imported(table: str = "", multipath: str = "", mixed: str = "", *maps: str) -> Imported:
    return import_text(table, multipath, mixed, "mine", maps)


def plan(found: Imported) -> Plan:
    return load_text(found.text, "mine.yaml").plan


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_was_imported_plays_and_holds(system: str) -> None:
    scenario: Scenario = load_text(imported(*SYSTEMS[system]).text, "mine.yaml")
    assert scenario.plan.submitters and scenario.expectations
    with Simulation(scenario.plan) as runtime:
        director = Director(scenario, runtime, kind="simulation")
        while not director.finished:
            director.step(0.1)
        report = director.report()
    assert report.verdict == "held" and report.bios["completed"] > 100


@pytest.mark.parametrize("table", [ALUA_TABLE, TWO_TABLE])
def test_the_emulated_table_is_the_system_s_own(table: str) -> None:
    with SyncLab(load_text(imported(table).text, "mine.yaml")) as lab:
        assert [line.rstrip() for line in lab.do("dmsetup table").out] == table.splitlines()


@pytest.mark.parametrize("listed", [ALUA_LL, OLD_LL, RDAC_LL])
def test_what_multipath_lists_of_it_reads_back_the_same(listed: str) -> None:
    first = imported("", listed)
    with SyncLab(load_text(first.text, "mine.yaml")) as lab:
        again = imported("", "\n".join(lab.do("multipath -ll").out))
    before, after = plan(first), plan(again)
    assert [(each.dev, each.name, each.host) for each in after.devices] == [
        (each.dev, each.name, each.host) for each in before.devices
    ]
    assert [(lun.wwid, lun.vendor, lun.product) for lun in after.luns] == [
        (lun.wwid, lun.vendor, lun.product) for lun in before.luns
    ]
    assert [md.table for md in after.mds] == [md.table for md in before.mds]


def test_alua_priorities_become_access_states_of_port_groups() -> None:
    found = plan(imported(ALUA_TABLE, ALUA_LL))
    assert (found.luns[0].wwid, found.luns[0].product) == ("3600a098038302d414b2b4d4453474f62", "LUN C-Mode")
    assert [device.name for device in found.devices][:4] == ["sdb", "sdd", "sdaf", "sdix"]
    assert {(device.access, device.group) for device in found.devices} == {
        ("active/optimized", 1), ("active/non-optimized", 2),
    }
    assert all(device.attached == "alua" for device in found.devices)
    assert found.mds[0].dev == "253:2" and found.mds[0].era == "modern"
    assert found.luns[0].sectors == 209_715_200


def test_ghost_paths_of_rdac_are_on_standby_and_a_wwid_becomes_a_name() -> None:
    found = imported(RDAC_TABLE, RDAC_LL)
    assert [device.access for device in plan(found).devices] == ["active/optimized"] * 2 + ["standby"] * 2
    assert plan(found).mds[0].name.startswith("mpath-")
    assert any(note.startswith("360080e50002d65a40000a5e953a1b2c3: is 'mpath-") for note in found.notes)


def test_nvme_keeps_its_names_and_native_multipath_is_left_out() -> None:
    found = imported(NVME_TABLE, NVME_LL)
    devices = [(device.name, device.dev) for device in plan(found).devices]
    assert devices == [("nvme0n1", "259:1"), ("nvme1n1", "259:3")]
    assert "queue_mode mq" in plan(found).mds[0].table
    assert any("the nvme driver does its multipathing itself" in note for note in found.notes)


def test_linear_above_is_kept_and_others_are_named() -> None:
    found = imported(STACK_TABLE, STACK_LL)
    made = plan(found)
    assert [md.name for md in made.mds] == ["data_one", "vg0-root"]
    assert made.mds[1].table.splitlines() == ["0 1048576 linear 253:0 2048", "1048576 8192 linear 253:0 1050624"]
    assert found.notes == (
        "empty: left out, it has no table",
        "vg0-swap: left out (linear over 259:7, which is no map that was read)",
        "luks-3f: left out (crypt, above data_one)",
        "data\\x20one: is 'data_one' in the scenario, whose names have letters, digits, _ and -",
    )


def test_a_path_that_is_down_is_down_from_the_start() -> None:
    with SyncLab(load_text(imported(STACK_TABLE, STACK_LL).text, "mine.yaml")) as lab:
        lab.run("5ms")
        assert lab.do("dmsetup status data_one").out[0].count(" F ") == 1
        assert "failed faulty" in "\n".join(lab.do("multipath -ll").out)


def test_one_text_may_hold_both() -> None:
    assert imported("", "", ALUA_TABLE + ALUA_LL).text == imported(ALUA_TABLE, ALUA_LL).text


def test_some_maps_can_be_chosen_and_a_line_needs_no_name() -> None:
    assert [md.name for md in plan(imported(TWO_TABLE, "", "", "mpathb")).mds] == ["mpathb"]
    assert plan(imported(TWO_TABLE.splitlines()[0].partition(": ")[2])).mds[0].name == "mpatha"


@pytest.mark.parametrize(
    ("table", "multipath", "said"),
    [
        ("", "", "import: found no multipath device, expected what dmsetup table or multipath -ll print"),
        ("mp: 0 8 linear 8:0 0", "", "import: found no multipath device"),
        ("what is this", "", "--table:1: found 'what is this', expected 'NAME: START LENGTH TYPE ...'"),
        ("mp: 0 8 multipath x", "", "--table:1: found 'x' for the number of feature words, expected a whole number"),
        ("mp: 0 8 multipath 2 a", "", "--table:1: found 1 words, expected 2 for features"),
        ("\nmp: 0 8 multipath 0 0 1 1 round-robbin 0 1 1 8:0 1", "", "--table:2: found 'round-robbin', expected"),
        ("mp: 0 8 multipath 0 0 1 1 round-robin 0 1 1 sda 1", "", "found 'sda' for a path, expected major:minor"),
        ("mp: 0 8 multipath 0 0 1 1 round-robin 0 2 1 8:0 1", "", "found the end of the line, expected a path"),
        ("mp: 0 8 multipath 0 0 1 1 round-robin 0 1 1 8:0 1 9", "", "found '9' behind the last priority group"),
        ("mp: 0 8 multipath 0 0 1 2 round-robin 0 1 1 8:0 1", "", "found 2 for the initial priority group"),
        (TWO_TABLE + TWO_TABLE, "", "--table:3: found a second line of 'mpatha'"),
        ("mp: 0 8 multipath 0 0 0 0", "", "found no path in mp"),
        ("", "  `- 1:0:0:0 sda 8:0 active ready running", "--multipath:1: found a line of a map, expected its first"),
        ("", "mpatha (36) dm-0 A,B\nsize=x", "--multipath:2: found 'size=x', expected size=... features="),
        ("", "mpatha (36) dm-0 A,B", "--multipath:1: found 'mpatha' without its size"),
        ("", "mpatha (36) dm-0 A,B\nsize=1G features='2 x' hwhandler='0' wp=rw", "--multipath:2: found features='2 x'"),
        ("", ALUA_LL + ALUA_LL, "--multipath:13: found 'mpatha' a second time"),
    ],
)
def test_bad_input_is_one_error_with_its_line(table: str, multipath: str, said: str) -> None:
    with pytest.raises(ImportProblem) as caught:
        imported(table, multipath)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_an_unknown_map_and_too_many_say_what_can_be_chosen() -> None:
    with pytest.raises(ImportProblem, match=r"found no multipath device 'mpathc', .* \(did you mean 'mpath"):
        imported(TWO_TABLE, "", "", "mpathc")
    many = "".join(
        f"m{number}: 0 8 multipath 0 0 1 1 round-robin 0 1 1 8:{number * 16} 1\n" for number in range(17)
    )
    with pytest.raises(ImportProblem, match=r"found 17 multipath devices with 17 paths, .*: choose with --map"):
        imported(many)


@pytest.mark.parametrize(
    ("dev", "name"),
    [
        ("8:0", "sda"), ("8:240", "sdp"), ("65:0", "sdq"), ("65:160", "sdaa"), ("66:16", "sdah"), ("135:240", "sdiv"),
        ("8:256", "sdiw"), ("8:1", "dev8-1"), ("259:3", "dev259-3"),
    ],
)
def test_disks_are_called_as_linux_calls_them(dev: str, name: str) -> None:
    assert disk_name(dev) == name


def dmtui(*words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words], input=text, capture_output=True, text=True, timeout=120, cwd=ROOT, check=False,
        env={**os.environ, "COLUMNS": "100"},
    )


def test_the_command_pipes_into_run(tmp_path: Path) -> None:
    made = dmtui("import", text=STACK_TABLE + STACK_LL)
    assert made.returncode == 0 and "luks-3f: left out" in made.stderr
    assert "# Where to begin:" in made.stdout
    assert dmtui("validate", "-", text=made.stdout).stdout.startswith("-: ok (imported: 2 mapped, 2 underlying")
    ran = dmtui("run", "--runtime", "simulation", "-", text=made.stdout)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    file = tmp_path / "site.yaml"
    assert dmtui("import", "--table", TWO_TABLE, "-o", str(file)).stdout == ""
    assert load_text(file.read_bytes(), "site.yaml").name == "site"


def test_the_command_refuses_in_one_line() -> None:
    done = dmtui("import", "--table", "mp: 0 8 multipath x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("dmtui: --table:1: found 'x'") and done.stderr.count("\n") == 1
    assert dmtui("import", "--name", "a b", "--table", TWO_TABLE).returncode == 2
    assert "expected a file or a story" in dmtui("console", "-").stderr


def test_what_multipath_says_around_its_list_is_left_out() -> None:
    first, rest = ALUA_LL.split("\n", 1)
    said = "Nov 22 10:11:12 | sdc: prio changed from 50 to 10\n"
    listed = f"{said}reload: {first.replace('dm-2', 'undef')}\n10:11:12 | mpatha: set ACT_NOTHING\n{rest}"
    imported = import_text("", "", listed, "imported", ())
    assert [note for note in imported.notes if "own log" in note] == [
        "<stdin>:1: left out, a line of multipath's own log", "<stdin>:3: left out, a line of multipath's own log",
    ]
    assert "name: mpatha" in imported.text


def test_a_file_that_is_replaced_is_named(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("mine", encoding="utf-8")
    command = [*COMMAND, "import", "--multipath", ALUA_LL, "-o", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0
    assert f"dmtui: {file}: the file that was there is replaced" in done.stderr.splitlines()
    assert file.read_text(encoding="utf-8") != "mine"
