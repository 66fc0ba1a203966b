"""Processes that end: killed devices come back, killed others end the emulation, and nothing is ever left behind."""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic, time

import psutil
import pytest
import runtime_toys as toys
from runtime_run import LIMIT_S, Make, Run

from emulator.commands import Kill, Message, Revive
from emulator.runtime import supervisor
from emulator.runtime.desk import OUTCOMES_MAX
from emulator.runtime.folder import PREFIX, WORDS_KEPT_S, sweep
from emulator.runtime.supervisor import STARTS_MAX


def death_of(pid: int) -> int:
    """A descriptor that becomes readable when the process ends."""
    return os.pidfd_open(pid)


def deaths_of(pids: list[int]) -> list[int]:
    """One such descriptor for each process that is not gone: one that has already ended, and was reaped, has none."""
    found = []
    for pid in pids:
        with suppress(ProcessLookupError):  # asking first would be a race: it may go between the question and the open
            found.append(death_of(pid))
    return found


def peers(run: Run, name: str) -> str:
    """What *name* says about its peers."""
    return run.tell(Message(name, "peers")).text


def test_a_killed_device_is_gone_for_its_peers_only(make: Make) -> None:
    run = make().up()
    pid = run.pids["sda"]
    outcome = run.tell(Kill("sda"))
    assert (outcome.errno, outcome.text) == (0, f"sda (pid {pid}) was killed")
    for name in ("mpatha", "lun0", "softirq"):
        run.until(lambda name=name: peers(run, name) == "gone ['sda'] back []", f"the end of sda at {name}")
    assert peers(run, "app") == peers(run, "sdb") == "gone [] back []"
    info = run.runtime.processes()["sda"]
    assert (info.state, info.status, info.rss_bytes) == ("KILLED", -signal.SIGKILL, 0)
    run.until(lambda: "process_exited" in run.kinds())
    details = next(event.details for event in run.events if event.kind == "process_exited")
    assert (details["machine"], details["pid"], details["status"]) == ("sda", pid, -signal.SIGKILL)
    assert run.runtime.failed == ""


def test_a_revived_device_takes_part_again(make: Make) -> None:
    run = make(toys.plan(depth=400)).up()
    assert run.tell(Kill("sda")).ok
    outcome = run.tell(Revive("sda"))
    assert outcome.ok
    assert str(run.runtime.processes()["sda"].pid) in outcome.text
    for name in ("mpatha", "lun0", "softirq"):
        run.until(lambda name=name: peers(run, name) == "gone ['sda'] back ['sda']", f"sda back at {name}")
    run.until(lambda: run.runtime.processes()["sda"].state == "RUNNING", "the new process")
    assert peers(run, "sda") == "gone [] back []"
    assert run.view("sda").at > 0
    before = run.view("sda").completed
    run.until(lambda: run.view("sda").completed > before, "I/O through the new process")


def test_a_device_killed_and_revived_while_paused(make: Make) -> None:
    run = make(toys.plan(depth=64)).up()
    run.runtime.pause()
    run.until(lambda: run.view("mpatha").at == run.view("mpatha").at, "a standstill")
    assert run.tell(Kill("sda")).ok
    assert run.tell(Revive("sda")).ok
    assert peers(run, "mpatha") == "gone [] back []"
    run.runtime.go()
    for name in ("mpatha", "lun0", "softirq"):
        run.until(lambda name=name: peers(run, name) == "gone ['sda'] back ['sda']", f"sda back at {name}")


def test_a_lun_can_be_killed_and_revived(make: Make) -> None:
    run = make(toys.plan(ios=64)).up()
    assert run.tell(Kill("lun0")).ok
    assert run.tell(Revive("lun0")).ok
    for name in ("sda", "sdb"):
        run.until(lambda name=name: peers(run, name) == "gone ['lun0'] back ['lun0']", f"lun0 back at {name}")
    assert run.runtime.failed == ""


