"""marginal_path_*: a path whose I/O fails now and then, although its checker finds it good (io_err_stat of multipathd).

The theory: two failures by the kernel within ``marginal_path_double_failed_time`` make the path suspect; it is then
shaky and not reinstated.  Direct reads at 10 Hz during ``marginal_path_err_sample_time`` measure its error rate (of
1000).  Below the threshold it is reinstated, else it stays out for ``marginal_path_err_recheck_gap_time`` and is
measured again.  When no other path is left it is taken back at once.  Runs in multipathd's process.

    GOOD -> SUSPECTED (one failure) -> WAITING (two) -> CHECKING -> GOOD | WAITING
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from emulator.multipathd.path import CheckedPath

SAMPLE_GAP_US = 100_000
"""Ten batches of reads a second."""
SAMPLE_READS = 32
"""Reads of one batch: those that io_err_stat keeps under way on a path."""
FLAKY_PATHFAILS = 2

Stage = Literal["good", "suspected", "waiting", "checking"]


@dataclass(slots=True)
class IoErrStat:
    """What is known of one path's errors; times in microseconds."""

    stage: Stage = "good"
    pathfails: int = 0
    since_us: int = 0
    """Suspected: when it failed first.  Waiting: when it was put out (0 = to be measured as soon as it comes up)."""
    ends_us: int = 0
    batch: int = 0
    """Number of the last batch of reads."""
    reads: int = 0
    errors: int = 0

    @property
    def disable_reinstate(self) -> bool:
        """Whether it stays failed however good a check is."""
        return self.stage in ("waiting", "checking")


def enabled(path: CheckedPath) -> bool:
    """All four settings are there."""
    settings = path.settings
    return (
        settings.marginal_path_double_failed_time > 0
        and settings.marginal_path_err_sample_time > 0
        and settings.marginal_path_err_recheck_gap_time > 0
        and settings.marginal_path_err_rate_threshold >= 0
    )


def path_failed(path: CheckedPath, now_us: int) -> None:
    """io_err_stat_handle_pathfail: the kernel failed the path."""
    stat = path.io_err
    if not enabled(path) or stat.disable_reinstate:
        return
    if stat.stage == "good":
        stat.stage, stat.pathfails, stat.since_us = "suspected", 1, now_us
        return
    if now_us - stat.since_us > path.settings.marginal_path_double_failed_time:
        stat.pathfails, stat.since_us = 1, now_us
        return
    stat.pathfails += 1
    if stat.pathfails >= FLAKY_PATHFAILS:
        stat.stage, stat.since_us = "waiting", 0


def keeps_out(
    path: CheckedPath, now_us: int, others: bool, log: Callable[[str], None], sample: Callable[[CheckedPath], None]
) -> bool:
    """need_io_err_check: whether the path, found good, stays out; *sample* asks for the first batch of reads."""
    stat = path.io_err
    if not stat.disable_reinstate:
        return False
    if not others:
        log(f"{path.name}: no paths. recovering early")
        recover(stat)
        return False
    gap = path.settings.marginal_path_err_recheck_gap_time
    if stat.stage == "waiting" and (not stat.since_us or now_us - stat.since_us > gap):
        stat.stage = "checking"
        stat.reads = stat.errors = 0
        stat.ends_us = now_us + path.settings.marginal_path_err_sample_time
        log(f"{path.name}: reschedule checking after {gap / 1e6:g} seconds" if stat.since_us
            else f"{path.name}: enqueue path for IO error accounting")
        sample(path)
    return True


def sampled(path: CheckedPath, reads: int, errors: int, now_us: int, others: bool, log: Callable[[str], None]) -> bool:
    """A batch is over; whether the next one is wanted."""
    stat = path.io_err
    if stat.stage != "checking":
        return False
    stat.reads += reads
    stat.errors += errors
    if now_us < stat.ends_us:
        return True
    rate = stat.errors * 1000 / stat.reads
    log(f"{path.name}: IO error rate ({rate:.1f}/1000)")
    if rate <= path.settings.marginal_path_err_rate_threshold:
        log(f"{path.name}: ({stat.errors}/{stat.reads}) good to enable reinstating")
        recover(stat)
    elif others:
        log(f"{path.map.name}: keep failing the dm path {path.name}")
        log(f"{path.map.name}: disable reinstating of {path.name}")
        stat.stage, stat.since_us = "waiting", now_us
    else:
        log(f"{path.name}: there is orphan path, enable reinstating")
        recover(stat)
    return False


def recover(stat: IoErrStat) -> None:
    """It counts as good again."""
    stat.stage, stat.pathfails, stat.since_us = "good", 0, 0


def interrupted(stat: IoErrStat) -> None:
    """The device vanished while it was measured: that begins anew when it comes up."""
    if stat.stage == "checking":
        stat.stage, stat.since_us = "waiting", 0
