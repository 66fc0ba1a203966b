"""A scenario on the screen, over the simulation: orders, console lines, steps and the load after the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dmtui.console import talk
from dmtui.model import deeds
from dmtui.model.frame import Frame
from dmtui.model.log import describe
from dmtui.model.state import Model
from dmtui.model.talk import Ended
from dmtui.play import Play
from emulator.commands import InjectFault, Pause, StopLoad, Suspend
from emulator.events import Event
from emulator.lab.run import Run
from emulator.plan import FaultSpec
from emulator.scenario.loader import load_text
from emulator.snapshot import SubmitterView

ROOT = Path(__file__).resolve().parents[2]
(STEPS,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "steps.md").read_text(encoding="utf-8"), re.DOTALL)
LOADED = """\
name: loaded
about: One path under a load. Watch it.
duration: 300ms
luns: [{name: lun0, size: 64MiB}]
devices: [{name: sda, lun: lun0}]
mds: [{name: mpatha, table: 0 131072 multipath 0 0 1 1 round-robin 0 1 0 sda}]
submitters: [{name: app, target: mpatha, rate: 2000}]
expect: [bios.failed == 0]
"""
TURNS_MOST = 3_000


class Screen:
    """Turns a play and keeps everything that it hands over."""

    def __init__(self, scenario: str) -> None:
        self.play = Play(Run(load_text(scenario), "simulation", console=True), 1)
        self.frames: list[Frame] = []
        self.events: list[Event] = []

    def until(self, what: Callable[[], bool]) -> None:
        """Turn until *what* holds."""
        for _ in range(TURNS_MOST):
            events = self.play.turn(0.02)
            self.events += events
            self.frames.append(self.play.frame(tuple(events), 0))
            self.play.look(48, True)
            if what():
                return
        raise AssertionError(f"it did not come to pass; said: {self.said[-5:]}")

    @property
    def said(self) -> list[str]:
        """Every line of the console."""
        return [said.text for frame in self.frames for said in frame.said]

    @property
    def ended(self) -> list[Ended]:
        """Every line that has ended."""
        return [ended for frame in self.frames for ended in frame.ended]

    def line(self, text: str) -> list[str]:
        """Type a line, turn to its end; what it said."""
        before, ended = len(self.said), len(self.ended)
        self.play.talk.line(text)
        self.until(lambda: len(self.ended) > ended)
        return self.said[before:]


@pytest.fixture(autouse=True)
def _no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line goes to the background by what it waits for, not by how slow this machine is."""
    monkeypatch.setattr(talk, "PATIENCE_S", 3600.0)


@pytest.fixture
def screen() -> Iterator[Screen]:
    """A screen over a loaded path."""
    shown = Screen(LOADED)
    yield shown
    shown.play.close()


def test_a_line_says_what_it_says_everywhere(screen: Screen) -> None:
    assert screen.line("dmsetup table") == [
        "> dmsetup table", "mpatha: 0 131072 multipath 0 0 1 1 round-robin 0 1 1 8:0 1000 "
    ]
    assert screen.line("io read mpatha 0+8")[1].startswith("read ok=1 err=0 bytes=4096")
    assert screen.line("wibble")[1].startswith("found 'wibble', expected one of dmsetup")
    assert screen.line("hold sdz")[1].endswith("(did you mean 'sda'?)")
    assert [ended.rc for ended in screen.ended] == [0, 0, None, None]
    assert "sda" in screen.frames[-1].words["hold"]


def test_a_table_may_come_as_a_here_document(screen: Screen) -> None:
    for line in ("dmsetup create errs <<EOF", "0 8 error", "8 8 error"):
        screen.play.talk.line(line)
    screen.until(lambda: len(screen.said) == 3)
    assert not screen.ended
    screen.line("EOF")
    assert screen.ended[-1] == Ended("dmsetup create errs <<EOF", 0, "", waited=False)
    assert screen.line("dmsetup table errs")[1:] == ["0 8 error ", "8 8 error "]
    screen.play.talk.line("dmsetup create more <<EOF")
    screen.play.talk.interrupt()
    screen.until(lambda: screen.said[-1] == "^C")
    assert screen.line("dmsetup ls")[1].startswith("errs\t")


def test_a_refused_table_says_what_would_be_right(screen: Screen) -> None:
    said = screen.line("dmsetup create bad --table '0 8 erorr'")
    assert "Command failed." in said and "error" in said[-1]


def test_a_line_in_the_background_is_told_of_when_it_ends(screen: Screen) -> None:
    screen.play.talk.line("bg A wait event path_failed")
    screen.until(lambda: "[A]" in screen.said)
    screen.line("dmsetup message mpatha 0 fail_path sda")
    screen.until(lambda: "[A] done rc=0" in screen.said)


def test_ctrl_c_ends_a_suspend_that_waits_as_eintr(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "PATIENCE_S", 0.0)
    screen.play.talk.line("hold sda")
    screen.until(lambda: "fault hold in force on sda: hang" in " ".join(screen.said))
    screen.until(lambda: any(event.kind == "fault_fired" for event in screen.events))
    screen.play.talk.line("dmsetup suspend mpatha")
    screen.until(lambda: any(event.kind == "suspend_started" for event in screen.events))
    (waiting,) = screen.frames[-1].waiting
    assert waiting.endswith("] dmsetup suspend mpatha")
    screen.play.talk.interrupt()
    screen.until(lambda: screen.said[-1].endswith("done rc=1"))
    assert screen.said[-4] == "^C" and "suspend ioctl on mpatha  failed: Interrupted system call" in screen.said[-3]
    screen.until(lambda: any(e.kind == "suspend_failed" and e.details["errno"] == 4 for e in screen.events))
    assert screen.frames[-1].waiting == () and screen.ended[-1].waited


