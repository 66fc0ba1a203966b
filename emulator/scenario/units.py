"""Times, sizes and distributions as people write them; used by the scenario model and by expectations."""

from __future__ import annotations

import math
import re
from typing import Any

from emulator.plan import Distribution

TIME_US = {"ns": 1e-3, "us": 1.0, "µs": 1.0, "ms": 1e3, "s": 1e6, "min": 6e7}
"""Microseconds of each unit of time."""
SIZE_BYTES = {
    "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "sectors": 512, "sector": 512,
}
"""Bytes of each unit of size."""
SECTOR = 512

TIME_PATTERN = r"^[0-9]+(\.[0-9]+)?\s*(ns|us|µs|ms|s|min)$"
SIZE_PATTERN = r"^[0-9]+(\.[0-9]+)?\s*(B|KiB|MiB|GiB|TiB|sectors?)$"
TIME_WORDS = "a time with a unit, such as 250us, 40ms or 3s"
SIZE_WORDS = "a size with a unit, such as 4KiB, 512B, 1GiB or 8 sectors"

_TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ns|us|µs|ms|s|min)")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(B|KiB|MiB|GiB|TiB|sectors?)")
_MOST = 1e15
"""Microseconds or sectors beyond which a value is a mistake (31 years; half an exabyte)."""

KINDS = ("fixed", "uniform", "exponential", "lognormal")
"""Kinds of distribution."""
DISTRIBUTION_WORDS = (
    "a time, {fixed: 200us}, {uniform: [100us, 300us]}, {exponential: 200us} "
    "or {lognormal: {median: 200us, sigma: 0.5}}"
)


def time_us(value: Any) -> float:
    """Microseconds of a time as written.  Raises ValueError with what was expected."""
    if value == 0 and isinstance(value, int) and not isinstance(value, bool):
        return 0.0
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(TIME_WORDS)
    us = float(match[1]) * TIME_US[match[2]]
    if us > _MOST:
        raise ValueError("a time of at most 31 years")
    return us


def whole_us(value: Any) -> int:
    """Whole microseconds of a time as written.  Raises ValueError with what was expected."""
    us = time_us(value)
    if us and abs(us - round(us)) > 1e-6 * us:
        raise ValueError("a whole number of microseconds")
    return round(us)


def size_bytes(value: Any) -> int:
    """Bytes of a size as written.  Raises ValueError with what was expected."""
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(SIZE_WORDS)
    size = float(match[1]) * SIZE_BYTES[match[2]]
    if size / SECTOR > _MOST or size != int(size):
        raise ValueError("a whole number of bytes, at most 512 PB")
    return int(size)


def size_sectors(value: Any) -> int:
    """Sectors of a size as written (0 without a unit is allowed).  Raises ValueError with what was expected."""
    if value == 0 and isinstance(value, int) and not isinstance(value, bool):
        return 0
    size = size_bytes(value)
    if size % SECTOR:
        raise ValueError("a whole number of sectors (512 bytes each)")
    return size // SECTOR


def distribution(value: Any) -> Distribution:
    """A distribution as written; a plain time is a fixed one.  Raises ValueError with what was expected."""
    if not isinstance(value, dict):
        try:
            return Distribution("fixed", time_us(value))
        except ValueError:
            raise ValueError(DISTRIBUTION_WORDS) from None
    if len(value) != 1 or next(iter(value)) not in KINDS:
        raise ValueError(DISTRIBUTION_WORDS)
    kind, of = next(iter(value.items()))
    if kind == "uniform":
        if not isinstance(of, list) or len(of) != 2:
            raise ValueError("two times: {uniform: [100us, 300us]}")
        low, high = _time_in(kind, of[0]), _time_in(kind, of[1])
        if low > high:
            raise ValueError("the smaller time first: {uniform: [100us, 300us]}")
        return Distribution("uniform", low, high)
    if kind == "lognormal":
        return _lognormal(of)
    return Distribution(kind, _time_in(kind, of))


def _time_in(kind: str, value: Any) -> float:
    try:
        return time_us(value)
    except ValueError as error:
        raise ValueError(f"{error} in '{kind}'") from None


def _lognormal(of: Any) -> Distribution:
    words = "{lognormal: {median: 200us, sigma: 0.5}}"
    if not isinstance(of, dict) or set(of) != {"median", "sigma"}:
        raise ValueError(words)
    sigma = of["sigma"]
    if isinstance(sigma, bool) or not isinstance(sigma, int | float) or not 0 <= sigma <= 5 or math.isnan(sigma):
        raise ValueError(f"a sigma from 0 to 5: {words}")
    return Distribution("lognormal", _time_in("median", of["median"]), float(sigma))


def time_text(us: float) -> str:
    """Microseconds for people: the largest unit that leaves at least one whole."""
    for unit, factor in (("s", 1e6), ("ms", 1e3)):
        if abs(us) >= factor:
            return f"{us / factor:.6g}{unit}"
    return f"{us:.6g}us"
