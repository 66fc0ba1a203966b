"""What keys do while the clock stands, or nearly: steps, what waits, slow motion, whose messages (UI thread)."""

from __future__ import annotations

from dmtui.acting.base import Base
from dmtui.model import deeds
from dmtui.model.lanes import Interest, requests_of
from emulator.runtime.waiting import StepOrder, Stride, Waiting

WORDS: dict[Stride, str] = {"event": "step", "dispatch": "step to a dispatch", "softirq": "step to a softirq pass"}


class Stepping(Base):
    """Steps and slow motion.  ``tell_interest`` is called with each frame: it tells the feed what is looked at."""

    _interest = Interest()
    _looks_waiting = False
    """Whether the list of what waits is open."""
    _follow = 0
    """The request that is followed; 0 = the newest."""
    _before_slow = 1.0

    def tell_interest(self) -> None:
        """Say what is on the screen, if it is something else than before."""
        md = self.model.md
        visible = md is not None and self.dashboard.panel("lanes").display
        name = md.name if visible and md is not None else ""
        if name != self._interest.lanes:
            self._follow = 0
        wanted = Interest(self._looks_waiting, name, self._follow)
        if wanted != self._interest and self.source.want(wanted):
            self._interest = wanted

    def action_step(self, what: Stride) -> None:
        """One event, or events until the next dispatch of the selected md, or until the next softirq pass."""
        model = self.model
        if not model.paused:
            self.do(lambda: deeds.pause(model))
            self.notify("paused: . one event · > one dispatch · < one softirq pass · M what waits")
            return
        machine = model.md.name if what == "dispatch" and model.md is not None else ""
        self._give(WORDS[what], StepOrder(what, machine))

    def pick_waiting(self, item: Waiting) -> None:
        """Let *item* go next."""
        self._give("pick", StepOrder(item=item))

    def _give(self, text: str, order: StepOrder) -> None:
        if not self.source.step(text, order):
            self.notify("too many orders wait already", title=text, severity="error")

    def action_waiting(self) -> None:
        """What waits to go next; Enter lets one go."""
        from dmtui.screens.waiting import WaitingList

        self._looks_waiting = True
        self.tell_interest()
        self.push_screen(WaitingList(self.model, self.pick_waiting, self.action_step), self._waiting_closed)

    def _waiting_closed(self, _: None) -> None:
        self._looks_waiting = False
        self.tell_interest()

    def action_slow_motion(self) -> None:
        """Into slow motion and back."""
        if self.model.speed > deeds.SLOW_MOTION:
            self._before_slow = self.model.speed
        self.do(lambda: deeds.slow_motion(self.model, self._before_slow))

    def action_follow_request(self) -> None:
        """Follow the request that is shown, then each older one in flight; behind the last the newest again."""
        view = self.model.lanes
        if view is None:
            self.notify("the messages are in the teaching layout (w)", severity="warning")
            return
        there = requests_of(self.model.md)
        now = self._follow or view.following
        older = [number for number in there if number < now]
        if not self._follow and now:
            self._follow = now
        else:
            self._follow = older[0] if older and self._follow else 0
        self.notify(f"messages: request {self._follow} is followed" if self._follow else "messages: the newest request",
                    timeout=3)
        self.tell_interest()
