"""Every table and message that the kernel refused, given to a device that works: an error, and nothing has changed."""

from __future__ import annotations

import re

import pytest

from emulator.lab import Lab
from tests.conformance.replay import load
from tests.conformance.story import QUEUEING, TWO, paths_plan

_TABLE = re.compile(r"--table '([^']*)'")
LOOKS = (
    "dmsetup table mp", "dmsetup table --inactive mp", "dmsetup status mp", "dmsetup info mp", "dmsetup deps mp",
    "dmsetup ls",
)

MORE = ("switch_group 0", "switch_group x", "switch_group 1x", "disable_group 0", "disable_group 2", "enable_group 9")


def refused_tables() -> list[str]:
    """Tables of the experiment badtables whose load was refused by the kernel, not by dmsetup.

    Whether the paths are long enough is looked at with the first table only; later ones are refused when resumed.
    """
    found = []
    for step in load("badtables")["steps"]:
        match = _TABLE.search(step["do"][-1]) if step["do"] and step.get("rc") == 1 else None
        lines = " ".join(step.get("kernel", ()))
        if match and "table:" in lines and "too small for target" not in lines:
            found.append(match[1])
    return sorted(set(found))


def refused_messages() -> list[str]:
    """Texts of messages that the kernel refused on an active device, of the experiment messages and more."""
    lines = [step["do"][-1] for step in load("messages")["steps"] if step["do"] and step.get("rc") == 1]
    texts = {line.removeprefix("dmsetup message mp 0 ") for line in lines if line.startswith("dmsetup message mp 0 ")}
    # On the device that the experiment had suspended, or without a table, good ones were refused as well.
    good = re.compile(r"(fail_path|reinstate_path) (7:[01]|/dev/loop[01])|(queue|fail)_if_no_path")
    return sorted({*MORE, *(text for text in texts if not good.fullmatch(text))})


@pytest.mark.parametrize("table", refused_tables())
def test_a_refused_table_changes_nothing(table: str) -> None:
    with Lab.sync(paths_plan(), era="modern") as lab:
        lab.do(f"dmsetup create mp --table '{TWO}'")
        lab.do("io read 0+8")
        lab.do("dmsetup message mp 0 fail_path 7:0")
        lab.do(f"dmsetup load mp --table '{QUEUEING}'")
        before = [lab.do(line).out for line in LOOKS]
        assert lab.do(f"dmsetup load mp --table '{table}'").rc == 1
        assert [lab.do(line).out for line in LOOKS] == before
        assert lab.do("io read 8+8 verify=1").rc == 0


@pytest.mark.parametrize("text", refused_messages())
def test_a_refused_message_changes_nothing(text: str) -> None:
    with Lab.sync(paths_plan(), era="modern") as lab:
        lab.do(f"dmsetup create mp --table '{TWO}'")
        lab.do("io read 0+8")
        before = [lab.do(line).out for line in LOOKS]
        assert lab.do(f"dmsetup message mp 0 {text}").rc == 1
        assert [lab.do(line).out for line in LOOKS] == before


def test_there_are_as_many_as_the_kernel_refused() -> None:
    assert len(refused_tables()) >= 60 and len(refused_messages()) >= 20
