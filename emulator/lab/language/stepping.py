"""``step``, ``waiting`` and ``pick``: what happens next while the clock stands, and who decides it."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.lab.language.base import Verb, Words, pick, whole
from emulator.lab.results import LabError, Result
from emulator.lab.session import Session, Wait
from emulator.lab.stepping import STRIDES, Stride, listing, picking, stepping
from emulator.runtime.waiting import Waiting


def _check_step(words: Words) -> None:
    if len(words) > 2:
        raise words.error("expected 'step [event|dispatch|softirq] [MACHINE]'", words[2])
    if words:
        pick(words, words[0], STRIDES, "how far")


def _step(session: Session, words: Words) -> Wait[Result]:
    _check_step(words)
    what: Stride = next((stride for stride in STRIDES if words[:1] == [stride]), "event")
    strode = yield from stepping(session, what, words[1] if len(words) > 1 else "")
    if (what == "event" and strode.reached) or not strode.steps:
        return words.result([f"step: {strode.text}"], strode)
    return words.result([*(f"  {step.at_us:>10} us  {step.text}" for step in strode.steps[-SHOWN_MOST:]),
                         f"step: {strode.text}"], strode)


SHOWN_MOST = 20
"""Events of a long step that are shown, the last."""


def waiting_lines(items: Sequence[Waiting], now_us: int, more: int = 0) -> list[str]:
    """What waits as lines: number, age, what; in brackets why it cannot go next."""
    lines = []
    for number, item in enumerate(items, 1):
        age = f"in {item.since_us - now_us} us" if item.since_us > now_us else f"{now_us - item.since_us} us"
        why = f"  ({item.blocked})" if item.blocked else ""
        lines.append(f"{number:>4}  {age:>14}  {item.text}{why}")
    return [*lines, f"      … {more} more"] if more else lines


def _waiting(session: Session, words: Words) -> Wait[Result]:
    if words:
        raise words.error("expected 'waiting' and nothing behind it", words[0])
    items = yield from listing(session)
    lines = waiting_lines(items, session.now_us(), session.unlisted)
    return words.result(lines or ["nothing waits: no message, no timer"], tuple(items))


def _check_pick(words: Words) -> None:
    if len(words) != 1:
        raise words.error("expected a number of what 'waiting' lists: pick 3")
    whole(words, "a number of what waits", words[0], 1)


def _pick(session: Session, words: Words) -> Wait[Result]:
    _check_pick(words)
    number = whole(words, "a number of what waits", words[0], 1)
    if not session.listed:
        raise LabError("nothing is listed: 'waiting' says what there is to pick")
    if number > len(session.listed):
        raise words.error(f"found {number}, expected a number from 1 to {len(session.listed)}", words[0])
    step = yield from picking(session, session.listed[number - 1])
    return words.result([f"picked: {step.text}"], step)


VERBS = (
    Verb(
        "step", ("step [event] [MACHINE]", "step dispatch [MD]", "step softirq"),
        "While the clock stands, let exactly one event happen somewhere: what has waited longest, or when nothing "
        "waits the next timer, to which the emulated time moves. 'dispatch': events until the md has dispatched a "
        "request. 'softirq': events until the softirq worker has made a pass over its done list.",
        _step, lambda session: [*STRIDES, *session.runtime.processes()], _check_step, patient=True,
        examples=("pause", "step", "step dispatch", "step softirq"),
    ),
    Verb(
        "waiting", ("waiting",),
        "While the clock stands, list what could happen next, the next first: messages in the pipes, contexts that go "
        "on, timers; with its age, and why it cannot go next.",
        _waiting, patient=True, examples=("pause", "waiting", "pick 2"),
    ),
    Verb(
        "pick", ("pick NUMBER",),
        "Let that one of what 'waiting' listed go next. Nothing overtakes on a pipe: only the first of each may.",
        _pick, check=_check_pick, patient=True, examples=("waiting", "pick 2"),
    ),
)
