"""dmsetup's commands: what they print, how they end, what they change."""

from __future__ import annotations

import pytest

from emulator.lab import LabError, LineError, SyncLab
from emulator.lab.opening import MDS_MOST, RuntimeKind
from emulator.plan import SubmitterSpec
from emulator.snapshot import SubmitterView
from tests.lab.conftest import TABLE, small_plan

BUSY = "Device or resource busy"
GONE = "No such device or address"
INVALID = "Invalid argument"


def failed(ioctl: str, name: str, reason: str, where: str = "") -> tuple[str, ...]:
    return (f"device-mapper: {ioctl} ioctl on {name} {where} failed: {reason}", "Command failed.")


def test_table_and_status_of_one_stand_bare_and_of_all_behind_their_names(sim: SyncLab) -> None:
    assert sim.do("dmsetup table mp").out == (TABLE + " ",)
    assert sim.do("dmsetup table").out == (f"mp: {TABLE} ",)
    assert sim.do("dmsetup status mp").out == ("0 131072 multipath 2 0 0 0 1 1 E 0 2 0 8:0 A 0 8:16 A 0 ",)
    assert sim.do("dmsetup status --target error").out == ()


def test_info_block(sim: SyncLab) -> None:
    result = sim.do("dmsetup info mp")
    assert result.out == (
        "Name:              mp",
        "State:             ACTIVE",
        "Read Ahead:        256",
        "Tables present:    LIVE",
        "Open count:        0",
        "Event number:      0",
        "Major, minor:      253, 0",
        "Number of targets: 1",
        "",
    )
    assert result.value.devices == ("8:0", "8:16")


def test_info_columns(sim: SyncLab) -> None:
    assert sim.do("dmsetup info -c").out == (
        "Name             Maj Min Stat Open Targ Event  UUID                            ",
        "mp               253   0 L--w    0    1      0                                 ",
    )
    fields = "name,attr,tables_loaded,readonly,suspended,open,segments,events"
    assert sim.do(f"dmsetup info -c --noheadings -o {fields} mp").out == ("mp:L--w:Live:Writeable:Active:0:1:0",)


def test_an_unknown_field_names_the_nearest(sim: SyncLab) -> None:
    with pytest.raises(LineError, match="did you mean 'events'"):
        sim.do("dmsetup info -c -o event mp")


@pytest.mark.parametrize(
    ("line", "err"),
    [
        ("dmsetup table nosuch", failed("table", "nosuch", GONE)),
        ("dmsetup status nosuch", ("Device does not exist.", "Command failed.")),
        ("dmsetup info nosuch", ("Device does not exist.", "Command failed.")),
        ("dmsetup suspend nosuch", failed("suspend", "nosuch", GONE)),
        ("dmsetup message nosuch 0 fail_path 8:0", failed("message", "nosuch", GONE)),
        ("dmsetup message mp 0 nosuch", failed("message", "mp", INVALID)),
        ("dmsetup message mp 0", ("No message supplied.", *failed("message", "mp", INVALID))),
        ("dmsetup load mp --table '0 131072 multipath 0 0 1 1'", failed("reload", "mp", INVALID)),
        ("dmsetup load mp --table '0 131072'", ("Invalid format on line 1 of table .", "Command failed.")),
        ("dmsetup create x --table '0 131072 multipath '", failed("reload", "x", INVALID, "(253:1)")),
        (f"dmsetup create mp --table '{TABLE}'", failed("create", "mp", BUSY)),
        ("dmsetup create a/b -n", ('Name "a/b" invalid. It contains "/".', "Command failed.")),
        ("dmsetup rename mp mp", failed("rename", "mp", BUSY)),
    ],
)
def test_a_refused_command_changes_nothing_and_speaks_as_libdevmapper(
    sim: SyncLab, line: str, err: tuple[str, ...]
) -> None:
    before = sim.do("dmsetup info").out, sim.do("dmsetup table").out, sim.do("dmsetup table --inactive").out
    result = sim.do(line)
    assert (result.rc, result.out, result.err) == (1, (), err)
    assert before == (sim.do("dmsetup info").out, sim.do("dmsetup table").out, sim.do("dmsetup table --inactive").out)


