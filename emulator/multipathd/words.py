"""What multipathd says of paths, as its syslog has it in both eras.  Runs in multipathd's process.

multipath-tools of 2.6.31's time name a path alone and its kernel number where it was marked as failed; later ones put
the map before it. """

from __future__ import annotations

from typing import Literal

from emulator.plan import Era

PathState = Literal["unchecked", "up", "down", "ghost", "shaky", "timeout", "delayed"]
"""PATH_UNCHECKED, PATH_UP ... of libmultipath."""
USABLE: frozenset[str] = frozenset({"up", "ghost"})
"""States of an active path, as count_active_paths counts them."""
STATES: tuple[str, ...] = ("unchecked", "up", "down", "ghost", "shaky", "timeout", "delayed")

_REPORTS = {
    "up": "reports path is up", "down": "reports path is down", "ghost": "reports path is ghost",
    "timeout": "timed out",
}


def checker_message(era: Era, map: str, path: str, checker: str, state: str, offline: bool) -> str:
    """LOG_MSG: what the checker found."""
    if offline:
        said = "path offline"
    elif state in _REPORTS:
        said = f"{checker} checker {_REPORTS[state]}"
    else:
        said = "path is shaky" if state == "shaky" else f"path is {state}"
    return f"{path}: {said}" if era == "2.6.31" else f"{map}: {path} - {said}"


def mark_as_failed(era: Era, path: str, dev: str) -> str:
    """The kernel failed the path."""
    return f"{dev if era == '2.6.31' else path}: mark as failed"


def timed_out(era: Era, checker: str) -> PathState:
    """What a check comes to that was not answered in time: only the later tur checker has a state for it."""
    return "timeout" if era == "modern" and checker == "tur" else "down"