def test_a_flapping_device_is_not_started_for_ever(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STARTS_WINDOW_S", 3600.0)  # however long this machine takes for the starts
    run = make(toys.plan(ios=1)).up()
    for _ in range(STARTS_MAX - 1):
        assert run.tell(Kill("sda")).ok
        assert run.tell(Revive("sda")).ok
    assert run.tell(Kill("sda")).ok
    refused = run.tell(Revive("sda"))
    assert refused.errno == errno.EBUSY
    assert "too often" in refused.text


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("mpatha", "the mapped device is gone"),
        ("softirq", "nobody completes requests"),
        ("app", "the application is gone"),
    ],
)
def test_the_end_of_any_other_machine_ends_the_emulation(make: Make, name: str, meaning: str) -> None:
    run = make().up()
    assert run.tell(Kill(name)).ok
    assert name in run.runtime.failed
    assert "signal 9" in run.runtime.failed
    assert meaning in run.runtime.failed
    assert run.tell(Revive(name)).errno == errno.EINVAL


def test_the_clock_stands_at_the_end_of_the_emulation(make: Make) -> None:
    run = make().up()
    assert run.tell(Kill("mpatha")).ok
    run.runtime.set_speed(100.0)
    run.runtime.pause()
    run.runtime.go()
    for _ in range(4):
        run.runtime.advance(0.05)
    stood_us = run.runtime.now_us()
    run.runtime.advance(0.05)
    assert run.runtime.now_us() == stood_us


def test_a_death_from_outside_is_noticed(make: Make) -> None:
    run = make().up()
    os.kill(run.pids["softirq"], signal.SIGKILL)
    run.until(lambda: bool(run.runtime.failed), "the failure")
    assert "softirq" in run.runtime.failed


def test_a_machine_that_raises_gives_one_line_and_keeps_its_traceback(make: Make, folder: Path) -> None:
    run = make(run_folder=folder).up()
    assert run.tell(Message("mpatha", "boom")).errno == errno.ENODEV
    info = run.runtime.processes()["mpatha"]
    assert (info.state, info.status, info.words) == ("EXITED", 1, "RuntimeError: boom as told")
    assert run.runtime.failed.count("\n") == 0
    assert "boom as told" in run.runtime.failed
    assert "Traceback" in (folder / "mpatha.stderr").read_text()
    assert str(folder / "mpatha.stderr") in run.runtime.failed
    run.runtime.close()
    assert folder.exists()


def test_words_of_a_failed_process_stay_to_be_read(make: Make) -> None:
    run = make().up()
    assert run.tell(Message("mpatha", "boom")).errno == errno.ENODEV
    run.runtime.close()
    assert "boom as told" in (run.runtime.run_folder / "mpatha.stderr").read_text()


