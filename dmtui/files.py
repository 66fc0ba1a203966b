"""Writing a file whole or not at all; what stands there already is only replaced by who says so."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, text: str, replace: bool = False) -> None:
    """Write *text* as UTF-8, as it is.

    Raises FileExistsError if there is something already, unless *replace*; OSError when it cannot be written: nothing
    has changed then.
    """
    target = path.resolve() if replace else path
    name = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    with suppress(FileNotFoundError):
        name.unlink()  # of a process of that number that died
    try:
        with name.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            with suppress(FileNotFoundError):
                shutil.copymode(target, name)
            os.replace(name, target)
        else:
            _place(name, target)
    finally:
        with suppress(OSError):
            name.unlink()


def _place(name: Path, target: Path) -> None:
    """Give *name* its name if it is free."""
    try:
        os.link(name, target)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: the name is taken first.
        target.open("x").close()
        os.replace(name, target)
