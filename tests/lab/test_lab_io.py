"""io, faults, log and jobs: what a person does to paths and sees come back."""

from __future__ import annotations

import zlib

import pytest

from emulator.lab import IoResult, LineError, SyncLab
from emulator.sectors import seeded


def test_data_is_told_by_its_seed() -> None:
    # Seen on a real kernel: the first 4 KiB of seed 1 and the first 8 KiB of seed 9.
    assert zlib.crc32(seeded(1, 0, 8)) == 0xDFAAD54F
    assert zlib.crc32(seeded(9, 0, 16)) == 0xDED8FF6C


def test_a_read_of_fresh_sectors_finds_seed_one(sim: SyncLab) -> None:
    result = sim.do("io read 0+8 verify=1")
    assert result.out == ("read ok=1 err=0 bytes=4096 crc32=dfaad54f verify=good",)
    assert result.value == IoResult("read", 1, 0, {}, 4096, 0xDFAAD54F, True)


@pytest.mark.parametrize("options", ["", " depth=4", " depth=4 batch", " stride=64", " stride=1000 depth=16 batch"])
def test_what_was_written_is_read_back(sim: SyncLab, options: str) -> None:
    wrote = sim.do(f"io write 64+8 n=16 seed=9{options}")
    read = sim.do(f"io read 64+8 n=16 verify=9{options}")
    assert wrote.rc == read.rc == 0
    assert wrote.value.crc32 == read.value.crc32
    assert wrote.value.bytes == read.value.bytes == 16 * 4096


def test_a_long_io_goes_in_bios_of_whole_pages(sim: SyncLab) -> None:
    assert sim.do("io write mp 8+600 seed=3").rc == 0
    sizes = [(entry.op, entry.sectors) for device in ("sda", "sdb") for entry in sim.do(f"log {device}").value]
    assert sum(size for _, size in sizes) == 600 and max(size for _, size in sizes) <= 255
    assert sim.do("io read 8+600 verify=3").value.verified is True


def test_wrong_data_is_bad(sim: SyncLab) -> None:
    result = sim.do("io read 0+8 verify=2")
    assert result.rc == 1 and result.out[0].endswith("verify=BAD")


def test_an_error_is_named_and_counted(sim: SyncLab) -> None:
    sim.do("dmsetup message mp 0 fail_path 8:0")
    sim.do("dmsetup message mp 0 fail_path 8:16")
    result = sim.do("io read 0+8 n=3")
    assert result.rc == 1
    assert result.out == ("read ok=0 err=3 EIO=3 bytes=0 crc32=00000000",)


def test_too_much_is_refused(sim: SyncLab) -> None:
    assert "at most 131072" in sim.do("io read 0+131073").err[0]


def test_log_says_what_reached_a_device_since_it_was_asked(sim: SyncLab) -> None:
    sim.do("fault sda error errno=ETIMEDOUT times=1 op=read")
    sim.do("io read 0+8")
    assert sim.do("log sda").out == ("r 0+8 ETIMEDOUT",)
    assert sim.do("log 8:16").out == ("r 0+8 ok",)
    assert sim.do("log sda").out == ()


def test_held_requests_are_answered_by_the_faults_in_force_when_they_are_released(sim: SyncLab) -> None:
    sim.do("hold sda")
    sim.do("bg A io read 0+8")
    sim.run("1ms")
    assert sim.do("held sda").out == ("r 0+8",)
    sim.do("fault sda error errno=EIO")
    sim.do("release sda")
    assert sim.do("wait job A").value.ok == 1
    assert sim.do("log sda").out == ("r 0+8 EIO",)
    assert sim.do("log sdb").out == ("r 0+8 ok",)


def test_io_that_nothing_ends_is_blocked_and_goes_on(sim: SyncLab) -> None:
    for path in ("8:0", "8:16"):
        sim.do(f"dmsetup message mp 0 fail_path {path}")
    sim.do("dmsetup message mp 0 queue_if_no_path")
    result = sim.do("io read 0+8")
    assert result.blocked and result.out == (f"[{result.job}] blocked",)
    sim.do("dmsetup message mp 0 reinstate_path 8:16")
    assert sim.idle()
    assert sim.do(f"jobs {result.job}").out[-1] == f"[{result.job}] done rc=0"


def test_a_busy_device_takes_nothing_until_cleared(sim: SyncLab) -> None:
    sim.do("busy sda")
    sim.do("busy sdb")
    assert sim.do("io read 0+8").blocked
    sim.do("clear sda")
    assert sim.idle()
    assert [entry.outcome for entry in sim.do("log sda").value] == ["ok"]


def test_kill_and_revive(sim: SyncLab) -> None:
    assert sim.do("kill sda").rc == 0
    assert sim.do("io read 0+8 n=2").rc == 0
    assert " 8:0 F " in sim.do("dmsetup status mp").out[0]
    assert sim.do("revive sda").rc == 0
    sim.do("dmsetup message mp 0 reinstate_path sda")
    assert sim.do("io read 0+8 n=4").rc == 0
    assert len(sim.do("log sda").value) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("wibble", "found 'wibble', expected one of dmsetup, "),
        ("dmsteup table", "did you mean 'dmsetup'"),
        ("dmsetup tabel", "did you mean 'table'"),
        ("dmsetup suspend --nofulsh mp", "did you mean '--noflush'"),
        ("io raed 0+8", "did you mean 'read'"),
        ("io read 8", "expected it behind 'read': io read 0+8"),
        ("io read nosuch 0+8", "expected a mapped device: mp"),
        ("io read 0+8 sede=1", "did you mean 'seed'"),
        ("io read 0+8 n=0", "found '0' for n, expected a whole number from 1"),
        ("fault sda eror", "did you mean 'error'"),
        ("fault sdc error", "expected a machine: one of sda, sdb, softirq, mp"),
        ("fault sda error errno=ETIMEDUOT", "did you mean 'ETIMEDOUT'"),
        ("run 250", "found '250', expected a time"),
        ("wait idel", "did you mean 'idle'"),
        ("wait event path_faild", "did you mean 'path_failed'"),
        ("dmsetup table 'mp", "a quote that is never closed"),
        ("help dmsteup", "did you mean 'dmsetup'"),
    ],
)
def test_what_is_not_of_the_language_names_what_would_be(sim: SyncLab, line: str, said: str) -> None:
    with pytest.raises(LineError) as caught:
        sim.do(line)
    assert said in caught.value.text


