"""Writes all pictures anew: ``python -m tests.snapshots`` (look at ``git diff`` before you commit them)."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.snapshots.taking import FOLDER, file_of, take_all


def main() -> None:
    """Write them, and forget those of screens that are no more."""
    kept = set()
    with tempfile.TemporaryDirectory() as place:
        pictures = asyncio.run(take_all(Path(place)))
    for (name, size), picture in pictures.items():
        file = file_of(name, size)
        kept.add(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text(encoding="utf-8") != picture:
            file.write_text(picture, encoding="utf-8")
            print(file)
    for file in set(FOLDER.rglob("*.txt")) - kept:
        file.unlink()
        print(f"{file} is no more")


if __name__ == "__main__":
    main()
