"""multipathd with everything around it: on both runtimes, killed and revived, in the language, in a scenario."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from emulator.lab import SyncLab
from emulator.scenario.errors import ScenarioErrors
from emulator.scenario.library import load_scenario
from emulator.scenario.loader import Scenario, load_text
from emulator.snapshot import MultipathdView

TEXT = """\
name: drill
about: A drill.
era: {era}
luns: [{{name: lun0, size: 64MiB}}]
devices:
  - {{name: sda, lun: lun0}}
  - {{name: sdb, lun: lun0}}
mds:
  - {{name: mp, table: 0 131072 multipath 0 0 1 1 round-robin 0 2 1 sda 1 sdb 1}}
multipathd: {{polling_interval: 50ms, max_polling_interval: 100ms, no_path_retry: 4, checker_timeout: 100ms}}
"""
Kind = Literal["simulation", "process"]


def drill(era: str = "modern") -> Scenario:
    return load_text(TEXT.format(era=era))


@pytest.fixture(params=["simulation", "process"])
def lab(request: pytest.FixtureRequest) -> Iterator[SyncLab]:
    with SyncLab(drill(), runtime=request.param) as opened:
        yield opened


def event_nr(lab: SyncLab) -> int:
    value = lab.do("dmsetup info mp").value
    return int(value.event_nr)


def syslog(lab: SyncLab) -> list[str]:
    return [event.details["text"] for event in lab.events if event.kind == "multipathd"]


def test_a_path_fails_by_io_and_is_reinstated_by_the_checker(lab: SyncLab) -> None:
    lab.event("path_state", path="sdb", state="up", timeout="5s")
    before = event_nr(lab)
    lab.do("fault sda error errno=ETIMEDOUT times=1")  # for one request: the checker does not meet it
    assert lab.do("io read mp 0+8 n=4").value.ok == 4
    lab.event("path_failed", path="sda", reason="ETIMEDOUT", timeout="5s")
    lab.event("multipathd", text="sda: mark as failed", timeout="5s")
    reinstated = lab.event("path_reinstated", path="sda", timeout="5s")
    assert reinstated.details["nr_valid_paths"] == 2
    lab.event("multipathd", text="mp: remaining active paths: 2", timeout="5s")
    assert event_nr(lab) == before + 2
    uevents = [event.details["DM_ACTION"] for event in lab.events if event.kind == "uevent"]
    assert uevents == ["PATH_FAILED", "PATH_REINSTATED"]


def test_a_silent_path_is_failed_without_any_io(lab: SyncLab) -> None:
    lab.event("path_state", path="sda", state="up", timeout="5s")
    lab.do("fault sda hang")
    lab.event("path_failed", path="sda", reason="message fail_path", timeout="5s")
    assert "mp: sda - tur checker timed out" in syslog(lab)
    assert lab.do("multipath -ll").out[-2:] == (
        "  |- 0:0:0:0 sda 8:0  failed i/o timeout running", "  `- 1:0:0:0 sdb 8:16 active ready       running",
    )


def test_queueing_ends_after_no_path_retry_and_comes_back(lab: SyncLab) -> None:
    lab.event("path_state", path="sda", state="up", timeout="5s")
    for path in ("sda", "sdb"):
        lab.do(f"fault {path} gone")
    read = lab.do("io read mp 0+8")
    assert read.rc == 1 and read.value.errors, "it waited and then failed"
    modes = [event.details["mode"] for event in lab.events if event.kind == "recovery_mode"]
    assert modes == ["entered", "queueing_disabled"]
    lab.do("clear sdb")
    lab.event("recovery_mode", mode="recovered", timeout="5s")
    assert lab.do("io read mp 0+8").value.ok == 1


def test_killed_nobody_checks_and_io_goes_on_until_a_new_one_is_there(lab: SyncLab) -> None:
    lab.event("path_state", path="sda", state="up", timeout="5s")
    assert lab.do("kill multipathd").rc == 0
    lab.event("process_exited", machine="multipathd", timeout="5s")
    lab.do("fault sda error errno=EIO times=1")
    assert lab.do("io read mp 0+8 n=4").value.ok == 4
    lab.run("500ms")
    assert "8:0 F 1" in lab.do("dmsetup status mp").out[0], "nobody takes it back"
    assert lab.do("multipath -ll").out[-2].split()[-3:] == ["failed", "ready", "running"], "multipath checks itself"
    assert lab.do("revive multipathd").rc == 0
    lab.event("path_reinstated", path="sda", timeout="5s")
    assert lab.do("io read mp 0+8 n=4").value.ok == 4


@pytest.mark.alone
def test_a_hung_one_holds_nobody_up_and_goes_on_where_it_stood() -> None:
    with SyncLab(drill(), runtime="process") as lab:
        lab.event("path_state", path="sda", state="up", timeout="5s")
        pid = lab.session.runtime.processes()["multipathd"].pid
        os.kill(pid, signal.SIGSTOP)
        lab.do("fault sda error errno=EIO times=1")
        assert lab.do("io read mp 0+8 n=4").value.ok == 4
        assert lab.do("wait idle").rc == 0
        assert "8:0 F 1" in lab.do("dmsetup status mp").out[0]
        os.kill(pid, signal.SIGCONT)
        lab.event("path_reinstated", path="sda", timeout="5s")


def test_a_killed_device_is_offline_and_checked_again_when_it_is_back(lab: SyncLab) -> None:
    lab.event("path_state", path="sda", state="up", timeout="5s")
    lab.do("kill sda")
    lab.event("path_failed", path="sda", timeout="5s")
    assert "mp: sda - path offline" in syslog(lab)
    lab.do("revive sda")
    lab.event("path_reinstated", path="sda", timeout="5s")


def test_the_view_says_what_it_knows(lab: SyncLab) -> None:
    lab.event("path_state", path="sdb", state="up", timeout="5s")
    lab.run("500ms")
    view = lab.views()["multipathd"]
    assert isinstance(view, MultipathdView)
    assert [(path.md, path.name, path.state, path.prio) for path in view.paths] == [
        ("mp", "sda", "up", 1), ("mp", "sdb", "up", 1),
    ]
    assert view.maps[0].mode == "normal" and view.maps[0].active == 2 and view.checks >= 2


def test_it_sees_a_table_that_is_swapped(lab: SyncLab) -> None:
    lab.event("path_state", path="sda", state="up", timeout="5s")
    lab.do('dmsetup load mp --table "0 131072 multipath 0 0 1 1 round-robin 0 1 1 8:16 1"')
    assert lab.do("dmsetup resume mp").rc == 0
    lab.event("multipathd", text="sda [8:0]: path removed from map mp", timeout="5s")


def test_the_same_seed_gives_the_same_history() -> None:
    def history() -> list[tuple[int, str, str]]:
        with SyncLab(load_scenario("marginal-path"), runtime="simulation") as lab:
            lab.run("3s")
            return [(event.at_us, event.kind, str(event.details)) for event in lab.events]

    first = history()
    assert first == history() and any(kind == "multipathd" for _, kind, _ in first)


def test_without_the_key_there_is_no_checker() -> None:
    scenario = load_text("\n".join(line for line in TEXT.format(era="2.6.31").splitlines() if "multipathd" not in line))
    assert scenario.plan.multipathd is None
    with SyncLab(scenario, runtime="simulation") as lab:
        assert "multipathd" not in lab.views()


def test_a_child_that_checks_paths_imports_nothing_heavy() -> None:
    import subprocess
    import sys

    code = (
        "import emulator.multipathd.daemon, sys; "
        "print(sorted({'pydantic', 'ruamel', 'textual', 'click', 'rich'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert said.stdout.strip() == "[]"


# -- the key in a scenario ------------------------------------------------------------------------------------


@pytest.mark.parametrize("line, said", [
    ("multipathd: {poling_interval: 1s}", "unknown key 'poling_interval'"),
    ("multipathd: {polling_interval: 5}", "a time"),
    ("multipathd: {polling_interval: 2s, max_polling_interval: 1s}", "not shorter than polling_interval"),
    ("multipathd: {no_path_retry: 0}", "a number of polling intervals from 1 to 1000000, fail or queue"),
    ("multipathd: {no_path_retry: que}", "a number of polling intervals from 1 to 1000000, fail or queue"),
    ("multipathd: {failback: soon}", "immediate, manual, followover or a time such as 5s"),
    ("multipathd: {path_checker: readsector0}", "tur"),
    ("multipathd: {marginal_path_err_sample_time: 1s}", "work together only"),
    ("multipathd: {san_path_err_threshold: 3}", "san_path_err_forget_rate, san_path_err_recovery_time too"),
    ("multipathd: {multipaths: [{alias: mb}]}", "found 'mb', expected a mapped device: mp"),
    ("multipathd: {multipaths: [{alias: mp}, {alias: mp}]}", "a second time"),
    ("multipathd: {}\nsubmitters: [{name: multipathd, target: mp}]", "expected another name"),
])
def test_a_wrong_setting_is_said_with_what_would_be_right(line: str, said: str) -> None:
    text = "\n".join(each for each in TEXT.format(era="modern").splitlines() if "multipathd" not in each)
    with pytest.raises(ScenarioErrors) as caught:
        load_text(f"{text}\n{line}\n")
    assert said in str(caught.value)


def test_settings_of_one_map_go_before_those_beside_it() -> None:
    text = TEXT.format(era="modern").replace(
        "no_path_retry: 4", "no_path_retry: 4, failback: 2s, multipaths: [{alias: mp, no_path_retry: queue}]"
    )
    spec = load_text(text).plan.multipathd
    assert spec is not None
    own = dict(spec.maps)["mp"]
    assert (own.no_path_retry, own.failback, spec.defaults.no_path_retry) == (-2, 2_000_000, 4)


def test_ports_of_one_group_begin_with_one_state(tmp_path: Path) -> None:
    text = TEXT.format(era="modern").replace("{name: sda, lun: lun0}", "{name: sda, lun: lun0, group: 1}")
    text = text.replace("{name: sdb, lun: lun0}", "{name: sdb, lun: lun0, group: 1, access: standby}")
    with pytest.raises(ScenarioErrors, match="expected active/optimized, which sda of the same port group has"):
        load_text(text)


@pytest.mark.parametrize("what", ["kill: multipathd", "revive: multipathd"])
def test_a_timeline_that_kills_it_needs_one(what: str) -> None:
    text = "\n".join(line for line in TEXT.format(era="modern").splitlines() if "multipathd" not in line)
    with pytest.raises(ScenarioErrors, match="found 'multipathd'"):
        load_text(f"{text}\ntimeline:\n  - at: 1s\n    {what}\n")
