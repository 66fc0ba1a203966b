"""Where a person is in the tour, and what they have seen of it: notices by looking at each frame (pure, UI thread).

A step waits until its ``seen`` says something; then the words stay, whatever happens after.  Whatever a person does
instead, the guide only tells: every key goes on working, and no step must be done to go on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from dmtui.model.state import Model
from dmtui.model.vanished import is_dead, word
from dmtui.tour.chapters import CHAPTERS
from dmtui.tour.moment import Moment, Totals, totals
from dmtui.tour.parts import Chapter, Step
from emulator.events import Event

_WELCOME = frozenset({
    "help", "life", "palette", "tour", "tour.again", "filter", "filter.next", "filter.previous", "console.close",
    "theme", "quit",
})
"""Actions that are never taken for a slip; nor is moving about."""
PAST_MOST = 2_000
"""Events of the chapter that are kept.  Policy: the oldest are forgotten."""


class Guide:
    """One walk through the tour."""

    def __init__(self, chapter: Chapter) -> None:
        self.chapter = chapter
        self.at = 0
        """Index of the step; one more than the last at the end of the tour."""
        self.seen = ""
        """What was seen in this step, as soon as it happened."""
        self.remark = ""
        """A word on what is in the way, or was done instead, until then."""
        self.met: set[int] = set()
        """Steps of the chapter in which something was seen."""
        self._slip = ""
        """What was pressed instead."""
        self.waiting = True
        """Whether the chapter's scenario is still being opened."""
        self._serial = -1
        self._start = Totals()
        self._past: deque[Event] = deque(maxlen=PAST_MOST)
        self._step_at = 0
        """How many of the chapter's events came before the step began."""
        self._count = 0
        self._screens: set[str] = set()

    # -- where we are ----------------------------------------------------------------------------------------

    @property
    def number(self) -> int:
        """The chapter's, from 1 on."""
        return CHAPTERS.index(self.chapter) + 1

    @property
    def over(self) -> bool:
        """Whether the whole tour is."""
        return self.at >= len(self.chapter.steps)

    @property
    def complete(self) -> bool:
        """Whether every step of the chapter was done; one that was only gone past was not."""
        return len(self.met) == len(self.chapter.steps)

    @property
    def step(self) -> Step | None:
        """The one that is shown; None at the end of the tour."""
        return None if self.over else self.chapter.steps[self.at]

    def begin(self, chapter: Chapter, serial: int) -> None:
        """Its scenario is being opened; *serial* is that of the story before, which is not looked at any more."""
        self.chapter, self.waiting, self._serial = chapter, True, serial
        self.met.clear()
        self._go(0)

    def next(self, model: Model) -> Chapter | None:
        """The next step, done or not; the chapter to open if this was the last one, None if it was not."""
        if self.over or self.waiting:
            return None
        if self.at + 1 < len(self.chapter.steps):
            self._enter(self.at + 1, model)
            return None
        if self.number < len(CHAPTERS):
            return CHAPTERS[self.number]
        self._enter(self.at + 1, model)
        return None

    def back(self, model: Model) -> Chapter | None:
        """The step before; the chapter to open if this was the first one, None if it was not."""
        if self.waiting:
            return None
        if self.at:
            self._enter(self.at - 1, model)
            return None
        return CHAPTERS[self.number - 2] if self.number > 1 else None

    def _enter(self, at: int, model: Model) -> None:
        self._go(at)
        self._start = totals(model)

    def _go(self, at: int) -> None:
        self.at, self.seen, self.remark, self._slip = at, "", "", ""
        self._step_at = self._count
        self._screens.clear()

    def pressed(self, key: str, what: str, action: str = "") -> bool:
        """A key was pressed: *what* it is, and of which *action* ("" = of none).  Whether there is a word to say."""
        step = self.step
        if step is None or self.waiting or self.seen or not step.keys or action in _WELCOME:
            return False
        before, self._slip = self._slip, ""
        if action not in step.keys:
            wanted = ", ".join(dict.fromkeys("[esc]" if each == "esc" else f"{{{each}}}" for each in step.keys))
            self._slip = f"[{key}] {what}: this step waits for {wanted}."
        return self._slip != before

    # -- what we see -----------------------------------------------------------------------------------------

    def take(self, model: Model, events: Iterable[Event], layout: str, screen: str) -> bool:
        """Look at a frame; *screen* is the class of the dialog that is open.  Whether a step began with it."""
        began = self._open(model)
        if self.waiting:
            return False
        for event in events:
            self._past.append(event)
            self._count += 1
        if screen:
            self._screens.add(screen)
        step = self.step
        if step is None:
            return began
        past = tuple(self._past)
        fresh = self._count - self._step_at
        moment = Moment(
            model, past[-fresh:] if fresh else (), past, self._start, totals(model), layout, screen,
            frozenset(self._screens),
        )
        if self._elsewhere(model):
            self.remark = "" if self.seen else self._elsewhere(model)
            return began
        # Once seen it stays, and its numbers go on.
        self.seen = step.seen(moment) or self.seen
        if self.seen:
            self.met.add(self.at)
        self.remark = "" if self.seen else _in_the_way(model, step) or step.aside(moment) or self._slip
        return began

    def _open(self, model: Model) -> bool:
        """Whether the chapter's story has just come up."""
        if not self.waiting or model.story.serial == self._serial or model.story.name != self.chapter.story:
            return False
        self.waiting = False
        self._past.clear()
        self._count = 0
        self._enter(0, model)
        return True

    def _elsewhere(self, model: Model) -> str:
        if model.story.name == self.chapter.story:
            return ""
        return f"This is the scenario {model.story.name}, not the chapter's: {{tour.again}} brings the chapter back."


def _in_the_way(model: Model, step: Step) -> str:
    """Why what the step waits for cannot come as things are."""
    if model.failed:
        return f"The emulation ended ({model.failed}). {{tour.again}} begins the chapter again."
    if model.frozen:
        return "The view is frozen: {freeze} lets it go on."
    for device in model.devices:
        if device.gone:
            mends = "{process.revive} revives it" if is_dead(device) else "{fault.clear} clears the fault"
            return f"{device.name} is {word(device)}: {mends}, {{tour.again}} begins the chapter again."
    if not step.idle and model.submitters and not any(view.running for view in model.submitters):
        return "No load runs, so nothing happens: {load.toggle} starts it, {tour.again} begins the chapter again."
    if model.paused and not step.still:
        return "The emulated clock stands: {clock.pause} lets it go on."
    if model.deadlocked is not None and step.name not in ("deadlock", "break"):
        return "The deadlock still stands: {md.deadlock} breaks it."
    return ""


__all__ = ["Guide"]
