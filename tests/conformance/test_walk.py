"""Walks like those on the real kernel, drawn by a seed: nothing is lost, the data are right, info and status agree."""

from __future__ import annotations

from random import Random

import pytest

from emulator.lab import Lab
from tests.conformance.story import paths_plan
from tests.conformance.walk import Walk

STEPS = 60


@pytest.mark.parametrize("seed", range(12))
def test_a_walk_loses_nothing(seed: int) -> None:
    with Lab.sync(paths_plan(), era="modern", seed=seed) as lab:
        walk = Walk(lab, Random(seed))
        for _ in range(STEPS):
            wrong = list(walk.step())
            assert not wrong, "\n".join([*wrong, "after:", *walk.done])
        wrong = list(walk.end())
        assert not wrong, "\n".join([*wrong, "after:", *walk.done])
