"""Steps, what waits, and picks from the console and from programs, on both runtimes."""

from __future__ import annotations

import pytest

from emulator.lab import session
from emulator.lab.lab import Lab, SyncLab
from emulator.lab.opening import RuntimeKind
from emulator.lab.results import LabError, LineError
from emulator.lab.session import Session
from emulator.lab.stepping import Strode
from emulator.runtime.waiting import Waiting
from emulator.snapshot import MdView, SoftirqView

KINDS: tuple[RuntimeKind, ...] = ("simulation", "process")


@pytest.fixture(autouse=True)
def _time_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of a crowded machine may take longer than a person would wait."""
    monkeypatch.setattr(session, "STANDING_S", 3.0)


def paused(kind: RuntimeKind, scenario: str = "steady-load") -> SyncLab:
    """A Lab whose load runs, its clock standing."""
    lab = SyncLab(scenario, runtime=kind).open()
    lab.run("20ms")
    lab.do("pause")
    return lab


def stop(lab: SyncLab) -> None:
    """Nobody submits any more."""
    for name in ("app", "log"):
        assert lab.do(f"stop {name}").rc == 0


def dispatched(lab: SyncLab) -> int:
    """Requests that the md started so far."""
    view = lab.views()["mpatha"]
    assert isinstance(view, MdView)
    return view.counters.dispatched


def passes(lab: SyncLab) -> int:
    """Passes of the softirq worker so far."""
    view = lab.views()["softirq"]
    assert isinstance(view, SoftirqView)
    return view.passes


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_goes_to_the_next_event_dispatch_or_pass(kind: RuntimeKind) -> None:
    with paused(kind) as lab:
        one = lab.step()
        assert one.reached and len(one.steps) == 1 and one.text == one.steps[0].text
        before = dispatched(lab)
        strode = lab.step("dispatch")
        assert strode.reached and strode.machine == "mpatha" and len(strode.steps) >= 1
        assert dispatched(lab) == before + strode.steps[-1].strides > before
        assert strode.text.startswith("a dispatch of mpatha after ") and "blk_insert_cloned_request" in strode.text
        assert sum(step.strides for step in strode.steps if step.machine == "mpatha") == strode.steps[-1].strides
        made = passes(lab)
        strode = lab.step("softirq")
        assert strode.reached and passes(lab) == made + 1 and strode.steps[-1].machine == "softirq"
        assert "handed to dm_softirq_done" in strode.text


@pytest.mark.parametrize("kind", KINDS)
def test_the_time_moves_only_as_far_as_the_event(kind: RuntimeKind) -> None:
    with paused(kind) as lab:
        times = [lab.step().steps[0].at_us for _ in range(40)]
        assert times == sorted(times) and lab.now_us == times[-1]
        at = lab.now_us
        lab.waiting()
        assert lab.now_us == at, "to look costs no time"


def behind_another(lab: SyncLab) -> Waiting:
    """Step until there is something that waits and cannot go: hardly anything may have been under way at the pause."""
    for _ in range(400):
        for item in lab.waiting():
            if item.blocked:
                return item
        lab.step()
    raise AssertionError("nothing ever stands behind another")


@pytest.mark.parametrize("kind", KINDS)
def test_what_waits_is_listed_and_picked_by_its_number(kind: RuntimeKind) -> None:
    with paused(kind) as lab:
        items = lab.waiting()
        assert items and not items[0].blocked
        result = lab.do("waiting")
        assert len(result.out) == len(items) and items[0].text in result.out[0]
        # Not a context that goes on: it may have to go on once more.
        at, item = next((at, each) for at, each in enumerate(items) if each.kind != "context" and not each.blocked)
        assert lab.do(f"pick {at + 1}").out == (f"picked: {item.text}",)
        with pytest.raises(LabError, match="does not wait any more"):
            lab.pick(item)
        with pytest.raises(LabError, match="cannot go next"):
            lab.pick(behind_another(lab))
        picked = lab.pick(next(item for item in lab.waiting() if not item.blocked))
        assert picked.at_us == lab.now_us


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_by_steps(kind: RuntimeKind) -> None:
    with paused(kind) as lab:
        for _ in range(30):
            lab.step()
        stop(lab)
        lab.do("go")
        assert lab.idle()
        view = lab.views()["app"]
        assert view.outstanding == 0 and view.corruption == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_with_nothing_waiting_says_so(kind: RuntimeKind) -> None:
    with SyncLab("steady-load", runtime=kind) as lab:
        stop(lab)
        assert lab.idle()
        lab.do("pause")
        while lab.step().steps:
            assert lab.now_us < 60_000_000
        assert lab.do("step").out == ("step: nothing waits: no message, no timer",)
        assert "nothing waits any more" in lab.step("dispatch").text
        assert lab.do("waiting").out == ("nothing waits: no message, no timer",)
        assert isinstance(lab.do("step softirq").value, Strode)


def test_steps_need_a_clock_that_stands_and_words_that_are_known() -> None:
    with SyncLab("steady-load") as lab:
        for line in ("step", "waiting"):
            with pytest.raises(LabError, match="the clock runs: 'pause' stops it"):
                lab.do(line)
        lab.do("pause")
        with pytest.raises(LabError, match="nothing is listed"):
            lab.do("pick 1")
        with pytest.raises(LineError, match="did you mean 'dispatch'"):
            lab.do("step dispach")
        with pytest.raises(LabError, match="found 'sda', expected a mapped device: mpatha"):
            lab.do("step dispatch sda")
        with pytest.raises(LineError, match="expected a whole number from 1"):
            lab.do("pick none")
        lab.do("waiting")
        with pytest.raises(LineError, match="expected a number from 1 to"):
            lab.do("pick 4000")


@pytest.mark.parametrize("kind", KINDS)
def test_while_the_clock_stands_what_needs_no_time_is_answered(kind: RuntimeKind) -> None:
    with paused(kind) as lab:
        assert lab.do("now").rc == 0
        assert lab.do("fault sda error").rc == 0
        assert lab.do("io read mpatha 0+8").rc is None, "a read does need it"
        assert lab.do("go").rc == 0


def history(lab: SyncLab) -> list[str]:
    """Forty steps."""
    return [step.text for _ in range(40) for step in lab.step().steps]


def test_the_same_steps_of_the_simulation_every_time() -> None:
    with paused("simulation") as one, paused("simulation") as other:
        assert history(one) == history(other)


async def test_the_asynchronous_lab_steps_too() -> None:
    async with Lab("steady-load") as lab:
        await lab.do("pause")
        assert (await lab.step()).reached
        items = await lab.waiting()
        assert (await lab.pick(items[0])).text == items[0].text
        assert isinstance(lab.session, Session)
