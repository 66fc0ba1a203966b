"""Fixtures of the process runtime's tests: start toys, and afterwards look for anything left behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import runtime_toys as toys
from runtime_run import Make, Run, open_files

from emulator.plan import Plan
from emulator.runtime.folder import PREFIX


@pytest.fixture
def make() -> Iterator[Make]:
    """``make(plan, **options)`` starts toys; afterwards nothing of them may be left."""
    before = open_files()
    runs: list[Run] = []

    def start(plan: Plan | None = None, **options: Any) -> Run:
        runs.append(Run(plan or toys.plan(), **options))
        return runs[-1]

    yield start
    for run in runs:
        pids = {*run.pids.values(), *(info.pid for info in run.runtime.processes().values())}
        run.runtime.close()
        run.runtime.close()
        assert [pid for pid in pids if psutil.pid_exists(pid)] == []
        left = list(run.runtime.run_folder.glob("*"))
        assert not run.runtime.run_folder.exists() or any(path.stat().st_size for path in left)
        if run.runtime.run_folder.name.startswith(PREFIX):
            shutil.rmtree(run.runtime.run_folder, ignore_errors=True)
    assert psutil.Process().children() == []
    after = open_files()
    assert {fd: what for fd, what in after.items() if before.get(fd) != what} == {}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder that the test looks into."""
    return tmp_path / "run"
