"""Every experiment on a real kernel, replayed: the emulator says the same, but for what known.py names."""

from __future__ import annotations

import pytest

from tests.conformance.known import KNOWN
from tests.conformance.replay import experiments, replay


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
