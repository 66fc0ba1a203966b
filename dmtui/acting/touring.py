"""What keys do in the guided tour; every other key goes on working as ever (UI thread)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dmtui.acting.gate import Gate
from dmtui.acting.looking import Looking
from dmtui.acting.talking import Talking
from dmtui.keymap import KeyHint
from dmtui.model.listing import FILTERED

if TYPE_CHECKING:
    from dmtui.tour.guide import Guide
    from dmtui.tour.parts import Chapter
    from emulator.events import Event


class Touring(Looking, Talking, Gate):
    """The tour: chapters, steps, what was seen."""

    guide: Guide | None = None
    """While a tour is taken."""
    tour_at: str = ""
    """Name of the chapter at which the last tour was left; "" = none was taken."""
    tour_done: Sequence[str] = ()
    """Names of the chapters of which every step was done."""
    tour_skipped: Sequence[str] = ()
    """Names of those that were gone past without doing them all."""

    def remember_tour(self) -> None:
        """Keep ``tour_at``, ``tour_done`` and ``tour_skipped``; the app with a state file says where."""

    def take_tour(self, name: str) -> None:
        """Be in the chapter *name*, whose scenario is being opened; "" = in none."""
        from dmtui.tour.chapters import find_chapter

        chapter = find_chapter(name) if name else None
        if chapter is not None:
            self._be_in(chapter, self.model.story.serial)
            self._selected()

    def _be_in(self, chapter: Chapter, serial: int) -> None:
        from dmtui.tour.guide import Guide

        if self.guide is None:
            self.guide = self.dashboard.tour.guide = Guide(chapter)
        self.dashboard.tour.show_keys(self.hints)
        self.guide.begin(chapter, serial)
        self.tour_at = chapter.name
        self.remember_tour()

    def open_chapter(self, name: str | None) -> None:
        """Open a chapter by its name, from its beginning."""
        from dmtui.tour.chapters import find_chapter

        chapter = find_chapter(name) if name else None
        if chapter is None:
            return
        if not self.source.open(chapter.scenario):
            self.notify("too many orders wait already", title=f"tour: {chapter.name}", severity="error")
            return
        self._be_in(chapter, self.model.story.serial)
        # Behind the list of chapters, which is still there, the panel would get no room.
        self.call_later(self._selected)

    def action_tour(self) -> None:
        """Choose a chapter."""
        from dmtui.screens.chapters import ChapterList

        at = self.guide.chapter.name if self.guide else self.tour_at
        self.push_screen(ChapterList(at, self.tour_done, self.tour_skipped), self.open_chapter)

    def action_tour_again(self) -> None:
        """The chapter from its beginning."""
        if self.guide is None:
            self.action_tour()
        else:
            self.open_chapter(self.guide.chapter.name)

    def action_tour_next(self) -> None:
        """The next step, or the next chapter."""
        self._turn(forward=True)

    def action_tour_back(self) -> None:
        """The step before, or the chapter before."""
        self._turn(forward=False)

    def _turn(self, forward: bool) -> None:
        guide = self.guide
        if guide is None:
            self.action_tour()
            return
        chapter, at = guide.chapter, guide.at
        another = guide.next(self.model) if forward else guide.back(self.model)
        if forward and at == len(chapter.steps) - 1 and chapter.name not in (*self.tour_done, *self.tour_skipped):
            self.tour_skipped = (*self.tour_skipped, chapter.name)
            self.remember_tour()
        if another is not None:
            self.open_chapter(another.name)
        else:
            self._point()
            self._selected()

    def action_match(self, step: int) -> None:
        """In the tour, where no filter is set: the next step, or the one before."""
        stage = self.model.selection.stage
        if self.guide is None or (stage in FILTERED and self.model.lists.get(stage).filter is not None):
            super().action_match(step)
        else:
            self._turn(forward=step > 0)

    def action_close_console(self) -> None:
        """Escape: what is open first, then the tour."""
        if self.guide is None or self.dashboard.console_open:
            super().action_close_console()
        elif not self.unfilter():
            self.leave_tour()

    def leave_tour(self) -> None:
        """Away with its panel; the chapter's scenario goes on."""
        if self.guide is not None:
            self.guide = self.dashboard.tour.guide = None
            self.dashboard.look = None
            self._selected()
            self.notify("the tour is kept at its chapter; its scenario goes on", title="tour")

    def look_at_tour(self, events: Iterable[Event] = ()) -> None:
        """Let the guide look at what there is now."""
        guide = self.guide
        if guide is None:
            return
        before = (guide.seen, guide.remark)
        screen = "" if self.screen is self.dashboard else type(self.screen).__name__
        if guide.take(self.model, events, self.dashboard.layout_name, screen):
            self._point()
        name = guide.chapter.name
        if guide.complete and name not in self.tour_done:
            self.tour_done = (*self.tour_done, name)
            self.tour_skipped = tuple(each for each in self.tour_skipped if each != name)
            self.remember_tour()
        if (guide.seen, guide.remark) != before:
            self.model.touch()

    def hears(self, hint: KeyHint) -> None:
        """A key that is not the one of the step is told from it, and acts as ever."""
        if self.guide is not None and hint.group != "go" and self.screen is self.dashboard:
            what = f"is another key ({hint.label})" if hint.label else "is another key"
            if self.guide.pressed(self.key(hint.id), what, hint.id):
                self.look_at_tour()

    def hears_other(self, key: str) -> None:
        """A key that nothing is bound to."""
        if self.guide is not None and self.guide.pressed(key, "is no key here"):
            self.look_at_tour()
        else:
            super().hears_other(key)

    def _point(self) -> None:
        """Make the panel that the step is about the current one."""
        guide = self.guide
        step = guide.step if guide else None
        self.dashboard.look = step.look if step else None
        if step is None:
            return
        selection = self.model.selection
        if step.look not in selection.stages or (guide and guide.at == 0):
            # Not remembered: nobody chose it.
            Looking.show_layout(self, "overview")
        if step.pick is not None:
            kind, name = step.pick
            if name in selection.names(kind):
                selection.chosen[kind] = name
        selection.stage = step.look
        self.model.touch()