def test_load_and_resume_swap_the_table_and_dev_names_stand_for_numbers(sim: SyncLab) -> None:
    assert sim.do("dmsetup load mp --table '0 131072 multipath 0 0 1 1 round-robin 0 1 1 /dev/sdb 1'").rc == 0
    assert sim.do("dmsetup info mp").value.tables == "LIVE & INACTIVE"
    assert sim.do("dmsetup table mp").out == (TABLE + " ",)
    assert sim.do("dmsetup resume mp").rc == 0
    assert sim.do("dmsetup table mp").out == ("0 131072 multipath 0 0 1 1 round-robin 0 1 1 8:16 1 ",)


def test_clear_drops_the_inactive_table(sim: SyncLab) -> None:
    sim.do(f"dmsetup load mp --table '{TABLE}'")
    assert sim.do("dmsetup table --inactive mp").out == (TABLE + " ",)
    assert sim.do("dmsetup clear mp").rc == 0
    assert sim.do("dmsetup info mp").value.tables == "LIVE"


def test_suspend_and_resume_twice_succeed(sim: SyncLab) -> None:
    for line in ("dmsetup suspend mp", "dmsetup suspend --noflush --nolockfs mp"):
        assert sim.do(line).rc == 0
        assert sim.do("dmsetup info mp").value.state == "SUSPENDED"
    for _ in range(2):
        assert sim.do("dmsetup resume mp").rc == 0
        assert sim.do("dmsetup info mp").value.state == "ACTIVE"


def test_a_suspend_that_waits_is_blocked_and_ends_with_what_it_waits_for(sim: SyncLab) -> None:
    sim.do("hold sda")
    sim.do("bg A io read 0+8")
    sim.run("1ms")
    suspend = sim.do("dmsetup suspend mp")
    assert suspend.blocked and suspend.rc is None
    sim.do("release sda")
    assert sim.do(f"wait job {suspend.job}").rc == 0
    assert sim.do("wait job A").rc == 0


def test_a_device_lives_from_create_to_remove(sim: SyncLab) -> None:
    assert sim.do(f"dmsetup create x -u uu --table '{TABLE}'").rc == 0
    assert sim.do("dmsetup ls").out == ("mp\t(253:0)", "x\t(253:1)")
    assert sim.do("dmsetup deps x").out == ("2 dependencies\t: (8, 16) (8, 0)",)
    assert sim.do("dmsetup create y -u uu -n").err == failed("create", "y", BUSY, "uu")
    assert sim.do("dmsetup rename x z").rc == 0
    info = sim.do("dmsetup info -u uu").value
    assert (info.name, info.event_nr) == ("z", 1)
    assert sim.do("io read z 0+8").value.crc32 == 0xDFAAD54F
    assert sim.do("dmsetup remove z").rc == 0
    assert sim.do("dmsetup ls").out == ("mp\t(253:0)",)
    assert sim.do("dmsetup create w --notable").rc == 0
    info = sim.do("dmsetup info w").value
    assert (info.minor, info.tables, info.event_nr, info.targets) == (1, "None", 0, 0)


def test_remove_refuses_what_is_open(sim: SyncLab) -> None:
    sim.do("hold sda")
    sim.do("io read 0+8 &")
    assert sim.do("dmsetup remove mp").err == failed("remove", "mp", BUSY)
    assert sim.do("dmsetup info mp").value.open_count == 1


def test_wait_returns_with_the_next_event_or_at_once_with_an_old_number(sim: SyncLab) -> None:
    job = sim.start("dmsetup wait mp 0")
    sim.run("1ms")
    assert not job.done
    sim.do("dmsetup message mp 0 fail_path 8:0")
    sim.run("1ms")
    assert job.done and job.result is not None and job.result.rc == 0
    assert sim.do("dmsetup wait mp 0").rc == 0


