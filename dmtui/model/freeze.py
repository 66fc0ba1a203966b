"""The frozen view: what comes meanwhile is kept, the newest state and every word of it, and shown after (UI thread).

Freezing is not halting: the emulator goes on, its frames are taken, only the screen stands.
"""

from __future__ import annotations

from dataclasses import replace

from dmtui.model.frame import Frame

EVENTS_MOST = 4_000
"""Events kept while the view is frozen.  Policy: the oldest are dropped and counted, as in the reader thread."""


class Freezer:
    """Holds frames back while ``frozen``."""

    def __init__(self) -> None:
        self.frozen = False
        self.dropped = 0
        """Events dropped in this freeze."""
        self._kept: Frame | None = None

    @property
    def newest(self) -> Frame | None:
        """What there is behind the frozen view; None if nothing came since, or nothing is frozen."""
        return self._kept

    @property
    def behind(self) -> int:
        """Events that are kept, not shown yet."""
        return len(self._kept.events) if self._kept else 0

    def take(self, frame: Frame) -> Frame | None:
        """The frame to show: *frame* itself, or None while frozen.  Another scenario's frame ends the freeze."""
        kept = self._kept
        if not self.frozen:
            return frame
        if kept is not None and kept.story.serial != frame.story.serial:
            self.release()
            return frame
        # What the console said was shown when it came (Model.apply_behind).
        frame = replace(frame, said=())
        if kept is None:
            self._kept = frame
            return None
        events = kept.events + frame.events
        over = max(0, len(events) - EVENTS_MOST)
        self.dropped += over
        self._kept = replace(
            frame, events=events[over:], done=kept.done + frame.done, ended=kept.ended + frame.ended,
            dropped=frame.dropped + self.dropped,
        )
        return None

    def freeze(self) -> None:
        """Show no frame from now on."""
        self.frozen, self.dropped = True, 0

    def release(self) -> Frame | None:
        """Go on; the newest state with everything that was said meanwhile, None if nothing came."""
        kept, self._kept, self.frozen = self._kept, None, False
        return kept and replace(kept, whole=True)
