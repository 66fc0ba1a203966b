"""Tables in scenarios: which words are devices, lines one under the other, what a linear target needs of its device."""

from __future__ import annotations

import pytest

from emulator.scenario.errors import ScenarioErrors
from emulator.scenario.loader import load_text
from emulator.scenario.tables import read_table, with_numbers

TWO = "0 8 linear sda 16\n8 100 linear mpatha 0\n"
BASE = """name: t
about: A volume.
seed: 1
duration: 1s
luns: [{name: lun0, size: 512KiB}]
devices: [{name: sda, lun: lun0}]
mds:
  - name: v
    table: |
"""


def test_the_words_of_every_line_are_found() -> None:
    table = read_table(TWO)
    assert table.length == 108
    assert [(word.text, TWO[word.offset :][:3], word.needed) for word in table.devices] == [
        ("sda", "sda", 24), ("mpatha", "mpa", 100),
    ]


def test_names_become_numbers_line_by_line() -> None:
    numbers = {"sda": "8:0", "mpatha": "253:0", "linear": "9:9"}
    assert with_numbers(TWO, numbers) == "0 8 linear 8:0 16\n8 100 linear 253:0 0"
    assert with_numbers("0 8 linear sda 16", numbers) == "0 8 linear 8:0 16"


def test_a_scenario_with_a_volume_of_two_segments() -> None:
    plan = load_text(BASE + "      0 512 linear sda 512\n      512 512 linear sda 0\n").plan
    assert plan.mds[0].table == "0 512 linear 8:0 512\n512 512 linear 8:0 0"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("      0 512 linear sda 1000\n", "found a length of 1512 sectors, expected at most 1024 (LUN lun0)"),
        ("      0 512 linear sda 0\n      600 8 linear sda 0\n", "Gap in table"),
        ("      0 512 linear sda\n", "linear: Invalid argument count (expected 'linear DEVICE SECTOR')"),
        ("      0 512 linear sdx 0\n", "found 'sdx'"),
        ("      0 512 linear v 0\n", "found a cycle of mapped devices (v -> v)"),
    ],
)
def test_what_a_scenario_refuses(lines: str, found: str) -> None:
    with pytest.raises(ScenarioErrors) as raised:
        load_text(BASE + lines)
    assert found in str(raised.value)


def test_a_device_may_take_bios_only() -> None:
    text = BASE.replace("lun: lun0}", "lun: lun0, stackable: false}") + "      0 512 linear sda 0\n"
    assert load_text(text).plan.devices[0].stackable is False


MULTIPATH = BASE.replace("    table: |\n", "    table: ")
PATHS = "1 1 round-robin 0 1 1 sda 1"


@pytest.mark.parametrize(
    ("era", "table", "found"),
    [
        ("2.6.31", f"0 512 multipath 2 queue_mode bio 0 {PATHS}", "EINVAL: multipath: Unrecognised multipath feature"),
        (
            "2.6.31", "0 512 multipath 0 0 1 1 historical-service-time 0 1 0 sda",
            "EINVAL: multipath: unknown path selector type",
        ),
        (
            "2.6.31", f"0 512 multipath 0 1 alua {PATHS}",
            "ENODEV: multipath: error attaching hardware handler (sda is not fit for 'alua': its 'handlers' are none)",
        ),
        (
            "modern", f"0 512 multipath 0 1 alua {PATHS}",
            "ENODEV: multipath: error attaching hardware handler (sda is not fit for 'alua': its 'handlers' are none)",
        ),
    ],
)
def test_what_an_md_would_refuse_at_the_start_is_refused_before_it(era: str, table: str, found: str) -> None:
    with pytest.raises(ScenarioErrors) as raised:
        load_text(f"era: {era}\n{MULTIPATH}{table}\n")
    assert f"found a table that is refused with {found}" in str(raised.value)
    assert ":10:12: " in str(raised.value)


def test_a_disk_that_is_fit_for_the_handler_is_taken() -> None:
    text = MULTIPATH.replace("lun: lun0}", "lun: lun0, handlers: [alua]}")
    assert load_text(f"{text}0 512 multipath 0 1 alua {PATHS}\n").plan.mds[0].table.endswith("1 8:0 1")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("foo bar", "found a message 'foo' that no target takes, expected one of fail_path, "),
        ("fail_pth sda", "did you mean 'fail_path'?"),
    ],
)
def test_a_message_of_the_timeline_is_one_that_a_target_takes(message: str, said: str) -> None:
    text = f"{MULTIPATH}0 512 multipath 0 0 {PATHS}\ntimeline:\n  - {{at: 1ms, message: {{md: v, text: {message}}}}}\n"
    with pytest.raises(ScenarioErrors) as raised:
        load_text(text)
    assert said in str(raised.value)
    assert load_text(text.replace("at: 1ms,", "at: 1ms, answer: EINVAL,")).timeline
    assert load_text(text.replace(message, "fail_path sda")).timeline
