"""Steps that the emulator does otherwise, by experiment and number, each with the reason."""

from __future__ import annotations

KNOWN: dict[str, dict[int, str]] = {}
