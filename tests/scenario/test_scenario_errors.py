"""What is wrong with a scenario: exact lines, columns and words, all at once."""

from __future__ import annotations

import pytest
from scenario_fake import BASE

from emulator.device.faults import FAULTS
from emulator.scenario.errors import ScenarioErrors, nearest
from emulator.scenario.loader import load_text

LINES = BASE.count("\n")


def errors_of(text: str) -> list[str]:
    with pytest.raises(ScenarioErrors) as caught:
        load_text(text, "f")
    return [str(error) for error in caught.value.errors]


REPLACED = {
    "name missing": ("name: story\n", "", "1:1: found no key 'name', expected 'name:' (Name of the story; the file's"),
    "name a number": ("name: story", "name: 3", "1:7: found 3, expected a text"),
    "name with a blank": ("name: story", "name: my story", "1:7: found 'my story', expected a name (letters, digits,"),
    "unknown key": ("duration: 1s", "durration: 1s", "3:1: found unknown key 'durration', expected one of name, about,"),
    "unknown key, nearest": ("duration: 1s", "durration: 1s", "(did you mean 'duration'?)"),
    "duration without unit": ("1s", "1", "3:11: found 1, expected a time with a unit, such as 250us, 40ms or 3s"),
    "duration zero": ("1s", "0s", "3:11: found '0s', expected more than zero"),
    "duration unknown unit": ("1s", "1h", "3:11: found '1h', expected a time with a unit, such as 250us, 40ms or 3s"),
    "duration endless": ("1s", "99999999999999s", "3:11: found '99999999999999s', expected a time of at most 31 years"),
    "duration fraction": ("1s", "1.5us", "3:11: found '1.5us', expected a whole number of microseconds"),
    "seed negative": ("duration: 1s", "seed: -1", "3:7: found -1, expected at least 0"),
    "seed a fraction": ("duration: 1s", "seed: 1.5", "3:7: found 1.5, expected a whole number"),
    "seed a bool": ("duration: 1s", "seed: true", "3:7: found true, expected a whole number"),
    "speed too high": ("duration: 1s", "speed: 1000", "3:8: found 1000, expected at most 100"),
    "speed not finite": ("duration: 1s", "speed: .nan", "3:8: found nan, expected"),
    "era": ("duration: 1s", "era: modrn", "3:6: found 'modrn', expected one of 2.6.31, modern (did you mean 'modern'?)"),
    "luns not a list": ("luns:\n  - {name: lun0, size: 1GiB}", "luns: lun0", "4:7: found 'lun0', expected a list"),
    "luns empty": ("luns:\n  - {name: lun0, size: 1GiB}", "luns: []", "4:7: found [], expected at least one item"),
    "lun a word": ("{name: lun0, size: 1GiB}", "lun0", "5:5: found 'lun0', expected a mapping with one of name, size"),
    "size in GB": ("1GiB", "1GB", "5:24: found '1GB', expected a size with a unit, such as 4KiB, 512B, 1GiB or 8"),
    "size not sectors": ("1GiB", "1000B", "5:24: found '1000B', expected a whole number of sectors (512 bytes each)"),
    "lun unknown": ("sdb, lun: lun0", "sdb, lun: lun1", "8:22: found 'lun1', expected a LUN: lun0 (did you mean 'lun0'?)"),
    "device twice": ("sdb, lun", "sda, lun", "8:12: found 'sda' a second time (first in line 7), expected a name of its"),
    "device named like md": ("name: mpatha", "name: sda", "10:11: found 'sda' a second time (first in line 7)"),
    "reserved name": ("name: app", "name: supervisor", "13:12: found 'supervisor', expected another name (it is the"),
    "dev form": ("sda, lun", "sda, dev: 8-0, lun", "7:22: found '8-0', expected major:minor, such as 8:16"),
    "depth": ("sda, lun", "sda, queue_depth: 0, lun", "7:30: found 0, expected at least 1"),
    "bool as word": ("sda, lun", "sda, out_of_order: yes, lun", "7:31: found 'yes', expected true or false"),
    "distribution kind": (
        "sda, lun", "sda, service: {normal: 3us}, lun", "7:26: found {normal: 3us}, expected a time, {fixed: 200us},"
    ),
    "uniform backwards": (
        "sda, lun", "sda, service: {uniform: [3us, 1us]}, lun",
        "7:26: found {uniform: [3us, 1us]}, expected the smaller time first",
    ),
    "uniform without unit": (
        "sda, lun", "sda, service: {uniform: [1us, 2]}, lun",
        "7:26: found {uniform: [1us, 2]}, expected a time with a unit, such as 250us, 40ms or 3s in 'uniform'",
    ),
    "lognormal sigma": (
        "sda, lun", "sda, service: {lognormal: {median: 1us, sigma: 9}}, lun", "expected a sigma from 0 to 5"
    ),
    "elevator": (
        "name: mpatha\n", "name: mpatha\n    elevator: cfq\n", "11:15: found 'cfq', expected one of noop, deadline"
    ),
    "path unknown": ("sda sdb", "sda sdx", "11:62: found 'sdx', expected a device or a mapped device: one of mpatha, sda,"),
    "path number unknown": ("sda sdb", "sda 9:9", "11:62: found '9:9', which no device has, expected one of mpatha, sda,"),
    "path count": ("0 2 0 sda", "0 3 0 sda", "11:12: found a table that is refused with EINVAL: multipath: not enough"),
    "target type": (
        "multipath 0 0", "striped 0 0", "11:12: found a table that is refused with EINVAL: striped: unknown target type"
    ),
    "table gap": ("table: 0 2", "table: 8 2", "11:12: found a table that is refused with EINVAL: multipath: Gap in table"),
    "table too long": ("2097152", "2097153", "11:14: found a length of 2097153 sectors, expected at most 2097152 (LUN"),
    "stacked on itself": ("sda sdb", "sda mpatha", "11:12: found a cycle of mapped devices (mpatha -> mpatha)"),
    "submitter target": ("target: mpatha", "target: mpathb", "13:25: found 'mpathb', expected a mapped device: mpatha (did"),
    "submitter rate": ("rate: 100", "rate: -1", "13:39: found -1, expected at least 0"),
    "submitter pattern": ("rate: 100", "pattern: seqential", "13:42: found 'seqential', expected one of sequential, random,"),
    "two block sizes": (
        "rate: 100", "block_size: 4KiB, block_sizes: [{size: 4KiB}]", "expected either block_size or block_sizes, not both"
    ),
    "stride missing": ("rate: 100", "pattern: strided", "expected 'stride' with the pattern strided"),
    "block size key": ("rate: 100", "block_sizes: [{sise: 4KiB}]", "13:48: found unknown key 'sise', expected one of size,"),
}


