"""The fork server: what a child has of it and what not, and what happens when it ends before its children."""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

import psutil
import pytest
import runtime_toys as toys
from runtime_run import LIMIT_S, Make, Run

from emulator.commands import Kill, Revive
from emulator.runtime import forks, launch


def server_of(run: Run) -> psutil.Process:
    """The process that forked the machines."""
    parents = {psutil.Process(pid).ppid() for pid in run.pids.values()}
    assert len(parents) == 1
    server = psutil.Process(parents.pop())
    assert server.ppid() == os.getpid()
    return server


def end_of(server: psutil.Process) -> None:
    """Kill it and wait until it is dead, with all that it had open closed; it stays the runtime's to reap."""
    death = os.pidfd_open(server.pid)
    try:
        server.kill()
        assert select.select([death], (), (), LIMIT_S)[0]
    finally:
        os.close(death)


def test_the_children_are_the_servers_and_it_is_named(make: Make) -> None:
    run = make().up()
    server = server_of(run)
    assert server.cmdline()[0] == "dmtui: fork server"
    assert server.num_threads() == 1
    sessions = {os.getsid(pid) for pid in (*run.pids.values(), server.pid)}
    assert len(sessions) == len(run.pids) + 1


def test_a_child_has_the_pipes_of_its_own_links_and_no_others(make: Make) -> None:
    run = make().up()

    def pipes(pid: int) -> list[str]:
        links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        return [link for link in links if link.startswith("pipe:")]

    every = {name: pipes(pid) for name, pid in run.pids.items()}
    for name, found in every.items():
        assert len(found) == len(set(found)), f"{name} has a pipe twice"
    holders: dict[str, set[str]] = {}
    for name, found in every.items():
        for pipe in found:
            holders.setdefault(pipe, set()).add(name)
    assert max(len(names) for names in holders.values()) == 2
    # Its own are the one that wakes it and those of its start; of its children it has the status pipes.
    server = set(pipes(server_of(run).pid))
    assert len(server & set(holders)) == len(run.pids)
    assert all(os.readlink(f"/proc/{pid}/fd/0") == os.devnull for pid in run.pids.values())


def test_machines_outlive_the_server_and_the_next_start_makes_another(make: Make) -> None:
    run = make(toys.plan(depth=400)).up()
    server = server_of(run)
    end_of(server)
    before = run.view("app").completed
    run.until(lambda: run.view("app").completed > before, "flow without the server")
    assert run.tell(Kill("sda")).ok
    assert run.runtime.processes()["sda"].status == forks.NOT_TOLD
    assert run.tell(Revive("sda")).ok
    run.until(lambda: run.runtime.processes()["sda"].state == "RUNNING", "the new process")
    again = psutil.Process(run.runtime.processes()["sda"].pid).ppid()
    assert again not in (server.pid, os.getpid(), psutil.Process(run.pids["sdb"]).ppid())
    assert run.runtime.failed == ""
    run.runtime.close()
    # Orphans are waited for by init, a moment after their end.
    limit = monotonic() + LIMIT_S
    while any(psutil.pid_exists(pid) for pid in run.pids.values()):
        assert monotonic() < limit


def test_a_signal_to_a_child_whose_end_was_not_told_yet_is_nothing() -> None:
    """The server waits for a child before it tells of its end: in between there is no such process any more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait(LIMIT_S)
    sentinel, status = os.pipe()
    life, ours = os.pipe()
    process = forks.ForkedProcess(gone.pid, sentinel, ours)
    try:
        process.kill()
        process.terminate()
    finally:
        process.close()
        os.close(status)
        os.close(life)


def test_a_child_that_cannot_be_started_again_is_an_outcome(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make().up()
    assert run.tell(Kill("sda")).ok

    def fork(*_: object) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    with monkeypatch.context() as patch:
        patch.setattr(forks.ForkServer, "fork", fork)
        refused = run.tell(Revive("sda"))
    assert refused.errno == errno.EAGAIN and refused.text == "sda could not be started: " + os.strerror(errno.EAGAIN)
    assert run.tell(Revive("sda")).ok
    run.until(lambda: run.runtime.processes()["sda"].state == "RUNNING", "the new process")


def test_the_server_ends_with_a_supervisor_that_is_killed() -> None:
    code = "from emulator.runtime.forks import ForkServer as F; f = F('runtime_toys:build_machine'); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, cwd=Path(toys.__file__).parent) as host:
        pids: list[psutil.Process] = []
        while not pids:
            assert host.poll() is None
            pids = psutil.Process(host.pid).children()
        fd = os.pidfd_open(pids[0].pid)
        host.send_signal(signal.SIGKILL)
        host.wait(LIMIT_S)
    try:
        assert select.select([fd], (), (), LIMIT_S)[0], "the fork server lives on"
    finally:
        os.close(fd)


def test_a_server_that_was_started_ahead_is_taken_once(make: Make) -> None:
    launch.launch_ahead()
    launch.launch_ahead()
    (ahead,) = psutil.Process().children()
    taken = forks.ForkServer(launch.DEFAULT_FACTORY)
    other = forks.ForkServer("runtime_toys:build_machine")
    try:
        assert len(psutil.Process().children()) == 2
    finally:
        taken.close()
        other.close()
    assert not psutil.pid_exists(ahead.pid)
    launch.launch_ahead()
    launch.drop_ahead()
