"""``dmtui import``: a real system's multipath devices as a scenario, on standard output or in a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from dmtui.out import complain, say
from emulator.scenario.fields import NAME_PATTERN
from emulator.scenario.importing import ImportProblem, import_text

TEXT_MOST = 4 << 20
"""Bytes read of standard input."""


def import_system(table: str, multipath: str, maps: Sequence[str], name: str, output: Path | None) -> int:
    """Write the scenario; 0, or 2 when the text cannot be read (nothing is written)."""
    if output is not None and name == "imported":
        name = output.stem
    if not re.match(NAME_PATTERN, name) or len(name) > 32:
        complain(f"dmtui: found the scenario's name {name!r}, expected a letter, then letters, digits, _ and -")
        return 2
    mixed = ""
    if not table and not multipath:
        if sys.stdin is None or sys.stdin.isatty():
            complain("dmtui: found no text, expected --table \"$(dmsetup table)\" or --multipath \"$(multipath -ll)\"")
            return 2
        mixed = sys.stdin.buffer.read(TEXT_MOST).decode("utf-8", "replace")
    try:
        imported = import_text(table, multipath, mixed, name, maps)
        if output is not None:
            if output.exists():
                complain(f"dmtui: {output}: the file that was there is replaced")
            output.write_text(imported.text, encoding="utf-8")
    except ImportProblem as problem:
        complain(f"dmtui: {problem}")
        return 2
    except OSError as error:
        complain(f"dmtui: {output}: {error.strerror or error}")
        return 2
    for note in imported.notes:
        complain(f"dmtui: {note}")
    if output is None:
        say(imported.text.removesuffix("\n"))
    return 0
