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
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dmtui.console.completing import candidates, vocabulary
from dmtui.console.reading import PipeReader
from emulator.lab import SyncLab
from emulator.lab.language.places import places
from tests.lab.conftest import small_plan

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-c", "from dmtui.cli import main; main()", "console", "one-path-fails", "--no-timeline")


def console(lines: str, *options: str, command: Sequence[str] = COMMAND) -> subprocess.CompletedProcess[str]:
    """Run a console over *lines*."""
    return subprocess.run(
        [*command, *options], input=lines, capture_output=True, text=True, timeout=120, cwd=ROOT, check=False
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
        ("wibble\ndmsetup table nosuch\n", 2, "dmtui: line 1: found 'wibble', expected one of dmsetup"),
        ("\n# two\ndmsetup table nosuch\n", 1, "Command failed.\ndmtui: line 3: dmsetup table nosuch\n"),
        ("dmsetup create x <<EOF\n0 8 error\nEOF\nwibble\n", 2, "dmtui: line 4: found 'wibble'"),
        ("\ndmsetup create x --table '0 8 multipath 0'\n", 1, "dmtui: line 2: "),
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
        assert process.wait(60) == 0


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
        assert process.wait(60) == 3
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
        assert process.wait(60) in (0, 3)
        assert "Traceback" not in process.stderr.read()


def test_completion_knows_verbs_devices_and_options() -> None:
    with SyncLab(small_plan()) as lab:
        session = vocabulary(lab.session)
        assert candidates(session, "dms") == ["dmsetup"]
        assert candidates(session, "dmsetup sta") == ["status"]
        assert "mp" in candidates(session, "dmsetup status ")
        assert candidates(session, "bg A hold s") == ["sda", "sdb", "softirq"]
        assert candidates(session, "wibble x") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dmsetup message ", ["mp"]),
        ("dmsetup message mp ", ["0"]),
        ("dmsetup message mp 0 fa", ["fail_if_no_path", "fail_path"]),
        ("dmsetup message mp 0 fail_path ", ["253:0", "8:0", "8:16"]),
        ("dmsetup message mp 0 fail_path 8:0 ", []),
        ("dmsetup suspend ", ["mp"]),
        ("dmsetup suspend --no", ["--noflush", "--nolockfs"]),
        ("dmsetup suspend --noflush ", ["mp"]),
        ("dmsetup info -c -o tab", ["tables_loaded"]),
        ("fault sda err", ["error"]),
        ("fault sda error er", ["errno="]),
        ("fault sda error errno=EISD", ["errno=EISDIR"]),
        ("hold sda op=", ["op=discard", "op=flush", "op=read", "op=write"]),
        ("cat /sys/block/s", ["/sys/block/sda/", "/sys/block/sdb/"]),
        ("cat /sys/block/sda/d", ["/sys/block/sda/dev", "/sys/block/sda/device/"]),
        ("echo 1 > /sys/block/sda/queue/ro", ["/sys/block/sda/queue/rotational"]),
        ("multipath -l", ["-ll"]),
        ("wait event path_f", ["path_failed"]),
    ],
)
def test_completion_knows_the_place(text: str, found: list[str]) -> None:
    with SyncLab(small_plan()) as lab:
        assert candidates(vocabulary(lab.session), text) == found


def test_every_file_that_completion_offers_is_there() -> None:
    with SyncLab(small_plan()) as lab:
        for file in places(lab.session)["cat"]:
            done = lab.do(f"ls {file}") if file.endswith("/") else lab.do(f"cat {file}")
            assert done.rc == 0, file


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


class Talker:
    """Types at a terminal and reads what it shows, each part once."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._seen = b""

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._fd, keys)

    def until(self, wanted: bytes) -> None:
        """Read until it said *wanted*, which counts from what was wanted last."""
        assert self.comes(wanted, 60), f"{wanted!r} did not come: {self._seen[-500:]!r}"

    def comes(self, wanted: bytes, seconds: float) -> bool:
        """Whether it says *wanted* within the time."""
        limit = time.monotonic() + seconds
        while wanted not in self._seen:
            left = limit - time.monotonic()
            if left <= 0:
                return False
            if select.select([self._fd], [], [], left)[0]:
                self._seen += os.read(self._fd, 65536)
        self._seen = self._seen.partition(wanted)[2]
        return True


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
            talker = Talker(controller)
            talker.until(b"dmtui>")
            os.write(controller, b"wibble\r")
            talker.until(b"found 'wibble'")
            os.write(controller, b"now\r")
            talker.until(b"0.000000")
            status: int | None = None
            while status is None:  # it is heard only while the prompt stands
                with contextlib.suppress(OSError):  # it may have ended just now
                    os.write(controller, b"\x04")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    status = process.wait(0.5)
            assert status == 0
        finally:
            process.kill()
            os.close(controller)
    assert "+wibble" in (tmp_path / "dmtui" / "console_history").read_text(encoding="utf-8")


@contextlib.contextmanager
def on_terminal(state: Path, *options: str) -> Iterator[Talker]:
    """A console on a pseudo-terminal, its controlling one so that Ctrl-C is a signal while no prompt stands."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    environment = {**os.environ, "TERM": "xterm", "XDG_STATE_HOME": str(state), "PROMPT_TOOLKIT_NO_CPR": "1"}
    take = f"import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); {COMMAND[2]}"
    with subprocess.Popen(
        [COMMAND[0], "-c", take, *COMMAND[3:], *options], stdin=terminal, stdout=terminal, stderr=terminal, cwd=ROOT,
        env=environment, start_new_session=True,
    ) as process:
        os.close(terminal)
        try:
            yield Talker(controller)
        finally:
            process.kill()
            os.close(controller)


@pytest.mark.parametrize("runtime", ["simulation", "process"])
def test_ctrl_c_ends_a_suspend_that_blocks_as_eintr(tmp_path: Path, runtime: str) -> None:
    with on_terminal(tmp_path, "--runtime", runtime) as talker:
        talker.until(b"dmtui>")
        for line in (b"stop app", b"hold sda", b"hold sdb"):
            talker.type(line + b"\r")
            talker.until(b"dmtui>")
        talker.type(b"bg A io read 0+8\r")
        talker.until(b"[A]")
        talker.type(b"dmsetup suspend mpatha\r")
        talker.until(b"[1] blocked")
        talker.until(b"dmtui>")
        talker.type(b"\x03")
        talker.until(b"suspend ioctl on mpatha  failed: Interrupted system call")
        talker.until(b"[1] done rc=1")
        talker.type(b"dmsetup info -c --noheadings -o attr,open mpatha\r")
        talker.until(b"L--w")


@pytest.mark.alone
def test_ctrl_c_ends_a_suspend_while_it_is_waited_for(tmp_path: Path) -> None:
    with on_terminal(tmp_path, "--runtime", "process") as talker:
        talker.until(b"dmtui>")
        talker.type(b"fault sda latency add=60s\r")
        talker.until(b"in force")
        talker.until(b"dmtui>")
        talker.type(b"wait event fault_fired\r")
        talker.until(b" fault_fired ")
        talker.until(b"dmtui>")
        talker.type(b"dmsetup suspend mpatha\r")
        said = b"suspend ioctl on mpatha  failed: Interrupted system call"
        for _ in range(20):
            talker.type(b"\x03")  # one that comes before the suspend has begun is for an empty prompt
            if talker.comes(said, 0.5):
                break
        else:
            talker.until(said)
        talker.until(b"Command failed.")