def test_every_verb_explains_itself(sim: SyncLab) -> None:
    listed = sim.do("help").out
    for line in listed[:-1]:
        verb = line.split()[0]
        assert verb in sim.do(f"help {verb}").out[0]


def test_multipath_ll(sim: SyncLab) -> None:
    sim.do("io read 0+8")
    sim.do("dmsetup message mp 0 fail_path 8:16")
    out = sim.do("multipath -ll").out
    assert out[0].startswith("mp (36001405") and out[0].endswith(") dm-0 LIO-ORG,lun0")
    assert out[1:] == (
        "size=64M features='0' hwhandler='0' wp=rw",
        "`-+- policy='round-robin 0' prio=1 status=active",
        "  |- 0:0:0:0 sda 8:0  active ready running",
        "  `- 1:0:0:0 sdb 8:16 failed ready running",
    )


def test_multipath_f_removes_a_map_that_nobody_uses(sim: SyncLab) -> None:
    assert sim.do("multipath -f mp").rc == 0
    assert sim.do("dmsetup ls").out == ("No devices found",)


def test_a_line_that_is_refused_leaves_nothing_behind(sim: SyncLab) -> None:
    """A verb that finds a wrong word only once it is under way must end there, not live on as a job."""
    with pytest.raises(LineError):
        sim.do("fault error sda")
    assert sim.do("io read 8+8").rc == 0
    assert not sim.session.jobs
    assert sim.do("jobs").out == ()


def test_the_file_layer_cuts_what_crosses_the_end_of_the_device(sim: SyncLab) -> None:
    end = 131072
    crossing = sim.do(f"io read {end - 4}+8")
    assert crossing.rc == 0 and crossing.value.ok == 0 and crossing.value.short == 1
    assert sim.do("log sda").out == (f"r {end - 4}+4 ok",)
    beyond = sim.do(f"io read {end - 8}+8 n=3 verify=1")
    assert (beyond.rc, beyond.value.ok, beyond.value.short, beyond.value.failed) == (0, 1, 2, 0)
    assert beyond.out == (f"read ok=1 err=0 short=2 bytes=4096 crc32={beyond.value.crc32:08x} verify=good",)
    sim.do("log sda"), sim.do("log sdb")
    write = sim.do(f"io write {end}+8")
    assert (write.rc, dict(write.value.errors)) == (1, {"ENOSPC": 1})
    assert sim.do("log sda").out == sim.do("log sdb").out == ()


def test_a_device_without_a_table_cannot_be_opened_and_one_with_an_inactive_one_is_empty(sim: SyncLab) -> None:
    sim.do("dmsetup create x --notable")
    result = sim.do("io read x 0+8")
    assert result.rc == 1 and result.err == ("io: the device cannot be opened: it has no table (ENXIO)",)
    sim.do("dmsetup load x --table '0 1024 linear 8:0 0'")
    result = sim.do("io read x 0+8")
    assert (result.rc, result.value.ok, result.value.short, result.value.bytes) == (0, 0, 1, 0)
    sim.do("dmsetup resume x")
    assert sim.do("io read x 0+8 verify=1").rc == 0


def test_dmesg_is_the_kernel_log_alone(sim: SyncLab) -> None:
    sim.do("dmsetup message mp 0 fail_path 8:16")
    (line,) = sim.do("dmesg").out
    assert line.startswith("[") and line.endswith("] device-mapper: multipath: Failing path 8:16.")
    assert [event.kind for event in sim.do("dmesg").value] == ["kernel_log"]


@pytest.mark.parametrize("line", ["io read mp 0+8 md=sda", "io flush mp md=mp"])
def test_an_io_goes_to_one_device(sim: SyncLab, line: str) -> None:
    with pytest.raises(LineError, match="expected only one: 'mp' stands there already"):
        sim.do(line)


def test_nobody_waits_for_an_event_of_no_kind(sim: SyncLab) -> None:
    with pytest.raises(LineError, match="did you mean 'path_failed'"):
        sim.event("path_faild")


def test_the_end_of_a_job_is_said_once_with_the_reason_that_the_line_itself_would_give(sim: SyncLab) -> None:
    line = "dmsetup create x --table '0 8 multipath 0'"
    hint = sim.do(line).hint
    assert hint
    sim.do(f"bg A {line}")
    sim.run("1ms")
    told = sim.do("jobs").out
    assert (told[-2], told[-1]) == (f"[A] {hint}", "[A] done rc=1")
    assert sim.do("jobs").out == ()
    assert sim.do("jobs A").out == told


def test_faults_are_numbered_by_their_type_and_say_a_time_in_one_way(sim: SyncLab) -> None:
    said = [sim.do(f"fault {what}").out[0] for what in ("sda latency", "sda error", "sdb latency add=40ms")]
    assert said[0] == "fault latency-1 in force on sda: latency +20000 us of service time"
    assert said[1].startswith("fault error-1 in force on sda")
    assert said[2] == "fault latency-2 in force on sdb: latency +40000 us of service time"
