"""The chapters in the order of the story: the way of a bio, then what can be done to it."""

from __future__ import annotations

from collections.abc import Sequence

from dmtui.tour.chapters.busy import BUSY
from dmtui.tour.chapters.cloning import CLONING
from dmtui.tour.chapters.completion import COMPLETION
from dmtui.tour.chapters.failover import FAILOVER
from dmtui.tour.chapters.resume import RESUME
from dmtui.tour.chapters.softirq import SOFTIRQ
from dmtui.tour.chapters.submission import SUBMISSION
from dmtui.tour.chapters.suspend import SUSPEND
from dmtui.tour.parts import Chapter

CHAPTERS: tuple[Chapter, ...] = (SUBMISSION, CLONING, COMPLETION, SOFTIRQ, BUSY, SUSPEND, RESUME, FAILOVER)


def find_chapter(words: str) -> Chapter | None:
    """A chapter by its number from 1 on, or by its name; None if there is no such chapter."""
    if words.isascii() and words.isdigit():
        number = int(words)
        return CHAPTERS[number - 1] if 1 <= number <= len(CHAPTERS) else None
    return next((chapter for chapter in CHAPTERS if chapter.name == words.lower()), None)


def chapter_mark(name: str, at: str | None, done: Sequence[str], skipped: Sequence[str]) -> str:
    """● the tour is there, ✓ every step was done, ◌ it was gone past without doing them all."""
    return "●" if name == at else "✓" if name in done else "◌" if name in skipped else " "


__all__ = ["CHAPTERS", "chapter_mark", "find_chapter"]
