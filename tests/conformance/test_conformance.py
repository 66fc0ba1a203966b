"""Every experiment on a real kernel, replayed: the emulator says the same, but for what known.py names."""

from __future__ import annotations

import pytest

from tests.conformance.known import KNOWN
from tests.conformance.replay import DATA, experiments, load, replay


@pytest.mark.parametrize("name", experiments())
def test_the_emulator_does_what_the_kernel_did(name: str) -> None:
    known = KNOWN.get(name, {})
    found: dict[int, list[str]] = {}
    for number, text in replay(name):
        found.setdefault(number, []).append(text)
    surprising = [f"step {number}: {text}" for number, texts in found.items() if number not in known for text in texts]
    assert not surprising, "\n" + "\n".join(surprising)
    healed = sorted(known.keys() - found.keys())
    assert not healed, f"these steps are as on the kernel now, take them out of known.py: {healed}"


@pytest.mark.parametrize("name", experiments())
def test_what_is_left_out_is_left_out_for_a_reason_of_the_table(name: str) -> None:
    table = (DATA.parent / "README.md").read_text(encoding="utf-8")
    reasons = {left["why"] for left in load(name)["left_out"]}
    assert [reason for reason in sorted(reasons) if f"| {reason} |" not in table] == []
