"""Steps that the emulator does otherwise, by experiment and number, each with the reason."""

from __future__ import annotations

_HELD = "a shell of the experiment held the device open; nothing here can do that but a read or write"

_ON_THE_DISK = "the experiment wrote a partition table on the disk itself, beside all mapped devices"

KNOWN: dict[str, dict[int, str]] = {
    "stacking": {54: _ON_THE_DISK},
    "messages": {
        **dict.fromkeys((58, 59, 60, 61, 62, 63), _HELD),
    },
}
