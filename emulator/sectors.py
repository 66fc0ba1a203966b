"""Data that can be told by its seed: what ``io write`` writes, ``io read`` verifies, and a LUN holds before any write.

Sector n of seed s holds 64 little-endian 64-bit words: x = s * 0x9e3779b97f4a7c15 + n, then for each word one round of
splitmix64's mixing.  Used by the LUN's and the console's process.
"""

from __future__ import annotations

import struct
from functools import lru_cache

_MASK = (1 << 64) - 1
_WORDS = struct.Struct("<64Q")


@lru_cache(maxsize=4096)
def _sector(seed: int, number: int) -> bytes:
    x = (seed * 0x9E3779B97F4A7C15 + number) & _MASK
    words = []
    for _ in range(64):
        x ^= x >> 30
        x = (x * 0xBF58476D1CE4E5B9) & _MASK
        x ^= x >> 27
        x = (x + 0x94D049BB133111EB) & _MASK
        words.append(x)
    return _WORDS.pack(*words)


def seeded(seed: int, sector: int, sectors: int) -> bytes:
    """The bytes of *sectors* sectors from *sector* on."""
    return b"".join([_sector(seed, number) for number in range(sector, sector + sectors)])
