"""From the dashboard's orders and lines to a file: the feed over real processes, then the file without a screen."""

from __future__ import annotations

import queue
from pathlib import Path

import pytest

from dmtui.feed import Feed
from emulator.commands import InjectFault, SetSpeed
from emulator.lab.deedlog import Told
from emulator.lab.run import Run
from emulator.plan import FaultSpec
from emulator.scenario.library import load_scenario
from emulator.scenario.writing import entry_of, with_entries
from tests.ui.test_feed import until

LIMIT_S = 60.0


def told_by(feed: Feed) -> Told:
    """What the reader thread tells."""
    box: queue.Queue[Told] = queue.Queue()
    assert feed.deeds(box.put)
    return box.get(timeout=LIMIT_S)


@pytest.mark.alone
def test_what_was_done_on_processes_is_done_again(tmp_path: Path) -> None:
    feed = Feed("normal-flow")
    try:
        feed.start()
        until(feed, lambda frame: bool(frame.views))
        feed.give("fault", InjectFault("sda", FaultSpec("cut", "error", "sda")))
        feed.give("speed", SetSpeed(speed=0.5))
        feed.say("dmsetup message mpatha 0 fail_path 8:0")
        feed.say("dmsetup status")
        until(feed, lambda frame: any(said.voice == "out" and "multipath" in said.text for said in frame.said))
        told = told_by(feed)
    finally:
        assert feed.close()
    assert [next(iter(did.action)) for did in told.deeds] == ["inject", "speed", "fail_path"]
    assert 0 < told.deeds[0].at_us <= told.deeds[-1].at_us <= told.now_us
    path = tmp_path / "again.yaml"
    entries = [entry_of(did.at_us, did.action, did.answer) for did in told.deeds]
    path.write_text(with_entries(told.scenario, entries, told.now_us))
    run = Run(load_scenario(path), "simulation")
    acted = []
    try:
        while not run.finished:
            acted += [event for event in run.turn(0.1) if event.kind == "action"]
    finally:
        run.close()
    assert [event.at_us for event in acted] == [did.at_us for did in told.deeds]
