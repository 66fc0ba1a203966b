"""The messages between machines as a stream: what is new since one looked last (whoever draws messages runs this).

Needs recorders that record in detail; arrivals are not recorded.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass

from emulator.messages import NAMES, SUPERVISOR
from emulator.trace.events import read_event
from emulator.trace.recorder import Recorded, Wanted

HOPS_MOST = 128
"""Events of one machine taken at a time.  Policy: the newest."""

Mark = tuple[int, int]
"""Time and place in its trace of the newest event of a machine that was taken."""


@dataclass(frozen=True, slots=True)
class Hop:
    """A message that was sent."""

    at_us: int
    source: str
    destination: str
    word: str
    number: int
    tone: str
    """emulator.telling.Tone."""


def new_hops(
    marks: Mapping[str, Mark]
) -> Generator[Mapping[str, Wanted], Mapping[str, Recorded], tuple[list[Hop], dict[str, Mark]]]:
    """The messages behind *marks*, by machine, in the order of their times, and the new marks."""
    wanted = {
        name: Wanted(functions=("send",), spans=((at_us, 1 << 62),), newest=HOPS_MOST)
        for name, (at_us, _) in marks.items()
    }
    answers = yield wanted
    found: list[tuple[int, int, Hop]] = []
    after = dict(marks)
    for name, answer in answers.items():
        for serial, raw in answer.events:
            if (raw[0], serial[0]) <= marks[name]:
                continue
            event = read_event(name, raw, serial)
            after[name] = (event.at_us, serial[0])
            if event.fields["to"] == SUPERVISOR:
                continue
            for tag, number, tone in event.fields["messages"]:
                word = NAMES.get(tag, str(tag))
                found.append((event.at_us, serial[0], Hop(event.at_us, name, event.fields["to"], word, number, tone)))
    found.sort(key=lambda each: each[0])  # stable: each machine's own order stays
    return [hop for _, _, hop in found], after