def test_ctrl_c_does_not_end_io_but_what_else_waits(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "PATIENCE_S", 0.0)
    screen.play.talk.interrupt()
    screen.until(lambda: "nothing waits here" in screen.said[-1])
    screen.play.talk.line("hold sda")
    screen.until(lambda: bool(screen.ended))
    screen.play.talk.line("io read mpatha 0+8")
    screen.until(lambda: bool(screen.frames[-1].waiting))
    screen.play.talk.interrupt()
    for _ in range(20):
        screen.until(lambda: True)
    assert screen.frames[-1].waiting, "a read hears no signal"
    screen.play.talk.line("run 1000s")
    screen.until(lambda: len(screen.frames[-1].waiting) == 2)
    screen.play.talk.interrupt()
    screen.until(lambda: screen.said[-1].endswith("failed: interrupted"))
    assert len(screen.frames[-1].waiting) == 1


def test_it_works_while_the_clock_stands(screen: Screen) -> None:
    screen.play.order(1, "pause", Pause())
    screen.until(lambda: screen.frames[-1].paused)
    assert screen.line("dmsetup status")[1].startswith("mpatha: 0 131072 multipath 2 0 0 0 1 1 ")
    assert screen.line("run 1s")[1] == "the clock stands: 'go' lets it run on"
    assert screen.line("go")[1] == "the clock runs"
    assert not screen.frames[-1].paused


def test_keys_and_lines_give_the_same_commands(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, given = screen.play.runtime, []
    submit = runtime.submit
    monkeypatch.setattr(runtime, "submit", lambda command: given.append(command) or submit(command))
    screen.play.order(7, "stop", StopLoad("app"))
    screen.until(lambda: any(frame.done for frame in screen.frames))
    screen.line("stop app")
    screen.line("dmsetup suspend --noflush mpatha")
    assert given.count(StopLoad("app")) == 2 and Suspend("mpatha", noflush=True) in given
    (done,) = [done for frame in screen.frames for done in frame.done]
    assert (done.ticket, done.outcome.errno) == (7, 0)


def test_the_load_begins_again_after_the_verdict(screen: Screen) -> None:
    screen.until(lambda: screen.play.verdict is not None)
    assert screen.play.verdict is not None and screen.play.verdict.held == 1
    completed = _completed(screen)
    screen.until(lambda: _completed(screen) > completed + 100)


def _completed(screen: Screen) -> int:
    screen.play.runtime.ask()
    view = screen.play.runtime.views()["app"]
    assert isinstance(view, SubmitterView)
    return view.completed


def test_steps_are_played_and_told_in_the_log() -> None:
    screen = Screen(STEPS.replace("crc32: c71c0011", "crc32: c71c0012", 1))
    screen.until(lambda: screen.play.verdict is not None)
    lines = [describe(event) for event in screen.events if event.kind == "step"]
    assert [line.tone for line in lines] == ["bad"] + ["mine"] * 6
    assert lines[0].text == "step 1: io read 0+8: crc32 is c71c0011, expected c71c0012"
    assert lines[1].text == "step 2: fault sdb error errno=ETIMEDOUT times=1: as expected"
    verdict = screen.play.verdict
    assert verdict is not None and (verdict.held, len(verdict.broken)) == (7, 1)
    assert screen.play.story.expects == 8
    screen.play.close()


def test_steps_wait_while_somebody_stands_the_clock_still() -> None:
    screen = Screen(STEPS)
    screen.until(lambda: len(screen.play.run.held) == 2)
    screen.play.order(1, "pause", Pause())
    screen.until(lambda: screen.frames[-1].paused)
    held = len(screen.play.run.held)
    for _ in range(50):
        screen.until(lambda: True)
    assert len(screen.play.run.held) == held and screen.play.verdict is None
    screen.line("go")
    screen.until(lambda: screen.play.verdict is not None)
    assert screen.play.verdict is not None and screen.play.verdict.held == 8
    screen.play.close()


TIMELINE = """\
timeline:
  - {at: 1ms, inject: {name: flaky, type: error, target: sda, nth: 3}}
"""


def test_what_the_timeline_or_a_line_put_in_force_can_be_put_in_force_again() -> None:
    screen = Screen(LOADED + TIMELINE)
    model = Model()

    def faults() -> set[str]:
        model.apply(screen.frames[-1])
        return {fault.name for fault in model.faults()}

    def cleared(name: str) -> FaultSpec:
        (standing,) = [fault for fault in model.faults() if fault.name == name]
        (undo,) = deeds.clear_faults(model, "sda", [standing]).undo
        assert isinstance(undo, InjectFault) and undo.target == "sda"
        return undo.fault

    screen.until(lambda: bool(screen.frames[-1].views) and "flaky" in faults())
    assert cleared("flaky") == FaultSpec("flaky", "error", "sda", nth=3)
    screen.line("fault sda latency name=slow op=write")
    screen.line("fault sda latency name=slow op=read")  # refused: EEXIST
    screen.until(lambda: "slow" in faults())
    assert cleared("slow").op == "write"
    screen.play.close()
