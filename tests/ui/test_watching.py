"""What the reader thread finds out for the sequence diagram, over the simulation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dmtui import watching
from dmtui.model.lanes import ROWS_MOST, Arrow, Interest, LanesView, Note
from dmtui.watching import Watching
from emulator.lab.lab import SyncLab

WAY = [
    "SUBMIT_BIO", "INSERT_CLONE", "LUN_IO", "LUN_DONE", "END_CLONE_BIO", "RAISE_SOFTIRQ", "SOFTIRQ_DONE", "BIO_ENDIO",
]


class Watched:
    """A Lab and who watches it."""

    def __init__(self, lab: SyncLab, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lab = lab
        self.now_s = 1.0
        monkeypatch.setattr(watching, "monotonic", lambda: self.now_s)
        self.watching = Watching(lab.session)
        lab.record()

    def frames(self, count: int = 1) -> LanesView | None:
        """So many frames, half a real second from one to the next."""
        for _ in range(count):
            self.now_s += 0.5
            self.lab.views()
            self.watching.look()
            self.lab.record(detail=self.watching.detail)
            for _ in range(12):
                self.lab.session.turn(0.0005)
                self.watching.settle()
        self.watching.look()
        return self.watching.view

    def arrows(self) -> list[Arrow]:
        """What is shown, without notes."""
        view = self.watching.view
        return [row for row in view.rows if isinstance(row, Arrow)] if view is not None else []


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """Some load, a while after its beginning."""
    with SyncLab("steady-load") as lab:
        lab.run("30ms")
        yield Watched(lab, monkeypatch)


def test_unless_somebody_looks_nothing_is_asked_for(watched: Watched) -> None:
    assert watched.frames(3) is None
    assert watched.watching.pending is None and not watched.watching.detail


def test_at_full_speed_one_request_after_another_is_followed_to_its_end(watched: Watched) -> None:
    watched.watching.want(Interest(lanes="mpatha"))
    view = watched.frames(60)
    assert view is not None and not view.every and view.says.startswith("a sample")
    heads = [row for row in view.rows if isinstance(row, Note)]
    assert len(heads) >= 2 and all(head.text.startswith("request ") for head in heads)
    first = [row.word for row in view.rows[1:] if isinstance(row, Arrow)][:20]
    assert set(WAY) <= set(first), "the whole way and back"
    assert view.lanes == ("app", "log", "mpatha", "sda", "sdb", "lun0", "softirq")
    assert not watched.watching.detail, "what the recorders keep anyway is enough"


def test_in_slow_motion_every_message_is_shown(watched: Watched) -> None:
    watched.lab.do("speed 0.01")
    watched.watching.want(Interest(lanes="mpatha"))
    view = watched.frames(8)
    assert watched.watching.detail and view is not None and view.every
    assert {arrow.word for arrow in watched.arrows()} >= set(WAY)
    times = [arrow.at_us for arrow in watched.arrows()]
    assert times == sorted(times)
    assert len(view.rows) <= ROWS_MOST
    watched.lab.do("speed 1")
    view = watched.frames(6)
    assert view is not None and not view.every and not watched.watching.detail


def test_while_the_clock_stands_the_steps_are_the_arrows_and_the_pipes_the_dashed_ones(watched: Watched) -> None:
    watched.lab.do("pause")
    watched.watching.want(Interest(waiting=True, lanes="mpatha"))
    watched.frames()
    stepped = [watched.lab.step().steps[0] for _ in range(60)]
    watched.watching.stirred()
    watched.frames()
    went = [arrow for arrow in watched.arrows() if not arrow.waits]
    assert [(arrow.source, arrow.destination, arrow.word) for arrow in went] == [
        (step.source, step.machine, step.word) for step in stepped if step.kind == "message"
    ]
    pending = watched.watching.pending
    assert pending is not None
    waiting = [item for item in pending.items if item.kind == "message"]
    assert [arrow.number for arrow in watched.arrows() if arrow.waits] == [item.number for item in waiting]
    watched.lab.do("go")
    watched.frames()
    assert watched.watching.pending is None and not any(arrow.waits for arrow in watched.arrows())


def test_a_person_may_follow_one_request(watched: Watched) -> None:
    view = watched.lab.views()["mpatha"]
    number = view.in_flight[0].id  # type: ignore[union-attr]
    watched.watching.want(Interest(lanes="mpatha", follow=number))
    shown = watched.frames(30)
    assert shown is not None and shown.says == f"follows request {number}"
    heads = [row for row in shown.rows if isinstance(row, Note)]
    assert len(heads) == 1 and heads[0].text.startswith(f"request {number} of mpatha")


def test_errors_are_told_from_what_went_well(watched: Watched) -> None:
    watched.lab.do("speed 0.01")
    watched.watching.want(Interest(lanes="mpatha"))
    watched.frames(2)
    watched.lab.do("fault sda error")
    watched.frames(3)
    bad = [arrow for arrow in watched.arrows() if arrow.tone == "fault"]
    assert bad and all(arrow.word != "BIO_ENDIO" for arrow in bad), "no error reaches the application"


def test_an_emulation_that_ended_has_no_diagram(watched: Watched) -> None:
    watched.watching.want(Interest(lanes="mpatha"))
    watched.frames(3)
    watched.lab.do("kill mpatha")
    watched.watching.look()
    assert watched.watching.view is None
