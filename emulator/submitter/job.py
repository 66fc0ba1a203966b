"""One job of a submitter: a task (C1) with its own part of the region, its own addresses and its own depth."""

from __future__ import annotations

from itertools import accumulate
from math import gcd
from random import Random

from emulator.plan import SubmitterSpec
from emulator.submitter.addresses import addresses


class Job:
    """Draws the next I/O of one task; knows nothing of what happens to it."""

    def __init__(self, spec: SubmitterSpec, index: int, start: int, length: int, rng: Random) -> None:
        self.spec = spec
        self.task = f"C1:{spec.name}" if spec.jobs == 1 else f"C1:{spec.name}.{index}"
        self.start = start
        self.length = length
        self.rng = rng
        self.outstanding = 0
        self.submitted = 0
        self.due_us = 0.0
        """Open loop: when the next bio is due."""
        self.sizes = [size for size, _ in spec.block_sizes]
        self._weights = list(accumulate(weight for _, weight in spec.block_sizes))
        self.granule = gcd(*self.sizes)
        self._largest = max(self.sizes)
        self._sequential = spec.pattern == "sequential"
        self._position = start
        self._addresses = addresses(spec, start, length, self._largest, rng)

    def draw_size(self) -> int:
        """Sectors of the next bio."""
        if len(self.sizes) == 1:
            return self.sizes[0]
        return self.rng.choices(self.sizes, cum_weights=self._weights)[0]

    def draw_sector(self, sectors: int) -> int:
        """Start of the next bio of *sectors* sectors."""
        if not self._sequential:
            return next(self._addresses)
        if self._position + sectors > self.start + self.length:
            self._position = self.start
        sector = self._position
        self._position += sectors
        return sector

    def draw_write(self) -> bool:
        """Direction of the next bio."""
        share = self.spec.read_share
        return share <= 0 or (share < 1 and self.rng.random() >= share)

    def finished(self) -> bool:
        """Whether it has submitted all it was to submit."""
        return bool(self.spec.ios) and self.submitted >= self.spec.ios
