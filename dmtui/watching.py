"""What the reader thread finds out for whoever watches messages: the sequence diagram, and what waits to go next.

Nothing is asked for unless it is on the screen.  At full speed one request is followed after another, by what the
flight recorders keep anyway; in slow motion the recorders keep every message; while the clock stands the steps
themselves say what went, and the pipes what waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic

from dmtui.model.lanes import (
    ROWS_MOST,
    SLOW_MOST,
    Arrow,
    Interest,
    LanesView,
    Note,
    Pending,
    Row,
    folded,
    lanes_of,
    newest,
    without,
)
from emulator.lab.lives import hop, tell
from emulator.lab.results import LabError
from emulator.lab.session import Entry, Session
from emulator.runtime.waiting import Stepped
from emulator.snapshot import View
from emulator.trace.hops import Hop, Mark
from emulator.trace.life import Life
from emulator.trace.lives import last_life, request_life

HOLD_S = 1.0
"""Real seconds for which the diagram of a request that is over stays alone, to be read."""
AGAIN_S = 0.1
"""Between two asks for the life of a request that is not over."""
LIST_S = 0.25
"""Between two looks at what waits when nobody did anything."""
ANSWER_S = 1.0
"""Real seconds that the processes may take to list what waits."""


class Watching:
    """Belongs to one session; all methods in the reader thread.  ``look`` at the pace of the frames."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.interest = Interest()
        self.pending: Pending | None = None
        """What waits; None while the clock runs or nobody looks."""
        self.news = False
        """Whether there is something that no frame has shown."""
        self._listed_s = 0.0
        self._rows: list[Row] = []
        self._block = 0
        """Where the rows of the followed request begin."""
        self._request = 0
        self._life: Life | None = None
        self._entry: Entry | None = None
        self._asked_s = 0.0
        self._over_s = 0.0
        """When the followed request was seen to be over; 0 = it is not."""
        self._marks: dict[str, Mark] = {}
        self._stood = False
        self._view: LanesView | None = None

    # -- what is wanted --------------------------------------------------------------------------------------

    def want(self, interest: Interest) -> None:
        """The screen shows something else now."""
        before, self.interest = self.interest, interest
        if interest.lanes != before.lanes:
            self._forget()
        if interest.follow != before.follow:
            self._next(interest.follow)
        self._listed_s = 0.0
        if self._session.runtime.views():
            self.look()  # at once: somebody has pressed a key to see it

    @property
    def detail(self) -> bool:
        """Whether the recorders must keep every message."""
        return self.every and not self._session.runtime.paused

    @property
    def every(self) -> bool:
        """Whether every message is shown."""
        runtime = self._session.runtime
        return bool(self.interest.lanes) and (runtime.paused or runtime.speed <= SLOW_MOST)

    def stirred(self) -> None:
        """Something was done: what waits is another thing now."""
        self._listed_s = 0.0

    def _forget(self) -> None:
        self._drop()
        self._rows.clear()
        self._marks.clear()
        self._view, self._stood = None, False
        self._next(0)

    def _drop(self) -> None:
        if self._entry is not None:
            self._entry.dropped, self._entry = True, None

    def _next(self, request: int) -> None:
        self._request, self._life, self._over_s = request, None, 0.0
        self._block = len(self._rows)

    # -- looking ---------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Ask for what is wanted; what was asked for before comes by :meth:`settle`."""
        interest, runtime = self.interest, self._session.runtime
        if not runtime.paused:
            self._session.stepped.clear()
        self._list()
        if not interest.lanes or runtime.failed:
            self._view = None
            return
        if not runtime.paused and self._stood:
            self._stood = False
            self._marks.clear()
            self._next(interest.follow)
        if runtime.paused:
            self._stand()
        elif self.every:
            self._ask_hops()
        else:
            self._follow(runtime.views())
        self._draw()

    def _list(self) -> None:
        runtime = self._session.runtime
        wanted = (self.interest.waiting or self.interest.lanes) and runtime.paused and not runtime.failed
        if not wanted:
            self.pending = None
        elif monotonic() - self._listed_s >= LIST_S:
            items, more = runtime.waiting(ANSWER_S)
            pending = Pending(tuple(items), more)
            self.news |= pending != self.pending
            self.pending = pending
            self._listed_s = monotonic()

    def _stand(self) -> None:
        """What was stepped since, in the order in which it happened."""
        if not self._stood:
            self._stood = True
            self._drop()
            self._rows = without(self._rows, self.pending.items if self.pending else ())
            self._note("the clock stands: every message from here")
        stepped = self._session.stepped
        while stepped:
            self._add(stepped.popleft())

    def _add(self, step: Stepped) -> None:
        if step.kind == "message":
            self._put(Arrow(step.at_us, step.source, step.machine, step.word, step.number, step.tone))

    def _ask_hops(self) -> None:
        if self._entry is not None and not self._marks:
            self._drop()  # the life of a request that was followed
        if self._entry is not None:
            return
        names = [name for name, each in self._session.runtime.processes().items() if each.state == "RUNNING"]
        now_us = self._session.now_us()
        if not self._marks:
            self._note("slow motion: every message from here")
        self._marks = {name: self._marks.get(name, (now_us, 0)) for name in names}
        self._entry = self._session.enter(hop(self._session, dict(self._marks)))

    def _follow(self, views: Mapping[str, View]) -> None:
        now = monotonic()
        if self._marks:
            self._drop()
            self._marks.clear()
            self._next(self.interest.follow)
        if self._entry is not None:
            return
        if self._over_s and now - self._over_s >= HOLD_S and not self.interest.follow:
            self._next(0)
        if self._over_s or (self._life is not None and now - self._asked_s < AGAIN_S):
            return
        if not self._request:
            self._request = newest(views, self.interest.lanes)
        if self._request:
            self._ask_life()

    def _ask_life(self) -> None:
        self._asked_s = monotonic()
        plan = self._session.plan
        self._entry = self._session.enter(tell(self._session, request_life(plan, self.interest.lanes, self._request)))

    # -- what comes ------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """After each turn: take what has come."""
        entry = self._entry
        if entry is None or not entry.done:
            return
        self._entry = None
        if entry.error is not None:
            if not isinstance(entry.error, LabError):
                raise entry.error
            return
        if isinstance(entry.value, Life):
            self._told(entry.value)
        else:
            hops, self._marks = entry.value
            for each in hops:
                self._put(_arrow(each))
        self._draw()

    def _told(self, life: Life) -> None:
        if not life.steps:
            # Forgotten before it could be asked for: the one that ended last is there, whole.
            if self._life is None and not self.interest.follow:
                plan = self._session.plan
                self._life = life
                self._entry = self._session.enter(tell(self._session, last_life(plan, self.interest.lanes)))
                return
            self._over_s = monotonic()
        self._life = life
        if life.ended:
            self._over_s = monotonic()
        del self._rows[self._block :]
        self._rows.append(Note(life.since_us, _heading(life)))
        self._rows += _arrows(life)
        self._cut()

    def _note(self, text: str) -> None:
        self._put(Note(self._session.now_us(), text))

    def _put(self, row: Row) -> None:
        self._rows.append(row)
        self._cut()

    def _cut(self) -> None:
        over = len(self._rows) - ROWS_MOST
        if over > 0:
            del self._rows[:over]
            self._block = max(0, self._block - over)

    # -- what is shown ---------------------------------------------------------------------------------------

    def _draw(self) -> None:
        rows = tuple(self._rows if self._stood else folded(self._rows))
        if self._stood and self.pending is not None:
            rows += tuple(
                Arrow(item.since_us, item.source, item.machine, item.word, item.number, item.tone, True)
                for item in self.pending.items
                if item.kind == "message"
            )
        view = LanesView(self._lanes(rows), rows, self.every, self._says(), self._request)
        self.news |= view != self._view and self._stood
        self._view = view

    def _lanes(self, rows: tuple[Row, ...]) -> tuple[str, ...]:
        plan = self._session.plan
        seen = {name for row in rows if isinstance(row, Arrow) for name in (row.source, row.destination)}
        known = lanes_of(plan)
        idle = {plan.console} - seen
        return (*(name for name in known if name not in idle), *sorted(seen - set(known)))

    def _says(self) -> str:
        if self._stood:
            return "every message"
        if self.every:
            return "slow motion: every message"
        if self.interest.follow:
            return f"follows request {self.interest.follow}"
        return "a sample: the newest request until its bios end, then the next"

    @property
    def view(self) -> LanesView | None:
        """The diagram; None while nobody looks."""
        return self._view


def _heading(life: Life) -> str:
    if not life.steps:
        return f"{life.title}: {life.missing[-1] if life.missing else 'not recorded'}"
    state = "" if life.ended else " (under way)"
    reason = f" · {life.reason}" if " -> " in life.reason else ""
    return f"{life.title}{state}{reason}"


def _arrow(each: Hop) -> Arrow:
    return Arrow(each.at_us, each.source, each.destination, each.word, each.number, each.tone)


def _arrows(life: Life) -> list[Arrow]:
    """The messages of a life; what is on its way there has the direction of its bios, what comes back its outcome."""
    there = "read" if ": read " in life.title else "write"
    failed = {attempt.clone for attempt in life.attempts if attempt.errno}
    errors = {bio.bio for bio in life.bios if bio.errno}
    found = []
    for sent in life.sent:
        back = sent.word not in ("SUBMIT_BIO", "INSERT_CLONE", "LUN_IO")
        bad = sent.number in (errors if sent.word == "BIO_ENDIO" else failed)
        tone = there if not back else "fault" if bad and sent.word != "LUN_DONE" else "ok"
        found.append(Arrow(sent.sent_us, sent.source, sent.destination, sent.word, sent.number, tone))
    return found
