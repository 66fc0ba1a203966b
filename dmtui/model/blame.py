"""Why bios came back to the application with an error: who decided so, and by which error (pure, UI thread).

Two ways lead there.  A clone that failed is judged by the target's rq_end_io; a request for which map_rq finds no path
never becomes a clone on a device, and dm_kill_unmapped_request ends it without asking rq_end_io.
"""

from __future__ import annotations

import errno
from collections import Counter
from typing import TYPE_CHECKING

from dmtui.model.numbers import count, errno_name, many
from emulator.block.errors import NOT_PATH_ERRORS
from emulator.events import Event

if TYPE_CHECKING:
    from dmtui.model.story import Sight

_WORDS = {
    errno.ENODATA: "medium error", errno.EBADE: "reservation conflict", errno.EREMOTEIO: "target error",
    errno.ENOSPC: "space allocation error", errno.EILSEQ: "protection error", errno.EOPNOTSUPP: "refused operation",
}
"""What the errors are that no path is to blame for."""


class Blame:
    """What events told of failed bios since the scenario began."""

    def __init__(self) -> None:
        self._errors: Counter[int] = Counter()
        self.disabled = False
        """Whether multipathd took queue_if_no_path away, as no_path_retry was over."""

    def feed(self, event: Event) -> None:
        """Take an event."""
        if event.kind == "io_error":
            self._errors[int(event.details.get("errno", 0))] += int(event.details.get("bios", 1))
        elif event.kind == "recovery_mode" and event.details.get("mode") == "queueing_disabled":
            self.disabled = True

    @property
    def errors(self) -> tuple[int, ...]:
        """The errnos, that of most bios first."""
        return tuple(number for number, _ in self._errors.most_common())


def noticed(sight: Sight) -> tuple[str, str]:
    """Why bios failed, in full and in brief."""
    judged = sight.clone_errors - sight.hidden - sight.killed
    blameless = [number for number in sight.errors if sight.modern and number in NOT_PATH_ERRORS]
    parts = [f"{many(sight.failed, 'bio')} came back with an error:"]
    brief = ""
    if sight.killed:
        off = "queue_if_no_path was off"
        brief = "No valid path and queue_if_no_path off: map_rq refused them."
        if sight.disabled:
            off = "multipathd had taken queue_if_no_path away (Disable queueing), as no_path_retry was over"
            brief = "No valid path, and no_path_retry was over: map_rq refused them."
        parts.append(
            f"map_rq found no valid path for {many(sight.killed, 'request')} and {off}, so dm_kill_unmapped_request "
            "ended them; rq_end_io was not asked."
        )
    if judged > 0 and blameless:
        names = ", ".join(f"{_WORDS.get(number, 'error')} ({errno_name(number)})" for number in blameless)
        parts.append(
            f"a {names} is not the path's fault (blk_path_error), so rq_end_io failed no path and ended the original "
            "with it: another path would only meet it again."
        )
        brief = brief or f"A {names}: no path is to blame, the original ended with it."
    elif judged > 0:
        whose = f"{many(judged, 'failed clone')} ended {'its' if judged == 1 else 'their'} original by the verdict of "
        why = "as no valid path was left and queue_if_no_path was off" if not sight.valid_paths or sight.killed else ""
        parts.append(f"{whose}rq_end_io{f', {why}' if why else ', not to requeue it'}.")
        brief = brief or "The target's verdict was to end the originals with the error."
    if len(parts) == 1:
        parts.append("they never reached a target.")
        brief = f"{count(sight.failed)} came back with an error."
    return " ".join(parts), brief