@pytest.mark.parametrize("old, new, said", REPLACED.values(), ids=REPLACED.keys())
def test_one_wrong_value_gives_its_place_and_what_would_be_right(old: str, new: str, said: str) -> None:
    assert old in BASE
    errors = errors_of(BASE.replace(old, new, 1))
    assert any(said in error for error in errors), errors
    assert all(error.startswith("f:") and "\n" not in error for error in errors)


ADDED = {
    "fault type": (
        "faults:\n  - {name: f, type: eror, target: sda}",
        f"2:21: found 'eror', expected a type of fault: one of {', '.join(sorted(FAULTS))} (did you mean 'error'?)",
    ),
    "fault target": (
        "faults:\n  - {name: f, type: error, target: sdx}",
        "2:36: found 'sdx', expected a device or the softirq worker or a mapped device: one of mpatha, sda, sdb, softirq "
        "(did you mean 'sdb'?)",
    ),
    "fault on the wrong kind": (
        "faults:\n  - {name: f, type: error, target: softirq}",
        "2:36: found 'softirq' (the softirq worker), expected a device for 'error'",
    ),
    "fault key": (
        "faults:\n  - {name: f, type: busy, target: sda, errno: EIO}",
        "2:40: found unknown key 'errno', expected one of name, type, target, op, range, nth, every, probability, times, for",
    ),
    "fault errno": (
        "faults:\n  - {name: f, type: error, target: sda, errno: EIOO}",
        "2:48: found 'EIOO', expected an errno or blk_status name, such as EIO or TRANSPORT (did you mean 'EIO'?)",
    ),
    "fault latency": (
        "faults:\n  - {name: f, type: latency, target: sda, add: fast}",
        "2:48: found 'fast', expected a time, {fixed: 200us}, {uniform: [100us, 300us]}, {exponential: 200us} "
        "or {lognormal: {median: 200us, sigma: 0.5}}",
    ),
    "fault probability": (
        "faults:\n  - {name: f, type: error, target: sda, probability: 1.5}", "2:54: found 1.5, expected at most 1"
    ),
    "fault twice": (
        "faults:\n  - {name: f, type: busy, target: sda}\n  - {name: f, type: busy, target: sdb}",
        "3:12: found 'f' a second time (first in line {2}), expected a fault of its own",
    ),
    "no action": (
        "timeline:\n  - {at: 1ms}",
        "2:5: found {at: 1ms}, expected exactly one action of inject, clear, release, fail_path, reinstate_path, message, "
        "suspend, resume, interrupt_suspend, load, clear_table, kill, revive, start, stop, break_deadlock, speed, line",
    ),
    "no time": (
        "timeline:\n  - {kill: sda}", "2:5: found {kill: sda}, expected either 'at' (a time) or 'after' (an event)"
    ),
    "action unknown": (
        "timeline:\n  - {at: 1ms, kil: sda}",
        "2:15: found unknown key 'kil', expected one of at, after, answer, inject, clear, release, fail_path, "
        "reinstate_path, message, suspend, resume, interrupt_suspend, load, clear_table, kill, revive, start, stop, "
        "break_deadlock, speed, line (did you mean 'kill'?)",
    ),
    "at the end": (
        "timeline:\n  - {at: 1s, kill: sda}", "2:10: found 1s, expected a time before the end of the run (1s)"
    ),
    "killed name": (
        "timeline:\n  - {at: 1ms, kill: sdc}",
        "2:21: found 'sdc', expected a device or a mapped device or the softirq worker or a submitter or a LUN: one of app, "
        "lun0, mpatha, sda, sdb, softirq (did you mean 'sdb'?)",
    ),
    "suspended device": (
        "timeline:\n  - {at: 1ms, suspend: {md: sda}}",
        "2:29: found 'sda', expected a mapped device: mpatha",
    ),
    "cleared fault": (
        "timeline:\n  - {at: 1ms, clear: {target: sda, name: none}}",
        "2:42: found 'none', expected a fault: nothing (none is declared)",
    ),
    "event unknown": (
        "timeline:\n  - {after: {event: suspendet}, resume: {md: mpatha}}",
        "(did you mean 'suspended'?)",
    ),
    "answer unknown": (
        "timeline:\n  - {at: 1ms, answer: EBUZY, resume: {md: mpatha}}",
        "2:23: found 'EBUZY', expected ok, none, any or an errno name such as EBUSY (did you mean 'EBUSY'?)",
    ),
    "loaded table": (
        "timeline:\n  - {at: 1ms, load: {md: mpatha, table: 0 8 multipath 0 0 1 1 round-robin 0 1 0 sdq}}",
        "2:81: found 'sdq', expected a device or a mapped device: one of mpatha, sda, sdb (did you mean 'sdb'?)",
    ),
    "expected name": (
        "expect:\n  - bios.faild == 0", "2:5: found 'bios.faild', expected a name (did you mean 'bios.failed'?)"
    ),
    "expected in quotes": (
        "expect:\n  - 'paths.sda == faild'",
        "2:19: found 'faild', expected one of active, failed, mixed (did you mean 'failed'?)",
    ),
    "always unit": ("expect:\n  - {always: latency.p99 < 5}", "2:28: found '5', expected a time such as 5ms"),
    "expect key": (
        "expect:\n  - {alway: bios.failed == 0}",
        "2:6: found unknown key 'alway', expected one of always, finally (did you mean 'always'?)",
    ),
    "expect number": ("expect:\n  - 3", "2:5: found 3, expected a text, {finally: text} or {always: text}"),
}


