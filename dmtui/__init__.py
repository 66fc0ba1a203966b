"""dmtui: see request-based device-mapper work.  The faces over the emulator: command line, reports, dashboard."""

from __future__ import annotations

__version__ = "0.1.0"
"""The version; the package's metadata takes it from here."""