@pytest.mark.parametrize("runtime", ["simulation", "process"])
def test_a_load_has_its_device_open_before_any_time_has_passed(runtime: RuntimeKind) -> None:
    with SyncLab(small_plan(submitters=(SubmitterSpec("app", "mp"),)), runtime=runtime) as lab:
        assert lab.do("dmsetup remove mp").err == failed("remove", "mp", BUSY)


def test_wait_ends_when_the_device_is_removed(sim: SyncLab) -> None:
    job = sim.start("dmsetup wait mp 0")
    sim.run("1ms")
    assert sim.do("dmsetup remove mp").rc == 0
    sim.run("1ms")
    assert job.done


@pytest.mark.parametrize("runtime", ["simulation", "process"])
def test_devices_are_made_as_they_are_asked_for_and_stand_on_each_other(runtime: str) -> None:
    with SyncLab(small_plan(), runtime=runtime) as lab:  # type: ignore[arg-type]
        names = [f"d{number}" for number in range(5 if runtime == "process" else 40)]
        for name in names:
            assert lab.do(f"dmsetup create {name} --table '{TABLE}'").rc == 0
        assert [line.split()[0] for line in lab.do("dmsetup ls").out] == sorted([*names, "mp"])
        top = "0 131072 multipath 0 0 1 1 round-robin 0 1 1 /dev/mapper/d1 1"
        assert lab.do(f"dmsetup create top --table '{top}'").rc == 0
        assert lab.do("io write top 0+8 seed=9").rc == 0
        assert lab.do("io read d0 0+8 verify=9").rc == 0
        assert lab.do("dmsetup remove d1").err == failed("remove", "d1", BUSY)
        for name in ("top", *names):
            assert lab.do(f"dmsetup remove {name}").rc == 0
        lab.run("1ms")
        assert {name for name in lab.session.runtime.processes() if name[0] == "d"} == set()
        assert lab.do(f"dmsetup create d1 --table '{TABLE}'").rc == 0
        assert lab.do("dmsetup info d1").value.minor == 1
        assert lab.do("io read d1 0+8 verify=9").rc == 0


def test_a_device_is_too_small_for_a_table_as_it_is_now(sim: SyncLab) -> None:
    sim.do("dmsetup create low --table '0 1024 multipath 0 0 1 1 round-robin 0 1 1 8:0 1'")
    top = "multipath 0 0 1 1 round-robin 0 1 1 /dev/mapper/low 1"
    assert sim.do(f"dmsetup create top --table '0 2048 {top}'").rc == 1
    assert sim.do(f"dmsetup create top --table '0 1024 {top}'").rc == 0


def test_a_load_whose_device_is_gone_says_so_and_starts_again_with_the_next_of_that_name() -> None:
    load = SubmitterSpec("app", "mp", start=10_000_000)
    with SyncLab(small_plan(submitters=(load,))) as lab:
        assert lab.do("dmsetup remove mp").rc == 0
        assert lab.do("start app").err == ("app: there is no mp any more (ENODEV)",)
        assert lab.do(f"dmsetup create mp --table '{TABLE}'").rc == 0
        assert lab.do("start app").rc == 0
        lab.run("10ms")
        view = lab.views()["app"]
        assert isinstance(view, SubmitterView) and view.completed


def test_too_many_devices_are_refused_in_words(sim: SyncLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MDS_MOST, "simulation", 2)
    assert sim.do("dmsetup create x -n").rc == 0
    with pytest.raises(LabError, match="found 2 mapped devices, expected at most so many: remove one first"):
        sim.do("dmsetup create y -n")


def test_a_device_may_be_called_as_another_machine(sim: SyncLab) -> None:
    for name in ("sda", "lun0", "softirq", "console", "a b", "..", "dm-1"):
        assert sim.do(f"dmsetup create '{name}' --table '{TABLE}'").rc == 0
        assert sim.do(f"io read '{name}' 0+8").rc == 0
    assert len(sim.do("dmsetup ls").out) == 8


def test_targets_and_version_are_those_of_the_era(sim: SyncLab) -> None:
    assert "multipath        v1.1.0" in sim.do("dmsetup targets").out
    assert sim.do("dmsetup version").out[1] == "Driver version:    4.15.0"