def test_the_next_run_takes_away_what_a_killed_supervisor_left(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait(LIMIT_S)
    names = (f"{gone.pid}-a", f"{gone.pid}-b", f"{os.getpid()}-c", f"{gone.pid}-d")
    dead, telling, ours, old = (tmp_path / f"{PREFIX}{name}" for name in names)
    for path in (dead, telling, ours, old):
        path.mkdir()
        (path / "sda.stderr").touch()
    for path in (telling, old):
        (path / "sda.stderr").write_text("words")
    os.utime(old, (0, time() - WORDS_KEPT_S - 60))
    sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([telling, ours])


def test_of_folders_with_a_purpose_only_those_are_taken_and_their_words_are_nobodys(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait(LIMIT_S)
    names = (f"{gone.pid}-visitor-a", f"{os.getpid()}-visitor-b", f"{gone.pid}-c")
    dead, ours, other = (tmp_path / f"{PREFIX}{name}" for name in names)
    for path in (dead, ours, other):
        path.mkdir()
        (path / "file").write_text("words")
    sweep(tmp_path, "visitor-", kept_s=-1.0)
    assert sorted(tmp_path.iterdir()) == sorted([ours, other])


def test_a_factory_that_fails_is_a_failure_before_the_start(make: Make) -> None:
    run = make(toys.plan(pattern="strided"))
    run.until(lambda: bool(run.runtime.failed), "the failure")
    assert "before the start" in run.runtime.failed or "the application is gone" in run.runtime.failed
    assert "cannot be built" in run.runtime.failed


def test_a_process_that_hears_nothing_is_ended_by_the_ladder(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """One spins, one is stopped: EXIT reaches neither, SIGTERM only the first, SIGKILL both."""
    monkeypatch.setattr(supervisor, "STOP_WAIT_S", 2.0)  # the others have to be let run in the meantime
    run = make().up()
    run.runtime.submit(Message("sda", "spin"))
    psutil.Process(run.pids["sdb"]).suspend()
    run.runtime.close()
    states = {info.name: info.status for info in run.runtime.processes().values()}
    assert states == {
        "sda": -signal.SIGTERM, "sdb": -signal.SIGKILL, "mpatha": 0, "app": 0, "lun0": 0, "softirq": 0,
    }


def test_close_while_paused_and_while_starting(make: Make) -> None:
    paused = make().up()
    paused.runtime.pause()
    paused.runtime.close()
    make().runtime.close()
    assert paused.runtime.advance(0.0) is not None


def test_ctrl_c_to_the_group_does_not_reach_the_children(make: Make) -> None:
    run = make().up()
    for pid in run.pids.values():
        os.kill(pid, signal.SIGINT)
        assert os.getpgid(pid) != os.getpgid(0)
    before = run.view("app").completed
    run.until(lambda: run.view("app").completed > before, "flow after SIGINT")


def test_outcomes_that_nobody_asks_for_are_bounded(make: Make) -> None:
    run = make(toys.plan(ios=1))
    serials = [run.runtime.submit(Message("nobody", "x")) for _ in range(OUTCOMES_MAX + 10)]
    assert run.runtime.outcome(serials[0]) is None
    assert run.runtime.outcome(serials[-1]) is not None


HOST = """
import os, signal, sys
with open(sys.argv[1] + "/mains", "a") as file:
    file.write(__name__ + "\\n")
if __name__ == "__main__":
    sys.path[:0] = sys.argv[3:]
    from pathlib import Path
    import runtime_toys as toys
    from emulator.commands import Message
    from emulator.runtime.process import ProcessRuntime
    plan = toys.plan(depth=400, read_share=0.0, block_sizes=((128, 1.0),))
    run = ProcessRuntime(plan, machine_factory="runtime_toys:build_machine", run_folder=Path(sys.argv[1]))
    while run.now_us() == 0:
        run.advance(0.01)
    if sys.argv[2] == "paused":
        run.pause()
    if sys.argv[2] == "spinning":
        run.submit(Message("mpatha", "spin"))
        run.advance(0.2)
    if sys.argv[2] == "stopped":
        os.kill(run.processes()["mpatha"].pid, signal.SIGSTOP)
    print(*(info.pid for info in run.processes().values()), flush=True)
    if sys.argv[2] == "raising":
        raise SystemExit(3)
    if sys.argv[2] != "mute":
        while True:
            run.advance(0.1)
    sys.stdin.read()
"""


@pytest.mark.parametrize("state", ["running", "paused", "spinning", "stopped", "mute", "raising"])
def test_no_child_outlives_its_supervisor(tmp_path: Path, state: str) -> None:
    """SIGKILLed (or left without close) in any state: every child is gone, and none imported the main module again."""
    script = tmp_path / "host.py"
    script.write_text(HOST)
    paths = [str(Path(toys.__file__).parent), str(Path(toys.__file__).parents[2])]
    command = [sys.executable, str(script), str(tmp_path), state, *paths]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout is not None
        pids = [int(word) for word in host.stdout.readline().split()]
        assert len(pids) == 6
        fds = deaths_of(pids)  # a host that raises may have taken some of its children along by now, as it should
        if state != "raising":
            host.kill()
        assert host.wait(LIMIT_S) == (3 if state == "raising" else -signal.SIGKILL)
    try:
        limit = monotonic() + LIMIT_S
        left = set(fds)
        while left:
            ready = select.select(list(left), (), (), max(0.0, limit - monotonic()))[0]
            assert ready, f"{len(left)} of the children live on"
            left -= set(ready)
    finally:
        for fd in fds:
            os.close(fd)
    assert (tmp_path / "mains").read_text() == "__main__\n"


def test_the_last_view_of_a_removed_machine_is_nobodys(make: Make) -> None:
    run = make().up()
    run.until(lambda: all(info.state == "RUNNING" for info in run.runtime.processes().values()), "all up")
    run.runtime.ask()
    death = death_of(run.pids["sdb"])
    try:
        child = run.runtime._supervisor.children["sdb"]
        run.runtime._supervisor.remove(child, b"")
        run.runtime._collector.forget("sdb")
        assert select.select([death], [], [], LIMIT_S)[0]  # its view lies in the channel, with its end behind it
    finally:
        os.close(death)
    run.until(lambda: "mpatha" in run.runtime.views(), "views of the others")
    assert "sdb" not in run.runtime.views()
