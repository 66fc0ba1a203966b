"""Whatever happens to paths: multipathd stays consistent, and when all is well again it has reinstated every path."""

from __future__ import annotations

from helpers.multipathd import MS, MultipathdBench
from hypothesis import given, settings
from hypothesis import strategies as st

PATHS = ("sda", "sdb", "sdc", "sdd")
FOUND = ("up", "down", "ghost", "offline", None)
ACTS = st.one_of(
    st.tuples(st.just("found"), st.sampled_from(PATHS), st.sampled_from(FOUND)),
    st.tuples(st.just("io_fails"), st.sampled_from(PATHS), st.none()),
    st.tuples(st.just("by_hand"), st.sampled_from(PATHS), st.none()),
    st.tuples(st.just("run"), st.integers(0, 700), st.none()),
)
SETTINGS = st.fixed_dictionaries({
    "no_path_retry": st.sampled_from((0, -1, -2, 1, 5)),
    "failback": st.sampled_from((0, -1, -2, 300 * MS)),
    "reinstate_checks": st.integers(1, 3),
    "delay_watch_checks": st.integers(0, 2),
    "delay_wait_checks": st.integers(0, 3),
})


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTS, max_size=40), SETTINGS, st.sampled_from(("modern", "2.6.31")))
def test_it_stays_consistent_and_takes_every_good_path_back(acts: list, given_settings: dict, era: str) -> None:
    bench = MultipathdBench(("sda", "sdb"), ("sdc", "sdd"), era=era, **given_settings)  # type: ignore[arg-type]
    for what, who, value in acts:
        if what == "found":
            bench.found[who] = value
        elif what == "run":
            bench.run(who * MS)
        elif what == "io_fails":
            bench.io_fails(who)
        else:
            bench.kernel.active[who] = True
            bench.event()
        consistent(bench)
    bench.found = dict.fromkeys(PATHS, "up")
    bench.run(6000 * MS)
    consistent(bench)
    assert all(bench.kernel.active.values())
    assert {bench.path(path).state for path in PATHS} == {"up"} and bench.map.active == 4
    retry = given_settings["no_path_retry"]
    assert bench.map.mode == ("queue" if retry == -2 else "normal")
    if retry:
        assert bench.kernel.queueing is (retry != -1)
    if given_settings["failback"] == -1:
        assert bench.kernel.nextpg == bench.map.bestpg


def consistent(bench: MultipathdBench) -> None:
    """What holds at all times."""
    view = bench.map
    usable = [path for path in bench.daemon.snapshot(9).paths if path.state in ("up", "ghost")]
    assert view.active >= len(usable)
    assert (view.mode in ("recovery", "off")) <= (view.active == 0)
    for path in bench.daemon.snapshot(9).paths:
        assert path.pending <= bench.daemon.spec.checker_timeout
        assert bench.daemon.spec.polling_interval <= path.interval <= bench.daemon.spec.max_polling_interval
        assert path.reinstated <= path.failures
    assert not bench.daemon._calls and not bench.daemon._reading
