"""san_path_err_*: a path that fails again and again is kept out for a time (check_path_reinstate_state of multipathd).

Each failure counts one; each ``san_path_err_forget_rate`` good checks forget one.  Above the threshold the path is not
reinstated before ``san_path_err_recovery_time`` is over, unless no other path is left.  Runs in multipathd's process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.multipathd.path import CheckedPath


@dataclass(slots=True)
class SanPathErr:
    """What is counted of one path."""

    path_failures: int = 0
    forget_rate: int = 0
    disable_reinstate: bool = False
    since_us: int = 0


def enabled(path: CheckedPath) -> bool:
    """All three settings are there."""
    settings = path.settings
    return bool(
        settings.san_path_err_threshold and settings.san_path_err_forget_rate and settings.san_path_err_recovery_time
    )


def keeps_out(path: CheckedPath, now_us: int, others: bool, log: Callable[[str], None]) -> bool:
    """Whether the path, found good, is not to be reinstated; *others*: another active path is left."""
    san, settings = path.san, path.settings
    if san.disable_reinstate:
        if not others:
            return _forget(san)
        if now_us - san.since_us > settings.san_path_err_recovery_time:
            log(f"{path.name} : reinstate the path after err recovery time")
            return _forget(san)
        return True
    if path.usable and san.path_failures > 0:
        if san.forget_rate > 0:
            san.forget_rate -= 1
        else:
            san.path_failures -= 1
            san.forget_rate = settings.san_path_err_forget_rate
        return False
    if path.state not in ("down", "shaky", "timeout"):
        return False
    if san.path_failures == 0:
        san.forget_rate = settings.san_path_err_forget_rate
    san.path_failures += 1
    if san.path_failures <= settings.san_path_err_threshold:
        return False
    log(f"{path.name} : hit error threshold. Delaying path reinstatement")
    san.since_us = now_us
    san.disable_reinstate = True
    return True


def _forget(san: SanPathErr) -> bool:
    san.path_failures = san.forget_rate = 0
    san.disable_reinstate = False
    return False
