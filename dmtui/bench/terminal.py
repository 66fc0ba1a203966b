"""A terminal that measures: dmtui runs in it as a person starts it, and every update it draws is timed on arrival.

It answers Textual's question for synchronised output (mode 2026), so the end of each update is a mark in the stream.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
from contextlib import suppress
from pathlib import Path
from time import monotonic
from types import TracebackType

import psutil

WIDTH, HEIGHT = 160, 50
WAIT_S = 30.0
"""What has not come by then will not come."""
KEPT = 1 << 18
"""Characters kept of what was drawn: some frames.  Policy: the oldest go."""
READ_BYTES = 1 << 16
_ASK_SYNC, _HAS_SYNC, _END_SYNC = "\x1b[?2026$p", b"\x1b[?2026;2$y", b"\x1b[?2026l"
_ESCAPES = re.compile(
    r"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_^][^\x1b]*\x1b\\|\x1b[@-_]"
)


class ScreenError(RuntimeError):
    """The screen did not show what it was asked for."""


class MeasuringTerminal:
    """Use as a context manager: the program is ended with it."""

    def __init__(self, *words: str, compiled: Path | None = None) -> None:
        """*compiled*: where its modules are kept compiled, as those of an installed program are."""
        self.frame_count = 0
        """Updates so far."""
        self.byte_count = 0
        """Bytes so far."""
        self._text = ""
        self._answered = False
        self._last = b""
        """The end of the last read, in case a mark lies across two."""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
        # Its size is that of the terminal, not what somebody said about another one.
        environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"}
        # Not with what this person has chosen or left behind: every measurement sees the same screen.
        self._home = tempfile.TemporaryDirectory(prefix="dmtui-bench-")
        if compiled is not None:
            environment |= {"PYTHONPYCACHEPREFIX": str(compiled), "PYTHONDONTWRITEBYTECODE": ""}
        environment |= dict.fromkeys(("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"), self._home.name)
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self.started = monotonic()
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from dmtui.cli import main; main()", *words],
                stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=environment,
            )
            self.app = psutil.Process(self._process.pid)
            """The dashboard's own process; the emulator's are its children."""
        except BaseException:  # an interrupt, too, which nobody's ``with`` would see
            self._end()
            raise
        finally:
            os.close(slave)

    def press(self, keys: str) -> None:
        """Press keys; what was drawn before does not count for the next :meth:`until`."""
        self.forget()
        os.write(self._master, keys.encode())

    def forget(self) -> None:
        """What was drawn so far does not count for the next :meth:`until`."""
        self._text = ""

    def pump(self, seconds: float) -> float:
        """Take what comes within *seconds*, as a terminal does; when the last of it had come.

        Raises ScreenError when the program has ended.
        """
        limit, at = monotonic() + seconds, 0.0
        while True:
            left = limit - monotonic()
            if left <= 0:
                return at
            at = self._read(left) or at

    def until(self, pattern: str, wait_s: float = WAIT_S) -> float:
        """Wait until what was drawn since the last key matches; when it had come.  Raises ScreenError."""
        limit = monotonic() + wait_s
        at = monotonic()
        while not re.search(pattern, self.drawn):
            left = limit - monotonic()
            if left <= 0:
                raise ScreenError(f"{pattern!r} was not drawn within {wait_s:g} s; last: {self.drawn[-200:]!r}")
            at = self._read(left) or at
        return at

    def quiet(self, pattern: str, seconds: float) -> None:
        """Wait until nothing that matches was drawn for *seconds*.  Raises ScreenError."""
        limit = monotonic() + WAIT_S
        while monotonic() < limit:
            self.forget()
            self.pump(seconds)
            if not re.search(pattern, self.drawn):
                return
        raise ScreenError(f"{pattern!r} is drawn again and again")

    @property
    def drawn(self) -> str:
        """What was written since the last key, without its escapes."""
        return _ESCAPES.sub("", self._text)

    def _read(self, seconds: float) -> float:
        """One read; when it was, 0 if nothing came."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return 0.0
        try:
            data = os.read(self._master, READ_BYTES)
        except OSError:  # the other side is closed: the program has ended
            data = b""
        at = monotonic()
        if not data:
            raise ScreenError(f"the dashboard ended: {self.drawn[-200:].strip()!r}")
        joined = self._last + data
        self.frame_count += joined.count(_END_SYNC)
        self.byte_count += len(data)
        # Shorter than a mark, so that none is counted twice.
        self._last = data[1 - len(_END_SYNC) :]
        self._text = (self._text + data.decode("utf-8", "replace"))[-KEPT:]
        if not self._answered and _ASK_SYNC in self._text:
            self._answered = True
            os.write(self._master, _HAS_SYNC)
        return at

    def cpu_s(self) -> float:
        """Processor time of the dashboard's own process so far.  Raises psutil.Error when it has ended."""
        times = self.app.cpu_times()
        return float(times.user + times.system)

    def ui_cpu_s(self) -> float:
        """The part of :meth:`cpu_s` that the thread which draws has used.  Raises psutil.Error."""
        return sum(float(each.user_time + each.system_time) for each in self.app.threads() if each.id == self.app.pid)

    def memory_mb(self) -> tuple[float, float]:
        """Resident memory of the dashboard's process, and of all its children together."""
        children = 0
        for child in self.app.children(recursive=True):
            with suppress(FileNotFoundError, ProcessLookupError):  # it has ended since
                children += int((Path("/proc") / str(child.pid) / "statm").read_text().split()[1])
        return self.app.memory_info().rss / 1e6, children * os.sysconf("SC_PAGE_SIZE") / 1e6

    def leave(self) -> None:
        """Quit by the key and wait for the end.  Raises ScreenError."""
        self.press("q")
        try:
            self.pump(WAIT_S)
        except ScreenError:
            self.app.wait(WAIT_S)
        else:
            raise ScreenError(f"the dashboard did not end within {WAIT_S:g} s")

    def __enter__(self) -> MeasuringTerminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def _end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            # Its children end with it: their control channels do.
            self._process.kill()
            self._process.wait()
        os.close(self._master)
        self._home.cleanup()