@pytest.mark.parametrize("text, said", ADDED.values(), ids=ADDED.keys())
def test_one_wrong_entry_gives_its_place_and_what_would_be_right(text: str, said: str) -> None:
    errors = errors_of(f"{BASE}{text}\n")
    said = said.replace("{2}", str(LINES + 2))
    if said[:1].isdigit():
        line, rest = said.split(":", 1)
        said = f"f:{LINES + int(line)}:{rest}"
        assert errors == [said]
    else:
        assert len(errors) == 1 and said in errors[0]


def test_all_errors_come_at_once_in_the_order_of_the_file() -> None:
    text = BASE.replace("1s", "1").replace("1GiB", "1GB").replace("sdb, lun: lun0", "sdb, lun: lun9, dept: 1")
    text = text.replace("target: mpatha", "target: mpathb, depth: 0") + "expect: [bios.faild == 0]\n"
    places = [error.split(": ")[0] for error in errors_of(text)]
    assert places == ["f:3:11", "f:5:24", "f:8:22", "f:8:28", "f:13:25", "f:13:40", "f:14:10"]


def test_a_name_that_cannot_be_read_makes_no_false_errors() -> None:
    text = BASE.replace("name: mpatha", "nam: mpatha") + "expect: [md.mpatha.state == RUNNING]\n"
    said = errors_of(text)
    assert len(said) == 2 and "found no key 'name'" in said[0] and "unknown key 'nam'" in said[1]


