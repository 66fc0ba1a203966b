"""Writes all pictures anew: ``python -m tests.snapshots`` (look at ``git diff`` before you commit them)."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.snapshots.screens import SHOTS, SIZES
from tests.snapshots.taking import FOLDER, file_of, take_all


def main() -> None:
    """Write them, and forget those of screens that are no more."""
    kept = set()
    for size in SIZES:
        with tempfile.TemporaryDirectory() as place:
            pictures = asyncio.run(take_all(size, Path(place)))
        for shot in SHOTS:
            file = file_of(shot, size)
            kept.add(file)
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.exists() or file.read_text(encoding="utf-8") != pictures[shot.name]:
                file.write_text(pictures[shot.name], encoding="utf-8")
                print(file)
    for file in set(FOLDER.rglob("*.txt")) - kept:
        file.unlink()
        print(f"{file} is no more")


if __name__ == "__main__":
    main()
