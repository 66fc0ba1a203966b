"""Times drawn from a distribution, with the seeded generator that is passed in.  Used by devices and faults."""

from __future__ import annotations

import math
from random import Random

from emulator.plan import Distribution

ARGUMENTS = {"fixed": 1, "uniform": 2, "exponential": 1, "lognormal": 2}
"""Numbers that each kind takes."""


def draw(distribution: Distribution, rng: Random) -> float:
    """One time in microseconds, never negative."""
    a, b = distribution.a, distribution.b
    match distribution.kind:
        case "fixed":
            return a
        case "uniform":
            return rng.uniform(a, b)
        case "exponential":
            return rng.expovariate(1 / a) if a else 0.0
        case "lognormal":
            return a * math.exp(rng.gauss(0.0, b))


def parse_distribution(text: str) -> Distribution:
    """Read ``fixed 200``, ``uniform 100 300`` and so on (microseconds).  Raises ValueError."""
    words = text.split()
    kind = words[0] if words else ""
    if kind not in ARGUMENTS or len(words) != 1 + ARGUMENTS[kind]:
        forms = "'fixed US', 'uniform LOW HIGH', 'exponential MEAN' or 'lognormal MEDIAN SIGMA'"
        raise ValueError(f"expected {forms}, found {text!r}")
    numbers = [float(word) for word in words[1:]]
    return Distribution(kind, *numbers)  # type: ignore[arg-type]
