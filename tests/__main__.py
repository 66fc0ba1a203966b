"""Every check of this project, one after another: ``python -m tests``.  Run by people and by .ci/run.

Ends with the status of the first check that failed; the tests come last.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECKS = (
    ("lint", "-m ruff check ."),
    ("types", "-m mypy"),
    ("arrows", "-c 'from importlinter.cli import lint_imports_command as c; c()'"),
    ("tests side by side", "-m pytest -q -n auto --dist worksteal -m 'not alone'"),
    ("tests of many processes", "-m pytest -q -m alone"),
)


def main(extra: list[str]) -> int:
    """Run all checks; *extra* goes to pytest."""
    for name, words in CHECKS:
        command = [sys.executable, *shlex.split(words), *(extra if name.startswith("tests") else [])]
        print(f"== {name}: python {words}", flush=True)
        began = time.monotonic()
        status = subprocess.run(command, cwd=ROOT, check=False).returncode
        took = f"{time.monotonic() - began:.0f} s"
        print(f"== {name}: {'ok' if status == 0 else f'failed ({status})'} in {took}", flush=True)
        if status:
            return status
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
