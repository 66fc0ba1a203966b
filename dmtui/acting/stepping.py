"""What keys do while the clock stands, or nearly: steps, what waits, slow motion, whose messages (UI thread)."""

from __future__ import annotations

from dmtui.acting.listing import Listing
from dmtui.model import deeds
from dmtui.model.lanes import Interest, requests_of
from emulator.runtime.waiting import StepOrder, Stride, Waiting

WORDS: dict[Stride, str] = {"event": "step", "dispatch": "step to a dispatch", "softirq": "step to a softirq pass"}


class Stepping(Listing):
    """Steps and slow motion.  ``tell_interest`` is called with each frame: it tells the feed what is looked at."""

    _interest = Interest()
    _looks_waiting = False
    """Whether the list of what waits is open."""
    _follow = 0
    """The request that is followed; 0 = the newest."""
    _wished = 0
    """The request to follow as soon as messages are shown."""
    _before_slow = 1.0
    _selected_once = 0
    """The selected request that was followed already: the next F goes on to older ones."""

    def tell_interest(self) -> None:
        """Say what is on the screen, if it is something else than before."""
        md = self.model.md
        visible = md is not None and self.dashboard.panel("lanes").display
        name = md.name if visible and md is not None else ""
        if name != self._interest.lanes:
            self._follow, self._wished = (self._wished, 0) if name else (0, self._wished)
        whole_way = self.dashboard.panel("flow").display
        wanted = Interest(self._looks_waiting, name, self._follow, whole_way, self.model.frozen)
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
        """Follow the selected request, else the one that is shown; then each older one in flight; then the newest.

        Where no messages are shown a selected request brings them up.
        """
        view, chosen = self.model.lanes, self.model.lists.chosen
        selected = chosen.number if chosen is not None and self.model.find_md(chosen.machine) is not None else 0
        if view is None and selected:
            self._wished = selected
            self.show_layout("teaching")
            self.notify(f"messages: request {selected} is followed (w: other layouts)", timeout=3)
            return
        if view is None:
            self.notify("no request is selected: select one in the md queue or among the clones", severity="warning")
            return
        if selected and self._follow != selected and self._selected_once != selected:
            self._selected_once = self._follow = selected
            self.notify(f"messages: request {selected} is followed, the selected one", timeout=3)
            self.tell_interest()
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
