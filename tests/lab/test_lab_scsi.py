"""What a later kernel makes of SCSI errors, of ioctls and of hardware handlers, as a real one did."""

from __future__ import annotations

import pytest

from emulator.lab import SyncLab
from tests.lab.modern import cat, create, event_nr, ios, kernel, log, modern, status, table

ONE_EACH = "round-robin 0 1 1 8:0 1 round-robin 0 1 1 8:16 1"


def failed(lab: SyncLab) -> str:
    """A or F of each path."""
    words = status(lab).split()
    return "".join(words[index + 1] for index, word in enumerate(words) if ":" in word)


# -- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("queueing", ["fail_if_no_path", "queue_if_no_path"])
@pytest.mark.parametrize(
    ("result", "errno"),
    [("medium_error", "ENODATA"), ("guard_check", "EILSEQ"), ("reservation_conflict", "EBADE"),
     ("illegal_request", "EREMOTEIO"), ("space_allocation", "ENOSPC")],
)
def test_what_no_other_path_would_mend_goes_up_at_once(result: str, errno: str, queueing: str) -> None:
    with modern() as lab:
        create(lab)
        lab.do(f"dmsetup message mp 0 {queueing}")
        lab.do(f"fault sda scsi result={result}")
        assert lab.do("io read mp 0+8").value.errors == {errno: 1}
        assert failed(lab) == "AA" and event_nr(lab) == 0
        assert [ios(lab, disk)[0] for disk in ("sda", "sdb")] == [1, 0]


def test_a_medium_error_is_where_it_is() -> None:
    with modern() as lab:
        create(lab)
        for disk in ("sda", "sdb"):
            lab.do(f"fault {disk} scsi result=medium_error op=read range=4660+10")
        assert lab.do("io read mp 4656+8").value.errors == {"ENODATA": 1}
        assert lab.do("io read mp 4608+128").value.errors == {"ENODATA": 1}, "a large read that covers it fails whole"
        assert lab.do("io read mp 64+8").rc == 0
        assert lab.do("io write mp 4656+8").rc == 0
        assert failed(lab) == "AA"


@pytest.mark.parametrize("result", ["aborted_command", "transport_disrupted"])
def test_an_error_of_the_way_fails_the_path_at_the_first_one(result: str) -> None:
    with modern() as lab:
        create(lab)
        lab.do(f"fault sda scsi result={result}")
        assert lab.do("io read mp 0+8").rc == 0
        assert failed(lab) == "FA" and event_nr(lab) == 1
        assert [ios(lab, disk)[0] for disk in ("sda", "sdb")] == [1, 1], "SCSI did not try again"


def test_a_recovered_error_is_none() -> None:
    with modern() as lab:
        create(lab)
        lab.do("fault sda scsi result=recovered_error")
        assert lab.do("io read mp 0+8 verify=1").value.verified is True
        assert failed(lab) == "AA"


def test_a_busy_host_is_asked_again_and_the_path_is_not_to_blame() -> None:
    with modern() as lab:
        create(lab)
        lab.do("fault sda host_busy times=3")
        assert lab.do("io read mp 0+8").rc == 0
        assert failed(lab) == "AA"
        assert ios(lab, "sda")[0] == 4, "the disk counts every attempt"


def test_a_command_that_times_out_takes_the_disk_offline_and_then_the_path_fails() -> None:
    with modern() as lab:
        create(lab)
        lab.do("echo 2 > /sys/block/sda/device/timeout")
        lab.do("echo 1 > /sys/block/sda/device/eh_timeout")
        lab.do("fault sda lost times=1")
        lab.do("bg A io read mp 0+8")
        lab.run("2900ms")
        assert (failed(lab), cat(lab, "sda/device/state")) == ("AA", "running")
        lab.run("200ms")
        assert (failed(lab), cat(lab, "sda/device/state")) == ("FA", "offline")
        assert lab.do("wait job A").value.ok == 1
        lab.do("dmsetup message mp 0 reinstate_path 8:0")
        assert lab.do("io read mp 0+8 n=2").rc == 0 and failed(lab) == "FA", "still offline"
        said = kernel(lab)
        assert said.count("sd 0:0:0:0: Device offlined - not ready after error recovery") == 1
        assert said.count("sd 0:0:0:0: rejecting I/O to offline device") == 1


def test_an_offline_disk_rejects_and_is_of_use_again_when_it_runs() -> None:
    with modern() as lab:
        create(lab)
        lab.do("echo offline > /sys/block/sda/device/state")
        assert failed(lab) == "AA", "nobody has asked it yet"
        assert lab.do("io read mp 0+8 n=2").rc == 0 and failed(lab) == "FA"
        lab.do("echo running > /sys/block/sda/device/state")
        assert failed(lab) == "FA", "only the message brings it back"
        lab.do("dmsetup message mp 0 reinstate_path 8:0")
        assert lab.do("io read mp 0+8 n=2").rc == 0 and failed(lab) == "AA"
        assert kernel(lab)[0] == "sd 0:0:0:0: rejecting I/O to offline device"


