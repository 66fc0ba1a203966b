"""Queue limits of devices in a scenario."""

from __future__ import annotations

import pytest

from emulator.plan import Limits
from emulator.scenario.errors import ScenarioErrors
from emulator.scenario.loader import load_text

TEXT = """
name: limits
about: Queue limits.
luns: [{name: lun0, size: 1MiB}]
devices:
  - {name: sda, lun: lun0, limits: %s}
mds: [{name: mpatha}]
"""


@pytest.mark.parametrize(
    ("given", "limits"),
    [
        ("{}", Limits()),
        ("{logical_block_size: 4096}", Limits(logical_block_size=4096, physical_block_size=4096)),
        ("{physical_block_size: 4096}", Limits(physical_block_size=4096)),
        ("{write_cache: write through, rotational: true}", Limits(write_back=False, rotational=True)),
    ],
)
def test_what_a_device_says_of_its_medium(given: str, limits: Limits) -> None:
    assert load_text(TEXT % given).plan.devices[0].limits == limits


@pytest.mark.parametrize(
    ("given", "word"), [("{logical_block_size: 520}", "512, 1024"), ("{write_cache: none}", "write back")]
)
def test_what_no_disk_has_is_refused(given: str, word: str) -> None:
    with pytest.raises(ScenarioErrors, match=word):
        load_text(TEXT % given)
