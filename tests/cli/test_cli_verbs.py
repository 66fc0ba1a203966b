"""The command line: statuses, words, files; and that help stays light."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from dmtui import __version__, cli
from dmtui.commands.run import Interrupt, status_of
from emulator.lab import session
from emulator.scenario.loader import scenario_schema

GOOD = """\
name: quick
about: A short one. Watch it end.
duration: 200ms
luns: [{name: lun0, size: 64MiB}]
devices: [{name: sda, lun: lun0}]
mds: [{name: mpatha, table: 0 131072 multipath 0 0 1 1 round-robin 0 1 0 sda}]
submitters: [{name: app, target: mpatha, rate: 200}]
"""
HELD = GOOD + "expect: [bios.failed == 0, bios.completed > 10]\n"
VIOLATED = GOOD + "expect: [bios.failed == 0, bios.completed > 1000000]\n"
UNKNOWN = GOOD.replace("mds: [", "mds: [{name: idle}, ") + "expect: [md.idle.nr_valid_paths == 0]\n"


def play(*args: str) -> int:
    return cli._play(list(args))


def file(folder: Path, text: str, name: str = "s.yaml") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("text, status, words", [
    (HELD, 0, "held"), (VIOLATED, 1, "violated"), (UNKNOWN, 3, "unknown"), (GOOD, 0, "held"),
])
@pytest.mark.parametrize("kind", ["simulation", "process"])
def test_run_says_what_held(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, text: str, status: int, words: str
) -> None:
    assert play("run", file(tmp_path, text), "--runtime", kind) == status
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == f"quick ({kind}, seed 1): {words}"
    assert err == ""


@pytest.mark.parametrize("texts, status", [
    ((HELD, HELD), 0), ((HELD, UNKNOWN), 3), ((UNKNOWN, VIOLATED, HELD), 1), ((HELD, GOOD + "x: 1\n"), 2),
])
def test_the_worst_of_several_decides_and_bad_input_starts_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], texts: tuple[str, ...], status: int
) -> None:
    files = [file(tmp_path, text, f"{index}.yaml") for index, text in enumerate(texts)]
    assert play("run", *files, "--runtime", "simulation") == status
    out, err = capsys.readouterr()
    assert (out == "") is (status == 2)
    assert (err != "") is (status == 2)


def test_seed_and_speed_replace_the_scenarios_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "r.json"
    words = ["--runtime=simulation", "--seed=77", "--speed=4", f"--report={report}"]
    assert play("run", file(tmp_path, HELD), *words) == 0
    assert json.loads(report.read_text())["seed"] == 77
    assert "seed 77" in capsys.readouterr().out


def test_report_is_one_object_or_a_list_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario, report = file(tmp_path, VIOLATED), tmp_path / "r.json"
    assert play("run", scenario, "--runtime=simulation", f"--report={report}") == 1
    one = json.loads(report.read_text())
    assert one["verdict"] == "violated" and [row["held"] for row in one["expectations"]] == [True, False]
    assert play("run", scenario, scenario, "--runtime=simulation", f"--report={report}") == 1
    assert json.loads(report.read_text()) == [one, one]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.json", "s.yaml"]
    capsys.readouterr()
    assert play("run", scenario, "--runtime=simulation", "--report=-") == 1
    assert json.loads(capsys.readouterr().out) == one


@pytest.mark.parametrize("place, said", [
    ("none/r.json", "No such file or directory"), (".", "Is a directory"), ("s.yaml/r.json", "Not a directory"),
])
def test_a_report_that_cannot_be_written_is_told_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, place: str, said: str
) -> None:
    def never(kind: str, plan: object) -> None:
        raise AssertionError("a runtime was made")

    monkeypatch.setattr(session, "make_runtime", never)
    assert play("run", file(tmp_path, HELD), f"--report={tmp_path / place}") == 2
    assert capsys.readouterr().err == (
        f"dmtui: {tmp_path / place}: found a place that cannot be written ({said}), expected a file\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["s.yaml"]


def test_a_report_is_not_replaced_when_the_run_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(kind: str, plan: object) -> None:
        raise RuntimeError("no machine")

    monkeypatch.setattr(session, "make_runtime", broken)
    report = tmp_path / "r.json"
    report.write_text("old")
    assert play("run", file(tmp_path, HELD), f"--report={report}") == 3
    assert report.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.json", "s.yaml"]


@pytest.mark.parametrize("args, said", [
    (["run"], "Missing argument 'SCENARIO...'"), (["run", "x", "--runtime", "vm"], "'vm' is not one of"),
    (["run", "x", "--speed", "0"], "'--speed': found '0', expected a number from 0.001 to 100"),
    (["run", "x", "--seed", "-1"], f"'--seed': found '-1', expected a whole number from 0 to {2**63 - 1}"),
    (["run", "x", "--speed", "nan"], "found 'nan', expected a number from 0.001 to 100"),
    (["serve", "--port", "abc"], "'--port': found 'abc', expected a whole number from 0 to 65535"),
    (["config"], "Usage: dmtui config"),
    (["run", "x", "--frob"], "No such option"), (["--frob"], "No such option"), (["validate"], "Missing argument"),
    (["run", "no-such-story"], "no-such-story: found no file and no story of this name"),
    (["run", "./none.yaml"], "./none.yaml: found no such file, expected a scenario"),
    (["validate", "/"], "/: found a directory, expected a YAML file"),
])
def test_bad_words_are_status_2_and_one_clear_line(
    capsys: pytest.CaptureFixture[str], args: list[str], said: str
) -> None:
    assert play(*args) == 2
    out, err = capsys.readouterr()
    assert said in err and "Traceback" not in err and out == ""


def test_validate_checks_every_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = file(tmp_path, HELD, "good.yaml"), file(tmp_path, HELD.replace("sda,", "sdb,"), "bad.yaml")
    assert play("validate", good) == 0
    assert play("validate", bad, good, "one-path-fails") == 2
    out, err = capsys.readouterr()
    assert out.count(": ok (") == 3
    assert err.startswith(f"{bad}:6:") and "found 'sda'" in err


def test_schema_scenarios_names_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert play("schema") == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(scenario_schema()))
    assert play("scenarios") == 0
    assert "one-path-fails" in capsys.readouterr().out
    assert play("scenarios", "--names") == 0
    assert "latency.p99" in capsys.readouterr().out
    assert play("--version") == 0
    assert __version__ in capsys.readouterr().out


def test_the_first_word_may_be_a_scenario_but_needs_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    for args in ([], ["one-path-fails"]):
        assert play(*args) == 2
        assert "found no terminal, expected one for the dashboard" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["dumb", "unknown"])
def test_a_terminal_that_can_only_write_on_is_refused(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", name)
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    assert play("one-path-fails") == 2
    told = capsys.readouterr()
    assert told.err.startswith(f"dmtui: found TERM={name}, expected a terminal that can place its text")
    assert not told.out


def test_a_fault_of_ours_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(kind: str, plan: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(session, "make_runtime", broken)
    assert play("run", file(tmp_path, HELD)) == 3
    err = capsys.readouterr().err
    assert err.startswith("dmtui: ZeroDivisionError at test_cli_verbs.py:") and err.count("\n") == 1


def test_verdicts_make_the_status() -> None:
    assert status_of([], 0) == 0
    assert status_of([], 1) == 3


def test_a_second_signal_is_not_ignored() -> None:
    before = signal.getsignal(signal.SIGINT)
    interrupt = Interrupt()
    with interrupt.watched():
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupt.signal == "SIGINT"
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


# -- whole processes -----------------------------------------------------------------------------------------

COMMAND = [sys.executable, "-c", "from dmtui.cli import main; main()"]


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom dmtui.cli import _play\nassert _play(['--help']) == 0\n"
        "heavy = {'textual', 'rich', 'pydantic', 'ruamel', 'multiprocess', 'msgpack'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "Usage: dmtui" in done.stdout


def test_a_reader_that_goes_away_is_no_error() -> None:
    child = subprocess.Popen([*COMMAND, "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None and child.stderr is not None
    child.stdout.read(1)
    child.stdout.close()
    assert child.wait(timeout=120) == 0
    assert child.stderr.read() == b""
    child.stderr.close()


def test_a_full_disk_is_one_line() -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [*COMMAND, "schema"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False
        )
    assert done.returncode == 3
    assert done.stderr == "dmtui: cannot write to standard output: No space left on device\n"


def test_a_progress_line_is_shown_on_a_terminal_and_taken_away(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    words = [*COMMAND, "run", file(tmp_path, HELD), "--runtime", "simulation"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=theirs, text=True) as child:
        os.close(theirs)
        assert child.stdout is not None
        said = child.stdout.read()
        assert child.wait(timeout=120) == 0
    shown = b""
    with suppress(OSError):  # EIO: nothing more will come, as nobody has the other side open
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    assert said.startswith("quick (simulation, seed 1): held\n") and "\r" not in said
    assert shown.startswith(b"\rquick ") and b"0.0s" in shown and shown.rstrip(b" ").endswith(b"\r")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("kind", ["process", "simulation"])
def test_a_signal_ends_a_run_cleanly(tmp_path: Path, number: signal.Signals, kind: str) -> None:
    report = tmp_path / "r.json"
    child = _start(file(tmp_path, HELD.replace("200ms", "60min")), kind, f"--report={report}")
    try:
        _until(lambda: _under_way(child.pid, kind))
        children = _children(child.pid)
        os.kill(child.pid, number)
        out, err = child.communicate(timeout=120)
    finally:
        child.kill()
    assert child.returncode == 3, err
    assert f"ended early: interrupted by {number.name}" in out and err == ""
    assert json.loads(report.read_text())["verdict"] == "unknown"
    assert not [pid for pid in children if psutil.pid_exists(pid)]


@pytest.mark.alone
def test_a_killed_md_is_a_clear_word_and_status_3(tmp_path: Path) -> None:
    child = _start(file(tmp_path, HELD.replace("200ms", "60min")), "process")
    try:
        _child_called(child.pid, "mpatha").kill()
        children = _children(child.pid)
        out, err = child.communicate(timeout=120)
    finally:
        child.kill()
    assert child.returncode == 3, err
    assert "ended early: mpatha (md" in out and "Traceback" not in out + err
    assert not [pid for pid in children if psutil.pid_exists(pid)]


def _start(scenario: str, kind: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "run", scenario, "--runtime", kind, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )


def _until(true: Callable[[], bool]) -> None:
    """Wait for something that is seen from outside only; a minute at most."""
    for _ in range(6000):
        if true():
            return
        signal.sigtimedwait([], 0.01)
    raise AssertionError("it never happened")


def _children(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def _child_called(pid: int, name: str) -> psutil.Process:
    found: list[psutil.Process] = []

    def seen() -> bool:
        for each in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.Error):  # it may end while we look
                if name in " ".join(each.cmdline()):
                    found.append(each)
        return bool(found)

    _until(seen)
    return found[0]


def _under_way(pid: int, kind: str) -> bool:
    """Whether a run has its signal handlers, and its processes if it has any."""
    caught = int(Path(f"/proc/{pid}/status").read_text().split("SigCgt:")[1].split()[0], 16)
    handled = bool(caught >> (signal.SIGTERM - 1) & 1)
    return handled and (kind == "simulation" or len(_children(pid)) >= 6)


def test_it_is_a_module_too() -> None:
    done = subprocess.run([sys.executable, "-m", "dmtui", "--version"], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, f"dmtui, version {__version__}\n")