def test_both_disks_offline_the_application_gets_eio() -> None:
    with modern() as lab:
        create(lab)
        for disk in ("sda", "sdb"):
            lab.do(f"echo offline > /sys/block/{disk}/device/state")
        assert lab.do("io read mp 0+8").value.errors == {"EIO": 1}
        assert failed(lab) == "FF"


def test_deleting_the_disk_fails_no_path_but_the_next_request_does() -> None:
    with modern() as lab:
        create(lab)
        lab.do("echo 1 > /sys/block/sda/device/delete")
        assert (failed(lab), cat(lab, "sda/device/state")) == ("AA", "deleted")
        for count in (1, 2):
            assert lab.do("io read mp 64+8 n=2").rc == 0
            assert f"8:0 F {count} 8:16 A 0" in status(lab)
            lab.do("dmsetup message mp 0 reinstate_path 8:0")
        assert lab.do("echo running > /sys/block/sda/device/state").rc == 1, "it does not come back"


# -- ioctls --------------------------------------------------------------------------------------------------


def test_an_ioctl_goes_to_a_path_and_makes_its_group_current() -> None:
    with modern() as lab:
        create(lab, f"0 0 2 2 {ONE_EACH}")
        assert status(lab).startswith("2 1 0 0 2 2 E ")
        assert lab.do("sg_turs mp").rc == 0
        assert status(lab) == "2 0 0 0 2 2 E 0 1 0 8:0 A 0 A 0 1 0 8:16 A 0 "
        assert log(lab, "sda", "sdb") == ["", ""], "no read or write"


def test_an_ioctl_takes_a_turn() -> None:
    with modern() as lab:
        create(lab)
        assert lab.do("sg_turs mp").rc == 0
        lab.do("io read mp 0+8")
        assert log(lab, "sda", "sdb") == ["", "r 0+8 ok"]


def test_an_ioctl_never_fails_a_path() -> None:
    with modern() as lab:
        create(lab)
        lab.do("dmsetup message mp 0 fail_path 8:16")
        lab.do("echo offline > /sys/block/sda/device/state")
        result = lab.do("sg_turs -v mp")
        assert result.rc == 69 and result.err[1:] == (
            "test unit ready: pass-through os error: No such device", "OS error: No such device",
        )
        assert failed(lab) == "AF" and event_nr(lab) == 1


def test_an_ioctl_without_a_path() -> None:
    with modern() as lab:
        create(lab)
        for path in ("8:0", "8:16"):
            lab.do(f"dmsetup message mp 0 fail_path {path}")
        result = lab.do("sg_turs mp")
        assert (result.rc, result.err[1]) == (55, "Input/output error")
        lab.do("dmsetup message mp 0 queue_if_no_path")
        waiting = lab.do("sg_turs mp")
        assert waiting.blocked
        lab.do("dmsetup message mp 0 reinstate_path 8:0")
        assert lab.do(f"wait job {waiting.job}").rc == 0
        again = lab.do("sg_turs mp")
        assert again.rc == 0


def test_an_ioctl_that_waits_ends_when_queueing_does() -> None:
    with modern() as lab:
        create(lab, "1 queue_if_no_path 0 1 1 round-robin 0 1 1 8:0 1")
        lab.do("dmsetup message mp 0 fail_path 8:0")
        waiting = lab.do("sg_turs mp")
        assert waiting.blocked
        lab.do("dmsetup message mp 0 fail_if_no_path")
        assert lab.do(f"wait job {waiting.job}").rc == 55


def test_an_ioctl_on_a_suspended_device_is_refused() -> None:
    with modern() as lab:
        create(lab)
        lab.do("dmsetup suspend mp")
        result = lab.do("sg_turs mp")
        assert (result.rc, result.err[1]) == (61, "Resource temporarily unavailable")
        lab.do("dmsetup resume mp")
        assert lab.do("sg_turs mp").rc == 0


def test_an_ioctl_passes_where_the_device_is_smaller_than_the_path() -> None:
    with modern() as lab:
        assert lab.do("dmsetup create mp --table '0 1024 multipath 0 0 1 1 round-robin 0 1 1 8:0 1'").rc == 0
        assert lab.do("sg_turs mp").rc == 0


def test_an_ioctl_whose_disk_vanishes_ends() -> None:
    with modern() as lab:
        create(lab, "0 0 1 1 round-robin 0 1 1 8:0 1")
        lab.do("kill sda")
        assert lab.do("sg_turs mp").rc == 69


# -- hardware handlers ---------------------------------------------------------------------------------------


