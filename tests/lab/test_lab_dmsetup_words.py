"""dmsetup's options as engineers write them: where a table comes from, columns, trees, read-only."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.lab import LineError, SyncLab
from tests.lab.conftest import TABLE, small_plan
from tests.lab.test_lab_dmsetup import GONE, INVALID, failed

OTHER = "0 131072 multipath 0 0 1 1 round-robin 0 1 1 8:16 1"


def test_a_table_comes_from_a_file_or_from_a_here_document(sim: SyncLab, tmp_path: Path) -> None:
    file = tmp_path / "table"
    file.write_text(f"# a comment\n\n  {TABLE}  # behind it\n", encoding="utf-8")
    assert sim.do(f"dmsetup create a {file}").rc == 0
    assert sim.do("dmsetup table a").out == (TABLE + " ",)
    assert sim.do(f"dmsetup load a <<EOF\n{OTHER}\nEOF").rc == 0
    assert sim.do("dmsetup table --inactive a").out == (OTHER + " ",)
    assert sim.do(f"dmsetup reload a {file}").rc == 0
    assert sim.do(f"bg A dmsetup create b -u uu <<'END'\n{TABLE}\nEND\n").job == "A"
    assert sim.do("wait job A").rc == 0
    assert sim.do("dmsetup info -u uu").value.name == "b"


@pytest.mark.parametrize(
    ("line", "err"),
    [
        ("dmsetup create x /no/such/file", "Couldn't open '/no/such/file' for reading."),
        ("dmsetup create x <<EOF\n0 8 error\n8 8\nEOF", "Invalid format on line 2 of table on stdin."),
        ("dmsetup load mp --table '0 131072'", "Invalid format on line 1 of table ."),
        ("dmsetup load mp --notable", "--notable only available when creating new device"),
    ],
)
def test_dmsetup_itself_refuses(sim: SyncLab, line: str, err: str) -> None:
    assert sim.do(line).err == (err, "Command failed.")
    assert sim.do("dmsetup ls").out == ("mp\t(253:0)",)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("dmsetup create x", "expected a table: --table"),
        ("dmsetup create x <<EOF", "found <<EOF without its end"),
        ("dmsetup create x <<EOF\n0 8 error\nEOF\nmore", "behind the line 'EOF'"),
        (f"dmsetup create x y z --table '{TABLE}'", "Incorrect number of arguments: found 'z'"),
        (f"dmsetup create x y --table '{TABLE}'", "found 'y', expected nothing more"),
        ("dmsetup create x --tabel '0 8 error'", r"did you mean '--table'"),
        ("dmsetup stauts mp", "did you mean 'status'"),
        ("dmsetup info -c -o nmae", "did you mean 'name'"),
        ("dmsetup info -c --sort envent", "did you mean 'events'"),
        ("dmsetup ls --tree -o actve", "did you mean 'active'"),
        ("dmsetup ls -o blkdev", "did you mean 'blkdevname'"),
        ("dmsetup --noheadings", "expected a command"),
    ],
)
def test_words_that_are_not_of_the_language(sim: SyncLab, line: str, said: str) -> None:
    with pytest.raises(LineError, match=said):
        sim.do(line)


def test_an_empty_table_makes_a_device_without_one_but_cannot_be_loaded(sim: SyncLab) -> None:
    assert sim.do("dmsetup create x --table ''").rc == 0
    assert sim.do("dmsetup info x").value.tables == "None"
    assert sim.do("dmsetup load x --table ''").err == failed("reload", "x", INVALID)


def test_options_are_taken_as_getopt_does(sim: SyncLab) -> None:
    assert sim.do("dmsetup --noheadings info -co name,events mp").out == ("mp:0",)
    assert sim.do("dmsetup info -c --nohead --sep / -o name,open mp").out == ("mp/0",)
    assert sim.do(f"dmsetup create -uUU y --tab='{TABLE}'").rc == 0
    assert sim.do("dmsetup info -j 253 -m 1").value.uuid == "UU"


def test_columns(sim: SyncLab) -> None:
    sim.do(f"dmsetup create a -u mpath-x --table '{TABLE}'")
    sim.do("dmsetup create up --table '0 131072 multipath 0 0 1 1 round-robin 0 1 1 /dev/mapper/a 1'")
    assert sim.do("dmsetup info -c -o name,blkdevname,devno,blkdevs_used,device_count").out == (
        "Name             BlkDevName       DevNo BlkDevNamesUsed  #Devs",
        "a                dm-1             253:1 sdb,sda              2",
        "mp               dm-0             253:0 sdb,sda              2",
        "up               dm-2             253:2 dm-1                 1",
    )
    assert sim.do("dmsetup info -c --noheadings --sort -events,-name -o name").out == ("up", "mp", "a")
    sim.do("dmsetup message mp 0 fail_path 8:0")
    sim.run("1ms")
    assert sim.do("dmsetup info -c --noheadings --sort -events,-name -o +names_using_dev,subsystem").out == (
        "mp:253:0:L--w:0:1:1:::", "up:253:2:L--w:0:1:0:::", "a:253:1:L--w:1:1:0:mpath-x:up:mpath",
    )
    assert sim.do("dmsetup info -c --separator : -o name,open a").out == ("Name:Open", "a:1")
    assert sim.do("dmsetup info -c --nameprefixes -o name,minor a").out == ("DM_NAME='a' DM_MINOR='1'",)
    assert any("events" in line for line in sim.do("dmsetup info -c -o help").out)


def test_tree_and_names(sim: SyncLab) -> None:
    sim.do("dmsetup create up --table '0 131072 multipath 0 0 1 1 round-robin 0 1 1 /dev/dm-0 1'")
    assert sim.do("dmsetup ls --tree").out == ("up (253:1)", " `-mp (253:0)", "    |- (8:16)", "    `- (8:0)")
    assert sim.do("dmsetup ls --tree -o blkdevname,nodevice,active,utf").out == (
        "up <dm-1> [ACTIVE]", " └─mp <dm-0> [ACTIVE]", "    ├─ <sdb>", "    └─ <sda>",
    )
    assert sim.do("dmsetup ls --tree -o inverted").out == (
        " (8:16)", " `-mp (253:0)", "    `-up (253:1)", " (8:0)", " `-mp (253:0)", "    `-up (253:1)",
    )
    assert sim.do("dmsetup ls -o blkdevname").out == ("mp\t(dm-0)", "up\t(dm-1)")
    assert sim.do("dmsetup deps -o blkdevname mp").out == ("2 dependencies\t: (sdb) (sda)",)
    assert sim.do("dmsetup deps -o devname").out[1] == "up: 1 dependencies\t: (mp)"


def test_concise_goes_out_and_in(sim: SyncLab) -> None:
    (line,) = sim.do("dmsetup table --concise").out
    assert line == f"mp,,0,rw,{TABLE}"
    sim.do("dmsetup remove mp")
    assert sim.do(f"dmsetup create --concise 'a\\,b,uu,7,ro,{TABLE};c,,,,{OTHER}'").rc == 0
    assert sim.do("dmsetup ls").out == ("a,b\t(253:7)", "c\t(253:0)")
    assert sim.do("dmsetup info -c --noheadings -o name,attr,uuid a,b").out == ("a,b:L--r:uu",)
    assert sim.do("dmsetup create --concise 'x,,,no,0 8 error'").err[0] == "Invalid flags 'no' of x: expected ro or rw"


def test_read_only_is_the_mode_of_the_live_table(sim: SyncLab) -> None:
    assert sim.do(f"dmsetup load -r mp --table '{TABLE}'").rc == 0
    assert not sim.do("dmsetup info mp").value.read_only
    assert sim.do("dmsetup resume mp").rc == 0
    assert sim.do("dmsetup info mp").out[1] == "State:             ACTIVE (READ-ONLY)"
    assert sim.do("io read mp 0+8").rc == 0
    write = sim.do("io write mp 0+8 n=2")
    assert (write.rc, write.value.errors, write.hint) == (1, {"EPERM": 2}, "mp is read-only")


def test_retry_removes_what_becomes_free(sim: SyncLab) -> None:
    sim.do("hold sda for=450ms")
    sim.do("bg A io read mp 0+8")
    removal = sim.start("dmsetup remove --retry mp")
    sim.do("run 300ms")
    assert not removal.done
    sim.do("release sda")
    sim.do("run 300ms")
    assert removal.done and removal.result is not None and removal.result.rc == 0


def test_remove_all_leaves_what_is_open_and_force_wipes_it(sim: SyncLab) -> None:
    sim.do("dmsetup create up --table '0 131072 multipath 0 0 1 1 round-robin 0 1 1 /dev/dm-0 1'")
    sim.do(f"dmsetup create x --table '{TABLE}'")
    sim.do("hold sda")
    sim.do("bg A io read x 0+8")
    assert sim.do("dmsetup remove_all").rc == 0
    assert sim.do("dmsetup ls").out == ("x\t(253:2)",)
    assert sim.do("dmsetup wipe_table --noflush nosuch").rc == 1
    sim.do("release sda")
    sim.do("wait job A")
    assert sim.do("dmsetup wipe_table x").rc == 0
    assert sim.do("dmsetup table x").out == ("0 131072 error ",)


def test_a_uuid_is_set_once(sim: SyncLab) -> None:
    assert sim.do("dmsetup rename mp --setuuid mpath-1").rc == 0
    assert sim.do("dmsetup info mp").value.uuid == "mpath-1"
    again = sim.do("dmsetup rename mp --setuuid mpath-2")
    assert again.err == failed("rename", "mp", INVALID) and "for good" in again.hint


def test_what_needs_udev_says_that_it_does_nothing(sim: SyncLab) -> None:
    assert sim.do("dmsetup mknodes").out == ("Nothing to do: there are no device nodes and no udev here.",)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("sda", "found 'sda', expected /dev/sda or 8:0"),
        ("/dev/sdx", "found '/dev/sdx', expected a device: /dev/sda, /dev/sdb, /dev/mapper/mp (did you mean"),
        ("9:9", "found '9:9', expected the number of a device: 8:0, 8:16, 253:0"),
        ("mp", "found 'mp', expected /dev/mapper/mp or 253:0"),
    ],
)
def test_a_person_is_told_which_device_would_be_right(word: str, hint: str) -> None:
    with SyncLab(small_plan(), era="modern") as lab:
        result = lab.do(f"dmsetup create x --table '0 8 multipath 0 0 1 1 round-robin 0 1 1 {word} 1'")
        assert result.rc == 1 and result.err[0].startswith("device-mapper: reload ioctl on x (253:1) failed: ")
        assert hint in result.hint
        assert GONE in result.err[0] or "No such device" in result.err[0]
        assert result.to_json()["hint"] == result.hint
