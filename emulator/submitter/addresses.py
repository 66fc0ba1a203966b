"""Where the next I/O goes, over one job's region: random, strided or zipf.  Runs in the submitter's process."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator
from random import Random

from emulator.plan import SubmitterSpec

ZIPF_RANKS = 4096
"""Ranks that are told apart; the region is divided into as many parts."""


def addresses(spec: SubmitterSpec, start: int, length: int, align: int, rng: Random) -> Iterator[int]:
    """Endless start sectors inside [start, start+length), multiples of *align* from *start*."""
    blocks = max(1, length // align)
    match spec.pattern:
        case "sequential":
            return (start + index % blocks * align for index in itertools.count())
        case "random":
            return (start + rng.randrange(blocks) * align for _ in itertools.repeat(None))
        case "strided":
            step = max(1, spec.stride // align)
            return (start + index * step % blocks * align for index in itertools.count())
        case "zipf":
            return _zipf(spec.theta, start, blocks, align, rng)


def _zipf(theta: float, start: int, blocks: int, align: int, rng: Random) -> Iterator[int]:
    """Rank r is drawn with weight r**-theta; ranks are spread over the region by a seeded shuffle."""
    ranks = min(blocks, ZIPF_RANKS)
    total = list(itertools.accumulate((rank + 1) ** -theta for rank in range(ranks)))
    order = list(range(ranks))
    rng.shuffle(order)
    share = blocks // ranks
    while True:
        rank = bisect.bisect_left(total, rng.random() * total[-1])
        yield start + (order[min(rank, ranks - 1)] * share + rng.randrange(share)) * align