def test_the_attached_handler_stays_whoever_asks_for_another() -> None:
    with modern(handlers=("alua", "emc")) as lab:
        create(lab, "0 1 alua 1 1 round-robin 0 2 1 8:0 1 8:16 1")
        assert cat(lab, "sda/device/dh_state") == "alua"
        lab.do("dmsetup remove mp")
        create(lab, "0 1 emc 1 1 round-robin 0 2 1 8:0 1 8:16 1")
        assert table(lab).startswith("0 1 alua ")
        assert kernel(lab) == ["device-mapper: multipath: retaining handler on device sda"]
        lab.do("dmsetup remove mp")
        create(lab, "0 0 1 1 round-robin 0 2 1 8:0 1 8:16 1")
        assert table(lab).startswith("0 0 "), "not shown when none is asked for"
        lab.do("dmsetup remove mp")
        create(lab, "1 retain_attached_hw_handler 0 1 1 round-robin 0 2 1 8:0 1 8:16 1")
        assert table(lab).startswith("1 retain_attached_hw_handler 1 alua "), "but with retain_attached_hw_handler"


def test_a_handler_attached_by_one_device_is_there_for_another() -> None:
    with modern(handlers=("alua",)) as lab:
        create(lab, "0 1 alua 1 1 round-robin 0 1 1 8:0 1", name="one")
        create(lab, "1 retain_attached_hw_handler 0 1 1 round-robin 0 1 1 8:0 1", name="mp")
        assert table(lab).startswith("1 retain_attached_hw_handler 1 alua ")


@pytest.mark.parametrize(
    ("handlers", "words", "reason", "errno"),
    [
        (("alua",), "1 nosuch", "error attaching hardware handler", "EINVAL"),
        (("alua",), "1 emc", "error attaching hardware handler", "ENODEV"),
        (("alua",), "1 rdac", "error attaching hardware handler", "ENODEV"),
        (("alua",), "1 hp_sw", "error attaching hardware handler", "ENODEV"),
        (("alua",), "2 alua 5", "unable to set hardware handler parameters", "EINVAL"),
        (("rdac",), "2 rdac 1", "unable to set hardware handler parameters", "EINVAL"),
    ],
)
def test_handlers_that_are_refused(handlers: tuple[str, ...], words: str, reason: str, errno: str) -> None:
    with modern(handlers=handlers) as lab:
        text = f"0 131072 multipath 0 {words} 1 1 round-robin 0 1 1 8:0 1"
        assert lab.do(f"dmsetup create mp --table '{text}'").rc == 1
        assert kernel(lab)[0] == f"device-mapper: table: 253:0: multipath: {reason} (-{errno})"


@pytest.mark.parametrize("handler", ["alua", "rdac", "emc", "hp_sw"])
def test_the_first_request_activates_its_group_and_a_switch_does_it_again(handler: str) -> None:
    with modern(handlers=(handler,)) as lab:
        create(lab, f"0 1 {handler} 2 1 {ONE_EACH}")
        assert status(lab).startswith("2 1 0 0 2 1 E ")
        assert lab.do("io read mp 0+8 n=2").rc == 0
        assert status(lab).startswith("2 0 1 0 2 1 A ")
        lab.do("dmsetup message mp 0 switch_group 2")
        assert lab.do("io read mp 0+8").rc == 0
        assert status(lab).startswith("2 0 1 0 2 2 E "), "one round since the switch"


def test_a_group_switch_to_a_dead_disk_fails_that_path_and_falls_back() -> None:
    with modern(handlers=("alua",)) as lab:
        create(lab, f"1 queue_if_no_path 1 alua 2 1 {ONE_EACH}")
        lab.do("io read mp 0+8")
        lab.do("echo offline > /sys/block/sdb/device/state")
        lab.do("dmsetup message mp 0 switch_group 2")
        assert lab.do("io read mp 0+8").rc == 0
        assert status(lab) == "2 0 1 0 2 1 A 0 1 0 8:0 A 0 E 0 1 0 8:16 F 1 "
        assert kernel(lab) == ["device-mapper: multipath: 253:0: Failing path 8:16."]
        lab.do("echo running > /sys/block/sdb/device/state")
        lab.do("dmsetup message mp 0 reinstate_path 8:16")
        lab.do("dmsetup message mp 0 switch_group 2")
        assert lab.do("io read mp 0+8").rc == 0
        assert status(lab) == "2 0 1 0 2 2 E 0 1 0 8:0 A 0 A 0 1 0 8:16 A 1 "


@pytest.mark.alone
def test_the_same_with_a_process_for_each_machine() -> None:
    with modern(handlers=("alua",), runtime="process") as lab:
        create(lab, "0 1 alua 1 1 round-robin 0 2 1 8:0 1 8:16 1")
        assert cat(lab, "sda/device/dh_state") == "alua"
        assert lab.do("sg_turs mp").rc == 0
        lab.do("echo 64 > /sys/block/dm-0/queue/max_sectors_kb")
        assert lab.do("io read mp 0+512 verify=1").value.verified is True
        lab.do("echo offline > /sys/block/sda/device/state")
        assert lab.do("io read mp 0+8 n=2").rc == 0 and failed(lab) == "FA"
        lab.do("dmsetup remove mp")
        create(lab, "1 retain_attached_hw_handler 0 1 1 round-robin 0 1 1 8:0 1")
        assert table(lab).startswith("1 retain_attached_hw_handler 1 alua ")
