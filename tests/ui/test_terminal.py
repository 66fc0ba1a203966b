"""The real thing in a real terminal: real processes under load, keys, kills, and every way out."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ui.terminal import ENTER_SCREEN, LIMIT_S, Terminal

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("size", [(160, 50), (80, 24)])
def test_open_break_a_path_look_and_quit(size: tuple[int, int]) -> None:
    with Terminal("steady-load", width=size[0], height=size[1]) as terminal:
        terminal.until("bios failed")
        terminal.type("e")
        terminal.until("▼ failed")
        terminal.type("9")
        terminal.until("requeued")
        terminal.type(" ")
        terminal.until("PAUSED")
        terminal.type("?")
        terminal.until("end_clone_bio does not complete")
        terminal.type("q")
        terminal.until("PAUSED")
        terminal.type(" ")
        terminal.until("running")
        terminal.type("q")
        assert terminal.end() == 0
        assert terminal.restored() and terminal.wait_alone() == []


def test_another_scenario_without_leaving_and_another_size() -> None:
    with Terminal("one-path-fails") as terminal:
        terminal.until("bios failed")
        terminal.type("o")
        terminal.until("open a scenario")
        terminal.type("stacked\r")
        terminal.until("upper")
        terminal.resize(80, 24)
        terminal.type("2")
        terminal.until("lower1")
        terminal.type("\x03")
        assert terminal.end() == 0
        assert terminal.restored() and terminal.wait_alone() == []


def test_a_killed_md_is_told_and_leaves_status_3() -> None:
    with Terminal("steady-load", width=80, height=24) as terminal:
        terminal.until("bios failed")
        terminal.type("2K")
        terminal.until("SIGKILL")
        terminal.type("y")
        terminal.until("EMULATION ENDED")
        terminal.type("q")
        assert terminal.end() == 3
        assert "the emulation ended" in terminal.shown
        assert terminal.restored() and terminal.wait_alone() == []


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGTSTP])
def test_a_process_that_was_stopped_goes_on_as_before(number: signal.Signals) -> None:
    """Each time Textual began another thread that reads the keys, and each key went to one of them."""
    with Terminal("steady-load", width=80, height=24) as terminal:
        terminal.until("bios failed")
        threads = Path(f"/proc/{terminal.process.pid}/task")
        before = len(list(threads.iterdir()))
        for _ in range(4):
            terminal.process.send_signal(number)
            terminal.wait_stopped()
            terminal.type("")
            terminal.process.send_signal(signal.SIGCONT)
            terminal.until("bios failed")
            terminal.type("?")
            terminal.until("esc close")
            terminal.type("q")
            terminal.until("bios failed")
        assert len(list(threads.iterdir())) == before
        terminal.type("q")
        assert terminal.end() == 0
        assert terminal.restored() and terminal.wait_alone() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_an_ordinary_way_out(number: signal.Signals) -> None:
    with Terminal("steady-load", width=80, height=24) as terminal:
        terminal.until("bios failed")
        terminal.process.send_signal(number)
        assert terminal.end() == 128 + number
        assert terminal.restored() and terminal.wait_alone() == []


def test_a_terminal_that_is_closed_leaves_nothing_behind() -> None:
    """As a terminal emulator does that is closed, or a tmux that is killed: SIGHUP, then SIGCONT."""
    with Terminal("steady-load", width=80, height=24) as terminal:
        terminal.until("bios failed")
        terminal.hang_up()
        assert terminal.process.wait(LIMIT_S) in (128 + signal.SIGHUP, -signal.SIGHUP)
        assert terminal.wait_alone() == []


def test_a_terminal_that_vanishes_without_a_signal_ends_it_too() -> None:
    """As when the program that made the terminal was killed."""
    with Terminal("steady-load", width=80, height=24) as terminal:
        terminal.until("bios failed")
        terminal.vanish()
        assert terminal.process.wait(LIMIT_S) == 128 + signal.SIGHUP
        assert terminal.wait_alone() == []


def test_a_broken_scenario_starts_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("name: broken\nabuot: x\nseed: many\n")
    with Terminal(str(broken)) as terminal:
        assert terminal.end() == 2
        assert "broken.yaml:2:1" in terminal.shown and "broken.yaml:3:7" in terminal.shown
        assert "Traceback" not in terminal.raw and ENTER_SCREEN not in terminal.raw
        assert terminal.wait_alone() == []


@pytest.mark.parametrize("size", [(160, 50), (80, 24)])
def test_the_console_in_the_dashboard(size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with Terminal("steady-load", width=size[0], height=size[1]) as terminal:
        terminal.until("bios failed")
        terminal.type(":")
        terminal.until("esc leaves")
        terminal.type("dmsetup st\t\r")
        terminal.until("multipath 2 0 0 0 1 1 A 0 2 0 8:0 A 0 8:16 A 0")
        terminal.type("fault sda hang\r")
        terminal.until("in force on sda")
        terminal.type("wait event fault_fired\r")
        terminal.until("request=")
        terminal.type("dmsetup suspend mpatha\r")
        terminal.until("^C interrupts")
        terminal.until("SUSPENDING")
        terminal.type("\x03")
        terminal.until("failed: Interrupted system call")
        terminal.type("help kill\r")
        terminal.until("SIGKILL its process")
        terminal.type("\x1b")
        terminal.until("esc closes")
        terminal.type("q")
        assert terminal.end() == 0
        assert terminal.restored() and terminal.wait_alone() == []
    assert "+dmsetup suspend mpatha" in (tmp_path / "dmtui" / "console_history").read_text(encoding="utf-8")


def test_what_was_done_by_hand_is_saved_and_played_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    saved = tmp_path / "normal-flow-mine.yaml"
    with Terminal("normal-flow", place=tmp_path) as terminal:
        terminal.until("bios failed")
        terminal.type("x")
        terminal.until("▼ failed")
        terminal.type(" ")
        terminal.until("PAUSED")
        terminal.type(".")
        terminal.until("step: ")
        terminal.type("Y")
        terminal.until("each at its emulated time")
        terminal.type("\r")
        terminal.until("plays it without a screen")
        terminal.type("q")
        assert terminal.end() == 0
        assert terminal.restored() and terminal.wait_alone() == []
    assert "fail_path" in saved.read_text(encoding="utf-8")
    words = [sys.executable, "-c", "from dmtui.cli import main; main()", "run", "--runtime", "simulation", str(saved)]
    played = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert "normal-flow-mine (simulation" in played.stdout, played.stderr
    assert "paths     sda failed" in played.stdout
