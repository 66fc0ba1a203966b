"""Work that is done beside: a forked copy of this process, which ends with the work and hands back its result.

For the checks before the dashboard is shown: they need pydantic, the dashboard needs Textual, and each import alone
takes a third of the time in which a person sees the first frame.  Fork is safe only as long as there is one thread.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Aside(Generic[T]):
    """*work* under way; its result must be picklable and is asked for once."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        reading, writing = os.pipe()
        self._reading = reading
        self._pid = os.fork()
        if self._pid == 0:
            os.close(reading)
            _play(work, writing)
        os.close(writing)

    def result(self) -> T:
        """Wait for it.  Work that failed beside is done again here, so that whatever it raises is raised."""
        with open(self._reading, "rb") as pipe:
            data = pipe.read()
        os.waitpid(self._pid, 0)
        if data:
            result: T = pickle.loads(data)
            return result
        return self._work()


def _play(work: Callable[[], T], writing: int) -> None:
    """The copy's whole life: it must not return into what was copied, nor flush its buffers a second time."""
    try:
        with suppress(BaseException):
            data = pickle.dumps(work())
            with open(writing, "wb") as pipe:
                pipe.write(data)
    finally:
        os._exit(0)
