"""Queue attributes, limits, merging and accounting of a later kernel, as a real one had them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.lab import LineError, SyncLab
from emulator.plan import Limits
from tests.lab.conftest import small_plan
from tests.lab.modern import cat, create, event_nr, ios, kernel, log, modern, status

BASE = Limits(2560, 128, write_back=False)


@pytest.mark.parametrize(
    ("change", "file", "alone", "with_other"),
    [
        ({"max_sectors": 128, "max_hw_sectors": 2560}, "max_sectors_kb", "1280", "64"),
        ({"logical_block_size": 4096, "physical_block_size": 4096}, "logical_block_size", "512", "4096"),
        ({"physical_block_size": 4096}, "physical_block_size", "512", "4096"),
        ({"write_back": True}, "write_cache", "write through", "write back"),
        ({"rotational": True}, "rotational", "0", "1"),
    ],
)
def test_limits_are_stacked_at_load_and_take_effect_at_resume(
    change: dict[str, object], file: str, alone: str, with_other: str
) -> None:
    other = replace(BASE, **change)  # type: ignore[arg-type]
    with modern(2, limits=(BASE, other)) as lab:
        create(lab, "0 0 1 1 round-robin 0 1 1 8:0 1")
        assert cat(lab, f"dm-0/queue/{file}") == alone
        lab.do("dmsetup load mp --table '0 131072 multipath 0 0 1 1 round-robin 0 2 1 8:0 1 8:16 1'")
        assert cat(lab, f"dm-0/queue/{file}") == alone
        lab.do("dmsetup resume mp")
        assert cat(lab, f"dm-0/queue/{file}") == with_other


def test_a_limit_that_was_changed_below_counts_for_the_next_table() -> None:
    with modern(limits=(BASE, BASE)) as lab:
        create(lab)
        assert lab.do("echo 64 > /sys/block/sda/queue/max_sectors_kb").rc == 0
        assert cat(lab, "dm-0/queue/max_sectors_kb") == "1280", "not for the one that is live"
        lab.do("dmsetup reload mp --table '0 131072 multipath 0 0 1 1 round-robin 0 2 1 8:0 1 8:16 1'")
        lab.do("dmsetup resume mp")
        assert (cat(lab, "dm-0/queue/max_sectors_kb"), cat(lab, "dm-0/queue/max_hw_sectors_kb")) == ("64", "1280")


def test_a_path_whose_limit_was_lowered_after_the_load_fails_at_the_first_request_beyond_it() -> None:
    with modern(2, limits=(BASE, BASE)) as lab:
        create(lab)
        for path in ("sda", "sdb"):
            lab.do(f"echo 64 > /sys/block/{path}/queue/max_sectors_kb")
        assert lab.do("io write mp 0+8 n=64 depth=64 batch").value.errors == {"EIO": 64}
        assert kernel(lab)[:4:2] == ["blk_insert_cloned_request: over max size limit. (512 > 128)"] * 2
        assert status(lab).count("F 1") == 2 and event_nr(lab) == 2
        assert log(lab, "sda", "sdb") == ["", ""], "no path was asked"


def test_a_long_bio_is_split_by_what_the_device_takes_now() -> None:
    with modern(limits=(BASE, BASE)) as lab:
        create(lab)
        assert lab.do("echo 64 > /sys/block/dm-0/queue/max_sectors_kb").rc == 0
        assert lab.do("io read mp 0+512 verify=1").value.verified is True
        assert log(lab, "sda", "sdb") == ["r 0+128 ok;r 256+128 ok", "r 128+128 ok;r 384+128 ok"]
        assert lab.do("io write mp 8+600 seed=7").rc == 0
        assert lab.do("io read mp 8+600 verify=7").value.verified is True


def test_an_application_of_2_6_31_makes_bios_that_fit() -> None:
    with SyncLab(small_plan(), era="2.6.31") as lab:
        assert lab.do("echo 64 > /sys/block/dm-0/queue/max_sectors_kb").rc == 0
        assert lab.do("io read mp 0+512 verify=1").value.verified is True
        assert set(sizes(lab, "sda", "sdb")) <= set(range(129))


def test_what_is_no_multiple_of_a_block_is_refused_by_the_file_layer() -> None:
    blocks = replace(BASE, logical_block_size=4096, physical_block_size=4096)
    with modern(limits=(BASE, blocks)) as lab:
        create(lab)
        assert lab.do("io read mp 0+1").value.errors == {"EINVAL": 1}
        assert lab.do("io read mp 4+8").value.errors == {"EINVAL": 1}
        assert lab.do("io read mp 8+8").rc == 0
        refused = lab.do("dmsetup load mp --table '0 1001 multipath 0 0 1 1 round-robin 0 2 1 8:0 1 8:16 1'")
        assert refused.rc == 0, "later kernels look when it is swapped in"
        assert lab.do("dmsetup resume mp").rc == 1
        said = "len=1001 not aligned to h/w logical block size 4096 of sda"
        assert kernel(lab) == [f"device-mapper: table: 253:0: {said}"]


@pytest.mark.parametrize("features", ["0", "2 queue_mode bio"])
def test_without_a_write_cache_no_flush_is_sent(features: str) -> None:
    with modern(limits=(BASE, BASE)) as lab:
        create(lab, f"{features} 0 1 1 round-robin 0 2 1 8:0 1 8:16 1")
        assert lab.do("io flush mp").rc == 0 and lab.do("io write mp 0+8 dsync").rc == 0
        assert log(lab, "sda", "sdb") == ["w 0+8 ok", ""]
        lab.do("echo write back > /sys/block/dm-0/queue/write_cache")
        assert lab.do("io flush mp").rc == 0
        assert "f 0+0 ok" in log(lab, "sda", "sdb")


def sizes(lab: SyncLab, *devices: str) -> list[int]:
    """Sectors of everything that reached the devices since last asked."""
    return sorted(int(entry.partition("+")[2].split()[0]) for each in log(lab, *devices) for entry in each.split(";")
                  if entry)


@pytest.mark.parametrize("scheduler", ["none", "mq-deadline"])
def test_what_one_task_submits_together_is_merged_above_the_paths(scheduler: str) -> None:
    with modern(1, limits=(BASE,)) as lab:
        create(lab, "0 0 1 1 round-robin 0 1 1 8:0 1")
        assert lab.do(f"echo {scheduler} > /sys/block/dm-0/queue/scheduler").rc == 0
        lab.do("io write mp 0+8 n=64 depth=64 batch")
        assert sizes(lab, "sda") == [512]
        lab.do("io write mp 0+8 n=64 depth=8 batch")
        assert sizes(lab, "sda") == [64] * 8
        lab.do("io write mp 0+8 n=64")
        assert sizes(lab, "sda") == [8] * 64, "one at a time none merge"
        lab.do("io write mp 0+8 n=64 stride=16 depth=64 batch")
        assert sizes(lab, "sda") == [8] * 64, "not adjacent"
        assert lab.do("echo 2 > /sys/block/dm-0/queue/nomerges").rc == 0
        lab.do("io write mp 0+8 n=64 depth=64 batch")
        assert sizes(lab, "sda") == [8] * 64
        assert ios(lab, "dm-0") == (0, 1 + 8 + 64 + 64 + 64, 63 + 56)
        assert ios(lab, "sda") == (0, 201, 0), "the path never merges"


def test_a_busy_path_lets_requests_grow_above_it_and_never_fails() -> None:
    with modern(1, queue_depth=1, limits=(BASE,), service_us=5000.0) as lab:
        create(lab, "0 0 1 1 round-robin 0 1 1 8:0 1")
        assert lab.do("io write mp 0+8 n=64 depth=16").rc == 0
        _, writes, merged = ios(lab, "dm-0")
        assert writes < 40 and writes + merged == 64
        assert status(lab).endswith("8:0 A 0 ")


def test_requests_that_were_put_back_are_not_merged() -> None:
    with modern(limits=(BASE, BASE)) as lab:
        create(lab, "1 queue_if_no_path 0 1 1 round-robin 0 2 1 8:0 1 8:16 1")
        lab.do("dmsetup message mp 0 fail_path 8:0")
        lab.do("dmsetup message mp 0 fail_path 8:16")
        for number in range(8):
            lab.do(f"bg W{number} io write mp {8 + 8 * number}+8")
            lab.run("1ms")
        lab.do("dmsetup message mp 0 reinstate_path 8:0")
        assert lab.idle()
        assert log(lab, "sda") == [";".join(f"w {8 + 8 * number}+8 ok" for number in range(8))]


def test_in_flight_is_what_a_path_has_and_not_what_waits_for_one() -> None:
    with modern() as lab:
        create(lab)
        lab.do("hold sda")
        lab.do("bg A io read mp 0+8")
        lab.idle()
        assert [cat(lab, f"{disk}/inflight").split() for disk in ("dm-0", "sda", "sdb")] == [
            ["1", "0"], ["1", "0"], ["0", "0"]
        ]
        lab.do("release sda")
        lab.idle()
        lab.do("dmsetup message mp 0 queue_if_no_path")
        for path in ("8:0", "8:16"):
            lab.do(f"dmsetup message mp 0 fail_path {path}")
        lab.do("bg B io read mp 0+8")
        lab.idle()
        assert cat(lab, "dm-0/inflight").split() == ["0", "0"]
        lab.do("dmsetup message mp 0 reinstate_path 8:0")
        lab.idle()
        lab.do("dmsetup suspend mp")
        lab.do("bg C io read mp 0+8")
        lab.idle()
        assert (cat(lab, "dm-0/inflight").split(), cat(lab, "dm-0/dm/suspended")) == (["0", "0"], "1")
        lab.do("dmsetup resume mp")
        assert lab.do("wait job C").rc == 0


def test_a_read_that_is_retried_counts_once_above_and_once_on_each_path() -> None:
    with modern() as lab:
        create(lab)
        lab.do("fault sda error times=1")
        assert lab.do("io read mp 0+8").rc == 0
        assert [ios(lab, disk)[0] for disk in ("dm-0", "sda", "sdb")] == [1, 1, 1]


def test_what_a_device_of_a_later_kernel_has_from_the_start() -> None:
    with modern() as lab:
        create(lab)
        expected = {
            "queue/scheduler": "[mq-deadline] none", "queue/nr_requests": "256", "size": "131072", "dm/name": "mp",
            "dm/uuid": "", "dm/suspended": "0", "queue/fua": "0", "dev": "253:0",
        }
        assert {file: cat(lab, f"dm-0/{file}") for file in expected} == expected
        assert lab.do("ls /sys/block/dm-0/slaves").out == ("sda", "sdb")
        assert lab.do("ls /sys/block/sda/holders").out == ("dm-0",)
        assert lab.do("ls /sys/block").out == ("dm-0", "sda", "sdb")
        assert lab.do("blockdev --getsize64 /dev/mapper/mp").out == ("67108864",)


@pytest.mark.parametrize(
    ("line", "rc", "err"),
    [
        ("cat /sys/block/sdz/size", 1, "cat: /sys/block/sdz/size: No such file or directory"),
        ("cat /sys/block/sda/queue", 1, "cat: /sys/block/sda/queue: Is a directory"),
        ("ls /sys/block/sda/nothing", 2, "ls: cannot access '/sys/block/sda/nothing': No such file or directory"),
        ("echo 1 > /sys/block/sda/size", 1, "sh: can't create /sys/block/sda/size: Permission denied"),
        ("echo fast > /sys/block/dm-0/queue/scheduler", 1, "sh: write error: Invalid argument"),
        ("echo 4000 > /sys/block/sda/queue/max_sectors_kb", 1, "sh: write error: Invalid argument"),
        ("echo asleep > /sys/block/sda/device/state", 1, "sh: write error: Invalid argument"),
        ("blockdev --getss /dev/sdz", 1, "blockdev: can't open '/dev/sdz': No such file or directory"),
    ],
)
def test_what_a_shell_says_of_a_file_that_cannot_be_had(line: str, rc: int, err: str) -> None:
    with modern() as lab:
        create(lab)
        result = lab.do(line)
        assert (result.rc, result.err) == (rc, (err,))


@pytest.mark.parametrize("line", ["cat", "echo 1", "echo 1 >", "ls", "blockdev --getnothing /dev/sda", "blockdev"])
def test_lines_that_are_none(line: str) -> None:
    with modern() as lab, pytest.raises(LineError):
        lab.do(line)
