"""``dmtui console`` as a program sees it: lines in, results out, exit status, signals, the end."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from dmtui.console.completing import candidates, vocabulary
from dmtui.console.reading import PipeReader
from emulator.lab import SyncLab
from tests.lab.conftest import small_plan

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-c", "from dmtui.cli import main; main()", "console", "one-path-fails", "--no-timeline")


def console(lines: str, *options: str, command: Sequence[str] = COMMAND) -> subprocess.CompletedProcess[str]:
    """Run a console over *lines*."""
    return subprocess.run(
        [*command, *options], input=lines, capture_output=True, text=True, timeout=40, cwd=ROOT, check=False
    )


@pytest.mark.parametrize("runtime", ["simulation", "process"])
def test_piped_lines_give_plain_output_and_status_zero(runtime: str) -> None:
    lines = "# a comment\n\nstop app\nio write mpatha 0+8 seed=9\nio read mpatha 0+8 verify=9\n"
    done = console(lines, "--runtime", runtime)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "app: stop",
        "write ok=1 err=0 bytes=4096 crc32=1b4a2140",
        "read ok=1 err=0 bytes=4096 crc32=1b4a2140 verify=good",
    ]


@pytest.mark.parametrize(
    ("lines", "status", "stderr"),
    [
        ("dmsetup table nosuch\n", 1, "device-mapper: table ioctl on nosuch  failed: No such device or address"),
        ("wibble\ndmsetup table nosuch\n", 2, "dmtui: found 'wibble', expected one of dmsetup"),
        ("hold sda\nhold sdb\nio read mpatha 0+8 &\n", 3, "[1] had not ended: io read mpatha 0+8 &"),
        ("kill mpatha\ndmsetup status\n", 3, "gone"),
        ("", 0, ""),
        ("exit\nwibble\n", 0, ""),
        ("dmsetup status mpatha", 0, ""),
    ],
)
def test_exit_status(lines: str, status: int, stderr: str) -> None:
    done = console(lines, "--runtime", "simulation")
    assert done.returncode == status
    assert stderr in done.stderr
    assert "Traceback" not in done.stderr


def test_a_scenario_that_is_wrong_starts_nothing() -> None:
    done = console("help\n", command=[*COMMAND[:4], "one-path-fail"])
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean 'one-path-fails'" in done.stderr


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_json_says_one_object_for_each_line_and_one_for_each_end_in_the_background() -> None:
    lines = "stop app\nbg A dmsetup wait mpatha 0\ndmsetup message mpatha 0 fail_path sda\nio read mpatha 0+8\nwibble\n"
    done = console(lines, "--runtime", "simulation", "--json")
    said = objects(done.stdout)
    assert [each["line"] for each in said if each["type"] != "job"] == lines.splitlines()
    (job,) = [each for each in said if each["type"] == "job"]
    assert (job["job"], job["rc"], job["value"]) == ("A", 0, 1)
    assert said[1]["started"] is True and said[1]["blocked"] is False
    read = next(each for each in said if each["line"].startswith("io"))
    assert read["value"]["bytes"] == 4096
    assert said[-1]["type"] == "error" and done.stderr == ""


@pytest.mark.parametrize("runtime", ["simulation", "process"])
def test_a_here_document_is_the_standard_input_of_its_line(runtime: str) -> None:
    document = "dmsetup create x <<EOF\n0 8 multipath 0 0 1 1 round-robin 0 1 1 8:0 1\nEOF"
    done = console(f"stop app\n{document}\ndmsetup ls\ndmsetup remove x\n", "--runtime", runtime, "--json")
    said = objects(done.stdout)
    assert [each["line"] for each in said if each["type"] == "result"][1] == "dmsetup create x"
    assert said[2]["out"] == ["mpatha\t(253:0)", "x\t(253:1)"]
    assert done.returncode == 0, done.stdout
    unended = console("dmsetup create x <<EOF\n0 8 error\n", "--runtime", "simulation")
    assert unended.returncode == 2 and "found <<EOF without its end" in unended.stderr


def test_lines_are_answered_one_by_one_through_a_pipe() -> None:
    with subprocess.Popen(
        [*COMMAND, "--json", "--runtime", "simulation"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for line in ("stop app", "dmsetup ls", "run 1ms"):
            process.stdin.write(line + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["line"] == line
        process.stdin.close()
        assert process.wait(20) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("runtime", ["simulation", "process"])
def test_a_signal_ends_a_piped_console_at_once(number: signal.Signals, runtime: str) -> None:
    with subprocess.Popen(
        [*COMMAND, "--runtime", runtime], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd=ROOT, start_new_session=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdin.write("now\n")
        process.stdin.flush()
        assert process.stdout.readline()
        process.send_signal(number)
        assert process.wait(20) == 3
        assert process.stderr.read().splitlines() == ["dmtui: interrupted"]


def test_nobody_reads_what_it_says() -> None:
    with subprocess.Popen(
        [*COMMAND, "--runtime", "simulation"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd=ROOT,
    ) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdout.close()
        process.stdin.write("help\nhelp\nhelp\n")
        process.stdin.close()
        assert process.wait(20) in (0, 3)
        assert "Traceback" not in process.stderr.read()


def test_completion_knows_verbs_devices_and_options() -> None:
    with SyncLab(small_plan()) as lab:
        session = vocabulary(lab.session)
        assert candidates(session, "dms") == ["dmsetup"]
        assert candidates(session, "dmsetup sta") == ["status"]
        assert "mp" in candidates(session, "dmsetup status ")
        assert candidates(session, "bg A hold s") == ["sda", "sdb", "softirq"]
        assert candidates(session, "wibble x") == []


async def test_a_pipe_reader_gives_whole_lines_and_cuts_what_is_too_long(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"one\r\ntwo \xff\n" + b"x" * 1_000_000 + b"\nlast")
    fd = os.open(path, os.O_RDONLY)
    reader = PipeReader(fd)
    assert await reader.line() == "one"
    assert await reader.line() == "two \ufffd"
    long = await reader.line()
    assert long is not None and 65_536 < len(long) < 1_000_000
    assert await reader.line() == "last"
    assert await reader.line() is None
    os.close(fd)


def test_a_terminal_has_a_prompt_a_history_and_forgives(tmp_path: Path) -> None:
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    environment = {**os.environ, "TERM": "xterm", "XDG_STATE_HOME": str(tmp_path), "PROMPT_TOOLKIT_NO_CPR": "1"}
    with subprocess.Popen(
        [*COMMAND, "--runtime", "simulation"], stdin=terminal, stdout=terminal, stderr=terminal, cwd=ROOT,
        env=environment, start_new_session=True,
    ) as process:
        os.close(terminal)
        try:
            _until(controller, b"dmtui>")
            os.write(controller, b"wibble\r")
            _until(controller, b"found 'wibble'")
            os.write(controller, b"now\r")
            _until(controller, b"0.000000")
            status: int | None = None
            while status is None:  # it is heard only while the prompt stands
                os.write(controller, b"\x04")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    status = process.wait(0.5)
            assert status == 0
        finally:
            process.kill()
            os.close(controller)
    assert "+wibble" in (tmp_path / "dmtui" / "console_history").read_text(encoding="utf-8")


def _until(fd: int, wanted: bytes) -> None:
    """Read from *fd* until it said *wanted*."""
    seen = b""
    limit = time.monotonic() + 20
    while wanted not in seen:
        left = limit - time.monotonic()
        assert left > 0, f"{wanted!r} did not come: {seen[-500:]!r}"
        if select.select([fd], [], [], left)[0]:
            seen += os.read(fd, 65536)