def test_a_column_inside_a_folded_text_is_not_invented() -> None:
    text = BASE + "expect:\n  - >\n    bios.faild\n    == 0\n"
    assert errors_of(text) == [
        f"f:{LINES + 2}:5: found 'bios.faild', expected a name (did you mean 'bios.failed'?)"
    ]


def test_nearest_ignores_case_and_says_nothing_when_nothing_is_near() -> None:
    assert nearest("RUNING", ["RUNNING", "NEW"]) == " (did you mean 'RUNNING'?)"
    assert nearest("zzz", ["RUNNING", "NEW"]) == ""


PARTAIL = "found 'partail', expected a type of fault"
BESIDE = {
    "bad time, bad type inside": (
        "  - at: 400\n    inject: {name: f1, type: partail, target: sda}\nexpect: [faults.f1.fired > 0]\n",
        ["found 400, expected a time", PARTAIL],
    ),
    "bad key of the fault": (
        "  - at: 4ms\n    inject: {name: f1, type: partail, target: sda, every: -1}\nexpect: [faults.f1.fired > 0]\n",
        [PARTAIL, "found -1, expected at least 0"],
    ),
    "bad event beside a wrong action": (
        "  - after: {event: path_faild}\n    fail_pth: {md: mpatha, path: sda}\n",
        ["found 'path_faild', expected one of", "found unknown key 'fail_pth'"],
    ),
    "fault without a name": (
        "  - at: 4ms\n    inject: {type: partail, target: sda}\nexpect: [faults.f1.fired > 0]\n",
        ["found no key 'name'", PARTAIL],
    ),
    "two actions": (
        "  - {at: 4ms, kill: sdz, stop: ap}\n",
        ["expected exactly one action", "found 'sdz'", "found 'ap'"],
    ),
    "a word for a mapping": ("  - {at: 4ms, reinstate_path: sda}\n", ["found 'sda', expected a mapping with one of md"]),
    "nothing for a mapping": ("  - {at: 4ms, reinstate_path: }\n", ["expected exactly one action of"]),
    "timeline no list": ("  at: 4ms\nexpect: [faults.f1.fired > 0]\n", ["expected a list"]),
}


@pytest.mark.parametrize("text, said", BESIDE.values(), ids=BESIDE.keys())
def test_a_wrong_entry_hides_nothing_inside_it_and_makes_no_false_errors(text: str, said: list[str]) -> None:
    errors = errors_of(f"{BASE}timeline:\n{text}")
    assert len(errors) == len(said), errors
    assert all(part in error for part, error in zip(said, errors, strict=True)), errors


@pytest.mark.parametrize("region, said", [
    ("size: 2GiB", "39: found a region from sector 0 to 4194304, expected it inside the 2097152 sectors of mpatha"),
    ("offset: 1MiB, size: 1GiB", "53: found a region from sector 2048 to 2099200, expected it inside the 2097152"),
    ("offset: 1GiB", "41: found an offset of 2097152 sectors, expected it inside the 2097152 sectors of mpatha"),
])
def test_a_region_beyond_its_target_is_refused(region: str, said: str) -> None:
    errors = errors_of(BASE.replace("rate: 100", region))
    assert len(errors) == 1 and errors[0].startswith(f"f:{LINES}:{said}"), errors


def test_a_region_may_fill_its_target_and_a_larger_table_that_comes_later() -> None:
    whole = BASE.replace("rate: 100", "offset: 1MiB, size: 1023MiB")
    assert load_text(whole).plan.submitters[0].size == 1023 * 2048
    small = BASE.replace("0 2097152", "0 32768").replace("rate: 100", "size: 1GiB")
    load = "  - at: 1ms\n    load: {md: mpatha, table: 0 2097152 multipath 0 0 1 1 round-robin 0 1 0 sda}\n"
    assert len(errors_of(small)) == 1
    assert load_text(f"{small}timeline:\n{load}").plan.submitters[0].size == 2097152
