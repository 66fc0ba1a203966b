"""The verdict of a path check and what follows from it (check_path of multipathd's main.c).  Runs in multipathd's
process.

A path whose state changes is failed or reinstated in the kernel at once and checked at the shortest interval again;
while it stays good the interval doubles up to ``max_polling_interval``. """

from __future__ import annotations

from emulator.multipathd import marginal, san_path_err
from emulator.multipathd.path import Answer, CheckedPath
from emulator.multipathd.words import USABLE, checker_message


def check_path(path: CheckedPath, answer: Answer) -> None:
    """Take the *answer* of a check, the kernel's state of the map being known."""
    map = path.map
    good = answer.state in USABLE
    if good and _kept_out(path):
        return
    if answer.state != path.state:
        _changed(path, answer, good)
        if not good:
            return
    elif good:
        _still_good(path)
        map.failback.path_checked(path, False, False)
        return
    else:
        if path.active and not path.messages:
            map.fail(path, False)
        return


def _kept_out(path: CheckedPath) -> bool:
    """A good path that is not to be reinstated yet; its state says why."""
    map, now = path.map, path.map.daemon.now_us
    others = map.active() > 0

    def log(text: str) -> None:
        map.log(text, path.name)

    if marginal.enabled(path):
        def say(text: str) -> None:
            log(f"io error statistic: {text}")

        if marginal.keeps_out(path, now, others, say, map.daemon.sample):
            map.set_state(path, "shaky")
            return True
    elif san_path_err.enabled(path) and san_path_err.keeps_out(path, now, others, log):
        map.set_state(path, "delayed")
        return True
    if path.wait_checks:
        if others:
            path.wait_checks -= 1
            map.set_state(path, "delayed")
            return True
        path.wait_checks = 0
    return False


def _changed(path: CheckedPath, answer: Answer, good: bool) -> None:
    map, was, was_active = path.map, path.state, path.usable
    first = was == "unchecked" and good and path.active
    if not first:
        checker = path.settings.path_checker
        map.log(checker_message(map.era, map.name, path.name, checker, answer.state, answer.offline), path.name)
    map.set_state(path, answer.state)
    path.checkint = map.daemon.spec.polling_interval
    if not good:
        map.count_failure(path)
        map.fail(path, was_active)
        return
    if was not in USABLE and not path.active and _may_reinstate(path):
        map.reinstate(path)
    if answer.state == "up":
        map.enable_group(path)
    map.failback.path_checked(path, not first, was not in USABLE and not first)


def _still_good(path: CheckedPath) -> None:
    map = path.map
    if not path.active and not path.messages and _may_reinstate(path):
        map.reinstate(path)
        return
    most = map.daemon.spec.max_polling_interval
    path.checkint = 2 * path.checkint if path.checkint < most / 2 else most
    if path.watch_checks:
        path.watch_checks -= 1


def _may_reinstate(path: CheckedPath) -> bool:
    """Not a standby path of an array that moves only by itself, as the only one."""
    others = any(each.usable for each in path.map.paths if each is not path)
    return not (path.state == "ghost" and path.tpgs == "implicit" and not others)
