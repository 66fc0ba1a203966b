"""Who is asked, how often, before a step: the stepper over children that only answer."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import Any

from emulator.runtime import control as word
from emulator.runtime.clock import Clock
from emulator.runtime.stepper import Stepper
from emulator.wire import Message

NOTHING = (None, None)
"""The answer of a machine for which nothing waits: since when, and its next timer."""


@dataclass(slots=True)
class Child:
    """What the stepper looks at of a child."""

    name: str
    state: str = "RUNNING"
    live: bool = True


class Children:
    """In the supervisor's place: answers each question with the machine's next answer, the last one for ever."""

    def __init__(self, **answers: list[tuple[Any, ...]]) -> None:
        self.children = {name: Child(name) for name in answers}
        self.answers = answers
        self.asked: list[str] = []
        self.stepped: list[str] = []
        self._unread: list[tuple[Child, Message]] = []
        self.stepper = Stepper(self, Clock(), self._read, self._no_timer)  # type: ignore[arg-type]

    def send(self, child: Child, message: Message) -> bool:
        """A question, or the order to step."""
        if message[0] == word.STEP:
            self.stepped.append(child.name)
            self._unread.append((child, (word.STEPPED, message[1], ("message", "app", 1, "SUBMIT", 1, "", ""))))
            return True
        self.asked.append(child.name)
        left = self.answers[child.name]
        answer = left.pop(0) if len(left) > 1 else left[0]
        self._unread.append((child, (word.WAITING, message[1], *answer)))
        return True

    def _read(self, limit_s: float) -> None:
        assert self._unread, "the stepper waits for an answer that nobody owes"
        child, message = self._unread.pop(0)
        self.stepper.heard(child, message)  # type: ignore[arg-type]

    def _no_timer(self, at_us: int) -> None:
        raise AssertionError(f"something waits, so the time must not move (to {at_us})")

    def step(self, machine: str = "") -> str:
        """The machine that did a step, "" for none."""
        done = self.stepper.step(machine, monotonic() + 20.0)
        return done.machine if done is not None else ""


def test_the_first_look_after_a_pause_is_asked_twice_and_the_second_answer_counts() -> None:
    # app had answered before mpatha, in the middle of its last step, sent what app's second answer tells of.
    children = Children(mpatha=[NOTHING], app=[NOTHING, (7, None)])
    children.stepper.unsettle()
    assert children.step() == "app"
    assert children.asked == ["mpatha", "app"] * 2


def test_what_waited_at_the_first_look_may_not_be_the_oldest() -> None:
    children = Children(mpatha=[(9, None)], app=[NOTHING, (7, None)])
    assert children.step() == "app", "a stepper begins unsettled"


def test_once_all_stand_each_step_asks_once() -> None:
    children = Children(mpatha=[(9, None)], app=[(7, None)])
    children.step()
    before = len(children.asked)
    children.step()
    assert children.asked[before:] == ["mpatha", "app"]
    children.stepper.unsettle()
    children.step()
    assert len(children.asked) == before + 2 + 4, "the clock ran meanwhile"


def test_before_one_machine_steps_every_machine_stands() -> None:
    children = Children(mpatha=[(9, None)], app=[(7, None)])
    assert children.step("mpatha") == "mpatha" and children.stepped == ["mpatha"]
    assert children.asked == ["mpatha", "app", "mpatha"]


def test_a_first_look_that_was_not_answered_in_time_is_asked_twice_again() -> None:
    children = Children(mpatha=[NOTHING], app=[NOTHING, NOTHING, (7, None)])
    assert children.stepper.step("", monotonic() - 1.0) is None, "the limit is over"
    assert children.asked == ["mpatha", "app"], "and nobody is asked again within it"
    assert children.step() == "app", "answers of the round that was given up count for nothing"
    assert children.asked == ["mpatha", "app"] * 3
