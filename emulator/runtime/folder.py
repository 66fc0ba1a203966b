"""The run folder: what the children of one run wrote on stderr (supervisor's side).

A folder of our own goes away with the run unless there is something to read in it.  A supervisor that was killed cannot
tidy up; the next one takes away what such runs left behind, if nobody wrote anything there.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import psutil

PREFIX = "dmtui-"


class RunFolder:
    """*given* is used and stays; without it a temporary folder is made.  Raises OSError."""

    def __init__(self, given: Path | None) -> None:
        self.keep = given is not None
        """Whether the folder stays whatever is in it."""
        if given is not None:
            given.mkdir(parents=True, exist_ok=True)
            self.path = given
        else:
            sweep(Path(tempfile.gettempdir()))
            self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))

    def leave(self, *, failed: bool) -> None:
        """The run is over: take the folder away unless it is to stay, or a process failed and has left words."""
        if not (self.keep or (failed and _has_words(self.path))):
            shutil.rmtree(self.path, ignore_errors=True)


def sweep(place: Path) -> None:
    """Take away the folders without words whose supervisor is no more."""
    for path in place.glob(f"{PREFIX}[0-9]*-*"):
        pid = path.name[len(PREFIX) :].partition("-")[0]
        try:
            ours = path.stat().st_uid == os.getuid()
        except OSError:
            continue  # another supervisor was quicker
        if ours and pid.isdigit() and not psutil.pid_exists(int(pid)) and not _has_words(path):
            shutil.rmtree(path, ignore_errors=True)


def _has_words(path: Path) -> bool:
    try:
        return any(entry.stat().st_size for entry in os.scandir(path))
    except OSError:
        return False
