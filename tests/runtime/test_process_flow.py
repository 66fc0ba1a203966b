"""The process runtime carries messages: flow, batching, backpressure, views, commands, traces."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest
import runtime_toys as toys
from runtime_run import Make, Run, open_files

from emulator.commands import Kill, Message, Revive
from emulator.plan import Plan
from emulator.runtime.process import ProcessRuntime
from emulator.trace.recorder import NOT_RECORDING, Recorded, Wanted


def test_every_bio_comes_back(make: Make) -> None:
    run = make(toys.plan(ios=5000)).up()
    run.until(lambda: run.view("app").completed == 5000, "5000 bios")
    app, md = run.view("app"), run.view("mpatha")
    assert (app.submitted, app.outstanding, md.counters.bios, md.counters.bios_completed) == (5000, 0, 5000, 5000)
    assert run.view("sda").completed + run.view("sdb").completed == 5000
    assert run.view("lun0").reads == run.view("softirq").handled == 5000
    assert run.runtime.failed == ""


def test_processes_are_named_and_off_the_terminal(make: Make) -> None:
    run = make().up()
    infos = run.runtime.processes()
    assert {info.kind for info in infos.values()} == {"md", "device", "softirq", "lun", "submitter"}
    for info in infos.values():
        process = psutil.Process(info.pid)
        assert process.cmdline()[0] == f"dmtui: {info.name} ({info.kind})"
        assert os.getsid(info.pid) == os.getpgid(info.pid) == info.pid
        assert os.readlink(f"/proc/{info.pid}/fd/0") == "/dev/null"
        assert os.readlink(f"/proc/{info.pid}/fd/2") == str(run.runtime.run_folder / f"{info.name}.stderr")
        assert 0 < info.rss_bytes < 40 << 20
        assert info.state == "RUNNING"


def test_children_load_nothing_of_the_faces(make: Make) -> None:
    run = make().up()
    maps = {name: Path(f"/proc/{pid}/maps").read_text() for name, pid in run.pids.items()}
    for name, text in maps.items():
        for module in ("pydantic_core", "ruamel"):
            assert module not in text, f"{name} loads {module}"


def test_bios_with_data_larger_than_the_pipes_do_not_deadlock(make: Make) -> None:
    """Two machines that write more than a pipe holds to each other both go on."""
    run = make(toys.plan(ios=600, depth=300, read_share=0.0, block_sizes=((128, 1.0),))).up()
    run.until(lambda: run.view("app").completed == 600, "600 bios of 64 KiB")


def test_messages_stay_in_the_pipes_while_a_peer_stands_still(make: Make) -> None:
    run = make(toys.plan(depth=400, read_share=0.0, block_sizes=((128, 1.0),))).up()
    stopped = psutil.Process(run.pids["mpatha"])
    stopped.suspend()
    try:
        done = []
        run.until(lambda: done.append(run.runtime.now_us()) or len(done) > 3, "some time")  # type: ignore[func-returns-value]
    finally:
        stopped.resume()
    before = run.view("app").completed
    run.until(lambda: run.view("app").completed > before + 100, "the flow after the stop")
    assert run.runtime.failed == ""


def test_views_are_frozen_answers_to_ask(make: Make) -> None:
    run = make(toys.plan(ios=10))
    assert run.runtime.views() == {}
    run.up()
    run.look()
    assert set(run.runtime.views()) == set(run.pids)
    first = run.runtime.views()["app"]
    assert run.view("app").at > first.at


def test_a_snapshot_can_show_a_lock_held_with_waiters(make: Make) -> None:
    """A snapshot is taken between two steps in the middle of a run, not only when a machine has come to rest."""
    run = make(toys.plan(devices=1, depth=400)).up()
    run.until(lambda: bool((lock := run.view("sda").lock).holder and lock.waiters), "a held lock with waiters")


def test_commands_are_answered_by_their_machine(make: Make) -> None:
    run = make().up()
    outcome = run.tell(Message("sda", "hello"))
    assert outcome.ok
    assert outcome.text == "message ('hello', 0)"
    assert outcome.at_us > 0


def test_an_outcome_is_handed_out_once(make: Make) -> None:
    run = make().up()
    serial = run.runtime.submit(Message("nobody", "hello"))
    outcome = run.runtime.outcome(serial)
    assert outcome is not None
    assert outcome.errno == errno.ESRCH
    assert "sda" in outcome.text
    assert run.runtime.outcome(serial) is None


def test_revive_of_the_living_and_kill_of_the_dead(make: Make) -> None:
    run = make().up()
    assert run.tell(Revive("sda")).errno == errno.EINVAL
    assert run.tell(Kill("sda")).ok
    assert run.tell(Kill("sda")).errno == errno.ESRCH
    assert run.tell(Message("sda", "hello")).errno == errno.ESRCH


def test_many_events_reach_the_face_in_order(make: Make) -> None:
    """More than the control socket holds: the child waits instead of dropping."""
    run = make(toys.plan(ios=1)).up()
    assert run.tell(Message("lun0", "chat", 20_000)).ok
    run.until(lambda: len(run.events) >= 20_000, "20000 events")
    texts = [event.details["text"] for event in run.events if event.kind == "message"]
    assert texts == [str(number) for number in range(20_000)]
    serials = [event.serial for event in run.events]
    assert serials == sorted(set(serials))


def test_advance_until_does_not_pass_the_instant(make: Make) -> None:
    run = make(toys.plan(ios=1)).up()
    goal = run.runtime.now_us() + 30_000
    while run.runtime.now_us() < goal:
        assert run.runtime.advance_until(goal, 3600.0) == []


def recorded(run: Run, **wanted: Wanted) -> dict[str, Recorded]:
    """Ask and wait for the answers."""
    serial = run.runtime.ask_recorded(wanted)
    found: list[Mapping[str, Recorded]] = []

    def came() -> bool:
        answers = run.runtime.recorded(serial)
        if answers is not None:
            found.append(answers)
        return bool(found)

    run.until(came, "the records")
    return dict(found[0])


def test_machines_record_only_when_told(make: Make) -> None:
    run = make(toys.plan(ios=100)).up()
    assert recorded(run, sda=Wanted()) == {"sda": Recorded("sda", (), NOT_RECORDING)}
    run.runtime.record(True)
    assert run.tell(Message("sda", "trace")).ok
    answer = recorded(run, sda=Wanted(functions=("event",)), nobody=Wanted())
    assert set(answer) == {"sda"}
    assert [event[4:] for _, event in answer["sda"].events] == [("message", ("trace", 0))]
    run.runtime.record(False)
    assert recorded(run, sda=Wanted())["sda"].whole_since_us == NOT_RECORDING


def test_a_killed_machine_takes_its_record_along(make: Make) -> None:
    run = make(toys.plan(ios=100)).up()
    run.runtime.record(True)
    assert run.tell(Message("sda", "trace")).ok
    assert run.tell(Kill("sda")).ok
    assert recorded(run, sda=Wanted()) == {}
    assert run.tell(Revive("sda")).ok
    run.until(lambda: run.runtime.processes()["sda"].state == "RUNNING", "the new process")
    again = recorded(run, sda=Wanted(functions=("event",)))["sda"]
    assert again.events == () and again.whole_since_us > 0



def test_a_link_to_nobody_is_refused_before_anything_starts() -> None:
    before = open_files()
    with pytest.raises(ValueError, match="link softirq -> mpatha: no such machine"):
        ProcessRuntime(Plan(name="bad link"), machine_factory="runtime_toys:build_machine")
    assert open_files() == before
