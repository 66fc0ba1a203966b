"""``dmtui tour``: the guided tour, where it was left, and the list of its chapters."""

from __future__ import annotations

from dmtui.config.settings import state_path
from dmtui.config.state import recall
from dmtui.out import complain, say
from dmtui.tour.chapters import CHAPTERS, chapter_mark, find_chapter


def list_chapters() -> int:
    """Number, name, title and subject of each chapter; ✓ done, ◌ gone past, ● where it was left."""
    remembered, _ = recall(state_path())
    width = max(len(chapter.name) for chapter in CHAPTERS)
    for number, chapter in enumerate(CHAPTERS, 1):
        mark = chapter_mark(chapter.name, remembered.tour, remembered.tour_done, remembered.tour_skipped)
        say(f"{mark} {number}  {chapter.name.ljust(width)}  {chapter.title}: {chapter.about}")
    return 0


def open_tour(words: str | None) -> int:
    """The dashboard with a chapter; without *words* the one at which the tour was left, else the first."""
    from dmtui.commands.open import open_dashboard

    chapter = find_chapter(words) if words is not None else None
    if words is not None and chapter is None:
        names = ", ".join(chapter.name for chapter in CHAPTERS)
        complain(f"dmtui tour: found chapter {words!r}, expected 1 to {len(CHAPTERS)} or one of {names}")
        return 2
    if chapter is None:
        remembered, _ = recall(state_path())
        chapter = find_chapter(remembered.tour or "") or CHAPTERS[0]
    return open_dashboard(chapter.scenario, tour=chapter.name)
