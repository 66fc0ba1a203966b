"""A pseudo-terminal with dmtui in it: what a person types goes in, what the terminal would show comes out as text."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import uuid
from pathlib import Path
from time import monotonic
from types import TracebackType

_ESCAPES = re.compile(
    r"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_^][^\x1b]*\x1b\\|\x1b[@-_]"
)
ENTER_SCREEN, LEAVE_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
LIMIT_S = 60.0
_MARK = "DMTUI_TEST_MARK"
"""In the environment of all that belongs to one terminal; SPT_NOENV: no process writes its title over it."""


class Terminal:
    """Use as a context manager: whatever is left of the program is killed at the end."""

    def __init__(self, *words: str, width: int = 160, height: int = 50, place: Path | None = None) -> None:
        self.mark = uuid.uuid4().hex
        self.raw = ""
        # A read may end in the middle of a character.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.closed = False
        self._seen = 0
        self.master, slave = pty.openpty()
        self.resize(width, height)
        self.before = termios.tcgetattr(slave)
        # What a worker of the test runner has inherited there would go before the terminal's own size.
        environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")} | {
            _MARK: self.mark, "SPT_NOENV": "1",
            "TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none",
        }
        self.slave = slave
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from dmtui.cli import main; main()", *words],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=environment,
            cwd=place or Path(__file__).resolve().parents[2],
        )

    def resize(self, width: int, height: int) -> None:
        """Change the size, as dragging the window does."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        if hasattr(self, "process"):
            self.process.send_signal(signal.SIGWINCH)

    def type(self, keys: str) -> None:
        """Press keys; what was shown before does not count for the next :meth:`until`."""
        self._seen = len(self.raw)
        os.write(self.master, keys.encode())

    def vanish(self) -> None:
        """Close the terminal under the program, which is told nothing: it is not its controlling one."""
        os.close(self.slave)
        os.close(self.master)
        self.closed = True

    def hang_up(self) -> None:
        """Close the terminal under the program, with the signals of its controlling one."""
        self.vanish()
        self.process.send_signal(signal.SIGHUP)
        self.process.send_signal(signal.SIGCONT)

    def read(self, seconds: float) -> bool:
        """Take what is there within the time; whether anything was."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.raw += self._decoder.decode(data)
        return bool(data)

    @property
    def shown(self) -> str:
        """What was written since the last key, without escapes."""
        return _ESCAPES.sub(" ", self.raw[self._seen :])

    def until(self, words: str) -> str:
        """Read until *words* were written; raises AssertionError with what was there at the limit."""
        limit = monotonic() + LIMIT_S
        while monotonic() < limit:
            if words in self.shown:
                return self.shown
            if not self.read(0.2) and self.process.poll() is not None and not self.read(0.05):
                break
        assert words in self.shown, f"{words!r} did not come; last: {self.shown[-1500:]!r}"
        return self.shown

    def end(self) -> int:
        """Read to the program's end; returns its exit status."""
        limit = monotonic() + LIMIT_S
        while self.process.poll() is None and monotonic() < limit:
            self.read(0.1)
        while self.read(0.05):
            pass
        assert self.process.poll() is not None, "it did not end"
        return int(self.process.returncode)

    def wait_stopped(self) -> None:
        """Read until the program is stopped: it may have something to write before."""
        limit = monotonic() + LIMIT_S
        while monotonic() < limit:
            found, status = os.waitpid(self.process.pid, os.WUNTRACED | os.WNOHANG)
            if found:
                assert os.WIFSTOPPED(status)
                return
            self.read(0.05)
        raise AssertionError("it was not stopped")

    def left_behind(self) -> list[str]:
        """Every process of this program that is still there, by what it is called."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if f"{_MARK}={self.mark}".encode() in (folder / "environ").read_bytes():
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue  # it ended while we looked, or is somebody else's
        return found

    def wait_alone(self) -> list[str]:
        """What is left behind, once the last child had its time to go."""
        limit = monotonic() + LIMIT_S
        while self.left_behind() and monotonic() < limit:
            select.select([], [], [], 0.05)
        return self.left_behind()

    def restored(self) -> bool:
        """Whether the terminal is as it was: the ordinary screen, its settings, the cursor and no mouse reports."""
        return (
            self.raw.rfind(LEAVE_SCREEN) > self.raw.rfind(ENTER_SCREEN)
            and self.raw.rfind("\x1b[?25h") > self.raw.rfind("\x1b[?25l")
            and self.raw.rfind("\x1b[?1003l") > self.raw.rfind("\x1b[?1003h")
            and termios.tcgetattr(self.slave) == self.before
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if not self.closed:
            os.close(self.master)
            os.close(self.slave)
