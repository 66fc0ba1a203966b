"""The run folder: what the children of one run wrote on stderr (supervisor's side).

A folder of our own goes away with the run unless there is something to read in it.  A supervisor that was killed cannot
tidy up; the next one takes away what such runs left behind: at once where nobody wrote anything, after a week where a
process that failed left its last words.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from time import time

import psutil

PREFIX = "dmtui-"
WORDS_KEPT_S = 7 * 24 * 3600
"""How long the words of a process that failed can be read."""


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


def sweep(place: Path, of: str = "", kept_s: float = WORDS_KEPT_S) -> None:
    """Take away the folders whose maker is no more, but those with words that are not older than *kept_s*; *of*: only
    those whose name goes on so behind the maker's pid."""
    for path in place.glob(f"{PREFIX}[0-9]*-{of}*"):
        pid = path.name[len(PREFIX) :].partition("-")[0]
        try:
            found = path.stat()
        except OSError:
            continue  # another supervisor was quicker
        if found.st_uid != os.getuid() or not pid.isdigit() or psutil.pid_exists(int(pid)):
            continue
        if time() - found.st_mtime > kept_s or not _has_words(path):
            shutil.rmtree(path, ignore_errors=True)


def _has_words(path: Path) -> bool:
    try:
        return any(entry.stat().st_size for entry in os.scandir(path))
    except OSError:
        return False
