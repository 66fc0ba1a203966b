"""The target with devices, LUN and softirq worker in a later kernel: ALUA failover and failback, an md over an md."""

from __future__ import annotations

import errno

import pytest
from helpers.stage import Stage, fixed, ok, plan

from emulator.commands import ClearFault, Command, InjectFault, Message, Resume, Suspend
from emulator.plan import FaultSpec, MdSpec

ALUA = "0 2097152 multipath 1 queue_if_no_path 1 alua 2 1 round-robin 0 1 1 8:0 1 round-robin 0 1 1 8:16 1"
SECOND_US = 1_000_000


def stage(**sdb: object) -> Stage:
    fit = {"handlers": ("alua",), "pg_init_time": fixed(500)}
    return Stage(plan(ALUA, era="modern", devices={"*": fit, "sdb": {**fit, "access": "standby", **sdb}}))


def do(play: Stage, command: Command) -> int:
    serial = play.do(command)
    play.play(100)
    outcome = play.outcome(serial)
    assert outcome is not None
    return outcome.errno


def status(play: Stage) -> str:
    assert play.md.table is not None
    return play.md.table.target.status_line()


def test_failover_activates_the_standby_path_and_failback_takes_a_message() -> None:
    play = stage()
    first = play.read(0, unplug=True)
    play.play(SECOND_US)
    assert status(play) == "2 0 1 0 2 1 A 0 1 0 8:0 A 0 E 0 1 0 8:16 A 0 "
    assert do(play, InjectFault("sda", FaultSpec("dead", "error", "sda"))) == 0
    second = play.read(8, unplug=True)
    play.play(SECOND_US)
    assert play.bios() == ok([first, second]) and play.device("sdb").access.state == "active/optimized"
    assert status(play) == "2 0 1 0 2 2 E 0 1 0 8:0 F 1 A 0 1 0 8:16 A 0 "
    do(play, ClearFault("sda"))
    do(play, Message("md", "reinstate_path 8:0"))
    third = play.read(16, unplug=True)
    play.play(SECOND_US)
    assert status(play).startswith("2 0 1 0 2 2 "), "no failback by itself"
    do(play, Message("md", "switch_group 1"))
    fourth = play.read(24, unplug=True)
    play.play(SECOND_US)
    assert play.bios() == ok([first, second, third, fourth])
    assert status(play) == "2 0 1 0 2 1 A 0 1 0 8:0 A 1 E 0 1 0 8:16 A 0 "
    answers = [(event.details["device"], event.details["result"]) for event in play.of_kind("pg_init")]
    assert answers == [("sda", "OK"), ("sdb", "OK"), ("sda", "OK")]


def test_a_standby_path_that_the_host_cannot_activate_fails_its_io() -> None:
    play = stage(explicit=False)
    do(play, Message("md", "switch_group 2"))
    bio = play.read(0, unplug=True)
    play.play(SECOND_US)
    assert play.bios() == ok([bio])
    assert status(play) == "2 0 1 0 2 1 A 0 1 0 8:0 A 0 E 0 1 0 8:16 F 1 "


def test_a_transition_is_waited_out() -> None:
    play = stage()
    moving = FaultSpec("moving", "alua", "sdb", duration=3 * SECOND_US, params=(("state", "transitioning"),))
    do(play, InjectFault("sdb", moving))
    do(play, Message("md", "fail_path 8:0"))
    bio = play.read(0, unplug=True)
    play.play(2 * SECOND_US)
    assert play.bios() == []
    assert "8:16 F 1" in status(play), "RETRY with no pg_init_retries fails the path"
    play.play(2 * SECOND_US)
    do(play, Message("md", "reinstate_path 8:16"))
    play.play(SECOND_US)
    assert play.bios() == ok([bio])


LOWER = MdSpec("lower", "253:9", "0 2097152 multipath 0 0 1 1 round-robin 0 2 1 8:0 1 8:16 1", era="modern")


def stacked() -> Stage:
    return Stage(plan("0 2097152 multipath 0 0 1 1 round-robin 0 1 1 253:9 1", era="modern", mds=(LOWER,)))


@pytest.mark.parametrize("dead", [("sda",), ("sda", "sdb")])
def test_an_md_below(dead: tuple[str, ...]) -> None:
    play = stacked()
    for name in dead:
        do(play, InjectFault(name, FaultSpec("dead", "error", name)))
    bios = [play.write(8 * number, unplug=True) for number in range(10)]
    play.play(SECOND_US)
    lower = play.md_named("lower").table
    assert lower is not None
    if len(dead) == 1:
        assert sorted(play.bios()) == ok(bios) and "253:9 A 0" in status(play)
        assert lower.target.view().nr_valid_paths == 1
    else:
        assert {error for _, error in play.bios()} == {errno.EIO} and "253:9 F 1" in status(play)


def test_a_suspend_under_load_and_a_path_lost_in_it() -> None:
    play = Stage(plan("0 2097152 multipath 0 0 1 1 queue-length 0 2 1 8:0 1 8:16 1", era="modern"))
    do(play, InjectFault("sda", FaultSpec("silent", "hang", "sda")))
    bios = [play.write(100 * number, unplug=True) for number in range(8)]
    play.play(SECOND_US)
    serial = play.do(Suspend("md", noflush=True))
    play.play(1000)
    assert play.outcome(serial) is None
    do(play, InjectFault("sda", FaultSpec("off", "gone", "sda")))
    play.play(SECOND_US)
    outcome = play.outcome(serial)
    assert outcome is not None and outcome.ok and len(play.bios()) < len(bios)
    assert do(play, Resume("md")) == 0
    play.play(SECOND_US)
    assert sorted(play.bios()) == ok(bios)
